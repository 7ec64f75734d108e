"""Who was chosen in a list of students: single ones, or the whole list as its address describes it.

Ids travel in the body of a form, never in an address: addresses stay in histories and logs."""

from flask import request, url_for

from crm.plugin_api import UserError, current_actor, db, visible
from crm.plugin_api import gettext as _
from crm_schools.models import Student
from crm_schools.views import places, student_lists
from crm_schools.views.bulk.offering import MOST, of_list


def chosen_ids() -> list[int]:
    """The ids of those chosen whom the reader may see. UserError where there is nobody, or too many."""
    whole = bool(request.form.get("whole_list"))
    posted = student_lists.ids_of_list(places.asked(), MOST + 1) if whole else _posted()
    if len(posted) > MOST:
        raise UserError(
            _(
                "At most %(most)s students can be chosen at once. Choose a school, a grade or a band first, "
                "or tick fewer.",
                most=MOST,
            )
        )
    statement = visible(Student, current_actor()).where(db.among(Student.id, posted)).order_by(Student.id)
    found = list(db.session().scalars(statement.with_only_columns(Student.id)))
    if not found:
        raise UserError(_("Choose at least one of the list first. Go back and tick the ones you mean."))
    return found


def _posted() -> list[int]:
    words = ",".join(request.form.getlist("ids")).split(",")
    return sorted({int(word) for word in words if word.isdecimal() and len(word) < 19})


def list_address() -> str:
    """The list in which they were chosen."""
    here = of_list(request.args)
    if not here.keys() & {"school_id", "district_id"}:
        return url_for("schools.index")
    return url_for("schools.students", **here)
