"""The pages of media relations."""

from crm_media.views import messages, press
from crm_media.views.blueprint import blueprint

__all__ = ["blueprint", "messages", "press"]
