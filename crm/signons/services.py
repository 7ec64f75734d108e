"""Letters, their versions, and what becomes of signatures. Every function that writes runs inside a
transaction; those that look at what others did and then write hold the letter's row first."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from crm import db, public_pages
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.models import User
from crm.accounts.tokens import address_of
from crm.contacts import names
from crm.contacts import services as contacts
from crm.errors import Conflict, UserError
from crm.i18n import day_here
from crm.runtime import runtime
from crm.signons.models import Letter, LetterText, Signature
from crm.signons.permissions import EDIT
from crm.signons.words import (
    APPROVED,
    REFUSED,
    SIGNATURE_STATUSES,
    SPAM,
    UNCONFIRMED,
    WAITING,
    WITHDRAWN,
)
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.text import clean_note, squash

FIELDS = ("title", "addressee", "language", "closes_on", "coalition_id", "campaign_id", "owner_user_id")
TYPED = ("organization", "signer_name", "signer_title", "signer_email")
LONGEST_LINE = 200
"""Characters of a name, a title or an address."""
STEPS: Mapping[str, frozenset[str]] = {
    APPROVED: frozenset({WAITING, REFUSED}),
    REFUSED: frozenset({WAITING}),
    WITHDRAWN: frozenset({WAITING, APPROVED}),
    SPAM: frozenset({UNCONFIRMED, WAITING, REFUSED}),
    UNCONFIRMED: frozenset({SPAM}),
}
"""What staff may make of a signature, and out of which states."""


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the letter meanwhile: the values that it has now, where they differ from what
    was about to be saved, and the version to save over."""

    present: Mapping[str, Any]
    version: int


def create(values: Mapping[str, Any], actor: Actor) -> Letter:
    """Write a letter with its first text."""
    letter = Letter(public_key=secrets.token_urlsafe(9))
    _apply(letter, values)
    db.session().add(letter)
    db.session().flush()
    db.session().add(LetterText(letter_id=letter.id, number=1, body=clean_note(values["body"])))
    db.session().flush()
    _refuse_out_of_reach(letter, actor)
    return letter


def edit(letter: Letter, values: Mapping[str, Any], seen: int, actor: Actor) -> Clash | None:
    """Change what is around the text, unless the letter is no longer the version that was seen; then nothing
    is written."""
    hold(letter)
    cleaned = {**values, "title": squash(values["title"]), "addressee": squash(values.get("addressee") or "")}
    present = {name: getattr(letter, name) for name in FIELDS if getattr(letter, name) != cleaned.get(name)}
    if not present:
        return None
    if letter.version != seen:
        return Clash(present, letter.version)
    _apply(letter, cleaned)
    touch(letter)
    db.session().flush()
    _refuse_out_of_reach(letter, actor)
    return None


def _apply(letter: Letter, values: Mapping[str, Any]) -> None:
    if not squash(values["title"] or ""):
        raise UserError(_("Give the letter a title."))
    for name in FIELDS:
        setattr(letter, name, values.get(name))
    letter.title, letter.addressee = squash(values["title"]), squash(values.get("addressee") or "")


def touch(letter: Letter) -> None:
    """Say that the letter changed."""
    letter.version += 1
    letter.updated_at = db.now()


def hold(letter: Letter) -> None:
    """Read a letter again and keep others from changing it, its texts and what stands below them."""
    with system("the letter was loaded for this actor, or is everybody's"):
        db.session().refresh(letter, with_for_update=True)


def _refuse_out_of_reach(letter: Letter, actor: Actor) -> None:
    theirs = visible(Letter, actor, EDIT).where(Letter.id == letter.id).with_only_columns(Letter.id)
    if db.session().execute(theirs).first() is None:
        raise NotAllowed(_("Choose a coalition or campaign that you look after. Nothing was changed."))


def set_status(letter: Letter, status: str) -> bool:
    """Open or close a letter; False when it is so already. Pressed twice is once."""
    hold(letter)
    if letter.status == status:
        return False
    letter.status = status
    touch(letter)
    db.session().flush()
    return True


