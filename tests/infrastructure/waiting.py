"""Two who write at once, in an order that does not depend on luck."""

from flask import Flask
from sqlalchemy import text

from crm import db
from crm.access.guard import system

_WAITERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_somebody_waits(app: Flask) -> None:
    """Come back when a transaction of this PostgreSQL database waits for what another one holds."""
    with app.app_context(), system("a test looks who waits"):
        for _ in range(20_000):
            if db.session().execute(text(_WAITERS)).scalar_one():
                return
    raise AssertionError("nobody waits for anybody")
