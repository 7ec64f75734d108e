"""A guardian who is erased for good is named nowhere any more, not with the agencies either."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Consent, Disclosure, Event, FormerGuardian, Message, Need
from crm_referrals.services import about, consenting, needs, stepping
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, values_of_consent
from crm_referrals.tests.test_renewals import write
from crm_schools.public import Guardian

pytestmark = on_sqlite
NAME, NUMBER, SHOWN = "Zelda Quux", "+16155550123", ("555-0123", "5550123")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def cared_for(app: Flask, made: MadeUp) -> tuple[int, int]:
    """A guardian who signed that an agency may be told of them, and the referral that was sent."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        person = Person(name=NAME, sort_name="quux", name_key="zelda quux", custom={})
        db.session().add(person)
        db.session().flush()
        db.session().add(Phone(contact_id=person.id, number=NUMBER))
        db.session().add(Guardian(student_id=made.student, contact_id=person.id, is_primary=True))
        db.session().flush()
        need = db.session().get_one(Need, made.need)
        need.note = f"{NAME} works at night"
        told = [*words.MINIMUM, "guardian", "phone", "note"]
        consenting.write(
            need, made.agencies[:1], values_of_consent(disclosed=told, signer_name="Zelda M. Quux"), "Test"
        )
        referral = drafted(made)
        needs.send(referral, Actor.system())
        needs.write_to_agency(referral, Actor.system(), f"{NAME} is home after six")
        return person.id, referral.id


@pytest.mark.parametrize("is_deleted", [False, True], ids=["there", "deleted before"])
def test_an_erased_guardian_is_named_nowhere(
    app: Flask, sign_in: SignIn, made: MadeUp, is_deleted: bool
) -> None:
    contact_id, referral_id = cared_for(app, made)
    agency, administrator = (
        sign_in(role="agency", scope=made.agency_contacts[0]),
        sign_in(role="administrator"),
    )
    inbox = f"/referrals/inbox/{referral_id}"
    assert NAME in agency.get(inbox).text
    if is_deleted:
        assert administrator.post(f"/contacts/{contact_id}/delete").status_code == 303
    erased = administrator.post(f"/contacts/{contact_id}/erase", data={"name": NAME, "sure": "1"})
    assert erased.status_code == 303
    for path in (inbox, f"{inbox}/fhir", "/referrals/inbox/export.csv"):
        text = agency.get(path).text
        assert "Zelda" not in text, path
        assert not [each for each in SHOWN if each in text], path
    assert "is home after six" in agency.get(inbox).text
    with app.app_context(), system("test"):
        kept = [referral_of(referral_id).packet, *db.session().scalars(select(Message.text))]
        kept += [*db.session().scalars(select(Consent.signer_name)), *db.session().scalars(select(Need.note))]
        kept += [*db.session().scalars(select(Event.actor_label)), *db.session().scalars(select(Event.note))]
        assert "Zelda" not in str(kept)
        assert db.session().scalars(select(Consent.status)).all() == ["signed"]


def guardian(name: str, student_id: int | None = None) -> int:
    row = Person(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    db.session().add(row)
    db.session().flush()
    if student_id is not None:
        db.session().add(Guardian(student_id=student_id, contact_id=row.id, is_primary=True))
        db.session().flush()
    return row.id


def signed(made: MadeUp, name: str) -> None:
    values = values_of_consent(signer_name=name)
    consenting.write(db.session().get_one(Need, made.need), made.agencies[:1], values, "Test")


@pytest.mark.parametrize("is_deleted", [False, True])
def test_whose_name_is_longer_stays(app: Flask, sign_in: SignIn, made: MadeUp, is_deleted: bool) -> None:
    """Rosa Quartz is erased; the consent is Rosa Maria Quartz's, who is there."""
    ids: list[int] = []

    def go() -> None:
        guardian("Rosa Maria Quartz", made.student)
        ids.append(guardian("Rosa Quartz", None if is_deleted else made.student))
        signed(made, "Rosa Maria Quartz")

    write(app, go)
    administrator = sign_in(role="administrator")
    if is_deleted:
        assert administrator.post(f"/contacts/{ids[0]}/delete").status_code == 303
    erased = administrator.post(f"/contacts/{ids[0]}/erase", data={"name": "Rosa Quartz", "sure": "1"})
    assert erased.status_code == 303
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.signer_name)).all() == ["Rosa Maria Quartz"]


