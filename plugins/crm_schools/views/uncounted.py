"""Why days that came of a student count for nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api import lazy_gettext as _
from crm_schools.models import Enrolment, Year
from crm_schools.rating import Absence
from crm_schools.terms import Terms
from crm_schools.views.known import Known

REASONS: Final[Mapping[str, Any]] = {
    "code": _("not counted: nobody said what the code means"),
    "stay": _("not counted: not enrolled here that day"),
    "calendar": _("not counted: no day of school here"),
    "later": _("not counted: attendance of the school ends before that day"),
}
"""In the order in which they are looked for."""


def reasons_of(about: Known, absences: Iterable[Absence]) -> dict[Absence, str]:
    """Of each absence that does not count which of REASONS holds."""
    uncounted = [each for each in absences if not each.counted]
    if not uncounted:
        return {}
    with system("the stays of a student who was loaded for this reader"):
        run = db.session().scalars
        of_student = Enrolment.student_id == about.student.id, Enrolment.school_year == about.school_year
        stays = run(select(Enrolment).where(*of_student)).all()
        of_year = Year.district_id == about.district.id, Year.school_year == about.school_year
        year = run(select(Year).where(*of_year)).one_or_none()
        terms = Terms(about.district.id, year) if year is not None else None
        return {each: _reason(each, stays, terms) for each in uncounted}


def _reason(absence: Absence, stays: Sequence[Enrolment], terms: Terms | None) -> str:
    if not absence.kind:
        return "code"
    there = [each for each in stays if each.school_id == absence.school_id and _holds(each, absence.on_date)]
    if not there:
        return "stay"
    grades = {each.grade for each in there}
    is_school = terms is not None and any(
        terms.of(absence.school_id, grade).is_school(absence.on_date) for grade in grades
    )
    return "later" if is_school else "calendar"


def _holds(stay: Enrolment, day: date) -> bool:
    return stay.begins_on <= day and (stay.ends_on is None or day <= stay.ends_on)
