"""Finding students by name or number, files of lists, and who looked at whom.

What is searched for travels in the body of a form, never in an address: addresses stay in histories and logs.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import request
from sqlalchemy import and_, or_
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, fresh, load, render, requires, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.transfer import safe_text
from crm_schools import words
from crm_schools.importing.roster.records import folded
from crm_schools.lookups import looked
from crm_schools.models import Look, Rating, School, Student
from crm_schools.permissions import LOOKS, STUDENTS
from crm_schools.views import places, student_lists
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared

FOUND: Final = 40
LOOKED: Final = 200
IN_A_FILE: Final = 20_000
WAYS: Final = {
    "page": _l("the student’s page"),
    "why": _l("why the student is flagged"),
    "list": _l("a list of students"),
    "report": _l("a printed list"),
    "export": _l("a file"),
    "search": _l("a search"),
    "letter": _l("a letter or plan"),
    "panel": _l("the page of a guardian"),
    "import": _l("the plan of an import"),
}


@blueprint.route("/find", methods=["GET", "POST"])
@requires(STUDENTS)
def find() -> Response:
    """Students whose name or number has every word that was typed."""
    typed = request.form.get("wanted", "").strip()[:100]
    rows = list(db.session().execute(_fitting(typed).limit(FOUND + 1))) if len(typed) > 1 else []
    actor = current_actor()
    with db.transaction(actor, "schools.look"):
        looked(actor, [row.id for row in rows[:FOUND]], "search")
    return render(
        "schools/find.html", None, typed=typed, rows=rows[:FOUND], more=len(rows) > FOUND, **shared()
    )


def _fitting(typed: str) -> Any:
    named = and_(*(Student.sort_name.contains(word, autoescape=True) for word in folded(typed).split()))
    called = or_(Student.local_id == typed, Student.state_id == typed, named)
    return (
        visible(Student, current_actor())
        .outerjoin(School, School.id == Student.school_id)
        .with_only_columns(
            Student.id,
            Student.given_name,
            Student.preferred_name,
            Student.family_name,
            Student.grade,
            Student.local_id,
            School.name.label("school"),
        )
        .where(called)
        .order_by(Student.sort_name, Student.id)
    )


@blueprint.get("/students.csv")
@requires(STUDENTS)
@fresh
def students_csv() -> FlaskResponse:
    """The list of the page as a file; each student in it is a look that is written down.

    So many names leave only for somebody who has lately shown who they are (ASVS 5.0, 7.5.3)."""
    place, actor = places.asked(), current_actor()
    statement = student_lists.statement_of(place).order_by(Rating.absent.desc(), Rating.id)
    rows = list(db.session().execute(statement.limit(IN_A_FILE + 1)))
    unrated = student_lists.unrated_in_file(place, IN_A_FILE)
    if len(rows) + len(unrated) > IN_A_FILE:
        raise UserError(
            _(
                "This list has more than %(most)s students, which is too many for one file. Choose a school, "
                "a grade or a band first.",
                most=f"{IN_A_FILE:,}",
            )
        )
    with db.transaction(actor, "schools.look"):
        looked(actor, [*(row.student_id for row in rows), *(row.id for row in unrated)], "export")
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [_("Student"), _("Number"), _("Grade"), _("School"), _("Band"), _("Days missed"), _("Days enrolled"),
         _("Unexcused"), _("Tier"), _("Truant"), _("Point person"), _("Days missed with other schools"),
         _("Days enrolled with other schools")]
    )  # fmt: skip
    writer.writerows(_lines(rows))
    writer.writerows(_uncounted(unrated))
    headers = {"Content-Disposition": "attachment; filename=students.csv", "Cache-Control": "no-store"}
    return FlaskResponse("\ufeff" + out.getvalue(), mimetype="text/csv", headers=headers)


def _lines(rows: list[Any]) -> Iterator[list[str]]:
    for row in rows:
        cells = [
            f"{row.family_name}, {row.preferred_name or row.given_name}",
            row.local_id,
            str(places.grade_label(row.grade)),
            row.school,
            str(words.BANDS[row.band]),
            _days(row.absent),
            _days(row.enrolled),
            _days(row.unexcused),
            str(row.tier),
            _("Yes") if row.is_truant else _("No"),
            row.point_person or "",
            _days(row.whole_absent),
            _days(row.whole_enrolled),
        ]
        yield [safe_text(cell) for cell in cells]


def _uncounted(rows: Sequence[Any]) -> Iterator[list[str]]:
    """Students of whom nothing came that could be counted."""
    for row in rows:
        name = f"{row.family_name}, {row.preferred_name or row.given_name}"
        grade = str(places.grade_label(row.grade))
        told = [safe_text(each) for each in (name, row.local_id, grade, row.school)]
        yield [*told, _("Nothing counted yet"), *[""] * 8]


def _days(half_days: int | None) -> str:
    """Half days as spreadsheets count days: 35.5."""
    if half_days is None:
        return ""
    return f"{half_days // 2}.5" if half_days % 2 else str(half_days // 2)


@blueprint.get("/student/<int:student_id>/looks")
@requires(LOOKS)
def looks(student_id: int) -> Response:
    """Who looked at a student, when and where, the latest first."""
    student: Student = load(Student, student_id)
    statement = visible(Look, current_actor()).where(Look.student_id == student.id)
    if (before := places.number("before")) is not None:
        statement = statement.where(Look.id < before)
    rows = list(db.session().scalars(statement.order_by(Look.id.desc()).limit(LOOKED + 1)))
    return render(
        "schools/looks.html",
        None,
        student=student,
        rows=rows[:LOOKED],
        more=rows[LOOKED - 1].id if len(rows) > LOOKED else None,
        ways=WAYS,
        **shared(),
    )
