"""Logging a message as an activity, or leaving it to be filed by somebody. Inside `db.transaction`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final, Literal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, not_, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.mail import matching
from crm.activities.mail.matching import Letter
from crm.activities.mail.reading import MOST_FILES, Message
from crm.activities.models import Activity, ActivityFile, ReceivedMail
from crm.activities.services import acts
from crm.contacts.files import accepting, storage
from crm.errors import Conflict, UserError

ACTION: Final = "activities.mail"
WAITING, FILED, DROPPED = "waiting", "filed", "dropped"
Outcome = Literal["logged", "waiting", "known", "refused"]
MOST_WAITING, MOST_BYTES = 500, 200 * 1024 * 1024
"""Of messages that come from no account no more are kept, for anybody can send them."""


@dataclass(frozen=True)
class Received:
    """What became of a message: logged as `activity_id`, waiting as `mail_id`, known from before, or refused
    because too many of strangers wait."""

    outcome: Outcome
    activity_id: int | None = None
    mail_id: int | None = None


def receive(message: Message, raw: bytes, author: User | None, actor: Actor) -> Received:
    """Log a message when it comes from an account and every address belongs to exactly one contact; else it
    waits. The same message once more does nothing, unless a stranger sent it first and it still waits."""
    if is_known(message.message_id, author):
        return Received("known")
    if author is None and _is_full(len(raw)):
        return Received("refused")
    _make_way(message.message_id)
    letter = matching.letter(message, author)
    if author is not None and letter.people:
        found = matching.contacts_of(letter.people, actor)
        ids = [each[0][0] for each in found.values() if len(each) == 1]
        if ids and not matching.unknown(letter.people, found):
            return Received("logged", log(letter, ids, author.id, author.name, actor).id)
    return Received("waiting", mail_id=_wait(letter, raw, author).id)


def is_known(message_id: str, author: User | None = None) -> bool:
    """Whether a message came before. What a stranger sent in does not count for an account: whoever guesses
    the id of a message could keep it away."""
    logged = select(Activity.id).where(Activity.message_id == message_id)
    waiting = select(ReceivedMail.id).where(ReceivedMail.message_id == message_id)
    if author is not None:
        waiting = waiting.where(not_(_of_strangers()))
    with system("whether a message came before"):
        return any(db.session().execute(each).first() is not None for each in (logged, waiting))


def _of_strangers() -> ColumnElement[bool]:
    """The condition on messages that wait and came from no account."""
    return and_(ReceivedMail.status == WAITING, ReceivedMail.user_id.is_(None))


def _is_full(size: int) -> bool:
    """Whether so many messages of strangers wait that one more, of so many bytes, is not kept."""
    with system("how much of strangers waits"):
        keys = list(db.session().scalars(select(ReceivedMail.raw_key).where(_of_strangers())))
    return len(keys) >= MOST_WAITING or size + sum(map(_size, filter(None, keys))) > MOST_BYTES


def _size(key: str) -> int:
    path = storage.path_of(key)
    return path.stat().st_size if path.exists() else 0


def _make_way(message_id: str) -> None:
    """Remove what a stranger sent in under the id of a message that an account sends now."""
    with system("what came of a stranger"):
        wanted = select(ReceivedMail).where(ReceivedMail.message_id == message_id, _of_strangers())
        mail = db.session().scalars(wanted).one_or_none()
        if mail is not None:
            keys = [mail.raw_key] if mail.raw_key else []
            db.session().delete(mail)
            db.session().flush()
            db.after_commit(lambda: storage.remove_unused(keys))


def log(letter: Letter, ids: Sequence[int], author_id: int | None, author: str, actor: Actor) -> Activity:
    """The activity of a message with these contacts, and its files."""
    kept, refused = _accepted(letter)
    now = db.now()
    values = {
        "kind": "email",
        "subject": matching.subject_of(letter),
        "body": "\n\n".join([part for part in (letter.text, *refused) if part]),
        "at": min(letter.message.at or now, now),
        "message_id": letter.message.message_id,
    }
    activity = acts.log(values, ids, actor)
    activity.author_user_id, activity.author_label = author_id, author
    for upload in kept:
        db.session().add(
            ActivityFile(
                activity_id=activity.id,
                file_name=upload.file_name,
                media_type=upload.media_type,
                size=len(upload.content),
                storage_key=storage.keep(upload.content),
            )
        )
    db.session().flush()
    return activity


def _accepted(letter: Letter) -> tuple[list[accepting.Upload], list[str]]:
    """The files that may be kept, and a sentence for each that may not."""
    kept, refused = [], []
    for file in letter.files[:MOST_FILES]:
        try:
            kept.append(accepting.accept(file.name, BytesIO(file.content)))
        except UserError as error:
            refused.append(_("An attachment was not kept. %(why)s", why=error.message))
    return kept, refused


def _wait(letter: Letter, raw: bytes, author: User | None) -> ReceivedMail:
    mail = ReceivedMail(
        message_id=letter.message.message_id,
        sender=letter.sender,
        addresses=[each.address for each in letter.people],
        subject=matching.subject_of(letter),
        at=letter.message.at or db.now(),
        raw_key=storage.keep(raw),
        user_id=author.id if author else None,
    )
    db.session().add(mail)
    db.session().flush()
    return mail


def file(mail: ReceivedMail, letter: Letter, ids: Iterable[int], actor: Actor) -> Activity:
    """Log a waiting message with those who were chosen; raises Conflict when somebody was faster."""
    hold(mail)
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise UserError(_("Choose at least one person or organization, or drop the message."))
    with system("who sent it in"):
        author = db.session().get(User, mail.user_id) if mail.user_id else None
    label = author.name if author else mail.sender
    activity = log(letter, chosen, author.id if author else None, label, actor)
    mail.status, mail.activity_id = FILED, activity.id
    db.session().flush()
    return activity


def drop(mail: ReceivedMail) -> None:
    """Nothing is to be logged of it."""
    hold(mail)
    mail.status = DROPPED
    db.session().flush()


def hold(mail: ReceivedMail) -> None:
    """Read the row again under the lock; raises Conflict when it does not wait any more."""
    with system("the row was loaded for this actor; it is read again under the lock"):
        db.session().refresh(mail, with_for_update=True)
    if mail.status != WAITING:
        raise Conflict(_("Somebody else has filed or dropped this message meanwhile."))


def put_back(mail: ReceivedMail) -> None:
    """A dropped message waits again; raises Conflict when it is not dropped any more."""
    with system("the row was loaded for this actor; it is read again under the lock"):
        db.session().refresh(mail, with_for_update=True)
    if mail.status != DROPPED or not mail.raw_key:
        raise Conflict(_("This message cannot be put back any more."))
    mail.status = WAITING
    db.session().flush()


def forget_strangers(before: datetime) -> list[str]:
    """Remove messages that came from no account and waited for long; returns the keys of the files."""
    statement = select(ReceivedMail).where(_of_strangers(), ReceivedMail.created_at < before)
    keys = []
    with system("what nobody wanted"):
        for mail in db.session().scalars(statement.order_by(ReceivedMail.id).limit(500)):
            keys.append(mail.raw_key)
            db.session().delete(mail)
        db.session().flush()
    return keys


def forget_old(before: datetime) -> list[str]:
    """Throw away the content of messages that were filed or dropped long ago; returns the keys of the files.
    The rows stay, so that the same message is known when it comes again."""
    statement = select(ReceivedMail).where(
        ReceivedMail.status != WAITING, ReceivedMail.created_at < before, ReceivedMail.raw_key != ""
    )
    keys = []
    with system("what was settled long ago"):
        for mail in db.session().scalars(statement.limit(500)):
            keys.append(mail.raw_key)
            mail.raw_key = ""
        db.session().flush()
    return keys
