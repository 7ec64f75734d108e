"""Messages, spokespeople and their interviews."""

from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Contact,
    current_actor,
    db,
    load,
    render,
    requires,
    show_list,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day, day_here
from crm_media import words
from crm_media.forms.common import values_of
from crm_media.forms.messages import BookingForm, MessageForm, NewSpokespersonForm, SpokespersonForm
from crm_media.models import Booking, Message, Spokesperson
from crm_media.permissions import EDIT, VIEW
from crm_media.services import messages
from crm_media.starters import STARTERS
from crm_media.views.blueprint import blueprint, do, save


@blueprint.get("/messages")
@requires(VIEW)
def all_messages() -> Response:
    """Every message with its wording and who speaks to it."""
    actor = current_actor()
    return render(
        "media/messages.html",
        None,
        messages=messages.messages(actor),
        speakers=messages.speakers_by_message(actor),
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.get("/messages/<int:message_id>")
@requires(VIEW)
def message(message_id: int) -> Response:
    actor = current_actor()
    return render(
        "media/message.html",
        None,
        message=load(Message, message_id),
        speakers=messages.speakers_by_message(actor).get(message_id, []),
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.route("/messages/new", methods=["GET", "POST"], defaults={"message_id": None})
@blueprint.route("/messages/<int:message_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_message(message_id: int | None) -> Response:
    found: Message = load(Message, message_id, EDIT) if message_id is not None else Message(active=True)
    speakers = messages.speaks_to(message_id, current_actor()) if message_id is not None else []
    form = MessageForm(found, speakers=speakers)
    hidden = _unseen(messages.all_speakers(message_id), speakers) if message_id is not None else []

    def write(change: Any) -> None:
        values = values_of(form)
        chosen = values.pop("speakers")
        messages.save_message(found, values, [*chosen, *hidden], change)

    back = (
        url_for("media.message", message_id=message_id)
        if message_id is not None
        else url_for("media.all_messages")
    )
    sentence = _("Saved the message “%(name)s”", name=form.name.data or "")
    title = found.name or _("New message")
    return save(form, write, "media.message", sentence, back, title, wide=True)


def _unseen(all_of_them: list[int], seen: list[int]) -> list[int]:
    """Who stands there for others only: saving leaves them as they are."""
    return [each for each in all_of_them if each not in set(seen)]


@blueprint.post("/messages/<int:message_id>/remove")
@requires(EDIT)
def remove_message(message_id: int) -> Response:
    found: Message = load(Message, message_id, EDIT)
    sentence = _("Removed the message “%(name)s”", name=found.name)
    back = url_for("media.all_messages")
    return do(lambda change: messages.remove_message(found, change), "media.message", sentence, back)


@blueprint.post("/messages/begin")
@requires(EDIT)
def begin_messages() -> Response:
    """Put the messages there that most coalitions begin with; those whose name is taken stay as they are."""

    def write(change: Any) -> None:
        taken = {each.name for each in messages.messages(current_actor())}
        for values in STARTERS:
            if values["name"] not in taken:
                messages.save_message(Message(active=True), values, (), change)

    sentence = _("Added messages to begin with; make them yours")
    return do(write, "media.message", sentence, url_for("media.all_messages"))


@blueprint.get("/spokespeople")
@requires(VIEW)
def spokespeople() -> Response:
    return show_list("media_spokesperson", "media/spokespeople.html")


@blueprint.get("/spokespeople/<int:spokesperson_id>")
@requires(VIEW)
def spokesperson(spokesperson_id: int) -> Response:
    row: Spokesperson = load(Spokesperson, spokesperson_id)
    actor = current_actor()
    load_now = messages.loads([row.id])[row.id]
    carried = set(messages.carried_by(row.id))
    return render(
        "media/spokesperson.html",
        None,
        person=load(Contact, row.contact_id),
        row=row,
        load=load_now,
        free=messages.is_free(row, load_now, day_here()),
        bookings=messages.bookings(row.id, actor),
        messages=[each for each in messages.messages(actor) if each.id in carried],
        words=words,
        today=day_here(),
        can_edit=actor.can(EDIT),
    )


@blueprint.route("/spokespeople/new", methods=["GET", "POST"])
@requires(EDIT)
def new_spokesperson() -> Response:
    form = NewSpokespersonForm()
    row = Spokesperson()

    def write(change: Any) -> None:
        values = values_of(form)
        row.contact_id = load(Contact, values.pop("contact_id")).id
        messages.save_spokesperson(row, values, values.pop("about"), change)

    return save(
        form, write, "media.spokesperson", _("Somebody speaks for us now"),
        lambda: url_for("media.spokesperson", spokesperson_id=row.id), _("New spokesperson"),
        label=_("Add"), cancel=url_for("media.spokespeople"),
    )  # fmt: skip


@blueprint.route("/spokespeople/<int:spokesperson_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_spokesperson(spokesperson_id: int) -> Response:
    row: Spokesperson = load(Spokesperson, spokesperson_id, EDIT)
    person: Contact = load(Contact, row.contact_id)
    form = SpokespersonForm(row, about=messages.carried_by(row.id))

    def write(change: Any) -> None:
        values = values_of(form)
        messages.save_spokesperson(row, values, values.pop("about"), change)

    sentence = _("Changed how %(name)s speaks for us", name=person.name)
    back = url_for("media.spokesperson", spokesperson_id=row.id)
    return save(form, write, "media.spokesperson", sentence, back, person.name)


@blueprint.post("/spokespeople/<int:spokesperson_id>/remove")
@requires(EDIT)
def remove_spokesperson(spokesperson_id: int) -> Response:
    row: Spokesperson = load(Spokesperson, spokesperson_id, EDIT)
    sentence = _("%(name)s speaks for us no more", name=load(Contact, row.contact_id).name)
    return do(
        lambda change: messages.remove_spokespeople([row.id], change),
        "media.spokesperson",
        sentence,
        url_for("media.spokespeople"),
    )


@blueprint.route(
    "/spokespeople/<int:spokesperson_id>/bookings/new", methods=["GET", "POST"], defaults={"booking_id": None}
)
@blueprint.route("/spokespeople/<int:spokesperson_id>/bookings/<int:booking_id>", methods=["GET", "POST"])
@requires(EDIT)
def booking(spokesperson_id: int, booking_id: int | None) -> Response:
    """An interview: asked for, agreed, done. Whoever has enough to do is still booked, but it is said."""
    row: Spokesperson = load(Spokesperson, spokesperson_id, EDIT)
    person: Contact = load(Contact, row.contact_id)
    found: Booking = (
        load(Booking, booking_id, EDIT) if booking_id is not None else Booking(spokesperson_id=row.id)
    )
    if found.spokesperson_id != row.id:
        abort(404)
    form = BookingForm(found, standing=found.status or "asked")
    load_now = messages.loads([row.id])[row.id]

    def write(_change: Any) -> None:
        messages.fill(found, values_of(form))
        db.session().add(found)
        db.session().flush()

    return save(
        form, write, "media.booking", _("An interview of %(name)s", name=person.name),
        url_for("media.spokesperson", spokesperson_id=row.id), _("Interview of %(name)s", name=person.name),
        warnings=_why_not(row, load_now) if booking_id is None else (),
    )  # fmt: skip


def _why_not(row: Spokesperson, load_now: messages.Load) -> list[str]:
    said = []
    if load_now.full:
        said.append(
            _(
                "They have %(count)s of %(most)s interviews a month.",
                count=load_now.count,
                most=load_now.at_most,
            )
        )
    if row.available == "no":
        said.append(_("They do not speak at present."))
    if row.available == "ask":
        said.append(_("They want to be asked first."))
    if row.away_until is not None and row.away_until >= day_here():
        said.append(_("They are away until %(day)s.", day=day(row.away_until)))
    return said


@blueprint.post("/spokespeople/<int:spokesperson_id>/bookings/<int:booking_id>/remove")
@requires(EDIT)
def remove_booking(spokesperson_id: int, booking_id: int) -> Response:
    found: Booking = load(Booking, booking_id, EDIT)
    if found.spokesperson_id != load(Spokesperson, spokesperson_id, EDIT).id:
        abort(404)

    def write(_change: Any) -> None:
        with system("a booking that was loaded for the actor"):
            db.session().delete(found)
            db.session().flush()

    back = url_for("media.spokesperson", spokesperson_id=spokesperson_id)
    return do(write, "media.booking", _("Removed the interview “%(name)s”", name=found.title), back)


@blueprint.get("/spokespeople/of/<int:contact_id>")
@requires(VIEW)
def speaker_panel(contact_id: int) -> Response:
    """How somebody speaks for us, on their page."""
    person: Contact = load(Contact, contact_id)
    own = visible(Spokesperson, current_actor()).where(Spokesperson.contact_id == person.id)
    row = db.session().scalars(own).first()
    if row is None:
        abort(404)
    load_now = messages.loads([row.id])[row.id]
    return render(
        "media/speaker_panel.html",
        "media/_speaker_panel.html",
        person=person,
        row=row,
        load=load_now,
        free=messages.is_free(row, load_now, day_here()),
        words=words,
        today=day_here(),
    )
