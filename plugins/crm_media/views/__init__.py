"""The pages of media relations."""

from crm_media.views import coverage, messages, press
from crm_media.views.blueprint import blueprint

__all__ = ["blueprint", "coverage", "messages", "press"]
