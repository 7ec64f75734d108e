"""Numbers about many students, without a name: what dashboards and reports show.

All of it is counted from stored ratings in a handful of statements, however many students there are. Whoever
calls has found the district and schools through `visible`; the ratings themselves are read as the program.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select

from crm.plugin_api import Actor, db, system, visible
from crm_schools import settings
from crm_schools.bands import school_band
from crm_schools.models import Absence, District, Rating, School, Student, Year
from crm_schools.permissions import STUDENTS
from crm_schools.suppression import Group, Rule, is_sensitive

WHY = "numbers about many students, without names"
BANDS: Final = ("satisfactory", "at_risk", "moderate", "severe")
SHORT: Final = "short"
"""Enrolled for fewer days than the district's rule asks for: in no rate."""


@dataclass(frozen=True)
class Place:
    """What numbers are of: a school, or a district as far as the reader may see its schools, in a school
    year. `whole` says whether that is all of the district: then each student counts once, with all days that
    they were enrolled anywhere in it; else each school counts its own students."""

    district: District
    schools: Sequence[tuple[int, str]]
    school: School | None = None
    school_year: int = 0
    whole: bool = True
    least: int = 0
    """Groups of fewer students are not shown: the reader may not see these students. 0 for whoever may."""

    @property
    def clause(self) -> ColumnElement[bool]:
        """The ratings that count here, of all years."""
        if self.school is not None:
            return and_(Rating.school_id == self.school.id, Rating.part != "district")
        if self.whole:
            return and_(Rating.district_id == self.district.id, Rating.part != "school")
        return and_(
            db.among(Rating.school_id, [each for each, _name in self.schools]), Rating.part != "district"
        )

    @property
    def counted(self) -> ColumnElement[bool]:
        """The ratings of which this reader gets numbers. Whoever may not see the students gets none of those
        enrolled too few days, or a small group would look large together with them."""
        return and_(self.clause, Rating.band != SHORT) if self.least else self.clause

    @property
    def counted_of_year(self) -> ColumnElement[bool]:
        return and_(self.counted, Rating.school_year == self.school_year)

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
    """Students of a group by band. `rated` are those in a rate, `short` those enrolled too few days."""

    bands: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*BANDS, SHORT), 0))
    truant: int = 0
    both: int = 0
    absent: int = 0
    enrolled: int = 0

    def add(self, band: str, truant: bool, count: int, absent: int = 0, enrolled: int = 0) -> None:
        """`absent` and `enrolled` are half days."""
        self.bands[band] += count
        if band == SHORT:
            return
        self.absent += absent
        self.enrolled += enrolled
        if truant:
            self.truant += count
            self.both += count if band in {"moderate", "severe"} else 0

    @property
    def rated(self) -> int:
        return sum(self.bands[band] for band in BANDS)

    @property
    def short(self) -> int:
        return self.bands[SHORT]

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


def place_of(actor: Actor, district: District, school: School | None, school_year: int | None) -> Place:
    """The place as far as the actor may see it, in the year asked for or the latest one with ratings."""
    mine = visible(School, actor).where(School.district_id == district.id).order_by(School.name)
    schools = [
        (row.id, row.name) for row in db.session().execute(mine.with_only_columns(School.id, School.name))
    ]
    with system(WHY):
        every = db.session().scalar(select(func.count(School.id)).where(School.district_id == district.id))
    place = Place(
        district, schools, school, 0, len(schools) == every, _least(actor, district, school, schools)
    )
    return place.in_year(school_year or max(years_of(place), default=0))


def _least(
    actor: Actor, district: District, school: School | None, schools: Sequence[tuple[int, str]]
) -> int:
    """From which size on a group is shown to somebody who may see numbers, yet not all of the students."""
    wanted = [school.id] if school is not None else [each for each, _name in schools]
    named = visible(School, actor, STUDENTS).where(School.district_id == district.id)
    known = set(db.session().scalars(named.with_only_columns(School.id)))
    if actor.can(STUDENTS) and known.issuperset(wanted):
        return 0
    return settings.held(district, school.id if school is not None else None)["suppression"].number


Key = TypeVar("Key")


SMALLEST_COUNT: Final = 6
"""A count from 1 to below this says too much to somebody who may not see the students; see `Rule`."""


def tells(place: Place, students: int, *counts: int) -> bool:
    """Whether these numbers would tell this reader of single students: of a small group, of a few among
    many, or of nearly everybody."""
    if not place.least or not students:
        return False
    return is_sensitive(Group(students, counts), Rule(place.least, SMALLEST_COUNT))


def tells_rate(place: Place, count: Count) -> bool:
    """The same of a rate of chronic absence."""
    return tells(place, count.rated, count.chronic)


