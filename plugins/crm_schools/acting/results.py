"""Whether an intervention helped: before and after over equally many days enrolled, beside similar students.

A student is chosen for help when things are at their worst, and what is at its worst gets better by itself
more often than not (regression to the mean), so a raw before and after flatters. Beside it stand students of
the same school, year and grade who had missed about as much at the same moment and got no intervention. What
became of them later chooses nobody: whoever got better alone is what the help is compared with. Each student
is set against the average of those like them, so that both sides had missed about as much before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, day_here, db, system, visible
from crm_schools.models import Dose, Enrolment, Intervention, Rating, School, Year
from crm_schools.rating import settling
from crm_schools.rating.reach import last_day_at
from crm_schools.terms import Stays, Terms, around

FEW_STUDENTS: Final = 10
MOST: Final = 5000
"""Students who are looked at for the comparison; each school and grade has its share."""


@dataclass(frozen=True)
class Side:
    """Half days missed of half days enrolled, before and after."""

    students: int
    before: float
    after: float
    days: int
    """Half days enrolled on each side, of all students together."""

    @property
    def rate_before(self) -> float | None:
        return self.before / self.days if self.days else None

    @property
    def rate_after(self) -> float | None:
        return self.after / self.days if self.days else None

    @property
    def change(self) -> float | None:
        """In parts of one; below nothing is better."""
        return (self.after - self.before) / self.days if self.days else None


@dataclass(frozen=True)
class Result:
    """One kind of intervention: those who got it and those who are like them."""

    kind: str
    tier: int
    treated: Side
    similar: Side
    doses: int
    too_new: int
    """Students whose intervention began so lately that there is nothing to compare."""
    alone: int
    """Students who are like nobody without help: they are left out where others are compared."""

    @property
    def difference(self) -> float | None:
        """How much more the treated changed than the others; the number that means something."""
        if self.treated.change is None or self.similar.change is None:
            return None
        return self.treated.change - self.similar.change

    @property
    def is_small(self) -> bool:
        return self.treated.students < FEW_STUDENTS or self.similar.students < FEW_STUDENTS


def measured(actor: Actor, interventions: Sequence[Intervention]) -> list[Result]:
    """A result for each kind among these interventions of one year, which the actor may see."""
    if not interventions:
        return []
    year = interventions[0].school_year
    treated = {each.student_id for each in interventions}
    known = replace(_known_of(interventions, year), helped_on=_helped_on(year))
    similar = _similar(actor, interventions, known, year)
    known = _read(known, treated | {id_ for ids in similar.values() for id_ in ids}, year)
    doses = _doses([each.id for each in interventions])
    kinds = sorted({(each.tier, each.kind) for each in interventions})
    return [
        _result(
            tier,
            kind,
            [e for e in interventions if (e.tier, e.kind) == (tier, kind)],
            known,
            similar,
            doses,
        )
        for tier, kind in kinds
    ]


def before_and_after(interventions: Sequence[Intervention]) -> dict[int, Side]:
    """What became of each student alone, by the id of the intervention, which the reader may see; nothing of
    one that has too few days on either side."""
    found: dict[int, Side] = {}
    for year in {each.school_year for each in interventions}:
        those = [each for each in interventions if each.school_year == year]
        known = _known_of(those, year)
        sides = {each.id: _compared(each.student_id, each, known) for each in those}
        found |= {id_: side for id_, side in sides.items() if side is not None}
    return found


def _known_of(interventions: Sequence[Intervention], year: int) -> "Enrolled":
    """What is known of those who got help."""
    treated = {each.student_id for each in interventions}
    grades = _grades(sorted(treated), year)
    known = Enrolled(_school_days(interventions, grades, year), grades, {}, {}, {})
    return _read(known, treated, year)


def _result(  # What was read once serves each kind.
    tier: int,
    kind: str,
    those: Sequence[Intervention],
    known: "Enrolled",
    similar: Mapping[int, Sequence[int]],
    doses: Mapping[int, int],
) -> Result:
    pairs = [(each, _compared(each.student_id, each, known)) for each in those]
    own = {each.id: (each, side) for each, side in pairs if side is not None}
    alike = {key: _alike(*found, similar.get(key, ()), known) for key, found in own.items()}
    matched = [key for key, found in alike.items() if found]
    # Who has nobody to be compared with would change the one side alone.
    treated = _together([own[key][1] for key in matched or own], len(matched or own))
    others = _together(
        [_average(own[key][1], alike[key].values()) for key in matched],
        len({other for key in matched for other in alike[key]}),
    )
    too_new, alone = len(those) - len(own), len(own) - len(matched)
    return Result(kind, tier, treated, others, sum(doses.get(each.id, 0) for each in those), too_new, alone)


def _alike(about: Intervention, own: Side, candidates: Sequence[int], known: "Enrolled") -> dict[int, Side]:
    """Those who had missed about as much by then and got no help."""
    found = {}
    for other in candidates:
        theirs = _compared(other, about, known)
        if theirs is not None and abs(theirs.before * own.days - own.before * theirs.days) <= (
            _apart(own) * theirs.days
        ):
            found[other] = theirs
    return found


def _average(own: Side, others: Collection[Side]) -> Side:
    """What those like a student missed on average, over as many days as that student's: so each student
    counts as much on the one side as on the other."""
    before = own.days * sum(each.before / each.days for each in others) / len(others)
    after = own.days * sum(each.after / each.days for each in others) / len(others)
    return Side(len(others), before, after, own.days)


def _together(sides: Sequence[Side], students: int) -> Side:
    return Side(
        students,
        sum(side.before for side in sides),
        sum(side.after for side in sides),
        sum(side.days for side in sides),
    )


@dataclass(frozen=True)
class Enrolled:
    """What is known of the students: the days of each school and grade, the grades of those who got help, of
    each student when they were enrolled in which school and the half days missed there by day, and since when
    they have had help."""

    days: Mapping[tuple[int, str], Sequence[date]]
    grades: Mapping[int, str]
    stays: Mapping[tuple[int, int], Stays]
    absences: Mapping[tuple[int, int], Mapping[date, int]]
    helped_on: Mapping[int, date]

    def days_of(self, about: Intervention) -> Sequence[date]:
        """The days of school by which an intervention is measured."""
        return self.days.get((about.school_id, self.grades.get(about.student_id, "")), ())


def _read(known: Enrolled, ids: set[int], year: int) -> Enrolled:
    return replace(known, stays=_stays(ids, year), absences=_absences(ids, year))


def _apart(own: Side) -> float:
    """By how many half days before others may differ and are still similar."""
    return max(2, own.before // 3)


def _compared(student_id: int, about: Intervention, known: Enrolled) -> Side | None:
    """One student before and after somebody's intervention, over the days that they were enrolled there. None
    where these are too few, or somebody else got help before they end."""
    there = student_id, about.school_id
    spans = around(known.days_of(about), about.begins_on, known.stays.get(there, ()))
    if spans is None:
        return None
    if student_id != about.student_id and known.helped_on.get(student_id, date.max) <= spans.last:
        return None
    return Side(1, *spans.missed(known.absences.get(there, {})), 2 * spans.length)


def _stays(ids: Iterable[int], year: int) -> dict[tuple[int, int], list[tuple[date, date | None]]]:
    """By student and school, when they were enrolled there."""
    found: dict[tuple[int, int], list[tuple[date, date | None]]] = {}
    with system("enrolments of students that the reader sees, to compare equally many days"):
        rows = db.session().execute(
            select(Enrolment.student_id, Enrolment.school_id, Enrolment.begins_on, Enrolment.ends_on)
            .where(db.among(Enrolment.student_id, set(ids)), Enrolment.school_year == year)
            .order_by(Enrolment.begins_on)
        )
        for student_id, school_id, begins, ends in rows:
            found.setdefault((student_id, school_id), []).append((begins, ends))
    return found


def _school_days(
    interventions: Sequence[Intervention], grades: Mapping[int, str], year: int
) -> dict[tuple[int, str], list[date]]:
    """The days of school of each school and grade, up to the last one with attendance there: what happened
    after it nobody knows."""
    wanted: dict[int, set[str]] = {}
    for each in interventions:
        wanted.setdefault(each.school_id, set()).add(grades.get(each.student_id, ""))
    schools = set(wanted)
    with system("calendars of schools whose interventions the reader sees"):
        rows = (
            db.session()
            .execute(
                select(School.id, Year)
                .join(Year, Year.district_id == School.district_id)
                .where(db.among(School.id, schools), Year.school_year == year)
            )
            .all()
        )
    made = {row.district_id: (Terms(row.district_id, row), last_day_at(row, day_here())) for _id, row in rows}
    found: dict[tuple[int, str], list[date]] = {}
    for school_id, row in rows:
        terms, last_day = made[row.district_id]
        last = last_day(school_id) or date.min
        for grade in wanted[school_id]:
            found[school_id, grade] = [day for day in terms.of(school_id, grade).days if day <= last]
    return found


def _helped_on(year: int) -> dict[int, date]:
    """The first day of help of whoever got any in a year."""
    statement = (
        select(Intervention.student_id, func.min(Intervention.begins_on))
        .where(Intervention.school_year == year)
        .group_by(Intervention.student_id)
    )
    with system("whoever got help is compared with nobody"):
        return {row[0]: row[1] for row in db.session().execute(statement)}


def _similar(
    actor: Actor, interventions: Sequence[Intervention], known: Enrolled, year: int
) -> dict[int, list[int]]:
    """For each intervention the students of the same school and grade who may be like the one who got it."""
    least: dict[tuple[int, str], float] = {}
    for each in interventions:
        own = _compared(each.student_id, each, known)
        if own is not None:
            key = each.school_id, known.grades.get(each.student_id, "")
            least[key] = min(least.get(key, own.before), own.before - _apart(own))
    share = max(FEW_STUDENTS, MOST // len(least)) if least else 0
    groups = {key: _of_group(actor, key, missed, year, share) for key, missed in least.items()}
    return {
        each.id: [
            other
            for other in groups.get((each.school_id, known.grades.get(each.student_id, "")), ())
            if other != each.student_id
        ]
        for each in interventions
    }


def _of_group(actor: Actor, group: tuple[int, str], missed: float, year: int, most: int) -> Sequence[int]:
    """The students of a school and grade. Whoever missed less than `missed` half days in the whole year did
    so before the help, too; nothing else that came later chooses."""
    statement = (
        visible(Rating, actor)
        .with_only_columns(Rating.student_id)
        .where(
            Rating.school_id == group[0],
            Rating.grade == group[1],
            Rating.part != "district",
            Rating.school_year == year,
            Rating.absent >= missed,
        )
        .order_by(Rating.student_id)
        .limit(most)
    )
    return db.session().execute(statement).scalars().all()


def _grades(ids: Sequence[int], year: int) -> dict[int, str]:
    with system("grades of students with interventions that the reader sees"):
        rows = db.session().execute(
            select(Rating.student_id, func.max(Rating.grade))
            .where(db.among(Rating.student_id, ids), Rating.school_year == year)
            .group_by(Rating.student_id)
        )
        return {row[0]: row[1] for row in rows}


def _absences(ids: Iterable[int], year: int) -> dict[tuple[int, int], dict[date, int]]:
    """By student and school the half days missed on each day."""
    found: dict[tuple[int, int], dict[date, int]] = {}
    for each in settling.absences(set(ids), year):
        if each.counted and each.halves:
            found.setdefault((each.student_id, each.school_id), {})[each.on_date] = each.halves
    return found


def _doses(ids: Sequence[int]) -> dict[int, int]:
    with system("how often interventions that the reader sees took place"):
        rows = db.session().execute(
            select(Dose.intervention_id, func.count(Dose.id))
            .where(db.among(Dose.intervention_id, ids))
            .group_by(Dose.intervention_id)
        )
        return {row[0]: row[1] for row in rows}
