"""A small site with something of everything, for tests that walk over every page."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.accounts import mail
from crm.accounts.models import Role
from crm.contacts.models import Contact, Organization, Person
from crm.plugin_api.testing.people import MakeUser

ABSENT = 999_999


@dataclass(frozen=True)
class Site:
    """Ids of what is there. `inside` is the organization that the scoped user has a role over, `member` a
    person who belongs to it, `outside` a contact that does not; `victim` is a user whom nobody needs."""

    inside: int
    member: int
    outside: int
    victim: int
    role: int
    message: int

    def arguments(self, contact: int) -> dict[str, Any]:
        """Values for the arguments of rules, by name; what is not named here is told by its converter."""
        return {
            "contact_id": contact,
            "user_id": self.victim,
            "role_id": self.role,
            "mail_id": self.message,
            "name": "contact",
            "version": "0",
            "filename": "js/theme.js",
        }


@pytest.fixture
def site(app: Flask, make_user: MakeUser) -> Site:
    victim = make_user(role="viewer", name="Vera Victim")
    with app.app_context(), db.transaction(Actor.system(), "contacts.create", "Made for a test"):
        school, clinic = _organization("Lincoln School"), _organization("Harbor Clinic")
        person = Person(name="Ana Outside", sort_name="outside ana", name_key="anaoutside")
        member = Person(name="Ines Inside", sort_name="inside ines", name_key="inesinside")
        role = Role(name="expendable", label="Expendable", permissions=[])
        db.session().add_all([school, clinic, person, member, role])
        db.session().flush()
        _belongs(member, school)
        message = mail.send("somebody@example.org", "Hello", "Text", "notice")
        db.session().flush()
        return Site(school.id, member.id, person.id, victim.id, role.id, message.id)


def _organization(name: str) -> Contact:
    folded = name.lower()
    return Organization(name=name, sort_name=folded, name_key=folded.replace(" ", ""))


def _belongs(person: Person, organization: Contact) -> None:
    from crm.contacts.models import Affiliation

    db.session().add(Affiliation(person_id=person.id, organization_id=organization.id))
