"""Messages, who speaks to them, and how much each of those has to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, Contact, UserError, apply_custom, db, system, visible, without_custom
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_note, day_here, fold, squash
from crm_media.models import Booking, Carries, ClipMessage, Message, Spokesperson
from crm_media.services.press import words

LOAD_DAYS: Final = 30
_LISTS: Final = frozenset({"phrases", "also", "do_words", "dont_words", "languages", "topics"})
_LONG: Final = frozenset({"wording", "wording_es", "proof", "note"})


def fill(row: Any, values: Mapping[str, Any]) -> None:
    """Put what a form holds into a record: lists of words tidied, notes cleaned, the rest on one line."""
    apply_custom(row, values)
    for name, value in without_custom(values).items():
        if isinstance(value, str):
            clean = words if name in _LISTS else clean_note if name in _LONG else squash
            setattr(row, name, clean(value))
        else:
            setattr(row, name, value)


def save_message(
    message: Message, values: Mapping[str, Any], speakers: Sequence[int], change: Change
) -> None:
    """Keep a message and who speaks to it; UserError when another has its name."""
    with system("no two messages share a name"):
        same = select(Message.id, Message.name).where(Message.id != (message.id or 0))
        taken = [row for row in db.session().execute(same) if fold(row.name) == fold(values["name"])]
    if taken:
        raise UserError(_("There is a message “%(name)s” already.", name=taken[0].name))
    fill(message, values)
    db.session().add(message)
    db.session().flush()
    carry(Carries.message_id, message.id, Carries.spokesperson_id, speakers, change)


def carry(own: Any, own_id: int, other: Any, wanted: Sequence[int], change: Change) -> None:
    """Set who speaks to what, from either side."""
    with system("who speaks to a message that was loaded for the actor"):
        rows = db.session().execute(select(Carries.id, other).where(own == own_id)).all()
        gone = [row[0] for row in rows if row[1] not in set(wanted)]
        change.delete(db.table(Carries), gone)
    for each in sorted(set(wanted) - {row[1] for row in rows}):
        db.session().add(Carries(**{own.key: own_id, other.key: each}))
    db.session().flush()


def remove_message(message: Message, change: Change) -> None:
    """It goes with who speaks to it and where it was found; undo brings all of it back."""
    with system("a message that was loaded for the actor goes with what hangs on it"):
        for model in (Carries, ClipMessage):
            ids = db.session().scalars(select(model.id).where(model.message_id == message.id)).all()
            change.delete(db.table(model), ids)
    db.session().delete(message)
    db.session().flush()


def messages(actor: Actor) -> Sequence[Message]:
    """Those in use first."""
    statement = visible(Message, actor).order_by(Message.active.desc(), Message.name, Message.id).limit(500)
    return db.session().scalars(statement).all()


def speakers_by_message(actor: Actor) -> Mapping[int, list[tuple[int, str]]]:
    """Contact and name of who speaks to each message, as far as the reader may see them."""
    statement = (
        visible(Spokesperson, actor)
        .join(Carries, Carries.spokesperson_id == Spokesperson.id)
        .join(Contact, Contact.id == Spokesperson.contact_id)
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(Carries.message_id, Spokesperson.id, Contact.name)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for message_id, spokesperson_id, name in db.session().execute(statement):
        found.setdefault(message_id, []).append((spokesperson_id, name))
    return found


def speaker_choices(actor: Actor) -> list[tuple[int, str]]:
    statement = (
        visible(Spokesperson, actor)
        .join(Contact, Contact.id == Spokesperson.contact_id)
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(Spokesperson.id, Contact.name)
        .limit(500)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


def carried_by(spokesperson_id: int) -> list[int]:
    with system("what somebody speaks to, who was loaded for the reader"):
        statement = select(Carries.message_id).where(Carries.spokesperson_id == spokesperson_id)
        return list(db.session().scalars(statement))


def all_speakers(message_id: int) -> list[int]:
    """Those too whom the reader may not see."""
    with system("who speaks to a message that was loaded for the actor"):
        statement = select(Carries.spokesperson_id).where(Carries.message_id == message_id)
        return list(db.session().scalars(statement))


def speaks_to(message_id: int, actor: Actor) -> list[int]:
    return [row[0] for row in speakers_by_message(actor).get(message_id, [])]


def save_spokesperson(
    row: Spokesperson, values: Mapping[str, Any], about: Sequence[int], change: Change
) -> None:
    """Keep how somebody speaks for us, and to which messages."""
    with system("whether somebody speaks for us already"):
        same = select(Spokesperson.id).where(
            Spokesperson.contact_id == row.contact_id, Spokesperson.id != (row.id or 0)
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("They are among the spokespeople already."))
    fill(row, values)
    db.session().add(row)
    db.session().flush()
    carry(Carries.spokesperson_id, row.id, Carries.message_id, about, change)


def remove_spokespeople(ids: Sequence[int], change: Change) -> None:
    """They speak for us no more; what they were booked for goes with that."""
    with system("what hangs on spokespeople who are taken out"):
        for model in (Carries, Booking):
            rows = db.session().scalars(select(model.id).where(db.among(model.spokesperson_id, ids))).all()
            change.delete(db.table(model), rows)
        change.delete(db.table(Spokesperson), ids)


@dataclass(frozen=True)
class Load:
    """What somebody has to do: booked within the last 30 days or to come, and how many they want."""

    count: int
    at_most: int | None

    @property
    def full(self) -> bool:
        return self.at_most is not None and self.count >= self.at_most


def loads(ids: Sequence[int]) -> Mapping[int, Load]:
    """By spokesperson."""
    since = day_here() - timedelta(days=LOAD_DAYS)
    with system("how much those have to do who were loaded for the reader"):
        counted = (
            select(Booking.spokesperson_id, func.count(Booking.id))
            .where(
                db.among(Booking.spokesperson_id, ids), Booking.on_day >= since, Booking.status != "declined"
            )
            .group_by(Booking.spokesperson_id)
        )
        counts = {row[0]: row[1] for row in db.session().execute(counted)}
        most = select(Spokesperson.id, Spokesperson.at_most).where(db.among(Spokesperson.id, ids))
        return {row[0]: Load(counts.get(row[0], 0), row[1]) for row in db.session().execute(most)}


def is_free(row: Spokesperson, load: Load, today: date) -> bool:
    """Whether one may ask them without a thought."""
    away = row.away_until is not None and row.away_until >= today
    return row.available == "yes" and not away and not load.full


def bookings(spokesperson_id: int, actor: Actor) -> Sequence[Booking]:
    statement = visible(Booking, actor).where(Booking.spokesperson_id == spokesperson_id)
    return db.session().scalars(statement.order_by(Booking.on_day.desc(), Booking.id.desc()).limit(50)).all()


def bookings_between(actor: Actor, begins: date, ends: date) -> Sequence[Any]:
    """Bookings that stand, with the contact and name of who was booked."""
    statement = (
        visible(Booking, actor)
        .join(Spokesperson, Spokesperson.id == Booking.spokesperson_id)
        .join(Contact, Contact.id == Spokesperson.contact_id)
        .where(Booking.on_day >= begins, Booking.on_day < ends, Booking.status != "declined")
        .order_by(Booking.on_day, Booking.id)
        .limit(500)
        .with_only_columns(Booking, Contact.name)
    )
    return db.session().execute(statement).all()
