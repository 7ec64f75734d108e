"""Asks: the list, one ask, writing one down with a warning of asks by others, the answer."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import ValidationError

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.campaigns import asks as services
from crm.campaigns import names
from crm.campaigns.forms import AskForm, keep_choice
from crm.campaigns.models import Ask, Campaign
from crm.campaigns.permissions import ASK, VIEW
from crm.campaigns.views.blueprint import (
    blueprint,
    choices,
    delete_part,
    dialog,
    id_argument,
    page_of,
    save_part,
)
from crm.campaigns.words import ANSWERS
from crm.contacts import choosing
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.fields.pages import show_list
from crm.pages import say

ACTION = "campaigns.ask"
CHANGE = "campaigns.edit"
BOTH = ("person", "organization")
SHOWN = 20


@blueprint.get("/asks")
@requires(VIEW)
def asks() -> Response:
    return show_list("asks", page="campaigns/asks.html")


def _ask_or_404(ask_id: int, permission: str | None = None) -> Ask:
    found: Ask = load(Ask, ask_id, permission)
    return found


def _name(ask: Ask) -> str:
    return names.contacts([ask.contact_id], current_actor()).get(ask.contact_id) or names.hidden()


@blueprint.get("/asks/<int:ask_id>")
@requires(VIEW)
def ask(ask_id: int) -> Response:
    found = _ask_or_404(ask_id)
    actor = current_actor()
    return htmx.render(
        "campaigns/ask.html",
        None,
        shown=services.shown([found], actor)[0],
        can_edit=_may_change(ask_id),
        commitment=dict(services.commitments_of(found.contact_id, actor)).get(found.commitment_id or 0),
        others=services.others(found.contact_id, current_actor(), found.id) if _may_change(ask_id) else [],
        answers=ANSWERS,
    )


def _may_change(ask_id: int) -> bool:
    actor = current_actor()
    statement = visible(Ask, actor, ASK).where(Ask.id == ask_id).with_only_columns(Ask.id)
    return actor.can(ASK) and db.session().execute(statement).first() is not None


def _back() -> str:
    """Where somebody came from when they began to write an ask down: the campaign, else the contact."""
    campaign_id, contact_id = (id_argument(name) for name in ("campaign_id", "contact_id"))
    if campaign_id:
        return page_of(campaign_id, "asks")
    return url_for("contacts.show", contact_id=contact_id) if contact_id else url_for("campaigns.asks")


def _after(made: Ask) -> str:
    """Back to where the writer came from, with what was written to be seen there."""
    if request.args.get("campaign_id") and made.campaign_id is not None:
        return page_of(made.campaign_id, "asks")
    if request.args.get("contact_id"):
        return url_for("contacts.show", contact_id=made.contact_id)
    return url_for("campaigns.asks")


@blueprint.route("/asks/new", methods=["GET", "POST"])
@requires(ASK)
def new_ask() -> Response:
    actor = current_actor()
    given: dict[str, Any] = {name: id_argument(name) for name in ("contact_id", "campaign_id")}
    form = AskForm(choices(Campaign, ASK), data={**given, "asked_by_user_id": actor.user_id})
    del form.commitment_id, form.answered_on
    status, second = form.status, []
    if form.sent():
        try:
            # Two who write at the same moment must not both be the first.
            with db.transaction(actor, ACTION, alone=True) as change:
                made = services.create(form.values(), form.confirmed, actor)
                change.summary = _("Asked %(name)s: %(what)s", name=_name(made), what=made.what)
        except services.SecondAskError as error:
            status, second = error.status, list(error.found)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(change.summary, change)
            return htmx.go(_after(made))
    return dialog(
        "campaigns/_ask_form.html",
        status,
        form=form,
        second=second,
        back=_back(),
        address=url_for("campaigns.new_ask", **{name: value for name, value in given.items() if value}),
        others=_others(form.contact_id.data) if not second else [],
        answers=ANSWERS,
        clash=[],
        ask=None,
    )


def _others(contact_id: int | None) -> list[services.Other]:
    """Asks of somebody whom the writer may see; their own are marked."""
    actor = current_actor()
    if contact_id is None or contact_id not in names.contacts([contact_id], actor):
        return []
    return services.others(contact_id, actor, asker=(actor.user_id, None))


@blueprint.get("/asks/others")
@requires(ASK)
def other_asks() -> Response:
    """Who asked the person lately that is being chosen in the form; shown in it at once."""
    try:
        typed = request.args.get("contact_id", "")
        found = _others(choosing.find(typed, BOTH)) if typed.strip() else []
    except ValidationError:
        found = []
    return htmx.render(
        "campaigns/part_page.html",
        "campaigns/_other_asks.html",
        part="campaigns/_other_asks.html",
        title=None,
        others=found,
        answers=ANSWERS,
    )


@blueprint.route("/asks/<int:ask_id>/edit", methods=["GET", "POST"])
@requires(ASK)
def edit_ask(ask_id: int) -> Response:
    found = _ask_or_404(ask_id, ASK)
    actor = current_actor()
    form = AskForm(choices(Campaign, ASK), services.commitments_of(found.contact_id, actor), obj=found)
    del form.contact_id
    keep_choice(form.campaign_id, found.campaign_id, names.hidden_record())
    keep_choice(form.commitment_id, found.commitment_id, names.hidden_record())
    return save_part(
        form,
        found,
        lambda: services.edit(found, form.values()),
        CHANGE,
        _("Changed what %(name)s was asked", name=_name(found)),
        url_for("campaigns.ask", ask_id=ask_id),
        template="campaigns/_ask_form.html",
        second=[],
        others=[],
        address=url_for("campaigns.edit_ask", ask_id=ask_id),
        answers=ANSWERS,
        ask=found,
    )


@blueprint.post("/asks/<int:ask_id>/answer")
@requires(ASK)
def answer_ask(ask_id: int) -> Response:
    """What they answered, in one click."""
    found = _ask_or_404(ask_id, ASK)
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        raise UserError(_("Choose one of the answers."))
    with db.transaction(current_actor(), CHANGE) as change:
        db.session().refresh(found, with_for_update=True)
        services.set_answer(found, answer)
        change.summary = _("%(name)s answered: %(answer)s", name=_name(found), answer=ANSWERS[answer])
    say(change.summary, change)
    return htmx.go(url_for("campaigns.ask", ask_id=ask_id))


@blueprint.post("/asks/<int:ask_id>/delete")
@requires(ASK)
def delete_ask(ask_id: int) -> Response:
    found = _ask_or_404(ask_id, ASK)
    sentence = _("Removed an ask of %(name)s", name=_name(found))
    return delete_part(found, CHANGE, sentence, url_for("contacts.show", contact_id=found.contact_id))


@blueprint.get("/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """What somebody was asked for, for their page."""
    contact: Contact = load(Contact, contact_id)
    actor = current_actor()
    statement = visible(Ask, actor).where(Ask.contact_id == contact_id)
    statement = statement.order_by(Ask.asked_on.desc(), Ask.id.desc()).limit(SHOWN)
    return htmx.render(
        "campaigns/part_page.html",
        "campaigns/_of_contact.html",
        part="campaigns/_of_contact.html",
        title=contact.name,
        asks=services.shown(db.session().scalars(statement).all(), actor),
        answers=ANSWERS,
        contact_id=contact_id,
        may_ask=actor.can(ASK),
    )
