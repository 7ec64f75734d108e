"""Students by name: lists, a page for each, and why one is flagged. Every look is written down."""

from calendar import Calendar as Weeks
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import abort, request, url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, offered, render, requires, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Phone, User
from crm_schools import bands, figures, settings, tiers, words
from crm_schools.acting import words as acting_words
from crm_schools.figures import Place
from crm_schools.lookups import looked
from crm_schools.models import (
    Attempt,
    Cause,
    Checkpoint,
    Code,
    Correction,
    District,
    Dose,
    Enrolment,
    Guardian,
    Intervention,
    Letter,
    Milestone,
    Plan,
    Rating,
    School,
    Student,
    Year,
)
from crm_schools.permissions import ACT, STUDENTS
from crm_schools.rating import Absence, settling
from crm_schools.terms import Term, Terms
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared

PAGE: Final = 50
ON_PAPER: Final = 500


@blueprint.get("/students")
@requires(STUDENTS)
def students() -> Response:
    """Students behind a number: whoever fits what the address says, the most absent first."""
    place, actor = places.asked(), current_actor()
    statement = statement_of(place)
    conditions: list[ColumnElement[bool]] = []
    after = places.number("after")
    limit = ON_PAPER if request.args.get("report") else PAGE
    if after is not None:
        before = visible(Rating, actor).where(Rating.id == after)
        last = db.session().execute(before.with_only_columns(Rating.absent)).scalar()
        if last is not None:
            conditions.append(or_(Rating.absent < last, and_(Rating.absent == last, Rating.id > after)))
    statement = statement.where(*conditions).order_by(Rating.absent.desc(), Rating.id).limit(limit + 1)
    rows = list(db.session().execute(statement))
    ids = [row.student_id for row in rows[:limit]]
    with db.transaction(actor, "schools.look"):
        looked(actor, ids, "report" if request.args.get("report") else "list")
    return render(
        "schools/students.html",
        None,
        place=places.asked(),
        rows=rows[:limit],
        more=rows[limit - 1].id if len(rows) > limit else None,
        helped=_going_on(ids),
        reached=_last_reached(ids),
        filters=_filters(),
        chosen=dict(request.args),
        rights=places.rights(places.asked()),
        kinds=acting_words.KIND_WORDS,
        **shared(),
    )


def statement_of(place: Place) -> Select[Any]:
    """The students of a place that fit what the address says, as far as the reader may see them."""
    clause = place.of_year
    if (school_id := places.number("at_school")) is not None:
        clause = and_(
            Rating.school_id == school_id,
            Rating.part != "district",
            Rating.school_year == place.school_year,
            Rating.district_id == place.district.id,
        )
    columns: tuple[Any, ...] = (
        Rating.id,
        Rating.student_id,
        Rating.grade,
        Rating.band,
        Rating.absent,
        Rating.enrolled,
        Rating.unexcused,
        Rating.is_truant,
        Rating.tier,
        Student.given_name,
        Student.preferred_name,
        Student.family_name,
        Student.local_id,
        School.name.label("school"),
        User.name.label("point_person"),
    )
    return (
        visible(Rating, current_actor())
        .join(Student, Student.id == Rating.student_id)
        .join(School, School.id == Rating.school_id)
        .outerjoin(User, User.id == Student.point_user_id)
        .with_only_columns(*columns)
        .where(clause, *_conditions(place))
    )


def _conditions(place: Place) -> list[ColumnElement[bool]]:
    args = request.args
    found: list[ColumnElement[bool]] = []
    by_band: Mapping[str, ColumnElement[bool]] = {
        "chronic": and_(Rating.is_chronic, Rating.band != figures.SHORT),
        "rated": Rating.band != figures.SHORT,
        "regular": Rating.band.in_(("satisfactory", "at_risk")),
        **{band: Rating.band == band for band in (*figures.BANDS, figures.SHORT)},
    }
    if args.get("band") in by_band:
        found.append(by_band[args["band"]])
    if args.get("truant") in {"0", "1"}:
        found += [Rating.is_truant.is_(args["truant"] == "1"), Rating.band != figures.SHORT]
    if (tier := places.number("tier")) is not None:
        found.append(Rating.tier == tier)
    if args.get("suspended"):
        found += [Rating.suspended > 0, Rating.band != figures.SHORT]
    if args.get("tardy"):
        found += [Rating.tardies >= 10, Rating.band != figures.SHORT]
    if args.get("no_action"):
        found.append(Rating.student_id.not_in(_with_help(place)))
    if args.get("mine"):
        found.append(Student.point_user_id == current_actor().user_id)
    return [*found, *_dimension_conditions()]


