"""Action alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.lists import ids_of_list, saved_lists
from crm.plugin_api.outside import address_of, addresses_of, send, signed
from crm.plugin_api.records import Coalition, ContactTag, DoNotContact, Email, Membership, Tag
from crm.plugin_api.words import clean_note, day_here, squash
from crm_policy.models import Alert

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
        ids = select(Membership.contact_id).where(
            Membership.coalition_id == int(number), Membership.status == "active"
        )
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
    return addresses_of(people, actor).plain


def write_alert(alert: Alert, values: Mapping[str, Any], actor: Actor) -> Alert:
    """A new alert, or one that was not sent yet, written anew. Inside a transaction."""
    if alert.sent_at is not None:
        raise UserError(_("This alert was sent already."))
    count = len(recipients(values["audience"], actor))
    if not count:
        raise UserError(_("Nobody of them has an address or wants mail. Choose others."))
    alert.subject, alert.body = squash(values["subject"]), clean_note(values["body"])
    alert.audience, alert.recipients = values["audience"], count
    alert.user_id = alert.user_id or actor.user_id
    db.session().add(alert)
    db.session().flush()
    return alert


def send_alert(alert: Alert, actor: Actor) -> int:
    """Put it into the outbox for everybody of its audience, once. Inside a transaction."""
    db.session().refresh(alert, with_for_update=True)
    if alert.sent_at is not None:
        raise UserError(_("This alert was sent already."))
    addresses = recipients(alert.audience, actor)
    keys = _keys_of(addresses)
    for address in addresses:
        out = address_of("policy.no_mail", token=signed([keys[address]], NO_MAIL)) if address in keys else ""
        foot = f"\n\n-- \n{_('No more mail from us: %(address)s', address=out)}" if out else ""
        send(address, alert.subject, f"{alert.body}{foot}\n", "policy_alert", unsubscribe=out or None)
    sent = {"sent_at": db.now(), "sent": len(addresses)}
    with system("what left cannot be called back: past the journal, so that no undo makes it unsent"):
        db.session().execute(update(Alert).where(Alert.id == alert.id).values(**sent))
        db.session().refresh(alert)
    return len(addresses)


def _keys_of(addresses: Sequence[str]) -> dict[str, int]:
    """An id for each address, which the link at the foot of its mail is signed for."""
    with system("whose way out a mail holds"):
        rows: list[Any] = []
        for start in range(0, len(addresses), 500):
            some = [each.lower() for each in addresses[start : start + 500]]
            statement = select(Email.address_key, Email.id).where(Email.address_key.in_(some))
            rows += db.session().execute(statement.order_by(Email.id.desc())).all()
    found = {row[0]: row[1] for row in rows}
    return {each: found[each.lower()] for each in addresses if each.lower() in found}


def refuse_mail(email_id: int) -> bool:
    """Whoever has this address gets no more mail from us; False when it is not here any more."""
    with system("somebody who refuses mail at the foot of one"):
        email = db.session().get(Email, email_id)
        if email is None:
            return False
        same = select(Email.contact_id).where(Email.address_key == email.address_key)
        settled = select(DoNotContact.contact_id).where(DoNotContact.channel.in_(("email", "all")))
        ids = db.session().scalars(same.where(Email.contact_id.not_in(settled)).distinct()).all()
    for each in ids:
        db.session().add(DoNotContact(contact_id=each, channel="email", since=day_here()))
    db.session().flush()
    return True
