"""Letters and the versions of their text. Every function that writes runs inside a transaction; those that
look at what others did and then write hold the letter's row first."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, cast, delete, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.files import storage
from crm.contacts.models import Contact
from crm.errors import Conflict, UserError
from crm.fields.custom.values import apply_custom, differing
from crm.i18n import day_here
from crm.journal import erasing
from crm.signons.models import Letter, LetterText, Signature, SignInvitation
from crm.signons.permissions import EDIT
from crm.signons.services.mailing import send_to_signer
from crm.signons.words import APPROVED, SPAM, UNCONFIRMED, WAITING
from crm.transfer.cleaning.text import clean_note, squash

FIELDS = ("title", "addressee", "language", "closes_on", "coalition_id", "campaign_id", "owner_user_id")


TYPED = ("organization", "signer_name", "signer_title", "signer_email")


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
    present |= differing(letter, values)
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
    apply_custom(letter, values)


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


def remove(letter: Letter) -> None:
    """A closed letter that nobody signed goes with its texts and invitations; undo brings it back. Signatures
    stay where their signers, and whoever erases one, find them."""
    hold(letter)
    if letter.status == "open":
        raise UserError(_("Close the letter first. Then it can be removed."))
    if is_signed(letter.id):
        raise UserError(
            _("Somebody signed this letter. It stays, closed, so that they find what they signed.")
        )
    _forget_unconfirmed(letter.id)
    change, table = db.current_change(), db.table(Letter)
    assert change is not None
    own = (SignInvitation, LetterText)
    with system("the letter was loaded for this actor"):
        for key in (each for other in db.Base.metadata.tables.values() for each in other.foreign_keys):
            if key.references(table) and key.parent.table.name not in {m.__tablename__ for m in own}:
                there = select(key.parent).where(key.parent == letter.id).limit(1)
                if db.session().execute(there).first() is not None:
                    raise UserError(
                        _("Something else belongs to this letter, such as a bill. Take it off there.")
                    )
        for model in own:
            ids = db.session().scalars(select(model.id).where(model.letter_id == letter.id)).all()
            change.delete(db.table(model), ids)
        change.delete(table, [letter.id])


def is_signed(letter_id: int) -> bool:
    """Whether anybody's word stands or stood below a letter; what a robot sent, or nobody confirmed, is no
    signature."""
    signed = or_(Signature.status.not_in((UNCONFIRMED, SPAM)), Signature.confirmed_at.is_not(None))
    statement = select(Signature.id).where(Signature.letter_id == letter_id, signed)
    with system("whether anybody signed a letter"):
        return db.session().scalar(statement.limit(1)) is not None


def _forget_unconfirmed(letter_id: int) -> None:
    """What robots sent and nobody confirmed goes for good, as it would in time: it may be anybody's name."""
    table = db.table(Signature)
    with system("what nobody confirmed"):
        ids = list(db.session().execute(select(table.c.id).where(table.c.letter_id == letter_id)).scalars())
        erasing.forget_rows(table.name, ids, _("A signature that was never confirmed"))
        gone = delete(table).where(db.among(table.c.id, ids)).returning(table.c.logo_key)
        logos = [key for key in db.session().execute(gone).scalars() if key]
    db.after_commit(lambda: storage.remove_unused(logos))


def text_of(letter_id: int) -> LetterText:
    """The newest version of a letter's text."""
    statement = select(LetterText).where(LetterText.letter_id == letter_id).order_by(LetterText.number.desc())
    with system("the letter was loaded, or is everybody's"):
        return db.session().scalars(statement.limit(1)).one()


def is_open(letter: Letter) -> bool:
    return letter.status == "open" and (letter.closes_on is None or letter.closes_on >= day_here())


def to_newest_text() -> ColumnElement[bool]:
    """The condition on signatures that they are to the newest text of their letter: what is published."""
    text = aliased(LetterText)
    newest = select(func.max(text.id)).where(text.letter_id == Signature.letter_id)
    return Signature.text_id == newest.correlate(Signature).scalar_subquery()


def organizations() -> ColumnElement[int]:
    """How many organizations gave some signatures: those of two that were merged are one."""
    contact = literal("#").concat(cast(Signature.contact_id, String()))
    return func.count(func.distinct(func.coalesce(contact, Signature.name_key)))


def published_in(text_id: int) -> int:
    """How many organizations stand below a text."""
    counted = select(organizations()).where(Signature.text_id == text_id)
    with system("who signed an open letter is everybody's"):
        return db.session().scalar(counted.where(Signature.status == APPROVED)) or 0


