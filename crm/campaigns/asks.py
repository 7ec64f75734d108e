"""Asks: who asked whom for what, and what was answered; a second one is warned of before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns import names
from crm.campaigns.models import Ask, Campaign
from crm.campaigns.words import OPEN_ANSWERS
from crm.coalitions.models import Commitment
from crm.errors import UserError
from crm.fields.custom.values import apply_custom
from crm.i18n import today
from crm.transfer.cleaning.text import clean_note, squash

RECENT: Final = timedelta(days=90)


@dataclass(frozen=True)
class Other:
    """An ask of the same person: who asked, when, for what, and what was answered."""

    id: int
    asker: str
    asked_on: date
    what: str
    answer: str
    mine: bool = False


def others(contact_id: int, actor: Actor, but: int | None = None,
           asker: tuple[int | None, int | None] | None = None, limit: int = 10) -> list[Other]:  # fmt: skip
    """Asks of somebody that are open or younger than 90 days, newest first: in any campaign and by anybody,
    for two who ask the same person need to know of each other even where they share no campaign. `asker` is
    who asks now, as (account, contact). Somebody of a partner is named to those who may see them."""
    statement = (
        select(Ask)
        .where(Ask.contact_id == contact_id, Ask.id != (but or 0), _matters())
        .order_by(Ask.asked_on.desc(), Ask.id.desc())
        .limit(limit)
    )
    with system("asks of one person by anybody"):
        found = db.session().scalars(statement).all()
    users = names.users(each.asked_by_user_id for each in found)
    people = names.contacts((each.asked_by_contact_id for each in found), actor)
    return [
        Other(
            ask.id,
            _asker(ask, users, people),
            ask.asked_on,
            ask.what,
            ask.answer,
            (ask.asked_by_user_id, ask.asked_by_contact_id) == asker,
        )
        for ask in found
    ]


def _asker(ask: Ask, users: Mapping[int, str], people: Mapping[int, str]) -> str:
    """Who asked: one of us, or somebody of a partner as far as the reader may know."""
    return (
        users.get(ask.asked_by_user_id or 0)
        or people.get(ask.asked_by_contact_id or 0)
        or (names.hidden() if ask.asked_by_contact_id else _("Somebody"))
    )


def _matters() -> ColumnElement[bool]:
    return or_(Ask.answer.in_(OPEN_ANSWERS), Ask.asked_on >= today() - RECENT)


class SecondAskError(UserError):
    """Somebody else asked the same person lately; `found` says who and for what. Nothing was written."""

    status = 409

    def __init__(self, found: Sequence[Other]) -> None:
        super().__init__(_("Somebody else asked them already."))
        self.found = found


def create(values: Mapping[str, Any], confirmed: Sequence[int], actor: Actor) -> Ask:
    """Write down an ask. Raises SecondAskError when somebody else has asked the same person, unless those
    asks were `confirmed` by their ids."""
    ask = Ask(contact_id=values["contact_id"], what="", asked_on=today())
    _apply(ask, values)
    found = others(ask.contact_id, actor, asker=(ask.asked_by_user_id, ask.asked_by_contact_id))
    new = [each for each in found if not each.mine and each.id not in confirmed]
    if new:
        raise SecondAskError(new)
    db.session().add(ask)
    db.session().flush()
    _refuse_out_of_reach(ask, actor)
    return ask


def edit(ask: Ask, values: Mapping[str, Any]) -> None:
    """Change an ask; whom it was made to stays."""
    _apply(ask, {**values, "contact_id": ask.contact_id})


def _apply(ask: Ask, values: Mapping[str, Any]) -> None:
    ask.what = squash(values["what"] or "")
    if not ask.what:
        raise UserError(_("Say what they are asked for."))
    user, partner = values.get("asked_by_user_id"), values.get("asked_by_contact_id")
    if not (user or partner):
        raise UserError(_("Say who asks: one of us, or somebody of a partner."))
    if partner == ask.contact_id:
        raise UserError(_("Nobody asks themselves. Choose somebody else as the one who asks."))
    # Where a partner's person asks, the account is only who wrote it down.
    ask.asked_by_user_id, ask.asked_by_contact_id = (None if partner else user), partner
    ask.campaign_id, ask.asked_on = values.get("campaign_id"), values.get("asked_on") or today()
    ask.note = clean_note(values.get("note") or "")
    ask.commitment_id = values.get("commitment_id")
    apply_custom(ask, values)
    set_answer(ask, values.get("answer") or "waiting", values.get("answered_on"))


def set_answer(ask: Ask, answer: str, on: date | None = None) -> None:
    """Yes, maybe, no, or none yet; an answer has a day."""
    changed = ask.answer != answer
    ask.answer = answer
    if answer in OPEN_ANSWERS:
        ask.answered_on = None
    elif on is not None or changed or ask.answered_on is None:
        ask.answered_on = on or today()


def _refuse_out_of_reach(ask: Ask, actor: Actor) -> None:
    statement = visible(Ask, actor).where(Ask.id == ask.id).with_only_columns(Ask.id)
    if db.session().execute(statement).first() is None:
        raise UserError(_("Choose one of your campaigns; otherwise you would not see this ask."))


@dataclass(frozen=True)
class Shown:
    """An ask as lists of a page show it."""

    ask: Ask
    contact: str | None
    campaign: str | None
    asker: str


def shown(asks: Sequence[Ask], actor: Actor) -> list[Shown]:
    """The asks with the names that the actor may see; four queries at most, however many there are."""
    people = names.contacts(
        [*(each.contact_id for each in asks), *(each.asked_by_contact_id for each in asks)], actor
    )
    users = names.users(each.asked_by_user_id for each in asks)
    campaigns = campaign_names([each.campaign_id for each in asks if each.campaign_id], actor)
    return [
        Shown(
            each,
            people.get(each.contact_id),
            campaigns.get(each.campaign_id or 0),
            _asker(each, users, people),
        )
        for each in asks
    ]


def campaign_names(ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """The names of those campaigns that the actor may see."""
    if not ids:
        return {}
    statement = visible(Campaign, actor).where(db.among(Campaign.id, set(ids)))
    rows = db.session().execute(statement.with_only_columns(Campaign.id, Campaign.name))
    return {row[0]: row[1] for row in rows}


def commitments_of(contact_id: int, actor: Actor) -> list[tuple[int, str]]:
    """What somebody promised, as choices to link an ask to."""
    statement = (
        visible(Commitment, actor)
        .where(Commitment.contact_id == contact_id)
        .order_by(Commitment.pledged_on.desc(), Commitment.id.desc())
        .limit(50)
        .with_only_columns(Commitment.id, Commitment.title)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]
