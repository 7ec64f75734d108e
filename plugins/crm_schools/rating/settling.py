"""Keeping ratings right: made anew for whoever changed, in the transaction of the change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, literal, or_, select

from crm.plugin_api import Actor, Base, bulk, day_here, db, gettext, jobs, system
from crm_schools import codes
from crm_schools.models import (
    Attendance,
    Calendar,
    District,
    Enrolment,
    Intervention,
    Rating,
    Reached,
    School,
    Student,
    Year,
)
from crm_schools.rating.rater import Rater
from crm_schools.rating.reach import last_days, reached_in, through_of
from crm_schools.rating.shapes import RATING_COLUMNS, Absence, Known, Span

CHUNK: Final = 5000
AT_ONCE: Final = 2000
"""A change of rules for at most so many students is settled with it; for more, by background work."""

HELD_BACK: Final = "schools_held_back"


def hold_back() -> None:
    """The open transaction is a part of an import, which settles the rest of the district at its end."""
    db.session().info[HELD_BACK] = True


def settle_after_import(actor: Actor) -> None:
    """Settle whose rating does not reach the last day yet, in the last transaction of an import: at once
    where they are few or nobody waits for a page, else by background work."""
    hold_back()
    with system("which districts an import left behind"):
        for year in db.session().scalars(select(Year).where(Year.through_on.is_not(None))).all():
            some = behind(year, AT_ONCE + 1)
            if len(some) > AT_ONCE and actor.user_id is not None:
                ask(year.district_id)
                continue
            while some:
                settle(some)
                some = behind(year, CHUNK, some[-1])
            count_for_pages(year.district_id)


def count_for_pages(district_id: int) -> None:
    from crm_schools.figures import stored

    stored.ask(district_id)


def behind(year: Year, limit: int, after: int = 0) -> Sequence[int]:
    """Students enrolled in a year, behind an id, who have no rating that reaches its last day."""
    today = day_here()
    day: Any = through_of(year, today)
    if came := reached_in(year.district_id, year.school_year):
        of_day: dict[date, list[int]] = defaultdict(list)
        for school_id, last in last_days(year, today, came).items():
            of_day[last].append(school_id)
        day = case(
            *((db.among(Rating.school_id, schools), literal(last)) for last, schools in of_day.items()),
        )
    of_year = select(Rating.student_id).where(
        Rating.student_id == Enrolment.student_id, Rating.school_year == year.school_year
    )
    of_old = Rating.weekdays_absent == ""  # Rated before weekdays were kept.
    too_early = and_(Rating.through_on.is_distinct_from(day), Rating.basis != "summary")
    # Rated before whoever has not begun had a grade.
    no_grade = and_(Rating.grade == "", Enrolment.grade != "", Rating.school_id == Enrolment.school_id)
    short = of_year.where(or_(too_early, of_old, no_grade, _overtaken()))
    statement = (
        select(Enrolment.student_id)
        .join(School, School.id == Enrolment.school_id)
        .where(
            School.district_id == year.district_id,
            Enrolment.school_year == year.school_year,
            Enrolment.student_id > after,
            or_(~of_year.exists(), short.exists()),
        )
        .distinct()
        .order_by(Enrolment.student_id)
        .limit(limit)
    )
    return db.session().execute(statement).scalars().all()


def _overtaken() -> ColumnElement[bool]:
    """Ratings by a summary that daily attendance of the school has overtaken; see `Rater`."""
    of_school = (Reached.school_id == Rating.school_id) & (Reached.school_year == Rating.school_year)
    later = or_(Rating.through_on.is_(None), Reached.through_on >= Rating.through_on)
    daily = select(Attendance.id).where(
        Attendance.school_id == Rating.school_id,
        Attendance.school_year == Rating.school_year,
        Attendance.marks != "",
    )
    came = select(Reached.id).where(of_school, later)
    # The row of all schools together keeps the word of any of them, and its school is another one.
    return and_(Rating.basis == "summary", Rating.part != "district", came.exists(), daily.exists())


def follow(touched: Mapping[str, Collection[int]]) -> None:
    """What the hook `crm_changed` does: settle the students that changed, and everybody of a district whose
    rules, codes or calendar did. Inside the transaction."""
    students = set(touched.get("schools_student", ()))
    districts = _districts(touched)
    held_back = db.session().info.pop(HELD_BACK, False)
    change = db.current_change()
    if change is not None and change.undoes_id is not None:
        codes.refuse_loss(change.rows("schools_code", touched.get("schools_district", ())))
        _ask_who_undoes(change, districts, students)
    for district_id in () if held_back else districts:
        _settle_district(district_id, students)
    for some in db.chunks(sorted(students), CHUNK):
        settle(some)


def _ask_who_undoes(change: Any, districts: Collection[int], students: Collection[int]) -> None:
    from crm_schools.keeping import double_stays, recounting

    recounting.refuse_undo(change, districts)
    double_stays.refuse_undo(change, students)


def _districts(touched: Mapping[str, Collection[int]]) -> set[int]:
    found = set(touched.get("schools_district", ()))
    for model, name in ((School, "schools_school"), (Calendar, "schools_calendar")):
        if ids := touched.get(name):
            with system("whose rules changed"):
                statement = select(model.district_id).where(db.among(model.id, ids))
                found.update(db.session().execute(statement).scalars())
    return found


def _settle_district(district_id: int, students: set[int]) -> None:
    """All students of a district, at once where they are few."""
    if is_large(district_id):
        ask(district_id)
    else:
        students.update(stale(district_id, 0, AT_ONCE))


def is_large(district_id: int) -> bool:
    """Whether a district is counted anew in the background."""
    return len(stale(district_id, 0, AT_ONCE + 1)) > AT_ONCE


def ask(district_id: int) -> None:
    """Ask for the work of settling a whole district. Inside a transaction."""
    change = db.current_change()
    actor = change.actor if change is not None and change.actor.user_id else Actor.system()
    title = gettext("Count the attendance of a district anew")
    jobs.enqueue("schools.rate", {"district_id": district_id}, title, actor)


def stale(district_id: int, after: int, limit: int = CHUNK) -> Sequence[int]:
    """The next students of a district, behind an id."""
    statement = (
        select(Student.id)
        .where(Student.district_id == district_id, Student.id > after)
        .order_by(Student.id)
        .limit(limit)
    )
    with system("everybody of a district is counted"):
        return db.session().execute(statement).scalars().all()


def settle_some(district_id: int, after: int) -> int | None:
    """Settle the next students of a district; returns the last, None at the end. Inside a transaction."""
    ids = stale(district_id, after)
    settle(ids)
    return ids[-1] if len(ids) == CHUNK else None


def settle(student_ids: Sequence[int]) -> None:
    """Make the ratings of these students anew, for every year. Inside a transaction."""
    if not student_ids:
        return
    with system("ratings follow from what is known of students"), bulk.many_objects():
        _take_turns(student_ids)
        known = _known(student_ids)
        ratings: list[tuple[Any, ...]] = []
        for rater, some in _raters(known):
            for each in some:
                rows = rater.rows(each)
                ratings += rows
                each.last_band = next((rater.band_of(row) for row in rows if row[4] != "school"), "")
            _hand_on(known, rater, some)
        table = db.table(Rating)
        db.session().execute(delete(table).where(db.among(table.c.student_id, student_ids)))
        bulk.insert(table, RATING_COLUMNS, ratings, {"made_at": db.now()})


def _take_turns(student_ids: Collection[int]) -> None:
    """Let whoever settles one of these students at the same moment wait, or both would write ratings of what
    they saw. Rows that only refer to a student are in nobody's way. Who writes alone waits for nobody."""
    change = db.current_change()
    if db.dialect() == "sqlite" or (change is not None and change.alone):
        return
    rows = select(Student.id).where(db.among(Student.id, student_ids)).order_by(Student.id)
    db.session().execute(rows.with_for_update(key_share=True)).all()


