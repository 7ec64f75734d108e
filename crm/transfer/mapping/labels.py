"""The targets of columns in words."""

from typing import Final

from crm.i18n import lazy_gettext as _

SCALARS: Final = {
    "full_name": _("Full name"),
    "given_name": _("Given name"),
    "middle_name": _("Middle name"),
    "family_name": _("Family name"),
    "prefix": _("Prefix (Dr., Ms.)"),
    "suffix": _("Suffix (Jr., PhD)"),
    "nickname": _("Nickname"),
    "pronouns": _("Pronouns"),
    "birth_date": _("Birth date"),
    "birth_date.dmy": _("Birth date (day first)"),
    "birth_date.year": _("Birth date: year"),
    "birth_date.month": _("Birth date: month"),
    "birth_date.day": _("Birth date: day"),
    "language": _("Language"),
    "kind": _("Person or organization"),
    "name": _("Name of the organization itself"),
    "organization_name": _("Organization somebody belongs to"),
    "role": _("Role in the organization"),
    "department": _("Department"),
    "job_title": _("Job title"),
    "sector": _("Sector"),
    "tags": _("Tags"),
    "note": _("Note"),
    "description": _("About"),
    "external_id": _("ID in another system"),
    "do_not": _("Do not contact by"),
}
ADDRESS_PARTS: Final = {
    "full": _("whole address in one cell"),
    "street": _("street"),
    "street2": _("second line"),
    "number": _("house number"),
    "po_box": _("PO box"),
    "city": _("city"),
    "region": _("state"),
    "postal_code": _("ZIP code"),
    "country": _("country"),
    "label": _("label"),
}
GROUPS: Final = {"emails": _("Email"), "phones": _("Phone"), "links": _("Web page")}
