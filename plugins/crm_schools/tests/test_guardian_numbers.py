"""Whom the number of a guardian in an archive means, and what people did about a guardian stays so."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from crm.contacts.services import rename_person
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome
from crm_schools.models import Guardian, Student
from crm_schools.tests import test_same_guardian
from crm_schools.tests.support import scalars
from crm_schools.tests.test_same_guardian import ANA, BEN, NEW, OLD, caring, contacts

archive, table = test_same_guardian.archive, test_same_guardian.table


@on_sqlite
def test_another_parent_in_the_place_of_one_is_another_person(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    """Systems that have no number for guardians give the first contact of a student one."""
    archive(f"u1-1,Rex,Oak,{OLD},u1", f"u3-1,Bo,Ash,{OLD},u3")
    for _night in range(2):
        outcome = archive(f"u1-1,Sue,Oak,{NEW},u1", f"u3-1,Bo,Ash,{OLD},u3")
        assert ("Sue Oak", "0001", False, ("0199",)) in caring(app)
        assert ("Rex Oak", "0001", False, ("0100",)) not in caring(app)
    assert outcome.counts["update"] == outcome.counts["create"] == 0


@on_sqlite
@pytest.mark.parametrize("mother, phone", [("Maria", OLD), ("Maria", NEW), ("Marisol", OLD)])
def test_parents_with_names_alike_in_one_place_are_two(
    app: Flask, archive: Callable[..., Outcome], mother: str, phone: str
) -> None:
    archive(f"u1-1,Mario,Oak,{OLD},u1")
    archive(f"u1-1,{mother},Oak,{phone},u1")
    assert (f"{mother} Oak", "0001", False, (phone[-4:],)) in caring(app)
    assert contacts(app) == 2


@on_sqlite
def test_parents_who_change_places_keep_their_phones(app: Flask, archive: Callable[..., Outcome]) -> None:
    archive(f"u1-1,Rex,Oak,{OLD},u1", "u1-2,Sue,Oak,202-555-0144,u1")
    archive(f"u1-1,Sue,Oak,{NEW},u1", f"u1-2,Rex,Oak,{OLD},u1")
    assert caring(app) == [
        ("Rex Oak", "0001", False, ("0100",)),
        ("Sue Oak", "0001", False, ("0144", "0199")),
    ]


@on_sqlite
def test_a_barred_parents_number_tells_nobody_the_other_ones_phone(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    archive(f"u1-1,Rex,Oak,{OLD},u1")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        scalars(select(Guardian))[0].contact_prohibited = True
    outcome = archive(f"u1-1,Sue,Oak,{NEW},u1")
    assert caring(app) == [("Rex Oak", "0001", True, ("0100",))]
    assert "“Sue Oak” has the number of somebody else who must not be contacted" in str(outcome.noticed)


@on_sqlite
def test_whom_people_gave_another_name_stays_the_one_they_are(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    archive(f"g1,Liz,Ash,{OLD},u1", f"g3,Bo,Elm,{OLD},u3")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        liz = db.session().scalars(select(Person).where(Person.name == "Liz Ash")).one()
        rename_person(liz, "given_name", "Elizabeth")
    for _night in range(2):
        archive(f"g1,Liz,Ash,{NEW},u1", f"g3,Bo,Elm,{OLD},u3")
    assert ("Elizabeth Ash", "0001", False, ("0100", "0199")) in caring(app)
    assert contacts(app) == 2


def test_whom_people_gave_another_name_gets_the_new_phone_of_a_list(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    """Liz is Elizabeth here, and in the list she stays Liz, at a second child, too."""
    archive()
    table(f"{ANA},Liz Ash,{OLD},,Bo Elm,{OLD},")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        liz = db.session().scalars(select(Person).where(Person.name == "Liz Ash")).one()
        rename_person(liz, "given_name", "Elizabeth")
    for _night in range(2):
        outcome = table(f"{ANA},Liz Ash,{NEW},,Bo Elm,{OLD},", f"{BEN},Liz Ash,{NEW},,,,")
        assert caring(app) == [
            ("Bo Elm", "0001", False, ("0100",)),
            ("Elizabeth Ash", "0001", False, ("0100", "0199")),
            ("Elizabeth Ash", "0002", False, ("0100", "0199")),
        ]
    assert outcome.counts["update"] == outcome.counts["create"] == 0
    assert contacts(app) == 2


@pytest.mark.parametrize("phone", [OLD, NEW])
def test_whom_people_removed_from_a_student_comes_back_by_no_roster(
    app: Flask, sign_in: SignIn, archive: Callable[..., Outcome], table: Callable[..., Outcome], phone: str
) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1,u2")
    with app.app_context(), system("a test looks"):
        of_ana = db.session().scalars(
            select(Guardian.id)
            .join(Student, Student.id == Guardian.student_id)
            .where(Student.local_id == "0001")
        )
        page = f"/schools/guardian-of/{of_ana.one()}/remove"
    assert sign_in(role="administrator").post(page).status_code == 303
    for _night in range(2):
        for outcome in (archive(f"g1,Rex,Oak,{OLD},u1,u2"), table(f"{ANA},Rex Oak,{phone},,,,")):
            assert {(name, student) for name, student, *_more in caring(app)} == {("Rex Oak", "0002")}
            assert "“Rex Oak” was removed from the student here, and stays so" in str(outcome.noticed)
    table(f"{ANA},Rex Oak,{phone},,,,yes")
    assert ("Rex Oak", "0001", True) in {row[:3] for row in caring(app)}


@on_sqlite
def test_a_removal_that_was_undone_counts_no_more(
    app: Flask, sign_in: SignIn, archive: Callable[..., Outcome]
) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1")
    with app.app_context(), system("a test looks"):
        page = f"/schools/guardian-of/{db.session().scalars(select(Guardian.id)).one()}/remove"
    sign_in(role="administrator").post(page)
    assert caring(app) == []
    with app.app_context():
        last = db.session().scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc())).first()
        undo(last or 0, Actor.system())
    assert archive(f"g1,Rex,Oak,{OLD},u1").counts["update"] == 0
    assert caring(app) == [("Rex Oak", "0001", False, ("0100",))]


@on_sqlite
@pytest.mark.parametrize("name", [",", "-,-"])
def test_whom_an_archive_does_not_name_is_nobodys_guardian(
    app: Flask, archive: Callable[..., Outcome], name: str
) -> None:
    """As what some systems export in place of a parent who is not known."""
    for _night in range(2):
        outcome = archive(f"g1,{name},{NEW},u1", f"g2,Sue,Oak,{OLD},u1")
        assert caring(app) == [("Sue Oak", "0001", False, ("0100",))]
        assert outcome.counts["rejected"] == 1
    assert contacts(app) == 1