def absences(student_ids: Collection[int], school_year: int | None = None) -> Iterator[Absence]:
    """Each day on which these students were not simply present, in every year or one, as ratings count them.

    Whoever calls has found the students through `visible`, or gives on nothing but numbers."""
    for some in db.chunks(sorted(student_ids), CHUNK):
        with system("days follow from what is known of students that the caller found"):
            known = _known(some)
            wanted = {key: each for key, each in known.items() if school_year in {None, key[1]}}
            found = [
                Absence(*row)
                for rater, those in _raters(wanted)
                for each in those
                for row in rater.judge(each)[0]
            ]
        yield from found


def standing(student_ids: Collection[int], school_year: int, day: date) -> Iterator[tuple[Any, ...]]:
    """Rows as of `Rating`, of how students stood on a day of a school year by what is known now.

    Whoever calls has found the students through `visible`, or gives on nothing but numbers."""
    for some in db.chunks(sorted(student_ids), CHUNK):
        with system("days follow from what is known of students that the caller found"):
            known = {key: each for key, each in _known(some).items() if key[1] == school_year}
            found: list[tuple[Any, ...]] = []
            for rater, those in _raters(known):
                rater.until(day)
                found += [row for each in those for row in rater.judge(each)[1]]
        yield from found


KnownByYear = dict[tuple[int, int], dict[int, Known]]
"""By district and school year, what is known of each student."""


def _raters(known: KnownByYear) -> Iterable[tuple[Rater, Collection[Known]]]:
    """For each district and year, in order of time, who rates and whom."""
    day = day_here()
    for district_id, school_year in sorted(known):
        statement = select(Year).where(Year.district_id == district_id, Year.school_year == school_year)
        year = db.session().scalars(statement).one_or_none()
        if year is not None:
            district = db.session().get_one(District, district_id)
            yield Rater(district, year, day), known[district_id, school_year].values()


