"""Letters, their versions, and what becomes of signatures. Every function runs inside a transaction."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select

from crm import db, public_pages
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.tokens import address_of
from crm.contacts import names
from crm.contacts import services as contacts
from crm.contacts.models import Contact, DoNotContact, Email
from crm.errors import Conflict, UserError
from crm.i18n import day_here
from crm.runtime import runtime
from crm.signons.models import Letter, LetterText, Signature, SignInvitation
from crm.signons.permissions import EDIT
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.text import squash

UNCONFIRMED, WAITING, APPROVED = "unconfirmed", "waiting", "approved"
REFUSED, WITHDRAWN = "refused", "withdrawn"


def save(letter: Letter | None, values: Mapping[str, Any], actor: Actor) -> Letter:
    """Write a letter, with its first text, or change what is around the text."""
    new = letter is None
    if letter is None:
        letter = Letter(public_key=secrets.token_urlsafe(9))
        db.session().add(letter)
    for name in ("title", "addressee", "language", "closes_on", "coalition_id", "campaign_id"):
        setattr(letter, name, values[name])
    letter.version, letter.updated_at = (letter.version or 0) + 1, db.now()
    db.session().flush()
    if new:
        db.session().add(LetterText(letter_id=letter.id, number=1, body=values["body"]))
    db.session().flush()
    theirs = visible(Letter, actor, EDIT).where(Letter.id == letter.id).with_only_columns(Letter.id)
    if db.session().execute(theirs).first() is None:
        raise NotAllowed(_("Choose a coalition or campaign that you look after. Nothing was changed."))
    return letter


def text_of(letter_id: int) -> LetterText:
    """The newest version of a letter's text."""
    statement = select(LetterText).where(LetterText.letter_id == letter_id).order_by(LetterText.number.desc())
    with system("the letter was loaded, or is everybody's"):
        return db.session().scalars(statement.limit(1)).one()


def is_open(letter: Letter) -> bool:
    return letter.status == "open" and (letter.closes_on is None or letter.closes_on >= day_here())


def publish(letter: Letter, body: str, changes: str) -> int:
    """A new version of the text. Who signed the earlier one is asked again, and told what changed; their
    signature stays one to the earlier text. Returns how many are asked."""
    last = text_of(letter.id)
    if body.strip() == last.body.strip():
        raise UserError(_("The text is the same as before, so there is no new version."))
    if not changes.strip():
        raise UserError(_("Say what changed, for those who signed the earlier text."))
    with system("the letter was loaded for this actor"):
        db.session().execute(select(Letter.id).where(Letter.id == letter.id).with_for_update())
        made = LetterText(letter_id=letter.id, number=last.number + 1, body=body, changes=changes)
        db.session().add(made)
        db.session().flush()
        asked = 0
        for old in (
            db.session()
            .scalars(select(Signature).where(Signature.text_id == last.id, Signature.status == APPROVED))
            .all()
        ):
            again = Signature(
                letter_id=letter.id, text_id=made.id, status=UNCONFIRMED,
                submission_key=secrets.token_urlsafe(16),
                **{name: getattr(old, name) for name in (
                    "contact_id", "organization", "name_key", "signer_name", "signer_title", "signer_email",
                    "logo_key", "shows_logo", "language",
                )},
            )  # fmt: skip
            db.session().add(again)
            db.session().flush()
            if again.signer_email:
                _mail(again, letter, "again", changes=changes)
                asked += 1
    return asked


def by_key(key: str) -> Letter | None:
    with system("somebody opens an open letter"):
        return db.session().scalars(select(Letter).where(Letter.public_key == key)).first()


def signed(letter: Letter) -> Sequence[Signature]:
    """The approved signatures to the newest text, by name: what is published."""
    with system("who signed an open letter is everybody's"):
        statement = select(Signature).where(
            Signature.text_id == text_of(letter.id).id, Signature.status == APPROVED
        )
        return db.session().scalars(statement.order_by(Signature.name_key, Signature.id)).all()


