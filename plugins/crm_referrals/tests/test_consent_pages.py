"""Who consents to what: the agencies that they were shown, and who may see which page of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from crm.accounts import mail
from crm.accounts.models import OutgoingMail, Role, RoleGrant
from crm.plugin_api import Actor, Contact, Person, db, system
from crm.plugin_api.records import Email
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in
from crm_referrals import links, words
from crm_referrals.models import Agency, Consent, Need, Referral
from crm_referrals.permissions import REFER
from crm_referrals.services import about, asking, consenting
from crm_referrals.tests.made_up import BORN, MadeUp, drafted, make, sent, ticked, values_of_consent
from crm_schools.models import Look  # Nothing else says who looked.
from crm_schools.public import Guardian, Student

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def write(app: Flask, what: Callable[[], object]) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        what()


def parties(app: Flask) -> list[list[int]]:
    with app.app_context(), system("test"):
        return list(db.session().scalars(select(Consent.parties).order_by(Consent.id)))


def on_paper(**changes: object) -> dict[str, object]:
    return values_of_consent(signed_on="2026-11-20", expires_on="2027-06-01") | changes


def test_a_consent_is_for_the_agencies_that_were_ticked(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    page = f"/referrals/needs/{made.need}/consent"
    write(app, lambda: drafted(made, 0))
    stale = on_paper(**ticked(made, 0))
    write(app, lambda: drafted(made, 1))
    assert "Alder Rides" in school.get(page).text
    assert "Birch Vans" in school.get(page).text
    refused = school.post(page, data=stale)
    assert refused.status_code == 409
    assert "Other services were chosen" in refused.text
    none = school.post(page, data=on_paper(**ticked(made, shown=(0, 1))))
    assert "Choose at least one agency" in none.text
    assert parties(app) == []
    only = on_paper(method="link", **ticked(made, 1, shown=(0, 1)))
    assert school.post(page, data=only).status_code == 303
    assert parties(app) == [[made.agencies[1]]]
    with app.app_context(), system("test"):
        states = db.session().scalars(select(Referral.state).order_by(Referral.id)).all()
    assert states == ["draft", "awaiting_consent"]


def test_the_paper_names_exactly_what_is_ticked(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: (drafted(made, 0), drafted(made, 1)))
    school = sign_in(role="school", scope=made.school_contact)
    values = on_paper(**ticked(made, 0, shown=(0, 1)))
    paper = school.post(f"/referrals/needs/{made.need}/consent/paper", data=values)
    assert paper.status_code == 200, paper.text
    assert "Alder Rides" in paper.text
    assert "Wilhelmina Quartz" in paper.text
    for text in ("Birch Vans", "eleven times", "37203", "Dune Elementary"):
        assert text not in paper.text
        assert text not in school.get("/referrals/1/print").text or text == "Birch Vans"
    assert "Wilhelmina" not in school.get("/referrals/1/print").text
    assert sign_in(role="viewer").post(f"/referrals/needs/{made.need}/consent/paper").status_code == 403


def test_every_look_is_written_down(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    with app.app_context():
        token = links.token(links.REFERRAL, referral_id, 1)

    def looks() -> int:
        with app.app_context(), system("test"):
            return len(db.session().scalars(select(Look.id).where(Look.student_id == made.student)).all())

    pages = (f"{referral_id}", f"{referral_id}/print", "", f"student/{made.student}", f"needs/{made.need}",
             f"needs/{made.need}/match", f"student/{made.student}/disclosures")  # fmt: skip
    own = (f"inbox/{referral_id}", f"inbox/{referral_id}/fhir", "inbox/export.csv")
    asked = [(school, each) for each in pages] + [(agency, each) for each in own]
    for client, path in [*asked, (app.test_client(), f"r/{token}")]:
        before = looks()
        assert client.get(f"/referrals/{path}").status_code == 200, path
        assert looks() == before + 1, path
    with app.app_context(), system("test"):
        last = db.session().scalars(select(Look).order_by(Look.id.desc())).first()
        assert last is not None
        assert (last.user_id, last.actor_label, last.what) == (None, "Alder Rides", "agency link")


def asked(app: Flask, made: MadeUp, **changes: object) -> str:
    """The page of a consent that was asked for by a link."""

    def ask() -> None:
        need = db.session().get_one(Need, made.need)
        values = values_of_consent(method="link", **changes)
        consenting.write(need, [made.agencies[0]], values, "Test").language = "en"

    write(app, ask)
    with app.app_context(), system("test"):
        last = db.session().scalars(select(Consent.id).order_by(Consent.id.desc()).limit(1)).one()
        return f"/referrals/consent/{links.token(links.CONSENT, last, 1)}"


SIGNS = {"signer_name": "Rosa Quartz", "signer_relation": "parent", "agrees": "y"}


def private_need(made: MadeUp) -> None:
    db.session().get_one(Need, made.need).category = "mental_health"


def shy_agency(made: MadeUp) -> None:
    db.session().get_one(Agency, made.agencies[0]).acknowledges_only = True


@pytest.mark.parametrize("how", [private_need, shy_agency])
def test_a_link_names_no_private_agency(
    app: Flask, sign_in: SignIn, made: MadeUp, how: Callable[[MadeUp], None]
) -> None:
    referral_id = sent(app, made)
    write(app, lambda: how(made))
    family = sign_in()
    with app.app_context():
        progress = f"/referrals/family/{links.token(links.FAMILY, referral_id, 1)}"
    address = asked(app, made)
    for path in (progress, address):
        assert family.get(path).status_code == 200
        assert "Alder" not in family.get(path).text, path
    wrong = family.post(address, data={"show": "1", "birth_date": "2011-01-01"})
    assert wrong.status_code == 422
    assert "Alder" not in wrong.text
    shown = family.post(address, data={"show": "1", "birth_date": BORN.isoformat()})
    assert "Alder Rides" in shown.text
    assert family.post(address, data=SIGNS | {"birth_date": BORN.isoformat()}).status_code == 303


def test_once_signed_the_link_tells_nothing(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    address, family = asked(app, made), sign_in()
    assert "Alder Rides" in family.get(address).text
    assert family.post(address, data=SIGNS | {"birth_date": BORN.isoformat()}).status_code == 303
    after = family.get(address).text
    assert "The consent is signed" in after
    for text in ("Alder", "Rides", "Rosa", "2027"):
        assert text not in after
    assert family.post(f"{address}/revoke", data={"sure": "1"}).status_code == 200


def test_a_consent_holds_for_two_years_at_most(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: drafted(made))
    school = sign_in(role="school", scope=made.school_contact)
    values = on_paper(expires_on="2036-01-01", **ticked(made, 0))
    assert "two years at most" in school.post(f"/referrals/needs/{made.need}/consent", data=values).text
    assert parties(app) == []


def test_only_who_refers_this_student_refers_them_or_ends_it(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Somebody who sees all students, and refers those of another school."""
    referral_id = sent(app, made)
    user = make_user_in(app, role="school", scope=made.agency_contacts[1])

    def sees_all() -> None:
        school = db.session().scalars(select(Role).where(Role.name == "school")).one()
        kept = [each for each in school.permissions if each != REFER]
        looker = Role(name="looker", label="Looker", permissions=kept)
        db.session().add(looker)
        db.session().flush()
        db.session().add(RoleGrant(user_id=user.id, role_id=looker.id))

    write(app, sees_all)
    client = sign_in(user)
    page = client.get(f"/referrals/{referral_id}")
    assert page.status_code == 200
    assert "/referrals/family/" not in page.text
    assert "Withdraw" not in page.text
    assert client.get(f"/referrals/student/{made.student}/new").status_code == 403
    school = sign_in(role="school", scope=made.school_contact)
    assert "/referrals/family/" in school.get(f"/referrals/{referral_id}").text
    assert school.get(f"/referrals/student/{made.student}/new").status_code == 200


