"""The entries of the directory: what staff and agencies say of services, and how full they are."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, select

from crm.plugin_api import Actor, UserError, day_here, db
from crm.plugin_api import gettext as _
from crm.plugin_api.contacts import create, find_organization
from crm_referrals import links
from crm_referrals.models import Agency, Capacity, Location, Placing, Proposal, Service, ServiceTerm
from crm_referrals.permissions import EDIT
from crm_referrals.services import finding

PROPOSABLE = (
    "name",
    "description",
    "status",
    "application_process",
    "eligibility_description",
    "fees_description",
    "url",
    "email",
    "minimum_age",
    "maximum_age",
    "area_codes",
    "language_codes",
)
"""What an agency may change by its link, after staff have looked at it."""
_LISTS = {"language_codes": "languages", "area_codes": "service_areas"}
"""What stands in a column of a service, and in a list that a file brought in."""


def staff_said(row: Agency | Location | Service, names: Iterable[str]) -> None:
    """These fields were changed here, so an import leaves them as they are. A list that a file brought in
    goes when what was made of it was changed: it would go out as it was."""
    said = set(names)
    lists = {_LISTS[each] for each in said & _LISTS.keys()}
    if lists & row.parts.keys():
        row.parts = {name: each for name, each in row.parts.items() if name not in lists}
    said |= {f"parts.{each}" for each in lists}
    if not said <= set(row.staff_fields):
        row.staff_fields = sorted({*row.staff_fields, *said})


def is_other(old: Any, new: Any) -> bool:
    """Whether one value says something else than another: empty or not ticked says nothing, 0 does."""
    before, after = ("" if each is None or each is False else each for each in (old, new))
    return bool(before != after)


def _text(value: Any) -> Any:
    """What a field of a form says; browsers end lines in two letters, which changes nothing."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def put(row: Agency | Location | Service, values: Mapping[str, Any]) -> None:
    """Write what was said here of a row, and remember which of it was changed."""
    said = {name: _text(value) for name, value in values.items()}
    changed = [name for name, value in said.items() if is_other(getattr(row, name), value)]
    for name, value in said.items():
        setattr(row, name, value)
    if row.id is not None:
        staff_said(row, changed)


def set_words(service: Service, agency_name: str) -> None:
    """Bring up to date what a service is found and sorted by."""
    service.sort_name = finding.fold(service.name)
    areas = finding.spoken(service.area_codes or "")
    texts = (service.name, service.alternate_name, agency_name, areas, service.description)
    service.search_text = finding.fold(" ".join(each or "" for each in texts))[:4000]


def save_agency(agency: Agency | None, values: Mapping[str, Any]) -> Agency:
    """Write an agency, a new one when there is none."""
    if agency is None:
        agency = Agency(uid=str(uuid4()), name="", sort_name="", parts={}, staff_fields=[])
        db.session().add(agency)
    put(agency, values)
    agency.sort_name = finding.fold(agency.name)
    agency.updated_at = db.now()
    db.session().flush()
    for service in db.session().scalars(select(Service).where(Service.agency_id == agency.id)):
        set_words(service, agency.name)
    return agency


ROUTING = ("notice_email", "notice", "contact_id")
"""Where the referrals of an agency go: whoever changes these decides who reads about students."""


def address_of(agency: Agency) -> str:
    """Where an agency reads what is about its entries: where its referrals go, else what is public."""
    return agency.notice_email or agency.email


def link_of(agency: Agency) -> str:
    """The agency's own link, by which it looks after its entries without an account."""
    return links.address(links.AGENCY, agency.id, agency.link_version, sent_to=address_of(agency))


def reroute(agency: Agency, values: Mapping[str, Any]) -> None:
    """Referrals of an agency go elsewhere from now on: its links end, and the old address is told."""
    from crm_referrals.services import notices  # It looks agencies up here.

    changed = [name for name in ROUTING if name in values and values[name] != getattr(agency, name)]
    if not changed:
        return
    old_address = agency.notice_email
    for name in changed:
        setattr(agency, name, values[name])
    if changed != ["notice"]:
        agency.link_version += 1
    db.session().flush()
    if changed == ["notice"]:
        notices.to_chosen(agency)
    else:
        notices.to_old_address(agency, old_address)


OWN_CHOICES = ("notice", "weekly_cap", "language")
"""What an agency says about itself without staff: none of it changes where referrals go."""


def choose(agency: Agency, values: Mapping[str, Any]) -> None:
    """An agency says how it wants to hear of referrals, in what language, and how many it takes."""
    for name in ("weekly_cap", "language"):
        setattr(agency, name, values[name])
    agency.updated_at = db.now()
    reroute(agency, {"notice": values["notice"]})
    db.session().flush()


