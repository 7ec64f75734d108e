"""Decisions that must not be taken twice at once."""

from hashlib import sha256

from sqlalchemy import func, select

from crm import db


def take_turn(subject: str) -> None:
    """Until the transaction ends, nobody else is past this line for the same `subject`. SQLite has one
    writer at a time anyway; PostgreSQL takes an advisory lock."""
    if db.dialect() == "postgresql":
        number = int.from_bytes(sha256(subject.encode()).digest()[:8], signed=True)
        db.session().execute(select(func.pg_advisory_xact_lock(number)))
