"""What people read about rows of contacts: reasons, fields, the record itself."""

from typing import Any, Final

from flask_babel import gettext as _

from crm.contacts.words import CHANNELS, SECTORS, label_words, no_mail_words
from crm.i18n import lazy_gettext as _l
from crm.transfer import own
from crm.transfer.people.compare import shown
from crm.transfer.record import ContactRecord

SENTENCES: Final[dict[str, Any]] = {
    "ambiguous": _l(
        "Several contacts fit this row: %(value)s. Merge them, or add to the row what tells them apart, "
        "such as a birth date."
    ),
    "id_of_another": _l(
        "The ID “%(column)s” belongs to %(value)s, who has nothing else in common with this row. Correct the "
        "ID, or do not import this column."
    ),
    "id_in_use": _l("The ID “%(column)s” is in use already. Correct it, or do not import this column."),
    "id_reserved": _l(
        "IDs that begin with “%(column)s” come from lists that you may not see. Correct it, or do not import "
        "this column."
    ),
    "id_of_row": _l(
        "The ID “%(column)s” stands in row %(value)s too, which names somebody else. Correct the ID, or do "
        "not import this column."
    ),
    "same_person": _l("The same as row %(value)s."),
    "kept": _l("%(column)s: “%(value)s” differs from what is there, which was kept."),
    "matched_id": _l("Recognized by the ID."),
    "matched_before": _l("This row was imported before."),
    "matched_evidence": _l("Recognized by the name and: %(value)s."),
    "matched_name": _l("Recognized by the name. Everything in this row is there already."),
    "matched_organization": _l("Recognized by the name."),
    "alike_open": _l("%(value)s"),
    "alike_same": _l("Said to be somebody who is here: %(value)s. It fills what is missing."),
    "alike_other": _l("Said to be somebody else."),
    "gone": _l("Deleted by somebody after the plan was made, so nothing was changed."),
    "changed_since": _l("Changed by somebody after the plan was made, so nothing was changed: %(value)s."),
    "appeared": _l("Added by somebody after the plan was made, as %(value)s; not added a second time."),
    "id_taken": _l("The ID “%(column)s” was given to somebody else after the plan was made."),
    "own_parent": _l("“%(value)s” would be part of itself; that was left out."),
    "first_skipped": _l("Row %(value)s, which is the same, was left out, and so was this one."),
}
_EVIDENCE: Final = {
    "email": _l("email"),
    "phone": _l("phone"),
    "address": _l("postal address"),
    "birth_date": _l("birth date"),
}
_ALIKE: Final = {
    "name": _l("same name"),
    "similar": _l("similar name"),
    "email": _l("same email"),
    "phone": _l("same phone"),
}
MATCH_KEYS: Final[dict[str, Any]] = {
    "best": _l("What fits best: the ID, else the name with email, phone, address or birth date"),
    "external_id": _l("The ID alone"),
    "email": _l("The ID, else name and email"),
    "phone": _l("The ID, else name and phone"),
    "address": _l("The ID, else name and postal address"),
    "birth_date": _l("The ID, else name and birth date"),
}
_FIELDS: Final[dict[str, Any]] = {
    "name": _l("Name"),
    "prefix": _l("Prefix"),
    "given_name": _l("Given name"),
    "middle_name": _l("Middle name"),
    "family_name": _l("Family name"),
    "suffix": _l("Suffix"),
    "nickname": _l("Nickname"),
    "pronouns": _l("Pronouns"),
    "external_id": _l("ID"),
    "birth_date": _l("Birth date"),
    "job_title": _l("Job title"),
    "language": _l("Language"),
    "sector": _l("Sector"),
    "description": _l("About"),
    "email": _l("Email"),
    "phone": _l("Phone"),
    "address": _l("Address"),
    "link": _l("Web page"),
    "organization": _l("Organization"),
    "parent": _l("Part of"),
    "role": _l("Role"),
    "department": _l("Department"),
    "tag": _l("Tag"),
    "do_not": _l("Do not contact"),
    "note": _l("Note"),
    "photo": _l("Photo"),
    "label": _l("kind"),
    "no_mail": _l("no mail to it"),
    "extension": _l("extension"),
    "street": _l("street"),
    "street2": _l("second line"),
    "city": _l("city"),
    "region": _l("state"),
    "postal_code": _l("ZIP code"),
    "country": _l("country"),
}


def sentence(code: str, column: str, value: str) -> str:
    """The sentence of a reason of this kind; KeyError for the code of another."""
    if code.startswith("alike"):
        value = ", ".join(str(_ALIKE[kind]) for kind in value.split(",") if kind in _ALIKE)
    elif code == "matched_evidence":
        value = ", ".join(str(_EVIDENCE[kind]) for kind in value.split(",") if kind in _EVIDENCE)
    elif code == "changed_since":
        value = ", ".join(field_label(name) for name in value.split(","))
    elif code == "kept":
        column = field_label(column)
    return str(SENTENCES[code]) % {"column": column, "value": value}


def field_label(name: str) -> str:
    """`custom:Ward` → “Ward”, `phone.label` → “Phone: kind”."""
    if name.startswith("custom:"):
        return own.label(name.removeprefix("custom:"))
    group, _dot, part = name.partition(".")
    label = str(_FIELDS.get(group, group))
    return f"{label}: {_FIELDS.get(part, part)}" if part else label


def value_words(name: str, value: str) -> str:
    """A value of a change as people write it."""
    if name.startswith("custom:"):
        return own.shown(name.removeprefix("custom:"), value)
    if name == "do_not":
        return str(CHANNELS.get(value, value))
    if name == "sector":
        return str(SECTORS.get(value, value))
    if name == "email.no_mail":
        return no_mail_words(value) if value else ""
    return label_words(value) if name.endswith(".label") else value


def describe(record: ContactRecord) -> list[tuple[str, str]]:
    """The record field by field, for a preview."""
    texts = ("nickname", "pronouns", "birth_date", "external_id", "language", "job_title")
    found = [(field_label("name"), record.full_name)]
    found += [(field_label(name), getattr(record, name)) for name in texts]
    found.append((field_label("sector"), value_words("sector", record.sector)))
    belonging = (record.role, record.department, record.organization_name)
    found.append((field_label("organization"), ", ".join(part for part in belonging if part)))
    for name, items in (
        ("email", record.emails),
        ("phone", record.phones),
        ("address", record.addresses),
        ("link", record.links),
    ):
        found += [(_with_label(name, item.label), _shown(item, record)) for item in items]
    found.append((_("Tags"), ", ".join(record.tags)))
    wishes = [str(CHANNELS[channel]) for channel, wish in record.do_not.items() if wish]
    found.append((field_label("do_not"), ", ".join(wishes)))
    found.append((field_label("description"), record.description))
    found += [(field_label("note"), note) for note in record.notes]
    found += [(own.label(name), own.shown(name, text)) for name, text in record.custom.items()]
    found.append((field_label("photo"), _("yes") if record.photo else ""))
    return [(label, value) for label, value in found if value]


def _shown(item: Any, record: ContactRecord) -> str:
    """One line, with what was asked of it."""
    why = record.no_mail.get(getattr(item, "address", ""), "") if record.no_mail else ""
    return f"{shown(item)} ({no_mail_words(why)})" if why else shown(item)


def _with_label(name: str, label: str) -> str:
    words = field_label(name)
    return f"{words} ({label_words(label)})" if label else words