def _hand_on(known: KnownByYear, rater: Rater, some: Iterable[Known]) -> None:
    """What last year's band is to the next year."""
    following = known.get((rater.district_id, rater.school_year + 1), {})
    for each in some:
        if each.student_id in following:
            following[each.student_id].last_band = each.last_band


def _known(ids: Sequence[int]) -> KnownByYear:
    """What is known of students, read beside the ORM: there are many, and of each several rows."""
    run = db.session().connection().execute
    those = run(_of(Student, ids, "id", "district_id", "birth_date")).all()
    students = {row[0]: (row[1], row[2]) for row in those}
    found: KnownByYear = defaultdict(dict)

    def of(student_id: int, school_year: int) -> Known:
        district_id, born_on = students[student_id]
        by_student = found[district_id, school_year]
        known = by_student.get(student_id)
        if known is None:
            known = by_student[student_id] = Known(student_id, born_on=born_on)
        return known

    spans = _of(Enrolment, ids, "student_id", "school_year", "school_id", "grade", "begins_on", "ends_on")
    enrolments = db.table(Enrolment).c
    in_order = spans.order_by(enrolments.student_id, enrolments.begins_on, enrolments.id)
    for student_id, year, *span in run(in_order).all():
        of(student_id, year).spans.append(Span(*span))
    helped = (
        select(Intervention.student_id, Intervention.school_year, func.min(Intervention.begins_on))
        .where(db.among(Intervention.student_id, ids), Intervention.tier == 2)
        .group_by(Intervention.student_id, Intervention.school_year)
    )
    for student_id, year, begins in run(helped):
        of(student_id, year).helped_on = begins
    counts = ("enrolled", "absent", "excused", "unexcused", "through_on")
    came = _of(Attendance, ids, "student_id", "school_year", "school_id", "marks", *counts)
    for student_id, year, school_id, marks, *summary in run(came).all():
        each = of(student_id, year)
        if marks:
            each.marks[school_id] = marks
        if summary[0] is not None and summary[1] is not None:
            each.summaries[school_id] = tuple(summary)
    return found


def _of(model: type[Base], ids: Sequence[int], *columns: str) -> Select[Any]:
    """Columns of all rows that are about some students; the first column names them."""
    table = db.table(model)
    return select(*(table.c[name] for name in columns)).where(db.among(table.c[columns[0]], ids))


def reached(last: Mapping[tuple[int, int], date]) -> None:
    """Attendance came up to these days, by school and school year. Inside a transaction; the whole
    district is settled with it or after it."""
    with system("how far attendance has come"):
        run = db.session().execute
        ids = {school_id for school_id, _year in last}
        rows = run(select(School.id, School.district_id).where(db.among(School.id, ids))).all()
        districts: dict[int, int] = {row[0]: row[1] for row in rows}
        years = {
            (year.district_id, year.school_year): year
            for year in db.session().scalars(
                select(Year).where(db.among(Year.district_id, set(districts.values())))
            )
        }
        by_year: dict[tuple[int, int], dict[int, date]] = defaultdict(dict)
        for (school_id, school_year), day in last.items():
            by_year[districts.get(school_id, 0), school_year][school_id] = day
        for key, days in by_year.items():
            if key in years:
                _reach_in(years[key], days)
        db.session().flush()


def _reach_in(year: Year, days: Mapping[int, date]) -> None:
    """The same for schools of one year; only what is later than before is written."""
    _begin_reached(year)
    known = reached_in(year.district_id, year.school_year)
    days = {school_id: min(day, year.ends_on) for school_id, day in days.items()}
    later = [school_id for school_id, day in days.items() if school_id in known and known[school_id] < day]
    found = select(Reached).where(Reached.school_year == year.school_year, db.among(Reached.school_id, later))
    for row in db.session().scalars(found) if later else ():
        row.through_on = days[row.school_id]
    db.session().add_all(
        Reached(school_id=school_id, school_year=year.school_year, through_on=day)
        for school_id, day in days.items()
        if school_id not in known
    )
    newest = max(days.values())
    if year.through_on is None or year.through_on < newest:
        year.through_on = newest


def _begin_reached(year: Year) -> None:
    """A day that was said of the whole district before a school sent its own holds for each of them."""
    if year.through_on is None or reached_in(year.district_id, year.school_year):
        return
    schools = db.session().scalars(select(School.id).where(School.district_id == year.district_id)).all()
    values = {"school_year": year.school_year, "through_on": year.through_on}
    db.session().add_all([Reached(school_id=each, **values) for each in schools])
    db.session().flush()


def newest_year(district_id: int) -> int | None:
    """The latest school year of a district of which anything is rated."""
    statement = select(func.max(Rating.school_year)).where(Rating.district_id == district_id)
    with system("which year a page begins with"):
        return db.session().execute(statement).scalar()
