"""Changing a contact in place: one thing at a time, and never over somebody else's change."""

import re
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.contacts.emailing import BOUNCED, addresses_of, end_mail_at
from crm.contacts.models import (
    Address,
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Link,
    Note,
    Phone,
    Tag,
)
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows, change_sets, names, tags_of

HTMX = {"HX-Request": "true"}


def change(client: PageClient, contact: int, name: str, value: str, seen: str = "") -> Any:
    return client.post(f"/contacts/{contact}/field/{name}", data={"value": value, "seen": seen}, headers=HTMX)


def seen_rows(client: PageClient, contact: int, group: str) -> dict[str, str]:
    """What the form of a group of rows would send back unchanged."""
    form = client.get(f"/contacts/{contact}/rows/{group}", headers=HTMX).text
    form = form[: form.index("<template>")]
    found = dict(re.findall(r'name="((?:row-\d+-\w+|seen))"[^>]* value="([^"]*)"', form))
    ticked = set(re.findall(r'name="(row-\d+-no_mail)" value="1" checked', form))
    ticks = ("-remove", "-no_mail")
    found = {name: value for name, value in found.items() if name in ticked or not name.endswith(ticks)}
    return {**found, **dict(re.findall(r'name="(primary)" value="(\d+)" checked', form))}


def send_rows(client: PageClient, contact: int, group: str, data: dict[str, str]) -> int:
    return client.post(f"/contacts/{contact}/rows/{group}", data=data, headers=HTMX).status_code