def cleaned(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What a signer typed, tidied, and what is wrong by field."""
    fields = ("organization", "signer_name", "signer_title", "signer_email")
    values = {name: squash((given.get(name) or "").replace("\x00", "")) for name in fields}
    wrong = {name: _("Please fill this in.") for name in fields if not values[name]}
    address, problem = clean_email(values["signer_email"])
    if problem or "@" not in address:
        wrong["signer_email"] = _("Please write an email address, such as ana@example.org.")
    values["signer_email"] = address or values["signer_email"]
    return values, wrong


def sign(letter: Letter, values: Mapping[str, Any], language: str, key: str) -> None:
    """Keep a signature and mail the link that confirms it. One key, and one organization, sign once."""
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if db.session().scalar(select(Signature.id).where(Signature.submission_key == key)) is not None:
        return
    row = _row(letter, values, language, key)
    _mail(row, letter, "confirm")


def _row(letter: Letter, values: Mapping[str, Any], language: str, key: str) -> Signature:
    name_key = names.organization_name_key(values["organization"])
    text = text_of(letter.id)
    same = select(Signature).where(Signature.text_id == text.id, Signature.name_key == name_key)
    row = db.session().scalars(same).first()
    if row is not None and row.status in {WAITING, APPROVED}:
        raise UserError(_("“%(name)s” has signed this letter already.", name=values["organization"]))
    if row is None:
        row = Signature(letter_id=letter.id, text_id=text.id, name_key=name_key)
        db.session().add(row)
    for name in ("organization", "signer_name", "signer_title", "signer_email", "logo_key", "shows_logo"):
        setattr(row, name, values.get(name) or getattr(row, name) or ("" if "logo" not in name else None))
    row.shows_logo = bool(values.get("shows_logo"))
    row.language, row.submission_key, row.status = language, key, UNCONFIRMED
    row.link_version = (row.link_version or 0) + 1
    found = contacts.find_organization(values["organization"])
    row.contact_id = found.id if found is not None else None
    db.session().flush()
    return row


def sign_for(letter: Letter, values: Mapping[str, Any]) -> Signature:
    """Staff sign for an organization, and say how they know."""
    if not squash(values.get("evidence") or ""):
        raise UserError(_("Say how you know that they sign: a letter, a vote, a message."))
    row = _row(letter, values, letter.language, secrets.token_urlsafe(16))
    row.evidence, row.status, row.confirmed_at, row.decided_at = (
        values["evidence"],
        APPROVED,
        db.now(),
        db.now(),
    )
    _become_contact(row)
    db.session().flush()
    return row


def token_of(row: Signature) -> str:
    return public_pages.sign("signature", row.id, row.link_version)


def of_token(token: str) -> tuple[Signature, Letter] | None:
    """The signature and letter of a link; None when it was altered, ended, or is gone."""
    told = public_pages.read("signature", token, None)
    if told is None or len(told) != 2:
        return None
    with system("a signer opens their link"):
        row = db.session().get(Signature, told[0])
        if row is None or row.link_version != told[1]:
            return None
        return row, db.session().get_one(Letter, row.letter_id)


def confirm(row: Signature, letter: Letter) -> None:
    """The signer's address is theirs: the signature waits for approval."""
    db.session().refresh(row, with_for_update=True)
    if row.status != UNCONFIRMED:
        return
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if row.text_id != text_of(letter.id).id:
        raise UserError(_("The letter has a newer text. Please open it and sign that one."))
    row.status, row.confirmed_at = WAITING, db.now()
    db.session().flush()


def withdraw(row: Signature) -> None:
    """The organization takes its signature back: it is published no longer."""
    db.session().refresh(row, with_for_update=True)
    if row.status in {WAITING, APPROVED, UNCONFIRMED}:
        row.status, row.withdrawn_at = WITHDRAWN, db.now()
        db.session().flush()


def decide(row: Signature, letter: Letter, what: str) -> None:
    """Approve a confirmed signature, refuse one, or withdraw it for the signer."""
    with system("the signature was loaded for this actor"):
        db.session().refresh(row, with_for_update=True)
        if what == APPROVED and row.status in {WAITING, REFUSED}:
            row.status, row.decided_at = APPROVED, db.now()
            _become_contact(row)
            if row.signer_email:
                _mail(row, letter, "approved")
        elif what == REFUSED and row.status == WAITING:
            row.status, row.decided_at = REFUSED, db.now()
        elif what == WITHDRAWN:
            row.status, row.withdrawn_at = WITHDRAWN, db.now()
        else:
            raise Conflict(_("This signature changed meanwhile. Reload the page to see its state."))
        db.session().flush()


def _become_contact(row: Signature) -> None:
    """An organization that signs is one of our contacts: the one of its name, or a new one."""
    if row.contact_id is None:
        system_actor = Actor.system()
        found = contacts.find_organization(row.organization)
        made = found or contacts.create({"kind": "organization", "name": row.organization}, system_actor)
        row.contact_id = made.id


def invite(letter: Letter, contact_ids: Sequence[int]) -> tuple[int, list[str]]:
    """Ask organizations to sign, by their main address. Returns how many, and the names of those without an
    address or who asked not to be mailed."""
    sent, unmailed = 0, []
    with system("the organizations were chosen by this actor"):
        known = set(db.session().scalars(
            select(SignInvitation.contact_id).where(SignInvitation.letter_id == letter.id)))  # fmt: skip
        for contact in db.session().scalars(select(Contact).where(db.among(Contact.id, contact_ids))).all():
            if contact.id in known:
                continue
            address = _address(contact.id)
            if address is None:
                unmailed.append(contact.name)
                continue
            row = SignInvitation(letter_id=letter.id, contact_id=contact.id, email=address)
            db.session().add(row)
            db.session().flush()
            _invite_mail(letter, row)
            sent += 1
    return sent, unmailed


def _address(contact_id: int) -> str | None:
    refused = select(DoNotContact.id).where(
        DoNotContact.contact_id == contact_id, DoNotContact.channel.in_(("email", "all"))
    )
    if db.session().scalar(refused) is not None:
        return None
    statement = select(Email.address).where(Email.contact_id == contact_id).order_by(Email.is_primary.desc())
    return db.session().scalar(statement.limit(1))


def unanswered(letter: Letter) -> Sequence[Any]:
    """Invitations of organizations that have not signed the newest text, with the name."""
    answered = select(Signature.contact_id).where(
        Signature.text_id == text_of(letter.id).id, Signature.status.in_((WAITING, APPROVED, WITHDRAWN)),
        Signature.contact_id.is_not(None),
    )  # fmt: skip
    statement = (
        select(SignInvitation, Contact.name)
        .join(Contact, Contact.id == SignInvitation.contact_id)
        .where(SignInvitation.letter_id == letter.id, SignInvitation.contact_id.not_in(answered))
        .order_by(Contact.sort_name)
    )
    with system("the letter was loaded for this actor"):
        return db.session().execute(statement).all()


def remind(letter: Letter) -> int:
    """Remind whoever was invited and has not answered."""
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    found = unanswered(letter)
    with system("the letter was loaded for this actor"):
        for row, _name in found:
            row.reminded_at = db.now()
            _invite_mail(letter, row)
        db.session().flush()
    return len(found)


def _invite_mail(letter: Letter, row: SignInvitation) -> None:
    _send(letter.language, row.email, "invite", letter,
          link=address_of("signons.read", key=letter.public_key), contact_id=row.contact_id)  # fmt: skip


def _mail(row: Signature, letter: Letter, what: str, **values: Any) -> None:
    link = address_of("signons.signature", token=token_of(row))
    _send(row.language, row.signer_email, what, letter, link=link, organization=row.organization, **values)


def _send(
    language: str, to: str, what: str, letter: Letter, contact_id: int | None = None, **values: Any
) -> None:
    with force_locale(language):
        text = render_template("signons/mail/message.txt", what=what, letter=letter,
                               site=runtime().config.organization_name, **values)  # fmt: skip
    subject, _blank, body = text.strip().partition("\n")
    mail.send(to, subject, body.strip() + "\n", "sign_on", contact_id=contact_id)


MODELS: tuple[Any, ...] = (Signature, SignInvitation)


def merge(survivor: Contact, loser: Contact) -> None:
    """Signatures and invitations become the survivor's; one letter invites an organization once."""
    with system("a merge moves every row of both"):
        for row in db.session().scalars(select(Signature).where(Signature.contact_id == loser.id)).all():
            row.contact_id = survivor.id
        invited = set(db.session().scalars(
            select(SignInvitation.letter_id).where(SignInvitation.contact_id == survivor.id)))  # fmt: skip
        theirs = select(SignInvitation).where(SignInvitation.contact_id == loser.id)
        for asked in db.session().scalars(theirs).all():
            if asked.letter_id in invited:
                db.session().delete(asked)
            else:
                asked.contact_id = survivor.id
        db.session().flush()


def let_go(ids: Iterable[int]) -> None:
    """Contacts are deleted: what was signed stays signed, invitations go."""
    change, ids = db.current_change(), list(ids)
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model in MODELS:
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(db.among(table.c.contact_id, ids))).scalars()
            if model is Signature:
                change.update(table, rows, {"contact_id": None})
            else:
                change.delete(table, rows)


def erase(contact: Contact) -> None:
    """Somebody is forgotten: their signatures, by their address too, go with their history."""
    from crm.journal.recorder import ENTRIES

    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        db.session().flush()
        change.flush_created()
        addresses = select(Email.address).where(Email.contact_id == contact.id)
        for model, column in ((Signature, "signer_email"), (SignInvitation, "email")):
            table = db.table(model)
            theirs = (table.c.contact_id == contact.id) | table.c[column].in_(addresses)
            rows = list(db.session().execute(select(table.c.id).where(theirs)).scalars())
            history = (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, rows)
            db.session().execute(delete(ENTRIES).where(history))
            db.session().execute(delete(table).where(db.among(table.c.id, rows)))
