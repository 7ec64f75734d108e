"""New students of a roster with the name and birth date of one who is here under another number.

A number that was corrected, or a roster of another system that counts its students otherwise, would make the
same child a second time: what was missed stays with the first, and the days enrolled are counted twice."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.transfer import Line
from crm_schools.importing.places import one_of
from crm_schools.importing.roster.records import folded
from crm_schools.models import Student

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure

ALIKE: Final = "schools_called_alike"
MOST_SAID: Final = 3
Person = tuple[int, str, str]
"""A district, a folded name as `Student.sort_name` has it, and a birth date as ISO text."""


def say(lines: Sequence[Line], rows: Mapping[int, Any], structure: "Structure") -> None:
    """Say it of lines that would create a student; `rows` are the stored students of the others, by line.
    Without a birth date nobody knows: many share a name, and twins have names of their own."""
    created = [(line, _person(line, structure)) for line in lines if line.action == "create"]
    names = {person[1] for _line, person in created if person is not None}
    if not names:
        return
    named = {row.id for line in lines if (row := rows.get(line.number)) and _is_called(line, row)}
    numbers: dict[Person | None, list[str]] = defaultdict(list)
    for row in _called(names):
        if row.id not in named:
            numbers[row.district_id, row.sort_name, row.birth_date.isoformat()].append(row.local_id)
    for line, person in created:
        if found := sorted(numbers.get(person, ())):
            line.reasons.append([ALIKE, ", ".join(found[:MOST_SAID]), "1"])


def _person(line: Line, structure: "Structure") -> Person | None:
    told = line.record["fields"]
    name, born = _name(line), told.get("birth_date")
    district = structure.district_of_student(line.record) if name and born else None
    return (district, name, born) if district is not None else None


def _name(line: Line) -> str:
    told = line.record["fields"]
    return folded(told.get("family_name", ""), told.get("given_name", ""))


def _is_called(line: Line, row: Any) -> bool:
    """Whether a line is about a stored student under their own name: then the new one is somebody else. A
    number that another child has now says nothing of whose it was."""
    return _name(line) in {"", row.sort_name}


def _called(names: set[str]) -> Sequence[Any]:
    statement = select(
        Student.id, Student.district_id, Student.local_id, Student.sort_name, Student.birth_date
    )
    statement = statement.where(one_of(Student.sort_name, names), Student.birth_date.is_not(None))
    with system("a roster compares with what is there"):
        return db.session().execute(statement).all()