def with_guardians(made: MadeUp) -> None:
    for number, name in enumerate(("Rosa Quartz", "Omar Quartz")):
        person = Person(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
        person.emails = [
            Email(address=f"{name[:4].lower()}@example.org", address_key=name[:4], is_primary=True)
        ]
        db.session().add(person)
        db.session().flush()
        db.session().add(Guardian(student_id=made.student, contact_id=person.id, is_primary=number == 0))


def test_a_signature_belongs_to_whoever_signed(app: Flask, made: MadeUp) -> None:
    write(app, lambda: with_guardians(made))

    def whose() -> list[str | None]:
        with app.app_context(), system("test"):
            rows = select(Consent.id, Contact.name).outerjoin(Contact, Contact.id == Consent.contact_id)
            return [row[1] for row in db.session().execute(rows.order_by(Consent.id))]

    def sign(name: str) -> None:
        need = db.session().get_one(Need, made.need)
        consenting.write(need, [made.agencies[0]], values_of_consent(signer_name=name), "Test")

    for name in ("Omar Quartz", "Aunt Ida", "rosa  quartz"):
        write(app, lambda name=name: sign(name))  # type: ignore[misc]  # Bound to each name.
    assert whose() == ["Omar Quartz", None, "Rosa Quartz"]
    asked(app, made, email="omar@example.org")
    assert whose()[-1] == "Omar Quartz"

    def erase_rosa() -> None:
        rosa = db.session().scalars(select(Contact).where(Contact.name == "Rosa Quartz")).one()
        about.forget(rosa)

    write(app, erase_rosa)
    with app.app_context(), system("test"):
        names = db.session().scalars(select(Consent.signer_name).order_by(Consent.id)).all()
    assert names == ["Omar Quartz", "Aunt Ida", "", ""]


def test_who_has_come_of_age_consents_alone(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    said = "Ask for the student’s own consent"
    assert said not in school.get(f"/referrals/needs/{made.need}").text

    def grows_up() -> None:
        student = db.session().get_one(Student, made.student)
        student.birth_date = db.now().date() - timedelta(days=18 * 366)

    write(app, grows_up)
    assert said in school.get(f"/referrals/needs/{made.need}").text


def test_links_do_not_stay_in_messages_that_were_sent(app: Flask, made: MadeUp) -> None:
    sent(app, made)
    asked(app, made, email="family@example.org")
    write(app, lambda: asking.renew_link(db.session().get_one(Consent, 2), "family@example.org"))
    with app.app_context(), system("test"):
        rows = db.session().scalars(select(OutgoingMail)).all()
        assert {each.purpose for each in rows} == {"referral_new_link", "referral_consent_link"}
        assert all(mail.is_secret(each.purpose) for each in rows)
        assert not mail.is_secret("digest")


def test_a_family_reads_what_it_is_for_in_its_own_language(app: Flask) -> None:
    ours = "So that the agency can help with what keeps the student from school."
    with app.test_request_context(), force_locale("es"):
        assert words.purpose_words(ours) == str(words.PURPOSE) != ours
        assert words.purpose_words("For new glasses.") == "For new glasses."
