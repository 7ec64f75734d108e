"""Pages of accounts, by subject. Importing this package fills the blueprint."""

from crm.accounts.views import factors, links, my_account, outbox, people, roles, sign_in
from crm.accounts.views.blueprint import blueprint

__all__ = ["blueprint", "factors", "links", "my_account", "outbox", "people", "roles", "sign_in"]
