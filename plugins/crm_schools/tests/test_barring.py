"""That somebody must not be contacted about a student holds in every row of theirs and is not forgotten."""

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing import SignIn
from crm_schools.models import Guardian, Letter
from crm_schools.tests.made_up import make
from crm_schools.tests.support import scalars

LUZ = {"given_name": "Luz", "family_name": "Piedra", "phone": "203-555-0142", "language": "en"}
NUDGE = {"stage": "nudge", "language": "en", "person": "P", "phone": "203-555-0100"}


def rows(app: Flask) -> list[tuple[int, bool]]:
    with app.app_context(), system("a test looks"):
        found = scalars(select(Guardian).order_by(Guardian.id))
        return [(each.id, each.contact_prohibited) for each in found]


def test_who_must_not_be_contacted_is_not_removed(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=24)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    staff.post(f"/schools/student/{made.absent}/guardian", data=LUZ | {"contact_prohibited": "y"})
    [(luz, _barred)] = rows(app)
    refused = staff.post(f"/schools/guardian-of/{luz}/remove", follow_redirects=True)
    assert "must not be contacted, and that would be forgotten" in refused.text
    assert rows(app) == [(luz, True)]
    staff.post(f"/schools/guardian-of/{luz}", data=LUZ)
    assert staff.post(f"/schools/guardian-of/{luz}/remove").status_code == 303
    assert rows(app) == []


def test_an_order_reaches_every_row_of_the_person(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=24)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    form = f"/schools/student/{made.absent}/guardian"
    for each in (LUZ, LUZ | {"phone": "", "given_name": "luz Maria"}, LUZ | {"given_name": "Rosa"}):
        assert staff.post(form, data=each).status_code == 303
    (luz, _a), (again, _b), (rosa, _c) = rows(app)
    barred = staff.post(
        f"/schools/guardian-of/{again}", data={"contact_prohibited": "y"}, follow_redirects=True
    )
    assert "Others of this student with the same name must not be contacted any more either" in barred.text
    assert rows(app) == [(luz, True), (again, True), (rosa, False)]
    freed = staff.post(f"/schools/guardian-of/{luz}", data=LUZ, follow_redirects=True)
    assert "has the same name and still must not be contacted" in freed.text
    assert rows(app) == [(luz, False), (again, True), (rosa, False)]


def test_a_letter_to_whom_was_taken_off_the_student_is_not_printed(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=24)
    staff = sign_in(role="school", scope=made.school_contacts[0])
    form = f"/schools/student/{made.absent}/guardian"
    staff.post(form, data=LUZ)
    [(luz, _barred)] = rows(app)
    written = staff.post(f"/schools/student/{made.absent}/letter", data=NUDGE | {"guardian_id": luz})
    letter = written.headers["Location"]
    assert "Luz Piedra" in staff.get(letter).text
    staff.post(f"/schools/guardian-of/{luz}/remove")
    staff.post(form, data=LUZ | {"contact_prohibited": "y"})
    shown = staff.get(letter)
    assert shown.status_code == 303
    assert "must not be contacted, or does not care" in staff.get(shown.headers["Location"]).text
    staff.post(letter + "/sent")
    with app.app_context(), system("a test looks"):
        assert scalars(select(Letter.status)) == ["draft"]
