"""Files whose headers nobody knows: what their columns hold is said once for a district, and remembered."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, Contact, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.importing.columns import Columns
from crm_schools.models import (
    Attendance,
    Code,
    District,
    Enrolment,
    Guardian,
    Rating,
    School,
    Student,
)
from crm_schools.tests.made_up import BEGINS, MadeUp, make, school_days
from crm_schools.tests.support import scalars, upload


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


def test_unknown_columns_are_asked_for_and_remembered(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="organizer")
    text = "Pupil,Where,When,What\n00001,1,2025-09-03,E\n"
    page = client.get(at := upload(client, "attendance", "days.csv", text)).text
    assert "known to hold the student’s number" in page
    assert "Attendance code" in page
    half = {"column-0": "student", "column-1": "school", "column-2": "day", "column-3": "ignore"}
    refused = client.post(f"{at}/plan", data=half)
    assert refused.status_code == 422
    assert "known to hold the attendance code" in refused.text
    preview = client.post(f"{at}/preview", data={**half, "column-3": "code"}).text
    assert "2025-09-03" in preview
    assert client.post(f"{at}/plan", data={**half, "column-3": "code"}).status_code == 303
    again = client.get(upload(client, "attendance", "more.csv", text)).text
    assert "known to hold" not in again
    with app.app_context():
        headers = ["Pupil", "Where", "When", "What"]
        assert Columns("attendance", "more.csv", headers, {}).found["code"] == 3
        with db.transaction(Actor.system(), "test"), system("test"):
            db.session().add(other := District(name="Other", local_id="O", state="CT"))
            db.session().flush()
            assert Columns("attendance", "x", headers, {"district": str(other.id)}).found["code"] == 3


def test_other_columns_are_read_anew_and_nobody_is_told_who_was_absent(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client = sign_in(role="organizer")
    text = "Pupil,Where,Typed,Missed,What\n00000,1,2025-09-12,2025-09-03,E\n00002,1,2025-09-12,2025-09-04,E\n"
    at = upload(client, "attendance", "days.csv", text)
    said = {"column-0": "student", "column-1": "school", "column-4": "code"}
    for day, other in ((2, 3), (3, 2)):
        chosen = {**said, f"column-{day}": "day", f"column-{other}": "ignore"}
        assert client.post(f"{at}/plan", data=chosen).status_code == 303
        run_waiting(app)
    assert client.post(f"{at}/apply").status_code == 303
    run_waiting(app)
    with app.app_context(), system("test"):
        statement = select(Attendance.marks).join(Student, Student.id == Attendance.student_id)
        marks = scalars(statement.where(Student.local_id == "00002"))
    assert "0904:" in marks[0]
    assert "0912:" not in marks[0]
    # A file that is whole and names one child takes back the days of others, for whoever may see them.
    whole = upload(
        sign_in(role="administrator"),
        "attendance-whole",
        "a.csv",
        "student,school,date,code\n00000,1,2025-09-04,E\n",
    )
    run_waiting(app)
    planned = sign_in(role="administrator").get(f"{whole}?show=update").text
    assert re.search(r"Days taken back: *<[^>]+>1: 9/4/25 \w+<", planned)
    assert "Student 00002, whom the file does not name" in planned


def test_a_plan_of_attendance_says_the_days_to_whoever_may_see_students(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    text = "student,school,date,code\n00002,1,2025-09-03,E\n00002,1,2025-09-04,E\n"
    administrator, organizer = sign_in(role="administrator"), sign_in(role="organizer")
    at = upload(administrator, "attendance", "days.csv", text)
    run_waiting(app)
    planned = administrator.get(f"{at}?show=create").text + administrator.get(f"{at}?show=update").text
    assert "2: 9/3/25 E, 9/4/25 E" in planned
    at = upload(organizer, "attendance", "days.csv", text)
    run_waiting(app)
    planned = organizer.get(f"{at}?show=create").text + organizer.get(f"{at}?show=update").text
    assert "9/3/25" not in planned


def test_an_import_that_stops_for_its_codes_leads_to_them_and_back(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client = sign_in(role="organizer")
    at = upload(client, "attendance", "days.csv", "student,school,date,code\n00001,1,2025-09-03,ZZ\n")
    run_waiting(app)
    stopped = client.get(at).text
    settings = f"/schools/district/{made.district_id}/settings"
    run_id = at.rsplit("/", 1)[1]
    assert f'href="{settings}?import_id={run_id}"' in stopped
    with app.app_context(), system("test"):
        code_id = scalars(select(Code.id).where(Code.code == "ZZ"))[0]
    assert "go on with the import" in client.get(f"{settings}?import_id={run_id}").text
    data = {f"code-{code_id}": "excused", "import_id": run_id}
    kept = client.post(f"/schools/district/{made.district_id}/codes", data=data)
    assert kept.headers["Location"] == at
    run_waiting(app)
    assert "nobody has said" not in client.get(at).text
    assert client.post(f"{at}/apply").status_code == 303
    run_waiting(app)
    assert 'href="/schools/"' in client.get(at).text


ROSTER = (
    "Student Number,Student Name,Grade,School,DOB,Race,Lunch Status,EL,Parent,Parent Phone,Entry Date,"
    "Exit Date\n"
    '0101,"Ibáñez, Ana",03,Dune Elementary,5/4/2016,Hispanic,F,Y,Luz Piedra,203-555-0142,9/2/2025,12/1/2025\n'
    "0101,Ana Ibáñez,03,Pier Middle,5/4/2016,Hispanic,F,Y,Luz Piedra,203-555-0142,12/2/2025,\n"
    "0102,Ben Ibáñez,KG,1,2020-02-30,Martian,P,N,Luz Piedra,203-555-0142,,\n"
    "0103,Cleo Ash,5,Nowhere High,,,,,,,,\n"
    ",Dov Elm,5,1,,,,,,,,\n"
)


def test_who_must_not_be_contacted_is_said_of_each_child(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    head = "student_id,first name,last name,school,guardian,guardian phone,relation,guardian do not contact\n"
    rows = "0101,Ana,Oak,1,Rex Oak,203-555-0100,,{}\n0102,Ben,Oak,1,Rex Oak,203-555-0100,,{}\n"

    def bring(*said: str) -> dict[str, bool]:
        path = tmp_path / "roster.csv"
        path.write_text(head + rows.format(*said))
        with app.app_context():
            bring_in("roster", path, {})
            with system("test"):
                statement = select(Student.local_id, Guardian.contact_prohibited)
                found = db.session().execute(statement.join(Guardian, Guardian.student_id == Student.id))
                return {row[0]: row[1] for row in found}

    assert bring("no", "yes") == {"0101": False, "0102": True}
    assert bring("yes", "") == {"0101": True, "0102": True}


@pytest.mark.parametrize("second, language", [("", {"es"}), ("Guardian 2", {None})])
def test_a_language_in_a_column_that_names_no_guardian_is_that_of_the_only_one(
    app: Flask, made: MadeUp, tmp_path: Path, second: str, language: set[str | None]
) -> None:
    """Of two nobody knows whom it means, and it is said that the column is not used. An order is about
    both."""
    path = tmp_path / "roster.csv"
    head = f"student_id,first name,last name,school,Parent,{second},Home Language,Do Not Contact\n"
    path.write_text(head + f"0101,Ana,Oak,1,Rex Oak,{'Ida Oak' if second else ''},es,court order\n")
    with app.app_context():
        bring_in("roster", path, {})
        with system("test"):
            barred = scalars(select(Guardian.contact_prohibited))
            assert barred == ([True, True] if second else [True])
            languages = scalars(select(Contact.language).join(Guardian, Guardian.contact_id == Contact.id))
            assert set(languages) == language


def test_an_order_not_to_contact_somebody_reaches_all_of_their_name(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    """Father and grandfather are called so; an order with another phone may be about either."""
    head = "student_id,first name,last name,school,guardian,guardian phone,guardian 2,guardian 2 phone,"
    path = tmp_path / "roster.csv"

    def bring(text: str) -> tuple[Outcome, list[bool]]:
        path.write_text(f"{head}guardian do not contact\n0101,Ana,Oak,1,{text}\n")
        outcome = bring_in("roster", path, {})
        with system("test"):
            return outcome, scalars(select(Guardian.contact_prohibited))

    with app.app_context():
        assert bring("Sue Oak,203-555-0101,,,")[1] == [False]
        assert bring("René Oak,203-555-0100,René Oak,203-555-0102,")[1] == [False, False, False]
        outcome, found = bring("RENE OAK,203-555-0199,,,yes")
        assert sorted(found) == [False, True, True, True]
        assert any("holds for each of them" in said for _line, said in outcome.noticed)
        assert sorted(bring("Rene Oak,203-555-0177,,,")[1]) == [False, True, True, True, True]


def test_an_order_with_a_new_phone_is_about_the_one_of_that_name(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    head = "student_id,first name,last name,school,guardian,guardian phone,guardian do not contact\n"
    path = tmp_path / "roster.csv"
    with app.app_context():
        for row in ("René Oak,203-555-0100,", "RENE OAK,203-555-0199,yes", "Rene Oak,203-555-0177,"):
            path.write_text(f"{head}0101,Ana,Oak,1,{row}\n")
            bring_in("roster", path, {})
        with system("test"):
            assert scalars(select(Guardian.contact_prohibited)) == [True]


def test_a_roster_in_a_table_comes_in_whole_and_only_once(app: Flask, made: MadeUp, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER)
    with app.app_context():
        outcome = bring_in("roster", path, {})
        assert (outcome.counts["create"], outcome.counts["rejected"]) == (3, 2)
        said = dict(outcome.noticed)
        assert "Nowhere High" in said[5]
        assert "nobody knows whose row" in said[6]
        assert any("Martian" in sentence for line, sentence in outcome.noticed if line == 4)
        with system("test"):
            ana = db.session().scalars(select(Student).where(Student.local_id == "0101")).one()
            assert (ana.name, ana.race, ana.disadvantaged) == ("Ana Ibáñez", "hispanic", True)
            assert (ana.birth_date, ana.school_id, ana.grade) == (date(2016, 5, 4), made.schools[1], "3")
            stays = select(Enrolment.begins_on).where(Enrolment.student_id == ana.id)
            assert scalars(stays.order_by(Enrolment.begins_on)) == [date(2025, 9, 2), date(2025, 12, 2)]
            ben = db.session().scalars(select(Student).where(Student.local_id == "0102")).one()
            assert (ben.grade, ben.race, ben.birth_date, ben.disadvantaged) == ("K", "", None, False)
            mother = scalars(select(Contact).where(Contact.name == "Luz Piedra"))
            assert len(mother) == 1
            assert set(scalars(select(Guardian.student_id))) == {ana.id, ben.id}
        again = bring_in("roster", path, {})
        assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 3)
        path.write_text(ROSTER.replace(",KG,1", ",01,1"))
        assert bring_in("roster", path, {}).counts["update"] == 1


def test_a_file_without_schools_is_of_the_district_that_is_named(
    app: Flask, made: MadeUp, tmp_path: Path
) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "test"):
            db.session().add(District(name="Other", local_id="O", state="CT"))
        path = tmp_path / "days.csv"
        path.write_text("student,date,code\n00001,2025-09-03,E\n")
        with pytest.raises(UserError, match="several districts"):
            bring_in("attendance", path, {})
        from crm_schools.importing.attendance.source import AttendanceSource

        source = AttendanceSource(path, path.name, {"district": str(made.district_id)}, tmp_path / "work")
        found = [line for lines in source.lines(0) for line in lines]
        assert [line.record["student"] for line in found] == [made.students[1]]
        with system("test"):
            assert scalars(select(Attendance.id))


MOVED = (
    "student,name,grade,school\n0101,Ana Ash,03,{}\n0102,Ben Oak,03,Dune Elementary\n"
    "0103,Cy Yew,03,Pier Middle\n"
)


def test_who_stands_at_another_school_in_a_table_without_days_has_moved(
    app: Flask, made: MadeUp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The table of September, days missed, the table of December, and days missed between them."""
    path, days = tmp_path / "file.csv", school_days()

    def bring(kind: str, text: str) -> Outcome:
        path.write_text(text)
        return bring_in(kind, path, {})

    def stays() -> list[tuple[str, date, date | None]]:
        statement = (
            select(School.name, Enrolment.begins_on, Enrolment.ends_on)
            .join(School, School.id == Enrolment.school_id)
            .join(Student, Student.id == Enrolment.student_id)
            .where(Student.local_id == "0101")
            .order_by(Enrolment.begins_on)
        )
        with system("test"):
            return [(row[0], row[1], row[2]) for row in db.session().execute(statement)]

    def missed(school: int, some: list[date]) -> str:
        rows = "".join(f"0101,{school},{day.isoformat()},U\n" for day in some)
        return "student,school,date,code\n" + rows

    monkeypatch.setattr("crm_schools.importing.roster.table.day_here", lambda: days[70])
    with app.app_context():
        bring("roster", MOVED.format("Dune Elementary"))
        bring("attendance", missed(1, days[5:10]))
        moved = bring("roster", MOVED.format("Pier Middle"))
        assert any("earlier stay ends on" in said for _line, said in moved.noticed)
        ended = days[70] - timedelta(1)
        assert stays() == [
            ("Dune Elementary", BEGINS, ended),
            ("Pier Middle", days[9] + timedelta(1), None),
        ]
        assert bring("attendance", missed(2, days[40:60])).counts["rejected"] == 0
        with system("test"):
            statement = select(Rating).join(Student, Student.id == Rating.student_id)
            row = db.session().scalars(statement.where(Student.local_id == "0101", Rating.part == "district"))
            rating = row.one()
        assert (rating.enrolled, rating.absent, rating.uncounted) == (200, 50, 0)
        before = stays()
        assert bring("roster", MOVED.format("Pier Middle")).counts["update"] == 0
        assert stays() == before
        # A table of one school alone does not end what the others know.
        bring("roster", "student,name,grade,school\n0102,Ben Oak,03,Pier Middle\n")
        with system("test"):
            ends = select(Enrolment.ends_on).join(Student, Student.id == Enrolment.student_id)
            assert scalars(ends.where(Student.local_id == "0102")) == [None, None]