def test_who_cared_for_a_student_once_is_forgotten_too(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    contact_id, referral_id = cared_for(app, made)

    def leave() -> None:
        for row in db.session().scalars(select(Guardian)).all():
            db.session().delete(row)

    write(app, leave)
    erased = sign_in(role="administrator").post(
        f"/contacts/{contact_id}/erase", data={"name": NAME, "sure": "1"}
    )
    assert erased.status_code == 303
    page = sign_in(role="agency", scope=made.agency_contacts[0]).get(f"/referrals/inbox/{referral_id}").text
    assert "Zelda" not in page
    assert not [each for each in SHOWN if each in page]


@pytest.mark.parametrize(
    "name, signature",
    [("Zelda Quux", "Zelda M. Quux"), ("José Pérez", "Jose Perez"), ("Zelda Quux", "ZELDA QUUX")],
)
def test_a_yes_taken_back_is_nobodys(
    app: Flask, sign_in: SignIn, made: MadeUp, name: str, signature: str
) -> None:
    ids: list[int] = []

    def go() -> None:
        ids.append(guardian(name, made.student))
        signed(made, signature)
        referral = drafted(made)
        needs.send(referral, Actor.system())
        consenting.revoke(db.session().scalars(select(Consent)).one(), stepping.By("family", signature))

    write(app, go)
    erased = sign_in(role="administrator").post(f"/contacts/{ids[0]}/erase", data={"name": name, "sure": "1"})
    assert erased.status_code == 303
    with app.app_context(), system("test"):
        left = [
            *db.session().scalars(select(Event.actor_label)),
            *db.session().scalars(select(Consent.revoked_by)),
        ]
        left += db.session().scalars(select(Consent.signer_name))
        assert signature not in str(left)


def test_a_contact_without_a_name_is_erased(app: Flask, made: MadeUp) -> None:
    def go() -> None:
        contact_id = guardian("", made.student)
        signed(made, "Rosa Quartz")
        needs.send(drafted(made), Actor.system())
        about.forget(db.session().get_one(Person, contact_id))

    write(app, go)
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.signer_name)).all() == ["Rosa Quartz"]


def erase(app: Flask, sign_in: SignIn, contact_id: int, name: str, *, delete: bool) -> None:
    administrator = sign_in(role="administrator")
    if delete:
        assert administrator.post(f"/contacts/{contact_id}/delete").status_code == 303
    erased = administrator.post(f"/contacts/{contact_id}/erase", data={"name": name, "sure": "1"})
    assert erased.status_code == 303


def test_who_was_deleted_and_only_signed_or_was_written_of_is_forgotten(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    ids: list[int] = []

    def go() -> None:
        ids.append(guardian(NAME, made.student))
        need = db.session().get_one(Need, made.need)
        need.note = f"{NAME} works at night"
        values = values_of_consent(disclosed=[*words.MINIMUM, "note"], signer_name=NAME)
        consenting.write(need, made.agencies[:1], values, "Test")
        needs.send(drafted(made), Actor.system())

    write(app, go)
    erase(app, sign_in, ids[0], NAME, delete=True)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "Zelda" not in agency.get("/referrals/inbox/1").text
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Consent.signer_name)).all() == [""]
        assert db.session().scalars(select(FormerGuardian)).all() == []


def test_a_namesake_and_the_other_parent_keep_what_is_theirs(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Maria Garcia cared for the student once; a volunteer of that name is erased. So is a father who has the
    mother's telephone number."""
    ids: list[int] = []

    def go() -> None:
        mother = guardian("Maria Garcia", made.student)
        db.session().add(Phone(contact_id=mother, number=NUMBER))
        need = db.session().get_one(Need, made.need)
        told = [*words.MINIMUM, "guardian", "phone"]
        consenting.write(need, made.agencies[:1], values_of_consent(disclosed=told), "Test")
        needs.send(drafted(made), Actor.system())
        ids.append(guardian("Maria Garcia"))
        ids.append(guardian("Omar Garcia", made.student))
        db.session().add(Phone(contact_id=ids[1], number=NUMBER))

    write(app, go)
    erase(app, sign_in, ids[0], "Maria Garcia", delete=False)
    erase(app, sign_in, ids[1], "Omar Garcia", delete=False)
    page = sign_in(role="agency", scope=made.agency_contacts[0]).get("/referrals/inbox/1").text
    assert "Maria Garcia" in page
    assert SHOWN[0] in page


def test_the_danger_of_an_emergency_names_nobody_who_is_erased(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    ids: list[int] = []

    def go() -> None:
        ids.append(guardian(NAME, made.student))
        needs.send(drafted(made), Actor.system(), emergency=f"{NAME} has a gun")

    write(app, go)
    erase(app, sign_in, ids[0], NAME, delete=False)
    with app.app_context(), system("test"):
        assert "Zelda" not in db.session().scalars(select(Disclosure.reason)).one()


def test_who_was_renamed_since_is_forgotten_with_their_number(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    contact_id, referral_id = cared_for(app, made)

    def rename() -> None:
        db.session().get_one(Person, contact_id).name = "Zelda Lopez"

    write(app, rename)
    erase(app, sign_in, contact_id, "Zelda Lopez", delete=False)
    with app.app_context(), system("test"):
        packet = referral_of(referral_id).packet
    assert "guardian" not in packet
    assert "phone" not in packet