def tells_bands(place: Place, count: Count) -> bool:
    """The same of the students in each band."""
    return (
        tells_no_parts(place)
        or tells_rate(place, count)
        or (bool(place.least) and any(0 < count.bands[band] < SMALLEST_COUNT for band in BANDS))
    )


def tells_truancy(place: Place, count: Count) -> bool:
    """The same of truancy beside chronic absence."""
    parts = (count.both, count.chronic - count.both, count.truant - count.both)
    return (
        tells_no_parts(place)
        or tells(place, count.rated, count.chronic, count.truant)
        or (bool(place.least) and any(0 < part < SMALLEST_COUNT for part in parts))
    )


def safe(
    place: Place,
    groups: Mapping[Key, Count],
    tells_of: Callable[[Place, Count], bool] = tells_rate,
) -> dict[Key, Count]:
    """The groups that the reader may see of some that add up to a number that they see: without those that
    tell of single students, and without as many others as it takes so that what is hidden tells nothing
    together either.

    Source: NCES SLDS Technical Brief 3 (2011-603): the smallest reportable group, and complementary
    suppression of a second one."""
    if not place.least:
        return dict(groups)
    ordered = sorted(
        (not tells_of(place, count), count.rated, number, key)
        for number, (key, count) in enumerate(groups.items())
    )
    hidden: dict[Key, Count] = {}
    for harmless, size, _number, key in ordered:
        more = hidden and (len(hidden) < 2 or tells_of(place, totals(hidden.values())))
        if size and (not harmless or more):
            hidden[key] = groups[key]
    return {key: count for key, count in groups.items() if key not in hidden}


def _safe_years(
    place: Place,
    groups: Mapping[tuple[Any, int], Count],
    tells_of: Callable[[Place, Count], bool] = tells_rate,
) -> dict[tuple[Any, int], Count]:
    """`safe` for each year of a table whose keys end with one."""
    found: dict[tuple[Any, int], Count] = {}
    for year in {year for _value, year in groups}:
        found |= safe(place, {key: count for key, count in groups.items() if key[1] == year}, tells_of)
    return found


def _network(place: Place) -> Place:
    """The whole district of a place, for what must be decided once for all pages and readers."""
    least = max(place.least, settings.held(place.district)["suppression"].number)
    with system(WHY):
        rows = db.session().execute(
            select(School.id, School.name).where(School.district_id == place.district.id)
        )
        schools = [(row[0], row[1]) for row in rows]
    return replace(place, schools=schools, school=None, whole=False, least=least)


def _schools_shown(place: Place, *, only: bool = False) -> set[tuple[int, int]]:
    """The schools and years whose totals may be seen, decided over all schools of the district: what one
    page hides, no other shows. `only` the year of the place, for less work."""
    network = _network(place)
    clause = network.counted_of_year if only else network.counted
    counts = _folded(_counts(Rating.school_id, Rating.school_year).where(clause), 2)
    return set(_safe_years(network, counts))


def _tables_shown(place: Place, dimension: str, *, only: bool = False) -> set[tuple[int, int]]:
    """The schools and years of which the numbers by this dimension may be seen. A school with a cell that
    tells of single students shows no such table, and neither do as many others as it takes so that what the
    district's table leaves of all of these tells nothing of anybody."""
    network, column = _network(place), DIMENSIONS[dimension]
    statement = _counts(Rating.school_id, Rating.school_year, column).where(
        network.counted_of_year if only else network.counted
    )
    if dimension != "grade":
        statement = statement.join(Student, Student.id == Rating.student_id)
    tables: dict[int, dict[int, dict[Any, Count]]] = {}
    for (school_id, year, value), count in _folded(statement, 3).items():
        tables.setdefault(year, {}).setdefault(school_id, {})[value] = count
    shown = _schools_shown(place, only=only)
    return {
        (school_id, year)
        for year, of_year in tables.items()
        for school_id in _whole_tables(network, of_year, {each for each, when in shown if when == year})
    }


def _whole_tables(network: Place, tables: Mapping[int, Mapping[Any, Count]], shown: set[int]) -> set[int]:
    def tell(some: Iterable[int]) -> bool:
        values = {value for each in some for value in tables[each]}
        return any(
            tells_rate(network, totals(tables[each][value] for each in some if value in tables[each]))
            for value in values
        )

    hidden = [each for each in tables if each not in shown or tell([each])]
    rest = sorted(
        (each for each in tables if each not in hidden),
        key=lambda each: (totals(tables[each].values()).rated, each),
    )
    while rest and hidden and (len(hidden) < 2 or tell(hidden)):
        hidden.append(rest.pop(0))
    return set(rest)


