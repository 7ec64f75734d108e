"""An order that nobody contacts somebody about a student outlasts what is done to the contact."""

import re

import pytest
from flask import Flask
from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update

from crm.accounts.models import Role, RoleGrant
from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Enrolment, FamilyContact, Guardian
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite
OTTO = {"given_name": "Otto", "family_name": "Oak", "phone": "", "language": "en"}
NAMES = ("Otto Oak", "Ida Oak", "Eva Elm")


@pytest.fixture
def made(app: Flask, sign_in: SignIn) -> MadeUp:
    """Of three guardians of one student Otto must not be contacted."""
    found = make(app, students=4)
    for name in NAMES:
        given, family = name.split()
        form = {**OTTO, "given_name": given, "family_name": family}
        form |= {"contact_prohibited": "y"} if given == "Otto" else {}
        sign_in(role="administrator").post(f"/schools/student/{found.absent}/guardian", data=form)
    return found


def ids(app: Flask) -> dict[str, int]:
    with app.app_context(), system("a test looks"):
        people = scalars(select(Contact).where(Contact.name.in_(NAMES)))
        return {each.name: each.id for each in people}


def orders(app: Flask) -> list[tuple[int, bool]]:
    with app.app_context(), system("a test looks"):
        rows = scalars(select(Guardian).order_by(Guardian.id))
        return [(row.contact_id, row.contact_prohibited) for row in rows]


def delete(client: PageClient, chosen: list[int]) -> tuple[str, str]:
    """The plan of deleting many, and what became of it."""
    plan = client.post("/contacts/bulk/delete", data={"ids": chosen}).headers["Location"]
    planned = client.get(plan).text
    return planned, client.post(f"{plan}/apply", follow_redirects=True).text


def test_the_contact_stays_and_the_order_with_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    otto = ids(app)["Otto Oak"]
    refused = sign_in(role="administrator").post(f"/contacts/{otto}/delete")
    assert "This would forget that somebody must not be contacted" in refused.text
    assert (otto, True) in orders(app)


def test_whoever_sees_the_student_reads_the_order_on_the_page_of_the_contact(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff, known = sign_in(role="administrator"), ids(app)
    panels = {name: staff.get(f"/schools/guardian/{known[name]}").text for name in NAMES}
    assert [name for name, text in panels.items() if "Must not be contacted" in text] == ["Otto Oak"]
    assert all(f"/schools/student/{made.absent}" in text for text in panels.values())


def test_who_may_not_see_the_student_learns_of_no_order_by_deleting(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Of guardians whom the coalition knows itself, whoever must not be contacted and who may be stay alike,
    with the same words and in the same plan."""
    with app.app_context(), system("a test writes"), db.transaction(Actor.system(), "test"):
        db.session().execute(delete_rows(FamilyContact))
    organizer, known, before = sign_in(role="organizer"), ids(app), orders(app)
    for each in known.values():
        refused = organizer.post(f"/contacts/{each}/delete").text
        assert "A school knows this person" in refused
        assert "must not be contacted" not in refused
    planned, _done = delete(organizer, list(known.values()))
    for name in NAMES:
        assert name in planned
    assert not re.search(r"Delete \d+ contacts?", planned)
    assert (ids(app), orders(app)) == (known, before)


def test_whoever_sees_some_students_deletes_only_guardians_of_these(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    """Ida cares for a student of another school, too, and stays as if she were barred; Eva goes."""
    known, user = ids(app), make_user(role="organizer")
    with app.app_context(), system("a test writes"), db.transaction(Actor.system(), "test"):
        other = next(each for each in made.students if each != made.absent)
        moved = update(Enrolment).where(Enrolment.student_id == other).values(school_id=made.schools[1])
        db.session().execute(moved)
        db.session().add(Guardian(student_id=other, contact_id=known["Ida Oak"]))
        school = db.session().scalars(select(Role).where(Role.name == "school")).one()
        of_school = {"scope_kind": "organization", "scope_id": made.school_contacts[0]}
        db.session().add(RoleGrant(user_id=user.id, role_id=school.id, **of_school))
    staff = sign_in(user)
    said = {name: staff.post(f"/contacts/{known[name]}/delete", follow_redirects=True).text for name in NAMES}
    assert "This would forget that somebody must not be contacted" in said["Otto Oak"]
    assert "A school knows this person" in said["Ida Oak"]
    assert sorted(ids(app)) == ["Ida Oak", "Otto Oak"]


@pytest.mark.parametrize("many", [False, True])
def test_of_many_who_are_deleted_this_one_stays(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    """At once or as background work: the plan says so, and the others go."""
    if many:
        monkeypatch.setattr("crm.contacts.bulk.plans.AT_ONCE", 1)
    known = ids(app)
    chosen = [*known.values(), made.school_contacts[0]]
    planned, _done = delete(sign_in(role="administrator"), chosen)
    run_waiting(app)
    assert re.search(r"2\s*(<[^>]+>\s*)*will be deleted|Delete 2 contacts", planned)
    assert "Another part of Rollcall still refers to them" in planned
    assert ids(app) == {"Otto Oak": known["Otto Oak"]}
    assert orders(app) == [(known["Otto Oak"], True)]


def test_whoever_erases_them_knows_what_is_forgotten(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff, known = sign_in(role="administrator"), ids(app)
    warned = "Erasing forgets that, too"
    assert warned not in staff.get(f"/contacts/{known['Ida Oak']}/erase").text
    here = f"/contacts/{known['Otto Oak']}/erase"
    assert warned in staff.get(here).text
    assert warned in staff.post(here, data={"name": "Otto Oak"}).text
    staff.post(here, data={"name": "Otto Oak", "sure": "1"})
    assert sorted(ids(app)) == ["Eva Elm", "Ida Oak"]


def test_a_merge_takes_the_order_along_and_undo_brings_it_back(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    staff, known = sign_in(role="administrator"), ids(app)
    both = [known["Ida Oak"], known["Otto Oak"]]
    before = orders(app)
    form = {"ids": f"{both[0]},{both[1]}", "survivor": both[0]}
    merged = staff.post("/contacts/merge", data=form, follow_redirects=True).text
    assert orders(app) == [(both[0], True), (known["Eva Elm"], False)]
    undo = re.search(r'action="(/changes/\d+/undo)"', merged)
    assert undo is not None
    staff.post(undo[1])
    assert orders(app) == before
