"""The pages of schools."""

from crm_schools.views import (
    acting,
    dashboards,
    finding,
    keeping_places,
    keeping_students,
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
    "finding",
    "keeping_places",
    "keeping_students",
    "meetings",
    "parts",
    "public_reports",
    "reports",
    "settings",
    "student_pages",
    "wordings",
]