def years_shown(place: Place, dimension: str, *, only: bool = False) -> set[int] | None:
    """The school years in which this reader may see the place by a dimension; None for all of them. `only`
    the year of the place, for less work."""
    if not place.least or (place.whole and place.school is None):
        return None
    ids = [place.school.id] if place.school is not None else [each for each, _name in place.schools]
    shown = _tables_shown(place, dimension, only=only)
    years = {year for _school, year in shown}
    return {year for year in years if all((each, year) in shown for each in ids)}


def tables_shown(place: Place, dimension: str) -> set[int]:
    """The schools of which this reader may see the numbers by a dimension, in the year."""
    if not place.least:
        return {each for each, _name in place.schools} | ({place.school.id} if place.school else set())
    return {school for school, _year in _tables_shown(place, dimension, only=True)}


def tells_no_parts(place: Place) -> bool:
    """Whether months, bands, tiers and the like are kept from this reader, since those of a school, taken
    from those of its district, would tell of the other schools."""
    return bool(place.least) and place.school is not None


def is_small(place: Place, count: Count) -> bool:
    """Whether all of the place tell this reader of single students."""
    return tells_rate(place, count)


def years_of(place: Place) -> list[int]:
    """School years that have ratings, the latest first."""
    statement = select(Rating.school_year).where(place.clause).distinct()
    with system(WHY):
        return sorted(db.session().scalars(statement), reverse=True)


def year_row(place: Place) -> Year | None:
    with system(WHY):
        return (
            db.session()
            .scalars(
                select(Year).where(
                    Year.district_id == place.district.id, Year.school_year == place.school_year
                )
            )
            .one_or_none()
        )


def _counts(*keys: Any) -> Select[Any]:
    return select(
        *keys,
        Rating.band,
        Rating.is_truant,
        func.count(Rating.id),
        func.sum(Rating.absent),
        func.sum(Rating.enrolled),
    ).group_by(*keys, Rating.band, Rating.is_truant)


def _folded(statement: Select[Any], keys: int) -> dict[Any, Count]:
    found: dict[Any, Count] = {}
    with system(WHY):
        rows = db.session().execute(statement).all()
    for row in rows:
        key = row[0] if keys == 1 else tuple(row[:keys])
        band, truant, count, absent, enrolled = row[keys:]
        found.setdefault(key, Count()).add(band, bool(truant), count, int(absent), int(enrolled))
    return found


def totals(counts: Iterable[Count]) -> Count:
    """All of these groups together."""
    whole = Count()
    for each in counts:
        for band, count in each.bands.items():
            whole.bands[band] += count
        whole.truant += each.truant
        whole.both += each.both
        whole.absent += each.absent
        whole.enrolled += each.enrolled
    return whole


def by_school_and_grade(place: Place) -> dict[tuple[int, str], Count]:
    """By the id of the school and the grade."""
    return _folded(_counts(Rating.school_id, Rating.grade).where(place.counted_of_year), 2)


def by_year(place: Place) -> dict[int, Count]:
    found = _folded(_counts(Rating.school_year).where(place.counted), 1)
    if place.least and place.school is not None:
        shown = _schools_shown(place)
        found = {year: count for year, count in found.items() if (place.school.id, year) in shown}
    return {year: count for year, count in sorted(found.items()) if not is_small(place, count)}


def by_school_and_year(place: Place) -> dict[tuple[int, int], Count]:
    """Of each school its own students: one who went to two schools stands in both, as in EDFacts FS195."""
    own = replace(place, school=None, whole=False).counted
    found = _folded(_counts(Rating.school_id, Rating.school_year).where(own), 2)
    shown = _schools_shown(place) if place.least else set(found)
    return {key: count for key, count in found.items() if key in shown}


def of_schools(place: Place) -> dict[int, Count]:
    """Of each school its own students, in the year."""
    own = replace(place, school=None, whole=False).counted_of_year
    found = _folded(_counts(Rating.school_id).where(own), 1)
    shown = _schools_shown(place, only=True) if place.least else {(each, place.school_year) for each in found}
    return {each: count for each, count in found.items() if (each, place.school_year) in shown}


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


def value_of(stored: Any) -> str:
    """A subgroup's value as a word: `yes` and `no` for flags, empty where nobody said."""
    if stored is None:
        return ""
    return str(stored) if isinstance(stored, str) else ("yes" if stored else "no")


def by_dimension(
    place: Place, dimension: str, tells_of: Callable[[Place, Count], bool] = tells_rate
) -> dict[tuple[str, int], Count]:
    """By the value of one dimension and the school year, all years."""
    column = DIMENSIONS[dimension]
    statement = _counts(column, Rating.school_year).where(place.counted)
    if dimension != "grade":
        statement = statement.join(Student, Student.id == Rating.student_id)
    found: dict[tuple[str, int], Count] = {}
    for (value, year), count in _folded(statement, 2).items():
        key = (value_of(value), year)
        found[key] = totals([found[key], count]) if key in found else count
    shown = years_shown(place, dimension)
    if shown is not None:
        found = {key: count for key, count in found.items() if key[1] in shown}
    return _safe_years(place, found, tells_of)


