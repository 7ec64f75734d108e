"""Which column of a table holds what, by the headers that districts' systems write."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from crm.plugin_api import gettext as _
from crm_schools.importing import families

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "student": (
        "student id", "studentid", "student number", "studentnumber", "local id", "local student id",
        "student local id", "localid", "student", "pupil id", "person id", "id number", "student sis id",
        "studentuniqueid", "student unique id", "numero de estudiante", "numero del estudiante",
        "id de estudiante", "id del estudiante",
    ),
    "state_id": (
        "state id", "stateid", "state student id", "sasid", "ssid", "state student number", "studentstateid",
        "state studentnumber", "student state id", "statestudentid",
    ),
    "school": (
        "school id", "schoolid", "school", "school local id", "school number", "schoolnumber", "location",
        "school code", "schoolcode", "building", "entity id", "school name", "location id", "sch number",
        "schools name", "escuela", "numero de escuela", "codigo de escuela", "nombre de la escuela",
    ),
    "day": (
        "event date", "eventdate", "date", "att date", "attdate", "attendance date", "absence date",
        "calendar date", "attendancedate", "day", "fecha", "fecha de ausencia", "fecha de asistencia",
    ),
    "code": (
        "attendance code", "attendancecode", "att code", "attcode", "code", "absence code", "attendance",
        "status", "attendance status", "attendance type", "attendanceeventcategorydescriptor", "event type",
        "attendance event category", "absence type", "codigo", "codigo de asistencia",
        "codigo de ausencia",
    ),
    "days": (
        "day portion", "portion", "event duration", "eventduration", "absent days", "fraction", "duration",
        "absence value", "day value", "absentvalue", "absent value",
    ),
    "period": ("period", "period number", "periodid", "period id", "section id", "sectionid"),
    "absence": ("absence", "absent", "is absent"),
    "tardy": ("tardy", "is tardy", "late"),
    "dismissed": ("dismissed", "dismissed early", "is dismissed"),
    "excused": ("excused", "is excused", "excuse"),
    "reason": ("reason", "reason code", "attendanceeventreason", "motivo", "razon"),
    "grade": ("grade", "grade level", "gradelevel", "grade level id", "grado"),
    "enrolled": (
        "days enrolled", "daysenrolled", "enrolled days", "days in membership", "membership days",
        "membership",
        "days possible", "total days enrolled", "number of days enrolled", "enrolled", "dias inscritos",
        "dias matriculados",
    ),
    "absent": (
        "days absent", "daysabsent", "absent days total", "total days absent", "number of days absent",
        "total absences", "absences", "days missed", "dias ausentes", "dias de ausencia", "ausencias",
    ),
    "absent_excused": ("days absent excused", "excused absences", "days excused", "excused days"),
    "absent_unexcused": (
        "days absent unexcused", "unexcused absences", "days unexcused", "days absent without excuse",
        "unexcused days",
    ),
    "school_year": ("school year", "schoolyear", "year", "academic year", "school year date", "ano escolar"),
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
    "name": ("student name", "name", "full name", "student full name", "studentname", "nombre completo",
             "nombre del estudiante"),
    "given": ("first name", "firstname", "given name", "student first name", "givenname", "legal first name",
              "nombre", "nombres", "primer nombre"),
    "middle": ("middle name", "middlename", "middle", "middle initial"),
    "family": (
        "last name", "lastname", "family name", "surname", "student last name", "familyname",
        "legal last name", "apellido", "apellidos",
    ),
    "suffix": ("suffix", "name suffix", "generation code suffix"),
    "preferred": ("preferred name", "preferred first name", "nickname", "goes by"),
    "birth_date": ("birth date", "birthdate", "date of birth", "dob", "fecha de nacimiento"),
    "entry": (
        "entry date", "entrydate", "enrollment start", "enrollment start date", "start date",
        "begin date", "fecha de ingreso", "fecha de entrada", "fecha de inscripcion",
    ),
    "exit": (
        "exit date", "exitdate", "withdrawal date", "withdraw date", "enrollment end", "enrollment end date",
        "end date", "fecha de salida", "fecha de baja", "fecha de retiro",
    ),
}  # fmt: skip
"""By what is meant, headers without capitals, accents, underscores and dots. Those of guardians are in
`families`."""
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "student": ("Student Number", "Student ID"),
    "state_id": ("State Student ID",),
    "day": ("Date", "Att_Date"),
    "code": ("Attendance Code", "Att_Code"),
    "enrolled": ("Days Enrolled",),
    "absent": ("Days Absent",),
    "school": ("School ID", "School Name"),
    "family": ("Last Name",),
    "name": ("Student Name",),
}
"""How such a column is called most often, as people are told."""

ROSTER_ALONE: Final = frozenset(
    {"name", "given", "middle", "family", "suffix", "preferred", "birth_date", "entry", "exit"}
)
OF_ONE_GUARDIAN: Final = dict.fromkeys(
    ("home language", "family language", "preferred language"), "guardian1_language"
)
"""Headers that name no guardian: they are about the one of a file that has one for each student; of a file
with two nobody knows whom they mean. Orders not to contact somebody are in `orders`."""
_OF_STUDENTS: Final = frozenset({"student", "state_id", "race", "gender"}).union(
    ROSTER_ALONE - {"entry", "exit"}
)
"""What teachers, guardians and schools have as well: behind the name of a table it is a student's only where
the table, or the header itself, says so."""
_STUDENTS: Final = re.compile(r"student|pupil|estudiante|alumno|\b(?:person|individual|identity)s? ")
_NUMBERS_OF_STUDENTS: Final = {"sasid", "ssid"}.union(
    header
    for name in ("student", "state_id")
    for header in NAMES[name]
    if ("student" in header or "estudiante" in header) and header != "student"
)
"""Headers that say of whom a number is; `student` alone may be a name."""


def plain(header: str) -> str:
    """A header as it is compared: `Student_ID`, `student.id` and `STUDENT ID` are one."""
    return " ".join(re.sub(r"[\s_.\-]+", " ", header).split()).casefold()


def find(headers: Sequence[str], wanted: Sequence[str] = ()) -> dict[str, int]:
    """The column of each thing that the headers name, only of those `wanted` if any are; the first where two
    name the same."""
    known = _known(tuple(wanted))
    found: dict[str, int] = {}
    for index, header in enumerate(headers):
        if (name := known.get(_glued(header))) is not None:
            found.setdefault(name, index)
    _find_behind_tables(headers, known, found)
    if "guardian1_name" in wanted:
        for name, index in families.find(headers).items():
            found.setdefault(name, index)
    if families.naming_column(found, 1) is not None and families.naming_column(found, 2) is None:
        for index, header in enumerate(headers):
            if (name := OF_ONE_GUARDIAN.get(plain(header))) is not None:
                found.setdefault(name, index)
    return found


@lru_cache(maxsize=64)
def _known(wanted: tuple[str, ...]) -> Mapping[str, str]:
    """By header, as `_glued` writes it, what it means; the first of two that mean something."""
    found: dict[str, str] = {}
    for name in wanted or tuple(each for each in NAMES if each not in ROSTER_ALONE):
        for header in NAMES.get(name, ()):
            found.setdefault(_glued(header), name)
    return found


def _glued(header: str) -> str:
    """A header as it is looked for: `absenceDate`, `Absence_Date` and `absence date` are one, and `Código` is
    `codigo`."""
    text = unicodedata.normalize("NFKD", plain(header))
    return "".join(each for each in text if not each.isspace() and not unicodedata.combining(each))


def _find_behind_tables(headers: Sequence[str], known: Mapping[str, str], found: dict[str, int]) -> None:
    """Exports write the name of a table before a dot (`Attendance.Att_Date`, `student.studentNumber`). It is
    left aside where one column alone can be meant then."""
    behind: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        table, _dot, rest = header.rpartition(".")
        name = known.get(_glued(rest)) if table and index not in found.values() else None
        is_of_one = name not in _OF_STUDENTS or bool(_STUDENTS.search(f"{table} {rest}".casefold()))
        if name is not None and is_of_one:
            behind.setdefault(name, []).append(index)
    for name, those in behind.items():
        if len(those) == 1:
            found.setdefault(name, those[0])


def are_of_students(headers: Sequence[str]) -> bool:
    """Whether a table with these headers is a list of students: it has a number that says that it is theirs,
    and their grade or their days at a school. A list of adults may well have a school and some number."""
    said = {_glued(header) for header in headers}
    return not said.isdisjoint(map(_glued, _NUMBERS_OF_STUDENTS)) and bool(
        find(headers, ("grade", "entry", "exit"))
    )


def lacking(found: Mapping[str, int], wanted: Sequence[tuple[str, ...]], file: str) -> list[str]:
    """A sentence for each group of which no column holds anything, with how such a column may be called."""
    return [
        _(
            "No column of “%(file)s” is known to hold %(what)s. Choose it, or call it %(names)s.",
            file=file,
            what=_what(group[0]),
            names=", ".join(f"“{name}”" for each in group for name in USUAL[each]),
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
