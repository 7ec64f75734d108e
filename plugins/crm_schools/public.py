"""What other plugins may use of schools. Whatever is not here may change without notice.

Student data is protected: functions that take an actor give only what that person may see, and what gives a
name writes down that somebody looked. `rates` gives numbers alone. `district_numbers` is public knowledge."""

from crm_schools.lookups import (
    contacts_of_districts,
    district_numbers,
    looked,
    rating_of,
    student_for,
    students_of_guardian,
)
from crm_schools.models import District, Guardian, Rating, School, Student
from crm_schools.permissions import STUDENTS, VIEW, schools_in, students_in

__all__ = [
    "STUDENTS",
    "VIEW",
    "District",
    "Guardian",
    "Rating",
    "School",
    "Student",
    "contacts_of_districts",
    "district_numbers",
    "looked",
    "rating_of",
    "schools_in",
    "student_for",
    "students_in",
    "students_of_guardian",
]
