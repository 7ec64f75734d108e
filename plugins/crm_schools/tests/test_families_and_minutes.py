"""Who must not be written to, who is forgotten, and minutes that several people keep at once."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.contacts import erasing
from crm.journal.models import JournalEntry
from crm.plugin_api import Actor, Contact, Person, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import contacts
from crm_schools.marks import pack
from crm_schools.models import (
    AgendaItem,
    Attendance,
    Cause,
    Code,
    Guardian,
    Intervention,
    Letter,
    Meeting,
    Rating,
)
from crm_schools.tests.made_up import BEGINS, MadeUp, make, school_days

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def person(name: str) -> int:
    row = Person(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    db.session().add(row)
    db.session().flush()
    return row.id


def guardian(made: MadeUp, contact_id: int, **values: object) -> int:
    row = Guardian(student_id=made.absent, contact_id=contact_id, **values)
    db.session().add(row)
    db.session().flush()
    return row.id


def letter(made: MadeUp, guardian_id: int, text: str = "Dear family") -> int:
    row = Letter(student_id=made.absent, school_year=2026, stage="nudge", language="en", title="We miss them")
    row.guardian_id, row.text, row.made_on = guardian_id, text, BEGINS
    db.session().add(row)
    db.session().flush()
    return row.id


def test_merging_duplicates_keeps_what_forbids_to_contact_them(app: Flask, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        one, other = person("Luz Piedra"), person("L. Piedra")
        kept = guardian(made, one, note="Works nights")
        banned = guardian(made, other, relation="Aunt", custody="Order of 2024", contact_prohibited=True)
        letter_id = letter(made, banned)
        contacts.merge(db.session().get_one(Contact, one), db.session().get_one(Contact, other))
        row = db.session().scalars(select(Guardian)).one()
        assert (row.id, row.contact_prohibited, row.custody) == (kept, True, "Order of 2024")
        assert (row.note, row.relation) == ("Works nights", "Aunt")
        assert db.session().get_one(Letter, letter_id).guardian_id == kept


def test_a_letter_is_sent_but_to_nobody_who_must_not_be_contacted(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        guardian_id = guardian(made, person("Luz Piedra"))
        sent, draft = (letter(made, guardian_id, "Dear Luz Piedra") for _number in range(2))
    page = f"/schools/student/{made.absent}"
    assert staff.post(f"/schools/letter/{sent}/sent").headers["Location"].endswith(page)
    assert "Dear Luz Piedra" in staff.get(f"/schools/letter/{draft}").text
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(Guardian, guardian_id).contact_prohibited = True
    shown = staff.get(f"/schools/letter/{draft}", follow_redirects=True).text
    assert "Dear Luz Piedra" not in shown
    assert "must not be contacted" in shown
    assert "must not be contacted" in staff.post(f"/schools/letter/{draft}/sent").text
    with app.app_context(), system("test"):
        assert [row.status for row in db.session().scalars(select(Letter).order_by(Letter.id))] == [
            "sent",
            "draft",
        ]


def test_who_is_erased_stands_in_no_letter_and_no_history(app: Flask, made: MadeUp) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("test"):
            contact_id = person("Rosa Ahorn")
            guardian_id = guardian(made, contact_id, custody="Ahorn v. Ahorn", note="Ahorn is ill")
            letter(made, guardian_id, "Dear Rosa Ahorn,")
        with db.transaction(Actor.system(), "contacts.erase"), system("test"):
            erasing.erase(db.session().get_one(Contact, contact_id))
        with system("test"):
            images = db.session().execute(select(JournalEntry.before, JournalEntry.after)).all()
            assert "Ahorn" not in str([tuple(each) for each in images])
            assert db.session().scalars(select(Guardian)).all() == []
            assert "Ahorn" not in db.session().scalars(select(Letter.text)).one()


def test_staff_take_back_what_they_wrote_and_nobody_else_does(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    add = f"/schools/student/{made.absent}/add/cause"
    assert staff.post(add, data={"kind": "barriers", "detail": "Asthma"}).status_code == 303

    def causes() -> int:
        with app.app_context(), system("test"):
            return len(db.session().scalars(select(Cause.id)).all())

    with app.app_context(), system("test"):
        made_by = select(JournalEntry.change_set_id).where(JournalEntry.table_name == "schools_cause")
        undo = f"/changes/{db.session().scalars(made_by).one()}/undo"
    for role, scope in (("school", made.school_contacts[1]), ("school", made.school_contacts[0])):
        sign_in(role=role, scope=scope).post(undo)
        assert causes() == 1
    staff.post(undo)
    assert causes() == 0


def test_minutes_of_two_people_do_not_overwrite_each_other(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    staff.post(f"/schools/meetings/new?school_id={made.schools[0]}&year=2026", data={"held_on": "2026-02-01"})
    with app.app_context(), system("test"):
        meeting_id = db.session().scalars(select(Meeting.id)).one()
        first, second = db.session().scalars(select(AgendaItem.id).order_by(AgendaItem.id)).all()[:2]
    save = f"/schools/meeting/{meeting_id}/save"
    page = staff.get(f"/schools/meeting/{meeting_id}").text
    assert f'name="was-decision-{first}"' in page
    fields = ("decision", "done", "who", "due")
    begun = {f"was-{name}-{item}": "" for item in (first, second) for name in fields}
    begun |= {"was-notes": "", "was-held": "", "notes": ""}
    one = {f"decision-{first}": "Home visit", f"done-{first}": "on", f"due-{first}": "2026-03-01"}
    assert (
        staff.post(save, data={**begun, **one, f"decision-{second}": "", "notes": "Long"}).status_code == 303
    )
    other = {f"decision-{first}": "", f"due-{first}": "", f"decision-{second}": "A ride"}
    assert staff.post(save, data={**begun, **other}).status_code == 303
    wrong = staff.post(save, data={**begun, f"decision-{first}": "A letter"})
    assert "Somebody else wrote in these minutes" in wrong.text
    staff.post(save, data={f"decision-{second}": "A ride"})
    with app.app_context(), system("test"):
        row = db.session().get_one(AgendaItem, first)
        assert (row.decision, row.is_done, row.due_on) == ("Home visit", True, date(2026, 3, 1))
        assert db.session().get_one(AgendaItem, second).decision == "A ride"
        assert db.session().get_one(Meeting, meeting_id).notes == "Long"


def test_a_school_takes_back_a_guardian_that_it_added(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="school", scope=made.school_contacts[0])
    page = f"/schools/student/{made.absent}"
    values = {"given_name": "Luz", "family_name": "Piedra", "relation": "Aunt", "phone": "203-555-0142"}
    assert staff.post(f"{page}/guardian", data=values).status_code == 303
    assert "Luz Piedra" in staff.get(page).text
    with app.app_context(), system("test"):
        added = select(JournalEntry.change_set_id).where(JournalEntry.table_name == "schools_guardian")
        undo = f"/changes/{db.session().scalars(added).one()}/undo"
    staff.post(undo)
    assert "Luz Piedra" not in staff.get(page).text


def test_help_that_does_not_help_asks_for_more(app: Flask, made: MadeUp) -> None:
    """Tier 3 has a third trigger: no less is missed since help of tier 2 began. It goes with the help."""
    days = school_days()

    def settled(marks: list[date], helped: bool) -> tuple[int, str]:
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            code = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
            of = select(Attendance).where(Attendance.student_id == made.absent)
            db.session().scalars(of).one().marks = pack((day, code, None) for day in marks)
            db.session().query(Intervention).delete()
            if helped:
                school_id = made.schools[0]
                new = Intervention(student_id=made.absent, school_id=school_id, school_year=2026, tier=2,
                                   kind="mentor", begins_on=days[50])  # fmt: skip
                db.session().add(new)
        with app.app_context(), system("test"):
            rating = db.session().scalars(select(Rating).where(Rating.student_id == made.absent)).one()
            return rating.tier, rating.tier_reason

    steady = days[30:35] + days[55:60]
    assert settled(steady, helped=False) == (2, "rate_10")
    assert settled(steady, helped=True) == (3, "no_response")
    assert settled(days[25:34] + days[55:56], helped=True) == (2, "rate_10")


def test_a_district_words_letters_in_a_language_of_its_families(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        contact_id = person("Anh Doan")
        db.session().get_one(Person, contact_id).language = "vi"
        guardian_id = guardian(made, contact_id)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    form = f"/schools/student/{made.absent}/letter"
    asked = staff.get(form).text
    assert "The family reads Vietnamese" in asked
    values = {
        "stage": "nudge",
        "guardian_id": str(guardian_id),
        "language": "vi",
        "person": "May",
        "phone": "5",
    }
    assert staff.post(form, data=values).status_code == 422
    district = f"/schools/district/{made.district_id}/letters"
    office = sign_in(role="administrator")
    assert "Tiếng việt" in office.get(f"{district}?language=vi").text
    words = {"title": "Chúng tôi nhớ {student}", "text": "{student} đã vắng {days} ngày."}
    assert office.post(f"{district}/nudge/vi", data=words).status_code == 303
    assert "The family reads" not in staff.get(form).text
    written = staff.post(form, data=values)
    page = staff.get(written.headers["Location"]).text
    assert 'lang="vi"' in page
    assert "đã vắng 10 ngày" in page
    assert "tháng" in page
    assert staff.post(form, data=values | {"stage": "personal"}).status_code == 422