def _dimension_conditions() -> list[ColumnElement[bool]]:
    found = []
    for name, column in figures.DIMENSIONS.items():
        value = request.args.get(name)
        if value is None:
            continue
        if name in {"english_learner", "disability", "disadvantaged"}:
            found.append(column.is_(None) if value not in {"yes", "no"} else column.is_(value == "yes"))
        else:
            found.append(column == ("" if value == "none" else value))
    return found


def _with_help(place: Place) -> Select[Any]:
    return select(Intervention.student_id).where(
        Intervention.school_year == place.school_year, Intervention.ends_on.is_(None)
    )


def _filters() -> list[tuple[str, str]]:
    """What the list is limited to, in words; the name of the argument and its words."""
    args = request.args
    bands_in_words = {
        "chronic": _("Chronically absent"),
        "rated": _("In a rate"),
        "regular": _("Not chronically absent"),
        **{band: str(label) for band, label in words.BANDS.items()},
    }
    found = [("band", bands_in_words[args["band"]])] if args.get("band") in bands_in_words else []
    if args.get("truant") in {"0", "1"}:
        found.append(("truant", _("Truant") if args["truant"] == "1" else _("Not truant")))
    if args.get("tier", "").isdecimal():
        found.append(("tier", _("Tier %(tier)s", tier=args["tier"])))
    flags = {
        "suspended": _("Suspended at least once"),
        "tardy": _("Tardy ten times or more"),
        "no_action": _("Nothing is being done yet"),
        "mine": _("I am the point person"),
    }
    found += [(name, label) for name, label in flags.items() if args.get(name)]
    for name in figures.DIMENSIONS:
        if name in args:
            label = places.label_of(name, "" if args[name] == "none" else args[name])
            found.append((name, f"{words.SUBGROUPS[name]}: {label}" if name in words.SUBGROUPS else label))
    if (school_id := places.number("at_school")) is not None:
        school = db.session().scalars(visible(School, current_actor()).where(School.id == school_id)).first()
        found.append(("at_school", school.name if school else "?"))
    return found


def _going_on(ids: Sequence[int]) -> dict[int, list[str]]:
    """The kinds of interventions that go on, by student."""
    found: dict[int, list[str]] = {}
    statement = (
        visible(Intervention, current_actor())
        .with_only_columns(Intervention.student_id, Intervention.kind)
        .where(db.among(Intervention.student_id, ids), Intervention.ends_on.is_(None))
    )
    for student_id, kind in db.session().execute(statement):
        found.setdefault(student_id, []).append(kind)
    return found


