"""What a form for something new sends twice, by a second click or the browser's back button, is made once."""

import re

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.contacts.models import Tag
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn

FORMS: dict[str, dict[str, str]] = {
    "/activities/tasks/new": {"title": "Call the district"},
    "/campaigns/new": {"name": "Every day counts"},
    "/coalitions/new": {"name": "Every Day Network"},
    "/contacts/new": {"given_name": "Amina"},
    "/contacts/tags/new": {"name": "Volunteer"},
    "/events/new": {"title": "Breakfast", "place": "Hall", "begins": "09:00", "ends": "10:00"},
    "/intake/new?kind=join": {},
    "/lists/fields/contacts/new": {"label": "Region", "kind": "text"},
    "/media/outlets/new": {"name": "The Courier"},
    "/media/reporters/new": {"given_name": "Maya", "family_name": "Reed"},
    "/policy/bills/new": {"identifier": "HB 1", "session": "2026", "title": "On buses"},
    "/referrals/agencies/new": {"name": "Harbor Clinic"},
    "/schools/districts/new": {"name": "Lakeside"},
    "/signons/new": {"title": "Fund the buses", "body": "We ask you to fund the buses."},
}


def inputs(page: str, having: str = 'name="_once"') -> dict[str, list[str]]:
    """What a form would send as it is: the one with a key of one use, or with something else in it."""
    form = next(each for each in re.findall(r"<form[^>]*>(.*?)</form>", page, re.DOTALL) if having in each)
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if re.search('type="(checkbox|radio)"', tag) and "checked" not in tag:
            continue
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)', form):
        found[name] = [text.strip()]
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options) or re.search(
            r'value="([^"]*)"', options
        )
        if chosen:
            found[name] = [chosen[1]]
    return found


@on_sqlite
def test_every_form_for_something_new_makes_it_once(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")

    def changes() -> int:
        with app.app_context(), system("test"):
            return int(db.session().scalar(select(func.count()).select_from(ChangeSet)) or 0)

    for address, typed in FORMS.items():
        data = {**inputs(client.get(address).text), **typed}
        first, written = client.post(address, data=data), changes()
        assert first.status_code == 303, (
            address,
            re.findall(r"invalid-feedback[^>]*>(.*?)</div>", first.text),
        )
        again = client.post(address, data=data)
        assert (address, again.status_code, changes()) == (address, 303, written)
        page = client.get(again.location)
        assert "Nothing was made a second time" in page.text, (address, again.location)


@on_sqlite
def test_what_was_taken_back_is_made_again(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    page = client.get("/contacts/tags/new").text
    typed = {name: values[0] for name, values in inputs(page).items()} | {"name": "Volunteer"}
    assert client.post("/contacts/tags/new", data=typed).status_code == 303
    with app.app_context(), system("test"):
        made = db.session().scalars(select(func.max(ChangeSet.id))).one()
    assert client.post(f"/changes/{made}/undo").status_code == 303
    assert "Volunteer" not in client.get("/contacts/tags").text.split("<main")[1].split("toasts")[0]
    assert client.post("/contacts/tags/new", data=typed).status_code == 303
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Tag.name)).all() == ["Volunteer"]
