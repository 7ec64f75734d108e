"""Who cares for a student is kept from whoever may not see the student, whatever else their role shows."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import Role, RoleGrant
from crm.accounts.sessions import actor_for
from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, Contact, Person, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.transfer import bring_in
from crm_schools.keeping import families
from crm_schools.models import Guardian, Student
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip

EVA = "g1,,,true,e,guardian,g,,Eva,Quarrystone,,,,,,u1,,\n"
WHERE = (
    "/",
    "/contacts",
    "/contacts?q=Quarry",
    "/contacts/names?q=Quarry",
    "/contacts/cards/recent",
    "/contacts/cards/incomplete",
    "/contacts/duplicates",
    "/contacts/duplicates/queue",
    "/changes",
    "/changes/card",
    "/changes/1",
    "/changes/2",
    "/changes/3",
    "/search?q=Quarry",
    "/search?q=Eva",
)
ONES_OWN = (
    "",
    "/card.vcf",
    "/print",
    "/timeline",
    "/qr",
    "/data",
    "/merge",
    "/delete",
    "/files",
    "/field/given_name",
)


@pytest.fixture
def eva(app: Flask, tmp_path: Path) -> int:
    """The contact of a guardian whom a roster named."""

    def with_eva(files: dict[str, str]) -> None:
        files["users.csv"] += EVA

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", with_eva), {})
        run_waiting(app)
        with system("a test looks"):
            return db.session().scalars(select(Contact.id).where(Contact.name == "Eva Quarrystone")).one()


@pytest.mark.parametrize("role", ["viewer", "organizer", "media", "policy", "agency"])
def test_nobody_who_sees_no_student_meets_a_guardian(eva: int, sign_in: SignIn, role: str) -> None:
    client = sign_in(role=role)
    for page in WHERE:
        assert "Quarrystone" not in client.get(page).text, page
    for part in ONES_OWN:
        assert client.get(f"/contacts/{eva}{part}").status_code in {403, 404}, part
    history = client.get(f"/history/contact/{eva}")
    assert history.status_code in {403, 404}


def test_an_administrator_meets_a_guardian(eva: int, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    assert "Quarrystone" in client.get("/contacts").text
    assert client.get(f"/contacts/{eva}").status_code == 200


def test_a_guardian_whom_people_add_is_kept_too(app: Flask, sign_in: SignIn) -> None:
    made = make(app)
    with app.app_context(), system("a test looks"):
        student = db.session().scalars(select(Student.id).where(Student.school_id == made.schools[0])).first()
    told = {"given_name": "Rosa", "family_name": "Marblewood", "relation": "Mother", "language": "es"}
    school = sign_in(role="school", scope=made.school_contacts[0])
    assert school.post(f"/schools/student/{student}/guardian", data=told).status_code < 400
    assert "Marblewood" in school.get(f"/schools/student/{student}").text
    viewer = sign_in(role="viewer")
    for page in ("/contacts", "/search?q=Marblewood", "/changes"):
        assert "Rosa" not in viewer.get(page).text, page
    assert "Marblewood" in sign_in(role="administrator").get("/contacts").text


def test_whom_the_coalition_knows_itself_stays_known(app: Flask, eva: int, sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "contacts.create", "Added Abel Stonefield"):
        known = create({"given_name": "Abel", "family_name": "Stonefield"}, Actor.system()).id
    viewer = sign_in(role="viewer")
    assert "Stonefield" in viewer.get("/contacts").text
    assert viewer.get(f"/contacts/{known}").status_code == 200
    assert "Stonefield" in viewer.get("/search?q=Stonefield").text
    assert "Added Abel Stonefield" in viewer.get("/changes").text


def test_the_history_of_a_guardian_who_is_deleted_stays_kept(app: Flask, eva: int, sign_in: SignIn) -> None:
    administrator = sign_in(role="administrator")
    assert administrator.post(f"/contacts/{eva}/delete", data={"confirm": "y"}).status_code < 400
    with app.app_context(), system("a test looks"):
        assert db.session().get(Contact, eva) is None
    viewer = sign_in(role="organizer")
    assert "Quarrystone" not in viewer.get("/changes").text
    assert viewer.get(f"/history/contact/{eva}").status_code in {403, 404}
    assert "Quarrystone" in administrator.get("/changes").text


def test_whoever_sees_the_student_of_all_contacts_sees_the_family(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    """An organizer who works for a school, too, sees the families of its students and of no others."""
    made, user = make(app), make_user(role="organizer")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("a test writes"):
        role = db.session().scalars(select(Role).where(Role.name == "school")).one()
        of_school = {"scope_kind": "organization", "scope_id": made.school_contacts[0]}
        db.session().add(RoleGrant(user_id=user.id, role_id=role.id, **of_school))
        students = db.session().scalars(select(Student).order_by(Student.id)).all()
        for school, name in zip(made.schools, ("Inside", "Beyond"), strict=True):
            student = next(each for each in students if each.school_id == school)
            parent = create({"given_name": "Ana", "family_name": name}, Actor.system())
            db.session().add(Guardian(student_id=student.id, contact_id=parent.id))
            families.keep([parent.id])
    page = sign_in(user).get("/contacts").text
    assert "Inside" in page
    assert "Beyond" not in page
    assert "Inside" in sign_in(user).get("/search?q=Inside").text


def test_an_import_by_who_sees_no_student_neither_tells_of_a_guardian_nor_changes_one(
    app: Flask, eva: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_user: MakeUser
) -> None:
    user = make_user(role="organizer")
    monkeypatch.setattr("crm.cli.support.command_actor", lambda: actor_for(user))
    path = tmp_path / "people.csv"
    with app.app_context(), system("a test looks"):
        number = db.session().get_one(Person, eva).external_id
    head = "ID,First name,Last name,Job title\n"
    path.write_text(f"{head},Eva,Quarrystone,Nurse\n{number},Abel,Stonefield,Cook\n")
    with app.app_context():
        outcome = bring_in("contacts", path, {})
        assert (outcome.counts["create"], outcome.counts["rejected"]) == (1, 1)
        assert [said for line, said in outcome.noticed if line == 2] == []
        assert "come from lists that you may not see" in str(outcome.noticed)
        with system("a test looks"):
            assert db.session().get_one(Person, eva).job_title is None


@pytest.mark.parametrize("survives", ["family", "known"])
def test_who_is_one_with_somebody_the_coalition_knows_is_known(
    app: Flask, eva: int, sign_in: SignIn, survives: str
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        known = create({"given_name": "Eva", "family_name": "Quarrystone"}, Actor.system()).id
    kept, gone = (eva, known) if survives == "family" else (known, eva)
    merged = sign_in(role="administrator").post(
        "/contacts/merge", data={"survivor": kept, "ids": f"{kept},{gone}"}
    )
    assert merged.status_code < 400
    viewer = sign_in(role="viewer")
    assert viewer.get(f"/contacts/{kept}").status_code == 200
    with app.app_context(), system("a test looks"):
        merge = db.session().scalars(select(ChangeSet.id).where(ChangeSet.action == "contacts.merge")).one()
    sign_in(role="administrator").post(f"/changes/{merge}/undo", data={"seen": "yes"})
    run_waiting(app)
    assert sign_in(role="viewer").get(f"/contacts/{eva}").status_code == 404
    assert sign_in(role="viewer").get(f"/contacts/{known}").status_code == 200