def text_of(letter_id: int) -> LetterText:
    """The newest version of a letter's text."""
    statement = select(LetterText).where(LetterText.letter_id == letter_id).order_by(LetterText.number.desc())
    with system("the letter was loaded, or is everybody's"):
        return db.session().scalars(statement.limit(1)).one()


def is_open(letter: Letter) -> bool:
    return letter.status == "open" and (letter.closes_on is None or letter.closes_on >= day_here())


def publish(letter: Letter, body: str, changes: str, seen: int) -> int:
    """A new version of the text. Who signed the earlier one is asked again, and told what changed; their
    signature stays one to the earlier text. `seen` is the number of the text that was written over; Conflict
    when there is a newer one. Returns how many are asked."""
    hold(letter)
    last, body, changes = text_of(letter.id), clean_note(body), clean_note(changes)
    if last.number != seen:
        raise Conflict(_("Somebody else published a new text while you were writing. Below is yours."))
    if body == last.body.strip():
        raise UserError(_("The text is the same as before, so there is no new version."))
    if not changes:
        raise UserError(_("Say what changed, for those who signed the earlier text."))
    with system("the letter was loaded for this actor"):
        made = LetterText(letter_id=letter.id, number=last.number + 1, body=body, changes=changes)
        db.session().add(made)
        db.session().flush()
        earlier = select(Signature).where(
            Signature.text_id == last.id, Signature.status.in_((APPROVED, WAITING))
        )
        return sum(_ask_again(old, made, letter) for old in db.session().scalars(earlier).all())


def _ask_again(old: Signature, made: LetterText, letter: Letter) -> int:
    again = Signature(
        letter_id=letter.id, text_id=made.id, status=UNCONFIRMED, submission_key=secrets.token_urlsafe(16),
        **{name: getattr(old, name) for name in (
            *TYPED, "contact_id", "name_key", "logo_key", "shows_logo", "language")},
    )  # fmt: skip
    db.session().add(again)
    db.session().flush()
    if not again.signer_email:
        return 0
    _mail(again, letter, "again", changes=made.changes)
    return 1


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


_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


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
    robot: bool = False,
) -> None:  # fmt: skip
    """Keep a signature and mail the link that confirms it. One key signs once. Each time it is a signature of
    its own: whoever says that they sign for an organization changes nothing of what others sent for it. What
    a robot sent goes to the spam, and no mail goes out. `contact_id` is the organization that was invited."""
    hold(letter)
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if is_sent(key):
        return
    row = _row(letter, values, language, key, contact_id)
    if not robot:
        _refuse_second(row)
    db.session().add(row)
    row.status = SPAM if robot else UNCONFIRMED
    db.session().flush()
    if not robot:
        _mail(row, letter, "confirm")


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


def _refuse_second(row: Signature) -> None:
    """UserError when the organization's signature to this text stands already."""
    with system("one organization signs one text once"), db.session().no_autoflush:
        standing = select(Signature.id).where(_same_organization(row), Signature.status == APPROVED)
        if row.id is not None:
            standing = standing.where(Signature.id != row.id)
        if db.session().scalar(standing.limit(1)) is not None:
            raise UserError(_("“%(name)s” has signed this letter already.", name=row.organization))


def sign_for(letter: Letter, values: Mapping[str, Any]) -> Signature:
    """Staff sign for an organization, and say how they know."""
    hold(letter)
    if not squash(values.get("evidence") or ""):
        raise UserError(_("Say how you know that they sign: a letter, a vote, a message."))
    row = _row(letter, values, letter.language, secrets.token_urlsafe(16))
    _refuse_second(row)
    row.evidence, row.status = clean_note(values["evidence"]), APPROVED
    row.confirmed_at = row.decided_at = db.now()
    db.session().add(row)
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
    """The signer's address is theirs: the signature waits for approval. Confirmed twice is once."""
    hold(letter)
    db.session().refresh(row, with_for_update=True)
    if row.status != UNCONFIRMED:
        return
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if row.text_id != text_of(letter.id).id:
        raise UserError(_("The letter has a newer text. Please open it and sign that one."))
    _refuse_second(row)
    row.status, row.confirmed_at = WAITING, db.now()
    db.session().flush()
    _tell_owner(row, letter)


