"""A guardian who is erased for good is named nowhere any more, not with the agencies either."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.models import Consent, Event, Message, Need
from crm_referrals.services import consenting, needs
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, values_of_consent
from crm_schools.public import Guardian

pytestmark = on_sqlite
NAME, NUMBER = "Zelda Quux", "+16155550123"


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
        assert "555" not in text, path
    assert "is home after six" in agency.get(inbox).text
    with app.app_context(), system("test"):
        kept = [referral_of(referral_id).packet, *db.session().scalars(select(Message.text))]
        kept += [*db.session().scalars(select(Consent.signer_name)), *db.session().scalars(select(Need.note))]
        kept += [*db.session().scalars(select(Event.actor_label)), *db.session().scalars(select(Event.note))]
        assert "Zelda" not in str(kept)
        assert db.session().scalars(select(Consent.status)).all() == ["signed"]
