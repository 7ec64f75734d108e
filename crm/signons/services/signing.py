"""What signers do: signing, confirming, withdrawing. Every function that writes runs inside a transaction and
holds the letter's row first."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from crm import db, public_pages
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import names
from crm.contacts import services as contacts
from crm.errors import Conflict, UserError
from crm.signons.models import Letter, Signature
from crm.signons.services.letters import TYPED, hold, is_open, text_of
from crm.signons.services.mailing import send_to_signer, tell_owner
from crm.signons.words import APPROVED, SPAM, UNCONFIRMED, WAITING, WITHDRAWN
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.text import clean_note, squash

LONGEST_LINE = 200
"""Characters of a name, a title or an address."""


_ADDRESS = re.compile(r"://|\bwww\.|@|\.[a-z]{2,}/", re.IGNORECASE)
"""What mail programs make links of; a bare name such as “change.org” may be an organization's."""


def cleaned(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What a signer typed, tidied, and what is wrong by field."""
    values = {name: squash((given.get(name) or "").replace("\x00", "")) for name in TYPED}
    wrong = {name: _("Please fill this in.") for name in TYPED if not values[name]}
    address, problem = clean_email(values["signer_email"])
    if problem or "@" not in address:
        wrong["signer_email"] = _("Please write an email address, such as ana@example.org.")
    values["signer_email"] = address or values["signer_email"]
    for name in TYPED:
        # Our mail quotes it to whatever address was typed, so it may not advertise anything.
        if name != "signer_email" and _ADDRESS.search(values[name]):
            wrong[name] = _("Please leave web addresses out.")
        if len(values[name]) > LONGEST_LINE:
            wrong[name] = _("At most %(most)s characters, please.", most=LONGEST_LINE)
    return values, wrong


def is_sent(key: str) -> bool:
    """Whether a page with this one-time key was sent before."""
    with system("a page that comes back twice is one signature"):
        found = select(Signature.id).where(Signature.submission_key == key)
        return db.session().scalar(found) is not None


def sign(
    letter: Letter, values: Mapping[str, Any], language: str, key: str, *, contact_id: int | None = None,
    robot: bool = False, mails: bool = True,
) -> None:  # fmt: skip
    """Keep a signature and mail the link that confirms it. One key signs once. Each time it is a signature of
    its own: whoever says that they sign for an organization changes nothing of what others sent for it. What
    a robot sent goes to the spam, and no mail goes out; nor does it without `mails`, when too much went to
    this address: staff can send the link later. `contact_id` is the organization that was invited."""
    hold(letter)
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if is_sent(key):
        return
    row = _row(letter, values, language, key, contact_id)
    if not robot:
        refuse_second(row)
    db.session().add(row)
    row.status = SPAM if robot else UNCONFIRMED
    db.session().flush()
    if mails and not robot:
        send_to_signer(row, letter, "confirm")


def _row(
    letter: Letter, values: Mapping[str, Any], language: str, key: str, contact_id: int | None = None
) -> Signature:
    row = Signature(
        letter_id=letter.id, text_id=text_of(letter.id).id, language=language, submission_key=key,
        name_key=names.organization_name_key(values["organization"]), logo_key=values.get("logo_key"),
        shows_logo=bool(values.get("shows_logo")), contact_id=contact_id,
        **{name: squash(values.get(name) or "") for name in TYPED},
    )  # fmt: skip
    if row.contact_id is None:
        found = contacts.find_organization(row.organization)
        row.contact_id = found.id if found is not None else None
    return row


def _same_organization(row: Signature) -> ColumnElement[bool]:
    """Signatures to the same text by the organization of this one: of its name, or the same contact."""
    alike = [Signature.name_key == row.name_key]
    if row.contact_id is not None:
        alike.append(Signature.contact_id == row.contact_id)
    return (Signature.text_id == row.text_id) & or_(*alike)


def refuse_second(row: Signature) -> None:
    """UserError when the organization's signature to this text stands already."""
    with system("one organization signs one text once"), db.session().no_autoflush:
        standing = select(Signature.id).where(_same_organization(row), Signature.status == APPROVED)
        if row.id is not None:
            standing = standing.where(Signature.id != row.id)
        if db.session().scalar(standing.limit(1)) is not None:
            raise UserError(_("“%(name)s” has signed this letter already.", name=row.organization))


def is_unasked(row: Signature) -> bool:
    """Whether a new text waits for the word of an organization that nobody can mail: staff ask it."""
    return row.status == UNCONFIRMED and not row.signer_email


def sign_for(letter: Letter, values: Mapping[str, Any], row: Signature | None = None) -> Signature:
    """Staff sign for an organization, and say how they know; `row` is the signature to the newest text that
    waits for that (`is_unasked`)."""
    hold(letter)
    if not squash(values.get("evidence") or ""):
        raise UserError(_("Say how you know that they sign: a letter, a vote, a message."))
    made = _row(letter, values, letter.language, secrets.token_urlsafe(16))
    if row is None:
        row = made
    else:
        db.session().refresh(row, with_for_update=True)
        if not is_unasked(row) or row.text_id != made.text_id:
            raise Conflict(_("Somebody else has seen to this signature. Look at it again."))
        for name in ("organization", "name_key", "signer_name", "signer_title", "contact_id"):
            setattr(row, name, getattr(made, name))
    refuse_second(row)
    row.evidence, row.status = clean_note(values["evidence"]), APPROVED
    row.confirmed_at = row.decided_at = db.now()
    db.session().add(row)
    become_contact(row)
    db.session().flush()
    return row


def become_contact(row: Signature) -> None:
    """An organization that signs is one of our contacts: the one of its name, or a new one."""
    if row.contact_id is None:
        system_actor = Actor.system()
        found = contacts.find_organization(row.organization)
        made = found or contacts.create({"kind": "organization", "name": row.organization}, system_actor)
        row.contact_id = made.id


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


def confirm(row: Signature, letter: Letter, seen: int = 0) -> None:
    """The signer's address is theirs: the signature waits for approval. Confirmed twice is once. Who signed
    before there was a new text signs that one, where it is the one that they have `seen`, by its id."""
    hold(letter)
    db.session().refresh(row, with_for_update=True)
    if row.status != UNCONFIRMED:
        return
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    newest = text_of(letter.id).id
    if row.text_id != newest and (seen != newest or newer(row) is not None):
        raise UserError(_("The letter has a newer text. Please read that one before you sign."))
    row.text_id = newest
    refuse_second(row)
    row.status, row.confirmed_at = WAITING, db.now()
    db.session().flush()
    tell_owner(row, letter)


def _own_names(row: Signature) -> ColumnElement[bool]:
    """Signatures to any text of the letter for the organization of this one."""
    alike = [Signature.name_key == row.name_key, Signature.id == row.id]
    if row.contact_id is not None:
        alike.append(Signature.contact_id == row.contact_id)
    return (Signature.letter_id == row.letter_id) & or_(*alike)


def standing(row: Signature) -> Sequence[Signature]:
    """What the same signer gave to any text of the letter for the same organization, and did not take back:
    the newest first. While one of the signer's stands approved, what staff signed for that organization is
    its word as well."""
    by_signer = func.lower(Signature.signer_email) == row.signer_email.lower()
    with system("a signer asks by their own link"):
        theirs = db.session().scalars(
            select(Signature).where(_own_names(row), by_signer)
        ).all()  # fmt: skip
        # What staff withdrew was perhaps no word of the organization's at all.
        known = any(each.status == APPROVED for each in theirs)
        by_staff = Signature.signer_email == ""
        found = select(Signature).where(
            _own_names(row), or_(by_signer, by_staff) if known else by_signer,
            Signature.status.in_((WAITING, APPROVED, UNCONFIRMED)),
        )  # fmt: skip
        newest = found.order_by(Signature.text_id.desc(), Signature.id.desc())
        return db.session().scalars(newest).all()


def newer(row: Signature) -> Signature | None:
    """What the same signer gave, or is asked to give, to a later text than that of this signature."""
    return next((each for each in standing(row) if each.text_id > row.text_id), None)


def published_by_others(row: Signature) -> bool:
    """Whether the organization stands below the newest text by somebody else's signature."""
    mine = {each.id for each in standing(row)} | {row.id}
    statement = select(Signature.id).where(
        _own_names(row), Signature.status == APPROVED, Signature.text_id == text_of(row.letter_id).id
    )
    with system("who signed an open letter is everybody's"):
        return bool(set(db.session().scalars(statement)) - mine)


def withdraw(row: Signature, letter: Letter) -> None:
    """The organization takes its word back: nothing that this signer gave for it to any text of the letter is
    published any longer, whichever of their links they found."""
    hold(letter)
    was_published = False
    for each in standing(row):
        db.session().refresh(each, with_for_update=True)
        if each.status in {WAITING, APPROVED, UNCONFIRMED}:
            was_published |= each.status == APPROVED
            each.status, each.withdrawn_at = WITHDRAWN, db.now()
    db.session().flush()
    if was_published:
        tell_owner(row, letter, withdrawn=True)
