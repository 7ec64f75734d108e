"""Which kinds of records can have fields of their own, and that these reach lists, filters and exports."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Organization, Person
from crm.fields.custom import services as custom
from crm.intake.models import PublicForm
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.runtime import runtime
from crm.signons import services as signons
from tests.forms.test_once import inputs
from tests.signons.conftest import LETTER

KINDS = {
    "activities", "activities_tasks", "asks", "campaigns", "coalitions", "commitments", "contacts", "events",
    "media_clip", "media_outlet", "media_release", "media_reporter", "media_spokesperson", "memberships",
    "policy", "policy_hearing", "policy_legislator", "public_forms", "signons",
}  # fmt: skip


FORMS: dict[str, tuple[str, dict[str, str], str]] = {
    "media_outlet": ("/media/outlets/new", {"name": "The Courier"}, "/media/contact/1/edit"),
    "media_reporter": (
        "/media/reporters/new", {"given_name": "Maya", "family_name": "Reed"}, "/media/contact/2/edit",
    ),
    "media_spokesperson": (
        "/media/spokespeople/new", {"contact_id": "Maya Reed"}, "/media/spokespeople/1/edit",
    ),
    "media_clip": ("/media/coverage/by-hand", {"title": "Buses are late"}, "/media/coverage/1/edit"),
    "media_release": ("/media/releases/new", {"name": "On buses"}, "/media/releases/1/edit"),
    "policy": (
        "/policy/bills/new", {"identifier": "HB 1", "session": "2026", "title": "On buses"},
        "/policy/bills/1/position",
    ),
    "policy_hearing": (
        "/policy/hearings/new", {"committee_name": "Education", "starts_at": "2026-12-01T10:00"},
        "/policy/hearings/1/edit",
    ),
    "policy_legislator": (
        "/policy/legislators/new",
        {"given": "Ada", "family": "Lane", "state": "MI", "chamber": "lower"},
        "/policy/legislators/1/edit",
    ),
    "public_forms": ("/intake/new?kind=join", {}, "/intake/1/edit"),
    "signons": ("/signons/new", {"title": "Fund buses", "body": "We ask you."}, "/signons/1/edit"),
}  # fmt: skip
"""Where a record of a kind is made, what that takes, and where the first one is changed."""


def _made(name: str) -> int:
    """A record of this kind."""
    from crm_media.models import Outlet, Reporter, Spokesperson
    from crm_policy.models import Legislator

    person = Person(name="Amina Okafor", sort_name="okafor amina", name_key="amina okafor", custom={})
    paper = Organization(name="The Courier", sort_name="courier", name_key="courier", custom={})
    db.session().add_all((person, paper))
    db.session().flush()
    if name == "signons":
        return signons.create(LETTER, Actor.system()).id
    rows: dict[str, Any] = {
        "media_outlet": Outlet(contact_id=paper.id),
        "media_reporter": Reporter(contact_id=person.id),
        "media_spokesperson": Spokesperson(contact_id=person.id),
        "policy_legislator": Legislator(
            contact_id=person.id, name=person.name, sort_name="okafor", family_key="okafor", state="NJ"
        ),
        "public_forms": PublicForm(
            kind="join", name="Join us", public_key="key", texts={}, asked=[], sites=[], tags=[]
        ),
    }
    db.session().add(rows[name])
    db.session().flush()
    return int(rows[name].id)


@pytest.mark.parametrize(
    "name",
    ["media_outlet", "media_reporter", "media_spokesperson", "policy_legislator", "public_forms", "signons"],
)
def test_an_own_field_is_filled_in_listed_filtered_and_exported(
    app: Flask, sign_in: SignIn, name: str
) -> None:
    client = sign_in(role="administrator")
    with app.test_request_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        kind = runtime().fields.type(name)
        custom.add(kind, {"label": "Region", "kind": "text"})
        record_id, model = _made(name), kind.model
    address = f"/lists/{name}/own/{record_id}"
    form = client.get(address).text
    seen = form.split('name="seen"')[1].split('value="')[1].split('"')[0]
    assert client.post(address, data={"custom_1": "Northern lights", "seen": seen}).status_code == 303
    with app.test_request_context():
        from flask import url_for

        listed = url_for(kind.list_endpoint)
    for found, query in ((True, "custom_1:contains:north"), (False, "custom_1:contains:south")):
        page = client.get(f"{listed}?columns=custom_1&f={query}").text
        assert ("Northern lights" in page) is found
    file = client.post(f"/exports/{name}", data={"format": "csv", "columns": "all"}).text
    assert ("Region" in file.splitlines()[0], "Northern lights" in file) == (True, True)
    with app.test_request_context(), system("test"):
        assert db.session().scalars(select(model.custom)).all() == [{"region": "Northern lights"}]


def test_these_kinds_take_fields_of_their_own(app: Flask) -> None:
    """Of students, referrals and the directory there are none: docs/using.md says why."""
    with app.test_request_context():
        assert {each.name for each in custom.types()} == KINDS


@on_sqlite
def test_own_fields_stand_in_the_forms_of_their_records(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    with app.test_request_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        for number, name in enumerate(FORMS, 1):
            values = {"label": "Region", "kind": "text", "section": "Where", "help": "As on our map."}
            values["required"] = "y"
            assert custom.add(runtime().fields.type(name), values).id == number
    for number, (name, (new, typed, edit)) in enumerate(FORMS.items(), 1):
        own = f"custom_{number}"
        page = client.get(new).text
        assert ("Where</legend>" in page, "As on our map." in page) == (True, True), name
        data: dict[str, Any] = {**inputs(page, f'name="{own}"'), **typed}
        refused = client.post(new, data=data)
        assert (refused.status_code, "must be filled in" in refused.text) == (422, True), name
        made = client.post(new, data={**data, own: "North"})
        wrong = re.findall(r"(?:invalid-feedback|alert)[^>]*>(.*?)</div>", made.text)
        assert (name, made.status_code) == (name, 303), wrong
        page = client.get(edit).text
        data = {**inputs(page, f'name="{own}"')}
        assert (name, data[own]) == (name, ["North"])
        assert client.post(edit, data={**data, own: "South"}).status_code == 303, name
        with app.test_request_context(), system("test"):
            model = runtime().fields.type(name).model
            assert db.session().scalars(select(model.custom)).all() == [{"region": "South"}], name
        late = client.post(edit, data={**data, own: "West"})
        assert (name, late.status_code in {409, 422}, "South" in late.text) == (name, True, True)
