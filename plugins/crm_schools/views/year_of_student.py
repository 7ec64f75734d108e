"""The year of a student: each day missed, as squares of a calendar, and why they are flagged."""

from calendar import Calendar as Weeks
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from crm.plugin_api import db, render, requires, system
from crm.plugin_api.records import User
from crm_schools import bands, settings, tiers, words
from crm_schools.models import (
    Code,
    Correction,
    School,
    Year,
)
from crm_schools.permissions import STUDENTS
from crm_schools.rating import Absence, settling
from crm_schools.terms import Term, Terms
from crm_schools.views import not_truant, uncounted
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.known import Known, known, may_act
from crm_schools.views.single_schools import of_schools, rules_of


@dataclass(frozen=True)
class Square:
    """A day of the year: `kind` is empty for a day without school, `school`, or that of an absence."""

    day: date
    kind: str
    half: bool = False
    counted: bool = True
    title: str = ""


Missed = tuple[Absence, Code | None, str]
"""A day with its code and the name of the school."""
Month = tuple[int, int, list[list[Square | None]]]


def term_of(about: Known) -> Term | None:
    if about.student.school_id is None:
        return None
    with system("the school days of a student who was loaded for this reader"):
        year = (
            db.session()
            .scalars(
                select(Year).where(
                    Year.district_id == about.district.id, Year.school_year == about.school_year
                )
            )
            .one_or_none()
        )
    if year is None:
        return None
    grade = about.rating.grade if about.rating else about.student.grade
    school_id = about.rating.school_id if about.rating else about.student.school_id
    return Terms(about.district.id, year).of(school_id, grade)


def _days_left(about: Known) -> int:
    """How many days of school the year still has behind the last with attendance; none for a year that is
    not the newest, since the student goes on in another."""
    term, through = term_of(about), about.rating.through_on if about.rating else None
    if term is None or through is None or about.school_year < about.ratings[0].school_year:
        return 0
    return sum(1 for day in term.days if day > through)


def absences_of(about: Known) -> list[Missed]:
    """Each day that was not simply present, with its code and school, in order."""
    days = settling.absences([about.student.id], about.school_year)
    found = sorted(days, key=lambda each: each.on_date)  # Of one day in the order in which they are counted.
    with system("absences of a student who was loaded for this reader"):
        run = db.session()
        of_code = select(Code).where(db.among(Code.id, {each.code_id for each in found}))
        codes = {code.id: code for code in run.scalars(of_code)}
        of_school = select(School.id, School.name).where(
            db.among(School.id, {each.school_id for each in found})
        )
        schools = {row[0]: row[1] for row in run.execute(of_school)}
    return [(each, codes.get(each.code_id), schools.get(each.school_id, "")) for each in found]


def days_once(missed: Iterable[Missed]) -> dict[date, Absence]:
    """Of each day that several schools reported as missed the longest absence, the one that counts for the
    district; see `rater`. A day on which one was tardy elsewhere is drawn by the absence, too."""
    found: dict[date, list[Absence]] = {}
    for each, _code, _school in missed:
        found.setdefault(each.on_date, []).append(each)
    return {
        day: max(several, key=lambda each: (each.counted, each.halves))
        for day, several in found.items()
        if len(several) > 1
    }


def _is_shorter(absence: Absence, once: Mapping[date, Absence]) -> bool:
    return once.get(absence.on_date, absence) != absence


def year_of(about: Known) -> list[Month]:
    """The year as months of weeks, Sunday to Saturday, from the first month with school to the last."""
    term, through = term_of(about), about.rating.through_on if about.rating else None
    found = absences_of(about)
    once = days_once(found)
    absences = {each.on_date: (each, code) for each, code, _school in found if not _is_shorter(each, once)}
    if term is None and not absences:
        return []
    days = [*(term.days if term else ()), *absences]
    if not days:
        return []
    months: list[Month] = []
    year, month = min(days).year, min(days).month
    while (year, month) <= (max(days).year, max(days).month):
        weeks = Weeks(firstweekday=6).monthdatescalendar(year, month)
        squares = [
            [_square(day, term, through, absences.get(day)) if day.month == month else None for day in week]
            for week in weeks
        ]
        months.append((year, month, squares))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _square(
    day: date, term: Term | None, through: date | None, found: tuple[Absence, Code | None] | None
) -> Square:
    """A day; one behind the last with attendance is only a number."""
    if found is not None:
        absence, code = found
        label = (code.label or code.code) if code else ""
        said = (
            f"{words.KINDS.get(absence.kind, absence.kind)} · {label}"
            if label
            else str(words.KINDS[absence.kind])
        )
        return Square(day, absence.kind, absence.halves == 1, absence.counted, said)
    known = through is not None and day <= through
    return Square(day, "school" if known and term is not None and term.is_school(day) else "")


def corrections_of(about: Known) -> list[tuple[Correction, str, str, str]]:
    """Days that somebody changed by hand in the year: the codes before and after, and who."""
    before, after = aliased(Code), aliased(Code)
    with system("corrections of a student who was loaded for this reader"):
        rows = (
            db.session()
            .execute(
                select(Correction, before.code, after.code, User.name)
                .outerjoin(before, before.id == Correction.before_code_id)
                .outerjoin(after, after.id == Correction.code_id)
                .outerjoin(User, User.id == Correction.user_id)
                .where(Correction.student_id == about.student.id)
                .order_by(Correction.id.desc())
            )
            .all()
        )
    in_year = [
        row for row in rows if words.year_of(row[0].on_date.month, row[0].on_date.year) == about.school_year
    ]
    return [(row[0], row[1] or "", row[2] or "", row[3] or "") for row in in_year]


@blueprint.get("/student/<int:student_id>/why")
@requires(STUDENTS)
def why(student_id: int) -> Response:
    """Why a student is flagged: each counted day, the sum, the rule, and what would change it."""
    about = known(student_id, "why")
    if about.rating is None:
        abort(404)
    rating = about.rating
    rules = rules_of(about, rating)
    now = {rule.name: held for rule, held in rules}
    law, days = settings.truancy_of(about.district, now), absences_of(about)
    return render(
        "schools/why.html",
        None,
        about=about,
        student=about.student,
        rating=rating,
        days=days,
        once=days_once(days),
        uncounted=uncounted.reasons_of(about, (absence for absence, _code, _school in days)),
        uncounted_words=uncounted.REASONS,
        corrections=corrections_of(about),
        may_act=may_act(student_id),
        of_schools=of_schools(about),
        rules=rules,
        rule_words=settings.words_of,
        minimum=now["minimum_days"].number,
        law=law,
        law_words=not_truant.LAWS.get(law, ""),
        not_truant=not_truant.reasons(law, about.student, rating.grade, (day[0] for day in days)),
        until={
            percent: bands.half_days_until(rating.absent, rating.enrolled, percent) for percent in (5, 10, 20)
        },
        below={
            percent: bands.days_until_below(rating.absent, rating.enrolled, percent) for percent in (10, 20)
        },
        left=_days_left(about),
        tier_reason=tiers.reason(rating.tier_reason, rating.enrolled),
        truancy_words=words.TRUANCY,
        **shared(),
    )
