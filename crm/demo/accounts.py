"""Who may look at the demo: an account for each role, all with one password made for this database."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from crm import db
from crm.access.actor import EVERYTHING, Actor, Grant
from crm.access.guard import system
from crm.accounts import services
from crm.accounts.models import User
from crm.contacts.models import Contact
from crm.demo import words
from crm.demo.generator import Author
from crm.plugin_api.types import DemoAccount

PEOPLE: Final = (
    ("avery", "Avery Quill", "administrator", "may do everything"),
    ("marisol", "Marisol Vega", "organizer", "keeps people, organizations and campaigns"),
    ("theo", "Theo Lindqvist", "organizer", "the same, to see two people work at once"),
    ("priya", "Priya Castellan", "policy", "follows bills and meets officials"),
    ("ruben", "Ruben Achterberg", "media", "knows reporters and what they wrote"),
    ("june", "June Okoye", "viewer", "sees everything, changes nothing"),
    ("sam", "Sam Alder", "viewer", "sees one partner agency and its people"),
)
PARTNER_SECTOR: Final = "housing"


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    user_id: int
    email: str
    name: str
    role: str
    help: str

    @property
    def actor(self) -> Actor:
        """Acts with every permission: the demo writes what these people are said to have done."""
        return Actor(self.user_id, self.name, (Grant(None),))


@dataclass(frozen=True)
class Accounts:
    """All of them and their password."""

    everybody: Sequence[Account]
    password: str

    @property
    def loader(self) -> Actor:
        return self.everybody[0].actor

    @property
    def organizers(self) -> list[Account]:
        return [each for each in self.everybody if each.role == "organizer"]

    @property
    def authors(self) -> list[Author]:
        return [(each.user_id, each.name) for each in self.organizers]

    def in_words(self) -> str:
        longest = max(len(each.email) for each in self.everybody)
        lines = [f"  {each.email:{longest}}  {each.role}: {each.help}" for each in self.everybody]
        return "\n".join([f"Sign in with the password {self.password} as", *lines])


def make_accounts() -> Accounts:
    """The accounts, each with its role over everything but the last, who waits for `limit_partner`."""
    street = [name.lower() for name in words.STREETS if name.isalpha()]
    password = "-".join([*(secrets.choice(street) for _word in range(3)), str(secrets.randbelow(90) + 10)])
    made = []
    with db.transaction(Actor.system("The demo"), "demo.accounts", "Accounts to try Rollcall with"):
        services.seed_roles()
        for local, name, role, help_text in PEOPLE:
            user = services.create_user(f"{local}@example.org", name, password)
            if user.email != f"{PEOPLE[-1][0]}@example.org":
                _grant(user, role)
            made.append(Account(user.id, user.email, name, role, help_text))
    return Accounts(made, password)


def limit_partner(accounts: Accounts) -> None:
    """Give the partner's account its role over one agency."""
    with system("the demo chooses an agency"):
        agency = select(Contact.id).where(Contact.sector == PARTNER_SECTOR).order_by(Contact.id).limit(1)
        agency_id = db.session().execute(agency).scalar_one()
    partner = accounts.everybody[len(PEOPLE) - 1]
    with db.transaction(accounts.loader, "demo.accounts", f"{partner.name} sees one agency"):
        user = db.session().get_one(User, partner.user_id)
        _grant(user, partner.role, "organization", agency_id)


def add_partners(accounts: Accounts, partners: Sequence[DemoAccount]) -> Accounts:
    """The accounts with those of the organizations that plugins made up, who have the same password."""
    made = list(accounts.everybody)
    with db.transaction(accounts.loader, "demo.accounts", "Partners who may try Rollcall"):
        for each in partners:
            user = services.create_user(f"{each.local}@example.org", each.name, accounts.password)
            scope_kind = EVERYTHING if each.organization_id is None else "organization"
            _grant(user, each.role, scope_kind, each.organization_id)
            made.append(Account(user.id, user.email, each.name, each.role, each.help))
    return replace(accounts, everybody=made)


def _grant(user: User, role_name: str, scope_kind: str = EVERYTHING, scope_id: int | None = None) -> None:
    role = services.role_named(role_name)
    assert role is not None
    services.grant(user, role, scope_kind, scope_id)
