"""The tables of media relations."""

from crm_media.models.messages import Booking, Carries, Message, Spokesperson
from crm_media.models.press import Outlet, Reporter

__all__ = ["Booking", "Carries", "Message", "Outlet", "Reporter", "Spokesperson"]