def _last_reached(ids: Sequence[int]) -> dict[int, date]:
    statement = (
        visible(Attempt, current_actor())
        .with_only_columns(Attempt.student_id, func.max(Attempt.on_date))
        .where(db.among(Attempt.student_id, ids), Attempt.outcome == "reached")
        .group_by(Attempt.student_id)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


@dataclass(frozen=True)
class Known:
    """A student with the rating of the year that the page shows, and those of the other years."""

    student: Student
    school: School | None
    district: District
    ratings: Sequence[Rating]
    rating: Rating | None
    school_year: int


def known(student_id: int, what: str) -> Known:
    """Load a student for a page and write down the look; 404 where they are not the reader's to see."""
    student = places.student_or_404(student_id)
    actor = current_actor()
    with db.transaction(actor, "schools.look"):
        looked(actor, [student_id], what)
    student = places.student_or_404(student_id)
    with system("of a student who was loaded for this reader"):
        district = db.session().get_one(District, student.district_id)
        school = db.session().get(School, student.school_id) if student.school_id else None
        ratings = (
            db.session()
            .scalars(
                select(Rating)
                .where(Rating.student_id == student_id, Rating.part != "school")
                .order_by(Rating.school_year.desc())
            )
            .all()
        )
    wanted = places.year()
    rating = next((each for each in ratings if wanted in {None, each.school_year}), None)
    year = rating.school_year if rating else wanted or _newest_year(district.id)
    return Known(student, school, district, ratings, rating, year)


def _newest_year(district_id: int) -> int:
    with system("the years of a district are seen with its students"):
        found = db.session().scalar(select(func.max(Year.school_year)).where(Year.district_id == district_id))
    return found or date.today().year + (date.today().month >= 7)  # noqa: DTZ011  # A school year, not a moment.


@blueprint.get("/student/<int:student_id>")
@requires(STUDENTS)
def student(student_id: int) -> Response:
    """All about one student: how much they miss, what is done, and the year as a calendar."""
    about = known(student_id, "page")
    return render(
        "schools/student.html",
        None,
        about=about,
        student=about.student,
        months=year_of(about),
        guardians=guardians_of(student_id),
        stays=stays_of(student_id),
        may_act=_may_act(student_id),
        acting_at=places.acting_at(),
        users=_user_names(about),
        acting=acting_words,
        reasons=tiers.REASONS,
        panels=offered("crm_record_panels", kind="student", record_id=student_id),
        **_done_for(about),
        **shared(),
    )


def stays_of(student_id: int) -> list[tuple[Enrolment, str]]:
    """Where the student is and was enrolled, the latest first, with the school's name."""
    with system("the stays of a student who was loaded for this reader"):
        rows = db.session().execute(
            select(Enrolment, School.name)
            .join(School, School.id == Enrolment.school_id)
            .where(Enrolment.student_id == student_id)
            .order_by(Enrolment.begins_on.desc())
        )
        return [(row[0], row[1]) for row in rows]


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


def _may_act(student_id: int) -> bool:
    statement = visible(Student, current_actor(), ACT).where(Student.id == student_id)
    return (
        current_actor().can(ACT)
        and db.session().execute(statement.with_only_columns(Student.id)).first() is not None
    )


def _user_names(_about: Known) -> dict[int, str]:
    with system("who did something for a student"):
        return {row[0]: row[1] for row in db.session().execute(select(User.id, User.name))}


def _done_for(about: Known) -> dict[str, Any]:
    """What is done for the student, newest first; one statement for each kind."""
    actor, student_id = current_actor(), about.student.id

    def rows(model: Any, *order: Any) -> list[Any]:
        statement = visible(model, actor).where(model.student_id == student_id).order_by(*order)
        return list(db.session().scalars(statement.limit(200)))

    doses: dict[int, list[Dose]] = {}
    for dose in rows(Dose, Dose.given_on.desc()):
        doses.setdefault(dose.intervention_id, []).append(dose)
    checkpoints: dict[int, list[Checkpoint]] = {}
    for checkpoint in rows(Checkpoint, Checkpoint.due_on):
        checkpoints.setdefault(checkpoint.plan_id, []).append(checkpoint)
    return {
        "causes": rows(Cause, Cause.id.desc()),
        "interventions": rows(Intervention, Intervention.begins_on.desc()),
        "doses": doses,
        "attempts": rows(Attempt, Attempt.on_date.desc(), Attempt.id.desc()),
        "plans": rows(Plan, Plan.begins_on.desc()),
        "checkpoints": checkpoints,
        "letters": rows(Letter, Letter.id.desc()),
        "milestones": rows(Milestone, Milestone.reached_on.desc()),
    }


@dataclass(frozen=True)
class Carer:
    """A guardian with what one needs to reach them; whom one must not contact has no phone here."""

    guardian: Guardian
    name: str
    language: str
    phones: Sequence[str]


def guardians_of(student_id: int) -> list[Carer]:
    with system("who cares for a student who was loaded for this reader"):
        rows = (
            db.session()
            .execute(
                select(Guardian, Contact)
                .join(Contact, Contact.id == Guardian.contact_id)
                .where(Guardian.student_id == student_id)
                .order_by(Guardian.is_primary.desc(), Guardian.id)
            )
            .all()
        )
        phones: dict[int, list[str]] = {}
        for phone in db.session().scalars(
            select(Phone).where(db.among(Phone.contact_id, [contact.id for _guardian, contact in rows]))
        ):
            phones.setdefault(phone.contact_id, []).append(phone.number)
    return [
        Carer(
            guardian,
            contact.name,
            getattr(contact, "preferred_language", None) or getattr(contact, "language", None) or "",
            [] if guardian.contact_prohibited else phones.get(contact.id, []),
        )
        for guardian, contact in rows
    ]


@dataclass(frozen=True)
class Square:
    """A day of the year: `kind` is empty for a day without school, `school`, or that of an absence."""

    day: date
    kind: str
    half: bool = False
    counted: bool = True
    title: str = ""


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


def absences_of(about: Known) -> list[tuple[Absence, Code | None, str]]:
    """Each day that was not simply present, with its code and school, in order."""
    days = settling.absences([about.student.id], about.school_year)
    found = sorted(days, key=lambda each: (each.on_date, each.school_id))
    with system("absences of a student who was loaded for this reader"):
        run = db.session()
        of_code = select(Code).where(db.among(Code.id, {each.code_id for each in found}))
        codes = {code.id: code for code in run.scalars(of_code)}
        of_school = select(School.id, School.name).where(
            db.among(School.id, {each.school_id for each in found})
        )
        schools = {row[0]: row[1] for row in run.execute(of_school)}
    return [(each, codes.get(each.code_id), schools.get(each.school_id, "")) for each in found]


def year_of(about: Known) -> list[Month]:
    """The year as months of weeks, Sunday to Saturday, from the first month with school to the last."""
    term = term_of(about)
    absences = {each.on_date: (each, code) for each, code, _school in absences_of(about)}
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
            [_square(day, term, absences.get(day)) if day.month == month else None for day in week]
            for week in weeks
        ]
        months.append((year, month, squares))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _square(day: date, term: Term | None, found: tuple[Absence, Code | None] | None) -> Square:
    if found is not None:
        absence, code = found
        label = (code.label or code.code) if code else ""
        said = (
            f"{words.KINDS.get(absence.kind, absence.kind)} · {label}"
            if label
            else str(words.KINDS[absence.kind])
        )
        return Square(day, absence.kind, absence.halves == 1, absence.counted, said)
    return Square(day, "school" if term is not None and term.is_school(day) else "")


