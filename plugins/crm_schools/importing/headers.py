"""Which column of a table holds what, by the headers that districts' systems write."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from crm.plugin_api import gettext as _
from crm_schools.importing import families

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "student": (
        "student id", "studentid", "student number", "studentnumber", "local id", "local student id",
        "student local id", "localid", "student", "pupil id", "person id", "id number", "student sis id",
        "studentuniqueid", "student unique id",
    ),
    "state_id": (
        "state id", "stateid", "state student id", "sasid", "ssid", "state student number", "studentstateid",
        "state studentnumber", "student state id", "statestudentid",
    ),
    "school": (
        "school id", "schoolid", "school", "school local id", "school number", "schoolnumber", "location",
        "school code", "schoolcode", "building", "entity id", "school name", "location id", "sch number",
    ),
    "day": (
        "event date", "eventdate", "date", "att date", "attdate", "attendance date", "absence date",
        "calendar date", "attendancedate", "day",
    ),
    "code": (
        "attendance code", "attendancecode", "att code", "attcode", "code", "absence code", "attendance",
        "status", "attendance status", "attendance type", "attendanceeventcategorydescriptor", "event type",
        "attendance event category", "absence type",
    ),
    "days": (
        "day portion", "portion", "event duration", "eventduration", "absent days", "fraction", "duration",
        "absence value", "day value", "absentvalue",
    ),
    "period": ("period", "period number", "periodid", "period id", "section id", "sectionid"),
    "absence": ("absence", "absent", "is absent"),
    "tardy": ("tardy", "is tardy", "late"),
    "dismissed": ("dismissed", "dismissed early", "is dismissed"),
    "excused": ("excused", "is excused", "excuse"),
    "reason": ("reason", "reason code", "attendanceeventreason"),
    "grade": ("grade", "grade level", "gradelevel", "grade level id"),
    "enrolled": (
        "days enrolled", "daysenrolled", "enrolled days", "days in membership", "membership days",
        "membership",
        "days possible", "total days enrolled", "number of days enrolled", "enrolled",
    ),
    "absent": (
        "days absent", "daysabsent", "absent days total", "total days absent", "number of days absent",
        "total absences", "absences", "days missed",
    ),
    "absent_excused": ("days absent excused", "excused absences", "days excused", "excused days"),
    "absent_unexcused": (
        "days absent unexcused", "unexcused absences", "days unexcused", "days absent without excuse",
        "unexcused days",
    ),
    "school_year": ("school year", "schoolyear", "year", "academic year", "school year date"),
    "through": (
        "through", "as of", "as of date", "period end", "end date", "data through", "last day counted",
        "last day",
    ),
    "race": ("race", "race ethnicity", "ethnicity", "federal race", "race/ethnicity"),
    "gender": ("gender", "sex"),
    "english_learner": ("english learner", "el", "ell", "lep", "english language learner",
    "multilingual learner"),
    "disability": ("disability", "special education", "sped", "iep", "swd", "student with disability"),
    "disadvantaged": (
        "economically disadvantaged", "economic disadvantage", "frl", "free reduced lunch", "low income",
        "free or reduced lunch", "lunch status", "ecodis",
    ),
    "housing": ("housing", "homeless", "housing status", "residence status"),
    "name": ("student name", "name", "full name", "student full name", "studentname"),
    "given": ("first name", "firstname", "given name", "student first name", "givenname", "legal first name"),
    "middle": ("middle name", "middlename", "middle", "middle initial"),
    "family": (
        "last name", "lastname", "family name", "surname", "student last name", "familyname",
        "legal last name",
    ),
    "suffix": ("suffix", "name suffix", "generation code suffix"),
    "preferred": ("preferred name", "preferred first name", "nickname", "goes by"),
    "birth_date": ("birth date", "birthdate", "date of birth", "dob"),
    "entry": (
        "entry date", "entrydate", "enrollment start", "enrollment start date", "start date",
        "begin date",
    ),
    "exit": (
        "exit date", "exitdate", "withdrawal date", "withdraw date", "enrollment end", "enrollment end date",
        "end date",
    ),
}  # fmt: skip
"""By what is meant, headers without capitals, underscores and dots. Those of guardians are in `families`."""

ROSTER_ALONE: Final = frozenset(
    {"name", "given", "middle", "family", "suffix", "preferred", "birth_date", "entry", "exit"}
)
OF_ONE_GUARDIAN: Final = dict.fromkeys(
    ("home language", "family language", "preferred language"), "guardian1_language"
)
"""Headers that name no guardian: they are about the one of a file that has one for each student; of a file
with two nobody knows whom they mean. Orders not to contact somebody are in `orders`."""
_BY_HEADER: Final = {
    header: name for name, headers in NAMES.items() if name not in ROSTER_ALONE for header in headers
}
_NUMBERS_OF_STUDENTS: Final = {"sasid", "ssid"}.union(
    header
    for name in ("student", "state_id")
    for header in NAMES[name]
    if "student" in header and header != "student"
)
"""Headers that say of whom a number is; `student` alone may be a name."""


def plain(header: str) -> str:
    """A header as it is compared: `Student_ID`, `student.id` and `STUDENT ID` are one."""
    return " ".join(re.sub(r"[\s_.\-]+", " ", header).split()).casefold()


def find(headers: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, int]:
    """The column of each thing that the headers name, only of those `wanted` if any are; the first where two
    name the same."""
    known = {header: name for name in wanted for header in NAMES.get(name, ())} if wanted else _BY_HEADER
    found: dict[str, int] = {}
    for index, header in enumerate(headers):
        if (name := known.get(plain(header))) is not None:
            found.setdefault(name, index)
    if "guardian1_name" in wanted:
        for name, index in families.find(headers).items():
            found.setdefault(name, index)
    if families.naming_column(found, 1) is not None and families.naming_column(found, 2) is None:
        for index, header in enumerate(headers):
            if (name := OF_ONE_GUARDIAN.get(plain(header))) is not None:
                found.setdefault(name, index)
    return found


def are_of_students(headers: Sequence[str]) -> bool:
    """Whether a table with these headers is a list of students: it has a number that says that it is theirs,
    and their grade or their days at a school. A list of adults may well have a school and some number."""
    said = {plain(header) for header in headers}
    return bool(said & _NUMBERS_OF_STUDENTS) and bool(find(headers, ("grade", "entry", "exit")))


def lacking(found: Mapping[str, int], wanted: Sequence[tuple[str, ...]], file: str) -> list[str]:
    """A sentence for each group of which no column holds anything, with how such a column may be called."""
    return [
        _(
            "No column of “%(file)s” is known to hold %(what)s. Choose it, or call it %(names)s.",
            file=file,
            what=_what(group[0]),
            names=", ".join(f"“{name}”" for each in group for name in NAMES[each][:2]),
        )
        for group in wanted
        if not any(name in found for name in group)
    ]


def _what(name: str) -> str:
    return {
        "student": _("the student’s number"),
        "day": _("the day"),
        "code": _("the attendance code"),
        "enrolled": _("the days enrolled"),
        "absent": _("the days absent"),
        "school": _("the school"),
        "family": _("the student’s name"),
    }[name]
