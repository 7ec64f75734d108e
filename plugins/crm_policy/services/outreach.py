"""Action alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import InvalidRequestError

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.contacts import heir_of
from crm.plugin_api.lists import ids_of_list, saved_lists
from crm.plugin_api.outside import ASKED, address_of, addresses_of, end_mail_at, send, signed
from crm.plugin_api.records import Coalition, ContactTag, DoNotContact, Email, Membership, Tag
from crm.plugin_api.words import clean_note, day_here, squash
from crm_policy.models import Alert
from crm_policy.services.bills import track
from crm_policy.services.work.board import is_running

MOST = 2000
NO_MAIL = "policy.no_mail"
PEOPLE = "contacts"


def audiences(actor: Actor) -> list[tuple[str, str]]:
    """To whom an alert can go: a saved list, everybody with a tag, or the members of a coalition."""
    tags = db.session().execute(select(Tag.id, Tag.name).order_by(Tag.name_key).limit(300)).all()
    coalitions = visible(Coalition, actor).order_by(Coalition.sort_name).limit(300)
    rows = db.session().execute(coalitions.with_only_columns(Coalition.id, Coalition.name)).all()
    return [
        *((f"list:{each.id}", _("List “%(name)s”", name=each.name)) for each in saved_lists(PEOPLE, actor)),
        *((f"coalition:{row[0]}", _("Members of %(name)s", name=row[1])) for row in rows),
        *((f"tag:{row[0]}", _("Tagged “%(name)s”", name=row[1])) for row in tags),
    ]


def recipients(audience: str, actor: Actor) -> Sequence[str]:
    """The addresses of those whom the actor may see and who want mail. UserError for more than go at once."""
    return addresses_of(_people(audience, actor), actor).plain


def _people(audience: str, actor: Actor) -> list[int]:
    kind, _colon, number = audience.partition(":")
    if not number.isdecimal():
        raise UserError(_("Choose to whom it goes."))
    if kind == "list":
        found = ids_of_list(int(number), PEOPLE, actor)
        if found is None:
            raise UserError(_("This list is gone, or is not shared with you any more. Choose another."))
        ids = found
    elif kind == "tag":
        ids = select(ContactTag.contact_id).where(ContactTag.tag_id == int(number))
    else:
        ids = select(Membership.contact_id).where(Membership.coalition_id == int(number), is_running())
    statement = visible(Contact, actor).where(Contact.id.in_(ids)).with_only_columns(Contact.id)
    people = list(db.session().scalars(statement.limit(MOST + 1)))
    if len(people) > MOST:
        raise UserError(
            _(
                "More than %(most)s people are too many for one alert. Choose a smaller list, such as one "
                "for each region.",
                most=MOST,
            )
        )
    return people


def write_alert(alert: Alert, values: Mapping[str, Any], actor: Actor) -> Alert:
    """A new alert, or one that was not sent yet, written anew. Inside a transaction."""
    if alert.id:
        _hold(alert)
    count = len(recipients(values["audience"], actor))
    if not count:
        raise UserError(_("Nobody of them has an address or wants mail. Choose others."))
    alert.subject, alert.body = squash(values["subject"]), clean_note(values["body"])
    alert.audience, alert.recipients = values["audience"], count
    alert.user_id = alert.user_id or actor.user_id
    db.session().add(alert)
    track(alert.bill_id)
    db.session().flush()
    return alert


def remove_alert(alert: Alert) -> None:
    """One that was not sent; what left stays on the page of the bill. Inside a transaction."""
    _hold(alert)
    db.session().delete(alert)


def _hold(alert: Alert) -> None:
    """As it is now; nobody else sends, changes or removes it before this transaction ends. UserError where it
    left."""
    try:
        db.session().refresh(alert, with_for_update=True)
    except InvalidRequestError as error:
        raise UserError(_("Somebody removed this alert in the meantime. Write a new one.")) from error
    if alert.sent_at is not None:
        raise UserError(_("This alert was sent already."))


def send_alert(alert: Alert, actor: Actor) -> int:
    """Put it into the outbox for everybody of its audience, once. Inside a transaction."""
    _hold(alert)
    people = _people(alert.audience, actor)
    addresses, whose = addresses_of(people, actor).plain, _whose(people)
    for address in addresses:
        contact_id = whose[address]
        out = address_of("policy.no_mail", token=signed([contact_id, address], NO_MAIL))
        body = f"{alert.body}\n\n-- \n{_('No more mail from us: %(address)s', address=out)}\n"
        send(address, alert.subject, body, "policy_alert", contact_id=contact_id, unsubscribe=out)
    sent = {"sent_at": db.now(), "sent": len(addresses)}
    with system("what left cannot be called back: past the journal, so that no undo makes it unsent"):
        db.session().execute(update(Alert).where(Alert.id == alert.id).values(**sent))
        db.session().refresh(alert)
    return len(addresses)


def _whose(people: Sequence[int]) -> dict[str, int]:
    """One of these contacts for each address of theirs."""
    with system("for whom of the contacts an alert is"):
        theirs = select(Email.address_key, Email.contact_id).where(db.among(Email.contact_id, people))
        rows = db.session().execute(theirs.order_by(Email.contact_id.desc())).all()
    return {row[0]: row[1] for row in rows}


def refuse_mail(contact_id: int, address: str) -> None:
    """The contact to whom a mail went, and whoever has its address now, gets no more mail from us. Whether
    there is any such contact is nothing that a link tells."""
    key = address.strip().lower()
    with system("somebody who refuses mail at the foot of one"):
        end_mail_at([key], ASKED)
        shared = select(Email.contact_id).where(Email.address_key == key)
        settled = select(DoNotContact.contact_id).where(DoNotContact.channel.in_(("email", "all")))
        theirs = select(Contact.id).where(
            Contact.id.in_([contact_id, heir_of(contact_id) or contact_id]) | Contact.id.in_(shared),
            Contact.id.not_in(settled),
        )
        for each in db.session().scalars(theirs).all():
            db.session().add(DoNotContact(contact_id=each, channel="email", since=day_here()))
        db.session().flush()
