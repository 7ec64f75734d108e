"""Who was asked to sign a letter, who did, and who has not yet. Whether a link was opened is not recorded.

Every function that writes runs inside a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import case, func, select

from crm import db, public_pages
from crm.access.guard import system
from crm.accounts.tokens import address_of
from crm.contacts.emailing import asked_for_none, best_address
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.signons import services
from crm.signons.models import Letter, Signature, SignInvitation
from crm.signons.words import APPROVED, RANKS, WAITING, WITHDRAWN

PATIENCE: Final = timedelta(days=1)
"""So long after a reminder nobody is reminded again."""
SHOWN: Final = 50
"""So many organizations the page of a letter names."""


@dataclass(frozen=True)
class Asked:
    """An organization that was invited, and what became of it: the status of its signature to the newest
    text, empty without one."""

    invitation: SignInvitation
    name: str
    status: str


def invite(letter: Letter, contact_ids: Sequence[int]) -> tuple[int, list[str], int]:
    """Ask organizations to sign, by their main address. Returns how many, the names of those without an
    address or who asked not to be mailed, and how many have signed the newest text already."""
    services.hold(letter)
    if not services.is_open(letter):
        raise UserError(_("This letter is closed. Open it first, then invite."))
    sent, unmailed = 0, []
    with system("the organizations were chosen by this actor"):
        known = set(db.session().scalars(
            select(SignInvitation.contact_id).where(SignInvitation.letter_id == letter.id)))  # fmt: skip
        signed = _signed(letter, contact_ids)
        addresses = _addresses(contact_ids)
        chosen = select(Contact).where(db.among(Contact.id, contact_ids)).order_by(Contact.sort_name)
        for contact in db.session().scalars(chosen).all():
            if contact.id in known | signed:
                continue
            if contact.id not in addresses:
                unmailed.append(contact.name)
                continue
            row = SignInvitation(letter_id=letter.id, contact_id=contact.id, email=addresses[contact.id])
            db.session().add(row)
            db.session().flush()
            _mail(letter, row)
            sent += 1
    return sent, unmailed, len(signed)


def _signed(letter: Letter, contact_ids: Sequence[int]) -> set[int]:
    """Those whose signature to the newest text stands or waits to be approved."""
    statement = select(Signature.contact_id).where(
        Signature.text_id == services.text_of(letter.id).id,
        Signature.status.in_((APPROVED, WAITING)),
        db.among(Signature.contact_id, contact_ids),
    )
    return {each for each in db.session().scalars(statement) if each is not None}


def _addresses(contact_ids: Sequence[int]) -> dict[int, str]:
    """The address of each who has one that may be mailed, the main one where it may."""
    statement = select(Contact.id, best_address()).where(db.among(Contact.id, contact_ids), ~asked_for_none())
    return {row[0]: row[1] for row in db.session().execute(statement) if row[1]}


def _answers(letter: Letter) -> Any:
    """How far each organization came with the newest text, as a number: the best of its signatures."""
    rank = func.min(case(RANKS, value=Signature.status, else_=9))
    return (
        select(Signature.contact_id, rank.label("rank"))
        .where(Signature.text_id == services.text_of(letter.id).id, Signature.contact_id.is_not(None))
        .group_by(Signature.contact_id)
        .subquery()
    )


def asked(letter: Letter) -> tuple[Sequence[Asked], int, int]:
    """Who was invited, those without an answer first and at most 50; how many in all; how many signed."""
    answers = _answers(letter)
    every = select(SignInvitation.id).where(SignInvitation.letter_id == letter.id)
    statement = (
        select(SignInvitation, Contact.name, answers.c.rank)
        .join(Contact, Contact.id == SignInvitation.contact_id)
        .outerjoin(answers, answers.c.contact_id == SignInvitation.contact_id)
        .where(SignInvitation.letter_id == letter.id)
        .order_by(func.coalesce(answers.c.rank, 9).desc(), Contact.sort_name, SignInvitation.id)
    )
    words = {rank: status for status, rank in RANKS.items()}
    signed = select(func.count()).select_from(SignInvitation).join(
        answers, answers.c.contact_id == SignInvitation.contact_id
    ).where(SignInvitation.letter_id == letter.id, answers.c.rank <= 2)  # fmt: skip
    with system("the letter was loaded for this actor"):
        rows = db.session().execute(statement.limit(SHOWN)).all()
        total = db.session().scalar(select(func.count()).select_from(every.subquery())) or 0
        done = db.session().scalar(signed) or 0
    return [Asked(row[0], row[1], words.get(row[2], "")) for row in rows], total, done


def _unanswered(letter: Letter) -> Any:
    """Invitations of organizations that have neither signed the newest text nor withdrawn, and were not
    reminded a short while ago."""
    answers = _answers(letter)
    answered = select(answers.c.contact_id).where(answers.c.rank <= RANKS[WITHDRAWN])
    return select(SignInvitation).where(
        SignInvitation.letter_id == letter.id,
        SignInvitation.contact_id.not_in(answered),
        SignInvitation.reminded_at.is_(None) | (SignInvitation.reminded_at < db.now() - PATIENCE),
    )


def to_remind(letter: Letter) -> int:
    """How many a reminder would go to."""
    with system("the letter was loaded for this actor"):
        return db.session().scalar(select(func.count()).select_from(_unanswered(letter).subquery())) or 0


def remind(letter: Letter) -> int:
    """Remind whoever was invited and has not answered; nobody twice within a day."""
    services.hold(letter)
    if not services.is_open(letter):
        raise UserError(_("This letter is closed."))
    with system("the letter was loaded for this actor"):
        rows = db.session().scalars(_unanswered(letter).order_by(SignInvitation.id)).all()
        addresses = _addresses([row.contact_id for row in rows])
        reached = [row for row in rows if row.contact_id in addresses]
        for row in reached:
            row.reminded_at, row.email = db.now(), addresses[row.contact_id]
            _mail(letter, row)
        db.session().flush()
    return len(reached)


def token_of(row: SignInvitation) -> str:
    return public_pages.sign("signon invitation", row.id, row.link_version)


def of_token(token: str) -> tuple[SignInvitation, Letter, str] | None:
    """The invitation, letter and organization of a link; None when it was altered, ended, or is gone."""
    told = public_pages.read("signon invitation", token, None)
    if told is None or len(told) != 2:
        return None
    with system("an organization opens the invitation that it got"):
        row = db.session().get(SignInvitation, told[0])
        if row is None or row.link_version != told[1]:
            return None
        name = db.session().scalar(select(Contact.name).where(Contact.id == row.contact_id)) or ""
        return row, db.session().get_one(Letter, row.letter_id), name


def _mail(letter: Letter, row: SignInvitation) -> None:
    link = address_of("signons.invited", token=token_of(row))
    services.send(letter.language, row.email, "remind" if row.reminded_at else "invite", letter, link=link,
                  contact_id=row.contact_id)  # fmt: skip
