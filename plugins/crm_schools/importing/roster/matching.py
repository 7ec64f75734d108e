"""Which stored students the lines of a roster mean: by their number, else by what their system calls them.

A new system may count its ids anew, and then a new student has the id that somebody else had. So an id alone
finds whoever has another number here only where the name, or the day of birth, is the same, too."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from crm.plugin_api import db, system
from crm.plugin_api.transfer import Line
from crm_schools.importing.places import by_source, one_of, students
from crm_schools.models import Student
from crm_schools.words import fold

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure

ANOTHER: Final = "schools_id_of_another"
RENUMBERED: Final = "schools_other_number"


@dataclass(frozen=True, slots=True)
class Matched:
    """By the number of each line: the stored student, if there is one; of those in `renumbered` the number
    is another one here. `others` are students who had the id of a line before, and are not meant by it; the
    lines in `zeros` name one only where the zeros before a number are left aside, the number of those in
    `states` is a state's, and `of_state` are the students whose it is and who are called otherwise."""

    rows: dict[int, Any] = field(default_factory=dict)
    renumbered: set[int] = field(default_factory=set)
    others: dict[int, Any] = field(default_factory=dict)
    zeros: set[int] = field(default_factory=set)
    states: set[int] = field(default_factory=set)
    of_state: dict[int, Any] = field(default_factory=dict)

    def reasons(self, line: Line) -> list[list[str]]:
        """What is to be said of how a line was matched."""
        if line.number in self.renumbered:
            return [[RENUMBERED, self.rows[line.number].local_id, line.record["key"]]]
        if line.number in self.of_state:
            return [["schools_state_of_another", self.of_state[line.number].local_id, line.record["key"]]]
        lost = [["schools_zeros", "", line.record["key"]]] if line.number in self.zeros else []
        other = self.others.get(line.number)
        return [[ANOTHER, "", other.local_id]] if other is not None else lost

    def why_another(self, line: Line, *, hidden: bool) -> tuple[str, str, str] | None:
        """Why a line is left out whose number without its zeros fits somebody who is called otherwise, and so
        is another's. Whoever may not see students (`hidden`) would have guesses at names answered by that:
        any line is left that fits by another number than the student has here."""
        row, key = self.rows.get(line.number), line.record["key"]
        if hidden and line.number in self.zeros | self.states:
            return "schools_not_own_number", "", key
        if row is not None and line.number in self.zeros and is_called_otherwise(line.record["fields"], row):
            return "schools_zeros_of_another", row.local_id, key
        return None

    def given(self, lines: Sequence[Line], structure: "Structure") -> dict[tuple[int | None, str], int]:
        """Who got another id by lines that were written, by district and id."""
        return {
            (structure.district_of_student(line.record), _source(line)): line.record_id
            for line in lines
            if line.action != "skipped" and line.record_id is not None and _source(line)
            if getattr(self.rows.get(line.number), "source_id", "") != _source(line)
        }


def match(lines: Sequence[Line], structure: "Structure") -> Matched:
    """Find those whom the lines mean."""
    by_number = {line.number: line.record["student"] for line in lines if "student" in line.record}
    by_id: dict[int, int] = {}
    without_zeros, by_state = set[int](), set[int]()
    of_districts: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines:
        if line.number not in by_number:
            of_districts[structure.district_of_student(line.record)].append(line)
    for district, some in of_districts.items():
        if district is None:
            continue
        found, zeros, states = students(district, [line.record["key"] for line in some if line.record["key"]])
        named = by_source([_source(line) for line in some], district)
        for line in some:
            of_number, of_id = found.get(line.record["key"]), named.get(_source(line))
            if of_id is not None and (of_number is None or not _has_number(line)):
                by_id[line.number] = of_id
            elif of_number is not None:
                by_number[line.number] = of_number
                without_zeros |= {line.number} if line.record["key"] in zeros else set()
                by_state |= {line.number} if line.record["key"] in states else set()
    found_rows = _judged(lines, by_number, by_id)
    found_rows.zeros.update(without_zeros)
    found_rows.states.update(by_state)
    _leave_others(lines, found_rows)
    return found_rows


def _leave_others(lines: Sequence[Line], found: Matched) -> None:
    """A number that somebody has from the state may be a new student's here; their names tell them apart."""
    for line in lines:
        row = found.rows.get(line.number)
        if (
            row is not None
            and line.number in found.states
            and is_called_otherwise(line.record["fields"], row)
        ):
            found.of_state[line.number] = found.rows.pop(line.number)


def _judged(lines: Sequence[Line], by_number: Mapping[int, int], by_id: Mapping[int, int]) -> Matched:
    with system("a roster compares with what is there"):
        ids = {*by_number.values(), *by_id.values()}
        statement = select(*db.table(Student).c).where(db.among(Student.id, ids))
        rows = {row.id: row for row in db.session().execute(statement)}
    found = Matched({number: rows[each] for number, each in by_number.items() if each in rows})
    for line in lines:
        row = rows.get(by_id.get(line.number, 0))
        if row is None:
            continue
        if not _has_number(line):
            found.rows[line.number] = row
        elif _is_the_same(line.record, row):
            found.rows[line.number] = row
            found.renumbered.add(line.number)
        else:
            found.others[line.number] = row
    return found


def forget_ids(written: Mapping[tuple[int | None, str], int], change: Any) -> None:
    """What the system of a district calls one student it calls no other so any more; `written` are the
    students who got an id, by their district and that."""
    if not written:
        return
    table = db.table(Student)
    statement = select(Student.id, Student.district_id, Student.source_id)
    with system("a roster names students as its system does"):
        rows = db.session().execute(statement.where(one_of(Student.source_id, {each[1] for each in written})))
        others = [row[0] for row in rows if written.get((row[1], row[2]), row[0]) != row[0]]
    if not others:
        return
    before = change.watch(table, others)
    forget = update(table).where(db.among(table.c.id, others))
    with system("a roster writes what it planned"):
        db.session().connection().execute(forget.values(source_id="", version=table.c.version + 1))
    change.changed(table, before)


def _source(line: Line) -> str:
    return str(line.record["fields"].get("source_id", ""))


def _has_number(line: Line) -> bool:
    """Whether a line has a number besides the id; an archive without numbers names students by the id."""
    return line.record["key"] not in {"", _source(line)}


def _is_the_same(record: Mapping[str, Any], row: Any) -> bool:
    """Whether a line with the id of a stored student and another number means that one. Twins are born on one
    day, so a first name goes with it."""
    told = record["fields"]
    if record.get("is_another") or fold(told.get("given_name", "")) != fold(row.given_name):
        return False
    born = row.birth_date.isoformat() if row.birth_date else ""
    same_day = bool(born) and told.get("birth_date") == born
    return same_day or fold(told.get("family_name", "")) == fold(row.family_name)


def is_called_otherwise(told: Mapping[str, Any], row: Any) -> bool:
    """Whether neither name nor day of birth is the same."""
    born = row.birth_date.isoformat() if row.birth_date else ""
    names = [(told.get(name, ""), getattr(row, name)) for name in ("given_name", "family_name")]
    differ = [fold(said) != fold(here) for said, here in names if said and here]
    return bool(differ) and all(differ) and not (born and told.get("birth_date") == born)
