"""Which kinds of records can have fields of their own, and that these reach lists, filters and exports."""

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
from crm.plugin_api.testing.people import SignIn
from crm.runtime import runtime
from crm.signons import services as signons
from tests.signons.conftest import LETTER

KINDS = {
    "activities", "activities_tasks", "asks", "campaigns", "coalitions", "commitments", "contacts", "events",
    "media_clip", "media_outlet", "media_release", "media_reporter", "media_spokesperson", "memberships",
    "policy", "policy_hearing", "policy_legislator", "public_forms", "signons",
}  # fmt: skip


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
