"""Adding people and organizations, with a word about who may be there already."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.access.actor import Actor
from crm.contacts.likeness import MOST, Typed, likely
from crm.contacts.models import Address, Affiliation, Contact, ContactTag, Email, Note, Phone, Tag
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn, cookie_name, sign_in_client
from tests.contacts.conftest import Add, Rows, change_sets, names, tags_of
from tests.contacts.test_editing import together


def test_a_person_with_everything_in_one_form(organizer_client: PageClient, rows: Rows) -> None:
    answer = organizer_client.post(
        "/contacts/new",
        data={
            "kind": "person",
            "given_name": "Amina",
            "family_name": "Okafor",
            "email": "Amina@Example.org",
            "phone": "202-555-0142",
            "organization": "Harbor Services",
            "role": "Counselor",
            "city": "Riverbend",
            "tags": "school, steering",
            "note": "Met in May.",
        },
    )
    amina = rows(select(Contact.id).where(Contact.kind == "person"))[0]
    assert (answer.status_code, answer.location) == (303, f"/contacts/{amina}")
    assert rows(select(Email.address, Email.is_primary)) == [("amina@example.org", True)]
    assert rows(select(Affiliation.role, Affiliation.is_primary)) == [("Counselor", True)]
    assert tags_of(rows, amina) == ["school", "steering"]
    assert rows(select(Note.body)) == ["Met in May."]
    assert change_sets(rows)[-1][:2] == ("contacts.create", "Added Amina Okafor")
    page = organizer_client.get(f"/contacts/{amina}").text
    for part in ("Amina Okafor", "amina@example.org", "(202) 555-0142", "Harbor Services", "Riverbend"):
        assert part in page


def test_an_organization_joins_the_parent_that_exists(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    district = add(organization="Riverbend Schools")
    data = {
        "kind": "organization",
        "name": "The Lincoln",
        "organization": "riverbend  schools",
        "sector": "school",
    }
    assert organizer_client.post("/contacts/new", data=data).status_code == 303
    found = select(Contact.name, Contact.sort_name, Contact.sector, Contact.parent_id).where(
        Contact.id != district
    )
    assert rows(found) == [("The Lincoln", "lincoln", "school", district)]


@on_sqlite
def test_somebody_needs_a_name_or_an_email(organizer_client: PageClient, rows: Rows) -> None:
    answer = organizer_client.post("/contacts/new", data={"kind": "person", "city": "Riverbend"})
    assert (answer.status_code, "Give at least a name" in answer.text) == (422, True)
    assert ('value="Riverbend"' in answer.text, names(rows)) == (True, [])
    organizer_client.post("/contacts/new", data={"kind": "person", "email": "who@example.org"})
    assert names(rows) == ["who@example.org"]


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("email", "nobody", "“nobody” is not an email address"),
        ("phone", "call me", "“call me” is not a phone number"),
        ("given_name", "x" * 201, "longer than 200"),
        ("sector", "circus", "Not a valid choice"),
    ],
)
@on_sqlite
def test_a_mistake_is_said_and_nothing_is_half_written(
    organizer_client: PageClient, rows: Rows, field: str, value: str, sentence: str
) -> None:
    kind = "organization" if field == "sector" else "person"
    data = {"kind": kind, "name": "X", "family_name": "Okafor", "organization": "Harbor", field: value}
    answer = organizer_client.post("/contacts/new", data=data)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert names(rows) == []


@pytest.fixture
def known(add: Add) -> None:
    add("José", "Núñez", emails=[{"address": "jose@example.org"}])
    add("Amina", "Okafor", phones=[{"number": "202-555-0142"}])
    add("Catherine", "Whitfield")
    add("Grace", "Whitfield")
    add(organization="Harbor Family Services")


@pytest.mark.parametrize(
    "typed, names, reasons",
    [
        (Typed("jose", "nunez"), ["José Núñez"], "same name, nothing else to compare"),
        (Typed("Jose", "Nunes"), ["José Núñez"], "similar family name, same given name"),
        (
            Typed("Katherine", "Whitfield"),
            ["Catherine Whitfield"],
            "same family name, similar given name",
        ),
        (
            Typed("Cathy", "Whitfield"),
            ["Catherine Whitfield"],
            "same family name, one given name is short for the other",
        ),
        (Typed("Whitfield", "Grace"), ["Grace Whitfield"], "given and family name swapped"),
        (Typed("A.", "Person", email=" JOSE@example.org"), ["José Núñez"], "same email"),
        (Typed("Z.", "Person", phone="(202) 555 0142"), ["Amina Okafor"], "same phone"),
        (Typed(name="harbor family service"), ["Harbor Family Services"], "similar name"),
        (Typed(name="Harbor Family"), ["Harbor Family Services"], "one name is part of the other"),
        (Typed("Amina", "Okafor", phone="202 555 0142"), ["Amina Okafor"], "same name, same phone"),
        (Typed("Zoltan", "Quux"), [], ""),
        (Typed(), [], ""),
        (Typed(email="not an address", phone="x"), [], ""),
    ],
)
def test_who_may_be_meant(app: Flask, known: None, typed: Typed, names: list[str], reasons: str) -> None:
    with app.test_request_context():
        found = likely(typed, Actor.system())
    assert [each.name for each in found] == names
    assert [", ".join(each.reasons) for each in found] == [reasons] * len(names)


def test_the_most_alike_come_first_and_only_a_few(app: Flask, add: Add) -> None:
    for number in range(8):
        add("Ana", f"Garcia{number}")
    add("Ana", "Garcia", emails=[{"address": "ana@example.org"}])
    with app.test_request_context():
        found = likely(Typed("Ana", "Garcia", email="ana@example.org"), Actor.system())
    assert (len(found), found[0].name) == (MOST, "Ana Garcia")
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_somebody_one_may_not_see_is_not_betrayed(sign_in: SignIn, add: Add, rows: Rows) -> None:
    add("Amina", "Okafor", emails=[{"address": "amina@example.org"}])
    lincoln = add(organization="Lincoln")
    client = sign_in(role="organizer", scope=lincoln)
    page = client.get("/contacts/duplicates?given_name=Amina&family_name=Okafor&email=amina@example.org").text
    assert "Nobody like that is here yet" in page


@on_sqlite
def test_the_warning_comes_while_typing_and_leads_there(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", "Okafor")
    form = organizer_client.get("/contacts/new").text
    assert 'hx-get="/contacts/duplicates"' in form
    part = organizer_client.get(
        "/contacts/duplicates?given_name=amina&family_name=okafor", headers={"HX-Request": "true"}
    ).text
    assert re.search(rf'href="/contacts/{amina}"', part)
    assert "<html" not in part


@on_sqlite
def test_organizations_are_offered_by_how_they_begin(
    organizer_client: PageClient, sign_in: SignIn, add: Add
) -> None:
    add(organization="The Harbor")
    add(organization="Öst Harbor")
    harbor = add(organization="Harbor & Sons")
    options = organizer_client.get("/contacts/organization-names?organization=HARB").text
    assert re.findall('value="([^"]+)"', options) == ["The Harbor", "Harbor &amp; Sons"]
    scoped = (
        sign_in(role="organizer", scope=harbor).get("/contacts/organization-names?organization=harb").text
    )
    assert re.findall('value="([^"]+)"', scoped) == ["Harbor &amp; Sons"]


def test_a_form_that_comes_twice_makes_one_contact(app: Flask, make_user: MakeUser, rows: Rows) -> None:
    user = make_user(role="organizer")
    clients = [sign_in_client(app, user)]
    page = clients[0].get("/contacts/new").text
    key = re.search(r'name="_once"[^>]*value="(\w+)"', page)
    assert key is not None
    data = {"kind": "person", "given_name": "Amina", "_once": key.group(1)}
    clients.append(PageClient(app, app.response_class, use_cookies=True))
    cookie = clients[0].get_cookie(cookie_name(app))
    assert cookie is not None
    clients[1].set_cookie(cookie_name(app), cookie.value)
    assert together(clients, [("/contacts/new", data)] * 2) == [303, 303]
    (amina,) = rows(select(Contact.id))
    assert clients[0].post("/contacts/new", data=data).location == f"/contacts/{amina}"
    assert rows(select(Contact.id)) == [amina]
    clients[0].post("/contacts/new", data={**data, "_once": "anotherkey16char"})
    # Whoever goes back and enters somebody else with the same page loses nothing.
    clients[0].post("/contacts/new", data={**data, "given_name": "Luz"})
    assert len(rows(select(Contact.id))) == 3


HIDDEN = "Quiet Shelter"


@pytest.mark.parametrize("organization", [HIDDEN, "Nowhere", ""])
def test_whoever_looks_after_a_part_writes_and_learns_nothing_beyond_it(
    sign_in: SignIn, add: Add, rows: Rows, organization: str
) -> None:
    """Whether there is an organization of that name or not, the answer is the same."""
    add(organization=HIDDEN)
    amina = add("Amina", at="Harbor")
    school = add(organization="Lincoln", at="Harbor")
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="organizer", scope=harbor)
    before = rows(select(Contact.id, Contact.parent_id)), rows(select(Affiliation.id))
    at = {"organization": organization}
    answers = [
        client.post("/contacts/new", data={"kind": "person", "given_name": "New", **at}),
        client.post("/contacts/new", data={"kind": "organization", "name": "N", **at}),
        client.post(f"/contacts/{school}/parent", data=at),
    ]
    plan = str(client.post("/contacts/bulk/organization", data={"ids": [amina]}).location)
    if organization:
        new = f"/contacts/{amina}/affiliations/new"
        answers += [client.post(new, data=at)]
        answers += [client.post(plan, data=at)]
    for answer in answers:
        assert answer.status_code == 422, answer.request.path
        assert "You look after" in answer.text
    assert (rows(select(Contact.id, Contact.parent_id)), rows(select(Affiliation.id))) == before
    mine = {"kind": "person", "given_name": "New", "organization": "harbor"}
    assert client.post("/contacts/new", data=mine).status_code == 303
    assert len(rows(select(Affiliation.id))) == 2


@on_sqlite
def test_viewers_cannot_add(viewer_client: PageClient, outsider_client: PageClient, rows: Rows) -> None:
    for client in (viewer_client, outsider_client):
        assert client.get("/contacts/new").status_code == 403
        assert client.post("/contacts/new", data={"kind": "person", "given_name": "X"}).status_code == 403
    assert names(rows) == []


def test_deleting_takes_everything_along_and_frees_those_below(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    district = add(organization="Riverbend", note="x", emails=[{"address": "a@example.org"}], tags=["x"])
    school, amina = add(organization="Lincoln", at="Riverbend"), add("Amina", at="Riverbend")
    assert "Riverbend" in organizer_client.get(f"/contacts/{district}/delete").text
    assert organizer_client.post(f"/contacts/{district}/delete").location == "/contacts"
    assert rows(select(Contact.id, Contact.parent_id).order_by(Contact.id)) == [(school, None), (amina, None)]
    for model in (Note, Email, Affiliation):
        assert rows(select(model.id)) == []
    assert organizer_client.get(f"/contacts/{district}").status_code == 404


def test_one_who_is_here_gets_what_was_typed(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor", emails=[{"address": "amina@example.org"}])
    typed = {
        "kind": "person",
        "given_name": "Amina",
        "family_name": "Okafor",
        "email": "AMINA@example.org",
        "phone": "(202) 555-0143",
        "note": "Met at the summit.",
        "organization": "Lincoln",
        "role": "Teacher",
        "city": "Newark",
        "tags": "ally, new",
    }
    found = organizer_client.get(
        "/contacts/duplicates?given_name=Amina&family_name=Okafor", headers={"HX-Request": "true"}
    ).text
    assert ('target="_blank"' in found, f"/contacts/{amina}/use" in found) == (True, True)
    answer = organizer_client.post(f"/contacts/{amina}/use", data=typed)
    assert answer.location == f"/contacts/{amina}"
    assert rows(select(Contact.name).order_by(Contact.id)) == ["Amina Okafor", "Lincoln"]
    assert rows(select(Affiliation.person_id, Affiliation.role)) == [(amina, "Teacher")]
    assert rows(select(Address.city)) == ["Newark"]
    assert rows(select(Tag.name).join(ContactTag, ContactTag.tag_id == Tag.id).order_by(Tag.name)) == [
        "ally", "new",
    ]  # fmt: skip
    assert rows(select(Email.address)) == ["amina@example.org"]
    assert rows(select(Phone.number, Phone.is_primary)) == [("+12025550143", True)]
    assert rows(select(Note.body)) == ["Met at the summit."]
    page = organizer_client.get(f"/contacts/{amina}").text
    assert "What you typed is added to Amina Okafor." in page
    assert "Undo" in page
    organizer_client.post(f"/contacts/{amina}/use", data={**typed, "note": ""})
    assert "All of it was known of Amina Okafor already." in organizer_client.get(f"/contacts/{amina}").text
    wrong = organizer_client.post(f"/contacts/{amina}/use", data={**typed, "email": "amina@"})
    assert (wrong.status_code, 'value="(202) 555-0143"' in wrong.text) == (422, True)


@on_sqlite
def test_strangers_get_nothing_carried_over(sign_in: SignIn, viewer_client: PageClient, add: Add) -> None:
    amina, other = add("Amina"), add(organization="Lincoln")
    outside = sign_in(role="organizer", scope=other)
    assert outside.post(f"/contacts/{amina}/use", data={"note": "x"}).status_code == 404
    assert viewer_client.post(f"/contacts/{amina}/use", data={"note": "x"}).status_code == 403


@on_sqlite
def test_what_would_be_new_is_marked(organizer_client: PageClient, add: Add) -> None:
    add("Amina", at="Harbor", tags=["School", "Schools abroad"])
    offers = organizer_client.get("/contacts/tag-offers?tags=newsletter,+scho").text
    assert re.findall(r'data-add-tag="([^"]+)"', offers) == ["School", "Schools abroad"]
    assert re.findall(r"new tag: ([^<]+)<", offers) == ["newsletter", "scho"]
    assert "new tag" not in organizer_client.get("/contacts/tag-offers?tags=school").text
    for typed, new in (("harb", True), ("harbor", False), ("", False)):
        hint = organizer_client.get(f"/contacts/organization-names?organization={typed}").text
        assert ("A new organization will be made" in hint) is new


@on_sqlite
def test_one_after_the_other_is_added(organizer_client: PageClient) -> None:
    data = {"kind": "person", "given_name": "Amina", "tags": "scool", "organization": "Harbr", "another": "1"}
    answer = organizer_client.post("/contacts/new", data=data)
    assert answer.location == "/contacts/new?kind=person"
    page = organizer_client.get(answer.location).text
    assert "Amina is added. New tag: scool. New organization: Harbr." in page
    assert "Part of" in organizer_client.get("/contacts/new?kind=organization").text
