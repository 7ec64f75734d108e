"""Outlets and reporters."""

from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Contact,
    UserError,
    current_actor,
    day_here,
    db,
    go,
    load,
    now,
    render,
    require,
    requires,
    say,
    show_list,
    system,
)
from crm.plugin_api import gettext as _
from crm_media.forms.common import values_of
from crm_media.forms.press import MoveForm, NewOutletForm, NewReporterForm, OutletForm, ReporterForm
from crm_media.models import Outlet, Reporter
from crm_media.permissions import EDIT, OUTREACH, VIEW
from crm_media.services import addresses, bills, exclusives, outreach, press
from crm_media.times import zoned
from crm_media.views.blueprint import blueprint, do, save
from crm_media.words import CHANNELS, OUTLETS, RECIPIENTS, REPORTERS, last_fresh


def _page_of(contact_id: int) -> str:
    return url_for("contacts.show", contact_id=contact_id)


@blueprint.get("/")
@requires(VIEW)
def index() -> Response:
    """Every outlet."""
    return show_list("media_outlet", "media/outlets.html")


@blueprint.get("/reporters")
@requires(VIEW)
def reporters() -> Response:
    """Everybody of the press. A press list is a saved list of these."""
    return show_list("media_reporter", "media/reporters.html")


@blueprint.get("/outlets/<int:outlet_id>")
@requires(VIEW)
def outlet(outlet_id: int) -> Response:
    """An outlet stands on the page of its organization."""
    return go(_page_of(load(Outlet, outlet_id).contact_id))


@blueprint.get("/reporters/<int:reporter_id>")
@requires(VIEW)
def reporter(reporter_id: int) -> Response:
    return go(_page_of(load(Reporter, reporter_id).contact_id))


