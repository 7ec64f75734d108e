"""What one does with outlets and reporters. Inside the caller's transaction; nothing here commits."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import (
    Actor,
    Affiliation,
    Contact,
    UserError,
    apply_custom,
    contacts,
    day_here,
    db,
    now,
    system,
    visible,
    without_custom,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Email
from crm.plugin_api.words import fold
from crm_media.models import Outlet, Reporter
from crm_media.services import holdings

MODELS: Final[tuple[type[Outlet] | type[Reporter], ...]] = (Outlet, Reporter)


def words(text: str) -> str:
    """Words with commas between as they are kept: each once, one space after each comma."""
    return ", ".join(dict.fromkeys(" ".join(each.split()) for each in text.split(",") if each.strip()))


def detail_of(model: Any, contact_id: int) -> Any:
    """The outlet or reporter that a contact is; None when it is none."""
    with system("what the press keeps of a contact that was loaded for the reader"):
        return db.session().scalar(select(model).where(model.contact_id == contact_id))


def keep(model: Any, contact: Contact, values: Mapping[str, Any], *, looked: bool = True) -> Any:
    """Make the contact an outlet or reporter, or change what is kept of it; it counts as verified today,
    unless nobody `looked` at it, as with a row of a file."""
    wanted = "person" if model is Reporter else "organization"
    if contact.kind != wanted:
        raise UserError(
            _("A reporter is a person; this is an organization.")
            if model is Reporter
            else _("An outlet is an organization; this is a person.")
        )
    row = detail_of(model, contact.id) or model(contact_id=contact.id)
    for name, value in without_custom(values).items():
        setattr(row, name, words(value or "") if name in {"areas", "languages", "beats"} else value)
    apply_custom(row, values)
    row.verified_on = day_here() if looked else row.verified_on
    db.session().add(row)
    db.session().flush()
    return row


def outlet_names(actor: Actor) -> Sequence[str]:
    """Those that the reader sees, by name; at most 500, for a field to offer."""
    statement = visible(Outlet, actor).join(Contact, Contact.id == Outlet.contact_id)
    ordered = statement.order_by(Contact.sort_name).limit(500).with_only_columns(Contact.name)
    return db.session().scalars(ordered).all()


def new_outlet(values: Mapping[str, Any], actor: Actor, *, looked: bool = True) -> Outlet:
    """An outlet by name: the organization of that name, or a new one."""
    name = values["name"]
    organization = contacts.find_organization(name, actor)
    if organization is not None and detail_of(Outlet, organization.id) is not None:
        raise UserError(_("“%(name)s” is among the outlets already.", name=organization.name))
    contact = organization or contacts.create({"kind": "organization", "name": name}, actor)
    about = {key: each for key, each in values.items() if key != "name"}
    kept: Outlet = keep(Outlet, contact, about, looked=looked)
    return kept


def new_reporter(values: Mapping[str, Any], actor: Actor, *, looked: bool = True) -> Reporter:
    """Somebody new of the press, with their post. Whoever has that name and address among the contacts
    becomes the reporter; UserError where they are one already."""
    there = _of_that_address(values, actor)
    if there is not None and detail_of(Reporter, there.id) is not None:
        raise UserError(_("“%(name)s” is among the reporters already, with this address.", name=there.name))
    about = {
        "kind": "person",
        "given_name": values["given_name"],
        "family_name": values["family_name"],
        "emails": [{"address": values["email"], "primary": True}],
        "phones": [{"number": values["phone"], "primary": True}],
    }
    contact = there or contacts.create(about, actor)
    own = {"given_name", "family_name", "email", "phone", "outlet", "role"}
    kept: Reporter = keep(
        Reporter, contact, {key: each for key, each in values.items() if key not in own}, looked=looked
    )
    if values["outlet"]:
        take_post(contact, values["outlet"], values["role"], None, actor)
    return kept


def _of_that_address(values: Mapping[str, Any], actor: Actor) -> Contact | None:
    """The person of that name whom the actor sees and who has that address."""
    address, name = values["email"].strip().lower(), f"{values['given_name']} {values['family_name']}"
    if not address:
        return None
    statement = visible(Contact, actor).join(Email, Email.contact_id == Contact.id)
    statement = statement.where(Email.address_key == address, Contact.kind == "person")
    found = db.session().scalars(statement.order_by(Contact.id)).unique()
    return next((each for each in found if fold(each.name) == fold(name)), None)


def take_post(person: Contact, outlet: str, role: str, since: date | None, actor: Actor) -> None:
    """A post at the outlet of this name, which is added to the outlets if it is new there."""
    organization = contacts.find_organization(outlet, actor) or contacts.create(
        {"kind": "organization", "name": outlet}, actor
    )
    if detail_of(Outlet, organization.id) is None:
        db.session().add(Outlet(contact_id=organization.id))
    contacts.affiliate(person, organization.id, role=role, start_date=since, is_primary=True)


def posts(contact_id: int, actor: Actor) -> Sequence[tuple[Affiliation, str]]:
    """The jobs of a person whom the reader may see, with the names of outlets that they may see: those of now
    first, then the newest."""
    statement = (
        visible(Contact, actor)
        .join(Affiliation, Affiliation.organization_id == Contact.id)
        .where(Affiliation.person_id == contact_id)
        .with_only_columns(Affiliation, Contact.name)
        .order_by(Affiliation.end_date.is_not(None), Affiliation.end_date.desc(), Affiliation.id.desc())
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


def staff_of(contact_id: int, actor: Actor) -> Sequence[tuple[Reporter, str]]:
    """The reporters who work at an outlet now, as far as the reader may see them."""
    at_work = select(Affiliation.person_id).where(
        Affiliation.organization_id == contact_id, Affiliation.is_current
    )
    statement = (
        visible(Reporter, actor)
        .join(Contact, Contact.id == Reporter.contact_id)
        .where(Reporter.contact_id.in_(at_work))
        .with_only_columns(Reporter, Contact.name)
        .order_by(Contact.sort_name, Contact.id)
        .limit(100)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


def move(reporter: Reporter, person: Contact, outlet: str, role: str, on: date, actor: Actor) -> None:
    """End the posts at outlets as of that day and begin one at another; what was stays as history. Other
    affiliations, such as a seat on a board, go on."""
    if on > max(day_here(), now().date()):
        raise UserError(_("The day lies in the future; write it down once they have moved."))
    with system("the posts of a reporter who was loaded for the actor"):
        statement = (
            select(Affiliation)
            .join(Outlet, Outlet.contact_id == Affiliation.organization_id)
            .where(Affiliation.person_id == person.id, Affiliation.is_current)
        )
        old = db.session().scalars(statement).all()
    for post in old:
        if post.start_date is not None and post.start_date > on:
            raise UserError(_("Their present post began after that day. Choose a later one."))
        post.end_date, post.is_primary = on, False
    db.session().flush()
    if outlet:
        take_post(person, outlet, role, on, actor)
    reporter.verified_on = day_here()
    db.session().flush()


def remove(contact_id: int) -> None:
    """Nothing that the press keeps of this contact as an outlet or reporter stays."""
    for model in MODELS:
        row = detail_of(model, contact_id)
        if row is not None:
            if model is Outlet:
                holdings.let_go([row.id])
            db.session().delete(row)
    db.session().flush()
