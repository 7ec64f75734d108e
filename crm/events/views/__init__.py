"""The pages of events."""

from crm.events.views import answers, door, guests, lists, minutes, panels, records  # noqa: F401  # They add views.
from crm.events.views.blueprint import blueprint

__all__ = ["blueprint"]
