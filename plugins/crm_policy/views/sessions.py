"""Sessions of a legislature: their days, and two that are one."""

from flask import url_for
from werkzeug.wrappers import Response

from crm.plugin_api import gettext as _
from crm.plugin_api import load, requires
from crm.plugin_api.choosing import options
from crm_policy.forms import SessionForm, UniteForm
from crm_policy.models import Bill, Session
from crm_policy.permissions import EDIT
from crm_policy.places import name_of
from crm_policy.services import assessing, uniting
from crm_policy.views.bills import page_of
from crm_policy.views.blueprint import blueprint, for_all, load_bill, save


@blueprint.route("/bills/<int:bill_id>/session", methods=["GET", "POST"])
@requires(EDIT)
def edit_session(bill_id: int) -> Response:
    """The days of the bill's session, and whether its bills are carried over."""
    found: Bill = load_bill(bill_id, EDIT)
    session = load(Session, found.session_id, EDIT)
    form = SessionForm(obj=session)
    return save(
        form,
        lambda change: assessing.set_session(session, form.values(), change),
        "policy.session",
        _("The session %(name)s of %(state)s", name=session.identifier, state=name_of(session.state)),
        page_of(bill_id),
        _("Session %(name)s", name=session.identifier),
        note=_("All bills of this session are looked at anew."),
        other=(
            url_for("policy.unite_sessions", bill_id=bill_id),
            _("Is it here twice, under another name?"),
        ),
    )


@blueprint.route("/bills/<int:bill_id>/session/unite", methods=["GET", "POST"])
@requires(EDIT)
def unite_sessions(bill_id: int) -> Response:
    """Two services call one session by two names: make one of both."""
    for_all()
    found: Bill = load_bill(bill_id, EDIT)
    session = load(Session, found.session_id, EDIT)
    form = UniteForm()
    found_others = uniting.others(session)
    form.other_id.choices = options([("", _("Choose")), *found_others])
    return save(
        form,
        lambda change: uniting.unite(session, load(Session, form.other_id.data or 0, EDIT), change),
        "policy.session",
        _(
            "Two sessions of %(state)s are one: %(name)s",
            state=name_of(session.state),
            name=session.identifier,
        ),
        url_for("policy.index"),
        _("The same session as %(name)s", name=session.identifier),
        submit=_("Make them one"),
        note=_(
            "Services call one session by different names, such as 2025-2026 and 103rd. Its bills become one "
            "list; a bill that is in both becomes one, with everything of ours. You can undo this."
        )
        if found_others
        else _("There is no other session of this state that could be meant."),
    )
