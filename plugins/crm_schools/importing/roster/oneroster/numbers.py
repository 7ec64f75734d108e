"""Ids that an archive gives to other students than before: the number of who had one stands at another."""

import sqlite3
from itertools import islice
from typing import Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.importing.places import one_of
from crm_schools.models import Student

CHUNK: Final = 4000


def given_to_another(database: sqlite3.Connection, district: int | None) -> set[str]:
    """The sourcedIds of users that belong to a stored student whose number another user has; `district` is
    the one whose archive it is, if somebody said so."""
    if "identifier" not in {row[1] for row in database.execute("PRAGMA table_info(users)")}:
        return set()
    users = (
        (str(row[0]), str(row[1]))
        for row in database.execute("SELECT sourcedId, trim(identifier) FROM users")
    )
    others: dict[str, set[str]] = {}
    while batch := dict(islice(users, CHUNK)):
        columns = (Student.source_id, Student.local_id, Student.state_id)
        statement = select(*columns).where(one_of(Student.source_id, batch))
        if district is not None:
            statement = statement.where(Student.district_id == district)
        with system("a roster names students as its system does"):
            for source, *numbers in db.session().execute(statement):
                theirs = set(map(_bare, numbers)) - {""}
                for number in theirs if _bare(batch[source]) not in theirs else ():
                    others.setdefault(number, set()).add(source)
    # Most archives give no id to another, so this finds nothing to look for.
    said = database.execute("SELECT DISTINCT trim(identifier) FROM users") if others else ()
    return {source for row in said for source in others.get(_bare(row[0]), ())}


def _bare(number: str | None) -> str:
    """A number without the zeros before it, for the line that has it may have lost them."""
    return (number or "").lstrip("0")
