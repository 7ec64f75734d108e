"""Deciding about many signatures: a plan that says which of the chosen ones go on and why the others stay,
then exactly that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.signons.models import Letter, Signature
from crm.signons.permissions import EDIT
from crm.signons.services.deciding import STEPS, decide
from crm.signons.words import APPROVED, REFUSED, SIGNATURE_STATUSES, SPAM, WAITING

MOST: Final = 500
"""At most so many at once: each approval mails its signer."""
AT_ONCE: Final = (APPROVED, REFUSED, SPAM)
"""What may be decided about many."""


@dataclass
class Plan:
    """`going` are those decided about, by id and organization; `staying` the others: organization and why."""

    going: list[tuple[int, str]] = field(default_factory=list)
    staying: list[tuple[str, str]] = field(default_factory=list)


def plan(ids: Sequence[int], what: str, actor: Actor) -> Plan:
    """What deciding so about these signatures would do. UserError for too many."""
    if len(ids) > MOST:
        raise UserError(_("At most %(most)s signatures can be decided at once. Choose fewer.", most=MOST))
    found = Plan()
    rows = _chosen(ids, actor)
    rivals = _rivals(rows) if what == APPROVED else set()
    for row in rows:
        if why := _why_not(row, what, rivals):
            found.staying.append((row.organization, why))
        else:
            found.going.append((row.id, row.organization))
    return found


def _chosen(ids: Sequence[int], actor: Actor) -> Sequence[Signature]:
    statement = visible(Signature, actor, EDIT).where(db.among(Signature.id, ids))
    return db.session().scalars(statement.order_by(Signature.name_key, Signature.id)).all()


def _rivals(rows: Sequence[Signature]) -> set[tuple[int, str]]:
    """Text and organization of which more than one signature waits or stands: a person says which counts."""
    mine = Counter((row.text_id, row.name_key) for row in rows if row.status == WAITING)
    counted = (
        select(Signature.text_id, Signature.name_key)
        .where(db.among(Signature.text_id, {text_id for text_id, _key in mine}))
        .where(Signature.status.in_((WAITING, APPROVED)))
        .group_by(Signature.text_id, Signature.name_key)
        .having(func.count() > 1)
    )
    with system("one organization signs one text once, whoever sees its signatures"):
        return {(row[0], row[1]) for row in db.session().execute(counted)}


def _why_not(row: Signature, what: str, rivals: set[tuple[int, str]]) -> str:
    if row.status not in STEPS[what]:
        return str(SIGNATURE_STATUSES[row.status])
    if (row.text_id, row.name_key) in rivals:
        return _(
            "Another signature is in this organization’s name, too. Ask the organization which one counts."
        )
    return ""


def decide_many(ids: Sequence[int], what: str, actor: Actor) -> tuple[int, int]:
    """Decide about those that still lead on; how many that were, and how many somebody else decided about
    meanwhile. Inside a transaction."""
    rows = _chosen(ids, actor)
    wanted = visible(Letter, actor, EDIT).where(db.among(Letter.id, {row.letter_id for row in rows}))
    # All at once and in one order, so that no two who decide wait for each other.
    held = wanted.order_by(Letter.id).with_for_update()
    letters = {each.id: each for each in db.session().scalars(held)}
    done = left = 0
    for row in rows:
        try:
            decide(row, letters[row.letter_id], what)
        except UserError:
            left += 1
        else:
            done += 1
    return done, left
