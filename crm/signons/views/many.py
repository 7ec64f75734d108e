"""Deciding about the chosen signatures of a list: what will happen, then that."""

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.fields.choosing import chosen_ids, posted_query
from crm.fields.views import list_address
from crm.pages import say
from crm.runtime import runtime
from crm.signons.permissions import EDIT
from crm.signons.services import many
from crm.signons.views.blueprint import blueprint
from crm.signons.words import APPROVED, REFUSED, SIGNATURE_STATUSES


def _titles(what: str) -> str:
    return {APPROVED: _("Approve signatures"), REFUSED: _("Refuse signatures")}.get(
        what, _("Call signatures spam")
    )


@blueprint.post("/signons/signatures/decide/<what>")
@requires(EDIT)
def decide_many(what: str) -> Response:
    """The bar of the list sends the chosen ones here."""
    if what not in many.AT_ONCE:
        abort(404)
    actor = current_actor()
    ids = chosen_ids("signatures", actor, EDIT)
    back = f"{list_address(runtime().fields.type('signatures'))}?{posted_query('signatures')}"
    plan = many.plan(ids, what, actor)
    if request.form.get("do") == "apply" and plan.going:
        return _apply([each for each, _name in plan.going], what, back)
    return htmx.render(
        "signons/many.html", None, what=what, title=_titles(what), plan=plan, count=len(ids), back=back,
        becomes=SIGNATURE_STATUSES[what], query=request.form.get("query", ""), mails=what == APPROVED,
    )  # fmt: skip


def _apply(ids: list[int], what: str, back: str) -> Response:
    with db.transaction(current_actor(), "signons.decide") as change:
        done, left = many.decide_many(ids, what, current_actor())
        change.summary = ngettext(
            "Decided about %(count)s signature", "Decided about %(count)s signatures", done, count=done
        )
    said = ngettext(
        "%(count)s signature is now: %(state)s.", "%(count)s signatures are now: %(state)s.", done,
        count=done, state=SIGNATURE_STATUSES[what],
    )  # fmt: skip
    if left:
        said += " " + ngettext(
            "%(count)s was left as somebody decided about it meanwhile.",
            "%(count)s were left as somebody decided about them meanwhile.", left, count=left,
        )  # fmt: skip
    say(said, change)
    return htmx.go(back)
