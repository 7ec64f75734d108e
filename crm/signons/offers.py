"""What open letters bring to the search box, the calendar, and to handing over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.i18n import lazy_gettext as lazy
from crm.plugin_api.types import BulkAction, CalendarEntry, Heirs, Responsibility, SearchProvider
from crm.signons.models import Letter, LetterText
from crm.signons.permissions import EDIT, VIEW
from crm.signons.services import touch
from crm.signons.words import APPROVED, REFUSED, SPAM

LETTER: Final = "signons.letter"


def search_provider() -> SearchProvider:
    return SearchProvider(
        "signons", lazy("Open letters"), "signon_letter", Letter, _documents, Letter.id, "signons.show",
        "file-text", VIEW, id_argument="letter_id",
        related={
            "coalition": lambda ids: select(Letter.id).where(Letter.coalition_id.in_(ids)),
            "campaign": lambda ids: select(Letter.id).where(Letter.campaign_id.in_(ids)),
        },
    )  # fmt: skip


def _documents(chosen: ColumnElement[bool]) -> Select[Any]:
    """Found by title, addressee and the newest text; named with the campaign or coalition it belongs to."""
    campaign = select(Campaign.name).where(Campaign.id == Letter.campaign_id).scalar_subquery()
    coalition = select(Coalition.name).where(Coalition.id == Letter.coalition_id).scalar_subquery()
    text = (
        select(LetterText.body).where(LetterText.letter_id == Letter.id)
        .order_by(LetterText.number.desc()).limit(1).scalar_subquery()
    )  # fmt: skip
    columns: tuple[Any, ...] = (
        Letter.id.label("record_id"), Letter.title.label("title"),
        func.coalesce(campaign, coalition, "").label("subtitle"),
        (Letter.addressee + "\n" + func.coalesce(text, "")).label("body"),
    )  # fmt: skip
    return select(*columns).where(chosen)


def calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, *, only_mine: bool
) -> Iterable[CalendarEntry]:
    """The last day on which an open letter can be signed."""
    if not actor.can(VIEW):
        return
    zone = get_timezone()
    first = begins.astimezone(zone).date()
    last = (ends - timedelta(microseconds=1)).astimezone(zone).date()
    statement = visible(Letter, actor).where(Letter.closes_on.between(first, last), Letter.status == "open")
    if only_mine:
        statement = statement.where(Letter.owner_user_id == actor.user_id)
    for letter in db.session().scalars(statement.order_by(Letter.closes_on, Letter.id)):
        assert letter.closes_on is not None
        mine = actor.user_id is not None and letter.owner_user_id == actor.user_id
        yield CalendarEntry(
            f"letter-{letter.id}", _("Open letter"), _("Last day to sign: %(title)s", title=letter.title),
            letter.closes_on, url_for("signons.show", letter_id=letter.id), icon="file-text",
            description=letter.addressee, mine=mine,
        )  # fmt: skip


def responsibilities(user_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    """Open letters that somebody looks after."""
    if user_id is None or not actor.can(EDIT):
        return
    statement = visible(Letter, actor, EDIT).where(Letter.owner_user_id == user_id, Letter.status == "open")
    for letter in db.session().scalars(statement.order_by(Letter.id)):
        address = url_for("signons.show", letter_id=letter.id)
        yield Responsibility(LETTER, letter.id, _("Open letter"), letter.title, "user", url=address)


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give open letters to the account that takes over."""
    if heirs.user_id is None:
        return
    with system("a hand-over reaches what the leaving person answers for"):
        for item in items:
            letter = db.session().get(Letter, item.record_id) if item.kind == LETTER else None
            if letter is not None:
                letter.owner_user_id = heirs.user_id
                touch(letter)
        db.session().flush()


def bulk_actions(record_type: str) -> Iterable[BulkAction]:
    """What can be decided about many signatures at once."""
    if record_type == "signatures":
        for what, label, icon in (
            (APPROVED, lazy("Approve"), "check"),
            (REFUSED, lazy("Refuse"), "x"),
            (SPAM, lazy("Call it spam"), "ban"),
        ):
            yield BulkAction(
                f"signons.{what}", label, "signons.decide_many", EDIT, icon, record_type, 20,
                danger=what == SPAM, arguments={"what": what},
            )  # fmt: skip
