"""Who is found, by what, in which order, and by whom."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor, Grant
from crm.access.guard import system
from crm.contacts import services as contacts
from crm.contacts import tags
from crm.contacts.models import Contact
from crm.search import services
from tests.search.conftest import Add, Find, limited_to

TYPED = (
    "jose, JOSÉ, nunez jo, núñ, obrien, o'brien, brien, 202-555-0142, +1 202 555 0142, 0142, 5550142, "
    "jose@exam, example.org, lincoln, principal, bilingual, springfield, 62701, jos nun lin"
)


@pytest.mark.parametrize("typed", TYPED.split(", "))
def test_a_person_is_found_by(add: Add, find: Find, typed: str) -> None:
    add(organization="Lincoln School")
    add(
        "José O'Brien Núñez",
        emails=[{"address": "jose@example.org", "label": "work"}],
        phones=[{"number": "+12025550142", "label": "work"}],
        addresses=[{"city": "Springfield", "postal_code": "62701", "region": "IL"}],
        at="Lincoln School",
        role="Principal",
        tags=["bilingual"],
    )
    add("Ann Other")
    assert "José O'Brien Núñez" in find(typed)
    assert "Ann Other" not in find(typed)


@pytest.mark.parametrize("typed", ["", "   ", "!!!", "nobody", "jose xyz"])
def test_nobody_is_found_by(add: Add, find: Find, typed: str) -> None:
    add("José Núñez")
    assert find(typed) == []


def test_whole_words_come_before_beginnings_and_titles_before_the_rest(add: Add, find: Find) -> None:
    add("Zoe Park", emails=[{"address": "lee@example.org"}])
    add("Leeann Moss")
    add("Ada Leeson")
    add("Bruce Lee")
    add("Lee Abbott")
    assert find("lee") == ["Lee Abbott", "Bruce Lee", "Leeann Moss", "Ada Leeson", "Zoe Park"]


def test_a_hit_says_what_it_is_and_leads_there(add: Add, app: Flask) -> None:
    school = add(organization="Lincoln School")
    person = add("Ana Ruiz", at="Lincoln School", role="Principal")
    with app.test_request_context():
        found = {hit.kind: hit for hit in services.find("lincoln", Actor.system())}
    assert found["person"].subtitle == "Principal, Lincoln School"
    assert found["person"].url == f"/contacts/{person}"
    assert (found["organization"].id, found["organization"].icon) == (school, "building")


def test_kinds_and_limit(add: Add, find: Find) -> None:
    add(organization="Harbor School")
    for number in range(5):
        add(f"Harbor{number} Person")
    assert find("harbor", kinds=["organization"]) == ["Harbor School"]
    assert len(find("harbor", limit=3)) == 3


def test_what_changed_is_found_at_once_and_by_the_new_name_only(add: Add, find: Find, app: Flask) -> None:
    person = add("Ana Ruiz", tags=["council"])
    with app.app_context(), db.transaction(Actor.system(), "test.edit"), system("test"):
        contact = db.session().get_one(Contact, person)
        contact.name, contact.given_name = "Beatriz Ruiz", "Beatriz"
    assert find("ana") == []
    assert find("beatriz") == ["Beatriz Ruiz"]
    with app.app_context(), db.transaction(Actor.system(), "test.delete"), system("test"):
        contacts.delete([person])
    assert find("beatriz") == []


def test_nothing_is_indexed_of_a_transaction_that_fails(find: Find, app: Flask) -> None:
    def write_and_fail() -> None:
        with db.transaction(Actor.system(), "test.fail"):
            contacts.create({"given_name": "Ghost", "family_name": "Writer"}, Actor.system())
            raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert find("ghost") == []


def test_people_follow_the_new_name_of_their_organization_and_tag(add: Add, find: Find, app: Flask) -> None:
    district = add(organization="Old District")
    add(organization="Elm School", at="Old District")
    add("Ana Ruiz", at="Old District", tags=["early"])
    with app.app_context(), db.transaction(Actor.system(), "test.rename"), system("test"):
        db.session().get_one(Contact, district).name = "Unified District"
        tag = tags.tag_named("early", Actor.system())
        tags.change(tag, "kindergarten", tag.description, None)
    assert set(find("unified")) == {"Unified District", "Ana Ruiz", "Elm School"}
    assert find("old") == []
    assert find("kindergarten") == ["Ana Ruiz"]
    assert find("early") == []


def test_only_what_the_actor_may_see_is_found(add: Add, find: Find) -> None:
    mine = add(organization="Maple Agency")
    add(organization="Cedar Agency")
    add("Maria Maple", at="Maple Agency")
    add("Maria Cedar", at="Cedar Agency")
    for number in range(30):
        add(f"Maria Number{number}")
    assert find("maria", limited_to(mine)) == ["Maria Maple"]
    assert find("agency", limited_to(mine)) == ["Maple Agency"]
    assert find("maria", Actor(2, "Nobody")) == []
    assert find("maria", Actor(2, "Other", (Grant(frozenset({"journal.view"})),))) == []


def test_words_of_other_records_are_neither_found_nor_shown_to_who_does_not_see_all(
    add: Add, app: Flask, find: Find, request_context: None
) -> None:
    mine = add(organization="Maple Agency")
    person = add("Maria Maple", at="Maple Agency", job_title="Nurse")
    with db.transaction(Actor.system(), "test"), system("test"):
        contacts.place(db.session().get_one(Contact, person), "Cedar Shelter", "Chair", Actor.system())
    assert find("maria shelter") == ["Maria Maple"]
    limited = limited_to(mine)
    for typed in ("shelter", "maria shelter", "chair"):
        assert find(typed, limited) == []
    assert find("maria nurse", limited) == ["Maria Maple"]
    (hit,) = services.find("maria", limited)
    assert (hit.title, hit.subtitle) == ("Maria Maple", "")
    with system("test"):
        for typed, found in (("shelter", []), ("maria", [person])):
            fits = Contact.id.in_(services.matching_ids_clause(typed, "person", limited))
            assert db.session().execute(select(Contact.id).where(fits)).scalars().all() == found


def test_the_condition_for_lists(add: Add, app: Flask, request_context: None) -> None:
    school = add(organization="Lincoln School")
    person = add("Ana Ruiz", at="Lincoln School")
    add("Bo Other")

    assert set(fitting("linc", "contact")) == {school, person}
    assert fitting("linc", "person") == [person]
    assert fitting("?", "contact") == []
    assert fitting("linc", "unknown") == []


def test_the_condition_for_lists_when_nearly_all_fit(add: Add, app: Flask, request_context: None) -> None:
    """Common words are asked of each record, not gathered; the answer is the same."""
    people = {add(f"Ana Number{number}", at="Lincoln School") for number in range(30)}
    school = set(fitting("lincoln", "organization"))
    assert len(school) == 1
    assert set(fitting("linc num", "contact")) == people
    assert set(fitting("lincoln", "contact")) == people | school
    assert set(fitting("lincoln number7", "person")) < people
    assert fitting("lincoln zebra", "contact") == []


def fitting(typed: str, kind: str) -> list[int]:
    fits = Contact.id.in_(services.matching_ids_clause(typed, kind, Actor.system()))
    with system("test"):
        return list(db.session().execute(select(Contact.id).where(fits)).scalars())


def test_very_long_words_break_nothing(add: Add, find: Find) -> None:
    add("Ana Ruiz", job_title="x" * 10_000, description="y" * 10_000)
    add(organization="Z" * 3000)
    assert find("ana") == ["Ana Ruiz"]
    assert find("x" * 300) == ["Ana Ruiz"]
    assert len(find("z" * 100)) == 1
