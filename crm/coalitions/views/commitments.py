"""The ledger of commitments: the list, the page of each, and how it went."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.accounts.models import User
from crm.campaigns.models import Campaign
from crm.coalitions.clauses import state_of_commitment
from crm.coalitions.forms import CloseForm, CommitmentForm, KeptForm, PostponeForm, keep_choice
from crm.coalitions.health import ledger
from crm.coalitions.models import Coalition, Commitment
from crm.coalitions.permissions import COMMIT, VIEW
from crm.coalitions.services import commitments as services
from crm.coalitions.views.blueprint import asked_id, blueprint, dialog, save
from crm.coalitions.views.coalitions import seen_names
from crm.contacts.models import Contact, Email
from crm.fields.pages import show_list
from crm.i18n import day, today
from crm.pages import say, url_for_known


@blueprint.get("/commitments")
@requires(VIEW)
def commitments() -> Response:
    return show_list("commitments", page="coalitions/commitments.html")


def _given(model: Any, name: str) -> int | None:
    """An id out of the address, if it is that of a record that the actor may see."""
    wanted = asked_id(name)
    statement = visible(model, current_actor()).where(model.id == wanted).with_only_columns(model.id)
    return db.session().execute(statement).scalar_one_or_none()


@blueprint.route("/commitments/new", methods=["GET", "POST"])
@requires(COMMIT)
def new_commitment() -> Response:
    form = CommitmentForm()
    if request.method == "GET":
        form.contact_id.data = _given(Contact, "contact_id")
        form.coalition_id.data = _given(Coalition, "coalition_id")
        form.campaign_id.data = _given(Campaign, "campaign_id")
        form.owner_user_id.data = current_actor().user_id
        form.pledged_on.data = today()
    if form.sent():
        made: list[Commitment] = []
        summary = _("Wrote down the commitment “%(title)s”", title=form.title.data)
        change = save(form, "coalitions.commitment.create", summary,
                      lambda _c: made.append(services.create(form.values())))  # fmt: skip
        if change is not None:
            say(_("The commitment is written down."), change)
            return htmx.go(url_for("coalitions.commitment", commitment_id=made[0].id))
    return dialog(_("New commitment"), form, url_for("coalitions.new_commitment"),
                  url_for("coalitions.commitments"))  # fmt: skip


@blueprint.get("/commitments/<int:commitment_id>")
@requires(VIEW)
def commitment(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id)
    actor = current_actor()
    state = (
        visible(Commitment, actor)
        .where(Commitment.id == commitment_id)
        .with_only_columns(state_of_commitment())
    )
    speaker = found.delegate_id or found.contact_id
    context = {
        "contact_id": found.contact_id,
        "coalition_id": found.coalition_id,
        "campaign_id": found.campaign_id,
    }
    given = {name: value for name, value in context.items() if value is not None}
    return htmx.render(
        "coalitions/commitment.html",
        None,
        commitment=found,
        state=db.session().execute(state).scalar_one(),
        names=seen_names([found.contact_id, found.delegate_id]),
        coalition=_name_of(Coalition, found.coalition_id),
        campaign=_name_of(Campaign, found.campaign_id),
        campaign_address=url_for_known("campaigns.show", campaign_id=found.campaign_id or 0),
        owner=_owner(found),
        email=_email(speaker),
        letter=_letter(found),
        record=ledger(actor, Commitment.contact_id == found.contact_id),
        log_address=url_for_known("activities.new", kind="call", **given),
        task_address=url_for_known("activities.new_task", **given),
        can_commit=actor.can(COMMIT),
        speaker=speaker,
    )


def _name_of(model: Any, record_id: int | None) -> str | None:
    statement = visible(model, current_actor()).where(model.id == record_id)
    if record_id is None:
        return None
    return db.session().execute(statement.with_only_columns(model.name)).scalar_one_or_none()


def _owner(found: Commitment) -> str:
    return db.session().execute(select(User.name).where(User.id == found.owner_user_id)).scalar_one()


def _email(contact_id: int) -> str | None:
    """The address of whoever answers for it, if the reader may see them."""
    statement = (
        visible(Contact, current_actor())
        .join(Email, Email.contact_id == Contact.id)
        .where(Contact.id == contact_id)
        .order_by(Email.is_primary.desc(), Email.id)
        .limit(1)
    )
    return db.session().execute(statement.with_only_columns(Email.address)).scalar_one_or_none()


def _letter(found: Commitment) -> tuple[str, str]:
    """A friendly reminder to begin with: subject and text."""
    subject = _("About “%(title)s”", title=found.title)
    if found.due_date:
        text = _(
            "Hello,\n\nthank you again for “%(title)s”. We have it in our calendar for %(day)s. Is there "
            "anything you need from us, or would another day suit you better?\n\nThank you!",
            title=found.title, day=day(found.due_date),
        )  # fmt: skip
    else:
        text = _(
            "Hello,\n\nthank you again for “%(title)s”. Is there anything you need from us, and what day "
            "would suit you?\n\nThank you!",
            title=found.title,
        )  # fmt: skip
    return subject, text


@dataclass(frozen=True)
class Step:
    """One step with a commitment that asks something: its view, heading, sentence for history, and button."""

    view: str
    title: str
    summary: str
    button: str = ""
    intro: str = ""


@blueprint.route("/commitments/<int:commitment_id>/edit", methods=["GET", "POST"])
@requires(COMMIT)
def edit_commitment(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    form = CommitmentForm(found)
    for each in (form.coalition_id, form.campaign_id, form.owner_user_id):
        keep_choice(each, getattr(found, each.name))
    if request.method == "GET":
        form.remember(found)
    summary = _("Changed the commitment “%(title)s”", title=found.title)
    step = Step("edit_commitment", _("Change the commitment"), summary)
    return _answer(found, form, step, lambda: services.change(found, form.values()), compare=True)


@blueprint.route("/commitments/<int:commitment_id>/keep", methods=["GET", "POST"])
@requires(COMMIT)
def keep_commitment(commitment_id: int) -> Response:
    """It was kept: when, and how we know, in one step."""
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    form = KeptForm(found)
    if request.method == "GET":
        form.kept_on.data = found.kept_on or today()
    summary = _("Kept: %(title)s", title=found.title)
    step = Step("keep_commitment", _("It was kept"), summary, _("Mark as kept"), found.title)
    evidence, link = form.evidence.data or "", form.evidence_url.data or ""
    return _answer(found, form, step, lambda: services.keep(found, form.kept_on.data, evidence, link))


@blueprint.route("/commitments/<int:commitment_id>/postpone", methods=["GET", "POST"])
@requires(COMMIT)
def postpone_commitment(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    form = PostponeForm(found)
    summary = _("A new date for “%(title)s”", title=found.title)
    step = Step("postpone_commitment", _("Agree on a new date"), summary, intro=found.title)
    return _answer(found, form, step, lambda: services.postpone(found, form.due_date.data))


@blueprint.route("/commitments/<int:commitment_id>/close", methods=["GET", "POST"])
@requires(COMMIT)
def close_commitment(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    form = CloseForm()
    summary = _("Closed the commitment “%(title)s”", title=found.title)
    step = Step("close_commitment", _("It will not happen"), summary, intro=found.title)
    return _answer(found, form, step, lambda: services.close(found, form.status.data, form.note.data or ""))


def _answer(
    found: Commitment, form: Any, step: Step, work: Callable[[], None], *, compare: bool = False
) -> Response:
    """The dialog of one step with a commitment, or its page again when the step is done."""
    commitment_id = found.id
    address = url_for("coalitions.commitment", commitment_id=commitment_id)
    if form.sent():
        action = "coalitions.commitment.edit"
        change = save(form, action, step.summary, lambda _c: work(), found if compare else None)
        if change is not None:
            say(_("The commitment is saved."), change)
            return htmx.go(address)
    here = url_for(f"coalitions.{step.view}", commitment_id=commitment_id)
    return dialog(step.title, form, here, address, intro=step.intro, save=step.button or _("Save"))


def _step(found: Commitment, summary: str, work: Any, said: str) -> Response:
    """One step without a form."""
    commitment_id = found.id
    with db.transaction(current_actor(), "coalitions.commitment.edit", summary) as change:
        work(found)
    say(said, change)
    return htmx.go(url_for("coalitions.commitment", commitment_id=commitment_id))


@blueprint.post("/commitments/<int:commitment_id>/reopen")
@requires(COMMIT)
def reopen_commitment(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    summary = _("Open again: %(title)s", title=found.title)
    said = _("The commitment is open again.")
    return _step(found, summary, lambda each: services.close(each, "open", ""), said)


@blueprint.post("/commitments/<int:commitment_id>/reminded")
@requires(COMMIT)
def reminded(commitment_id: int) -> Response:
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    summary = _("Reminded: %(title)s", title=found.title)
    return _step(found, summary, services.reminded, _("Noted that they were reminded today."))


@blueprint.post("/commitments/<int:commitment_id>/delete")
@requires(COMMIT)
def delete_commitment(commitment_id: int) -> Response:
    """For a commitment that was a mistake."""
    found: Commitment = load(Commitment, commitment_id, COMMIT)
    summary = _("Deleted the commitment “%(title)s”", title=found.title)
    with db.transaction(current_actor(), "coalitions.commitment.delete", summary) as change:
        services.delete(found)
    say(_("The commitment is deleted."), change)
    return htmx.go(url_for("coalitions.commitments"))
