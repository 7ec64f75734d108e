"""What the total of a place is made of: months, weekdays, tiers, signs of risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select

from crm.plugin_api import day_here, db, system
from crm_schools.figures.guarding import differs_little, tells, tells_days, tells_no_parts, tells_tiers
from crm_schools.figures.places import BANDS, WHY, Count, Place, totals, year_row
from crm_schools.figures.tables import tally_of, total
from crm_schools.figures.tally import tally
from crm_schools.models import Enrolment, Rating, School
from crm_schools.rating.reach import is_over, is_to_the_end, last_days, reached_in, through_of
from crm_schools.terms import Terms


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
    if tells_no_parts(place) or total(place) is None:
        return []
    found = [(0, 0)] * 12
    for school, months in tally_of(place).months().items():
        if (place.school is None and place.whole) or school in place.ids:
            found = [(a + c, b + d) for (a, b), (c, d) in zip(found, months, strict=True)]
    months_of = [Month((6 + at) % 12 + 1, rated, chronic) for at, (rated, chronic) in enumerate(found)]
    whole = total(place)
    return _apart(place, [month for month in months_of if month.rated], whole)


def _apart(place: Place, months: Sequence[Month], whole: Count | None) -> list[Month]:
    """Those months that tell of no few students, neither by themselves nor by what they differ from one
    another and from the year's total: who came, left or passed the line in between."""
    shown: list[Month] = []
    last = None if whole is None else Month(0, whole.rated, whole.chronic)
    for month in reversed(months):
        near = [*shown, *([last] if last is not None else [])]
        small = any(
            differs_little(place, month.rated - each.rated, month.chronic - each.chronic) for each in near
        )
        if not small and not tells(place, month.rated, month.chronic):
            shown.append(month)
    return shown[::-1]


def by_weekday(place: Place) -> dict[int, tuple[int, int]]:
    """Of each weekday (0 for Monday) with school: half days missed, and how many days of school there were.
    Nothing where only summaries came, or where that would tell this reader of single students."""
    if tells_no_parts(place) or total(place) is None:
        return {}
    missed = [0] * 7
    for school, halves in tally_of(place).weekdays().items():
        if (place.school is None and place.whole) or school in place.ids:
            missed = [a + b for a, b in zip(missed, halves, strict=True)]
    days = _days_by_weekday(place) if any(missed) else [0] * 7
    found = {day: (missed[day], days[day]) for day in range(7) if days[day] and (missed[day] or day < 5)}
    few = {day for day, (halves, _dates) in found.items() if tells_days(place, halves)}
    if len(few) == 1 and len(found) > 1:
        few.add(min(set(found) - few, key=lambda day: found[day][0]))
    return {day: numbers for day, numbers in found.items() if day not in few}


def _days_by_weekday(place: Place) -> list[int]:
    """How many days of school each weekday had so far, at any school of the place."""
    year = year_row(place)
    if year is None:
        return [0] * 7
    today = day_here()
    general = through_of(year, today)
    reached = last_days(year, today, reached_in(place.district.id, place.school_year))
    terms, open_on = Terms(place.district.id, year), set[date]()
    for school in place.ids:
        if through := reached.get(school) if reached else general:
            open_on.update(day for day in terms.of(school, "").days if day <= through)
    found = [0] * 7
    for day in open_on:
        found[day.weekday()] += 1
    return found


def has_nobody_rated(place: Place) -> bool:
    """Whether all students of the place's district were enrolled too few days in its year to be rated."""
    whole = totals(tally(place.district.id, place.school_year, None, once=True).schools().values())
    return whole.short > 0 and not whole.rated


def is_inferred(place: Place) -> bool:
    """Whether no roster said of most students here where they are enrolled: only those stand in a rate who
    missed a day or were late, and it is far too high."""
    whole = tally(place.district.id, place.school_year, None, once=True)
    counts: Mapping[int, tuple[int, int]] = whole.remembered("inferred", lambda: _by_source(place))
    inferred = sum(counts[each][0] for each in place.ids if each in counts)
    return 2 * inferred > sum(counts[each][1] for each in place.ids if each in counts)


