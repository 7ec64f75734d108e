"""The pages of media relations."""

from crm_media.views import coverage, intake, messages, press
from crm_media.views.blueprint import blueprint

__all__ = ["blueprint", "coverage", "intake", "messages", "press"]
