"""When a service last changed, for systems that ask what is new since then: also when its places, kinds or
room changed, its agency did, or something was undone."""

from collections.abc import Collection, Mapping

from sqlalchemy import select, update

from crm.plugin_api import db
from crm_referrals.models import Placing, Proposal, Service

_HANG_ON = ("referrals_service_term", "referrals_placing", "referrals_capacity")
"""Tables whose rows say something of a service to everybody."""


def follow(touched: Mapping[str, Collection[int]]) -> None:
    """Note on services when they changed, after records were written (`crm_changed`): by a page, an import or
    undo. An import that finds nothing new writes nothing, so it notes nothing."""
    agencies = touched.get("referrals_agency", ())
    found = _by_what_hangs_on(touched.get("referrals_service", ())) | _of_agencies(agencies)
    for some in db.chunks(sorted(found)):
        changed = update(db.table(Service)).where(db.among(Service.id, some))
        db.session().execute(changed.values(updated_at=db.now()))


def _by_what_hangs_on(services: Collection[int]) -> set[int]:
    """Those of these services whose kinds, places or room changed; what an agency only proposes does not
    count."""
    change = db.current_change()
    if change is None or not services:
        return set()
    proposals = change.rows("referrals_proposal", services)
    proposed = set(db.session().scalars(select(Proposal.service_id).where(db.among(Proposal.id, proposals))))
    only = {each for each in proposed if not any(change.rows(table, [each]) for table in _HANG_ON)}
    return set(services) - only


def _of_agencies(agencies: Collection[int]) -> set[int]:
    """Services that changed themselves or are given at a place that did, and all of an agency that did."""
    change = db.current_change()
    if change is None or not agencies:
        return set()
    places, changed = change.rows("referrals_location", agencies), change.rows("referrals_agency", agencies)
    here = select(Placing.service_id).where(db.among(Placing.location_id, places))
    theirs = select(Service.id).where(db.among(Service.agency_id, changed))
    own = change.rows("referrals_service", agencies)
    return {*own, *db.session().scalars(here), *db.session().scalars(theirs)}
