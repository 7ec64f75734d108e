"""Guardians of a roster whom a whole archive does not name any more for a student that it names."""

import sqlite3
from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm_schools.importing.roster.oneroster.missing import FEW, PART
from crm_schools.importing.roster.records import Record, folded
from crm_schools.models import Guardian, Student

START: Final = "oneroster:"
"""How the numbers of contacts begin that an archive brought; see `Guardians`."""


class Unnamed:
    """`ended` are the students for whom somebody is not named any more, by contact; `count` is how many such
    pairs there are, whether or not they are few enough that the archive is whole."""

    def __init__(self, database: sqlite3.Connection, schools: Collection[int]) -> None:
        self._database, self._schools = database, schools
        self.ended: dict[int, list[int]] = {}
        self.count = 0

    def look(self) -> None:
        """Find them. An archive that names no guardian at all says nothing of guardians."""
        named = self._named()
        if not named:
            return
        known, found = 0, dict[int, list[int]]()
        students = {row[0] for row in self._database.execute("SELECT sourcedId FROM users")}
        for row in self._stored():
            if row.source_id not in students:
                continue
            known += 1
            number = row.external_id.split(":", 2)[2]
            if not named & {(number, row.source_id), (folded(row.name), row.source_id)}:
                self.count += 1
                found.setdefault(row.contact_id, []).append(row.student_id)
        self.ended = found if self.count <= max(FEW, known // PART) else {}

    def _named(self) -> set[tuple[str, str]]:
        """Guardians and students whom the archive names together, on either side: guardians by number and by
        folded name, for whoever is called so is known under the number of an earlier system."""
        run = self._database.execute
        if run("SELECT name FROM sqlite_master WHERE name = 'cares'").fetchone() is None:
            return set()
        pairs = run(
            "SELECT guardian, student FROM cares UNION SELECT guardian, student FROM agent "
            "UNION SELECT name, student FROM cares"
        )
        return {(row[0], row[1]) for row in pairs}

    def _stored(self) -> Any:
        """Who cares for students of these schools and came in an archive: whom people added stay."""
        statement = (
            select(
                Guardian.contact_id, Guardian.student_id, Student.source_id, Contact.external_id, Contact.name
            )
            .join(Student, Student.id == Guardian.student_id)
            .join(Contact, Contact.id == Guardian.contact_id)
            .where(
                db.among(Student.school_id, self._schools),
                Contact.external_id.startswith(START),
                Student.source_id != "",
            )
            .order_by(Guardian.contact_id, Guardian.student_id)
        )
        with system("a whole roster says who cares for nobody any more"):
            return db.session().execute(statement).all()

    def records(self) -> Iterator[Record]:
        """Lines about the relations that end; see `Endings`."""
        for contact_id, students in self.ended.items():
            yield {
                "kind": "ending", "key": "", "district": "", "fields": {}, "spans": [],
                "guardian": contact_id, "students": students,
            }  # fmt: skip
