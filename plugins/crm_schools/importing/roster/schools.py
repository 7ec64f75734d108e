"""Which stored school each line of a file about one means.

A school has three marks: its number, its name, and what the system calls it from which rosters come (an
archive of OneRoster does; Ed-Fi has no such ids). Two marks make a school, whatever the third says: it got
another name, another number, or another system. A single mark makes it where nothing else speaks against it.
What is left could as well be another school, under which students would lose what they missed: there the
file is refused before anything is written, and somebody says which of the two it is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.importing.places import Places
from crm_schools.importing.roster.records import Record
from crm_schools.importing.roster.structure import Structure
from crm_schools.words import fold

NAMED: Final = 20
"""So many schools are named in a sentence, so that they can be put right at once."""


class _Doubt(NamedTuple):
    """A line and the stored school that it may mean, by the mark of which that is not certain."""

    mark: str
    line: Record
    school: int


class _Marks(NamedTuple):
    """The stored school that each mark of a line finds."""

    number: int | None
    source: int | None
    name: int | None

    @property
    def sure(self) -> int | None:
        """The one that two of them find."""
        found = Counter(each for each in self if each is not None).most_common(1)
        return found[0][0] if found and found[0][1] > 1 else None


def settle(structure: Structure, lines: Sequence[Record], kind: str = "") -> None:
    """Write the stored school that each line means into it (`stored`, its id). `lines` are all of the file:
    its schools are compared with those that are there as a whole. `kind` is `bulk` where they are all schools
    of their districts, `delta` where they are those that changed. BadFile where that is not certain."""
    groups: dict[Places, list[Record]] = defaultdict(list)
    for line in lines:
        places = structure.places_of(line)
        if places is not None:  # Else its district is still to be made, and with it the school.
            groups[places].append(line)
    for places, those in groups.items():
        if doubts := _OfDistrict(places, those, is_delta=kind == "delta").settle():
            raise BadFile(_words(doubts, places))
        if kind == "bulk":
            _refuse_others(places, those)


def _refuse_others(places: Places, lines: Sequence[Record]) -> None:
    """BadFile where most schools of a district are not in its file and most of the file's are not here: they
    are the same under other numbers and names. No district opens most of its schools anew."""
    new = [line for line in lines if "stored" not in line]
    known = {line.get("stored") for line in lines}
    left = [school for school in places.name_of if school not in known]
    if places.only_district is None or 2 * len(new) <= len(lines) or 2 * len(left) <= len(places.name_of):
        return
    raise BadFile(
        _(
            "Most schools of this file are not known in %(district)s, and most of those that are here are "
            "not in the file. There: %(there)s. Here: %(here)s. If they are the same, write the number from "
            "the file on the page of each school as its state number; if they are others, add them first, "
            "with their numbers. Then look through the file again.",
            district=places.districts[places.only_district],
            there=", ".join(f"{line['name']} ({line['key']})" for line in new[:NAMED]),
            here=", ".join(f"{places.name_of[each]} ({places.local_of[each]})" for each in left[:NAMED]),
        )
    )


def has_number(line: Record) -> bool:
    """Whether the school of a line has a number, or what its system calls it stands for that."""
    return bool(line["key"] != line.get("source_id"))


class _OfDistrict:
    """The schools of a district on both sides."""

    def __init__(self, places: Places, lines: Sequence[Record], *, is_delta: bool) -> None:
        self._places = places
        keys: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            keys[fold(line["name"])].add(line["key"])
        self._keys_of_name = keys
        self._marks = [(line, self._marks_of(line)) for line in lines]
        self._taken = {marks.sure for _line, marks in self._marks}
        self._is_same_system = is_delta or self._agrees()

    def _marks_of(self, line: Record) -> _Marks:
        source = self._places.by_source(line.get("source_id") or "")
        # Without a number the key is the id, which is no second mark beside itself.
        is_second = source is not None and not has_number(line)
        number = None if is_second else self._places.school(line["key"])
        return _Marks(number, source, self._called(line["name"], (number, source)))

    def _called(self, name: str, others: Iterable[int | None]) -> int | None:
        """The school that alone is called so on both sides; of several that of another mark."""
        if len(self._keys_of_name[fold(name)]) == 1 and (alone := self._places.named(name)) is not None:
            return alone
        names = self._places.name_of
        return next((each for each in others if each is not None and fold(names[each]) == fold(name)), None)

    def _agrees(self) -> bool:
        """Whether the file comes from the system from which the stored schools came: of those that it means
        by number or name it calls at least half as they are known to be called. Systems that count from 1
        agree on one or the other by chance."""
        found = [(line, marks.number or marks.name) for line, marks in self._marks]
        known = [
            line["source_id"] == self._places.source_of[school]
            for line, school in found
            if school is not None and line.get("source_id") and self._places.source_of[school]
        ]
        return any(known) and 2 * sum(known) >= len(known)

    def settle(self) -> list[_Doubt]:
        """Write the schools into their lines; gives what is not certain."""
        doubts = []
        for line, marks in self._marks:
            mark, school = self._meant(line, marks)
            if mark and school is not None:
                doubts.append(_Doubt(mark, line, school))
            elif school is not None:
                line["stored"] = school
        return doubts

    def _meant(self, line: Record, marks: _Marks) -> tuple[str, int | None]:
        """The school, and by which mark that is not certain; empty where it is. Files name schools by number,
        so the number of another one is never passed over."""
        sure, number = marks.sure, marks.number
        if number is not None and number != sure:
            return ("number" if sure or not self._is_by_number(line, marks) else ""), number
        if sure is not None:
            return "", sure
        source, name = self._free(marks.source), self._free(marks.name)
        if source is not None:
            if name is not None or (not has_number(line) and self._is_elsewhere(source)):
                return "counted", source
            return ("source" if has_number(line) else ""), source
        if name is not None and has_number(line) and not self._is_first_nces(line, name):
            return "name", name
        return "", name

    def _is_by_number(self, line: Record, marks: _Marks) -> bool:
        """Whether the number alone makes the school: it is called otherwise by now, or by another system. Not
        where the file has that school elsewhere, or its own system calls this one otherwise than that one."""
        school = marks.number
        assert school is not None
        is_other = bool(line.get("source_id") and self._places.source_of[school]) and self._is_same_system
        is_known = self._free(marks.name) is not None
        return not (is_other or is_known or school in self._taken or self._is_elsewhere(school))

    def _is_elsewhere(self, school: int) -> bool:
        """Whether a line is called as the school is."""
        return fold(self._places.name_of[school]) in self._keys_of_name

    def _free(self, school: int | None) -> int | None:
        """The school of a single mark, unless another line means it by two."""
        return None if school in self._taken else school

    def _is_first_nces(self, line: Record, school: int) -> bool:
        """Whether the line has the first number of NCES that anybody says of a school: that is no other
        number, but one of another kind."""
        places = self._places
        theirs, of = places.numbers_of[school], places.district_of[school]
        return places.is_nces(line["key"], of) and not any(places.is_nces(each, of) for each in theirs)


def _words(doubts: Iterable[_Doubt], places: Places) -> str:
    """What is not certain, by the mark, with the ways out of it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for mark, line, school in doubts:
        values = {
            "number": line["key"], "name": line["name"], "id": line.get("source_id", ""),
            "here": places.name_of[school], "number_here": places.local_of[school],
        }  # fmt: skip
        groups[mark].append(_difference(mark, values))
    return " ".join(_way_out(mark, "; ".join(found[:NAMED])) for mark, found in groups.items())


