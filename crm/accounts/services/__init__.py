"""What can be done with accounts. Everything here runs inside the caller's `db.transaction`."""

from crm.accounts.services.invitations import invite
from crm.accounts.services.roles import grant, role_named, seed_roles
from crm.accounts.services.setup import is_set_up, set_up, setup_token, setup_url
from crm.accounts.services.users import create_user, disable, enable, user_by_email

__all__ = [
    "create_user",
    "disable",
    "enable",
    "grant",
    "invite",
    "is_set_up",
    "role_named",
    "seed_roles",
    "set_up",
    "setup_token",
    "setup_url",
    "user_by_email",
]
