"""Pages of accounts, by subject. Importing this package fills the blueprint."""

from crm.accounts.views import sign_in
from crm.accounts.views.blueprint import blueprint

__all__ = ["blueprint", "sign_in"]
