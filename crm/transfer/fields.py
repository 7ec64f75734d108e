"""What importing adds to the fields of a contact."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, not_, select

from crm import db
from crm.access import current_actor, visible
from crm.contacts.models import Contact
from crm.contacts.permissions import IMPORT
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field
from crm.transfer.models import ImportedRow, ImportRun
from crm.transfer.permissions import VIEW_ALL

MOST_CHOICES: Final = 50

_newest_file = (
    select(ImportRun.file_name)
    .join(ImportedRow, ImportedRow.run_id == ImportRun.id)
    .where(ImportedRow.record_id == Contact.id, ImportRun.kind == "contacts")
    .order_by(ImportRun.id.desc())
    .limit(1)
    .correlate(Contact)
    .scalar_subquery()
)


def contact_fields() -> Iterable[Field]:
    """The file that brought a contact or changed it last; not exported, as no import could read it back."""
    yield Field(
        "import_file", _("Came with the file"), expression=_newest_file, permission=VIEW_ALL, exportable=False
    )
    yield Field(
        "imported_with",
        _("In the imported file"),
        "choice",
        permission=IMPORT,
        listable=False,
        exportable=False,
        filter=_import_filter,
        choices=_imports,
    )


def _import_filter(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row of an import is the contact, whatever it changed."""
    runs = _seen().with_only_columns(ImportRun.id)
    if operator in {"is", "not"}:
        runs = runs.where(ImportRun.id == as_id(values[0]))
    found = Contact.id.in_(
        select(ImportedRow.record_id).where(ImportedRow.run_id.in_(runs), ImportedRow.line > 0)
    )
    return not_(found) if operator in {"not", "empty"} else found


def _imports() -> Sequence[tuple[str, str]]:
    newest = _seen().where(ImportRun.status == "done").order_by(ImportRun.id.desc()).limit(MOST_CHOICES)
    rows = db.session().execute(newest.with_only_columns(ImportRun.id, ImportRun.file_name))
    return [(str(row.id), row.file_name) for row in rows]


def _seen() -> Select[Any]:
    return visible(ImportRun, current_actor()).where(ImportRun.kind == "contacts")