def _by_source(place: Place) -> dict[int, tuple[int, int]]:
    """By school of the district, how many stays were inferred, and how many there are."""
    statement = (
        select(
            Enrolment.school_id,
            func.sum(case((Enrolment.source == "inferred", 1), else_=0)),
            func.count(Enrolment.id),
        )
        .join(School, School.id == Enrolment.school_id)
        .where(School.district_id == place.district.id, Enrolment.school_year == place.school_year)
        .group_by(Enrolment.school_id)
    )
    with system(WHY):
        return {row[0]: (int(row[1]), int(row[2])) for row in db.session().execute(statement)}


def without_calendar(place: Place) -> list[str]:
    """The names of schools whose students are counted by weekdays, holidays among them, since no calendar of
    the year is known: by so many days enrolled rates are too low."""
    found: frozenset[int] = place.remembered("by_weekdays", lambda: _kept_by_weekdays(place))
    return [name for school_id, name in place.schools if school_id in found & place.ids]


def _kept_by_weekdays(place: Place) -> frozenset[int]:
    whole = tally(place.district.id, place.school_year, None, once=True)
    found: frozenset[int] = whole.remembered("by_weekdays", lambda: _by_weekdays(place))
    return found


def _by_weekdays(place: Place) -> frozenset[int]:
    statement = select(Rating.school_id).where(
        Rating.district_id == place.district.id,
        Rating.school_year == place.school_year,
        Rating.basis == "weekdays",
    )
    with system(WHY):
        return frozenset(db.session().scalars(statement.distinct()))


def unfinished(place: Place) -> list[tuple[str, date | None]]:
    """Schools with students whose attendance stops long before the end of a year that has ended, and up to
    which day it came; until somebody says that the year is complete."""
    year = year_row(place)
    if year is None or year.is_closed or not is_over(year, day_here()):
        return []
    came = reached_in(place.district.id, place.school_year)
    late = [id_ for id_ in place.ids if id_ not in came or not is_to_the_end(year, came[id_])]
    attended = select(Enrolment.id).where(
        Enrolment.school_id == School.id, Enrolment.school_year == place.school_year
    )
    schools = select(School.id, School.name).where(db.among(School.id, late), attended.exists())
    with system(WHY):
        rows = db.session().execute(schools.order_by(School.name)).all() if came and late else ()
    return [(name, came.get(school_id)) for school_id, name in rows]


def is_under_way(place: Place) -> bool:
    """Whether the place's year still goes on, so that its rates are to date and no whole year's."""
    year = year_row(place)
    return year is not None and not is_over(year, day_here())


def same_month(place: Place) -> tuple[Month, Month] | None:
    """The last month that attendance of the place's year has reached the end of, and the same month of the
    year before: both year to date, so that they can be compared. None where this reader sees not both."""
    year = year_row(place)
    if year is None or year.through_on is None:
        return None
    # Of the month that goes on only a part is known, of the year before all of it.
    first = year.through_on.replace(day=1)
    is_whole = (year.through_on + timedelta(1)).day == 1
    number = year.through_on.month if is_whole else (first - timedelta(1)).month
    now, before = (
        {month.number: month for month in by_month(each)}
        for each in (place, place.in_year(place.school_year - 1))
    )
    return (now[number], before[number]) if number in now and number in before else None


def tiers(place: Place) -> dict[int, int]:
    """How many students each tier's triggers name; nothing where that would tell of single ones."""
    count = total(place)
    if count is None or tells_tiers(place, count):
        return {}
    numbers = {*count.tiers, *count.unrated_tiers}
    return {each: count.tiers.get(each, 0) + count.unrated_tiers.get(each, 0) for each in sorted(numbers)}


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

    rated = Rating.band.in_(BANDS)
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
        .where(place.clause)
        .group_by(Rating.school_year)
        .order_by(Rating.school_year)
    )
    with system(WHY):
        return {
            row[0]: Risk(*(int(each or 0) for each in row[1:]))
            for row in db.session().execute(statement)
            if not tells(place, *(int(each or 0) for each in row[1:]))
        }
