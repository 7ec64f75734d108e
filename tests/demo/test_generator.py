"""The made-up people: the same each time, and nobody who could exist."""

import re
from datetime import UTC, datetime

from crm.demo import words
from crm.demo.generator import Generator, organization_count
from crm.demo.rows import CHILD_COLUMNS, CONTACT_COLUMNS, Rows

MOMENT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def made(people: int) -> tuple[Rows, Rows]:
    generator = Generator(MOMENT, range(1, 15), [(1, "Marisol Vega")])
    organizations = generator.make_organizations(range(1, organization_count(people) + 1))
    return organizations, generator.make_people(range(10_001, 10_001 + people))


def test_the_same_numbers_make_the_same_people() -> None:
    assert made(300) == made(300)


def test_a_larger_coalition_has_more_of_everything() -> None:
    organizations, people = made(3000)
    assert len(organizations.contacts) == 300
    assert len({row[2] for row in organizations.contacts}) == 300
    assert len(people.contacts) == 3000
    assert all(people.children[name] for name in CHILD_COLUMNS if name != "contact_link")


def test_nobody_can_be_reached_by_accident() -> None:
    for rows in made(500):
        emails = [
            row[CHILD_COLUMNS["contact_email"].index("address")] for row in rows.children["contact_email"]
        ]
        assert all(address.endswith(".example.org") for address in emails)
        numbers = [
            row[CHILD_COLUMNS["contact_phone"].index("number")] for row in rows.children["contact_phone"]
        ]
        assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d", number) for number in numbers)
        column = CHILD_COLUMNS["contact_address"].index("postal_code")
        assert all(row[column].startswith("000") for row in rows.children["contact_address"])


def test_schools_belong_to_a_district_of_their_city() -> None:
    organizations, _people = made(250)
    by_id = {row[0]: dict(zip(CONTACT_COLUMNS, row, strict=True)) for row in organizations.contacts}
    schools = [each for each in by_id.values() if each["sector"] == "school"]
    assert len(schools) > 20
    assert all(by_id[each["parent_id"]]["sector"] == "district" for each in schools)


def test_one_person_leads_each_organization() -> None:
    _organizations, people = made(250)
    heads = {kind.roles[0] for kind in words.KINDS if kind.sector in {"school", "district"}}
    led = [row[1] for row in people.children["affiliation"] if row[2] in heads]
    assert len(led) == len(set(led))
