"""The pages of schools."""

from crm_schools.views.blueprint import blueprint

__all__ = ["blueprint"]
