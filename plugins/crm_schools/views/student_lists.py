"""Students by name behind a number, the most absent first. Every look is written down."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask import request
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, fresh, render, requires, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import User
from crm.plugin_api.words import today
from crm_schools import figures, words
from crm_schools.acting import words as acting_words
from crm_schools.acting.helping import goes_on, help_on
from crm_schools.figures import Place
from crm_schools.lookups import looked
from crm_schools.models import (
    Attempt,
    Enrolment,
    Intervention,
    Plan,
    Rating,
    School,
    Student,
)
from crm_schools.permissions import STUDENTS, enrolled_last
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.bulk.offering import MOST, offer
from crm_schools.views.dashboards import shared

PAGE: Final = 50
ON_PAPER: Final = 500


@blueprint.get("/students")
@requires(STUDENTS)
def students() -> Response:
    """Students behind a number: whoever fits what the address says, the most absent first; for paper only to
    somebody who has lately shown who they are, as for the file."""
    return _printed() if request.args.get("report") else _listed(PAGE, "list")


@fresh
def _printed() -> Response:
    return _listed(ON_PAPER, "report")


def _listed(limit: int, way: str) -> Response:
    place, actor = places.asked(), current_actor()
    behind, later = _behind(), places.number("later")
    statement = statement_of(place).where(*behind).order_by(Rating.absent.desc(), Rating.id).limit(limit + 1)
    rows = list(db.session().execute(statement)) if later is None else []
    count = _counted(place) if behind or later is not None or len(rows) > limit else len(rows)
    ids = [row.student_id for row in rows[:limit]]
    unrated = unrated_students(place, later, limit) if len(rows) <= limit and not _filters() else []
    shown = [*ids, *(row.id for row in unrated[:limit])]
    with db.transaction(actor, "schools.look"):
        looked(actor, shown, way)
    goes_on = behind or later is not None or len(shown) < len(rows) + len(unrated)
    return render(
        "schools/students.html",
        None,
        place=places.asked(),
        rows=rows[:limit],
        count=count,
        more=rows[limit - 1].id if len(rows) > limit else None,
        unrated=unrated[:limit],
        more_unrated=unrated[limit - 1].id if len(unrated) > limit else None,
        helped=_going_on(ids),
        planned=_with_plans(ids),
        reached=_last_reached(ids, place.school_year),
        filters=_filters(),
        bulk=None if way == "report" else offer(shown, request.args, _size(place) if goes_on else 0),
        early=0 if rows else _early(place),
        chosen=dict(request.args),
        rights=places.rights(places.asked()),
        kinds=acting_words.KIND_WORDS,
        **shared(),
    )


def _size(place: Place) -> int:
    """How many students the list has, as far as one can act for all of them at once."""
    return len(ids_of_list(place, MOST + 1))


def ids_of_list(place: Place, most: int) -> list[int]:
    """The ids of the students of all pages of the list, so many at most."""
    rated = _fitting(place, aliased(Rating)).with_only_columns(Rating.student_id)
    ordered = rated.order_by(Rating.absent.desc(), Rating.id).limit(most)
    ids = list(dict.fromkeys(db.session().scalars(ordered)))
    return [*ids, *(row.id for row in unrated_in_file(place, most))][:most]


def _early(place: Place) -> int:
    """How many students need early help, where the list is of the chronically absent alone and has nobody:
    in the first days of a year nobody is in a rate, and tiers know the year before."""
    if request.args.get("band") != "chronic" or {name for name, _label in _filters()} - {"band", "at_school"}:
        return 0
    return _count(visible(Rating, current_actor()).where(_of_place(place), Rating.tier > 1))


def _behind() -> list[ColumnElement[bool]]:
    """What limits the list to those behind the last one of the page before; nothing on its first page."""
    after = places.number("after")
    if after is None:
        return []
    before = visible(Rating, current_actor()).where(Rating.id == after)
    last = db.session().execute(before.with_only_columns(Rating.absent)).scalar()
    return [] if last is None else [or_(Rating.absent < last, and_(Rating.absent == last, Rating.id > after))]


def unrated_students(place: Place, later: int | None, limit: int) -> Sequence[Any]:
    """Students who are enrolled and of whom nothing came that could be counted, by name; one more than are
    shown where there are more. Behind the student with the id `later`."""
    of_year = [Enrolment.school_year == place.school_year] if place.school_year else []
    enrolled = exists().where(
        Enrolment.student_id == Student.id, Enrolment.school_id == Student.school_id, *of_year
    )
    rated = exists().where(Rating.student_id == Student.id, Rating.school_year == place.school_year)
    statement = (
        visible(Student, current_actor())
        .join(School, School.id == Student.school_id)
        .where(db.among(Student.school_id, sorted(place.ids)), enrolled, ~rated)
    )
    if later is not None:
        last = visible(Student, current_actor()).where(Student.id == later)
        name = last.with_only_columns(Student.sort_name).scalar_subquery()
        behind = and_(Student.sort_name == name, Student.id > later)
        statement = statement.where(or_(Student.sort_name > name, behind))
    columns = (
        Student.id, Student.local_id, Student.given_name, Student.preferred_name, Student.family_name,
        Student.grade, School.name.label("school"),
    )  # fmt: skip
    ordered = statement.with_only_columns(*columns).order_by(Student.sort_name, Student.id)
    return db.session().execute(ordered.limit(limit + 1)).all()


def unrated_in_file(place: Place, most: int) -> Sequence[Any]:
    """The same for a file, where the list is limited by nothing."""
    return [] if _filters() else unrated_students(place, None, most)


def statement_of(place: Place) -> Select[Any]:
    """The students of a place that fit what the address says, as far as the reader may see them."""
    whole = aliased(Rating)
    columns: tuple[Any, ...] = (
        whole.absent.label("whole_absent"),
        whole.enrolled.label("whole_enrolled"),
        whole.band.label("whole_band"),
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
        _fitting(place, whole)
        .join(School, School.id == Rating.school_id)
        .outerjoin(User, User.id == Student.point_user_id)
        .with_only_columns(*columns)
    )


def _counted(place: Place) -> int:
    """How many students the list has on all of its pages."""
    return _count(_fitting(place, aliased(Rating)))


def _count(ratings: Select[Any]) -> int:
    return int(db.session().execute(ratings.with_only_columns(func.count(Rating.id))).scalar_one())


def _fitting(place: Place, whole: Any) -> Select[Any]:
    """The ratings of these students, each beside the row of all that its student missed."""
    return (
        visible(Rating, current_actor())
        .join(Student, Student.id == Rating.student_id)
        .outerjoin(whole, _with_days_before(place, whole))
        .where(_of_place(place), *_conditions(place, whole))
    )


def _of_place(place: Place) -> ColumnElement[bool]:
    """The ratings of a place in its year, or of the one of its schools that the address names."""
    if (school_id := places.number("at_school")) is None:
        return place.of_year
    return and_(
        Rating.school_id == school_id,
        Rating.part != "district",
        Rating.school_year == place.school_year,
        Rating.district_id == place.district.id,
    )


def _with_days_before(place: Place, whole: Any) -> ColumnElement[bool]:
    """The row of all that a student missed, beside that of a school to which they go now."""
    if place.once:
        # Each row is of all schools already. For `false()` SQLite would look through all rows each time.
        nobody: ColumnElement[bool] = whole.id == -Rating.id
        return nobody
    return and_(
        whole.student_id == Rating.student_id,
        whole.school_year == Rating.school_year,
        whole.part == "district",
        Rating.part == "school",
        Rating.student_id.in_(enrolled_last(sorted(place.ids))),
    )


def _conditions(place: Place, whole: Any) -> list[ColumnElement[bool]]:
    """What the address limits the list to. Whoever is chronically absent with the days before they came to a
    school is among those who are, there too."""
    args = request.args
    found: list[ColumnElement[bool]] = []
    by_band: Mapping[str, ColumnElement[bool]] = {
        "chronic": and_(
            or_(Rating.is_chronic, whole.is_chronic),
            func.coalesce(whole.band, Rating.band).in_(figures.BANDS),
        ),
        "rated": Rating.band.in_(figures.BANDS),
        "regular": Rating.band.in_(("satisfactory", "at_risk")),
        **{band: Rating.band == band for band in (*figures.BANDS, *figures.UNRATED)},
        **{band: or_(Rating.band == band, whole.band == band) for band in ("moderate", "severe")},
    }
    if args.get("band") in by_band:
        found.append(by_band[args["band"]])
    if args.get("truant") in {"0", "1"}:
        found += [Rating.is_truant.is_(args["truant"] == "1"), Rating.band.in_(figures.BANDS)]
    if (tier := places.number("tier")) is not None:
        found.append(Rating.tier == tier)
    flags: Mapping[str, ColumnElement[bool]] = {
        "early": Rating.tier > 1,
        "suspended": and_(Rating.suspended > 0, Rating.band.in_(figures.BANDS)),
        "tardy": and_(Rating.tardies >= 10, Rating.band.in_(figures.BANDS)),
    }
    found += [condition for name, condition in flags.items() if args.get(name)]
    if args.get("no_action"):
        found.append(not_(_with_help(place)))
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


def _with_help(place: Place) -> ColumnElement[bool]:
    """Students for whom something is being done, as the agenda of a team counts it."""
    helps = help_on(today(), place.school_year)
    return or_(*(Rating.student_id.in_(select(column).where(condition)) for column, condition in helps))


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
        "early": _("Needs early help (tiers 2 and 3)"),
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
        .where(db.among(Intervention.student_id, ids), goes_on(today()))
    )
    for student_id, kind in db.session().execute(statement):
        found.setdefault(student_id, []).append(kind)
    return found


def _with_plans(ids: Sequence[int]) -> set[int]:
    """Students with an open plan, which is something that is being done before any intervention begins."""
    statement = visible(Plan, current_actor()).where(db.among(Plan.student_id, ids), Plan.status == "open")
    return set(db.session().scalars(statement.with_only_columns(Plan.student_id)))


def _last_reached(ids: Sequence[int], school_year: int) -> dict[int, date]:
    """When families were last reached in the school year, as agendas count it."""
    statement = (
        visible(Attempt, current_actor())
        .with_only_columns(Attempt.student_id, func.max(Attempt.on_date))
        .where(
            db.among(Attempt.student_id, ids),
            Attempt.outcome == "reached",
            Attempt.school_year == school_year,
        )
        .group_by(Attempt.student_id)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}
