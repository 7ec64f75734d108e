"""The pages of import and export."""

from crm.transfer.views import imports
from crm.transfer.views.blueprint import blueprint

__all__ = ["blueprint", "imports"]
