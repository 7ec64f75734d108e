"""Nobody's words are lost: whoever saves over what somebody else wrote meanwhile is shown it first."""

import re

import pytest
from flask import Flask

from crm import db
from crm.access import Actor
from crm.access.guard import system
from crm.accounts.models import Role
from crm.contacts.models import Tag
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn

pytestmark = on_sqlite
BOTH = ("contacts.view", "contacts.edit")


def inputs(page: str) -> dict[str, list[str]]:
    """What the form of a page that remembers what it showed would send, by name."""
    forms = re.findall(r"<form[^>]*>(.*?)</form>", page, re.DOTALL)
    form = next(each for each in forms if 'name="_shown"' in each)
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if 'type="checkbox"' in tag and "checked" not in tag:
            continue
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)', form):
        found[name] = [text.strip()]
    return found


def save_twice(client: PageClient, address: str, first: dict[str, object], second: dict[str, object]) -> str:
    """Two people opened a form; the first saves, then the second. What the second is told; the form that
    comes back then saves."""
    theirs = inputs(client.get(address).text)
    assert client.post(address, data={**theirs, **first}).status_code == 303
    told = client.post(address, data={**theirs, **second})
    assert told.status_code == 409
    assert "Somebody else changed this meanwhile" in told.text
    again = inputs(told.text)
    assert client.post(address, data={**again, **second}).status_code == 303
    return told.text


@pytest.fixture
def tag(app: Flask) -> int:
    made = Tag(name="Volunteer", description="Helps", name_key="volunteer")
    return kept(app, made)


def kept(app: Flask, row: Tag | Role) -> int:
    with app.app_context(), system("a record for the test"), db.transaction(Actor.system(), "test", "Made"):
        db.session().add(row)
        db.session().flush()
        return int(row.id)


def test_a_tag_that_two_describe(sign_in: SignIn, tag: int) -> None:
    told = save_twice(
        sign_in(role="administrator"),
        f"/contacts/tags/{tag}",
        {"description": "Helps with mailings"},
        {"description": "Helps at events"},
    )
    assert "What it is for: Helps with mailings" in told


def test_a_permission_that_was_taken_away_does_not_come_back_unseen(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    role_id = kept(app, Role(name="helpers", label="Helpers", permissions=[*BOTH]))
    address = f"/roles/{role_id}"
    before = inputs(client.get(address).text)
    assert client.post(address, data={**before, "permissions": ["contacts.view"]}).status_code == 303
    told = client.post(address, data={**before, "label": "Friends"})
    assert told.status_code == 409
    with app.app_context(), system("the role"):
        assert db.session().get_one(Role, role_id).permissions == ["contacts.view"]


def test_what_both_wrote_alike_is_no_clash(sign_in: SignIn, tag: int) -> None:
    client, address = sign_in(role="administrator"), f"/contacts/tags/{tag}"
    opened = inputs(client.get(address).text)
    for _time in range(2):
        saved = client.post(address, data={**opened, "description": "Helps a lot"})
        assert saved.status_code == 303, saved.text[saved.text.find("It now says") :][:300]


def test_mistakes_are_mended_without_forgetting_what_was_shown(sign_in: SignIn, tag: int) -> None:
    client, address = sign_in(role="administrator"), f"/contacts/tags/{tag}"
    mine = inputs(client.get(address).text)
    theirs = dict(mine)
    wrong = client.post(address, data={**mine, "name": "x" * 99})
    assert wrong.status_code == 422
    assert client.post(address, data={**theirs, "description": "Newer"}).status_code == 303
    assert client.post(address, data={**inputs(wrong.text), "name": "Helper"}).status_code == 409
