"""Who may put lists before everybody."""

from collections.abc import Iterable

from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission

SHARE = "fields.share"


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            SHARE,
            _("Share saved lists with everybody"),
            _("Shared lists are tabs for everybody who sees all of these records. They can remove them too."),
            roles=("organizer",),
            everywhere=True,
        ),
    )
