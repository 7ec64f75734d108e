"""Families that are kept back stay so on pages that are not about them, and everybody else is found as
before."""

import random
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.coalitions.models import Coalition, GroupMember, Membership
from crm.intake import services as intake
from crm.intake.models import FormAnswer, PublicForm
from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import bring_in
from crm_schools.tests.support import roster_zip, scalars

EVA = "g1,,,true,e,guardian,g,,Eva,Quarrystone,,,eva@quarry.example,,802-555-0147,u1,,\n"


def _with_eva(files: dict[str, str]) -> None:
    files["users.csv"] += EVA


@pytest.fixture
def eva(app: Flask, tmp_path: Path) -> int:
    """The contact of a guardian whom a roster named."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", _with_eva), {})
        run_waiting(app)
        with system("test"):
            found = select(Contact.id).where(Contact.name == "Eva Quarrystone")
            return db.session().scalars(found).one()


@pytest.fixture
def coalition(app: Flask) -> int:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        row = Coalition(name="Harbor", sort_name="harbor", level="state", region="")
        db.session().add(row)
        db.session().flush()
        return row.id


def test_sentences_about_rows_that_refer_to_somebody_kept_name_nobody(
    app: Flask, eva: int, coalition: int, sign_in: SignIn
) -> None:
    admin = sign_in(role="administrator")
    admin.post(f"/coalitions/{coalition}/members/new", data={"contacts": f"#{eva}", "status": "active"})
    admin.post(f"/coalitions/{coalition}/groups/new", data={"name": "Buses"})
    admin.post("/coalitions/groups/1/members", data={"contacts": f"#{eva}"})
    with app.app_context(), system("test"):
        membership, member = scalars(select(Membership.id))[0], scalars(select(GroupMember.id))[0]
    admin.post(f"/coalitions/groups/1/members/{member}/chair")
    admin.post(f"/coalitions/groups/1/members/{member}/remove")
    admin.post(
        f"/coalitions/members/{membership}/edit", data={"status": "active", "role": "Speaker", "version": 1}
    )
    admin.post(f"/coalitions/members/{membership}/delete")
    with app.app_context(), system("test"):
        sentences = scalars(select(ChangeSet.summary).where(ChangeSet.summary.contains("Quarrystone")))
        sets = scalars(select(ChangeSet.id))
    assert len(sentences) >= 3, "there is something to be kept back"
    pages = ["/", "/changes", "/changes/card", f"/history/coalition/{coalition}", f"/coalitions/{coalition}"]
    pages += [f"/changes/{each}" for each in sets] + ["/coalitions/groups/1"]
    assert "Quarrystone" in admin.get("/changes").text
    for role in ("organizer", "viewer"):
        client = sign_in(role=role)
        for page in pages:
            assert "Quarrystone" not in client.get(page).text, (role, page)


def test_other_members_are_still_named(app: Flask, eva: int, coalition: int, sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        abel = create({"given_name": "Abel", "family_name": "Stonefield"}, Actor.system()).id
    admin = sign_in(role="administrator")
    admin.post(f"/coalitions/{coalition}/members/new", data={"contacts": f"#{abel}", "status": "active"})
    with app.app_context(), system("test"):
        membership = scalars(select(Membership.id))[0]
    admin.post(f"/coalitions/members/{membership}/delete")
    assert "Abel Stonefield" in sign_in(role="organizer").get("/changes").text


def test_who_is_found_by_their_organization_stays_so(app: Flask, tmp_path: Path, sign_in: SignIn) -> None:
    """Once there is a single guardian, too."""
    with app.app_context(), db.transaction(Actor.system(), "test"):
        values = {"given_name": "Abel", "family_name": "Stonefield", "organization": "Marigold Clinic"}
        create(values | {"role": "Nurse"}, Actor.system())
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", _with_eva), {})
        run_waiting(app)
    client = sign_in(role="organizer")
    for page in (
        "/search?q=Marigold+Abel",
        "/search?q=Nurse",
        "/contacts?q=Marigold",
        "/contacts/names?q=Marigold",
    ):
        assert "Stonefield" in client.get(page).text, page
    assert "Nurse" in client.get("/search?q=Abel").text
    assert "Quarrystone" not in client.get("/search?q=Eva").text


def test_somebody_of_a_coalition_alone_sees_no_family_in_it(
    app: Flask, eva: int, coalition: int, sign_in: SignIn
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().add(Membership(coalition_id=coalition, contact_id=eva, status="active"))
    client = sign_in(role="viewer", scope=coalition, scope_kind="coalition")
    assert client.get(f"/contacts/{eva}").status_code == 404
    assert "Quarrystone" not in client.get("/contacts").text
    assert sign_in(role="administrator").get(f"/contacts/{eva}").status_code == 200


def test_a_public_form_does_not_tell_whose_family_schools_know(app: Flask, eva: int) -> None:
    """Whoever answers becomes a contact, whether or not a school knows somebody like them."""
    answers = (
        ("Eva", "Quarrystone", "another@org.example", ""),
        ("E", "Q", "e.q@org.example", "8025550147"),
        ("Zed", "Nobody", "zed@org.example", ""),
    )
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        key = "".join(random.Random(1).choices("abcdef", k=20))
        texts = {"en": {"title": "News", "consent": "Yes"}}
        form = PublicForm(
            kind="sign_up", name="News", public_key=key, status="open", texts=texts, asked=["email"],
            sites=[], tags=[],
        )  # fmt: skip
        db.session().add(form)
        db.session().flush()
        for place, (given, family, email, phone) in enumerate(answers):
            values = {"given_name": given, "family_name": family, "email": email, "phone": phone}
            intake.answer(form, values, "en", f"key{place}", robot=False, mails=False)
        rows = db.session().scalars(select(FormAnswer).order_by(FormAnswer.id)).all()
        for row in rows:
            intake.confirm(row, form)
        assert [row.status for row in rows] == ["accepted"] * 3
        assert eva not in {row.contact_id for row in rows}
