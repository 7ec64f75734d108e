"""What a district brings in: what counts, what is refused with its reason, and what undo gives back."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, Contact, UserError, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools import codes as code_table
from crm_schools.models import (
    Attendance,
    Code,
    District,
    Enrolment,
    Guardian,
    Rating,
    School,
    Student,
    Year,
)  # fmt: skip
from crm_schools.rating import Absence, settling
from crm_schools.tests.support import SAMPLES, roster_zip, scalars

MAPPED = {"codes": "A,unexcused\nE,excused\nH,half excused\nT,tardy\nP,present\n"}


@pytest.fixture
def district(app: Flask, tmp_path: Path) -> Any:
    """Two schools and four students, by a OneRoster archive; the calendar of terms is not known."""
    path = roster_zip(tmp_path / "roster.zip")
    with app.app_context():
        outcome = bring_in("roster", path, {})
        assert outcome.counts["rejected"] == 0
        yield app


def attend(
    tmp_path: Path, text: str, options: dict[str, str] | None = None, name: str = "days.csv"
) -> Outcome:
    path = tmp_path / name
    path.write_text(text)
    return bring_in("attendance", path, MAPPED if options is None else options)


def rating_of(local_id: str) -> Rating:
    with system("a test looks"):
        statement = select(Rating).join(Student, Student.id == Rating.student_id)
        return (
            db.session().scalars(statement.where(Student.local_id == local_id, Rating.part != "school")).one()
        )


def days_of(*local_ids: str) -> list[Absence]:
    with system("a test looks"):
        ids = scalars(select(Student.id).where(Student.local_id.in_(local_ids)))
    return sorted(settling.absences(ids))


def test_a_roster_makes_organizations_students_and_stays(district: Flask) -> None:
    with system("a test looks"):
        assert scalars(select(School.name).order_by(School.name)) == ["East School", "West School"]
        rows = db.session().execute(
            select(Student.local_id, Student.grade, Student.race, Student.birth_date).order_by(
                Student.local_id
            )
        )
        assert [tuple(row) for row in rows][:2] == [
            ("0001", "3", "hispanic", date(2016, 5, 4)),
            ("0002", "K", "several", None),
        ]
        stays = db.session().execute(
            select(Enrolment.begins_on, Enrolment.ends_on)
            .join(Student, Student.id == Enrolment.student_id)
            .where(Student.local_id == "0001")
        )
        # Two classes that overlap are one stay in the school.
        assert [tuple(row) for row in stays] == [(date(2024, 9, 2), None)]


def test_unmapped_codes_stop_everything_and_are_shown(district: Flask, tmp_path: Path) -> None:
    text = "Student_ID,School,Date,Attendance Code\n0001,E1,2024-09-03,ZZ\n0001,E1,2024-09-04,A\n"
    with pytest.raises(UserError, match="ZZ"):
        attend(tmp_path, text, {"codes": "A,unexcused"})
    with system("a test looks"):
        assert scalars(select(func.count()).select_from(Attendance)) == [0]
        row = db.session().scalars(select(Code).where(Code.code == "ZZ")).one()
        assert row.kind == ""
    with db.transaction(Actor.system(), "schools.code"):
        code_table.decide(db.session().get_one(Code, row.id), "suspension", "the principal")
    assert attend(tmp_path, text, {}).counts["create"] == 1
    assert rating_of("0001").suspended == 2


def test_rows_that_cannot_be_are_refused_with_their_line(district: Flask, tmp_path: Path) -> None:
    text = (
        "STUDENT_ID,school_id,DATE,Code,Day Portion\n"
        "0001,E1,2024-09-03,A,\n"
        "0001,E1,2023-01-03,A,\n"
        "0003,W1,2024-09-03,A,\n"
        "9999,E1,2024-09-03,A,\n"
        "0001,Nowhere,2024-09-03,A,\n"
        "2,E1,2024-09-04,H,\n"
        "0001,E1,2024-09-03,E,\n"
        "0001,E1,2024-09-07,A,\n"
        "0001,E1,not a day,A,\n"
        "0001,E1,2024-09-05,,\n"
        "0001,E1,2024-09-06,A,1.3\n"
        "0004,W1,2024-11-20,A,\n"
    )
    outcome = attend(tmp_path, text)
    reasons = dict(outcome.noticed)
    assert outcome.counts["create"] == 2
    assert set(reasons) >= {3, 4, 5, 6, 8, 10, 11, 12, 13}
    assert "outside of every school year" in reasons[3]
    assert "before the student was enrolled" in reasons[4]
    assert "No student has the number “9999”" in reasons[5]
    assert "Nobody knows the school" in reasons[6]
    assert "leading zeros" in reasons[7]
    assert "something else about Sep 3, 2024" in reasons[8]
    assert "is not a day" in reasons[10]
    assert "never counted as present" in reasons[11]
    assert "after the student left" in reasons[13]
    found = rating_of("0001")
    assert (found.absent, found.unexcused, found.uncounted) == (2, 2, 1)
    assert rating_of("0002").absent == 1


def test_a_corrected_file_changes_what_differs_and_undo_brings_back(district: Flask, tmp_path: Path) -> None:
    head = "student,school,date,code\n"
    first = head + "0001,E1,2024-09-03,A\n0001,E1,2024-09-04,A\n0002,E1,2024-09-04,T\n"
    attend(tmp_path, first)
    assert rating_of("0001").absent == 4
    again = attend(tmp_path, first)
    assert (again.counts["unchanged"], again.counts["update"]) == (2, 0)
    corrected = attend(tmp_path, head + "0001,E1,2024-09-03,P\n0001,E1,2024-09-04,E\n0002,E1,2024-09-04,T\n")
    assert (corrected.counts["unchanged"], corrected.counts["update"]) == (1, 1)
    found = rating_of("0001")
    assert (found.absent, found.excused, found.unexcused) == (2, 2, 0)
    with system("a test looks"):
        newest = scalars(select(func.max(ChangeSet.id)))[0]
        days = [each.on_date for each in days_of("0001", "0002")]
    assert days == [date(2024, 9, 4), date(2024, 9, 4)]
    undone = undo(newest, Actor.system())
    run_waiting(district)
    assert undone is not None
    db.session().rollback()
    found = rating_of("0001")
    assert (found.absent, found.unexcused) == (4, 4)


def test_a_student_of_two_schools_counts_once_for_the_district(district: Flask, tmp_path: Path) -> None:
    attend(tmp_path, "student,school,date,code\n0004,E1,2024-09-10,A\n0004,W1,2024-11-04,A\n")
    with system("a test looks"):
        statement = select(Rating).join(Student, Student.id == Rating.student_id)
        rows = db.session().scalars(statement.where(Student.local_id == "0004")).all()
    assert {row.part: row.absent for row in rows if row.part == "district"} == {"district": 4}
    assert sorted(row.absent for row in rows if row.part == "school") == [2, 2]
    whole = next(row for row in rows if row.part == "district")
    assert whole.enrolled == sum(row.enrolled for row in rows if row.part == "school")


def test_a_file_in_which_nobody_missed_anything_is_a_change_that_can_be_undone(
    district: Flask, tmp_path: Path
) -> None:
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-09-13,A\n")
    head, before = "student_id,school_id,date,code\n", rating_of("0002").enrolled
    text = head + "0001,E1,2024-10-25,P\n0002,E1,2024-10-25,P\n"
    assert attend(tmp_path, text).counts["update"] == 1
    assert rating_of("0002").enrolled > before
    assert attend(tmp_path, text).counts["update"] == 0
    with system("test"):
        last = scalars(
            select(ChangeSet.id).where(ChangeSet.action == "contacts.import").order_by(ChangeSet.id.desc())
        )[0]
    undo(last, Actor.system())
    assert rating_of("0002").enrolled == before


def test_a_status_and_an_excuse_beside_it_are_one_code(district: Flask, tmp_path: Path) -> None:
    head = "studentNumber,schoolNumber,date,status,excuse,absentValue\n"
    text = head + "0001,E1,2024-09-03,A,E,1\n0001,E1,2024-09-04,A,U,0.5\n0001,E1,2024-09-05,T,,0\n"
    with pytest.raises(UserError, match="“A: E”"):
        attend(tmp_path, text, {"codes": "A,absent\nT,tardy\n"})
    attend(tmp_path, text, {"codes": "A: E,excused\nA: U,unexcused\nT,tardy\n"})
    found = rating_of("0001")
    assert (found.absent, found.excused, found.unexcused, found.tardies) == (3, 2, 1, 1)


def test_a_summary_is_checked_and_rated(district: Flask, tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(
        "Student ID,School,Grade,Days Enrolled,Days Absent,School Year\n"
        "0001,E1,3,100,10,2024-25\n"
        "0002,E1,K,100,9.5,2024-25\n"
        "0003,W1,5,50,51,2024-25\n"
        "0004,W1,5,-3,0,2024-25\n"
    )
    outcome = bring_in("attendance-summary", path, {})
    assert (outcome.counts["create"], outcome.counts["rejected"]) == (2, 2)
    reasons = dict(outcome.noticed)
    assert "More days absent (51) than enrolled (50)" in reasons[4]
    assert "less than nothing" in reasons[5]
    assert rating_of("0001").band == "moderate"
    assert rating_of("0002").band == "at_risk"


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda files: files.pop("users.csv"), "promises users.csv"),
        (lambda files: files.update({"Orgs.csv": files.pop("orgs.csv")}), "calls it orgs.csv"),
        (lambda files: files.pop("manifest.csv"), "no manifest.csv"),
        (
            lambda files: files.update({"users.csv": files["users.csv"].replace("givenName", "GivenName")}),
            "capitals count",
        ),
        (
            lambda files: files.update({"manifest.csv": files["manifest.csv"].replace("bulk", "delta")}),
            "there is none yet",
        ),
    ],
)
def test_an_archive_that_is_wrong_is_refused_with_a_sentence(
    app: Flask, tmp_path: Path, change: Callable[[dict[str, str]], Any], words: str
) -> None:
    path = roster_zip(tmp_path / "roster.zip", change)
    with app.app_context(), pytest.raises(UserError, match=words):
        bring_in("roster", path, {})
    with app.app_context(), system("a test looks"):
        assert scalars(select(func.count()).select_from(School)) == [0]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample district is not here")
def test_the_sample_district_comes_in_whole(app: Flask) -> None:
    with app.app_context():
        for kind, name in (
            ("roster", "EducationOrganization"),
            ("roster", "EducationOrgCalendar"),
            ("roster", "Student"),
            ("attendance", "StudentSchoolAttendance"),
        ):
            outcome = bring_in(kind, SAMPLES / f"{name}.xml", {})
            assert outcome.counts["rejected"] == 0
        assert len(outcome.noticed) == 4
        assert sum("no school on May 15, 2022" in reason for _line, reason in outcome.noticed) == 3
        with system("a test looks"):
            assert scalars(select(func.count()).select_from(Student)) == [960]
            assert len(list(settling.absences(scalars(select(Student.id))))) == 1916
            rows = db.session().execute(select(Rating.enrolled, Rating.absent, Rating.band)).all()
        assert {row.enrolled for row in rows} == {338}
        assert len(rows) == 227
        for row in rows:
            days = row.absent / 2
            wanted = (
                "severe"
                if days >= 33.8
                else "moderate"
                if days >= 16.9
                else ("at_risk" if days >= 8.45 else "satisfactory")
            )
            assert row.band == wanted
        assert sum(row.absent for row in rows) == 2 * (1077 + 773)


def test_the_year_of_a_district_is_that_of_all_its_schools(app: Flask, tmp_path: Path) -> None:
    """Each Ed-Fi school has terms of its own; the file comes twice and says the same."""
    session = (
        "<Session><SchoolReference><SchoolIdentity><SchoolId>{school}</SchoolId></SchoolIdentity>"
        "</SchoolReference><SchoolYear>2024-2025</SchoolYear><SessionName>Year</SessionName>"
        "<BeginDate>{begins}</BeginDate><EndDate>{ends}</EndDate></Session>"
    )
    school = (
        "<School><SchoolId>{school}</SchoolId><NameOfInstitution>School {school}</NameOfInstitution>"
        "<LocalEducationAgencyReference><LocalEducationAgencyIdentity><LocalEducationAgencyId>9"
        "</LocalEducationAgencyId></LocalEducationAgencyIdentity></LocalEducationAgencyReference></School>"
    )
    path = tmp_path / "places.xml"
    path.write_text(
        "<InterchangeEducationOrganization><LocalEducationAgency><LocalEducationAgencyId>9"
        "</LocalEducationAgencyId><NameOfInstitution>Nine</NameOfInstitution></LocalEducationAgency>"
        + "".join(school.format(school=number) for number in (1, 2))
        + session.format(school=1, begins="2024-08-15", ends="2025-06-13")
        + session.format(school=2, begins="2024-09-03", ends="2025-05-30")
        + "</InterchangeEducationOrganization>"
    )
    with app.app_context():
        assert bring_in("roster", path, {}).counts["create"] == 6
        again = bring_in("roster", path, {}).counts
        assert (again["update"], again["unchanged"]) == (0, 6)
        with system("test"):
            rows = db.session().execute(select(Year.begins_on, Year.ends_on)).all()
        assert [tuple(row) for row in rows] == [(date(2024, 8, 15), date(2025, 6, 13))]


def test_columns_that_are_missing_are_named(district: Flask, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is known to hold the attendance code"):
        attend(tmp_path, "student,date,colour\n0001,2024-09-03,blue\n")
    with pytest.raises(UserError, match="class period"):
        attend(tmp_path, "student,date,period,code\n0001,2024-09-03,1,A\n")


def test_a_file_that_is_cut_off_changes_nothing(district: Flask, tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text("<?xml version='1.0'?><InterchangeStudentAttendance><StudentSchoolAttendanceEvent>")
    with pytest.raises(UserError, match="breaks off"):
        bring_in("attendance", path, {})
    with zipfile.ZipFile(io.BytesIO(), "w"), system("a test looks"):
        assert scalars(select(func.count()).select_from(Attendance)) == [0]


def test_a_delta_changes_what_it_names(district: Flask, tmp_path: Path) -> None:
    def delta(files: dict[str, str]) -> None:
        for name in ("orgs.csv", "users.csv", "academicSessions.csv", "demographics.csv"):
            del files[name]
        files["manifest.csv"] = "propertyName,value\nfile.enrollments,delta\n"
        head = files["enrollments.csv"].splitlines()[0]
        files["enrollments.csv"] = f"{head}\n9,active,,c9,E1,u3,student,,2024-12-02,2025-06-06\n"

    outcome = bring_in("roster", roster_zip(tmp_path / "delta.zip", delta), {})
    assert (outcome.counts["update"], outcome.counts["rejected"]) == (1, 0)
    with system("a test looks"):
        statement = (
            select(School.local_id, Enrolment.begins_on)
            .join(School, School.id == Enrolment.school_id)
            .join(Student, Student.id == Enrolment.student_id)
            .where(Student.local_id == "0003")
        )
        found = {row[0]: row[1] for row in db.session().execute(statement)}
        assert found == {"W1": date(2024, 10, 1), "E1": date(2024, 12, 2)}
        assert scalars(select(func.count()).select_from(Student)) == [4]


def test_a_roster_brings_guardians_and_keeps_what_the_school_wrote_about_them(
    app: Flask, tmp_path: Path
) -> None:
    def family(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace(
            "a,,Ana,Ibáñez,,0001,,,,,03,", "a,,Ana,Ibáñez,,0001,,,,g1,03,"
        ) + (
            "g1,,,true,e,guardian,g,,Eva,Ibáñez,,,eva@example.org,,203-555-0161,u3,,\n"
            "g2,,,true,e,parent,h,,Otto,Oak,,,,203-555-0162,,u2,,\n"
            "g3,,,true,e,parent,i,,No,Body,,,,,,,,\n"
        )

    archive = roster_zip(tmp_path / "roster.zip", family)
    with app.app_context():
        bring_in("roster", archive, {})
        with system("test"):
            rows = (
                db.session()
                .execute(
                    select(Student.local_id, Contact.name, Contact.id)
                    .join(Guardian, Guardian.student_id == Student.id)
                    .join(Contact, Contact.id == Guardian.contact_id)
                    .order_by(Student.local_id)
                )
                .all()
            )
            phones = dict(db.session().execute(select(Phone.contact_id, Phone.number)).all())
        assert [(row[0], row[1]) for row in rows] == [
            ("0001", "Eva Ibáñez"), ("0002", "Otto Oak"), ("0003", "Eva Ibáñez"),
        ]  # fmt: skip
        assert {phones[row[2]] for row in rows} == {"+12035550161", "+12035550162"}
        with db.transaction(Actor.system(), "test"), system("test"):
            for guardian in db.session().scalars(select(Guardian)):
                guardian.contact_prohibited = True
        outcome = bring_in("roster", archive, {})
        assert (outcome.counts["create"], outcome.counts["update"]) == (0, 0)
        with system("test"):
            assert set(db.session().scalars(select(Guardian.contact_prohibited))) == {True}


def test_a_whole_file_takes_back_what_it_does_not_name_and_nothing_else(
    district: Flask, tmp_path: Path
) -> None:
    head = "student_id,school_id,date,code\n"
    attend(
        tmp_path,
        head + "0001,E1,2024-10-01,A\n0001,E1,2024-10-02,E\n0001,E1,2024-12-02,A\n"
        "0002,E1,2024-10-02,A\n0003,W1,2024-10-02,A\n",
    )
    path = tmp_path / "whole.csv"
    path.write_text(head + "0001,E1,2024-10-01,A\n0001,E1,2024-10-03,E\n")
    outcome = bring_in("attendance-whole", path, MAPPED)
    # Of 0001 the second of October is gone and the third is new; 0002 is not in the file at all.
    assert (outcome.counts["update"], outcome.counts["create"]) == (2, 0)
    path.write_text(head + "0001,E1,2024-10-01,A\n0001,E1,2024-10-03,E\n0001,E1,2024-10-02,P\n")
    assert bring_in("attendance-whole", path, MAPPED).counts["update"] == 0
    with system("test"):
        days = [(key, each.on_date) for key in ("0001", "0002", "0003") for each in days_of(key)]
    assert [(key, day.isoformat()) for key, day in days] == [
        ("0001", "2024-10-01"), ("0001", "2024-10-03"), ("0001", "2024-12-02"), ("0003", "2024-10-02"),
    ]  # fmt: skip
    path.write_text("student_id,date,code\n0001,2024-10-01,A\n")
    with pytest.raises(UserError, match="does not name the school"):
        bring_in("attendance-whole", path, MAPPED)


def test_what_is_refused_does_not_say_up_to_when_attendance_is_known(
    district: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("rating.settling", "importing.attendance.judging"):
        monkeypatch.setattr(f"crm_schools.{module}.day_here", lambda: date(2024, 12, 30))
    head = "student_id,school_id,date,code\n"
    attend(tmp_path, head + "0001,E1,2024-09-03,A\n0001,E1,2024-09-27,A\n")
    known = rating_of("0001")
    through, enrolled = known.through_on, known.enrolled
    # Nobody knows 9999, 7 December is a Saturday, and 2025-08-29 is outside of the year.
    bad = "9999,E1,2024-12-20,A\n0001,E1,2024-12-07,A\n0001,E1,2025-08-29,A\n"
    attend(tmp_path, head + "0001,E1,2024-10-04,E\n" + bad)
    found = rating_of("0001")
    assert (through, found.through_on) == (date(2024, 9, 27), date(2024, 10, 4))
    assert found.enrolled == enrolled + 10


def test_a_student_written_in_two_ways_is_one(district: Flask, tmp_path: Path) -> None:
    head = "student_id,school_id,date,code\n"
    attend(tmp_path, head + "0001,E1,2024-09-03,A\n")
    outcome = attend(tmp_path, head + "0001,E1,2024-09-04,A\n1,E1,2024-09-05,A\n1,E1,2024-09-04,E\n")
    assert (outcome.counts["update"], outcome.counts["rejected"]) == (1, 1)
    assert [each.on_date.day for each in days_of("0001")] == [3, 4, 5]
    assert any("leading zeros" in reason for _line, reason in outcome.noticed)


def test_codes_that_attendance_uses_cannot_be_undone_alone(district: Flask, tmp_path: Path) -> None:
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-09-03,A\n")
    with system("test"):
        made, imported = scalars(
            select(ChangeSet.id).where(ChangeSet.action != "jobs").order_by(ChangeSet.id.desc()).limit(2)
        )[::-1]
    with pytest.raises(UserError, match="count as present"):
        undo(made, Actor.system())
    db.session().rollback()
    assert rating_of("0001").unexcused == 2
    undo(imported, Actor.system())
    undo(made, Actor.system())
    with system("test"):
        assert scalars(select(Code.id)) == []


def test_a_summary_ends_where_daily_attendance_of_the_school_begins(district: Flask, tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    head = "student_id,school_id,days_enrolled,days_absent,through\n"
    path.write_text(head + "0001,E1,20,3,2024-10-01\n0002,E1,20,3,2024-10-01\n")
    bring_in("attendance-summary", path, {})
    assert rating_of("0002").is_chronic
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-11-08,A\n")
    found = rating_of("0002")
    assert (found.basis, found.absent, found.is_chronic) == ("weekdays", 0, False)


def test_a_summary_without_a_day_counts_until_daily_attendance_reaches_as_far(
    district: Flask, tmp_path: Path
) -> None:
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-09-13,A\n")
    path = tmp_path / "summary.csv"
    head = "student_id,school_id,days_enrolled,days_absent\n"
    path.write_text(head + "0001,E1,60,2\n0002,E1,60,12\n0002,E1,60,11\n")
    outcome = bring_in("attendance-summary", path, {})
    assert outcome.counts["rejected"] == 1
    assert any(line == 4 and "same student" in said for line, said in outcome.noticed)
    assert any("Daily attendance is known of 1" in said for said in outcome.notices)
    found = rating_of("0002")
    assert (found.basis, found.absent, found.is_chronic) == ("summary", 24, True)
    assert rating_of("0001").basis == "weekdays"
    with system("test"):
        assert not settling.behind(scalars(select(Year))[0], 9)
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-12-05,A\n")
    found = rating_of("0002")
    assert (found.basis, found.absent, found.is_chronic) == ("weekdays", 0, False)


def test_a_summary_of_two_years_places_each_year(district: Flask, tmp_path: Path) -> None:
    with db.transaction(Actor.system(), "test"), system("test"):
        one = scalars(select(District))[0]
        year = Year(
            district_id=one.id, school_year=2026, begins_on=date(2025, 9, 1), ends_on=date(2026, 6, 5)
        )
        db.session().add(year)
    path = tmp_path / "summary.csv"
    head = "student_id,school_id,school_year,days_enrolled,days_absent,as_of\n"
    path.write_text(
        head + "0003,E1,2024-25,20,3,\n0003,E1,,20,3,2025-10-01\n0003,W1,,20,3,\n0003,W1,2025-26,20,3,45931\n"
    )
    outcome = bring_in("attendance-summary", path, {})
    said = dict(outcome.noticed)
    assert (outcome.counts["create"], outcome.counts["rejected"]) == (3, 1)
    assert any("last day are taken for those of 2025–26" in each for each in outcome.notices)
    assert "“45931” in “as_of” is not a day" in said[5]
    with system("test"):
        stays = select(Enrolment.school_year, Enrolment.begins_on).where(Enrolment.source == "file")
        rows = sorted(db.session().execute(stays).all())
    assert {tuple(row) for row in rows} == {(2025, date(2024, 9, 2)), (2026, date(2025, 9, 1))}


def test_a_column_called_like_on_the_page_is_known(district: Flask, tmp_path: Path) -> None:
    attend(tmp_path, "student_id,school_id,date,code\n0001,E1,2024-09-13,A\n")
    path = tmp_path / "summary.csv"
    path.write_text(
        "Student number,School,Days enrolled,Days absent,Last day counted\n0002,E1,60,12,2024-11-29\n"
    )
    bring_in("attendance-summary", path, {})
    with system("test"):
        through = scalars(select(Attendance.through_on).where(Attendance.enrolled.is_not(None)))
    assert through == [date(2024, 11, 29)]
