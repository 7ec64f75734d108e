"""A bill that goes on from an earlier session: the work on the old one is offered to the new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, UserError, db, signons, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Campaign, User
from crm.plugin_api.sets import Change
from crm_policy.models import Bill, BillLetter, Mark, Point, Relation, Session, Stance
from crm_policy.services.kinship import EARLIER, WORK, companions
from crm_policy.writing import update_rows

_LOOKED_AT: Final = ("ignored",)
_OVER: Final = ("won", "closed")
"""Of campaigns."""


@dataclass(frozen=True)
class Offer:
    """The bill before, with its session, and how much of ours hangs on it that the new one lacks."""

    bill: Bill
    session: str
    points: int
    stances: int
    letters: int


def is_idle(bill: Any) -> bool:
    """Whether nobody has worked on a bill, or put it aside."""
    return bill.triage not in _LOOKED_AT and not any(getattr(bill, name) for name in WORK)


def offer(bill: Bill, actor: Actor) -> Offer | None:
    """The bill of an earlier session that this one goes on from, if we worked on that one and on this one
    not, and there is something to take over."""
    if not is_idle(bill):
        return None
    before = _before([bill.id]).get(bill.id)
    found = db.session().scalars(visible(Bill, actor).where(Bill.id == before)).first() if before else None
    if found is None:
        return None
    with system("how much of ours hangs on a bill that was loaded for the reader"):
        session = db.session().get_one(Session, found.session_id)
        left = _left(bill, companions(bill), companions(found))
        is_something = _is_something(bill, found, left)
    if not is_something:
        return None
    return Offer(found, session.identifier, len(left.points), len(left.stances), len(left.letters))


@dataclass(frozen=True)
class _Left:
    """What hangs on the old bill and its companions and is not on the new one."""

    points: list[Point]
    stances: set[int]
    letters: list[Any]


def _left(bill: Bill, kin: Sequence[int], theirs: Sequence[int]) -> _Left:
    who = select(Stance.contact_id)
    theirs_of, mine = (
        set(db.session().scalars(who.where(db.among(Stance.bill_id, ids)))) for ids in (theirs, [bill.id])
    )
    return _Left(_points(bill, theirs), theirs_of - mine, _letters(kin, theirs))


def _is_something(bill: Bill, old: Bill, left: _Left) -> bool:
    """A bill that was tracked and nothing more lets the new one be tracked."""
    if bill.triage != "tracked" or any(_shared(old).values()):
        return True
    return bool(left.points or left.stances or left.letters)


def _before(bill_ids: Sequence[int]) -> dict[int, int]:
    """By the id of a bill that of the newest one before it on which we worked, whichever of both its source
    told the relation of."""
    pairs: list[tuple[int, int]] = []
    with system("what bills were in the session before"):
        for some in db.chunks(bill_ids):
            told = (
                Relation.kind.in_(EARLIER),
                Relation.gone_on.is_(None),
                Relation.related_bill_id.is_not(None),
            )
            rows = select(Relation.bill_id, Relation.related_bill_id).where(*told)
            mine = rows.where(db.among(Relation.bill_id, some))
            theirs = rows.where(db.among(Relation.related_bill_id, some))
            pairs += [(row[0], int(row[1] or 0)) for row in db.session().execute(mine)]
            pairs += [(int(row[1] or 0), row[0]) for row in db.session().execute(theirs)]
        known = _with_days({each for pair in pairs for each in pair})
    found: dict[int, tuple[date, int]] = {}
    for bill_id, other_id in pairs:
        bill, other = known.get(bill_id), known.get(other_id)
        if bill is None or other is None or bill.begins is None or other.begins is None:
            continue
        if other.begins < bill.begins and other.state == bill.state and _is_worked_on(other):
            found[bill_id] = max(found.get(bill_id, (date.min, 0)), (other.begins, other_id))
    return {bill_id: other_id for bill_id, (_on, other_id) in found.items()}


def _with_days(ids: set[int]) -> Mapping[int, Any]:
    """Bills with the day on which their session begins (its end, where only that is known, or their own first
    day, where services call the session by a name alone)."""
    days = (Session.starts_on, Session.ends_on, Bill.introduced_on, Bill.last_action_on)
    begins = func.coalesce(*days).label("begins")
    columns = (Bill.id, Bill.state, Bill.triage, *(getattr(Bill, name) for name in WORK), begins)
    found: dict[int, Any] = {}
    for some in db.chunks(sorted(ids)):
        rows = select(*columns).join(Session, Session.id == Bill.session_id).where(db.among(Bill.id, some))
        found.update({row.id: row for row in db.session().execute(rows)})
    return found


def _is_worked_on(bill: Any) -> bool:
    return bill.triage == "tracked" or any(getattr(bill, name) for name in WORK)


def to_inbox(bill_ids: Sequence[int], change: Change) -> None:
    """New bills that go on from one that we worked on: somebody should look at them."""
    waiting = _before(bill_ids)
    if not waiting:
        return
    with system("which of them were looked at"):
        rows = select(Bill.id).where(db.among(Bill.id, [*waiting]), Bill.triage == "")
        fresh = list(db.session().scalars(rows))
    update_rows(change, Bill, fresh, {"triage": "inbox"})


def names_before(bill_ids: Sequence[int]) -> dict[int, str]:
    """For the inbox: the number and session of the bill that each goes on from."""
    before = _before(bill_ids)
    with system("bills of earlier sessions are public"):
        rows = (
            select(Bill.id, Bill.identifier, Session.identifier)
            .join(Session, Session.id == Bill.session_id)
            .where(db.among(Bill.id, [*before.values()]))
        )
        names = {row[0]: f"{row[1]}, {row[2]}" for row in db.session().execute(rows)}
    return {bill_id: names[other] for bill_id, other in before.items() if other in names}


def take_over(bill: Bill, change: Change) -> None:
    """Give a bill what we had on the one that it goes on from: position, priority, owner, campaign, our name
    for it, talking points, where members stand, notes of the whip sheet, and letters that are still open.
    Who signed on to what stays with the old one: that was another text. UserError when there is nothing."""
    db.session().refresh(bill, with_for_update=True)
    before = _before([bill.id]).get(bill.id) if is_idle(bill) else None
    if before is None:
        raise _nothing()
    with system("the work on a bill goes on in the next session"):
        old = db.session().get_one(Bill, before)
        kin, theirs = companions(bill), companions(old)
        left = _left(bill, kin, theirs)
        if not _is_something(bill, old, left):
            raise _nothing()
        rows = select(Bill).where(db.among(Bill.id, kin), Bill.triage != "ignored")
        idle = [each.id for each in db.session().scalars(rows) if is_idle(each)]
        update_rows(change, Bill, idle, {**_shared(old), "triage": "tracked", "later_until": None})
        update_rows(change, Bill, [bill.id], {"short_title": bill.short_title or old.short_title})
        _copy_points(bill, left.points)
        _copy_by_whom(Stance, "contact_id", kin, theirs, ("stance", "note"))
        _copy_by_whom(Mark, "legislator_id", [bill.id], theirs, ("lean", "said", "noted_on", "user_id"))
        db.session().add_all(BillLetter(bill_id=bill.id, letter_id=each.id) for each in left.letters)
    db.session().flush()
    db.session().expire_all()


def _shared(old: Bill) -> dict[str, Any]:
    """What companions share, without an owner or a campaign that would never hear of it."""
    shared = {name: getattr(old, name) for name in WORK}
    if not _still_works(old.owner_user_id):
        shared["owner_user_id"] = None
    if not _goes_on(old.campaign_id):
        shared["campaign_id"] = None
    return shared


def _nothing() -> UserError:
    return UserError(_("There is nothing to take over any more. Somebody may have done it just now."))


def _still_works(user_id: int | None) -> bool:
    """Whether there is somebody who would hear of it."""
    active = select(User.id).where(User.id == (user_id or 0), User.active.is_(True))
    return db.session().execute(active).first() is not None


def _goes_on(campaign_id: int | None) -> bool:
    """Whether a campaign is not over."""
    rows = select(Campaign.id).where(Campaign.id == (campaign_id or 0), Campaign.status.not_in(_OVER))
    return db.session().execute(rows).first() is not None


def _points(bill: Bill, theirs: Sequence[int]) -> list[Point]:
    """What stands on the bill already is not said twice."""
    said = set(db.session().scalars(select(Point.body).where(Point.bill_id == bill.id)))
    rows = select(Point).where(db.among(Point.bill_id, theirs)).order_by(Point.position, Point.id)
    found: dict[str, Point] = {}
    for each in db.session().scalars(rows):
        found.setdefault(each.body, each)
    return [each for body, each in found.items() if body not in said]


def _copy_points(bill: Bill, points: Sequence[Point]) -> None:
    names = ("kind", "body", "audience", "source_url", "position")
    for each in points:
        db.session().add(Point(bill_id=bill.id, **{name: getattr(each, name) for name in names}))


def _copy_by_whom(
    model: Any, who: str, kin: Sequence[int], theirs: Sequence[int], names: Sequence[str]
) -> None:
    """One row for each contact or legislator and bill, of what they said on the old bill and its companions
    the newest; who has one on the new bill keeps it."""
    rows = select(model).where(db.among(model.bill_id, theirs)).order_by(model.id)
    newest = {getattr(each, who): each for each in db.session().scalars(rows)}
    for bill_id in kin:
        present = set(db.session().scalars(select(getattr(model, who)).where(model.bill_id == bill_id)))
        for each in newest.values():
            if getattr(each, who) not in present:
                values = {name: getattr(each, name) for name in (who, *names)}
                db.session().add(model(bill_id=bill_id, **values))


def _letters(kin: Sequence[int], theirs: Sequence[int]) -> list[Any]:
    """Letters about the old bill that are still open and not about the new one."""
    letter = signons.Letter
    about = select(BillLetter.letter_id).where(db.among(BillLetter.bill_id, kin))
    rows = (
        select(letter)
        .join(BillLetter, BillLetter.letter_id == letter.id)
        .where(db.among(BillLetter.bill_id, theirs), letter.status == "open", letter.id.not_in(about))
    )
    found = {each.id: each for each in db.session().scalars(rows)}
    return [each for each in found.values() if signons.is_open(each)]
