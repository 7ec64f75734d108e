"""Which district, school and year a page is about, as its address says."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from babel.dates import get_day_names, get_month_names
from babel.numbers import format_decimal
from flask import abort, request
from flask_babel import get_locale

from crm.plugin_api import current_actor, db, load, visible
from crm.plugin_api.words import number_language
from crm_schools import figures, words
from crm_schools.figures import Place
from crm_schools.models import District, School, Student
from crm_schools.permissions import ACT, EDIT, STUDENTS


def number(name: str) -> int | None:
    """A whole number of the address, None where there is none."""
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


def year() -> int | None:
    """The school year of the address, None where there is none that can be."""
    found = number("year")
    return found if found is not None and 1900 <= found <= 2200 else None


def of_district(district_id: int) -> Place:
    district: District = load(District, district_id)
    return figures.place_of(current_actor(), district, None, year())


def of_school(school_id: int) -> Place:
    school: School = load(School, school_id)
    return figures.place_of(current_actor(), load(District, school.district_id), school, year())


def asked() -> Place:
    """The place that the address names; 404 when it names none."""
    if school_id := number("school_id"):
        return of_school(school_id)
    district_id = number("district_id")
    if district_id is None:
        abort(404)
    return of_district(district_id)


def rights(place: Place) -> dict[str, bool]:
    """What the reader may do here. Names need a role over this school, or over the whole district."""
    actor = current_actor()

    def over(permission: str) -> bool:
        model: Any = School if place.school is not None else District
        record = place.school or place.district
        scopes = actor.scopes(permission)
        if scopes.everything:
            return True
        if not scopes:
            return False
        statement = visible(model, actor, permission).where(model.id == record.id)
        return db.session().execute(statement.with_only_columns(model.id)).first() is not None

    return {
        "names": actor.can(STUDENTS),
        "act": over(ACT),
        "edit": over(EDIT),
    }


def label_of(dimension: str, value: str) -> Any:
    """The value of a dimension as people read it."""
    from crm.plugin_api import gettext as _

    if dimension == "grade":
        return grade_label(value)
    if not value:
        return _("Not said")
    known: dict[str, Any] = {
        "race": words.RACES,
        "gender": words.GENDERS,
        "housing": words.HOUSING,
    }.get(dimension, {})
    flags = {"yes": _("Yes"), "no": _("No")}
    return known.get(value) or flags.get(value, value)


def grade_label(grade: str) -> str:
    """A grade as people read it: Kindergarten, Grade 3."""
    from crm.plugin_api import gettext as _

    named = {
        "PK": _("Prekindergarten"),
        "TK": _("Transitional kindergarten"),
        "K": _("Kindergarten"),
    }
    if grade in named:
        return named[grade]
    return _("Grade %(grade)s", grade=grade) if grade else _("No grade")


def ordered(dimension: str) -> Callable[[str], Any]:
    """The order in which the values of a dimension stand."""
    if dimension == "grade":
        return words.grade_order
    known = [*words.RACES, *words.GENDERS, *words.HOUSING, "yes", "no"]
    return lambda value: known.index(value) if value in known else len(known)


def student_or_404(student_id: int, permission: str | None = None) -> Student:
    student: Student = load(Student, student_id, permission)
    return student


def acting_at() -> frozenset[int]:
    """The ids of the schools that the reader works for: those whose stays and days they may change."""
    statement = visible(School, current_actor(), ACT).with_only_columns(School.id)
    return frozenset(db.session().scalars(statement))


def percent(share: float | None) -> str:
    """A part as people read it, with one digit behind the point: 12.3%."""
    if share is None:
        return "–"
    sign = "\xa0%" if number_language().startswith("es") else "%"
    return one_digit(tenths(share) / 10) + sign


def tenths(share: float | None) -> int:
    """A part in tenths of a percent, as `percent` shows it."""
    return int((Decimal(str(share or 0)) * 1000).quantize(Decimal(1)))


def points(now: float | None, before: float | None) -> str:
    """By how many points a part differs from another beside which it stands: what people work out from the
    two as they read them, since the exact difference would look wrong by a tenth."""
    if now is None or before is None:
        return "–"
    return signed(tenths(now) - tenths(before))


def signed(difference: int) -> str:
    """A difference in tenths of a point, with its sign: +3.2."""
    return ("+" if difference > 0 else "") + one_digit(difference / 10)


def one_digit(value: float) -> str:
    """A number with one digit behind the point, as the reader's language writes it."""
    return str(format_decimal(value, "#,##0.0", locale=number_language()))


def month_name(number: int, width: Any = "wide") -> str:
    """The name of a month, 1 for January; `width` is `wide` or `abbreviated`."""
    return str(get_month_names(width, "stand-alone", get_locale() or "en")[number])


def weekday_name(number: int, width: Any = "wide") -> str:
    """The name of a weekday, 0 for Monday."""
    return str(get_day_names(width, "stand-alone", get_locale() or "en")[number])
