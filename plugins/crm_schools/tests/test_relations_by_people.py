"""Who cares for whom as people wrote it, against the rosters of the nights after."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.transfer import Outcome
from crm_schools.models import Guardian, Student
from crm_schools.tests import test_nightly
from crm_schools.tests.nights import FIRST, Nights
from crm_schools.tests.support import scalars

nights = test_nightly.nights
ROSA = {"given_name": "Rosa", "family_name": "Oak", "phone": "203-555-0100", "language": "en"}
OTHERS = [("0102", "Sue Elm"), ("0103", "Sue Elm")]


def night(nights: Nights, rosa: str = "0") -> Outcome:
    """An archive of four students; Rosa Oak cares for the first of them, or for nobody, Sue Elm for two."""
    cared = {0: "g1" if rosa else "", 1: "", 2: "g2", 3: "g2"}
    users = [
        f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,{guardian},03" for n, guardian in cared.items()
    ]
    users += ["g1,,,true,e,parent,Rosa,Oak,,,203-555-0100,,", "g2,,,true,e,parent,Sue,Elm,,,203-555-0111,,"]
    return nights.archive(users, [f"c{n},,,a,e,u{n},student,{FIRST},2027-06-11" for n in cared])


def caring(app: Flask) -> list[tuple[str, str]]:
    statement = (
        select(Student.local_id, Contact.name)
        .join(Guardian, Guardian.student_id == Student.id)
        .join(Contact, Contact.id == Guardian.contact_id)
    )
    with app.app_context(), system("a test looks"):
        return sorted((row[0], row[1]) for row in db.session().execute(statement))


def add_rosa(app: Flask, staff: PageClient, number: str) -> None:
    """On the page of a student; she is a second contact then."""
    with app.app_context(), system("a test looks"):
        student = scalars(select(Student.id).where(Student.local_id == number))[0]
    staff.post(f"/schools/student/{student}/guardian", data=ROSA)


@pytest.mark.parametrize("survivor", [0, 1])
def test_a_guardian_of_the_archive_whom_people_gave_a_sibling_stays_theirs(
    app: Flask, sign_in: SignIn, nights: Nights, survivor: int
) -> None:
    """They add her to the sibling and unite the two contacts, as the list of duplicates proposes."""
    night(nights)
    staff = sign_in(role="administrator")
    add_rosa(app, staff, "0101")
    with app.app_context(), system("a test looks"):
        both = scalars(select(Contact.id).where(Contact.name == "Rosa Oak").order_by(Contact.id))
    form = {"ids": f"{both[0]},{both[1]}", "survivor": both[survivor]}
    staff.post("/contacts/merge", data=form, follow_redirects=True)
    with app.app_context(), system("a test looks"):
        assert len(scalars(select(Contact.id).where(Contact.name == "Rosa Oak"))) == 1
    for _night in range(2):
        assert night(nights).counts["update"] == 0
        assert caring(app) == [("0100", "Rosa Oak"), ("0101", "Rosa Oak"), *OTHERS]
    outcome = night(nights, rosa="")
    assert "does not name Rosa Oak as somebody who cares for the student 0100" in str(outcome.noticed)
    assert caring(app) == [("0101", "Rosa Oak"), *OTHERS]