@blueprint.get("/contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """What the press keeps of a contact: the panel of its page, and a page of its own."""
    contact, actor = load(Contact, contact_id), current_actor()
    is_person = contact.kind == "person"
    return render(
        "media/contact.html",
        "media/_panel.html",
        contact=contact,
        detail=press.detail_of(Reporter if is_person else Outlet, contact.id),
        posts=press.posts(contact.id, actor) if is_person else (),
        staff=() if is_person else press.staff_of(contact.id, actor),
        words={"kinds": REPORTERS if is_person else OUTLETS, "channels": CHANNELS},
        got=outreach.got(contact.id, actor) if is_person and actor.can(OUTREACH) else (),
        statuses=RECIPIENTS,
        emails=addresses.rows_of(contact) if is_person else (),
        known=addresses.of([contact.id])[contact.id],
        promised=exclusives.promises(contact.id, actor) if not is_person and actor.can(OUTREACH) else (),
        exclusive_for=exclusives.in_words,
        zoned=zoned,
        fresh=last_fresh(),
        moment=now(),
        today=day_here(),
    )


@blueprint.route("/outlets/new", methods=["GET", "POST"])
@requires(EDIT)
def new_outlet() -> Response:
    return _new(
        NewOutletForm(), press.new_outlet, "media.add_outlet", _("New outlet"), url_for("media.index")
    )


@blueprint.route("/reporters/new", methods=["GET", "POST"])
@requires(EDIT)
def new_reporter() -> Response:
    back = url_for("media.reporters")
    return _new(NewReporterForm(), press.new_reporter, "media.add_reporter", _("New reporter"), back)


def _new(form: Any, make: Any, action: str, title: str, back: str) -> Response:
    if form.sent():
        try:
            with db.transaction(current_actor(), action) as change:
                contact_id = make(values_of(form), current_actor()).contact_id
                with system("the contact that was kept just now"):
                    name = db.session().get_one(Contact, contact_id).name
                change.summary = _("Added %(name)s to the press contacts", name=name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("%(name)s is added.", name=name), change)
            return go(_page_of(contact_id))
    status = 422 if form.form_errors else form.status
    return render("media/form.html", None, status, form=form, title=title, back=back, save=_("Add"))


@blueprint.route("/contact/<int:contact_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(contact_id: int) -> Response:
    """Make a contact an outlet or a reporter, or change what is kept of it."""
    contact = load(Contact, contact_id)
    model: Any = Reporter if contact.kind == "person" else Outlet
    row = press.detail_of(model, contact.id)
    if row is not None:
        require(model, row.id, EDIT)
    form = ReporterForm(row) if model is Reporter else OutletForm(row)
    return save(
        form,
        lambda _change: press.keep(model, contact, values_of(form)),
        "media.edit",
        _("Changed what the press contacts say of %(name)s; verified today", name=contact.name),
        _page_of(contact.id),
        contact.name,
    )


@blueprint.route("/contact/<int:contact_id>/move", methods=["GET", "POST"])
@requires(EDIT)
def move(contact_id: int) -> Response:
    """Somebody changes posts; where they were stays."""
    contact = load(Contact, contact_id)
    row = press.detail_of(Reporter, contact.id) or abort(404)
    require(Reporter, row.id, EDIT)
    form = MoveForm(on=day_here())
    if form.sent():
        try:
            values = values_of(form)
            with db.transaction(
                current_actor(), "media.move", _("%(name)s changed posts", name=contact.name)
            ) as change:
                press.move(row, contact, values["outlet"], values["role"], values["on"], current_actor())
                if values["email"]:
                    addresses.become_main(contact, values["email"])
                elif values["outlet"]:
                    row.verified_on = None  # The address of the old newsroom is not theirs for long.
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The move is written down; the post before it stays in the history."), change)
            return go(_page_of(contact.id))
    return render(
        "media/form.html",
        None,
        422 if form.form_errors else form.status,
        form=form,
        title=_("%(name)s moves", name=contact.name),
        back=_page_of(contact.id),
        save=_("Write down the move"),
    )


@blueprint.route("/contact/<int:contact_id>/districts", methods=["GET", "POST"])
@requires(EDIT)
def districts(contact_id: int) -> Response:
    """In which legislative districts an outlet is read: what coverage before a vote counts by."""
    contact: Contact = load(Contact, contact_id)
    row = press.detail_of(Outlet, contact.id) or abort(404)
    require(Outlet, row.id, EDIT)
    if not bills.tracked(current_actor()):
        abort(404)
    from crm_policy import public

    form = public.districts_form(contact)
    return save(
        form,
        lambda _change: public.set_districts(contact, form.values()),
        "media.edit",
        _("Said in which districts %(name)s is read", name=contact.name),
        _page_of(contact.id),
        _("Districts of %(name)s", name=contact.name),
    )


@blueprint.post("/contact/<int:contact_id>/addresses/<int:email_id>")
@requires(EDIT)
def set_mail(contact_id: int, email_id: int) -> Response:
    """One address of somebody wants no mail, or wants it again; their others stay as they are."""
    contact, _row = _kept(contact_id)
    wanted = request.form.get("to") == "mail"
    sentence = (
        _("Mail may go to that address of %(name)s again", name=contact.name)
        if wanted
        else _("No mail to that address of %(name)s any more", name=contact.name)
    )
    return do(
        lambda _change: addresses.set_mail(contact, email_id, wanted=wanted),
        "media.address",
        sentence,
        _page_of(contact_id),
    )


@blueprint.post("/contact/<int:contact_id>/verify")
@requires(EDIT)
def verify(contact_id: int) -> Response:
    """Somebody looked, and all of it is still so."""
    contact, row = _kept(contact_id)
    with db.transaction(current_actor(), "media.verify", _("Verified %(name)s", name=contact.name)) as change:
        row.verified_on = day_here()
        lifted = addresses.found_to_work(contact_id)
    said = _("Verified today. Mail goes to the address again from which some came back.")
    say(said if lifted else _("Verified today."), change)
    return go(_page_of(contact_id))


@blueprint.post("/contact/<int:contact_id>/remove")
@requires(EDIT)
def remove(contact_id: int) -> Response:
    """No outlet or reporter any more; the contact stays."""
    contact, _row = _kept(contact_id)
    summary = _("Took %(name)s out of the press contacts", name=contact.name)
    with db.transaction(current_actor(), "media.remove", summary) as change:
        press.remove(contact_id)
    say(_("%(name)s is out of the press contacts; the contact stays.", name=contact.name), change)
    return go(_page_of(contact_id))


def _kept(contact_id: int) -> tuple[Contact, Any]:
    contact: Contact = load(Contact, contact_id)
    model: Any = Reporter if contact.kind == "person" else Outlet
    row = press.detail_of(model, contact_id) or abort(404)
    require(model, row.id, EDIT)
    return contact, row
