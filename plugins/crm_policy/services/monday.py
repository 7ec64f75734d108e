"""The page of Monday: what changed, what is due, what died, who is silent, in one statement."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Date, Select, bindparam, func, literal_column, or_, select

from crm.plugin_api import Actor, db, signons, system, visible
from crm.plugin_api.words import day_here
from crm_policy.models import (
    Bill,
    BillLetter,
    Element,
    ElementValue,
    Hearing,
    HearingBill,
    SavedSearch,
    Stance,
    Testimony,
)
from crm_policy.permissions import VIEW
from crm_policy.services import assessing, searching
from crm_policy.services.digest import SHOWN, WEEK, among, ids_of, is_about_living
from crm_policy.services.together import Part, Together, said
from crm_policy.words import DEAD

MOST: Final = 100
_FEWER: Final = 50
_MOMENT: Final = Bill.changed_at.type
_SINCE: Final = bindparam("since", type_=_MOMENT)
_UNTIL: Final = bindparam("until", type_=Date())
_TODAY: Final = bindparam("today", type_=Date())
_LINE: Final = {column.key: column for column in SHOWN}


def page(actor: Actor, query: str = "") -> dict[str, Any]:
    """Everything of the page, for all that are tracked or for a list; and from what can be chosen: `searches`
    (id, name), `states`, and how many wait in the inbox. `more` says whether more than MOST changed."""
    ids, now = ids_of(query, actor), db.now()
    whole = ids is None and actor.can_everywhere(VIEW) and actor.can_everywhere(signons.VIEW)
    together = _for_most() if whole else _together(actor, ids, kept=False)
    values = {
        "since": now - WEEK,
        "begins": now - timedelta(hours=12),
        "ends": now + 2 * WEEK,
        "until": day_here() + 2 * WEEK,
        "today": day_here(),
    }
    with system("each part is what the reader may see"):
        found = together.ask(values)
    news = sorted(found["changed"], key=lambda row: (row.priority, row.changed_at), reverse=True)
    news, more = news[:MOST], len(news) > MOST
    return {
        "more": more,
        "searches": [(row.id, row.name) for row in sorted(found["searches"], key=lambda row: row.name)],
        "states": sorted(row.state for row in found["states"]),
        "inbox": found["inbox"][0].count,
        "changed": [each for each in news if each.disposition not in DEAD],
        "died": [each for each in news if each.disposition in DEAD],
        "moved": sorted(found["moved"], key=lambda row: (row.state, row.identifier, row.id)),
        "overtaken": sorted(found["overtaken"], key=lambda row: (row.state, row.id)),
        "hearings": _by_hearing(found["hearings"]),
        "due": _due(found),
        "silent": [(row, row.count) for row in sorted(found["silent"], key=lambda row: row.sort_key)],
        "executive": sorted(found["executive"], key=lambda row: (str(row.last_action_on or ""), row.id)),
    }


@lru_cache(maxsize=1)
def _for_most() -> Together:
    """For all who see everything it is the same, so it is put together once."""
    return _together(Actor.system(), None, kept=True)


def _together(actor: Actor, ids: Select[Any] | None, *, kept: bool) -> Together:
    parts = {**_choosing(actor), **_bills(actor, ids), **_days(actor, ids), "overtaken": _overtaken(actor)}
    return Together(parts, kept=kept)


def _overtaken(actor: Actor) -> Part:
    """What the map of states calls proposed although the bill behind it died or is law."""
    decided = or_(
        Bill.stage == literal_column("10"), Bill.disposition.in_([said(each) for each in sorted(DEAD)])
    )
    values = (
        visible(ElementValue, actor)
        .join(Element, Element.id == ElementValue.element_id)
        .join(Bill, Bill.id == ElementValue.bill_id)
        .where(ElementValue.replaced_at.is_(None), ElementValue.status == said("proposed"), decided)
        .order_by(ElementValue.state, ElementValue.id)
    )
    return Part(
        values, _FEWER,
        id=ElementValue.id, state=ElementValue.state, key=Element.key, name=Element.name,
        bill_id=Bill.id.label("bill"), identifier=Bill.identifier, stage=Bill.stage,
        disposition=Bill.disposition,
    )  # fmt: skip


def _choosing(actor: Actor) -> Mapping[str, Part]:
    tracked = visible(Bill, actor).where(Bill.triage == said("tracked"))
    stand = [said(each) for each in searching.IN_INBOX]
    waiting = searching.waiting(visible(Bill, actor), today=_TODAY, stand=stand)
    return {
        "searches": Part(visible(SavedSearch, actor), id=SavedSearch.id, name=SavedSearch.name),
        "states": Part(tracked.group_by(Bill.state), state=Bill.state),
        "inbox": Part(waiting, count=func.count(Bill.id)),
    }


def _bills(actor: Actor, ids: Select[Any] | None) -> Mapping[str, Part]:
    ours = visible(Bill, actor).where(among(ids))
    news = ours.where(Bill.changed_at >= _SINCE).order_by(Bill.priority.desc(), Bill.changed_at.desc())
    with_executive = ours.where(
        Bill.stage >= literal_column("8"), Bill.stage < literal_column("10"), Bill.disposition == said("live")
    )
    asked = (
        visible(Stance, actor)
        .join(Bill, Bill.id == Stance.bill_id)
        .where(among(ids), Stance.sign_off == said("asked"), Stance.stance == said(""))
        .group_by(Bill.id, Bill.state, Bill.identifier, Bill.sort_key)
    )
    moved = ours.where(Bill.override_reason != said(""), assessing.has_moved()).order_by(Bill.id)
    return {
        "moved": Part(moved, _FEWER, **_LINE, source_stage=Bill.source_stage,
                      source_disposition=Bill.source_disposition),
        "changed": Part(news, MOST + 1, **_LINE, priority=Bill.priority, changed_at=Bill.changed_at),
        "executive": Part(with_executive.order_by(Bill.last_action_on), _FEWER, **_LINE),
        "silent": Part(
            asked, id=Bill.id, state=Bill.state, identifier=Bill.identifier, sort_key=Bill.sort_key,
            count=func.count(Stance.id),
        ),
    }  # fmt: skip


def _days(actor: Actor, ids: Select[Any] | None) -> Mapping[str, Part]:
    """What has a day: hearings of the bills, testimony to hand in, letters that close."""
    begins, ends = (bindparam(name, type_=_MOMENT) for name in ("begins", "ends"))
    hearings = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .join(Bill, Bill.id == HearingBill.bill_id)
        .where(among(ids), Hearing.starts_at >= begins, Hearing.starts_at < ends)
        .order_by(Hearing.starts_at, Hearing.id)
    )
    testimony = visible(Testimony, actor).where(Testimony.status != said("given"), Testimony.due_on <= _UNTIL)
    testimony = testimony.where(is_about_living([said(each) for each in DEAD]))
    about = select(BillLetter.letter_id)
    if ids is not None:
        testimony = testimony.where(Testimony.bill_id.in_(ids))
        about = about.where(BillLetter.bill_id.in_(ids))
    letter = signons.Letter
    closing = visible(letter, actor).where(
        letter.id.in_(about), letter.status == said("open"), letter.closes_on <= _UNTIL
    )
    return {
        "hearings": Part(
            hearings, MOST,
            id=Hearing.id, starts_at=Hearing.starts_at, all_day=Hearing.all_day, state=Hearing.state,
            committee_name=Hearing.committee_name, time_zone=Hearing.time_zone, status=Hearing.status,
            bill_id=Bill.id.label("bill"), identifier=Bill.identifier,
        ),
        "testimony": Part(
            testimony.order_by(Testimony.due_on), _FEWER,
            id=Testimony.id, bill_id=Testimony.bill_id, due_on=Testimony.due_on, title=Testimony.title,
            status=Testimony.status,
        ),
        "letters": Part(
            closing.order_by(letter.closes_on, letter.id), _FEWER,
            id=letter.id, title=letter.title, closes_on=letter.closes_on,
        ),
    }  # fmt: skip


def _by_hearing(rows: list[Any]) -> list[tuple[Any, list[Any]]]:
    found: dict[int, tuple[Any, list[Any]]] = {}
    for row in sorted(rows, key=lambda row: (row.starts_at, row.id)):
        found.setdefault(row.id, (row, []))[1].append(row)
    return list(found.values())


def _due(found: Mapping[str, list[Any]]) -> list[tuple[str, Any]]:
    testimony = sorted(found["testimony"], key=lambda row: (row.due_on, row.id))
    letters = sorted(found["letters"], key=lambda row: (row.closes_on, row.id))
    return [*(("testimony", each) for each in testimony), *(("letter", each) for each in letters)]
