"""The pages of open letters: for staff, and for everybody."""

from crm.signons.views import letters, many, public
from crm.signons.views.blueprint import blueprint

__all__ = ["blueprint", "letters", "many", "public"]
