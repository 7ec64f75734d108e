"""Action alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.lists import ids_of_list, saved_lists
from crm.plugin_api.outside import addresses_of, send
from crm.plugin_api.records import Coalition, ContactTag, Membership, Tag
from crm.plugin_api.words import clean_note, squash
from crm_policy.models import Alert

MOST = 2000
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
    """The addresses of those whom the actor may see and who want mail."""
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
    statement = visible(Contact, actor).where(Contact.id.in_(ids)).with_only_columns(Contact.id).limit(MOST)
    return addresses_of(list(db.session().scalars(statement)), actor).plain


def write_alert(bill_id: int, values: Mapping[str, Any], actor: Actor) -> Alert:
    found = Alert(
        bill_id=bill_id,
        subject=squash(values["subject"]),
        body=clean_note(values["body"]),
        audience=values["audience"],
        user_id=actor.user_id,
        recipients=len(recipients(values["audience"], actor)),
    )
    if not found.recipients:
        raise UserError(_("Nobody of them has an address or wants mail. Choose others."))
    db.session().add(found)
    db.session().flush()
    return found


def send_alert(alert: Alert, actor: Actor) -> int:
    """Put it into the outbox for everybody of its audience, once. Inside a transaction."""
    db.session().refresh(alert, with_for_update=True)
    if alert.sent_at is not None:
        raise UserError(_("This alert was sent already."))
    addresses = recipients(alert.audience, actor)
    for address in addresses:
        send(address, alert.subject, alert.body + "\n", "policy_alert")
    sent = {"sent_at": db.now(), "sent": len(addresses)}
    with system("what left cannot be called back: past the journal, so that no undo makes it unsent"):
        db.session().execute(update(Alert).where(Alert.id == alert.id).values(**sent))
        db.session().refresh(alert)
    return len(addresses)
