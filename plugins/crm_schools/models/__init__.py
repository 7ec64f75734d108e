"""What this plugin keeps.

Sources of truth are journaled and can be undone: districts, schools, settings, calendars, students,
enrolments, guardians, codes, and what a student's attendance in one school and year was (`Attendance`). What
follows from those is made anew, in the same transaction, whenever one of them changes: `Rating`. Each day on
which a student was not simply present is worked out when it is asked for (`rating.absences`)."""

from crm_schools.models.action import (
    AgendaItem,
    Attempt,
    Cause,
    Checkpoint,
    Dose,
    Intervention,
    Letter,
    Meeting,
    Milestone,
    Plan,
    Wording,
)
from crm_schools.models.attendance import Attendance, Code, LeftOut, Rating
from crm_schools.models.calendars import Calendar, Day, Reached, Session, Year
from crm_schools.models.columns import ColumnChoice
from crm_schools.models.districts import District, School, Setting
from crm_schools.models.reports import Counted, PublicReport
from crm_schools.models.students import Correction, Enrolment, FamilyContact, Guardian, Look, Student

__all__ = [
    "AgendaItem",
    "Attempt",
    "Attendance",
    "Calendar",
    "Cause",
    "Checkpoint",
    "Code",
    "ColumnChoice",
    "Correction",
    "Counted",
    "Day",
    "District",
    "Dose",
    "Enrolment",
    "FamilyContact",
    "Guardian",
    "Intervention",
    "LeftOut",
    "Letter",
    "Look",
    "Meeting",
    "Milestone",
    "Plan",
    "PublicReport",
    "Rating",
    "Reached",
    "School",
    "Session",
    "Setting",
    "Student",
    "Wording",
    "Year",
]
