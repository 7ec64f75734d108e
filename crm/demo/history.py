"""What the organizers did in the weeks since the list was loaded, so that history has something to show."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select

from crm import db
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.models import (
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Note,
    Organization,
    Person,
    Phone,
    Tag,
)
from crm.demo import words
from crm.demo.accounts import Account, Accounts
from crm.demo.load import AGE, backdate
from crm.demo.rows import Dice
from crm.journal.recorder import Change
from crm.transfer.cleaning.text import match_key

ACTS: Final = 72
SEED: Final = 20260902


class Day:
    """One act: who does it, when, and what it may be about. Each method is an act; it names what was done."""

    def __init__(
        self, change: Change, account: Account, moment: datetime, dice: Dice, people: Sequence[int]
    ) -> None:
        self.change, self.account, self.moment, self.dice, self.people = change, account, moment, dice, people

    def _person(self) -> Contact:
        found = db.session().get_one(Contact, self.dice.pick(self.people))
        found.version += 1
        found.updated_at = self.moment
        return found

    def _organization(self) -> Organization:
        every = db.session().scalars(select(Organization).order_by(Organization.id).limit(60)).all()
        return self.dice.pick(every)

    def _number(self) -> str:
        return f"+1{self.dice.number(220, 899)}55501{self.dice.number(0, 99):02}"

    def note(self) -> str:
        person = self._person()
        body, author = self.dice.pick(words.NOTES), self.account
        db.session().add(
            Note(contact_id=person.id, body=body, author_user_id=author.user_id, author_label=author.name,
                 created_at=self.moment, updated_at=self.moment)
        )  # fmt: skip
        return f"Note on {person.name}"

    def new_phone(self) -> str:
        person = self._person()
        phone = db.session().scalar(select(Phone).where(Phone.contact_id == person.id).order_by(Phone.id))
        if phone is not None:
            phone.number = self._number()
        else:
            db.session().add(
                Phone(contact_id=person.id, label="mobile", number=self._number(), is_primary=True,
                      created_at=self.moment)
            )  # fmt: skip
        return f"Phone of {person.name}"

    def do_not_contact(self) -> str:
        person = self._person()
        channel, reason = self.dice.pick(words.REASONS)
        has = select(DoNotContact.id).where(DoNotContact.contact_id == person.id)
        if db.session().scalar(has) is None:
            row = DoNotContact(contact_id=person.id, channel=channel, reason=reason, since=self.moment.date())
            row.created_at = self.moment
            db.session().add(row)
        return f"How {person.name} may be contacted"

    def added(self) -> str:
        given, family = self.dice.pick(words.GIVEN_NAMES), self.dice.pick(words.FAMILY_NAMES)
        organization = self._organization()
        person = Person(given_name=given, family_name=family, custom={}, created_at=self.moment,
                        updated_at=self.moment)  # fmt: skip
        services.derive_person_name(person)
        db.session().add(person)
        db.session().flush()
        domain = f"{match_key(organization.name)[:30]}.example.org"
        address = f"{match_key(given)}.{match_key(family)}@{domain}"
        db.session().add_all([
            Email(contact_id=person.id, label="work", address=address, address_key=address, is_primary=True,
                  created_at=self.moment),
            Affiliation(person_id=person.id, organization_id=organization.id, role="Volunteer",
                        is_primary=True, start_date=self.moment.date(), created_at=self.moment),
        ])  # fmt: skip
        return f"Added {person.name}"

    def moved(self) -> str:
        """Somebody changes jobs: the old part ends, the new one begins."""
        person, organization = self._person(), self._organization()
        now = select(Affiliation).where(Affiliation.person_id == person.id, Affiliation.end_date.is_(None))
        for old in db.session().scalars(now):
            old.end_date, old.is_primary = self.moment.date(), False
        db.session().add(
            Affiliation(person_id=person.id, organization_id=organization.id, role="Coordinator",
                        is_primary=True, start_date=self.moment.date(), created_at=self.moment)
        )  # fmt: skip
        return f"{person.name} at {organization.name}"

    def tagged(self) -> str:
        tag = self.dice.pick(db.session().scalars(select(Tag).order_by(Tag.id)).all())
        table = db.table(ContactTag)
        chosen = sorted({self.dice.pick(self.people) for _number in range(self.dice.number(4, 24))})
        has = select(table.c.contact_id).where(table.c.tag_id == tag.id, db.among(table.c.contact_id, chosen))
        missing = sorted(set(chosen) - set(db.session().execute(has).scalars()))
        rows = [{"contact_id": each, "tag_id": tag.id, "created_at": self.moment} for each in missing]
        if rows:
            made = db.session().execute(insert(table).returning(table.c.id), rows).scalars().all()
            self.change.created(table, made)
        return f"Tagged {len(rows)} contacts with “{tag.name}”"


KINDS: Final[Sequence[tuple[str, Callable[[Day], str], int]]] = (
    ("contacts.note", Day.note, 30),
    ("contacts.edit", Day.new_phone, 14),
    ("contacts.create", Day.added, 12),
    ("contacts.affiliate", Day.moved, 8),
    ("contacts.bulk", Day.tagged, 6),
    ("contacts.do_not_contact", Day.do_not_contact, 4),
)
"""What history calls the act, the act, and how often it comes among the rest."""


def live_on(accounts: Accounts) -> None:
    """Let the organizers work until a few minutes ago; every act is a change of its own."""
    dice = Dice(SEED)
    kinds = [(action, act) for action, act, often in KINDS for _time in range(often)]
    with system("the demo lives on"):
        people = db.session().scalars(select(Person.id).order_by(Person.id).limit(500)).all()
        for moment in moments(db.now(), dice):
            account, (action, act) = dice.pick(accounts.organizers), dice.pick(kinds)
            with db.transaction(account.actor, action) as change:
                change.summary = act(Day(change, account, moment, dice, people))
                backdate(change, moment)


def moments(now: datetime, dice: Dice) -> list[datetime]:
    """When something was done: more of it lately, on working days and in working hours (in UTC, so that it
    is day in America), the last a few minutes ago."""
    found = []
    for number in range(ACTS):
        moment = now - (AGE - timedelta(days=1)) * (1 - number / ACTS) ** 2
        if now - moment > timedelta(days=1):
            moment = moment.replace(hour=dice.number(13, 21), minute=dice.number(0, 59))
            moment -= timedelta(days=max(moment.weekday() - 4, 0))
        found.append(min(moment, now - timedelta(minutes=4)))
    return sorted(found)
