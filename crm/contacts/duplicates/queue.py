"""The queue of pairs for people to decide, and what they decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import load, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.duplicates import sides
from crm.contacts.duplicates.comparing import compare
from crm.contacts.duplicates.words import in_words, strength
from crm.contacts.models import Contact, DuplicatePair, NotDuplicate
from crm.contacts.permissions import EDIT
from crm.errors import UserError

PAGE = 25


@dataclass(frozen=True)
class Shown:
    """A pair as the queue shows it."""

    id: int
    first: Any
    second: Any
    score: int
    strength: str
    pro: Sequence[str]
    contra: Sequence[str]


_ONE, _OTHER = aliased(Contact, name="one"), aliased(Contact, name="other")


def page(actor: Actor, after: tuple[int, int] | None = None, kind: str = "") -> tuple[list[Shown], str]:
    """The likeliest open pairs that the actor may see, and where the next page begins ("" at the end)."""
    statement = open_pairs(actor).order_by(DuplicatePair.score.desc(), DuplicatePair.id).limit(PAGE + 1)
    if kind:
        statement = statement.where(_ONE.kind == kind)
    if after is not None:
        score, last = after
        statement = statement.where(
            or_(
                DuplicatePair.score < score,
                and_(DuplicatePair.score == score, DuplicatePair.id > last),
            )
        )
    rows = db.session().execute(statement.add_columns(_ONE, _OTHER)).all()
    found = [_shown(*row) for row in rows[:PAGE]]
    return found, (f"{found[-1].score}-{found[-1].id}" if len(rows) > PAGE else "")


def open_pairs(actor: Actor) -> Any:
    """The pairs that nobody decided and whose contacts are both here."""
    decided = exists().where(
        NotDuplicate.first_id == DuplicatePair.first_id, NotDuplicate.second_id == DuplicatePair.second_id
    )
    return (
        visible(DuplicatePair, actor)
        .join(_ONE, _ONE.id == DuplicatePair.first_id)
        .join(_OTHER, _OTHER.id == DuplicatePair.second_id)
        .where(~decided)
    )


def how_many(actor: Actor) -> int:
    """How many open pairs the actor may see."""
    statement = open_pairs(actor).with_only_columns(func.count(DuplicatePair.id))
    return int(db.session().execute(statement).scalar_one())


def _shown(pair: DuplicatePair, one: Contact, other: Contact) -> Shown:
    pro, contra = in_words(pair.reasons)
    return Shown(pair.id, one, other, pair.score, str(strength(pair.score)), pro, contra)


def why(first_id: int, second_id: int) -> tuple[list[str], list[str]]:
    """The reasons for two contacts as they are now; both empty where nothing speaks for it."""
    found = sides.load([first_id, second_id])
    verdict = compare(*found.values()) if len(found) == 2 else None
    return in_words(verdict.reasons) if verdict else ([], [])


def say_two(first_id: int, second_id: int, actor: Actor) -> tuple[Contact, Contact]:
    """Remember that two contacts are not one. Inside a transaction."""
    if first_id == second_id:
        raise UserError(_("These are one and the same record already."))
    first, second = (load(Contact, each, EDIT) for each in sorted((first_id, second_id)))
    with system("the pair was loaded for the actor"):
        known = select(NotDuplicate.id).where(
            NotDuplicate.first_id == first.id, NotDuplicate.second_id == second.id
        )
        if db.session().execute(known).first() is None:
            db.session().add(
                NotDuplicate(first_id=first.id, second_id=second.id, author_user_id=actor.user_id)
            )
            db.session().flush()
    return first, second


def decided(actor: Actor) -> Sequence[Row[Any]]:
    """The newest 200 pairs that somebody found to be two."""
    statement = (
        visible(NotDuplicate, actor)
        .join(_ONE, _ONE.id == NotDuplicate.first_id)
        .join(_OTHER, _OTHER.id == NotDuplicate.second_id)
        .add_columns(_ONE, _OTHER)
        .order_by(NotDuplicate.id.desc())
        .limit(200)
    )
    return list(db.session().execute(statement))


def take_back(verdict_id: int) -> None:
    """They may be one after all: the pair comes back into the queue. Inside a transaction."""
    verdict = load(NotDuplicate, verdict_id)
    for each in (verdict.first_id, verdict.second_id):
        load(Contact, each, EDIT)
    db.session().delete(verdict)


def of_contact(contact_id: int, actor: Actor) -> list[Shown]:
    """The open pairs of one contact, likeliest first."""
    mine = or_(DuplicatePair.first_id == contact_id, DuplicatePair.second_id == contact_id)
    statement = (
        open_pairs(actor).where(mine).order_by(DuplicatePair.score.desc(), DuplicatePair.id).limit(PAGE)
    )
    return [_shown(*row) for row in db.session().execute(statement.add_columns(_ONE, _OTHER))]