def _difference(mark: str, values: dict[str, Any]) -> str:
    if mark == "number":
        return _("%(number)s is “%(name)s” there and “%(here)s” here", **values)
    if mark == "name":
        return _("“%(name)s” is %(number)s there and %(number_here)s here", **values)
    if mark == "source":
        return _("%(id)s is “%(name)s” (%(number)s) there and “%(here)s” (%(number_here)s) here", **values)
    return _("%(id)s is “%(name)s” there and “%(here)s” here", **values)


def _way_out(mark: str, schools: str) -> str:
    if mark == "number":
        return _(
            "Schools have other numbers in this file than here: %(schools)s. If it is the same school, write "
            "its new name on its page; if it is another one, correct the numbers on the pages of the "
            "schools, or in the file. Then look through the file again.",
            schools=schools,
        )
    if mark == "name":
        return _(
            "Schools are called as some that are here and have other numbers: %(schools)s. If it is the same "
            "school, write the number from the file on its page as its state number; if it is another one, "
            "add it first, with that number. Then look through the file again.",
            schools=schools,
        )
    if mark == "source":
        return _(
            "Schools have the ids of others that are here, and other names and numbers: %(schools)s. If it "
            "is the same school, write its new name on its page; if it is another one, add it first, with "
            "that number. Then look through the file again.",
            schools=schools,
        )
    return _(
        "The ids of this file are those of other schools here: %(schools)s. Have the numbers of the schools "
        "written into it (identifier), as they stand on the pages of the schools; then it can be told which "
        "are meant.",
        schools=schools,
    )
