"""Commitments: written down, changed, kept, let go, reminded of."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from crm import db
from crm.access import visible
from crm.access.guard import system
from crm.coalitions.models import Commitment
from crm.coalitions.permissions import COMMIT
from crm.coalitions.services.detaching import detach
from crm.errors import UserError
from crm.fields.custom.values import apply_custom
from crm.i18n import today
from crm.transfer.cleaning.text import clean_note, squash

CHANGEABLE = (
    "contact_id", "kind", "title", "coalition_id", "campaign_id", "delegate_id", "owner_user_id",
    "pledged_on", "due_date", "remind_days", "note",
)  # fmt: skip
OUTCOME = ("status", "kept_on", "evidence", "evidence_url")


def create(values: Mapping[str, Any]) -> Commitment:
    """A new commitment; raises UserError when somebody who promises, a title or an owner is missing."""
    commitment = Commitment()
    _apply(commitment, values)
    db.session().add(commitment)
    db.session().flush()
    _require_own(commitment)
    return commitment


def change(commitment: Commitment, values: Mapping[str, Any]) -> None:
    """Change what was promised, by whom, until when, and who follows it up."""
    _apply(commitment, values)
    touch(commitment)
    db.session().flush()
    _require_own(commitment)


def _apply(commitment: Commitment, values: Mapping[str, Any]) -> None:
    if not values.get("owner_user_id"):
        raise UserError(
            _("Say who of us follows this up. A commitment without an owner is forgotten by everybody.")
        )
    if not values.get("contact_id"):
        raise UserError(_("Say who promised it."))
    if not squash(values.get("title") or ""):
        raise UserError(_("Say in a few words what was promised."))
    pledged, due = values.get("pledged_on") or today(), values.get("due_date")
    if due and due < pledged:
        raise UserError(_("The deadline lies before the day of the promise. Check the two dates."))
    for name in CHANGEABLE:
        setattr(commitment, name, values.get(name))
    commitment.title, commitment.pledged_on = squash(values["title"]), pledged
    commitment.note = clean_note(values.get("note") or "")
    commitment.remind_days = int(values.get("remind_days") or 0)
    apply_custom(commitment, values)
    if commitment.delegate_id == commitment.contact_id:
        commitment.delegate_id = None


def _require_own(commitment: Commitment) -> None:
    change_set = db.current_change()
    assert change_set is not None
    statement = visible(Commitment, change_set.actor, COMMIT).where(Commitment.id == commitment.id)
    if db.session().execute(statement.with_only_columns(Commitment.id)).first() is None:
        raise UserError(_("Choose one of your own coalitions, or somebody who belongs to you."))


def keep(commitment: Commitment, kept_on: date | None, evidence: str, evidence_url: str) -> None:
    """It was kept: when, and how we know."""
    kept_on = kept_on or today()
    if kept_on > today():
        raise UserError(_("It cannot have been kept on a day that is still to come."))
    commitment.status, commitment.kept_on = "kept", kept_on
    commitment.evidence, commitment.evidence_url = clean_note(evidence), checked_link(evidence_url)
    touch(commitment)
    db.session().flush()


def checked_link(text: str) -> str:
    """A web address, with https:// where that was left out; raises UserError for what is none."""
    link = squash(text)
    if not link:
        return ""
    if "://" not in link:
        link = f"https://{link}"
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or "." not in (parts.hostname or "") or " " in link:
        raise UserError(
            _("“%(link)s” is not a web address. Write it as https://example.org/page.", link=text)
        )
    return link


def close(commitment: Commitment, status: str, note: str) -> None:
    """It will not be kept any more (`lapsed`), was taken back (`withdrawn`), or is open again (`open`)."""
    commitment.status = status
    commitment.kept_on = None
    if note := clean_note(note):
        commitment.note = f"{commitment.note}\n{note}".strip()
    touch(commitment)
    db.session().flush()


def postpone(commitment: Commitment, due_date: date | None) -> None:
    """A new date was agreed on; raises UserError when it is none or past."""
    if due_date is None or due_date < today():
        raise UserError(_("Choose a day from today on."))
    commitment.due_date = due_date
    touch(commitment)
    db.session().flush()


def reminded(commitment: Commitment) -> None:
    """Somebody of ours has just reminded them."""
    commitment.reminded_at = db.now()
    touch(commitment)
    db.session().flush()


def delete(commitment: Commitment) -> None:
    """Remove a commitment that was a mistake; tasks and asks that name it stay."""
    change_set = db.current_change()
    assert change_set is not None
    with system("deleting a commitment that others may name"):
        detach("commitment", [commitment.id])
        change_set.delete(db.table(Commitment), [commitment.id])
    db.session().expire_all()


def touch(commitment: Commitment) -> None:
    commitment.version += 1
    commitment.updated_at = db.now()