def test_one_field_is_changed_and_remembered(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor")
    answer = change(organizer_client, amina, "job_title", "  School   counselor ")
    assert (answer.status_code, "School counselor" in answer.text) == (200, True)
    assert rows(select(Contact.job_title, Contact.version)) == [("School counselor", 2)]
    assert change_sets(rows)[-1] == ("contacts.edit", "Job title of Amina Okafor", 1)


def test_saving_what_is_there_already_leaves_no_trace(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", job_title="Nurse")
    before = change_sets(rows)
    assert change(organizer_client, amina, "job_title", "Nurse", "Nurse").status_code == 200
    assert change_sets(rows) == before
    assert rows(select(Contact.version)) == [1]


def test_a_clash_shows_both_and_writes_neither(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", job_title="Nurse")
    change(organizer_client, amina, "job_title", "Counselor", "Nurse")
    answer = change(organizer_client, amina, "job_title", "Principal", "Nurse")
    assert answer.status_code == 409
    assert re.findall(r'name="value" value="([^"]+)"', answer.text) == ["Counselor", "Principal"]
    assert rows(select(Contact.job_title)) == ["Counselor"]
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', answer.text)
    assert change(organizer_client, amina, "job_title", "Principal", seen).status_code == 200
    assert rows(select(Contact.job_title)) == ["Principal"]


def test_two_who_change_different_fields_do_not_clash(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", job_title="Nurse", language="es")
    assert change(organizer_client, amina, "job_title", "Counselor", "Nurse").status_code == 200
    assert change(organizer_client, amina, "language", "English", "es").status_code == 200
    assert rows(select(Contact.job_title, Contact.language)) == [("Counselor", "en")]


def test_of_two_at_the_same_moment_one_is_asked(app: Flask, sign_in: SignIn, add: Add, rows: Rows) -> None:
    """Whatever the database does between reading and writing, no change is lost."""
    amina = add("Amina", job_title="Nurse")
    clients = [sign_in(role="organizer"), sign_in(role="organizer")]
    for client in clients:
        client.token()
    start, found = Barrier(2), []

    def send(client: PageClient, value: str) -> None:
        start.wait()
        found.append((change(client, amina, "job_title", value, "Nurse").status_code, value))

    threads = [
        Thread(target=send, args=args) for args in zip(clients, ("Counselor", "Principal"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _value in found) == [200, 409]
    assert rows(select(Contact.job_title)) == [value for status, value in found if status == 200]


def together(clients: list[PageClient], posts: list[tuple[str, dict[str, str]]]) -> list[int]:
    """Send each post with a client of its own at the same moment; the statuses in order."""
    for client in clients:
        client.token()
    start, found = Barrier(len(posts)), dict.fromkeys(range(len(posts)), 0)

    def send(number: int) -> None:
        start.wait()
        address, data = posts[number]
        found[number] = clients[number].post(address, data=data).status_code

    threads = [Thread(target=send, args=(number,)) for number in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(found.values())


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{16})"', page)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("what", ["do-not-contact", "tags", "affiliation", "parent"])
def test_of_two_who_saw_the_same_form_one_is_told(sign_in: SignIn, add: Add, rows: Rows, what: str) -> None:
    amina, school = add("Amina", at="Harbor", tags=["old"]), add(organization="Lincoln")
    (affiliation,) = rows(select(Affiliation.id))
    address, one, other, now = {
        "do-not-contact": (f"/contacts/{amina}/do-not-contact", {"email": "1"}, {"phone": "1"},
                           select(DoNotContact.channel)),
        "tags": (f"/contacts/{amina}/tags", {"tags": "old, email"}, {"tags": "old, phone"},
                 select(Tag.name).join(ContactTag).where(Tag.name != "old")),
        "affiliation": (f"/contacts/{amina}/affiliations/{affiliation}", {"role": "email"}, {"role": "phone"},
                        select(Affiliation.role)),
        "parent": (f"/contacts/{school}/parent", {"organization": "email"}, {"organization": "phone"},
                   select(Contact.name).where(Contact.name.in_(("email", "phone")))),
    }[what]  # fmt: skip
    clients = [sign_in(role="organizer"), sign_in(role="organizer")]
    seen = {"seen": seen_in(clients[0].get(address).text)}
    found = together(clients, [(address, one | seen), (address, other | seen)])
    assert sorted(found) == [303, 409]
    assert rows(now) == [("email", "phone")[found.index(303)]]
    answer = clients[0].post(address, data=one | seen)
    assert (answer.status_code, "Somebody else changed this" in answer.text) == (409, True)


def test_a_new_tag_is_made_once_by_two_at_the_same_moment(sign_in: SignIn, add: Add, rows: Rows) -> None:
    posts = [(f"/contacts/{add(name)}/tags", {"tags": "fresh"}) for name in ("Amina", "Wei")]
    clients = [sign_in(role="organizer"), sign_in(role="organizer")]
    assert together(clients, posts) == [303, 303]
    assert rows(select(Tag.name)) == ["fresh"]
    assert len(rows(select(ContactTag.id))) == 2


def test_an_affiliation_is_removed_once(sign_in: SignIn, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor")
    (affiliation,) = rows(select(Affiliation.id))
    address = f"/contacts/{amina}/affiliations/{affiliation}/delete"
    found = together([sign_in(role="organizer"), sign_in(role="organizer")], [(address, {}), (address, {})])
    assert sorted(found) in ([303, 404], [303, 409])


def test_a_part_of_the_name_changes_name_order_and_key(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", "Okafor")
    answer = change(organizer_client, amina, "family_name", "Núñez", "Okafor")
    assert ('id="contact-name"' in answer.text, "Amina Núñez" in answer.text) == (True, True)
    assert rows(select(Contact.name, Contact.sort_name, Contact.name_key)) == [
        ("Amina Núñez", "nunez amina", "aminanunez")
    ]


def test_nobody_is_left_without_a_name(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina")
    answer = change(organizer_client, amina, "given_name", "", "Amina")
    assert (answer.status_code, "needs a name" in answer.text) == (422, True)
    lincoln = add(organization="Lincoln")
    assert change(organizer_client, lincoln, "name", " ", "Lincoln").status_code == 422
    assert names(rows) == ["Amina", "Lincoln"]
    wei = add("Wei", emails=[{"address": "wei@example.org"}])
    assert change(organizer_client, wei, "given_name", "", "Wei").status_code == 200
    assert names(rows) == ["Amina", "Lincoln", "wei@example.org"]
    assert change(organizer_client, wei, "nickname", "Wen").status_code == 200
    assert names(rows) == ["Amina", "Lincoln", "Wen"]


@pytest.mark.parametrize(
    "name, value, stored",
    [
        ("birth_date", "2/3/1976", "1976-02-03"),
        ("birth_date", "1976", "1976"),
        ("birth_date", "", None),
        ("sector", "mental_health", "mental_health"),
        ("language", "Spanish", "es"),
        ("description", " one\r\ntwo ", "one\ntwo"),
        ("external_id", " 77 ", "77"),
        ("pronouns", "she/her", "she/her"),
    ],
)
@on_sqlite
def test_values_are_cleaned(
    organizer_client: PageClient, add: Add, rows: Rows, name: str, value: str, stored: str | None
) -> None:
    amina = add("Amina")
    assert change(organizer_client, amina, name, value).status_code == 200
    assert rows(select(getattr(Contact, name))) == [stored]


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("birth_date", "soon", "“soon” is not a birth date"),
        ("birth_date", "1976-13-40", "is not a birth date"),
        ("sector", "circus", "one of the sectors"),
        ("description", "x" * 20_001, "at most 20,000"),
    ],
)
@on_sqlite
def test_nonsense_is_refused_and_what_was_typed_stays(
    organizer_client: PageClient, add: Add, rows: Rows, name: str, value: str, sentence: str
) -> None:
    amina = add("Amina")
    answer = change(organizer_client, amina, name, value)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert value[:40] in answer.text or name == "sector"
    assert rows(select(getattr(Contact, name))) == [None]


def test_an_external_id_belongs_to_one(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    add("Amina", external_id="77")
    wei = add("Wei")
    answer = change(organizer_client, wei, "external_id", "77")
    assert (answer.status_code, "Another contact has the external id" in answer.text) == (422, True)
    assert rows(select(Contact.external_id).order_by(Contact.id)) == ["77", None]


@on_sqlite
def test_fields_of_the_other_kind_are_not_there(organizer_client: PageClient, add: Add) -> None:
    amina, lincoln = add("Amina"), add(organization="Lincoln")
    for address in (f"{amina}/field/name", f"{lincoln}/field/given_name", f"{amina}/field/custom",
                    f"{amina}/field/photo_key", f"{amina}/rows/tags"):  # fmt: skip
        assert organizer_client.get(f"/contacts/{address}").status_code == 404
        assert organizer_client.post(f"/contacts/{address}", data={"value": "x"}).status_code == 404


def test_emails_are_changed_as_a_group(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", emails=[{"address": "a@example.org", "label": "work"}, {"address": "b@example.org"}])
    data = seen_rows(organizer_client, amina, "emails")
    assert data["primary"] == "0"
    data |= {"row-0-label": "home", "row-1-remove": "1", "row-2-address": " C@Example.ORG ", "primary": "2"}
    assert send_rows(organizer_client, amina, "emails", data) == 200
    found = select(Email.address, Email.label, Email.is_primary).order_by(Email.id)
    assert rows(found) == [("a@example.org", "home", False), ("c@example.org", "", True)]
    assert change_sets(rows)[-1][1] == "Email of Amina"


def test_who_wants_no_mail_at_the_main_address_gets_none(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", emails=[{"address": "a@example.org"}, {"address": "b@example.org"}])

    def written_to() -> tuple[Any, ...]:
        with app.app_context():
            return addresses_of([amina], Actor.system()).plain

    wish = seen_rows(organizer_client, amina, "emails") | {"row-0-no_mail": "1"}
    assert send_rows(organizer_client, amina, "emails", wish) == 200
    assert rows(select(Email.no_mail_why).order_by(Email.id)) == ["asked", None]
    assert "No mail to this address" in organizer_client.get(f"/contacts/{amina}").text
    assert written_to() == (), "another address is no way around what was asked at the main one"
    kept = seen_rows(organizer_client, amina, "emails") | {"row-1-label": "home"}
    assert send_rows(organizer_client, amina, "emails", kept) == 200
    assert rows(select(Email.no_mail_why).order_by(Email.id)) == ["asked", None]
    other = seen_rows(organizer_client, amina, "emails") | {"row-0-address": "new@example.org"}
    assert send_rows(organizer_client, amina, "emails", other) == 200  # The wish was about the old address.
    assert written_to() == ("new@example.org",)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        end_mail_at(["new@example.org"], BOUNCED)
    assert written_to() == ("b@example.org",)


@pytest.mark.parametrize("number", [str(2**63), "9" * 23, "9" * 5000])
def test_numbers_that_nothing_has_find_nothing(
    organizer_client: PageClient, add: Add, rows: Rows, number: str
) -> None:
    amina = add("Amina", tags=["old"])
    (tag,) = rows(select(Tag.id))
    for address in (f"/contacts/{number}", f"/contacts/{amina}/notes/{number}", f"/changes/{number}"):
        assert organizer_client.get(address).status_code == 404
    assert organizer_client.get(f"/contacts/tags/{tag}/merge?into={number}").status_code == 200
    assert organizer_client.get(f"/changes?person={number}&before={number}&day=9999-12-31").status_code == 200
    assert organizer_client.get("/changes?day=0001-01-01").status_code == 200
    moment = "0001-01-01T00:00:00%2B23:59"
    assert organizer_client.get(f"/contacts/{amina}/timeline?before={moment}").status_code == 200
    seen = seen_rows(organizer_client, amina, "emails")["seen"]
    wrong = {"seen": seen, f"row-{number}-address": "a@example.org", "row-0-id": number[:499]}
    assert send_rows(organizer_client, amina, "emails", wrong | {"row-0-address": "b@example.org"}) < 400
    assert rows(select(Email.address)) == ["b@example.org"]


def test_one_of_a_group_is_always_the_main_one(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", emails=[{"address": "a@example.org"}, {"address": "b@example.org"}])
    data = seen_rows(organizer_client, amina, "emails") | {"row-0-remove": "1"}
    assert send_rows(organizer_client, amina, "emails", data) == 200
    assert rows(select(Email.address, Email.is_primary)) == [("b@example.org", True)]


def test_a_group_that_somebody_changed_is_shown_again(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", emails=[{"address": "a@example.org"}])
    mine = seen_rows(organizer_client, amina, "emails")
    theirs = mine | {"row-0-address": "theirs@example.org"}
    assert send_rows(organizer_client, amina, "emails", theirs) == 200
    answer = organizer_client.post(
        f"/contacts/{amina}/rows/emails", data=mine | {"row-0-address": "mine@example.org"}, headers=HTMX
    )
    assert answer.status_code == 409
    assert "Somebody else changed this" in answer.text
    assert 'value="theirs@example.org"' in answer.text
    assert rows(select(Email.address)) == ["theirs@example.org"]


def test_phones_addresses_and_links_are_understood(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina")
    for group, data in (
        (
            "phones",
            {
                "row-0-number": "(202) 555-0142 x7",
                "row-0-label": "Cell",
                "row-1-number": "011 44 20 7946 0958",
            },
        ),
        (
            "addresses",
            {"row-0-street": " 5  Oak Lane ", "row-0-region": "north carolina", "row-0-postal_code": "27603"},
        ),
        ("links", {"row-0-url": "example.org/amina"}),
    ):
        data["seen"] = seen_rows(organizer_client, amina, group)["seen"]
        assert send_rows(organizer_client, amina, group, data) == 200
    found = rows(select(Phone.number, Phone.extension, Phone.label).order_by(Phone.id))
    assert found == [("+12025550142", "7", "mobile"), ("+442079460958", "", "")]
    assert rows(select(Address.street, Address.region, Address.address_key)) == [
        ("5 Oak Lane", "NC", "5oaklane|27603")
    ]
    assert rows(select(Link.url)) == ["https://example.org/amina"]


@pytest.mark.parametrize(
    "group, row, sentence",
    [
        ("emails", {"row-0-address": "nobody"}, "“nobody” is not an email address"),
        ("phones", {"row-0-number": "call me"}, "“call me” is not a phone number"),
        ("links", {"row-0-url": "javascript:alert(1)"}, "is not a web address"),
    ],
)
@on_sqlite
def test_one_wrong_row_stops_the_group_and_stays_as_typed(
    organizer_client: PageClient, add: Add, rows: Rows, group: str, row: dict[str, str], sentence: str
) -> None:
    amina = add("Amina")
    good = {"emails": "row-1-address", "phones": "row-1-number", "links": "row-1-url"}[group]
    data = {**row, good: "good@example.org", "seen": seen_rows(organizer_client, amina, group)["seen"]}
    answer = organizer_client.post(f"/contacts/{amina}/rows/{group}", data=data, headers=HTMX)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert f'value="{next(iter(row.values()))}"' in answer.text
    for model in (Email, Phone, Link):
        assert rows(select(model.id)) == []


def test_wishes_keep_their_reason_and_their_first_day(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina")
    address = f"/contacts/{amina}/do-not-contact"
    organizer_client.post(address, data={"email": "1", "reason-email": "asked", "phone": "1"})
    with app.app_context(), db.transaction(Actor.system(), "test"):
        for row in db.session().scalars(select(DoNotContact)):
            row.since = date(2020, 1, 1)
    organizer_client.post(address, data={"email": "1", "reason-email": "asked twice"})
    found = rows(select(DoNotContact.channel, DoNotContact.reason, DoNotContact.since))
    assert found == [("email", "asked twice", date(2020, 1, 1))]
    assert "Do not email" in organizer_client.get(f"/contacts/{amina}").text


def test_notes_are_added_changed_and_deleted(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina")
    address = f"/contacts/{amina}/notes"
    organizer_client.post(address, data={"body": " Called.\r\nLate "})
    (note,) = rows(select(Note.id))
    assert rows(select(Note.body)) == ["Called.\nLate"]
    clash = organizer_client.post(f"{address}/{note}", data={"body": "mine", "seen": "something else"})
    assert (clash.status_code, rows(select(Note.body))) == (409, ["Called.\nLate"])
    organizer_client.post(f"{address}/{note}", data={"body": "Called again.", "seen": "Called.\r\nLate"})
    assert rows(select(Note.body)) == ["Called again."]
    for body, sentence in (("  ", "Write something"), ("x" * 20_001, "at most 20,000")):
        answer = organizer_client.post(address, data={"body": body})
        assert (answer.status_code, sentence in answer.text) == (422, True)
    organizer_client.post(f"{address}/{note}/delete")
    assert rows(select(Note.id)) == []


def test_one_affiliation_is_the_main_one(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor")
    new = f"/contacts/{amina}/affiliations/new"
    organizer_client.post(new, data={"organization": "harbor ", "role": "Board"})
    organizer_client.post(new, data={"organization": "Lincoln", "role": "Counselor", "is_primary": "y"})
    found = select(Contact.name, Affiliation.role, Affiliation.is_primary)
    found = found.join(Affiliation, Affiliation.organization_id == Contact.id).order_by(Affiliation.id)
    assert rows(found) == [("Harbor", "", False), ("Harbor", "Board", False), ("Lincoln", "Counselor", True)]
    first = rows(select(Affiliation.id).order_by(Affiliation.id))[0]
    data = {"role": "Director", "is_primary": "y", "end_date": ""}
    organizer_client.post(f"/contacts/{amina}/affiliations/{first}", data=data)
    assert rows(found) == [
        ("Harbor", "Director", True),
        ("Harbor", "Board", False),
        ("Lincoln", "Counselor", False),
    ]
    wrong = organizer_client.post(
        f"/contacts/{amina}/affiliations/{first}", data={"start_date": "2024-02-01", "end_date": "2024-01-01"}
    )
    assert (wrong.status_code, "lies before the beginning" in wrong.text) == (422, True)
    organizer_client.post(f"/contacts/{amina}/affiliations/{first}/delete")
    assert len(rows(found)) == 2


def test_who_leaves_next_month_is_still_there(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor", role="Nurse")
    (affiliation,) = rows(select(Affiliation.id))
    ends = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011  # A month off, in any time zone.
    organizer_client.post(
        f"/contacts/{amina}/affiliations/{affiliation}", data={"role": "Nurse", "end_date": ends}
    )
    page = organizer_client.get(f"/contacts/{amina}").text
    assert ("rc-ended" in page, "Nurse, <a" in page) == (False, True)
    assert "Harbor" in organizer_client.get("/contacts?list=people").text
    assert "Amina" in organizer_client.get("/contacts?list=people&f=organization:is:harbor").text


def test_leaving_an_organization_loses_nothing(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor", role="Nurse")
    (affiliation,) = rows(select(Affiliation.id))
    data = {"role": "Nurse", "start_date": "2020-01-01", "end_date": "2024-06-30", "is_primary": "y"}
    organizer_client.post(f"/contacts/{amina}/affiliations/{affiliation}", data=data)
    page = organizer_client.get(f"/contacts/{amina}").text
    assert ("Harbor" in page, "rc-ended" in page) == (True, True)
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    assert "Amina" in organizer_client.get(f"/contacts/{harbor}").text


def test_no_organization_is_part_of_itself(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    district = add(organization="Riverbend")
    school = add(organization="Lincoln", at="Riverbend")
    team = add(organization="Attendance team", at="Lincoln")
    for child in ("Lincoln", "Attendance team", "riverbend"):
        answer = organizer_client.post(f"/contacts/{district}/parent", data={"organization": child})
        assert (answer.status_code, "cannot be part of itself" in answer.text) == (422, True)
    parents = dict(rows(select(Contact.id, Contact.parent_id)))
    assert parents == {district: None, school: district, team: school}
    organizer_client.post(f"/contacts/{team}/parent", data={"organization": ""})
    assert rows(select(Contact.parent_id).where(Contact.id == team)) == [None]


def test_tags_are_words_between_commas(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", tags=["School"])
    organizer_client.post(
        f"/contacts/{amina}/tags", data={"tags": "school, Steering  group,, STEERING GROUP"}
    )
    assert tags_of(rows, amina) == ["School", "Steering group"]
    organizer_client.post(f"/contacts/{amina}/tags", data={"tags": ""})
    assert tags_of(rows, amina) == []


@on_sqlite
def test_who_may_change_what(
    viewer_client: PageClient, outsider_client: PageClient, sign_in: SignIn, add: Add
) -> None:
    amina, lincoln = add("Amina", at="Harbor"), add(organization="Lincoln")
    outside = sign_in(role="organizer", scope=lincoln)
    for part in ("field/job_title", "rows/emails", "tags", "do-not-contact", "delete", "affiliations/new"):
        address = f"/contacts/{amina}/{part}"
        for client, status in ((outside, 404), (viewer_client, 403), (outsider_client, 403)):
            assert client.get(address).status_code == status
            assert client.post(address, data={"value": "x"}).status_code == status
    assert viewer_client.post(f"/contacts/{amina}/notes", data={"body": "x"}).status_code == 403
    assert outside.post(f"/contacts/{amina}/notes", data={"body": "x"}).status_code == 404
    page = viewer_client.get(f"/contacts/{amina}").text
    assert not re.findall(r"rc-editable|rc-add|/delete|do-not-contact", page)
