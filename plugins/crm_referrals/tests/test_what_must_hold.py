"""Old links, nameless offers, renamed agencies and names of adults: what must hold after each."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from crm.plugin_api import Actor, Contact, UserError, day_here, db
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in
from crm_referrals import links
from crm_referrals.models import Agency, Need, Service
from crm_referrals.services import about, asking, consenting, entries, needs, pooling, signers, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, values_of_consent
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_old_reach import bar, writing
from crm_referrals.tests.test_who_hears import mails
from crm_schools.public import Student

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def test_a_family_is_asked_anew_for_a_renamed_agency(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(), "Test")
        number = drafted(made).id
        agency = db.session().get_one(Agency, made.agencies[0])
        entries.save_agency(agency, {"name": "Wholly Other House"})
    school = sign_in(role="school", scope=made.school_contact)
    page = school.get(f"/referrals/{number}").text
    assert "Ask the family anew" in page
    answer = school.get(f"/referrals/needs/{made.need}/consent?again=1")
    assert answer.status_code == 200


def test_a_nameless_bundle_names_no_earlier_referral(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    with writing(app):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies, values_of_consent(), "Test")
        first = drafted(made)
        needs.send(first, Actor.system())
        by = stepping.By("agency", "A", None, made.agencies[0])
        stepping.take(first, "decline", by, {"reason": "no_capacity", "note": "full"})
        agency = db.session().get_one(Agency, made.agencies[0])
        other = entries.save_service(agency, None, {"name": "Other"}, ["transport"])
        two = [other, db.session().get_one(Service, made.services[1])]
        pool = pooling.draft(need, two, Actor.system(), first)
        pooling.send(pool[0], Actor.system(), None)
        old, new = first.id, pool[0].id
    client = sign_in(role="agency", scope=made.agency_contacts[0])
    text = client.get(f"/referrals/inbox/{new}/fhir").text
    assert "Quartz" not in text
    assert f"request-{old}" not in text
    assert "Quartz" in client.get(f"/referrals/inbox/{old}/fhir").text


def test_a_barred_guardians_link_stays_closed_after_erasing(
    app: Flask, made: MadeUp, sign_in: SignIn
) -> None:
    with writing(app):
        bob = guardian("Bob Quartz", made.student)
        db.session().add(Email(contact_id=bob, address="bob@example.org", address_key="bob@example.org"))
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        consent = consenting.write(
            need, made.agencies[:1], values_of_consent(method="link") | {"email": "bob@example.org"}, "Test"
        )
        stepping.take(drafted(made), "ask_consent", stepping.By.school(Actor.system()), {})
        token = links.token(links.CONSENT, consent.id, consent.link_version)
    bar(app, bob)
    stranger = app.test_client()
    before = stranger.get(f"/referrals/consent/{token}").text
    assert "Alder Rides" not in before
    answer = sign_in(role="administrator").post(
        f"/contacts/{bob}/erase", data={"name": "Bob Quartz", "sure": "1"}
    )
    assert answer.status_code == 303
    after = stranger.get(f"/referrals/consent/{token}").text
    assert "Alder Rides" not in after


def test_an_adult_student_signs_with_either_of_their_names(app: Flask, made: MadeUp) -> None:
    with writing(app):
        student = db.session().get_one(Student, made.student)
        student.birth_date, student.preferred_name = date(2008, 1, 1), "Billie"
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        consent = consenting.write(need, made.agencies[:1], values_of_consent(method="link"), "Test")
        with pytest.raises(UserError, match="own name"):
            consenting.sign(consent, "Bob Quartz", "student", day_here())
        consenting.sign(consent, "Wilhelmina Quartz", "student", day_here())
        assert consent.status == "signed"


@pytest.mark.parametrize(
    "name, is_theirs",
    [
        ("Ana Maria Lopez Vega", True), ("Ana Maria López-Vega", True), ("Ana M. Ruth Lopez-Vega", False),
        ("Ana Maria R. Lopez-Vega Jr.", True), ("Billie Lopez", True), ("Maria Lopez-Vega", False),
        ("Ana Maria", False), ("Lopez Vega", False), ("Rosa Lopez", False), ("", False),
    ],
)  # fmt: skip
def test_whose_name_a_signature_is(app: Flask, made: MadeUp, name: str, is_theirs: bool) -> None:
    """Her mother is called by one of her first names."""
    with writing(app):
        guardian("Maria Lopez-Vega", made.student)
        student = db.session().get_one(Student, made.student)
        student.given_name, student.middle_name, student.preferred_name = "Ana Maria", "Ruth", "Billie"
        student.family_name, student.suffix = "Lopez-Vega", "Jr"
        assert signers.is_own_name(student, name) is is_theirs


def test_a_link_to_an_address_of_two_outlives_one_of_them(app: Flask, made: MadeUp) -> None:
    """Bob and Rosa read mail at one address, so nobody noted whose the link is."""
    with writing(app):
        both = [guardian(each, made.student) for each in ("Bob Quartz", "Rosa Quartz")]
        for each in both:
            db.session().add(Email(contact_id=each, address="q@example.org", address_key="q@example.org"))
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        values = values_of_consent(method="link", email="q@example.org")
        consent = consenting.write(need, made.agencies[:1], values, "Test")
        stepping.take(drafted(made), "ask_consent", stepping.By.school(Actor.system()), {})
        about.forget(db.session().get_one(Contact, both[0]))
        assert consent.email == "q@example.org"
        assert asking.is_answerable(consent)


def test_the_school_hears_that_an_erased_guardian_is_asked_no_more(app: Flask, made: MadeUp) -> None:
    with writing(app):
        bob = guardian("Bob Quartz", made.student)
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(method="link"), "Test")
        stepping.take(drafted(made), "ask_consent", stepping.By.school(Actor.system()), {})
    make_user_in(app, role="coordinator")
    with writing(app):
        about.forget(db.session().get_one(Contact, bob))
    assert [subject for _to, subject in mails(app)] == ["A consent asks nobody any more"]


@pytest.mark.parametrize("was_noted", [True, False], ids=["written now", "written before"])
def test_what_is_public_comes_back_public(app: Flask, made: MadeUp, tmp_path: Path, was_noted: bool) -> None:
    from crm_referrals.hsds import files, importing
    from crm_referrals.hsds.importing import Outcome

    with writing(app):
        agency = db.session().get_one(Agency, made.agencies[0])
        said = {"name": "Mental health talks", "is_sensitive": False}
        service = entries.save_service(agency, None, said, ["mentoring"])
        number = service.id
        if not was_noted:
            service.staff_fields = []
    with app.app_context():
        (tmp_path / "hsds.zip").write_bytes(files.package())
    with writing(app):
        outcome = Outcome()
        importing.apply(importing.read(tmp_path / "hsds.zip", None, outcome), outcome)
        assert not db.session().get_one(Service, number).is_sensitive
