"""Choosing contacts in forms: a name is typed, what fits is offered, and a number decides."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from crm.contacts.choosing import ContactField, ContactsField
from crm.forms import Form
from crm.plugin_api.testing.people import SignIn


class Choosing(Form):
    who = ContactField("Who", kinds=("person",))
    everybody = ContactsField("Everybody")


@pytest.fixture
def people(app: Flask) -> dict[str, int]:
    actor = Actor.system()
    with app.app_context(), db.transaction(actor, "test"):
        made = [
            services.create({"kind": "person", "given_name": given, "family_name": family}, actor)
            for given, family in (("Ángela", "Ruiz"), ("Ben", "Ode"), ("Ben", "Ode"))
        ]
        made.append(services.create({"kind": "organization", "name": "Lincoln School"}, actor))
        return {f"{number}{each.name}": each.id for number, each in enumerate(made)}


def chosen(app: Flask, **typed: str | list[str]) -> Choosing:
    from flask import g

    with app.test_request_context(method="POST", data=MultiDict(typed)):
        g.crm_actor = Actor.system()
        form = Choosing(meta={"csrf": False})
        form.validate()
        return form


def test_a_name_or_a_number_chooses(app: Flask, people: dict[str, int]) -> None:
    angela, *_bens, school = people.values()
    assert chosen(app, who="angela ruiz").who.data == angela
    assert chosen(app, who=f"whatever · #{angela}").who.data == angela
    assert chosen(app, who="").who.data is None
    assert chosen(app, everybody=["Lincoln School", "", f"#{angela}", "Ángela Ruiz"]).everybody.data == [
        school,
        angela,
    ]


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("Nobody Atall", "Nobody is called “Nobody Atall”"),
        ("Ben Ode", "Several are called “Ben Ode”"),
        ("Lincoln School", "Nobody is called"),
        ("#999999999999999999", "Nobody is called"),
    ],
)
def test_what_fits_nobody_gets_a_sentence(
    app: Flask, people: dict[str, int], typed: str, sentence: str
) -> None:
    form = chosen(app, who=typed)
    assert sentence in str(form.who.errors)
    assert form.who.data is None


def test_what_is_offered_is_what_may_be_seen(app: Flask, people: dict[str, int], sign_in: SignIn) -> None:
    page = sign_in(role="organizer").get("/contacts/names?who=angel")
    assert f"Ángela Ruiz · #{people['0Ángela Ruiz']}" in page.text
    assert "Lincoln" in sign_in(role="viewer").get("/contacts/names?who=linc").text
    assert "Lincoln" not in sign_in(role="viewer").get("/contacts/names?who=linc&kind=person").text
    limited = sign_in(role="viewer", scope=people["3Lincoln School"])
    assert "Ángela" not in limited.get("/contacts/names?who=angel").text
    assert sign_in().get("/contacts/names?who=angel").status_code in {403, 404}
