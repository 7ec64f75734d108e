"""The pages of schools."""

from crm_schools.views import (
    acting,
    dashboards,
    meetings,
    parts,
    public_reports,
    reports,
    settings,
    student_pages,
    wordings,
)
from crm_schools.views.blueprint import blueprint

__all__ = [
    "acting",
    "blueprint",
    "dashboards",
    "meetings",
    "parts",
    "public_reports",
    "reports",
    "settings",
    "student_pages",
    "wordings",
]
