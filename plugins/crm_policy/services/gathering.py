"""All that hangs on a bill, in one statement."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, cast, or_, select

from crm.plugin_api import Actor, system, visible
from crm.plugin_api.records import User
from crm_policy.models import (
    Action,
    Alert,
    Bill,
    BillLetter,
    Document,
    Element,
    ElementValue,
    Hearing,
    HearingBill,
    Point,
    Relation,
    Session,
    Sponsor,
    Stance,
    Testimony,
    Vote,
)
from crm_policy.permissions import VIEW
from crm_policy.services.kinship import EARLIER
from crm_policy.services.together import Part, Together, said

MOST: Final = 500
"""Of each part so many are shown."""
_BILL: Final = bindparam("bill_id", type_=BigInteger())
_GROUP: Final = bindparam("group_id", type_=BigInteger())


def _of_kin(bill_id: Any, grouped: bool) -> ColumnElement[bool]:
    """What stands on the bill, and where it has companions on them."""
    if not grouped:
        return bill_id == _BILL  # type: ignore[no-any-return]  # A column of any model.
    kin = select(Bill.id).where(or_(Bill.id == _BILL, Bill.group_id == _GROUP))
    return bill_id.in_(kin)  # type: ignore[no-any-return]  # The same.


def _facts(grouped: bool) -> dict[str, Part]:
    related = select(Relation).outerjoin(Bill, Bill.id == Relation.related_bill_id)
    hearings = select(Hearing).join(HearingBill, HearingBill.hearing_id == Hearing.id)
    return {
        "actions": Part(
            select(Action).where(Action.bill_id == _BILL),
            id=Action.id, position=Action.position, acted_on=Action.acted_on, chamber=Action.chamber,
            text=Action.text, source=Action.source, gone=Action.gone_on.is_not(None),
        ),
        "sponsors": Part(
            select(Sponsor).where(Sponsor.bill_id == _BILL),
            id=Sponsor.id, legislator_id=Sponsor.legislator_id, name=Sponsor.name, role=Sponsor.role,
            committee=Sponsor.committee, gone=Sponsor.gone_on.is_not(None),
        ),
        "documents": Part(
            select(Document).where(Document.bill_id == _BILL),
            id=Document.id, adopted=cast(Document.adopted, Integer()), dated_on=Document.dated_on,
            kind=Document.kind, url=Document.url, note=Document.note, body=Document.body != "",
            gone=Document.gone_on.is_not(None),
        ),
        "votes": Part(
            select(Vote).where(Vote.bill_id == _BILL),
            id=Vote.id, yes=Vote.yes, no=Vote.no, voted_on=Vote.voted_on, motion=Vote.motion,
            chamber=Vote.chamber,
        ),
        "related": Part(
            related.where(Relation.bill_id == _BILL),
            id=Relation.id, other_id=Bill.id, identifier=Relation.identifier, kind=Relation.kind,
            number=Bill.identifier, title=Bill.title,
        ),
        "named_by": Part(
            select(Relation).where(
                Relation.related_bill_id == _BILL, Relation.kind.in_([said(each) for each in EARLIER])
            ),
            id=Relation.id,
        ),
        "points": Part(
            select(Point).where(_of_kin(Point.bill_id, grouped)),
            id=Point.id, bill_id=Point.bill_id, position=Point.position, kind=Point.kind, body=Point.body,
            audience=Point.audience, source_url=Point.source_url,
        ),
        "hearings": Part(
            hearings.where(HearingBill.bill_id == _BILL),
            id=Hearing.id, starts_at=Hearing.starts_at, all_day=Hearing.all_day, status=Hearing.status,
            committee_name=Hearing.committee_name, time_zone=Hearing.time_zone,
        ),
        "letters": Part(
            select(BillLetter).where(_of_kin(BillLetter.bill_id, grouped)), id=BillLetter.letter_id
        ),
        "evidence": Part(
            select(ElementValue)
            .join(Element, Element.id == ElementValue.element_id)
            .where(ElementValue.bill_id == _BILL, ElementValue.replaced_at.is_(None)),
            id=ElementValue.id, state=ElementValue.state, status=ElementValue.status,
            effective_on=ElementValue.effective_on, key=Element.key, name=Element.name,
        ),
        "session": Part(
            select(Session).where(Session.id == bindparam("session_id", type_=BigInteger())),
            id=Session.id, identifier=Session.identifier, ends_on=Session.ends_on,
            assumed_end=Session.assumed_end, seen_at=Session.seen_at,
        ),
        "owner": Part(
            select(User).where(User.id == bindparam("owner_id", type_=BigInteger())),
            id=User.id, name=User.name,
        ),
    }  # fmt: skip


def _companions() -> dict[str, Part]:
    others = select(Bill).where(Bill.group_id == _GROUP, Bill.id != _BILL)
    return {"companions": Part(others, id=Bill.id, identifier=Bill.identifier, sort_key=Bill.sort_key)}


def _ours(actor: Actor, grouped: bool) -> dict[str, Part]:
    """What is about people and organizations of ours, as far as the reader may see those."""
    return {
        "stances": Part(
            visible(Stance, actor).where(Stance.bill_id == _BILL),
            id=Stance.id, stance=Stance.stance, sign_off=Stance.sign_off,
        ),
        "alerts": Part(
            visible(Alert, actor).where(Alert.bill_id == _BILL),
            id=Alert.id, sent=Alert.sent, sent_at=Alert.sent_at, subject=Alert.subject,
        ),
        "testimonies": Part(
            visible(Testimony, actor).where(_of_kin(Testimony.bill_id, grouped)),
            id=Testimony.id, bill_id=Testimony.bill_id, due_on=Testimony.due_on, title=Testimony.title,
            status=Testimony.status,
        ),
    }  # fmt: skip


def _together(actor: Actor, grouped: bool, *, kept: bool) -> Together:
    companions = _companions() if grouped else {}
    return Together({**_facts(grouped), **companions, **_ours(actor, grouped)}, kept=kept)


@lru_cache(maxsize=2)
def _for_most(grouped: bool) -> Together:
    """For all who see everything it is the same, so it is put together once."""
    return _together(Actor.system(), grouped, kept=True)


_NEWEST: Final[Mapping[str, str]] = {"actions": "acted_on", "documents": "dated_on", "votes": "voted_on"}


def of_bill(bill: Bill, actor: Actor) -> dict[str, Any]:
    """The parts of a bill that was loaded for the reader, by name, each in the order in which it is shown."""
    grouped = bill.group_id is not None
    everything = actor.can_everywhere(VIEW)
    together = _for_most(grouped) if everything else _together(actor, grouped, kept=False)
    values = {"bill_id": bill.id, "session_id": bill.session_id, "owner_id": bill.owner_user_id}
    with system("the public facts of a bill that was loaded for the reader, and what they may see of ours"):
        found = together.ask({**values, "group_id": bill.group_id} if grouped else values)
    return {"companions": []} | {name: _in_order(name, some)[:MOST] for name, some in found.items()}


def _in_order(name: str, rows: list[Any]) -> list[Any]:
    if name in _NEWEST:
        return sorted(rows, key=lambda row: _by_day(row, _NEWEST[name]), reverse=True)
    if name == "sponsors":
        by_id = sorted(rows, key=lambda row: row.id)
        return sorted(by_id, key=lambda row: row.role, reverse=True)
    if name == "hearings":
        return sorted(rows, key=lambda row: row.starts_at, reverse=True)
    if name == "companions":
        return sorted(rows, key=lambda row: row.sort_key)
    return sorted(rows, key=lambda row: (getattr(row, "position", 0), row.id))


def _by_day(row: Any, name: str) -> tuple[str, int, int]:
    """The newest first; what has no day comes last."""
    day = getattr(row, name)
    return day.isoformat() if day else "", getattr(row, "position", 0), row.id
