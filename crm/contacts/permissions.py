"""Who may see and change contacts."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import EVERYBODY, STAFF
from crm.contacts.models import Affiliation, Contact, DuplicatePair, NotDuplicate
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility, Withheld
from crm.runtime import runtime

VIEW = "contacts.view"
EDIT = "contacts.edit"
DELETE = "contacts.delete"
BULK = "contacts.bulk"
EXPORT = "contacts.export"
IMPORT = "contacts.import"
DATA = "contacts.data"
ERASE = "contacts.erase"
TAGS = "contacts.tags"
MERGE = "contacts.merge"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See people and organizations"), roles=EVERYBODY),
        Permission(EDIT, _("Add and change people and organizations"), roles=STAFF),
        Permission(DELETE, _("Delete people and organizations"), roles=organizer),
        Permission(BULK, _("Change many at once"), roles=organizer),
        Permission(MERGE, _("Merge duplicates"), _("It can be undone."), roles=organizer),
        Permission(EXPORT, _("Take lists out as files"), roles=organizer),
        Permission(IMPORT, _("Bring lists in from files"), roles=organizer, everywhere=True),
        Permission(TAGS, _("Rename, merge and describe tags"), roles=organizer, everywhere=True),
        Permission(
            DATA,
            _("See and hand over everything held about somebody"),
            _("History and the data of every plugin included, for somebody who asks what is known of them."),
        ),
        Permission(
            ERASE,
            _("Erase somebody for good, history included"),
            _("It cannot be undone."),
        ),
    )


def organizations_in(scopes: Scopes) -> Select[int]:
    """The ids of the organizations that somebody's roles are limited to, with those under them."""
    ids = scopes.ids.get("organization", frozenset())
    # Without a name of its own, for a statement may ask for two permissions over different organizations.
    tree = select(Contact.id).where(Contact.id.in_(ids)).cte(recursive=True)
    tree = tree.union(select(Contact.id).join(tree, Contact.parent_id == tree.c.id))
    return select(tree.c.id)


def contact_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over an organization: it, what is under it, and the people who belong to any of those."""
    under = organizations_in(scopes)
    people = select(Affiliation.person_id).where(Affiliation.organization_id.in_(under))
    return or_(Contact.id.in_(under), Contact.id.in_(people))


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(Contact, VIEW, contact_rule),
        Visibility(DuplicatePair, VIEW, partial(_pair_rule, DuplicatePair)),
        Visibility(NotDuplicate, VIEW, partial(_pair_rule, NotDuplicate)),
    )


def withheld() -> Iterable[Withheld]:
    """Two of whom one is kept from somebody are, too."""
    return (
        Withheld(DuplicatePair, partial(_pair_withheld, DuplicatePair)),
        Withheld(NotDuplicate, partial(_pair_withheld, NotDuplicate)),
    )


def _pair_withheld(model: Any, actor: Actor, ids: Any) -> ColumnElement[bool] | None:
    first, second = (
        runtime().access.withheld(Contact, actor, column) for column in (model.first_id, model.second_id)
    )
    if first is None or second is None:
        return None
    found: ColumnElement[bool] = ids.in_(select(model.id).where(or_(first, second)))
    return found


def _pair_rule(model: Any, actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Whoever may see both may see that they are alike."""
    theirs = select(Contact.id).where(contact_rule(actor, scopes))
    return and_(model.first_id.in_(theirs), model.second_id.in_(theirs))
