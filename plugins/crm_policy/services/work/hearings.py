"""Hearings as staff writes them down or puts them right."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from crm.plugin_api import UserError, db
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note, fold, squash
from crm_policy.importing.bills import hearing_at, standing
from crm_policy.importing.committee_names import committee_of
from crm_policy.models import Bill, Hearing
from crm_policy.places import zone_of

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
_OURS: Final = ("starts_at", "all_day", "place", "url", "status")
"""What an import would write; once staff says otherwise it no longer does."""


def write_hearing(found: Hearing | None, values: Mapping[str, Any], bill: Bill | None) -> Hearing:
    """A new hearing, or one put right. UserError where another of the committee stands at that moment; a new
    one that is here already only gets the bill on its agenda, for what somebody noted there is theirs."""
    moment = _moment(values)
    committee = squash(values["committee_name"])
    other = standing(values["state"], committee, moment, found.kind if found is not None else "hearing")
    if other is not None and other is not found:
        if found is not None or bill is None or _says_more(values):
            raise UserError(
                _(
                    "“%(name)s” has a hearing at that moment already. Open it under “Hearings” and change it "
                    "there.",
                    name=committee,
                )
            )
        return other
    one = found or hearing_at(values["state"], committee, moment, "hearing")
    before = {name: getattr(one, name) for name in _OURS}
    if (one.state, one.committee_name) != (values["state"], committee):
        one.committee_id = committee_of(values["state"], committee)
    one.committee_name, one.committee_key = committee, fold(committee)[:200]
    if one.starts_at != moment:
        one.all_day = one.all_day and values["starts_at"].time() == time()
    one.starts_at, one.state, one.time_zone = moment, values["state"], str(zone_of(values["state"]))
    for name in ("place", "url", "status", "remind_days"):
        setattr(one, name, values[name] if values[name] is not None else "")
    one.note = clean_note(values["note"] or "")
    changed = {name for name in _OURS if getattr(one, name) != before[name]}
    one.staff_fields = sorted({*one.staff_fields, *changed})
    db.session().flush()
    return one


def _says_more(values: Mapping[str, Any]) -> bool:
    return bool(values["place"] or values["url"] or values["note"]) or values["status"] != "confirmed"


def _moment(values: Mapping[str, Any]) -> datetime:
    told: datetime = values["starts_at"]
    if not FIRST_YEAR <= told.year <= LAST_YEAR:
        raise UserError(_("Look at the year: %(year)s cannot be right.", year=told.year))
    return told.replace(tzinfo=zone_of(values["state"]))