def publish(letter: Letter, body: str, changes: str, seen: int) -> tuple[int, int]:
    """A new version of the text. Who signed the earlier one is asked again, and told what changed; their
    signature stays one to the earlier text. `seen` is the number of the text that was written over; Conflict
    when there is a newer one. Returns how many are asked by mail, and how many cannot be, for want of an
    address: they wait until staff sign for them. Who was asked about the last text and has not answered is
    asked about this one instead."""
    hold(letter)
    if not is_open(letter):
        raise UserError(
            _("Open the letter first, or choose a later last day: nobody could sign the new text now.")
        )
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
        signed, unanswered = db.session().scalars(earlier).all(), _unanswered(last)
        again = {(old.name_key, old.signer_email.lower()) for old in signed}
        asked = [_ask_again(old, made, letter) for old in signed]
        asked += [_ask_once_more(unanswered[who], made, letter) for who in unanswered if who not in again]
        return asked.count(True), asked.count(False)


def _unanswered(last: LetterText) -> dict[tuple[str, str], Signature]:
    """Who signed an earlier text, was asked to sign this one, and has not answered, by organization and
    address. What somebody else sent in the organization's name is none of these."""
    earlier = aliased(Signature)
    signed = exists().where(
        earlier.letter_id == Signature.letter_id,
        earlier.text_id < Signature.text_id,
        earlier.status.in_((APPROVED, WAITING)),
        func.lower(earlier.signer_email) == func.lower(Signature.signer_email),
        or_(earlier.name_key == Signature.name_key, earlier.contact_id == Signature.contact_id),
    )
    asked = select(Signature).where(Signature.text_id == last.id, Signature.status == UNCONFIRMED, signed)
    return {
        (row.name_key, row.signer_email.lower()): row
        for row in db.session().scalars(asked.order_by(Signature.id.desc()))
    }


def _ask_again(old: Signature, made: LetterText, letter: Letter) -> bool:
    again = Signature(
        letter_id=letter.id, text_id=made.id, status=UNCONFIRMED, submission_key=secrets.token_urlsafe(16),
        **{name: getattr(old, name) for name in (
            *TYPED, "contact_id", "name_key", "logo_key", "shows_logo", "language")},
    )  # fmt: skip
    db.session().add(again)
    db.session().flush()
    if again.signer_email:
        send_to_signer(again, letter, "again", changes=made.changes)
    return bool(again.signer_email)


def _ask_once_more(row: Signature, made: LetterText, letter: Letter) -> bool:
    """Nothing was signed with this row yet, so it is the newest text that it asks about from now on."""
    row.text_id = made.id
    db.session().flush()
    if row.signer_email:
        send_to_signer(row, letter, "again", changes=changes_since(row))
    return bool(row.signer_email)


def changes_since(row: Signature) -> str:
    """What changed in the letter since its signer signed it last, up to the text of this signature."""
    earlier = select(func.max(Signature.text_id)).where(
        Signature.letter_id == row.letter_id,
        Signature.text_id < row.text_id,
        Signature.status.in_((APPROVED, WAITING)),
        func.lower(Signature.signer_email) == row.signer_email.lower(),
        Signature.name_key == row.name_key,
    )
    with system("the texts of an open letter are everybody's"):
        signed = db.session().scalar(earlier)
        since = LetterText.id > signed if signed else LetterText.id == row.text_id
        texts = select(LetterText.changes).where(
            LetterText.letter_id == row.letter_id, LetterText.id <= row.text_id, since
        )
        return "\n\n".join(filter(None, db.session().scalars(texts.order_by(LetterText.number))))


def changes_after(row: Signature) -> str:
    """What changed in the letter after the text of a signature that nobody confirmed."""
    later = select(LetterText.changes).where(
        LetterText.letter_id == row.letter_id, LetterText.id > row.text_id
    )
    with system("the texts of an open letter are everybody's"):
        return "\n\n".join(filter(None, db.session().scalars(later.order_by(LetterText.number))))


def by_key(key: str) -> Letter | None:
    with system("somebody opens an open letter"):
        return db.session().scalars(select(Letter).where(Letter.public_key == key)).first()


def published_logo(letter: Letter, signature_id: int) -> str | None:
    """The key of the logo of a published signature whose signer allowed it to be shown."""
    with system("who signed an open letter is everybody's"):
        statement = select(Signature.logo_key).where(
            Signature.id == signature_id, Signature.text_id == text_of(letter.id).id,
            Signature.status == APPROVED, Signature.shows_logo,
        )  # fmt: skip
        return db.session().scalar(statement)


def signed(letter: Letter) -> Sequence[Signature]:
    """The approved signatures to the newest text, by name: what is published. An organization that came of
    two which both signed stands there once, if it can by the name that it has."""
    with system("who signed an open letter is everybody's"):
        statement = (
            select(Signature, Contact.name_key)
            .outerjoin(Contact, Contact.id == Signature.contact_id)
            .where(Signature.text_id == text_of(letter.id).id, Signature.status == APPROVED)
            .order_by(Signature.name_key, Signature.id)
        )
        found: dict[int, Signature] = {}
        for row, name_key in db.session().execute(statement):
            organization = row.contact_id or -row.id
            if organization not in found or row.name_key == name_key:
                found[organization] = row
        return sorted(found.values(), key=lambda row: (row.name_key, row.id))
