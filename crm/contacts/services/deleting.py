"""Deleting contacts with all that hangs on them."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access.guard import system
from crm.contacts.models import (
    Address,
    Affiliation,
    Attachment,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    FormerContact,
    Link,
    NotDuplicate,
    Note,
    Phone,
)
from crm.errors import UserError
from crm.plugin_host.checks import tables_of
from crm.runtime import runtime

CHILDREN = (
    (Email, "contact_id"),
    (Phone, "contact_id"),
    (Address, "contact_id"),
    (Link, "contact_id"),
    (ContactTag, "contact_id"),
    (DoNotContact, "contact_id"),
    (Note, "contact_id"),
    (Attachment, "contact_id"),
    (FormerContact, "contact_id"),
    (NotDuplicate, "first_id"),
    (NotDuplicate, "second_id"),
    (Affiliation, "person_id"),
    (Affiliation, "organization_id"),
)
"""Every table of this feature that hangs on a contact, with the column that says on which."""


def delete(ids: Sequence[int]) -> int:
    """Delete contacts and all that hangs on them; the journal can bring them back. Returns how many.

    Organizations below a deleted one lose their parent. Raises UserError naming what refers to one of
    them from another part of the program.
    """
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model, column in CHILDREN:
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(db.among(table.c[column], ids))).scalars()
            change.delete(table, rows)
        contacts = db.table(Contact)
        under = select(contacts.c.id).where(db.among(contacts.c.parent_id, ids))
        change.update(contacts, db.session().execute(under).scalars(), {"parent_id": None})
        runtime().plugins.backwards("crm_contact_delete", ids=ids)
        _refuse_while_referred_to(ids)
        try:
            count = change.delete(contacts, ids)
        except IntegrityError as error:
            raise UserError(
                _(
                    "Not deleted: data of a plugin that is switched off still refers to one of them. "
                    "Ask an administrator to switch it on, then remove that first."
                )
            ) from error
    db.session().expire_all()
    return count


def referred_to(ids: Sequence[int], *, deleting: bool = False) -> dict[int, str]:
    """Those contacts that a row of another part of the program refers to, each with that table's name; with
    `deleting` without the rows that would go or let go by themselves."""
    own = {db.table(model).name for model, _column in CHILDREN} | {"contact"}
    found: dict[int, str] = {}
    plugins = (
        each
        for each in runtime().plugins.plugins
        if not (deleting and hasattr(each.module, "crm_contact_delete"))
    )
    enabled = (table for plugin in plugins for table in tables_of(plugin))
    for table in enabled:
        for key in table.foreign_keys:
            if key.column.table.name == "contact" and table.name not in own:
                statement = select(key.parent).where(db.among(key.parent, ids)).distinct()
                with system("what still needs a contact"):
                    for each in db.session().execute(statement).scalars():
                        found.setdefault(each, table.name)
    return found


def kept(ids: Sequence[int]) -> set[int]:
    """Those of the contacts that `delete` would refuse, since a row of another part of the program needs them
    or a feature keeps them."""
    by_features = {each for _plugin, each in runtime().plugins.collect("crm_contact_kept", ids=ids)}
    return by_features | referred_to(ids, deleting=True).keys()


def _refuse_while_referred_to(ids: Sequence[int]) -> None:
    for table_name in referred_to(ids).values():
        raise UserError(
            _(
                "Not deleted: something in “%(table)s” still refers to one of them. "
                "Remove or move that first.",
                table=table_name.replace("_", " "),
            )
        )
