"""What numbers are of, and how many students a group has: no statement here knows a name."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, select

from crm.plugin_api import Actor, db, system, visible
from crm_schools import settings
from crm_schools.bands import APART, school_band
from crm_schools.models import District, Enrolment, Rating, School, Year
from crm_schools.permissions import STUDENTS

WHY: Final = "numbers about many students, without names"
BANDS: Final = ("satisfactory", "at_risk", "moderate", "severe")
SHORT: Final = "short"
"""Enrolled for fewer days than the district's rule asks for: in no rate."""
UNRATED: Final = (SHORT, APART)
"""In place of a band for whoever stands in no rate."""


@dataclass(frozen=True)
class Place:
    """What numbers are of: a school, or a district as far as the reader may see its schools, in a school
    year. `whole` says whether that is all of the district."""

    district: District
    schools: Sequence[tuple[int, str]]
    school: School | None = None
    school_year: int = 0
    whole: bool = True
    least: int = 0
    """Groups of fewer students are not shown: the reader may not see these students. 0 for whoever may."""
    known: frozenset[int] = frozenset()
    """The schools of the district whose students such a reader may see: what is hidden of others must not
    follow from these."""
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was found for it, and for the same place in other years; as long as a page takes."""

    def remembered(self, name: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, asked once for each year."""
        key = (name, self.school_year, self.school is None, self.least, self.known)
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    @property
    def once(self) -> bool:
        """Whether each student counts once, at the school where they went last and with all days of the
        district; else in each school with its own days. Whoever may not see the students gets only numbers
        that add up, as the public report has them: what two ways of counting differ by are a few children."""
        return bool(self.least) or (self.school is None and self.whole)

    @property
    def is_inferred(self) -> bool:
        """Whether most of its students are known by their attendance alone; see `figures.is_inferred`."""
        from crm_schools.figures.parts import is_inferred

        return is_inferred(self)

    @property
    def without_calendar(self) -> list[str]:
        """Schools that are counted by weekdays; see `figures.without_calendar`."""
        from crm_schools.figures.parts import without_calendar

        return without_calendar(self)

    @property
    def ids(self) -> frozenset[int]:
        """The schools that count here."""
        return frozenset(
            {self.school.id} if self.school is not None else {each for each, _name in self.schools}
        )

    @property
    def part(self) -> ColumnElement[bool]:
        """Which of the ratings of a student count; see `Rating`."""
        return Rating.part != ("school" if self.once else "district")

    @property
    def clause(self) -> ColumnElement[bool]:
        """The ratings that count here, of all years."""
        if self.school is not None:
            return and_(Rating.school_id == self.school.id, self.part)
        if self.whole:
            return and_(Rating.district_id == self.district.id, self.part)
        return and_(db.among(Rating.school_id, sorted(self.ids)), self.part)

    @property
    def of_year(self) -> ColumnElement[bool]:
        return and_(self.clause, Rating.school_year == self.school_year)

    @property
    def arguments(self) -> dict[str, Any]:
        """What an address says of this place."""
        where = {"school_id": self.school.id} if self.school else {"district_id": self.district.id}
        return {**where, "year": self.school_year}

    def in_year(self, school_year: int) -> "Place":
        return replace(self, school_year=school_year)


