"""A made-up coalition of any size, as rows of tables; the same numbers give the same rows on every machine.

Nothing here reads or writes a database: ids come from the caller, so that rows can refer to each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from crm.contacts import names
from crm.demo import people, words
from crm.demo.rows import SOURCE, Dice, Rows
from crm.transfer.cleaning.text import fold, match_key

SEED: Final = 20260901

Author = tuple[int | None, str]


@dataclass(frozen=True)
class Organization:
    """What people need to know of the organization they belong to."""

    id: int
    name: str
    city: str
    roles: tuple[str, ...]
    domain: str


def organization_count(people: int) -> int:
    """A coalition of 250 people knows some sixty organizations; a large one, one for ten people."""
    return max(sum(kind.many for kind in words.KINDS), people // 10)


def organization_kinds() -> Iterator[words.OrganizationKind]:
    """The kind of the first organization, the second, and so on for ever; districts before schools."""
    while True:
        for kind in words.KINDS:
            yield from [kind] * kind.many


class Generator:
    """Makes organizations first, then people who belong to them. All was entered at `moment`."""

    def __init__(self, moment: datetime, tag_ids: Sequence[int], authors: Sequence[Author]) -> None:
        self.moment = moment
        self.tag_ids = tag_ids
        self.authors = authors
        self.organizations: list[Organization] = []
        self._dice = Dice(SEED)
        self._names: set[str] = set()
        self._led: set[int] = set()
        self._districts: dict[str, int] = {}
        self._person_names = people.Names(self._dice)
        self._people = 0
        self._twice: tuple[Organization, people.Facts]
        self._streets = [f"{name} {kind}" for name in words.STREETS for kind in words.STREET_KINDS]

    # Organizations.

    def make_organizations(self, ids: Sequence[int]) -> Rows:
        """One organization for each id. Schools belong to the district of their city."""
        rows = Rows()
        kinds = list(islice(organization_kinds(), len(ids)))
        for number, (organization_id, kind) in enumerate(zip(ids, kinds, strict=True)):
            city = self._city_of(kind, number)
            name = self._unused_name(kind, city)
            domain = f"{match_key(''.join(name.split()[:2]))}.example.org"
            made = Organization(organization_id, name, city, kind.roles, domain)
            parent = self._districts.get(city) if kind.below else None
            if kind.sector == "district":
                self._districts.setdefault(city, organization_id)
            self.organizations.append(made)
            self._add_organization(rows, made, kind.sector, parent)
        return rows

    def _city_of(self, kind: words.OrganizationKind, number: int) -> str:
        if kind.sector == "district":
            return words.CITIES[number % len(words.CITIES)]
        return self._dice.pick(list(self._districts)) if kind.below else self._dice.often_first(words.CITIES)

    def _unused_name(self, kind: words.OrganizationKind, city: str) -> str:
        """A name that no other has; once the words are used up, with a number."""
        first = self._dice.number(0, len(kind.names) - 1)
        for attempt in range(1000):
            pattern = kind.names[(first + attempt) % len(kind.names)]
            name = pattern.format(city=city, street=self._dice.pick(words.STREETS))
            if attempt > 5:
                name = f"{name} {self._dice.number(2, 20 * len(self._names) + 20)}"
            if name not in self._names:
                break
        self._names.add(name)
        return name

    def _add_organization(self, rows: Rows, made: Organization, sector: str, parent: int | None) -> None:
        sort_name, key = names.organization_sort_name(made.name), names.organization_name_key(made.name)
        rows.contacts.append(
            (made.id, "organization", made.name, sort_name, key, None, None, None, None, None, None, None,
             sector, None, parent, {}, 1, self.moment, self.moment)
        )  # fmt: skip
        self._add_email(rows, made.id, "work", f"office@{made.domain}")
        self._add_phone(rows, made.id, "work", self._phone())
        self._add_address(rows, made.id, "work", self._home(made.city))
        link = (made.id, "website", f"https://{made.domain}/", SOURCE, self.moment)
        rows.children["contact_link"].append(link)

    # People.

    def make_people(self, ids: Sequence[int], notes: float = 0.5) -> Rows:
        """One person for each id, with `notes` notes each on average. A few of them are there twice, as in
        every address book."""
        rows = Rows()
        for person_id in ids:
            organization, facts = self._next_person(person_id)
            self._add_person(rows, person_id, facts)
            self._add_belongings(rows, person_id, organization)
            for _number in range(int(notes) + self._dice.chance(notes % 1)):
                self._add_note(rows, person_id)
        return rows

    def _next_person(self, person_id: int) -> tuple[Organization, people.Facts]:
        number, self._people = self._people, self._people + 1
        if people.is_again(number):
            return self._twice[0], people.again(self._twice[1], number)
        organization = self._dice.pick(self.organizations)
        facts = self._facts(number, person_id, organization)
        # Who is there twice can be told by more than the name.
        if facts.email and facts.phone and facts.home and len(facts.family) > 4:
            self._twice = organization, facts
        return organization, facts

    def _facts(self, number: int, person_id: int, organization: Organization) -> people.Facts:
        dice = self._dice
        given, family = self._person_names.pick(number)
        middle = (
            f"{chr(65 + dice.number(0, 25))}." if dice.chance(0.35 if number < people.FEW else 0.6) else ""
        )
        birth_date = f"{dice.number(1950, 2004)}-{dice.number(1, 12):02}-{dice.number(1, 28):02}"
        sign = person_id % 89 if number >= people.FEW else ""
        email = f"{match_key(given)}.{match_key(family)}{sign}@{organization.domain}"
        return people.Facts(
            given,
            middle,
            family,
            birth_date if dice.chance(0.1 if number < people.FEW else 0.3) else None,
            email if dice.chance(0.9) else "",
            self._phone() if dice.chance(0.75) else "",
            self._home(organization.city) if dice.chance(0.6) else None,
        )

    def _add_person(self, rows: Rows, person_id: int, facts: people.Facts) -> None:
        dice = self._dice
        given, middle, family = facts.given, facts.middle, facts.family
        custom = {"Best time to meet": dice.pick(words.MEETING_TIMES)} if dice.chance(0.1) else {}
        rows.contacts.append(
            (person_id, "person", names.person_name(given, middle, family),
             fold(names.person_sort_name(given, middle, family)), match_key(given + family), given,
             middle or None, family, dice.pick(words.PRONOUNS) if dice.chance(0.2) else None,
             facts.birth_date, None, dice.often_first(words.LANGUAGES) if dice.chance(0.12) else None, None,
             None, None, custom, 1, self.moment, self.moment)
        )  # fmt: skip
        if facts.email:
            self._add_email(rows, person_id, "work", facts.email)
        if facts.phone:
            self._add_phone(rows, person_id, "mobile", facts.phone)
        if facts.home is not None:
            self._add_address(rows, person_id, "home", facts.home)

    def _add_belongings(self, rows: Rows, person_id: int, organization: Organization) -> None:
        dice = self._dice
        self._add_affiliation(rows, person_id, organization, primary=True)
        if dice.chance(0.12):
            self._add_affiliation(rows, person_id, dice.pick(self.organizations), ended=dice.chance(0.6))
        for tag_id in {dice.often_first(self.tag_ids) for _number in range(dice.number(0, 3))}:
            rows.children["contact_tag"].append((person_id, tag_id, self.moment))
        if dice.chance(0.03):
            channel, reason = dice.pick(words.REASONS)
            since = (self.moment - timedelta(days=dice.number(10, 400))).date()
            rows.children["do_not_contact"].append((person_id, channel, reason, since, SOURCE, self.moment))

    def _add_affiliation(
        self,
        rows: Rows,
        person_id: int,
        organization: Organization,
        *,
        primary: bool = False,
        ended: bool = False,
    ) -> None:
        dice = self._dice
        start = (self.moment - timedelta(days=dice.number(60, 3000))).date() if dice.chance(0.5) else None
        end = (self.moment - timedelta(days=dice.number(5, 60))).date() if ended else None
        role = self._role(organization)
        rows.children["affiliation"].append(
            (person_id, organization.id, role, "", start, end, primary, SOURCE, self.moment)
        )

    def _role(self, organization: Organization) -> str:
        """One of each organization leads it."""
        if organization.id not in self._led:
            self._led.add(organization.id)
            return organization.roles[0]
        return self._dice.often_first(organization.roles[1:])

    def _add_note(self, rows: Rows, contact_id: int) -> None:
        author_id, author = self._dice.pick(self.authors)
        body = self._dice.pick(words.NOTES)
        rows.children["note"].append((contact_id, body, author_id, author, SOURCE, self.moment, self.moment))

    # How either is reached.

    def _add_email(self, rows: Rows, contact_id: int, label: str, address: str) -> None:
        row = (contact_id, label, address, address, True, SOURCE, self.moment)
        rows.children["contact_email"].append(row)

    def _phone(self) -> str:
        dice = self._dice
        area = f"{dice.number(2, 9)}{dice.number(2, 9)}{dice.number(0, 9)}"
        return f"+1{area}55501{dice.number(0, 99):02}"

    def _home(self, city: str) -> people.Home:
        street = f"{self._dice.number(1, 2400)} {self._dice.pick(self._streets)}"
        return people.Home(street, city, f"000{10 + words.CITIES.index(city)}")

    def _add_phone(self, rows: Rows, contact_id: int, label: str, number: str) -> None:
        rows.children["contact_phone"].append((contact_id, label, number, "", True, SOURCE, self.moment))

    def _add_address(self, rows: Rows, contact_id: int, label: str, home: people.Home) -> None:
        rows.children["contact_address"].append(
            (contact_id, label, home.street, "", home.city, words.STATE, home.postal_code, "US", home.key,
             True, SOURCE, self.moment)
        )  # fmt: skip
