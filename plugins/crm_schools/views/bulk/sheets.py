"""Letters that were written at once: on paper, each on its own sheet, and sent."""

from collections.abc import Sequence

from flask import url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, fresh, go, ngettext, render, requires, say, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import today
from crm_schools.lookups import looked
from crm_schools.models import Letter
from crm_schools.permissions import ACT
from crm_schools.views import writing
from crm_schools.views.blueprint import blueprint
from crm_schools.views.bulk.offering import MOST
from crm_schools.views.dashboards import shared
from crm_schools.views.known import Known, known_each


@blueprint.get("/letters/<int:letter_id>/<int:last_id>")
@requires(ACT)
@fresh
def letters(letter_id: int, last_id: int) -> Response:
    """Letters from the first to the last, each on its sheet. Whom one must not write to any more is named
    instead, as with a single letter; so many names leave only for whoever has lately shown who they are."""
    ids = [each.student_id for each in _letters(letter_id, last_id)]
    with db.transaction(actor := current_actor(), "schools.look"):
        looked(actor, ids, "letter")
    found, known = _letters(letter_id, last_id), {about.student.id: about for about in known_each(ids)}
    left_out = {each.id for each in _barred(found)}
    papers = writing.papers_of([each for each in found if each.student_id in known], known)
    papers.sort(key=_by_school)
    return render(
        "schools/bulk/letters.html",
        None,
        200 if papers else 404,
        papers=[paper for paper in papers if paper.letter.id not in left_out],
        left_out=[paper for paper in papers if paper.letter.id in left_out],
        waiting=sum(each.status == "draft" and each.id not in left_out for each in found),
        back=_students_of([paper.about for paper in papers]),
        sent_address=url_for("schools.letters_sent", letter_id=letter_id, last_id=last_id),
        **shared(),
    )


def _by_school(paper: writing.Paper) -> tuple[str, str]:
    """Sheets go out school by school."""
    school = paper.about.school
    return school.name if school else "", paper.about.student.sort_name


def _students_of(abouts: Sequence[Known]) -> str:
    """The list of the students of the school that all of these go to, else of their district."""
    schools = {about.student.school_id for about in abouts}
    if len(schools) == 1 and None not in schools:
        return url_for("schools.students", school_id=schools.pop())
    return url_for("schools.students", district_id=abouts[0].district.id) if abouts else ""


def _letters(first_id: int, last_id: int) -> Sequence[Letter]:
    """The letters from one to another that one person wrote to families of students whom the reader may act
    for. Of somebody else may be those in between that were written at the same moment."""
    statement = visible(Letter, current_actor(), ACT).where(Letter.id.between(first_id, last_id))
    found = list(db.session().scalars(statement.order_by(Letter.id).limit(2 * MOST)))
    return [each for each in found if each.user_id == found[0].user_id][:MOST]


def _barred(found: Sequence[Letter]) -> list[Letter]:
    ids = writing.barred(found)
    return [each for each in found if each.id in ids and each.status != "sent"]


@blueprint.post("/letters/<int:letter_id>/<int:last_id>/sent")
@requires(ACT)
def letters_sent(letter_id: int, last_id: int) -> Response:
    """They left the house: from now on the next stage may follow."""
    with db.transaction(current_actor(), "schools.letter_sent") as change:
        found = _letters(letter_id, last_id)
        barred = writing.barred(found)
        going = [each for each in found if each.status == "draft" and each.id not in barred]
        if not going:
            raise UserError(_("There is no letter here that waits to be sent."))
        for each in going:
            each.status, each.sent_on = "sent", today()
        count = len(going)
        change.summary = ngettext(
            "Marked %(count)s letter as sent", "Marked %(count)s letters as sent", count, count=count
        )
    said = ngettext(
        "%(count)s letter is marked as sent.", "%(count)s letters are marked as sent.", count, count=count
    )
    say(str(said), change)
    return go(url_for("schools.letters", letter_id=letter_id, last_id=last_id))
