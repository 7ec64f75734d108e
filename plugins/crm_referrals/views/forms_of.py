"""What the forms of the directory have in common."""

from typing import Any

from flask import request

from crm.plugin_api import Conflict, Form, db
from crm.plugin_api import gettext as _
from crm_referrals.models import Agency, Service


def status_of(form: Form) -> int:
    """422 for a form that came back with mistakes; some of these forms have a field named status."""
    return 422 if form.errors else 200


def refuse_stale(row: Agency | Service) -> None:
    """An older form does not undo what somebody else wrote meanwhile."""
    db.session().refresh(row, with_for_update={"key_share": True})
    if request.form.get("seen", mark_of(row)) != mark_of(row):
        raise Conflict(_("Somebody else has changed this meanwhile. Open it again and look before you save."))


def mark_of(row: Agency | Service) -> str:
    """What a form says that it was filled in from."""
    return row.updated_at.isoformat()


def empty_of(name: str) -> Any:
    return None if name in {"weekly_cap", "contact_id", "minimum_age", "maximum_age"} else ""
