"""How far a role over one school reaches: to its own students of today, and to nothing of another school."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.sessions import actor_for
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.transfer import Settings, bring_in
from crm.transfer.models import ImportRow
from crm_schools import contacts, permissions
from crm_schools.acting import agenda
from crm_schools.importing.attendance.handler import AttendanceImport
from crm_schools.marks import pack
from crm_schools.models import (
    Attendance,
    Code,
    District,
    Enrolment,
    Meeting,
    Rating,
    School,
    Student,
)
from crm_schools.rating.settling import settle
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import roster_zip, scalars


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=12)


def _roster(tmp_path: Path, year: int, ana_at: str, *, confirmed: bool = False) -> None:
    """A whole year of two schools as a district exports it; Ana goes to `ana_at`."""

    def change(files: dict[str, str]) -> None:
        for name in ("academicSessions.csv", "enrollments.csv"):
            files[name] = files[name].replace("2024", str(year - 1)).replace("2025", str(year))
        files["enrollments.csv"] = "\n".join(
            line.replace(",e,u1,", f",{ana_at},u1,") for line in files["enrollments.csv"].splitlines()
        )

    outcome = bring_in("roster", roster_zip(tmp_path / f"{year}.zip", change), {}, confirmed=confirmed)
    assert outcome.counts["rejected"] == 0


def _seen_by(sign_in: SignIn, contact_id: int | None, student_id: int) -> int:
    assert contact_id is not None
    return sign_in(role="school", scope=contact_id).get(f"/schools/student/{student_id}").status_code


def test_a_child_that_a_roster_moves_is_seen_by_its_school_of_today(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        _roster(tmp_path, 2024, "e")
        _roster(tmp_path, 2025, "w")
        _roster(tmp_path, 2099, "e")
        with system("test"):
            ana = scalars(select(Student.id).where(Student.local_id == "0001"))[0]
            contacts = dict(db.session().execute(select(School.local_id, School.contact_id)).all())
            stays = scalars(select(Enrolment.ends_on).where(Enrolment.student_id == ana))
    assert stays == [None, None, None]
    assert _seen_by(sign_in, contacts["E1"], ana) == 404
    assert _seen_by(sign_in, contacts["W1"], ana) == 200


def test_a_child_that_is_only_going_to_come_is_seen_by_its_school(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        _roster(tmp_path, 2099, "w")
        with system("test"):
            ana = scalars(select(Student.id).where(Student.local_id == "0001"))[0]
            contacts = dict(db.session().execute(select(School.local_id, School.contact_id)).all())
    assert _seen_by(sign_in, contacts["W1"], ana) == 200
    assert _seen_by(sign_in, contacts["E1"], ana) == 404


def test_whoever_edits_organizations_gives_nobody_another_school(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    mine, other = made.school_contacts
    theirs = made.students[1]
    assert _seen_by(sign_in, mine, theirs) == 404
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for moved in (other, made.district_contact):
            db.session().get_one(Contact, moved).parent_id = mine
        db.session().get_one(Contact, mine).parent_id = None
    assert _seen_by(sign_in, mine, theirs) == 404
    assert sign_in(role="school", scope=mine).get(f"/schools/school/{made.schools[1]}").status_code == 404
    assert _seen_by(sign_in, mine, made.students[0]) == 200
    assert _seen_by(sign_in, made.district_contact, theirs) == 200


def test_merging_a_district_into_a_school_gives_the_school_no_district(app: Flask, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        school, district = made.school_contacts[0], made.district_contact
        contacts.merge(db.session().get_one(Contact, school), db.session().get_one(Contact, district))
        assert db.session().get_one(District, made.district_id).contact_id is None
        assert db.session().get_one(School, made.schools[0]).contact_id == school


def test_a_school_changes_no_stay_and_no_day_of_another(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """The child came from the first school to the second, which sees all and writes its own time alone."""
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        before = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        before.ends_on = days[49]
        after = Enrolment(
            student_id=made.absent, school_id=made.schools[1], school_year=2026, grade="K", begins_on=days[50]
        )
        db.session().add(after)
        db.session().flush()
        first, second = before.id, after.id
    staff = sign_in(role="school", scope=made.school_contacts[1])
    page = staff.get(f"/schools/student/{made.absent}").text
    assert f'"/schools/enrolment/{second}"' in page
    assert f'"/schools/enrolment/{first}"' not in page
    stay = {"school_id": str(made.schools[0]), "grade": "K", "begins_on": "2025-09-02", "ends_on": ""}
    assert staff.get(f"/schools/enrolment/{first}").status_code == 403
    assert staff.post(f"/schools/enrolment/{first}", data=stay).status_code == 403
    assert staff.post(f"/schools/enrolment/{first}/remove").status_code == 403
    assert staff.get(f"/schools/enrolment/{second}").status_code == 200

    day = {"code_id": "1", "reason": "A note"}
    address = f"/schools/student/{made.absent}/day"
    refused = staff.post(address, data={**day, "on_date": days[20].isoformat()})
    assert refused.status_code == 422
    assert "another school" in refused.text
    assert staff.post(address, data={**day, "on_date": days[60].isoformat()}).status_code == 303
    whole = sign_in(role="school", scope=made.district_contact)
    assert whole.post(address, data={**day, "on_date": days[20].isoformat()}).status_code == 303
    assert whole.get(f"/schools/enrolment/{first}").status_code == 200


def test_no_page_tells_how_much_a_child_of_another_school_misses(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """A list that goes on after a rating which the reader may not see begins at its beginning."""
    with app.app_context(), system("test"):
        theirs = scalars(select(Rating.id).where(Rating.school_id == made.schools[1]))
    staff = sign_in(role="school", scope=made.school_contacts[0])
    address = f"/schools/students?school_id={made.schools[0]}&year=2026"

    def named(text: str) -> list[str]:
        return re.findall(r"/schools/student/(\d+)", text)

    whole = named(staff.get(address).text)
    assert whole
    for rating_id in theirs:
        assert named(staff.get(f"{address}&after={rating_id}").text) == whole


def test_the_plan_of_an_import_tells_nothing_of_what_is_stored(app: Flask, tmp_path: Path) -> None:
    """Whoever may import need not be one who may see students: the plan repeats the file alone."""
    head = "student_id,school_id,date,code\n"
    codes = {"codes": "SUSP,suspension\nE,excused\nP,present\n"}
    path = tmp_path / "days.csv"

    def attend(kind: str, text: str) -> None:
        path.write_text(head + text)
        assert bring_in(kind, path, codes).counts["rejected"] == 0

    with app.app_context():
        _roster(tmp_path, 2025, "e")
        attend("attendance", "0001,E1,2024-10-01,SUSP\n0001,E1,2024-10-02,SUSP\n")
        with db.transaction(Actor.system(), "test"), system("test"):
            ana = db.session().scalars(select(Student).where(Student.local_id == "0001")).one()
            ana.given_name = "Zoraida"
        attend("attendance", "0001,E1,2024-10-01,E\n0001,E1,2024-10-03,P\n")
        attend("attendance-whole", "0001,E1,2024-10-01,E\n0001,E1,2024-10-03,E\n")
        _roster(tmp_path, 2025, "w", confirmed=True)
        with system("test"):
            kept = [json.loads(each) for each in scalars(select(ImportRow.changes)) if each]
            assert scalars(select(Student.given_name).where(Student.local_id == "0001")) == ["Ana"]
    changes = [change for each in kept for change in each]
    assert any(name == "days" and new.startswith("2025 1001:") for name, _old, new in changes)
    assert ["given_name", "", "Ana"] in changes
    assert [old for name, old, _new in changes if old] == []
    assert not re.search("SUSP|Zoraida|10-02", str(changes))


def test_the_plan_of_an_import_answers_no_guess(app: Flask, tmp_path: Path, make_user: MakeUser) -> None:
    """An organizer who may import, yet may see no student, is told the same of a guess that is right."""
    head = "student_id,school_id,date,code\n"
    path = tmp_path / "days.csv"
    organizer = make_user(role="organizer")
    handler, codes = AttendanceImport(), {"codes": "SUSP,suspension\nE,excused\n"}

    def planned(code: str) -> list[tuple[str, list[str], list[str]]]:
        path.write_text(head + f"0001,E1,2024-10-01,{code}\n")
        source = handler.open(path, path.name, codes, tmp_path / f"{code}.db")
        lines = [line for some in source.lines(0) for line in some]
        with app.test_request_context():
            actor = actor_for(organizer)
        settings = Settings(run_id=1, actor=actor, source="")
        with db.transaction(actor, "test"):
            handler.plan(lines, settings)
        return [(line.action, list(map(str, line.changes)), list(map(str, line.reasons))) for line in lines]

    with app.app_context():
        _roster(tmp_path, 2025, "e")
        path.write_text(head + "0001,E1,2024-10-01,SUSP\n")
        assert bring_in("attendance", path, codes).counts["rejected"] == 0
        assert planned("SUSP") == planned("E") == [("update", [], [])]
        assert bring_in("attendance", path, {}).counts["update"] == 1
        assert bring_in("attendance", path, {}).counts["unchanged"] == 1


def test_a_school_helps_by_all_that_a_student_missed_also_before_they_came(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Severe at the first school, not a day missed at the second, where they are since day 40."""
    days, second = school_days(), made.schools[1]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        code_id = db.session().scalars(select(Code.id).where(Code.code_key == "u")).one()
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = pack([(day, code_id, None) for day in days[:20]])
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        stay.ends_on = days[39]
        values = {"school_year": 2026, "grade": "K", "begins_on": days[40], "ends_on": None}
        db.session().add(Enrolment(student_id=made.absent, school_id=second, **values))
        db.session().flush()
        settle(made.students)
        rating = db.session().scalars(
            select(Rating).where(Rating.student_id == made.absent, Rating.school_id == second)
        )
        assert {(row.part, row.band, row.tier) for row in rating} == {
            ("school", "satisfactory", 3),
            ("district", "severe", 3),
        }
        meeting = Meeting(
            district_id=made.district_id, school_id=second, school_year=2026, held_on=days[59], since_on=None
        )
        assert made.absent in {line.student_id for line in agenda.made(meeting, Actor.system())}
        meeting.school_id = made.schools[0]
        assert made.absent not in {line.student_id for line in agenda.made(meeting, Actor.system())}
    staff = sign_in(role="school", scope=made.school_contacts[1])
    listed = f"/schools/students?school_id={second}&year=2026"
    for chosen in ("band=chronic", "band=severe", "tier=3"):
        page = staff.get(f"{listed}&{chosen}").text
        assert "Family0, " in page, chosen
        assert "with other schools: 20 of 100, Severe" in page
    assert "Family0, " not in staff.get(f"{listed}&band=moderate").text


def test_who_leaves_a_second_school_belongs_to_the_first(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, made: MadeUp
) -> None:
    """Its staff see the student a month longer, and not again once the year is over."""
    days = school_days()
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        first = db.session().get_one(Student, made.absent).school_id
        second = next(each for each in made.schools if each != first)
        also = Enrolment(
            student_id=made.absent, school_id=second, school_year=2026, begins_on=days[9], ends_on=days[39]
        )
        db.session().add(also)
    with app.app_context(), system("test"):
        of_student = select(Rating).where(Rating.student_id == made.absent)
        rows = {row.part: row for row in db.session().scalars(of_student.order_by(Rating.id))}
        there = {row.school_id: row.tier for row in db.session().scalars(of_student) if row.part == "school"}
    assert rows["district"].school_id == first
    assert there[first] == rows["district"].tier == 2
    assert there[second] == 1
    contacts = dict(zip(made.schools, made.school_contacts, strict=True))
    for day, seen in ((days[59], 200), (days[79], 404), (date(2026, 7, 20), 404)):
        monkeypatch.setattr(permissions, "day_here", lambda day=day: day)
        assert _seen_by(sign_in, contacts[second], made.absent) == seen
    assert _seen_by(sign_in, contacts[first], made.absent) == 200
