"""Guardians of a roster: contacts, and for whom they care.

Source: OneRoster CSV binding, `users` with the role guardian, parent or relative, and `agentSourcedIds` on
either side. It says neither relation nor custody: what a school wrote about those stays. Whom a whole archive
names no more is in `endings`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select

from crm.plugin_api import bulk, db, system
from crm.plugin_api.transfer import Line, Problem
from crm.plugin_api.words import clean_phone
from crm_schools.importing.places import by_source, students
from crm_schools.importing.roster.caring import Caring, Pair, reach_of
from crm_schools.importing.roster.cells import order
from crm_schools.importing.roster.identity import WHY, Carers, Link, Told
from crm_schools.importing.roster.matching import is_called_otherwise
from crm_schools.importing.roster.records import folded
from crm_schools.keeping.languages import language_of
from crm_schools.models import Guardian, Student
from crm_schools.words import fold

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure

ROLES: Final = frozenset({"guardian", "parent", "relative"})
TOLD: Final = ("name", "given", "family", "relation", "phone", "email", "language")
"""What columns of a table hold of a guardian."""
MOST_OF_AN_ORDER: Final = 200
FORBIDDEN_TOO: Final = "schools_forbidden_too"
REMOVED: Final = "schools_guardian_removed"


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
        "students": [], "spans": [], "by_number": True, "about": {}, "apart": [], "named": {},
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

    def __init__(self, structure: "Structure", *, tells: bool) -> None:
        """`tells` is for whoever may see students: it says whose order holds for whoever has their number now
        and whom people had removed, and finds students by another number; see `Matched.why_another`."""
        self.structure = structure
        self._tells = tells

    def plan(self, lines: Sequence[Line]) -> None:
        """New ones are created; those who are known get students that they lack, orders not to contact them,
        and a phone or an email that is new. Students of the same file are not written yet, so one who is not
        known may still come."""
        told = self._told(lines)
        carers = Carers(told)
        for line, each in zip(lines, told, strict=True):
            removed = _removed(line, each, carers)
            if removed:
                line.reasons.append([REMOVED, "", _name(line)])
            kept = [key for key in line.record["students"] if key not in removed]
            if kept or not removed:
                self._compare(line, _without(each, removed), carers, kept)
            else:
                line.action = "unchanged"

    def _compare(self, line: Line, told: Told, carers: Carers, keys: Sequence[str]) -> None:
        """Decide what a line does at the students whom it calls so."""
        at, mine = carers.of(told)
        others = [
            other
            for key, student_id in told.students.items()
            if is_prohibited(line.record, key)
            for other in _free_namesakes(carers, told, student_id, at.get(key, mine))
        ]
        if others:
            line.reasons.append([FORBIDDEN_TOO, "", _name(line)])
        if self._tells and any(not carers.is_called_alike(told, contact_id) for contact_id in at.values()):
            line.reasons.append(["schools_forbidden_number", "", _name(line)])
        line.record_id = mine if mine is not None else next(iter(at.values()), None)
        if line.record_id is None:
            line.action = "create"
            return
        line.changes = _changes(line, told, carers, {key: at.get(key, mine) for key in keys})
        if others:
            line.changes.append(["contact_prohibited", "", "True"])
        line.action = "update" if line.changes else "unchanged"

    def write(self, lines: Sequence[Line], change: Any) -> None:
        """Write what was planned."""
        told = self._told(lines)
        carers = Carers(told)
        caring = Caring(change, sum(line.action == "create" for line in lines))
        with system(WHY), bulk.many_objects():
            for line, whole in zip(lines, told, strict=True):
                each = _without(whole, _removed(line, whole, carers))
                if not each.students:
                    _leave_out(line, whole, tells=self._tells)
                    continue
                # A later line of the same batch may be about the same person.
                at, mine = carers.of(each)
                if mine is None and len(at) < len(each.students):
                    mine = _made(line, each, carers, caring)
                line.record_id = mine if mine is not None else next(iter(at.values()))
                pairs = {key: (of, at.get(key, mine) or line.record_id) for key, of in each.students.items()}
                for key, pair in pairs.items():
                    _link(line, key, pair, carers, caring)
                # Whoever has the number, and is somebody else at these students, gets nobody's phone.
                for contact_id in {pair[1] for pair in pairs.values()}:
                    if new := _new_reach(each, carers, contact_id):
                        caring.add_reach(contact_id, line.record["fields"], new)
                        carers.reach.setdefault(contact_id, set()).update(new)
            caring.flush()
            db.session().flush()

    def _told(self, lines: Sequence[Line]) -> list[Told]:
        known = self._students(lines)
        return [self._of(line, known) for line in lines]

    def _of(self, line: Line, known: Mapping[tuple["Where", str], int]) -> Told:
        place = self._place(line)
        fields = line.record["fields"]
        is_table = bool(line.record.get("by_number"))
        return Told(
            external=f"{'roster' if is_table else 'oneroster'}:{place[1] or 0}:{line.record['key']}",
            is_table=is_table,
            name=folded(_name(line)),
            reach=reach_of(fields),
            students={each: known[place, each] for each in line.record["students"] if (place, each) in known},
            apart=frozenset(line.record.get("apart", ())),
        )

    def _place(self, line: Line) -> "Where":
        """How and where the students of a line are found."""
        if line.record.get("by_number"):
            return True, int(line.record.get("district_id") or 0) or None
        return False, self.structure.named(line.record)

    def _students(self, lines: Sequence[Line]) -> dict[tuple["Where", str], int]:
        """By where to look and what the lines call them. What two of them are called so finds neither, and
        another number than theirs finds nobody who is called otherwise."""
        called = {key: child for line in lines for key, child in line.record.get("named", {}).items()}
        wanted: dict[Where, set[str]] = {}
        for line in lines:
            wanted.setdefault(self._place(line), set()).update(line.record["students"])
        found: dict[tuple[Where, str], int] = {}
        with system(WHY):
            for (by_number, district), names in wanted.items():
                if not by_number:
                    rows = by_source(names, district)
                else:
                    rows = self._numbered(district, names, called) if district is not None else {}
                found |= {((by_number, district), key): row for key, row in rows.items()}
        return found

    def _numbered(
        self, district: int, numbers: Iterable[str], called: Mapping[str, Mapping[str, str]]
    ) -> dict[str, int]:
        """The students of these numbers; `called` is what the rows with them call the students."""
        found = students(district, list(numbers))
        other = {key: found.ids[key] for key in found.zeros | found.states}
        rows = {row.id: row for row in db.session().execute(_names_of(other.values()))} if other else {}
        wrong = {
            key
            for key, student_id in other.items()
            if not self._tells or is_called_otherwise(called.get(key, {}), rows[student_id])
        }
        return {key: student_id for key, student_id in found.ids.items() if key not in wrong}


def _names_of(ids: Iterable[int]) -> Select[Any]:
    columns: tuple[Any, ...] = (Student.id, Student.given_name, Student.family_name, Student.birth_date)
    return select(*columns).where(db.among(Student.id, set(ids)))


def _leave_out(line: Line, told: Told, *, tells: bool) -> None:
    """A guardian of nobody: their students are not there, or people removed them from all of these."""
    if not told.students:
        line.skip("schools_no_such_student", "", ", ".join(line.record["students"][:3]))
    elif tells:
        line.skip(REMOVED, "", _name(line))


def _link(line: Line, student: str, pair: Pair, carers: Carers, caring: Caring) -> None:
    """Let somebody care for a student. That they must not be contacted is taken from a file, and only
    people take it back."""
    said, link = is_prohibited(line.record, student), carers.links.get(pair)
    same = [each for each in carers.namesakes(pair[0], folded(_name(line))) if each != pair[1]]
    forbidden = said or (link is None and any(carers.links[pair[0], each].is_prohibited for each in same))
    if said:
        _forbid([each for each in same if not carers.links[pair[0], each].is_prohibited], pair[0], caring)
        for each in same:
            carers.links[pair[0], each] = replace(carers.links[pair[0], each], is_prohibited=True)
    if link is None:
        relation = line.record.get("about", {}).get(student, ("",))[0]
        caring.link(pair, relation, prohibited=forbidden, note=_order_of(line, student))
        carers.link(*pair, Link(0, forbidden))
    elif forbidden and not link.is_prohibited:
        _forbid([pair[1]], pair[0], caring, _order_of(line, student))
        carers.link(*pair, replace(link, is_prohibited=True))


def _forbid(contacts: Sequence[int], student_id: int, caring: Caring, words: str = "") -> None:
    """Nobody may contact these about a student, for it is the same person under several numbers."""
    if not contacts:
        return
    caring.flush()  # Some of them may have come with this file.
    statement = select(Guardian).where(
        Guardian.student_id == student_id, db.among(Guardian.contact_id, contacts)
    )
    for row in db.session().scalars(statement):
        row.contact_prohibited = True
        row.note = row.note or words


def _made(line: Line, told: Told, carers: Carers, caring: Caring) -> int:
    """A new contact; under no number where both that they could have stand at others."""
    external = next(filter(carers.is_free, (told.external, told.own)), "")
    contact_id = caring.create(external, line.record["fields"], told.reach)
    carers.add(contact_id, external, told.name)
    carers.reach[contact_id] = set(told.reach)
    return contact_id


def _name(line: Line) -> str:
    fields = line.record["fields"]
    return " ".join(f"{fields.get('given_name', '')} {fields.get('family_name', '')}".split())


def _free_namesakes(carers: Carers, told: Told, student_id: int, contact_id: int | None) -> list[int]:
    """Other guardians of the same name whom nobody has forbidden to contact about a student."""
    return [
        each
        for each in carers.namesakes(student_id, told.name)
        if each != contact_id and not carers.links[student_id, each].is_prohibited
    ]


def _removed(line: Line, told: Told, carers: Carers) -> frozenset[str]:
    """At which students people have removed whom the line names; an order not to contact them is kept all the
    same."""
    return frozenset(key for key in carers.taken_off(told) if not is_prohibited(line.record, key))


def _without(told: Told, keys: Collection[str]) -> Told:
    return replace(told, students={key: of for key, of in told.students.items() if key not in keys})


def _changes(
    line: Line, told: Told, carers: Carers, contacts: Mapping[str, int | None]
) -> list[Sequence[str]]:
    """What a line says of somebody who is known, and what of it is new; `contacts` are who they are at each
    student."""
    links = {
        key: carers.links.get((told.students.get(key, 0), contact_id or 0))
        for key, contact_id in contacts.items()
    }
    missing = sum(1 for link in links.values() if link is None)
    ordered = any(
        is_prohibited(line.record, key) and not link.is_prohibited
        for key, link in links.items()
        if link is not None
    )
    new = {
        each
        for contact_id in contacts.values()
        if contact_id
        for each in _new_reach(told, carers, contact_id)
    }
    return [
        *([["students", "", str(missing)]] if missing else []),
        *([["contact_prohibited", "", "True"]] if ordered else []),
        *(["email" if "@" in each else "phone", "", each] for each in sorted(new)),
    ]


def _new_reach(told: Told, carers: Carers, contact_id: int) -> frozenset[str]:
    """Phone and email of a line that a contact lacks; they are added as other imports do. What
    people took away or corrected comes back by no roster that still says it."""
    if not carers.is_called_alike(told, contact_id):
        return frozenset()
    return told.reach - carers.reach.get(contact_id, set()) - carers.let_go.get(contact_id, set())


def _order_of(line: Line, student: str) -> str:
    return str((*line.record.get("about", {}).get(student, ()), "", "", "")[2])


def is_prohibited(record: Mapping[str, Any], student: str) -> bool:
    """Whether a line says that its guardian must not be contacted about a student."""
    return bool(record.get("about", {}).get(student, ("", False))[1])


Where = tuple[bool, int | None]
"""Whether students are named by their numbers, else as the system of the rosters calls them; and the district
in which to look, None for all of them."""
