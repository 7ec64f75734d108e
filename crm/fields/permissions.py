"""Who may put lists before everybody, and who may give records fields of their own."""

from collections.abc import Iterable

from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission

SHARE = "fields.share"
CUSTOM = "fields.custom"


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            SHARE,
            _("Share saved lists with everybody"),
            _("Shared lists are tabs for everybody who sees all of these records. They can remove them too."),
            roles=("organizer",),
            everywhere=True,
        ),
        Permission(
            CUSTOM,
            _("Add and change own fields"),
            _("They can add fields to every kind of record, rename and move them, and remove them."),
            everywhere=True,
        ),
    )
