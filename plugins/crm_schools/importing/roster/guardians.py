"""Guardians of a roster: contacts, and for whom they care.

Source: OneRoster CSV binding, `users` with the role guardian, parent or relative, and `agentSourcedIds` on
either side. It says neither relation nor custody: what a school wrote about those stays."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, bulk, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.transfer import Line
from crm.plugin_api.words import clean_phone, split_full_name
from crm_schools.importing.dates import yes_or_no
from crm_schools.importing.places import by_source, one_of, students
from crm_schools.keeping.languages import language_of
from crm_schools.models import Guardian
from crm_schools.words import fold

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure

ROLES: Final = frozenset({"guardian", "parent", "relative"})
WHY: Final = "a roster says who cares for whom"


def record(source: str, of: str, named: Mapping[str, str], students: Iterable[str]) -> dict[str, Any]:
    """A line: the guardian's number and name, and what the roster calls their students."""
    return {
        "kind": "guardian", "key": source, "district": of, "fields": dict(named),
        "students": sorted(set(students)), "spans": [],
    }  # fmt: skip


def key_of(told: Mapping[str, str], student: str) -> str:
    """By what a guardian of a table is known again: name, and phone or email; without either only as that of
    one student."""
    reach = clean_phone(told["phone"])[0] or fold(told["email"]) or f"of {student}"
    return sha256(f"{fold(told['name'])}|{reach}".encode()).hexdigest()[:24]


def listed(key: str, told: Mapping[str, str]) -> dict[str, Any]:
    """A line of a table: the guardian, to be joined with their students by number."""
    parts = split_full_name(told["name"])
    fields = {
        "given_name": parts.given_name,
        "family_name": parts.family_name,
        "phone": told["phone"],
        "email": told["email"],
        "language": language_of(told["language"]),
    }
    return {
        "kind": "guardian", "key": key, "district": "", "fields": fields, "students": [], "spans": [],
        "by_number": True, "relation": told["relation"][:40], "school": told["school"],
        "prohibited": bool(yes_or_no(told["prohibited"])) if told["prohibited"] else False,
    }  # fmt: skip


class Guardians:
    """Guardians of the lines given."""

    def __init__(self, structure: "Structure") -> None:
        self.structure = structure

    def plan(self, lines: Sequence[Line]) -> None:
        """New ones are created; those who are known only get students that they lack. Students of the same
        file are not written yet, so one who is not known may still come."""
        contacts, linked = self._known(lines)
        known = self._students(lines)
        for line in lines:
            contact_id = contacts.get(self._external(line))
            if contact_id is None:
                line.action = "create"
                continue
            line.record_id = contact_id
            missing = [
                source
                for source in line.record["students"]
                if (self._place(line), source) not in known
                or (known[self._place(line), source], contact_id) not in linked
            ]
            line.changes = [["students", "", str(len(missing))]] if missing else []
            line.action = "update" if missing else "unchanged"

    def write(self, lines: Sequence[Line]) -> None:
        contacts, linked = self._known(lines)
        known = self._students(lines)
        with system(WHY), bulk.many_objects():
            for line in lines:
                said = [(self._place(line), each) for each in line.record["students"]]
                ids = [known[each] for each in said if each in known]
                if not ids:
                    line.skip("schools_no_such_student", "", ", ".join(line.record["students"][:3]))
                    continue
                contact_id = contacts.get(self._external(line)) or self._made(line)
                line.record_id = contact_id
                new = [each for each in ids if (each, contact_id) not in linked]
                about = {
                    "relation": line.record.get("relation", ""),
                    "contact_prohibited": line.record.get("prohibited", False),
                }
                db.session().add_all(
                    [Guardian(student_id=each, contact_id=contact_id, **about) for each in new]
                )
            db.session().flush()

    def _made(self, line: Line) -> int:
        fields = line.record["fields"]
        number, extension, problem = clean_phone(fields.get("phone", ""))
        values: dict[str, Any] = {
            "given_name": fields.get("given_name", ""),
            "family_name": fields.get("family_name", ""),
            "external_id": self._external(line),
            "language": fields.get("language", ""),
        }
        if number and problem != "phone_invalid":
            values["phones"] = [{"number": number, "extension": extension, "label": ""}]
        if fields.get("email"):
            values["emails"] = [{"address": fields["email"], "label": ""}]
        return create(values, Actor.system()).id

    def _external(self, line: Line) -> str:
        start = "roster" if line.record.get("by_number") else "oneroster"
        return f"{start}:{self._place(line)[1] or 0}:{line.record['key']}"

    def _place(self, line: Line) -> "Where":
        """How and where the students of a line are found."""
        if line.record.get("by_number"):
            return True, int(line.record.get("district_id") or 0) or None
        return False, self.structure.named(line.record)

    def _known(self, lines: Sequence[Line]) -> tuple[dict[str, int], set[tuple[int, int]]]:
        wanted = [self._external(line) for line in lines]
        with system(WHY):
            run = db.session().execute
            rows = run(
                select(Contact.external_id, Contact.id).where(one_of(Contact.external_id, wanted))
            ).all()
            contacts = {str(row[0]): int(row[1]) for row in rows}
            links = select(Guardian.student_id, Guardian.contact_id).where(
                db.among(Guardian.contact_id, list(contacts.values()))
            )
            return contacts, {(row[0], row[1]) for row in run(links)}

    def _students(self, lines: Sequence[Line]) -> dict[tuple["Where", str], int]:
        """By where to look and what the lines call them. What two of them are called so finds neither."""
        wanted: dict[Where, set[str]] = {}
        for line in lines:
            wanted.setdefault(self._place(line), set()).update(line.record["students"])
        found: dict[tuple[Where, str], int] = {}
        with system(WHY):
            for (by_number, district), names in wanted.items():
                if not by_number:
                    rows = by_source(names, district)
                else:
                    rows = students(district, list(names))[0] if district is not None else {}
                found |= {((by_number, district), key): row for key, row in rows.items()}
        return found


Where = tuple[bool, int | None]
"""Whether students are named by their numbers, else as the system of the rosters calls them; and the district
in which to look, None for all of them."""
