"""The pages of schools."""

from crm_schools.views import (
    acting,
    dashboards,
    finding,
    keeping_places,
    keeping_students,
    meetings,
    minutes,
    papers,
    parts,
    public_reports,
    reports,
    settings,
    student_lists,
    student_pages,
    wordings,
    year_of_student,
)
from crm_schools.views.blueprint import blueprint
from crm_schools.views.bulk import pages, sheets

__all__ = [
    "acting",
    "blueprint",
    "dashboards",
    "finding",
    "keeping_places",
    "keeping_students",
    "meetings",
    "minutes",
    "pages",
    "papers",
    "parts",
    "public_reports",
    "reports",
    "settings",
    "sheets",
    "student_lists",
    "student_pages",
    "wordings",
    "year_of_student",
]
