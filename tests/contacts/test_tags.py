"""Tags: one name, one meaning, put in order without losing a contact."""

import re

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import Role
from crm.contacts.models import Contact, Tag
from crm.fields import lists
from crm.fields.filters import Filter
from crm.fields.listing import ListState
from crm.fields.models import SavedList
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.contacts.conftest import Add, Rows, change_sets, tags_of


def tag_ids(rows: Rows) -> dict[str, int]:
    return dict(rows(select(Tag.name, Tag.id)))


def listed(client: PageClient) -> dict[str, list[str]]:
    """The rows of the tags page: name to the other cells that say something."""
    page = client.get("/contacts/tags").text
    found = {}
    for row in re.findall(r"<tr>\s*<td>(.*?)</tr>", page, re.DOTALL):
        name, *cells = (" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row.split("</td>"))
        found[name] = [cell for cell in cells if cell]
    return found


def test_whoever_sees_a_part_knows_the_tags_of_that_part(
    app: Flask, sign_in: SignIn, add: Add, rows: Rows
) -> None:
    """Their history too; a tag of others is a word that tells of them."""
    amina, _other = add("Amina", at="Harbor", tags=["alpine"]), add("Wei", tags=["seeks shelter"])
    with app.app_context(), db.transaction(Actor.system(), "contacts.tags", "Described the tag"):
        for tag in db.session().scalars(select(Tag)):
            tag.description = "Words"
    hidden = rows(select(Tag.id).where(Tag.name == "seeks shelter"))[0]
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    last = rows(select(func.max(ChangeSet.id)))[0]
    client = sign_in(role="organizer", scope=harbor)
    for address in (
        "/contacts/tags",
        f"/contacts/{amina}/tags",
        "/lists/contacts/filter?field=tags",
        "/contacts?f=tags:is:" + str(hidden),
        f"/changes/{last}",
        f"/history/contact/{amina}",
    ):
        page = client.get(address).text
        assert "shelter" not in page, address
        assert ("alpine" in page) == ("tags:is" not in address), address
    assert "1 change<" in client.get("/changes").text.replace("\n", "")
    assert client.get(f"/history/tag/{hidden}").status_code == 404
    assert client.post(f"/changes/{last}/undo").status_code == 403
    assert "shelter" in sign_in(role="viewer").get("/contacts/tags").text


def test_undoing_what_was_done_to_a_tag_needs_the_permission_over_tags(
    app: Flask, sign_in: SignIn, make_user: MakeUser, add: Add, rows: Rows
) -> None:
    add("Amina", tags=["ally"])
    user = make_user(role="organizer")
    with app.app_context(), db.transaction(Actor(user.id, user.name), "contacts.tags", "Renamed"):
        db.session().scalars(select(Tag)).one().name = "Ally!"
    last = rows(select(func.max(ChangeSet.id)))[0]
    with app.app_context(), db.transaction(Actor.system(), "test"):
        role = db.session().scalars(select(Role).where(Role.name == "organizer")).one()
        role.permissions = [each for each in role.permissions if each != "contacts.tags"]
    client = sign_in(user)
    assert client.post(f"/changes/{last}/undo").status_code == 403
    client.post(f"/contacts/{add('Wei')}/tags", data={"tags": "fresh"})
    last = rows(select(func.max(ChangeSet.id)))[0]
    assert client.post(f"/changes/{last}/undo").status_code == 303


def test_the_page_says_how_many_have_a_tag_and_leads_to_them(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", tags=["school", "steering"])
    add("Wei", tags=["school"])
    assert {name: cells[-1] for name, cells in listed(organizer_client).items()} == {
        "school": "2",
        "steering": "1",
    }
    page = organizer_client.get("/contacts/tags").text
    link = re.search(r'href="(/contacts\?f=[^"]+)">steering<', page)
    assert link is not None
    people = organizer_client.get(link.group(1).replace("&amp;", "&")).text
    assert (f"/contacts/{amina}" in people, "Wei" in people) == (True, False)


def test_a_tag_is_described_and_given_to_somebody(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    form = organizer_client.get("/contacts/tags/new").text
    me = re.search(r'<option selected value="(\d+)">(Organizer \d+)', form)
    assert me is not None
    answer = organizer_client.post(
        "/contacts/tags/new",
        data={"name": " Speaks  Spanish ", "description": "At home", "owner": me.group(1)},
    )
    assert answer.status_code == 303
    assert listed(organizer_client) == {"Speaks Spanish": ["At home", me.group(2), "0"]}
    tag_id = tag_ids(rows)["Speaks Spanish"]
    organizer_client.post(
        f"/contacts/tags/{tag_id}", data={"name": "Spanish", "description": "", "owner": ""}
    )
    assert listed(organizer_client) == {"Spanish": ["0"]}


def test_a_name_that_is_taken_or_empty_is_refused(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    add("Amina", tags=["École", "other"])
    other = tag_ids(rows)["other"]
    taken = organizer_client.post(f"/contacts/tags/{other}", data={"name": "ecole"})
    assert (taken.status_code, "Merge the two instead" in taken.text) == (422, True)
    empty = organizer_client.post(f"/contacts/tags/{other}", data={"name": "  "})
    assert (empty.status_code, "A tag needs a name" in empty.text) == (422, True)
    again = organizer_client.post("/contacts/tags/new", data={"name": "OTHER"})
    assert (again.status_code, "There is a tag of this name already" in again.text) == (422, True)
    assert set(tag_ids(rows)) == {"École", "other"}


def test_merging_shows_the_numbers_first_and_keeps_everybody(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    both, one, none = add("A", tags=["school", "schools"]), add("B", tags=["schools"]), add("C")
    ids = tag_ids(rows)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        state = ListState("contacts", filters=(Filter("tags", "is", str(ids["schools"])),))
        lists.save(state, "Schools", True, Actor.system())
    page = organizer_client.get(f"/contacts/tags/{ids['schools']}/merge?into={ids['school']}").text
    assert "2 contacts have “schools” and will have “school” instead." in page
    assert "1 of them has both already." in page
    assert tags_of(rows, one) == ["schools"]
    answer = organizer_client.post(f"/contacts/tags/{ids['schools']}/merge", data={"into": ids["school"]})
    assert answer.status_code == 303
    assert [tags_of(rows, each) for each in (both, one, none)] == [["school"], ["school"], []]
    assert rows(select(SavedList.query))[0]["filters"] == [f"tags~tags:is:{ids['school']}"]
    assert change_sets(rows)[-1][1] == "Merged the tag “schools” into “school”"


def test_a_tag_is_not_merged_with_itself(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    add("A", tags=["school"])
    tag_id = tag_ids(rows)["school"]
    answer = organizer_client.post(f"/contacts/tags/{tag_id}/merge", data={"into": tag_id})
    assert (answer.status_code, "cannot be merged with itself" in answer.text) == (422, True)
    assert organizer_client.post(f"/contacts/tags/{tag_id}/merge", data={"into": 999}).status_code == 404


def test_deleting_a_tag_keeps_the_contacts(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", tags=["old", "school"])
    tag_id = tag_ids(rows)["old"]
    assert "1 contact has it and will stay" in organizer_client.get(f"/contacts/tags/{tag_id}/delete").text
    assert organizer_client.post(f"/contacts/tags/{tag_id}/delete").status_code == 303
    assert tags_of(rows, amina) == ["school"]
    assert change_sets(rows)[-1][:2] == ("contacts.tags", "Deleted the tag “old”")


def test_only_contacts_that_one_may_see_are_counted(sign_in: SignIn, add: Add, rows: Rows) -> None:
    add("Amina", at="Harbor", tags=["school"])
    add("Wei", tags=["school"])
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="viewer", scope=harbor)
    assert listed(client)["school"][-1] == "1"


@on_sqlite
def test_permissions(
    viewer_client: PageClient, outsider_client: PageClient, sign_in: SignIn, add: Add, rows: Rows
) -> None:
    harbor = add(organization="Harbor", tags=["x"])
    tag_id = tag_ids(rows)["x"]
    assert "New tag" not in viewer_client.get("/contacts/tags").text
    assert outsider_client.get("/contacts/tags").status_code == 403
    partial = sign_in(role="organizer", scope=harbor)
    for client in (viewer_client, outsider_client, partial):
        for address in ("new", str(tag_id), f"{tag_id}/merge", f"{tag_id}/delete"):
            assert client.get(f"/contacts/tags/{address}").status_code == 403
            assert client.post(f"/contacts/tags/{address}").status_code == 403
    assert set(tag_ids(rows)) == {"x"}
