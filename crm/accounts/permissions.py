"""Who may look after the people who sign in."""

from collections.abc import Iterable

from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import DefaultRole, Permission

VIEW = "accounts.view"
MANAGE = "accounts.manage"
ROLES = "accounts.roles"
OUTBOX = "accounts.outbox"

ADMINISTRATOR = "administrator"
STAFF = ("organizer", "policy", "media")
"""The default roles of those who work for the coalition."""
EVERYBODY = (*STAFF, "school", "agency", "viewer")
"""These and its partners."""


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            VIEW,
            _("See who can sign in and what they may do"),
            _("Names, email addresses, roles, and what each person can see."),
            everywhere=True,
        ),
        Permission(
            MANAGE,
            _("Invite and disable people, give and take roles"),
            _("Only roles that allow no more than one’s own."),
            everywhere=True,
        ),
        Permission(
            ROLES,
            _("Change what each role may do"),
            _("Only permissions that one has oneself."),
            everywhere=True,
        ),
        Permission(
            OUTBOX,
            _("See outgoing mail"),
            _("Which messages were sent, which wait, and why one could not be sent."),
            everywhere=True,
        ),
    )


def default_roles() -> Iterable[DefaultRole]:
    return (
        DefaultRole(ADMINISTRATOR, _("Administrator"), _("May do everything."), everything=True),
        DefaultRole("organizer", _("Organizer"), _("Keeps people, organizations and campaigns.")),
        DefaultRole("policy", _("Policy staff"), _("Works on campaigns, with legislators and officials.")),
        DefaultRole("media", _("Media staff"), _("Works with reporters and on public awareness.")),
        DefaultRole("school", _("School partner"), _("Sees what concerns a school, and acts early.")),
        DefaultRole("agency", _("Agency partner"), _("Sees what concerns an agency, and says how it went.")),
        DefaultRole("viewer", _("Viewer"), _("Sees everything that is shared, changes nothing.")),
    )