def by_subgroups(place: Place) -> dict[str, dict[str, Count]]:
    """Of each subgroup dimension and value, in the year: one statement for all of them."""
    columns = [DIMENSIONS[name] for name in SUBGROUPS]
    statement = _counts(*columns).join(Student, Student.id == Rating.student_id).where(place.counted_of_year)
    found: dict[str, dict[str, Count]] = {name: {} for name in SUBGROUPS}
    for values, count in _folded(statement, len(columns)).items():
        for name, value in zip(SUBGROUPS, values, strict=True):
            group = found[name].setdefault(value_of(value), Count())
            found[name][value_of(value)] = totals([group, count])
    shown = {
        name: years_shown(place, name, only=True) for name, groups in found.items() if set(groups) - {""}
    }
    return {
        name: safe(place, found[name])
        for name, years in shown.items()
        if years is None or place.school_year in years
    }


@dataclass(frozen=True)
class Month:
    """Year to date at the end of a month: `number` 1 to 12 as in a calendar."""

    number: int
    rated: int
    chronic: int

    @property
    def share(self) -> float:
        return self.chronic / self.rated if self.rated else 0.0


def by_month(place: Place) -> list[Month]:
    """The rate year to date at the end of each month from July to June that had school."""
    if tells_no_parts(place):
        return []
    columns: list[Any] = []
    for place_in_year in range(1, 13):
        letter = func.substr(Rating.months_band, place_in_year, 1)
        columns.append(func.sum(case((letter.in_(("s", "a", "m", "v")), 1), else_=0)))
        columns.append(func.sum(case((letter.in_(("m", "v")), 1), else_=0)))
    with system(WHY):
        row = db.session().execute(select(*columns).where(place.counted_of_year)).one()
    months = [
        Month((6 + index) % 12 + 1, int(row[2 * index] or 0), int(row[2 * index + 1] or 0))
        for index in range(12)
    ]
    return [month for month in months if month.rated and not tells(place, month.rated, month.chronic)]


def by_weekday(place: Place) -> dict[int, tuple[int, int]]:
    """Of each weekday (0 for Monday): half days missed, and on how many dates anybody was counted. Nothing
    where that would tell this reader of single students."""
    if tells_no_parts(place) or (place.least and place.school_year not in by_year(place)):
        return {}
    where = [Absence.school_year == place.school_year, Absence.counted, Absence.halves > 0]
    if place.school is not None:
        where.append(Absence.school_id == place.school.id)
    else:
        where.append(db.among(Absence.school_id, [each for each, _name in place.schools]))
    statement = select(Absence.on_date, func.sum(Absence.halves)).where(*where).group_by(Absence.on_date)
    found: dict[int, tuple[int, int]] = {}
    with system(WHY):
        rows = db.session().execute(statement).all()
    for day, halves in rows:
        missed, dates = found.get(day.weekday(), (0, 0))
        found[day.weekday()] = (missed + int(halves), dates + 1)
    return dict(sorted(found.items()))


def tiers(place: Place) -> dict[int, int]:
    """How many students each tier's triggers name; nothing where that would tell of single ones."""
    if tells_no_parts(place):
        return {}
    statement = select(Rating.tier, func.count(Rating.id)).where(place.counted_of_year).group_by(Rating.tier)
    with system(WHY):
        found: dict[int, int] = {row[0]: row[1] for row in db.session().execute(statement)}
    few = bool(place.least) and any(0 < count < SMALLEST_COUNT for count in found.values())
    helped = sum(count for tier, count in found.items() if tier > 1)
    return {} if few or tells(place, sum(found.values()), helped) else found


@dataclass(frozen=True)
class Risk:
    """Key risk indicators of a school year (SATT): students, and half days or tardies."""

    students: int
    chronic: int
    severe: int
    truant: int
    suspended: int
    tardy: int
    """Students who were late on ten days or more."""


def risks(place: Place) -> dict[int, Risk]:
    """By school year."""
    if tells_no_parts(place):
        return {}

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    rated = Rating.band != literal(SHORT)
    statement = (
        select(
            Rating.school_year,
            counted(rated),
            counted(and_(rated, Rating.is_chronic)),
            counted(Rating.band == "severe"),
            counted(and_(rated, Rating.is_truant)),
            counted(and_(rated, Rating.suspended > 0)),
            counted(and_(rated, Rating.tardies >= 10)),
        )
        .where(place.counted)
        .group_by(Rating.school_year)
        .order_by(Rating.school_year)
    )
    with system(WHY):
        return {
            row[0]: Risk(*(int(each or 0) for each in row[1:]))
            for row in db.session().execute(statement)
            if not tells(place, *(int(each or 0) for each in row[1:]))
        }