@dataclass
class Count:
    """Students of a group by band. `rated` are those in a rate, `short` those enrolled too few days, `apart`
    those in prekindergarten where it stands in no rate."""

    bands: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*BANDS, *UNRATED), 0))
    tiers: dict[int, int] = field(default_factory=dict)
    unrated_tiers: dict[int, int] = field(default_factory=dict)
    """Of those in no rate; they may need help, too, such as because of the year before."""
    truant: int = 0
    both: int = 0
    absent: int = 0
    enrolled: int = 0

    def add(
        self, band: str, truant: bool, count: int, absent: int = 0, enrolled: int = 0, tier: int = 0
    ) -> None:
        """`absent` and `enrolled` are half days."""
        self.bands[band] += count
        tiers = self.unrated_tiers if band in UNRATED else self.tiers
        tiers[tier] = tiers.get(tier, 0) + count
        if band in UNRATED:
            return
        self.absent += absent
        self.enrolled += enrolled
        if truant:
            self.truant += count
            self.both += count if band in {"moderate", "severe"} else 0

    def put(self, other: "Count") -> None:
        """Put the students of another group to these."""
        for band, count in other.bands.items():
            self.bands[band] += count
        for mine, theirs in ((self.tiers, other.tiers), (self.unrated_tiers, other.unrated_tiers)):
            for tier, count in theirs.items():
                mine[tier] = mine.get(tier, 0) + count
        self.truant += other.truant
        self.both += other.both
        self.absent += other.absent
        self.enrolled += other.enrolled

    def without_unrated(self) -> "Count":
        """The same without those in no rate: a group that is small but for them looks large."""
        return replace(self, bands={**self.bands, **dict.fromkeys(UNRATED, 0)}, unrated_tiers={})

    @property
    def rated(self) -> int:
        return sum(self.bands[band] for band in BANDS)

    @property
    def short(self) -> int:
        return self.bands[SHORT]

    @property
    def apart(self) -> int:
        return self.bands[APART]

    @property
    def chronic(self) -> int:
        """Moderate and severe: absent on 10 % of days enrolled or more (Attendance Works)."""
        return self.bands["moderate"] + self.bands["severe"]

    @property
    def share(self) -> float | None:
        """The part of rated students who are chronically absent, between 0 and 1; None without students."""
        return self.chronic / self.rated if self.rated else None

    @property
    def truant_share(self) -> float | None:
        return self.truant / self.rated if self.rated else None

    @property
    def attendance(self) -> float | None:
        """The part of days enrolled that students were there."""
        return 1 - self.absent / self.enrolled if self.enrolled else None

    @property
    def level(self) -> str:
        """How a school stands by its rate, a name of `bands.school_band`."""
        return school_band(self.chronic, self.rated)


def totals(counts: Iterable[Count]) -> Count:
    """All of these groups together."""
    whole = Count()
    for each in counts:
        whole.put(each)
    return whole


def place_of(actor: Actor, district: District, school: School | None, school_year: int | None) -> Place:
    """The place as far as the actor may see it, in the year asked for or the latest one with ratings."""
    mine = visible(School, actor).where(School.district_id == district.id).order_by(School.name)
    schools = [
        (row.id, row.name) for row in db.session().execute(mine.with_only_columns(School.id, School.name))
    ]
    with system(WHY):
        every = db.session().scalar(select(func.count(School.id)).where(School.district_id == district.id))
    named = _named(actor, district)
    wanted = {school.id} if school is not None else {each for each, _name in schools}
    least = 0 if named >= wanted and actor.can(STUDENTS) else settings.smallest_group(district)
    place = Place(district, schools, school, 0, len(schools) == every, least, named if least else frozenset())
    return place.in_year(school_year or max(years_of(place), default=0))


def _named(actor: Actor, district: District) -> frozenset[int]:
    """The schools of the district whose students the actor may see."""
    if not actor.can(STUDENTS):
        return frozenset()
    statement = visible(School, actor, STUDENTS).where(School.district_id == district.id)
    return frozenset(db.session().scalars(statement.with_only_columns(School.id)))


def years_of(place: Place) -> list[int]:
    """School years that have ratings, the latest first."""
    statement = select(Rating.school_year).where(place.clause).distinct()
    with system(WHY):
        return sorted(db.session().scalars(statement), reverse=True)


def with_students(place: Place) -> frozenset[int]:
    """The schools of the place where anybody is enrolled in its year; those that closed have nobody."""
    found: frozenset[int] = place.remembered("with_students", lambda: _with_students(place))
    return found


def _with_students(place: Place) -> frozenset[int]:
    there = exists().where(Enrolment.school_id == School.id, Enrolment.school_year == place.school_year)
    with system(WHY):
        return frozenset(
            db.session().scalars(select(School.id).where(db.among(School.id, sorted(place.ids)), there))
        )


def year_row(place: Place) -> Year | None:
    found: Year | None = place.remembered("year", lambda: _year_row(place))
    return found


def _year_row(place: Place) -> Year | None:
    of_year = Year.district_id == place.district.id, Year.school_year == place.school_year
    with system(WHY):
        return db.session().scalars(select(Year).where(*of_year)).one_or_none()
