"""What staff decide about signatures. Every function that writes runs inside a transaction."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import func

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.errors import Conflict, UserError
from crm.signons.models import Letter, Signature
from crm.signons.permissions import EDIT
from crm.signons.services.letters import hold, is_open, text_of
from crm.signons.services.mailing import send_to_signer
from crm.signons.services.signing import become_contact, is_unasked, refuse_second
from crm.signons.words import (
    APPROVED,
    REFUSED,
    SIGNATURE_STATUSES,
    SIGNER_MAIL,
    SPAM,
    UNCONFIRMED,
    WAITING,
    WITHDRAWN,
)

STEPS: Mapping[str, frozenset[str]] = {
    APPROVED: frozenset({WAITING, REFUSED}),
    REFUSED: frozenset({WAITING}),
    WITHDRAWN: frozenset({WAITING, APPROVED}),
    SPAM: frozenset({UNCONFIRMED, WAITING, REFUSED}),
    UNCONFIRMED: frozenset({SPAM, UNCONFIRMED}),
}
"""What staff may make of a signature, and out of which states."""


def decide(row: Signature, letter: Letter, what: str) -> None:
    """Approve a confirmed signature, refuse one, withdraw it for the signer, call it spam, or take it out of
    the spam (`unconfirmed`): then its signer is asked to confirm, unless they did; or ask them once more.
    Conflict for any step that
    does not lead on from where the signature is."""
    if what not in STEPS:
        raise UserError(_("Choose what to do with the signature."))
    hold(letter)
    with system("the signature was loaded for this actor"):
        db.session().refresh(row, with_for_update=True)
        declined = what == REFUSED and is_unasked(row)  # Staff asked, and they do not want to.
        if row.status not in STEPS[what] and not declined:
            state = SIGNATURE_STATUSES[row.status]
            raise Conflict(
                _(
                    "The signature of “%(name)s” is now: %(state)s. Nothing was changed; look at it again.",
                    name=row.organization, state=state,
                )
            )  # fmt: skip
        _take_step(row, letter, what)
        db.session().flush()


def _take_step(row: Signature, letter: Letter, what: str) -> None:
    if what == APPROVED:
        refuse_second(row)
        row.status, row.decided_at = APPROVED, db.now()
        become_contact(row)
        # Only signatures to the newest text are published.
        if row.signer_email and row.text_id == text_of(letter.id).id:
            send_to_signer(row, letter, "approved")
    elif what == UNCONFIRMED:
        if row.status == UNCONFIRMED:
            _refuse_to_ask(row, letter)
        row.status, row.decided_at = (WAITING if row.confirmed_at else UNCONFIRMED), None
        if row.status == UNCONFIRMED:
            send_to_signer(row, letter, "confirm")
    elif what == WITHDRAWN:
        row.status, row.withdrawn_at = WITHDRAWN, db.now()
    else:
        row.status, row.decided_at = what, db.now()


def _refuse_to_ask(row: Signature, letter: Letter) -> None:
    """UserError where a new link would lead nowhere, or the last one has still to leave."""
    if not row.signer_email:
        raise UserError(_("There is no email address that a link could go to."))
    if not is_open(letter):
        raise UserError(_("This letter is closed."))
    if row.text_id != text_of(letter.id).id:
        raise UserError(_("The letter has a newer text. Please open it and sign that one."))
    if mail.on_its_way(row.signer_email, SIGNER_MAIL):
        raise UserError(_("A link is on its way to this address already. Wait until it was sent."))


def waiting(actor: Actor) -> Sequence[tuple[int, str, int]]:
    """Letters below which signatures wait for somebody who may decide: id, title, how many."""
    if not actor.can(EDIT):
        return []
    counted = (
        visible(Signature, actor, EDIT)
        .join(Letter, Letter.id == Signature.letter_id)
        .where(Signature.status == WAITING)
        .with_only_columns(Letter.id, Letter.title, func.count(Signature.id))
        .group_by(Letter.id, Letter.title)
        .order_by(Letter.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in db.session().execute(counted)]
