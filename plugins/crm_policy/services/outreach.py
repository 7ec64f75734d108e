"""Sign-on letters and action alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select, update

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import address_of, addresses_of, read_signed, send, signed
from crm.plugin_api.records import Coalition, ContactTag, Membership, Tag
from crm.plugin_api.words import clean_note, day_here, fold, organization_name_key, squash
from crm_policy.models import Alert, Letter, Signature

PURPOSE = "policy letter"
MOST = 2000


def link(letter: Letter) -> str:
    return address_of("policy.sign", token=signed([letter.id, letter.link_version], PURPOSE))


def letter_of(token: str) -> Letter | None:
    """The letter of a link; None for a link that is not ours or was ended."""
    found = read_signed(token, PURPOSE)
    if not found or len(found) != 2:
        return None
    with system("somebody with the link of a letter"):
        letter = db.session().get(Letter, int(found[0]))
    return letter if letter is not None and letter.link_version == found[1] else None


def is_open(letter: Letter) -> bool:
    return letter.closed_at is None and (letter.deadline is None or letter.deadline >= day_here())


def sign(letter: Letter, values: Mapping[str, Any], *, checked: bool) -> Signature:
    """An organization signs; once, whoever of it fills the form in. One that came by the link waits for a
    look."""
    if not is_open(letter):
        raise UserError(_("This letter is closed. Who signed it stays as it is."))
    name, email = squash(values["organization"]), squash(values["email"] or "")
    if "@" not in email and not checked:
        raise UserError(_("“%(text)s” is not an email address.", text=email))
    key = fold(name)[:200]
    with system("an organization signs once"):
        db.session().execute(select(Letter.id).where(Letter.id == letter.id).with_for_update())
        # One that waits under another address may be anybody's; it must not keep the organization away.
        same = select(Signature.id).where(
            Signature.letter_id == letter.id,
            Signature.organization_key == key,
            or_(Signature.checked.is_(True), func.lower(Signature.email) == email.lower()),
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("%(name)s has signed already. Thank you!", name=name))
        contact = select(Contact.id).where(
            Contact.kind == "organization", Contact.name_key == organization_name_key(name)
        )
        ids = db.session().scalars(contact.limit(2)).all()
    found = Signature(
        letter_id=letter.id,
        organization=name,
        organization_key=key,
        signer=squash(values["signer"] or ""),
        signer_title=squash(values["signer_title"] or ""),
        email=email,
        logo_allowed=bool(values["logo_allowed"]),
        checked=checked,
        contact_id=ids[0] if len(ids) == 1 else None,
    )
    db.session().add(found)
    db.session().flush()
    return found


def write_letter(letter: Letter, values: Mapping[str, Any]) -> None:
    """What a letter says and until when it can be signed; UserError when its words change after somebody
    signed them."""
    told = (
        squash(values["title"] or ""),
        squash(values["addressee"] or ""),
        clean_note(values["body"] or ""),
    )
    kept: int | None = letter.id  # None before it is first written.
    if kept is not None and told != (letter.title, letter.addressee, letter.body):
        with system("whether anybody signed a letter"):
            signed = select(Signature.id).where(Signature.letter_id == letter.id).limit(1)
            if db.session().scalars(signed).first() is not None:
                raise UserError(
                    _("Organizations signed these words, so they stay. Write another letter instead.")
                )
    letter.title, letter.addressee, letter.body = told
    letter.deadline = values["deadline"]
    db.session().add(letter)
    db.session().flush()


def keep_signature(signature: Signature) -> None:
    """A signature that came by the link counts from now on; UserError where its organization has one."""
    with system("an organization signs once"):
        same = select(Signature.id).where(
            Signature.letter_id == signature.letter_id,
            Signature.organization_key == signature.organization_key,
            Signature.checked.is_(True),
            Signature.id != signature.id,
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("%(name)s stands under the letter already.", name=signature.organization))
    signature.checked = True


def close(letter: Letter) -> None:
    letter.closed_at = db.now()
    letter.link_version += 1
    db.session().flush()


# Alerts.


def audiences(actor: Actor) -> list[tuple[str, str]]:
    """To whom an alert can go: everybody with a tag, or the members of a coalition."""
    tags = db.session().execute(select(Tag.id, Tag.name).order_by(Tag.name_key).limit(300)).all()
    coalitions = visible(Coalition, actor).order_by(Coalition.sort_name).limit(300)
    rows = db.session().execute(coalitions.with_only_columns(Coalition.id, Coalition.name)).all()
    return [
        *((f"coalition:{row[0]}", _("Members of %(name)s", name=row[1])) for row in rows),
        *((f"tag:{row[0]}", _("Tagged “%(name)s”", name=row[1])) for row in tags),
    ]


def recipients(audience: str, actor: Actor) -> Sequence[str]:
    """The addresses of those whom the actor may see and who want mail."""
    kind, _colon, number = audience.partition(":")
    if not number.isdecimal():
        raise UserError(_("Choose to whom it goes."))
    if kind == "tag":
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
