"""Sign-on letters on bills. The letters themselves are the core's open letters: texts that never change once
published, signatures that the signer confirms by mail, one for each organization, logos, a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from crm.plugin_api import Actor, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.signons import APPROVED, EDIT, VIEW, Letter, Signature, is_open
from crm_policy.models import Bill, BillLetter
from crm_policy.services.bills import track
from crm_policy.services.kinship import companions


@dataclass(frozen=True)
class Line:
    """A letter on a bill: whether it can be signed, and how many organizations have."""

    letter: Letter
    open: bool
    signed: int


def of_bill(bill: Bill, actor: Actor) -> list[Line]:
    """The letters on a bill and its companions that the actor may see, the newest first."""
    about = select(BillLetter.letter_id).where(BillLetter.bill_id.in_(companions(bill)))
    with system("which letters are about a bill that is seen"):
        ids = list(db.session().scalars(about))
    return lines(ids, actor)


def lines(ids: Sequence[int], actor: Actor) -> list[Line]:
    """Letters by their ids, as far as the actor may see them, the newest first."""
    if not ids or not actor.can(VIEW):
        return []
    found = visible(Letter, actor).where(db.among(Letter.id, ids)).order_by(Letter.id.desc())
    letters = list(db.session().scalars(found))
    counts = _signed([each.id for each in letters], actor)
    return [Line(each, is_open(each), counts.get(each.id, 0)) for each in letters]


def _signed(ids: Sequence[int], actor: Actor) -> dict[int, int]:
    """How many organizations stand below each letter; one that signed two versions counts once."""
    statement = (
        visible(Signature, actor)
        .where(db.among(Signature.letter_id, ids), Signature.status == APPROVED)
        .with_only_columns(Signature.letter_id, func.count(func.distinct(Signature.name_key)))
        .group_by(Signature.letter_id)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


def signed_by(lines: Sequence[Line], actor: Actor) -> dict[int, tuple[Any, datetime]]:
    """Who of ours signed one of the letters, by contact: the letter and when."""
    letters = {each.letter.id: each.letter for each in lines}
    statement = visible(Signature, actor).where(
        db.among(Signature.letter_id, list(letters)),
        Signature.status == APPROVED,
        Signature.contact_id.is_not(None),
    )
    rows = db.session().scalars(statement.order_by(Signature.id))
    return {each.contact_id or 0: (letters[each.letter_id], each.created_at) for each in rows}


def bills_of(letter: Letter, actor: Actor) -> list[Bill]:
    ids = select(BillLetter.bill_id).where(BillLetter.letter_id == letter.id)
    return list(db.session().scalars(visible(Bill, actor).where(Bill.id.in_(ids)).order_by(Bill.sort_key)))


def put_on(bill: Bill, letter_id: int) -> None:
    """Say that a letter is about a bill; once is enough."""
    with system("whether a letter is about a bill already"):
        same = select(BillLetter.id).where(
            BillLetter.bill_id.in_(companions(bill)), BillLetter.letter_id == letter_id
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("This letter stands on the page of the bill already."))
    db.session().add(BillLetter(bill_id=bill.id, letter_id=letter_id))
    track(bill.id)
    db.session().flush()


def take_off(bill: Bill, letter_id: int) -> None:
    """The letter stays, and so does who signed it; it is no longer one about this bill."""
    with system("the bill was loaded to be changed"):
        rows = select(BillLetter).where(
            BillLetter.bill_id.in_(companions(bill)), BillLetter.letter_id == letter_id
        )
        for each in db.session().scalars(rows).all():
            db.session().delete(each)
    db.session().flush()


def choices(bill: Bill, actor: Actor) -> list[tuple[int, str]]:
    """Letters that are not on the bill yet."""
    about = select(BillLetter.letter_id).where(BillLetter.bill_id.in_(companions(bill)))
    statement = visible(Letter, actor, EDIT).where(Letter.id.not_in(about)).order_by(Letter.id.desc())
    rows = db.session().execute(statement.with_only_columns(Letter.id, Letter.title).limit(200))
    return [(row[0], row[1]) for row in rows]


def closing(actor: Actor, until: date, ids: Select[Any] | None = None) -> list[Letter]:
    """Letters on bills (on some, by a SELECT of ids) that can be signed until a day, the soonest first."""
    if not actor.can(VIEW):
        return []
    about = select(BillLetter.letter_id)
    if ids is not None:
        about = about.where(BillLetter.bill_id.in_(ids))
    statement = visible(Letter, actor).where(
        Letter.id.in_(about), Letter.status == "open", Letter.closes_on <= until
    )
    return list(db.session().scalars(statement.order_by(Letter.closes_on, Letter.id).limit(50)))
