"""Headers as systems write them, with names of tables, in one word or in Spanish, are known by themselves."""

from collections.abc import Mapping

import pytest

from crm_schools.importing.headers import are_of_students, find, lacking

ATTENDANCE = ("student", "state_id", "school", "day", "code", "days", "reason")
SUMMARY = ("student", "school", "school_year", "grade", "enrolled", "absent")
ROSTER = ("student", "school", "grade", "name", "given", "family", "birth_date", "entry", "exit")


@pytest.mark.parametrize(
    "headers, wanted, found",
    [
        (
            "STUDENTS.Student_Number,Attendance.SchoolID,Attendance.Att_Date,Attendance_Code.Att_Code",
            ATTENDANCE,
            {"student": 0, "school": 1, "day": 2, "code": 3},
        ),
        (
            "student.studentNumber,attDayDetail.date,attDayDetail.code",
            ATTENDANCE,
            {"student": 0, "day": 1, "code": 2},
        ),
        ("personID,absenceDate,AttendanceCode", ATTENDANCE, {"student": 0, "day": 1, "code": 2}),
        (
            "Número de estudiante,Escuela,Fecha,Código",
            ATTENDANCE,
            {"student": 0, "school": 1, "day": 2, "code": 3},
        ),
        (
            "Numero de Estudiante,Escuela,Grado,Días inscritos,Días ausentes",
            SUMMARY,
            {"student": 0, "school": 1, "grade": 2, "enrolled": 3, "absent": 4},
        ),
        (
            "Id de estudiante,Apellido,Nombre,Fecha de nacimiento,Escuela,Fecha de ingreso,Fecha de baja",
            ROSTER,
            {"student": 0, "family": 1, "given": 2, "birth_date": 3, "school": 4, "entry": 5, "exit": 6},
        ),
        (
            "STUDENTS.Student_Number,STUDENTS.Last_Name,STUDENTS.First_Name,SCHOOLS.Name,SCHOOLS.Grade",
            ROSTER,
            {"student": 0, "family": 1, "given": 2, "school": 3, "grade": 4},
        ),
    ],
)
def test_headers_of_systems_are_known(
    headers: str, wanted: tuple[str, ...], found: Mapping[str, int]
) -> None:
    assert find(headers.split(","), wanted) == found


@pytest.mark.parametrize(
    "headers, unknown",
    [
        ("Attendance.Att_Code,Attendance_Code.Att_Code", "code"),
        ("Teachers.Last_Name,Teachers.First_Name", "family"),
        ("Teachers.personID", "student"),
        ("Guardians.DOB", "birth_date"),
    ],
)
def test_what_may_mean_something_else_behind_a_table_is_asked_for(headers: str, unknown: str) -> None:
    assert unknown not in find(headers.split(","), (*ATTENDANCE, *ROSTER))


def test_the_usual_headers_are_named_where_one_is_missing() -> None:
    (said,) = lacking({}, [("student", "state_id")], "days.csv")
    assert "“Student Number”, “Student ID”, “State Student ID”" in said


def test_a_list_of_students_in_spanish_is_known_as_one() -> None:
    assert are_of_students(["Número de estudiante", "Nombre", "Grado"])