def refuse_ages(low: int | None, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        raise UserError(_("The youngest age is above the oldest. Change one of them."))


def save_service(
    agency: Agency, service: Service | None, values: Mapping[str, Any], terms: Collection[str]
) -> Service:
    """Write a service with its kinds. UserError when its ages make no sense."""
    refuse_ages(values.get("minimum_age"), values.get("maximum_age"))
    if service is None:
        service = Service(
            uid=str(uuid4()),
            agency_id=agency.id,
            name="",
            sort_name="",
            parts={},
            staff_fields=["is_sensitive"],  # The box stood there, ticked or not: no file says otherwise.
        )
        db.session().add(service)
    known = service.id is not None
    put(
        service,
        {
            name: finding.codes_of(name, value or "") if name in _LISTS else value
            for name, value in values.items()
        },
    )
    set_words(service, agency.name)
    db.session().flush()
    if known and set(terms) != set(finding.terms_of([service.id]).get(service.id, ())):
        staff_said(service, ["terms"])
    set_terms(service, terms)
    return service


def set_terms(service: Service, terms: Iterable[str]) -> None:
    wanted = set(terms)
    for row in db.session().scalars(select(ServiceTerm).where(ServiceTerm.service_id == service.id)).all():
        if row.term in wanted:
            wanted.discard(row.term)
        else:
            db.session().delete(row)
    db.session().add_all(ServiceTerm(service_id=service.id, term=term) for term in sorted(wanted))
    db.session().flush()


MOST_AT_ONCE = 2000


def add_terms(wanted: finding.Wanted, ids: Collection[int] | None, terms: Collection[str]) -> int:
    """Add kinds of need to the services that a search finds, or to those of them with these ids; how many
    there were."""
    statement = select(Service.id).join(Agency, Agency.id == Service.agency_id)
    statement = statement.where(*finding.conditions(wanted, public=False))
    if ids is not None:
        statement = statement.where(db.among(Service.id, ids))
    found = db.session().scalars(statement.order_by(Service.id).limit(MOST_AT_ONCE)).all()
    known = finding.terms_of(found)
    db.session().add_all(
        ServiceTerm(service_id=each, term=term)
        for each in found
        for term in sorted(set(terms) - set(known.get(each, ())))
    )
    db.session().flush()
    return len(found)


def say_capacity(service: Service, state: str, available: int | None, note: str, said_by: str) -> Capacity:
    """Write down how full a service says that it is now."""
    row = Capacity(service_id=service.id, state=state, available=available, note=note, said_by=said_by)
    db.session().add(row)
    db.session().flush()
    return row


def propose(service: Service, wanted: Mapping[str, Any], by_name: str) -> Proposal | None:
    """Keep what an agency wants changed until staff have looked; None when nothing differs."""
    changes = {}
    for name in PROPOSABLE:
        new = wanted.get(name)
        new = finding.codes_of(name, new or "") if name in _LISTS else _text(new)
        if name in wanted and is_other(getattr(service, name), new):
            changes[name] = new
    if other := str(wanted.get("other") or "").strip():
        changes["other"] = other
    if not changes:
        return None
    row = Proposal(service_id=service.id, changes=changes, by_name=by_name)
    db.session().add(row)
    db.session().flush()
    return row


def waiting_of(agency_id: int) -> frozenset[int]:
    """Services of an agency whose proposed changes staff have not looked at yet."""
    statement = (
        select(Proposal.service_id)
        .join(Service, Service.id == Proposal.service_id)
        .where(Service.agency_id == agency_id, Proposal.status == "waiting")
    )
    return frozenset(db.session().scalars(statement))


def proposals(actor: Actor) -> Select[Proposal, Service, Agency]:
    """Changes that agencies proposed and nobody has looked at, of those whose entries the actor keeps."""
    statement = (
        select(Proposal, Service, Agency)
        .join(Service, Service.id == Proposal.service_id)
        .join(Agency, Agency.id == Service.agency_id)
        .where(Proposal.status == "waiting")
    )
    scopes = actor.scopes(EDIT)
    if not scopes.everything:
        own = sorted(scopes.ids.get("organization", frozenset()))
        statement = statement.where(db.among(Agency.contact_id, own))
    return statement.order_by(Proposal.id)


def count_proposals(actor: Actor) -> int:
    if not actor.can(EDIT):
        return 0
    return len(db.session().execute(proposals(actor).with_only_columns(Proposal.id).limit(1000)).all())


def with_contact(values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The values of an agency with its organization: the chosen one, or the one of its name, or a new one."""
    if values.get("contact_id"):
        return dict(values)
    found = find_organization(values["name"], actor) or create(
        {"kind": "organization", "name": values["name"]}, actor
    )
    return dict(values) | {"contact_id": found.id}


def decide(proposal: Proposal, *, take: bool) -> None:
    """Take a proposed change into the directory, or refuse it. Of two who decide at once the second
    is told."""
    db.session().refresh(proposal, with_for_update={"key_share": True})
    if proposal.status != "waiting":
        raise UserError(_("Somebody has already decided about this change."))
    proposal.status = "taken" if take else "refused"
    if take:
        service = db.session().get_one(Service, proposal.service_id)
        # What is said in words of their own staff write down where it belongs.
        put(service, {name: value for name, value in proposal.changes.items() if name != "other"})
        refuse_ages(service.minimum_age, service.maximum_age)
        set_words(service, db.session().get_one(Agency, service.agency_id).name)
        service.assured_on = day_here()
    db.session().flush()


def remove_service(service: Service) -> None:
    """Delete a service that nobody was ever referred to; else it ends. Places where nothing else is given go
    with it: nobody may learn from them what was given there. What is confidential stays, told to nobody: the
    history of its end would tell whoever deletes a service where it is."""
    places = [each.id for each in finding.locations_of(service.id) if not each.is_confidential]
    for model in (ServiceTerm, Capacity, Placing, Proposal):
        for row in db.session().scalars(select(model).where(model.service_id == service.id)).all():
            db.session().delete(row)
    db.session().flush()
    still = select(Placing.location_id)
    for place in (
        db.session()
        .scalars(select(Location).where(db.among(Location.id, places), Location.id.not_in(still)))
        .all()
    ):
        db.session().delete(place)
    db.session().delete(service)
    db.session().flush()