@blueprint.get("/student/<int:student_id>/why")
@requires(STUDENTS)
def why(student_id: int) -> Response:
    """Why a student is flagged: each counted day, the sum, the rule, and what would change it."""
    about = known(student_id, "why")
    if about.rating is None:
        abort(404)
    rating = about.rating
    minimum = settings.held(about.district, rating.school_id)["minimum_days"].number
    return render(
        "schools/why.html",
        None,
        about=about,
        student=about.student,
        rating=rating,
        days=absences_of(about),
        corrections=corrections_of(about),
        may_act=_may_act(student_id),
        rules=settings.listed(about.district, rating.school_id),
        rule_words=settings.words_of,
        minimum=minimum,
        law=settings.truancy_of(about.district, settings.held(about.district, rating.school_id)),
        until={
            percent: bands.half_days_until(rating.absent, rating.enrolled, percent) for percent in (5, 10, 20)
        },
        below={
            percent: bands.days_until_below(rating.absent, rating.enrolled, percent) for percent in (10, 20)
        },
        tier_reason=tiers.REASONS.get(rating.tier_reason, ""),
        truancy_words=getattr(words, "TRUANCY", {}),
        **shared(),
    )


def page_of(student_id: int) -> str:
    return url_for("schools.student", student_id=student_id)
