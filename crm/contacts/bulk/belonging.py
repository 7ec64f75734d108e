"""Putting many people into an organization, and many organizations under one."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import Length

from crm import db
from crm.access import NotAllowed, current_actor
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.bulk.state import OWN_PART, Arguments, State, touch_many
from crm.contacts.models import PERSON, Affiliation, Contact, Organization
from crm.errors import UserError
from crm.forms import Form
from crm.i18n import lazy_gettext
from crm.transfer.cleaning.text import squash


class BelongingForm(Form):
    organization = StringField(
        lazy_gettext("Organization"),
        [Length(max=200)],
        description=lazy_gettext("People are added to it; organizations become part of it."),
        render_kw={"list": "organization-names", "autocomplete": "off", "data-autofocus": ""},
    )
    role = StringField(lazy_gettext("Role there"), [Length(max=200)])


def arguments(form: Any) -> Arguments:
    name = squash(form.organization.data or "")
    if not name:
        raise UserError(_("Say which organization it is."))
    actor = current_actor()
    known = services.find_organization(name, actor)
    if known is None and services.is_limited(actor):
        raise NotAllowed(
            _("You look after no organization called “%(name)s”. Choose one of yours.", name=name)
        )
    return {
        "id": known.id if known else 0,
        "organization": known.name if known else name,
        "new": known is None,
        "role": squash(form.role.data or ""),
    }


def title(arguments: Arguments) -> str:
    return _("Put into “%(organization)s”", organization=arguments["organization"])


def sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "%(count)s contact belongs to %(organization)s",
            "%(count)s contacts belong to %(organization)s",
            count,
            count=count,
            organization=arguments["organization"],
        )
    )


def read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    """People are compared by their affiliations that have not ended, organizations by their parent."""
    target_id = arguments["id"]
    above = {target_id, *services.ancestors(target_id)}
    with system("the ids were checked against what the actor may see"):
        contacts = select(Contact.id, Contact.kind, Contact.parent_id).where(db.among(Contact.id, ids))
        rows = db.session().execute(contacts).all()
        joined = select(Affiliation.person_id).where(
            Affiliation.organization_id == target_id,
            Affiliation.is_current,
            db.among(Affiliation.person_id, ids),
        )
        members = set(db.session().execute(joined).scalars())
    found = {}
    for each, kind, parent_id in rows:
        if kind == PERSON:
            found[each] = State(already=each in members)
        elif each in above:
            found[each] = State(refusal=OWN_PART)
        else:
            found[each] = State(parent_id, parent_id is not None and parent_id == target_id)
    return found


def write(arguments: Arguments, ids: Sequence[int], actor: Actor) -> None:
    name = arguments["organization"]
    target = services.find_organization(name, actor) or services.create(
        {"kind": "organization", "name": name}, actor
    )
    db.session().flush()
    with system("the ids were checked against what the actor may change"):
        people = select(Contact.id).where(db.among(Contact.id, ids), Contact.kind == PERSON)
        persons = list(db.session().execute(people).scalars())
    _affiliate(persons, target, arguments["role"])
    touch_many(persons)
    touch_many(sorted(set(ids) - set(persons)), parent_id=target.id)


def _affiliate(persons: Sequence[int], target: Organization | Contact, role: str) -> None:
    """A new affiliation each; it is the main one of somebody who has no other."""
    change = db.current_change()
    assert change is not None
    table = db.table(Affiliation)
    current = select(table.c.person_id).where(Affiliation.is_current, db.among(table.c.person_id, persons))
    with system("a person's own affiliations decide which is primary"):
        placed = set(db.session().execute(current).scalars())
    values = {
        "organization_id": target.id,
        "role": role,
        "department": "",
        "source": "",
        "created_at": db.now(),
    }
    rows = [{**values, "person_id": each, "is_primary": each not in placed} for each in persons]
    if rows:
        made = db.session().execute(table.insert().returning(table.c.id), rows).scalars().all()
        change.created(table, made)
