"""The blueprint of the journal, and finding what its views are about."""

from flask import Blueprint, abort, request

from crm.access import current_actor
from crm.journal import recent
from crm.journal.models import ChangeSet

blueprint = Blueprint("journal", __name__)


def change_set_or_404(change_set_id: int) -> ChangeSet:
    """The change set, if the reader may see something of it."""
    found = recent.find(change_set_id, current_actor())
    if found is None:
        abort(404)
    return found


def id_argument(name: str) -> int | None:
    """An id in the page's address; None where there is none, or something else."""
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None
