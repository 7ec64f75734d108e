"""The pages of import and export."""

from crm.transfer.views import exports, imports
from crm.transfer.views.blueprint import blueprint

__all__ = ["blueprint", "exports", "imports"]
