"""What can be done with accounts. Everything here runs inside the caller's `db.transaction`."""

from crm.accounts.services.roles import grant, role_named, seed_roles
from crm.accounts.services.users import create_user, user_by_email

__all__ = ["create_user", "grant", "role_named", "seed_roles", "user_by_email"]
