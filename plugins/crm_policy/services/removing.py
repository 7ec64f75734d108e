"""Bills and hearings that only staff knows, such as those that were typed wrong, taken away again."""

from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm_policy.models import (
    Action,
    Alert,
    Ballot,
    Bill,
    BillLetter,
    Document,
    ElementValue,
    FormerBill,
    Hearing,
    HearingBill,
    Hit,
    Lobbying,
    Mark,
    Point,
    Relation,
    Sponsor,
    Stance,
    Testimony,
    Vote,
)
from crm_policy.writing import delete_rows, update_rows

_GOES_ALONG: Final[tuple[Any, ...]] = (
    Action, Sponsor, Document, Vote, Relation, HearingBill, BillLetter, Hit, FormerBill, Point, Mark, Stance,
    Testimony, Alert,
)  # fmt: skip
"""What is about a bill alone and goes with it."""


def is_ours(found: Bill | Hearing) -> bool:
    """Whether no source ever told of it, so that no import would bring it back."""
    if isinstance(found, Hearing):
        return not found.source and not found.source_key
    return found.source == "staff" and not found.hashes


def remove_hearing(hearing: Hearing, change: Change) -> None:
    """Testimony that was prepared for it stays with its bill. UserError where a source tells of the hearing,
    and where testimony was given there."""
    if not is_ours(hearing):
        raise UserError(_("A source tells of this hearing. Where it is not held, say that it is cancelled."))
    with system("what hangs on a hearing that is removed"):
        spoken = select(Testimony.id, Testimony.status).where(Testimony.hearing_id == hearing.id)
        testimony = {row.id: row.status for row in db.session().execute(spoken)}
        agenda = (
            db.session().scalars(select(HearingBill.id).where(HearingBill.hearing_id == hearing.id)).all()
        )
    if "given" in testimony.values():
        raise UserError(_("Testimony was given at this hearing; it stays."))
    update_rows(change, Testimony, testimony, {"hearing_id": None})
    delete_rows(change, HearingBill, agenda)
    delete_rows(change, Hearing, [hearing.id])
    db.session().expire_all()


def remove_bill(bill: Bill, change: Change) -> None:
    """What was prepared for the bill goes with it. UserError where a source tells of the bill, and where we
    said or spent something on it that we answer for."""
    if not is_ours(bill):
        raise UserError(_("A source tells of this bill. Where it is none of ours, ignore it in the inbox."))
    if kept := _answered_for(bill.id):
        raise UserError(
            _("This bill stays, for on it stand: %(names)s.", names=", ".join(str(each) for each in kept))
        )
    votes = _ids(Vote, bill.id)
    with system("what hangs on a bill that is removed"):
        ballots = db.session().scalars(select(Ballot.id).where(db.among(Ballot.vote_id, votes))).all()
        naming = db.session().scalars(select(Relation.id).where(Relation.related_bill_id == bill.id)).all()
    delete_rows(change, Ballot, ballots)
    update_rows(change, Relation, naming, {"related_bill_id": None})
    for model in _GOES_ALONG:
        delete_rows(change, model, _ids(model, bill.id))
    delete_rows(change, Bill, [bill.id])
    db.session().expire_all()


def _ids(model: Any, bill_id: int, *more: Any) -> list[int]:
    with system("what hangs on a bill that is removed"):
        return list(db.session().scalars(select(model.id).where(model.bill_id == bill_id, *more)))


def _answered_for(bill_id: int) -> list[Any]:
    """What of a bill stays in our books, in words."""
    kept: tuple[tuple[Any, Any, tuple[Any, ...]], ...] = (
        (_("testimony that was given"), Testimony, (Testimony.status == "given",)),
        (_("entries of the log of lobbying"), Lobbying, ()),
        (_("alerts that were sent"), Alert, (Alert.sent_at.is_not(None),)),
        (_("what states have in force"), ElementValue, ()),
    )
    return [name for name, model, more in kept if _ids(model, bill_id, *more)]