def _tell_owner(row: Signature, letter: Letter) -> None:
    user = letter.owner_user_id and db.session().get(User, letter.owner_user_id)
    if not user or not user.active:
        return
    link = address_of("signons.show", letter_id=letter.id)
    with force_locale(user.language or "en"):
        subject = _("A signature waits: %(organization)s", organization=row.organization)
        mail.send(user.email, subject, f"{letter.title}\n{link}\n", "sign_on_notice")


def withdraw(row: Signature, letter: Letter) -> None:
    """The organization takes its signature back: it is published no longer."""
    hold(letter)
    db.session().refresh(row, with_for_update=True)
    if row.status in {WAITING, APPROVED, UNCONFIRMED}:
        row.status, row.withdrawn_at = WITHDRAWN, db.now()
        db.session().flush()


def decide(row: Signature, letter: Letter, what: str) -> None:
    """Approve a confirmed signature, refuse one, withdraw it for the signer, call it spam, or take it out of
    the spam (`unconfirmed`): then its signer is asked to confirm, unless they did. Conflict for any step that
    does not lead on from where the signature is."""
    if what not in STEPS:
        raise UserError(_("Choose what to do with the signature."))
    hold(letter)
    with system("the signature was loaded for this actor"):
        db.session().refresh(row, with_for_update=True)
        if row.status not in STEPS[what]:
            state = SIGNATURE_STATUSES[row.status]
            raise Conflict(
                _(
                    "The signature of “%(name)s” is now: %(state)s. Nothing was changed; look at it again.",
                    name=row.organization, state=state,
                )
            )  # fmt: skip
        _take_step(row, letter, what)
        db.session().flush()


def _take_step(row: Signature, letter: Letter, what: str) -> None:
    if what == APPROVED:
        _refuse_second(row)
        row.status, row.decided_at = APPROVED, db.now()
        _become_contact(row)
        if row.signer_email:
            _mail(row, letter, "approved")
    elif what == UNCONFIRMED:
        row.status, row.decided_at = (WAITING if row.confirmed_at else UNCONFIRMED), None
        if row.status == UNCONFIRMED:
            _mail(row, letter, "confirm")
    elif what == WITHDRAWN:
        row.status, row.withdrawn_at = WITHDRAWN, db.now()
    else:
        row.status, row.decided_at = what, db.now()


def _become_contact(row: Signature) -> None:
    """An organization that signs is one of our contacts: the one of its name, or a new one."""
    if row.contact_id is None:
        system_actor = Actor.system()
        found = contacts.find_organization(row.organization)
        made = found or contacts.create({"kind": "organization", "name": row.organization}, system_actor)
        row.contact_id = made.id


def waiting(actor: Actor) -> Sequence[tuple[int, str, int]]:
    """Letters below which signatures wait for somebody who may decide: id, title, how many."""
    if not actor.can(EDIT):
        return []
    counted = (
        visible(Signature, actor, EDIT)
        .join(Letter, Letter.id == Signature.letter_id)
        .where(Signature.status == WAITING)
        .with_only_columns(Letter.id, Letter.title, func.count(Signature.id))
        .group_by(Letter.id, Letter.title)
        .order_by(Letter.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in db.session().execute(counted)]


def _mail(row: Signature, letter: Letter, what: str, **values: Any) -> None:
    link = address_of("signons.signature", token=token_of(row))
    send(row.language, row.signer_email, what, letter, link=link, organization=row.organization, **values)


def send(
    language: str, to: str, what: str, letter: Letter, contact_id: int | None = None, **values: Any
) -> None:
    """Mail one of the messages about a letter, in a language."""
    with force_locale(language):
        text = render_template("signons/mail/message.txt", what=what, letter=letter,
                               site=runtime().config.organization_name, **values)  # fmt: skip
    subject, _blank, body = text.strip().partition("\n")
    mail.send(to, subject, body.strip() + "\n", "sign_on", contact_id=contact_id)
