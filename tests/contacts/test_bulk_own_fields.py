"""An own field of many contacts by “Edit a field”: planned, checked, undone, and in the background."""

from typing import Any

import pytest
from flask import Flask

from crm.contacts.bulk import plans
from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows
from tests.contacts.test_bulk import apply, choose, plain, plan
from tests.fields.test_custom import custom_of, make, take_back


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in(role="administrator")


@pytest.mark.parametrize(
    "kind, told",
    [
        ("text", ("By bus", "By bus", "By bus")),
        ("long_text", ("One\r\nTwo", "One\nTwo", "One Two")),
        ("number", ("12,000", 12000, "12,000")),
        ("date", ("2026-03-14", "2026-03-14", "2026-03-14")),
        ("boolean", ("yes", True, "yes")),
        ("choice", ("red", "red", "Red")),
        ("choices", (["red", "blue"], ["red", "blue"], "Red; Blue")),
        ("link", ("example.org/x", "https://example.org/x", "https://example.org/x")),
        ("email", ("a@example.org", "a@example.org", "a@example.org")),
        ("phone", ("615-555-0100", "+16155550100", "+16155550100")),
    ],
)
@on_sqlite
def test_every_kind_of_own_field_is_set_for_many(
    app: Flask, admin: PageClient, add: Add, rows: Rows, kind: str, told: tuple[Any, Any, str]
) -> None:
    typed, stored, shown = told
    field = make(admin, rows, "Answer", kind, choices="Red\nBlue\nGreen")
    ids = [add("Amina", "Okafor"), add("Wei", "Chen"), add(organization="Lincoln")]
    name = f"custom_{field}"
    address, text = plan(admin, "field", ids, field=name, **{name: typed})
    assert f"Set “Answer” to “{shown}”" in text
    assert "will change 3" in text
    assert custom_of(rows, ids[0]) == {}
    apply(admin, address)
    assert [custom_of(rows, each) for each in ids] == [{"answer": stored}] * 3
    _address, again = plan(admin, "field", ids, field=name, **{name: typed})
    assert "are like that already 3" in again
    take_back(app, rows)
    assert custom_of(rows, ids[0]) == {}


def test_only_the_chosen_field_must_make_sense(admin: PageClient, add: Add, rows: Rows) -> None:
    must = make(admin, rows, "Must", required="y")
    hours = make(admin, rows, "Hours", "number")
    ids = [add("Amina", "Okafor")]
    address = choose(admin, "field", ids=ids)
    form = admin.get(address).text
    assert all(words in form for words in ("Own fields", "Must", "Hours"))
    wrong = admin.post(address, data={"field": f"custom_{hours}", f"custom_{hours}": "many"})
    assert (wrong.status_code, "“many” is not a number for “Hours”" in wrong.text) == (422, True)
    empty = admin.post(address, data={"field": f"custom_{must}", f"custom_{must}": ""})
    assert (empty.status_code, "“Must” must be filled in" in empty.text) == (422, True)
    data = {"field": f"custom_{hours}", f"custom_{must}": "", f"custom_{hours}": "2.5"}
    assert admin.post(address, data=data).status_code == 303
    apply(admin, address)
    assert custom_of(rows, ids[0]) == {"hours": 2.5}
    address, text = plan(admin, "field", ids, field=f"custom_{hours}", **{f"custom_{hours}": ""})
    assert "Empty the field “Hours”" in text
    apply(admin, address)
    assert custom_of(rows, ids[0]) == {}


def test_whose_value_somebody_changed_meanwhile_stays_and_is_named(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    field = make(admin, rows, "Hours", "number")
    amina, wei = add("Amina", "Okafor"), add("Wei", "Chen")
    name = f"custom_{field}"
    address, _text = plan(admin, "field", [amina, wei], field=name, **{name: "3"})
    admin.post("/lists/contacts/fill", data={"ids": wei, "field": field, "value": "9", "do": "apply"})
    assert "Wei Chen" in plain(admin.get(apply(admin, address)).text)
    assert [custom_of(rows, each) for each in (amina, wei)] == [{"hours": 3}, {"hours": 9}]


def test_a_field_that_became_another_kind_since_the_plan_is_left_alone(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    field = make(admin, rows, "Hours")
    amina = add("Amina", "Okafor")
    name = f"custom_{field}"
    address, _text = plan(admin, "field", [amina], field=name, **{name: "a few"})
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "choices": "", "apply": "1"})
    late = admin.post(f"{address}/apply")
    assert (late.status_code, "given another kind or lost the choice meanwhile" in late.text) == (422, True)
    assert admin.get(address).status_code == 200
    assert custom_of(rows, amina) == {}


def test_many_are_changed_in_the_background(
    app: Flask, admin: PageClient, add: Add, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "AT_ONCE", 2)
    field = make(admin, rows, "Hours", "number")
    ids = [add(name) for name in ("Amina", "Bo", "Chi", "Dee", "Eve")]
    name = f"custom_{field}"
    address, _text = plan(admin, "field", ids, field=name, **{name: "3"})
    assert "/jobs/" in apply(admin, address)
    assert run_waiting(app)[-1].status == "done"
    assert [custom_of(rows, each) for each in ids] == [{"hours": 3}] * 5
    take_back(app, rows)
    assert [custom_of(rows, each) for each in ids] == [{}] * 5


@on_sqlite
def test_a_choice_that_was_removed_since_the_plan_is_written_nowhere(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    field, amina = make(admin, rows, "Size", "choice", choices="Small\nLarge"), add("Amina", "Okafor")
    address, _page = plan(admin, "field", [amina], field=f"custom_{field}", **{f"custom_{field}": "large"})
    changed = {"label": "Size", "choices": "Small", "section": "", "help": ""}
    assert admin.post(f"/lists/fields/{field}/edit", data=changed).status_code == 303
    refused = admin.post(f"{address}/apply")
    assert "lost the choice meanwhile" in refused.text
    assert custom_of(rows, amina) == {}
