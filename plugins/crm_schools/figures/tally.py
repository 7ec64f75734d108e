"""The numbers of one school year, counted once and kept in memory until its ratings change.

Every change of a student, a stay, a day or a rule makes ratings anew, and each new one has a higher id than
the one that it takes the place of: how many there are and the sum of their ids tell whether what was counted
still holds."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from flask import current_app
from sqlalchemy import Integer, and_, case, cast, func, select

from crm.plugin_api import db, system
from crm_schools.figures.places import BANDS, WHY, Count
from crm_schools.models import Rating, Student

DIMENSIONS: Final[Mapping[str, Any]] = {
    "grade": Rating.grade,
    "race": Student.race,
    "gender": Student.gender,
    "english_learner": Student.english_learner,
    "disability": Student.disability,
    "disadvantaged": Student.disadvantaged,
    "housing": Student.housing,
}
SUBGROUPS: Final = tuple(name for name in DIMENSIONS if name != "grade")
KEPT: Final = 48
"""Tallies that one process keeps; of a district with a hundred schools one takes some megabytes."""
EXTENSION: Final = "schools_tallies"

_LOCK = Lock()

BySchool = dict[int, Count]
ByValue = dict[tuple[int, str], Count]
Months = list[tuple[int, int]]
"""Of each month from July to June, how many students were rated by its end, and chronically absent."""


def value_of(stored: Any) -> str:
    """A subgroup's value as a word: `yes` and `no` for flags, empty where nobody said."""
    if stored is None:
        return ""
    return str(stored) if isinstance(stored, str) else ("yes" if stored else "no")


@dataclass
class Tally:
    """The numbers of a district, or of one school, in a school year; each part is counted when it is first
    asked for. `once` is as in `Place`."""

    district_id: int
    school_year: int
    school_id: int | None
    once: bool
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def _where(self) -> Any:
        part = Rating.part != ("school" if self.once else "district")
        of = (
            Rating.district_id == self.district_id
            if self.school_id is None
            else Rating.school_id == self.school_id
        )
        return and_(of, part, Rating.school_year == self.school_year)

    def remembered(self, name: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, asked once."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def schools(self) -> BySchool:
        """By the id of the school."""
        found: BySchool = self.remembered("schools", self._count_schools)
        return found

    def values(self, dimension: str) -> ByValue:
        """By the id of the school and the value of one dimension."""
        found: ByValue = self.remembered("values", self._count_values)[dimension]
        return found

    def months(self) -> Mapping[int, Months]:
        """By the id of the school."""
        found: Mapping[int, Months] = self.remembered("months", self._count_months)
        return found

    def weekdays(self) -> Mapping[int, list[int]]:
        """By the id of the school, half days missed from Monday to Sunday."""
        found: Mapping[int, list[int]] = self.remembered("weekdays", self._count_weekdays)
        return found

    def _count_schools(self) -> BySchool:
        keys = (Rating.school_id, Rating.band, Rating.is_truant, Rating.tier)
        columns = (func.count(Rating.id), func.sum(Rating.absent), func.sum(Rating.enrolled))
        found: BySchool = {}
        for school, band, truant, tier, count, absent, enrolled in self._rows(
            select(*keys, *columns).where(self._where).group_by(*keys)
        ):
            found.setdefault(school, Count()).add(
                band, bool(truant), count, int(absent), int(enrolled), int(tier)
            )
        return found

    def _count_values(self) -> dict[str, ByValue]:
        """One statement for all dimensions; what it gives is folded for each."""
        keys = (Rating.school_id, Rating.band, Rating.is_truant, *DIMENSIONS.values())
        columns = (func.count(Rating.id), func.sum(Rating.absent), func.sum(Rating.enrolled))
        statement = select(*keys, *columns).join(Student, Student.id == Rating.student_id)
        found: dict[str, ByValue] = {name: {} for name in DIMENSIONS}
        places = list(enumerate(found.values(), start=3))
        for row in self._rows(statement.where(self._where).group_by(*keys)):
            count, absent, enrolled = row[-3], int(row[-2]), int(row[-1])
            for at, groups in places:
                key = row[0], row[at]
                group = groups.get(key)
                if group is None:
                    group = groups[key] = Count()
                group.add(row[1], bool(row[2]), count, absent, enrolled)
        return {name: _worded(groups) for name, groups in found.items()}

    def _count_months(self) -> dict[int, Months]:
        keys = (Rating.school_id, Rating.months_band)
        found: dict[int, Months] = {}
        for school, letters, count in self._rows(
            select(*keys, func.count(Rating.id)).where(self._where).group_by(*keys)
        ):
            months = found.setdefault(school, [(0, 0)] * 12)
            for at, letter in enumerate(letters):
                if letter in "samv":
                    rated, chronic = months[at]
                    months[at] = rated + count, chronic + (count if letter in "mv" else 0)
        return found

    def _count_weekdays(self) -> dict[int, list[int]]:
        sums = [
            func.sum(
                case((Rating.weekdays_absent == "", 0),
                     else_=cast(func.substr(Rating.weekdays_absent, 3 * day + 1, 3), Integer))
            )
            for day in range(7)
        ]  # fmt: skip
        # As for days attended: of whoever is in no rate no day counts here, either.
        rated = Rating.band.in_(BANDS)
        statement = select(Rating.school_id, *sums).where(self._where, rated).group_by(Rating.school_id)
        return {row[0]: [int(each or 0) for each in row[1:]] for row in self._rows(statement)}

    def _rows(self, statement: Any) -> Any:
        with system(WHY):
            return db.session().execute(statement).all()


def _worded(groups: Mapping[tuple[int, Any], Count]) -> ByValue:
    found: ByValue = {}
    for (school, stored), count in groups.items():
        found.setdefault((school, value_of(stored)), Count()).put(count)
    return found


def tally(district_id: int, school_year: int, school_id: int | None, *, once: bool) -> Tally:
    """The tally of a district or of one of its schools. Inside a transaction that may change ratings it is
    counted anew each time, since what is rolled back must not be remembered."""
    fresh = Tally(district_id, school_year, school_id, once)
    if db.current_change() is not None:
        return fresh
    known: OrderedDict[Any, tuple[str, Tally]] = current_app.extensions.setdefault(EXTENSION, OrderedDict())
    key = (district_id, school_year, school_id, once)
    state = state_of(district_id, school_year)
    with _LOCK:
        before = known.pop(key, None)
        found = before[1] if before is not None and before[0] == state else fresh
        known[key] = state, found
        while len(known) > KEPT:
            known.popitem(last=False)
    if found is fresh:
        from crm_schools.figures import stored

        stored.fill(found, state)
    return found


def state_of(district_id: int, school_year: int) -> str:
    """A text that differs as soon as ratings do: how many there are, the sum of their ids, the newest and
    when it was made. Of two transactions at once the one that began earlier may end later: then the newest
    rating is the same as before, and only the sum has grown."""
    here = and_(Rating.district_id == district_id, Rating.school_year == school_year)
    newest = select(func.max(Rating.id)).where(here).scalar_subquery()
    made = select(Rating.made_at).where(Rating.id == newest).scalar_subquery()
    counted = select(func.count(Rating.id), func.sum(Rating.id), newest, made)
    with system(WHY):
        row = db.session().execute(counted.where(here)).one()
    return f"{row[0]} {row[1] or 0} {row[2] or 0} {row[3]}"
