"""The pages of media relations."""

from crm_media.views import (
    coverage,
    intake,
    messages,
    opinions,
    outreach,
    plans,
    press,
    releases,
    reports,
    returns,
)
from crm_media.views.blueprint import blueprint

__all__ = [
    "blueprint", "coverage", "intake", "messages", "opinions", "outreach", "plans", "press", "releases",
    "reports", "returns",
]  # fmt: skip
