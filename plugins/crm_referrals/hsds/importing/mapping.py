"""Mappings that somebody writes: file → column → `entity.field` of HSDS."""

import json
import re
from typing import Any, Final

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing.shaping import LISTS, OBJECTS

ENTITIES: Final = {
    "organization": ("organizations.csv",),
    "service": ("services.csv",),
    "location": ("locations.csv",),
    "service_at_location": ("service_at_location.csv", "services_at_location.csv"),
    "address": ("addresses.csv",),
    "phone": ("phones.csv",),
    "schedule": ("schedules.csv",),
    "service_area": ("service_areas.csv",),
    "language": ("languages.csv",),
    "cost_option": ("cost_options.csv",),
    "required_document": ("required_documents.csv",),
    "funding": ("funding.csv",),
    "accessibility": ("accessibility.csv",),
    "attribute": ("attributes.csv",),
    "taxonomy_term": ("taxonomy_terms.csv",),
    "program": ("programs.csv",),
    "organization_identifier": ("organization_identifiers.csv",),
}
"""HSDS's tables that are read, and what their files are called."""


def mapping_of(content: bytes) -> dict[str, dict[str, str]]:
    """A mapping as a JSON file says it. UserError when it is none, with the column that is wrong."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(_("The mapping is not JSON: %(error)s.", error=error)) from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UserError(_("The mapping has to name files, and for each its columns."))
    for file, columns in found.items():
        for column, target in columns.items():
            _check(file, column, target)
    return found


def _check(file: str, column: str, target: Any) -> None:
    entity, _dot, field = target.partition(".") if isinstance(target, str) else ("", "", "")
    if entity in ENTITIES and re.fullmatch(r"[a-z][a-z0-9_]*", field) and field not in LISTS | OBJECTS:
        return
    raise UserError(
        _(
            "The mapping of %(file)s reads the column “%(column)s” as “%(target)s”, which is no field. Write "
            "a thing, a point and its field, such as service.name; things are: %(things)s.",
            file=file[:100],
            column=column[:100],
            target=str(target)[:100],
            things=", ".join(ENTITIES),
        )
    )
