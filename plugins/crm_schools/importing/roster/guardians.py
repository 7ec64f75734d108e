"""Guardians of a roster: contacts, and for whom they care.

Source: OneRoster CSV binding, `users` with the role guardian, parent or relative, and `agentSourcedIds` on
either side. It says neither relation nor custody: what a school wrote about those stays. Whom a whole archive
names no more is in `endings`."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, bulk, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.transfer import Line, Problem
from crm.plugin_api.words import clean_phone
from crm_schools.importing.places import by_source, one_of, students
from crm_schools.importing.roster.cells import order
from crm_schools.importing.roster.records import folded
from crm_schools.keeping.languages import language_of
from crm_schools.models import Guardian
from crm_schools.words import fold

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure

ROLES: Final = frozenset({"guardian", "parent", "relative"})
TOLD: Final = ("name", "given", "family", "relation", "phone", "email", "language")
"""What columns of a table hold of a guardian."""
MOST_OF_AN_ORDER: Final = 200
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


def listed(key: str, told: Mapping[str, str], district: int) -> dict[str, Any]:
    """A line of a table: the guardian, to be joined with their students by number."""
    fields = {
        "given_name": told["given_name"],
        "family_name": told["family_name"],
        "phone": told["phone"],
        "email": told["email"],
        "language": language_of(told["language"]),
    }
    return {
        "kind": "guardian", "key": key, "district": "", "district_id": str(district), "fields": fields,
        "students": [], "spans": [], "by_number": True, "about": {},
    }  # fmt: skip


def add(record: dict[str, Any], student: str, told: Mapping[str, str], orders: Sequence[str] = ()) -> None:
    """Put a student to a line of a table, with what is said of the guardian about them: their relation, and
    whether they must not be contacted, by cells that are their own or of everybody whom the row names. Of two
    rows or cells a yes counts; what is none in so many words is kept as it was written."""
    if student not in record["students"]:
        record["students"].append(student)
    relation, prohibited, words = record["about"].get(student, ("", False, ""))
    said = [each for each in map(order, orders) if each is not None]
    in_words = [each[:MOST_OF_AN_ORDER] for each in said]
    words = "; ".join(dict.fromkeys(filter(None, (words, *in_words))))[:MOST_OF_AN_ORDER]
    record["about"][student] = told["relation"][:40] or relation, prohibited or bool(said), words


def orders(record: dict[str, Any]) -> list[Problem]:
    """Of orders that were given in words, what the plan says of them."""
    said = sorted({about[2] for about in record["about"].values() if about[2]})
    return [Problem("schools_order_in_words", value=each) for each in said]


class Guardians:
    """Guardians of the lines given."""

    def __init__(self, structure: "Structure") -> None:
        self.structure = structure
        self._namesakes: Namesakes = {}

    def plan(self, lines: Sequence[Line]) -> None:
        """New ones are created; those who are known get students that they lack, and orders not to contact
        them. Students of the same file are not written yet, so one who is not known may still come."""
        contacts, linked = self._known(lines)
        known = self._students(lines)
        namesakes = _namesakes(known.values())
        for line in lines:
            contact_id = contacts.get(self._external(line))
            others = self._others(line, known, contact_id, namesakes)
            if others:
                line.reasons.append(["schools_forbidden_too", "", _name(line)])
            if contact_id is None:
                line.action = "create"
                continue
            line.record_id = contact_id
            place = self._place(line)
            stored = [linked.get((known.get((place, each)), contact_id)) for each in line.record["students"]]
            missing = sum(1 for row in stored if row is None)
            ordered = sum(
                1
                for each, row in zip(line.record["students"], stored, strict=True)
                if row is not None and is_prohibited(line.record, each) and not row[1]
            )
            line.changes = [["students", "", str(missing)]] if missing else []
            line.changes += [["contact_prohibited", "", "True"]] if ordered or others else []
            line.action = "update" if line.changes else "unchanged"

    def _others(
        self,
        line: Line,
        known: Mapping[tuple["Where", str], int],
        contact_id: int | None,
        namesakes: "Namesakes",
    ) -> int:
        """How many other guardians of the same name a line forbids to contact who are not forbidden yet."""
        place = self._place(line)
        students = [
            known.get((place, each)) for each in line.record["students"] if is_prohibited(line.record, each)
        ]
        return sum(
            1
            for student_id in students
            for other, is_prohibited in namesakes.get((student_id, folded(_name(line))), {}).items()
            if other != contact_id and not is_prohibited
        )

    def write(self, lines: Sequence[Line]) -> None:
        contacts, linked = self._known(lines)
        known = self._students(lines)
        self._namesakes = _namesakes(known.values())
        with system(WHY), bulk.many_objects():
            for line in lines:
                place = self._place(line)
                found = {
                    each: known[place, each] for each in line.record["students"] if (place, each) in known
                }
                if not found:
                    line.skip("schools_no_such_student", "", ", ".join(line.record["students"][:3]))
                    continue
                # A later line of the same batch may be about the same person.
                contact_id = contacts.get(self._external(line)) or self._made(line)
                contacts[self._external(line)] = line.record_id = contact_id
                for each, student_id in found.items():
                    self._link(line, each, (student_id, contact_id), linked)
            db.session().flush()

    def _link(self, line: Line, student: str, pair: tuple[int, int], linked: "Linked") -> None:
        """Let somebody care for a student. That they must not be contacted is taken from a file, and only
        people take it back."""
        said, row = is_prohibited(line.record, student), linked.get(pair)
        same = self._namesakes.setdefault((pair[0], folded(_name(line))), {})
        forbidden = said or (row is None and any(same.values()))
        if said:
            self._forbid([other for other, is_forbidden in same.items() if not is_forbidden], pair[0])
            same.update(dict.fromkeys(same, True))
        same[pair[1]] = same.get(pair[1], False) or forbidden
        if row is None:
            relation = line.record.get("about", {}).get(student, ("",))[0]
            made = Guardian(
                student_id=pair[0],
                contact_id=pair[1],
                relation=relation,
                contact_prohibited=forbidden,
                note=_order_of(line, student),
            )
            db.session().add(made)
            linked[pair] = 0, forbidden
        elif forbidden and not row[1]:
            self._forbid([pair[1]], pair[0], _order_of(line, student))
            linked[pair] = row[0], True

    def _forbid(self, contacts: Sequence[int], student_id: int, words: str = "") -> None:
        """Nobody may contact these about a student, for it is the same person under several numbers."""
        statement = select(Guardian).where(
            Guardian.student_id == student_id, db.among(Guardian.contact_id, contacts)
        )
        for row in db.session().scalars(statement) if contacts else ():
            row.contact_prohibited = True
            row.note = row.note or words

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

    def _known(self, lines: Sequence[Line]) -> tuple[dict[str, int], "Linked"]:
        wanted = [self._external(line) for line in lines]
        with system(WHY):
            run = db.session().execute
            rows = run(
                select(Contact.external_id, Contact.id).where(one_of(Contact.external_id, wanted))
            ).all()
            contacts = {str(row[0]): int(row[1]) for row in rows}
            links = select(
                Guardian.student_id, Guardian.contact_id, Guardian.id, Guardian.contact_prohibited
            ).where(db.among(Guardian.contact_id, list(contacts.values())))
            return contacts, {(row[0], row[1]): (row[2], row[3]) for row in run(links)}

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


def _name(line: Line) -> str:
    fields = line.record["fields"]
    return " ".join(f"{fields.get('given_name', '')} {fields.get('family_name', '')}".split())


def _namesakes(students: Iterable[int]) -> "Namesakes":
    """Whoever cares for these students, by their name: a file with another phone, a page or another system
    makes the same person anew."""
    found: Namesakes = {}
    statement = (
        select(Guardian.student_id, Guardian.contact_id, Guardian.contact_prohibited, Contact.name)
        .join(Contact, Contact.id == Guardian.contact_id)
        .where(db.among(Guardian.student_id, set(students)))
    )
    with system(WHY):
        for student_id, contact_id, is_prohibited, name in db.session().execute(statement):
            found.setdefault((student_id, folded(name)), {})[contact_id] = is_prohibited
    return found


def _order_of(line: Line, student: str) -> str:
    return str((*line.record.get("about", {}).get(student, ()), "", "", "")[2])


def is_prohibited(record: Mapping[str, Any], student: str) -> bool:
    """Whether a line says that its guardian must not be contacted about a student."""
    return bool(record.get("about", {}).get(student, ("", False))[1])


Linked = dict[tuple[int | None, int], tuple[int, bool]]
"""By student and contact, the row that links them and whether they must not be contacted."""
Namesakes = dict[tuple[int | None, str], dict[int, bool]]
"""By student and name without capitals and accents, the contacts of that name and whether they must not be
contacted."""
Where = tuple[bool, int | None]
"""Whether students are named by their numbers, else as the system of the rosters calls them; and the district
in which to look, None for all of them."""
