"""Guardians of a roster whom a whole archive does not name any more for a student that it names."""

import sqlite3
from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm.plugin_api.history import rows_made
from crm_schools.importing.roster.identity import earlier_names, may_be
from crm_schools.importing.roster.oneroster.missing import FEW, PART
from crm_schools.importing.roster.records import ADDS, Record, folded
from crm_schools.models import Guardian, Student

START: Final = "oneroster:"
"""How the numbers of contacts begin that an archive brought; see `Guardians`."""


Named = dict[tuple[str, str], set[str]]
"""Guardians and students whom an archive names together, on either side: guardians by number and by folded
name, each with the folded names that stand there, as far as the archive says any."""


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
        students = {row[0] for row in self._database.execute("SELECT sourcedId FROM users")}
        stored = [row for row in self._stored() if row.source_id in students]
        earlier = earlier_names({row.contact_id for row in stored})
        unnamed = [row for row in stored if not _is_named(row, named, earlier.get(row.contact_id, ()))]
        by_people = _by_people(unnamed)
        found: dict[int, list[int]] = {}
        for row in unnamed:
            if row.id not in by_people:
                self.count += 1
                found.setdefault(row.contact_id, []).append(row.student_id)
        self.ended = found if self.count <= max(FEW, len(stored) // PART) else {}

    def _named(self) -> Named:
        run = self._database.execute
        if run("SELECT name FROM sqlite_master WHERE name = 'cares'").fetchone() is None:
            return {}
        found: Named = {}
        for who, student, name in run(
            "SELECT guardian, student, name FROM cares UNION SELECT guardian, student, '' FROM agent "
            "UNION SELECT name, student, name FROM cares"
        ):
            found.setdefault((who, student), set()).update([name] if name else ())
        return found

    def _stored(self) -> Any:
        """Who cares for students of these schools and came in an archive."""
        whose = Guardian.id, Guardian.contact_id, Guardian.student_id
        statement = (
            select(*whose, Student.source_id, Contact.external_id, Contact.name)
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


def _by_people(rows: Collection[Any]) -> set[int]:
    """The relations among these that people made, as by uniting the contact that they had added with that of
    an archive: no archive ever said them, so none ends them."""
    with system("a whole roster ends what a roster said"):
        of = {row.student_id for row in rows}
        return rows_made("schools_student", of, Guardian.__tablename__, ADDS) if rows else set()


def _is_named(row: Any, named: Named, earlier: Collection[str]) -> bool:
    """Whether the archive names a contact for a student: by name, for whoever is called so is known under the
    number of an earlier system; or by a number that is not somebody else's now."""
    name, number = folded(row.name), row.external_id.split(":", 2)[2]
    under = named.get((number, row.source_id))
    if (name, row.source_id) in named or under is None:
        return (name, row.source_id) in named
    return not under or may_be(name, earlier, under)
