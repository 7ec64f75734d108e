"""What importing adds to the fields of a contact."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from crm.contacts.models import Contact
from crm.plugin_api.types import Field
from crm.transfer.models import ImportedRow, ImportRun
from crm.transfer.permissions import VIEW_ALL

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
