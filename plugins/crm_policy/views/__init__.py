"""The pages of policy."""

from crm_policy.views.blueprint import blueprint

__all__ = ["blueprint"]
