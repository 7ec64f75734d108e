"""Files whose headers nobody knows: what their columns hold is said once for a district, and remembered."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, Contact, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.columns import Columns
from crm_schools.models import Attendance, Code, District, Enrolment, Guardian, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


def _upload(client: object, kind: str, name: str, text: str) -> str:
    data = {"kind": kind, "file": (BytesIO(text.encode()), name)}
    sent = client.post("/imports/new", data=data, content_type="multipart/form-data")  # type: ignore[attr-defined]
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def test_unknown_columns_are_asked_for_and_remembered(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    client = sign_in(role="organizer")
    text = "Pupil,Where,When,What\n00001,1,2025-09-03,E\n"
    page = client.get(at := _upload(client, "attendance", "days.csv", text)).text
    assert "known to hold the student’s number" in page
    assert "Attendance code" in page
    half = {"column-0": "student", "column-1": "school", "column-2": "day", "column-3": "ignore"}
    refused = client.post(f"{at}/plan", data=half)
    assert refused.status_code == 422
    assert "known to hold the attendance code" in refused.text
    preview = client.post(f"{at}/preview", data={**half, "column-3": "code"}).text
    assert "2025-09-03" in preview
    assert client.post(f"{at}/plan", data={**half, "column-3": "code"}).status_code == 303
    again = client.get(_upload(client, "attendance", "more.csv", text)).text
    assert "known to hold" not in again
    with app.app_context():
        headers = ["Pupil", "Where", "When", "What"]
        assert Columns("attendance", "more.csv", headers, {}).found["code"] == 3
        with db.transaction(Actor.system(), "test"), system("test"):
            db.session().add(other := District(name="Other", local_id="O", state="CT"))
            db.session().flush()
            assert Columns("attendance", "x", headers, {"district": str(other.id)}).found["code"] == 3


def test_an_import_that_stops_for_its_codes_leads_to_them_and_back(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    client = sign_in(role="organizer")
    at = _upload(client, "attendance", "days.csv", "student,school,date,code\n00001,1,2025-09-03,ZZ\n")
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
    assert client.post(f"{at}/plan").status_code == 303
    run_waiting(app)
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
