"""Who signed an earlier text of a letter and not, or not yet, the newest one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.signons.models import Letter, LetterText, Signature
from crm.signons.services.letters import text_of
from crm.signons.words import APPROVED, WITHDRAWN


@dataclass(frozen=True)
class Earlier:
    """An earlier text, and the published signatures of those who signed none that came after it."""

    text: LetterText
    signers: Sequence[Signature]


def earlier(letter: Letter) -> list[Earlier]:
    """The earlier texts that organizations stand below, the newest first. Each stands below the last text
    that it signed; one that took back what was published last stands nowhere."""
    with system("who signed an open letter is everybody's"):
        found: dict[int, list[Signature]] = {}
        seen: set[int | str] = set()
        for row in _rows(letter):
            # What was withdrawn before anybody approved it may be a stranger's word.
            if not seen & _names(row) and (row.status == APPROVED or row.decided_at is not None):
                seen |= _names(row)
                if row.status == APPROVED:
                    found.setdefault(row.text_id, []).append(row)
        found.pop(text_of(letter.id).id, None)
        return [Earlier(db.session().get_one(LetterText, text_id), sorted(signers, key=_by_name))
                for text_id, signers in found.items()]  # fmt: skip


def _rows(letter: Letter) -> Sequence[Signature]:
    """Newest text first; within one those that stand before those that were taken back, whichever came first,
    and of an organization that came of two the one with the name that it has."""
    statement = (
        select(Signature)
        .outerjoin(Contact, Contact.id == Signature.contact_id)
        .where(Signature.letter_id == letter.id, Signature.status.in_((APPROVED, WITHDRAWN)))
    )
    stands, own_name = Signature.status == APPROVED, Signature.name_key == Contact.name_key
    order = (case((each, 0), else_=1) for each in (stands, own_name))
    statement = statement.order_by(Signature.text_id.desc(), *order, Signature.name_key, Signature.id)
    return db.session().scalars(statement).all()


def _by_name(row: Signature) -> tuple[str, int]:
    return row.name_key, row.id


def _names(row: Signature) -> set[int | str]:
    return {row.name_key} if row.contact_id is None else {row.name_key, row.contact_id}
