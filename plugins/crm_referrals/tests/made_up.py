"""A made-up student, two agencies with a service each, and a need."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, db, system
from crm_referrals import words
from crm_referrals.models import Agency, Need, Referral, Service
from crm_referrals.services import consenting, entries, needs
from crm_schools.public import District, School, Student

BORN = date(2012, 5, 4)


@dataclass
class MadeUp:
    """Ids of what was made."""

    school_contact: int
    student: int
    agency_contacts: list[int]
    agencies: list[int]
    services: list[int]
    need: int


def organization(name: str) -> Organization:
    row = Organization(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    db.session().add(row)
    db.session().flush()
    return row


def make(app: Flask) -> MadeUp:
    with app.app_context(), db.transaction(Actor.system(), "referrals.made_up"), system("test"):
        district = District(contact_id=organization("Harbor Schools").id, name="Harbor Schools", state="TN")
        db.session().add(district)
        db.session().flush()
        contact = organization("Dune Elementary")
        school = School(district_id=district.id, contact_id=contact.id, name=contact.name, local_id="1")
        db.session().add(school)
        db.session().flush()
        student = Student(
            district_id=district.id, local_id="7", given_name="Wilhelmina", family_name="Quartz",
            sort_name="quartz", school_id=school.id, grade="7", birth_date=BORN,
        )  # fmt: skip
        db.session().add(student)
        db.session().flush()
        from crm_schools.models import Enrolment  # What a school knows its students by.

        db.session().add(
            Enrolment(student_id=student.id, school_id=school.id, school_year=2027, begins_on=BORN)
        )
        contacts, agencies, services = [], [], []
        for name in ("Alder Rides", "Birch Vans"):
            of_agency = organization(name)
            agency = entries.save_agency(
                None,
                {"name": name, "contact_id": of_agency.id, "notice_email": f"{name[0]}@example.org".lower()},
            )
            values = {"name": f"{name} service", "minimum_age": 6, "maximum_age": 18, "area_codes": "37203"}
            contacts.append(of_agency.id)
            agencies.append(agency.id)
            services.append(entries.save_service(agency, None, values, ["transport"]).id)
        need = needs.open_need(student, values_of_need(), Actor.system())
        return MadeUp(contact.id, student.id, contacts, agencies, services, need.id)


def values_of_need() -> dict[str, object]:
    return {
        "category": "transport", "cause": "barriers", "urgency": "normal", "language": "es",
        "contact_preference": "Call after six", "contact_prohibited": False, "zip_code": "37203",
        "note": "Missed the bus eleven times",
    }  # fmt: skip


def values_of_consent(**changes: object) -> dict[str, object]:
    return {
        "method": "paper", "purpose": "Rides", "disclosed": list(words.MINIMUM),
        "expires_on": db.now().date() + timedelta(days=90), "signer_name": "Rosa Quartz",
        "signer_relation": "parent", "signed_on": date(2026, 11, 20),
    } | changes  # fmt: skip


def ticked(made: MadeUp, *numbers: int, shown: tuple[int, ...] = ()) -> dict[str, object]:
    """What the page of a consent sends of its agencies, when it showed these, or those of `shown`."""
    return {
        "parties": [made.agencies[each] for each in numbers],
        "shown": [made.agencies[each] for each in shown or numbers],
    }


def drafted(made: MadeUp, number: int = 0) -> Referral:
    """Inside a transaction: a referral to an agency of the made-up ones."""
    need = db.session().get_one(Need, made.need)
    return needs.draft(need, db.session().get_one(Service, made.services[number]), Actor.system())


def sent(app: Flask, made: MadeUp, number: int = 0, **changes: object) -> int:
    """A referral that was consented to and sent; its id. `changes` are those of its consent."""
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        need = db.session().get_one(Need, made.need)
        consenting.write(need, [made.agencies[number]], values_of_consent(**changes), "Test")
        referral = drafted(made, number)
        needs.send(referral, Actor.system())
        return referral.id


def referral_of(referral_id: int) -> Referral:
    with system("test"):
        statement = select(Referral).where(Referral.id == referral_id)
        return db.session().scalars(statement.execution_options(populate_existing=True)).one()


__all__ = [
    "Agency",
    "MadeUp",
    "drafted",
    "make",
    "referral_of",
    "sent",
    "ticked",
    "values_of_consent",
    "values_of_need",
]
