"""What can be done to contacts. Every function runs inside `db.transaction`; it flushes, never commits."""

from crm.contacts.services.affiliations import (
    add_affiliation,
    change_affiliation,
    end_affiliation,
    remove_affiliation,
)
from crm.contacts.services.carrying import carry_all_over
from crm.contacts.services.deleting import (
    CHILDREN,
    delete,
    kept,
    referred_to,
)
from crm.contacts.services.notes import (
    add_note,
    change_note,
    checked_note,
    set_do_not_contact,
)
from crm.contacts.services.records import (
    NAME_PARTS,
    affiliate,
    ancestors,
    apply_names,
    birth_date,
    carry_over,
    create,
    derive_person_name,
    find_organization,
    found_or_made,
    is_limited,
    load_parts,
    place,
    refuse_taken_id,
    rename_person,
    require_within,
    set_parent,
    set_parent_named,
)
from crm.contacts.services.touching import (
    touch,
)

__all__ = [
    "CHILDREN",
    "NAME_PARTS",
    "add_affiliation",
    "add_note",
    "affiliate",
    "ancestors",
    "apply_names",
    "birth_date",
    "carry_all_over",
    "carry_over",
    "change_affiliation",
    "change_note",
    "checked_note",
    "create",
    "delete",
    "derive_person_name",
    "end_affiliation",
    "find_organization",
    "found_or_made",
    "is_limited",
    "kept",
    "load_parts",
    "place",
    "referred_to",
    "refuse_taken_id",
    "remove_affiliation",
    "rename_person",
    "require_within",
    "set_do_not_contact",
    "set_parent",
    "set_parent_named",
    "touch",
]
