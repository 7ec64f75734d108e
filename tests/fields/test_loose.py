"""What was set aside for somebody to check goes again: on the record, and for all records at once."""

import re
from itertools import count
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.fields.custom import work
from crm.fields.custom.loose import Loose
from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows
from tests.fields.test_custom import admin, custom_of, make, take_back
from tests.forms.test_once import inputs

__all__ = ["admin"]
SIZES, SEEN = "Small\nMedium", 'name="seen"'


def said_of(key: str, what: str) -> dict[str, str]:
    """The choice of a person for the value under a name, as the dialog sends it."""
    return {Loose(key, "").input: what}


def save(client: PageClient, contact_id: int, **data: Any) -> Any:
    address = f"/lists/contacts/own/{contact_id}"
    return client.post(address, data={**inputs(client.get(address).text, SEEN), **data})


def hold(app: Flask, contact_id: int, custom: dict[str, Any]) -> None:
    """Put values into a record as an import does."""
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test.hold"):
        db.session().get_one(Contact, contact_id).custom = custom


def drop_all(client: PageClient, address: str) -> Any:
    """Open the page of a name and press its button."""
    return client.post(address, data=inputs(client.get(address).text, SEEN))


@pytest.fixture
def set_aside(admin: PageClient, add: Add, rows: Rows) -> tuple[int, int]:
    """A field of sizes, and somebody whose size is none of them."""
    amina = add("Amina", "Okafor")
    field = make(admin, rows, "Size")
    assert save(admin, amina, **{f"custom_{field}": "Large"}).status_code == 303
    kind = {"kind": "choice", "choices": SIZES, "apply": "1"}
    assert admin.post(f"/lists/fields/{field}/kind", data=kind).status_code == 303
    assert custom_of(rows, amina) == {"Size to check": "Large"}
    return field, amina


def test_a_value_to_check_is_dropped_beside_the_good_one(
    app: Flask, admin: PageClient, rows: Rows, set_aside: tuple[int, int]
) -> None:
    field, amina = set_aside
    dialog = admin.get(f"/lists/contacts/own/{amina}").text
    assert all(words in dialog for words in ("To check", "“Large”", "Drop it", "It does not fit the field"))
    assert "Put it into the field" not in dialog
    save(admin, amina, **{f"custom_{field}": "medium"})
    assert custom_of(rows, amina) == {"size": "medium", "Size to check": "Large"}, "left alone it stays"
    assert save(admin, amina, **said_of("Size to check", "drop")).status_code == 303
    assert custom_of(rows, amina) == {"size": "medium"}
    take_back(app, rows)
    assert custom_of(rows, amina) == {"size": "medium", "Size to check": "Large"}


def test_a_value_to_check_that_fits_now_is_put_into_its_field(
    app: Flask, admin: PageClient, rows: Rows, set_aside: tuple[int, int]
) -> None:
    field, amina = set_aside
    admin.post(
        f"/lists/fields/{field}/edit",
        data={"label": "Shirt", "choices": f"{SIZES}\nLarge", "section": "", "help": "", "required": "y"},
    )
    assert "Put it into the field" in admin.get(f"/lists/contacts/own/{amina}").text
    assert save(admin, amina, **said_of("Size to check", "take")).status_code == 303
    assert custom_of(rows, amina) == {"size": "large"}, (
        "also where the field was renamed and must be filled in"
    )
    take_back(app, rows)
    assert custom_of(rows, amina) == {"Size to check": "Large"}


@on_sqlite
def test_what_does_not_fit_is_never_taken_over(
    admin: PageClient, rows: Rows, set_aside: tuple[int, int]
) -> None:
    _field, amina = set_aside
    assert save(admin, amina, **said_of("Size to check", "take")).status_code == 303
    assert custom_of(rows, amina) == {"Size to check": "Large"}


@on_sqlite
def test_what_an_import_brought_is_dropped_on_a_record_that_has_no_own_field(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    amina, bo = add("Amina", "Okafor"), add("Bo", "Okafor")
    hold(app, amina, {"Ward": "5", 'Odd "name" \\': "x"})
    assert f"/lists/contacts/own/{amina}" in admin.get(f"/contacts/{amina}").text
    assert save(admin, amina, **said_of("Ward", "drop")).status_code == 303
    assert custom_of(rows, amina) == {'Odd "name" \\': "x"}
    assert save(admin, amina, **said_of('Odd "name" \\', "drop")).status_code == 303
    assert custom_of(rows, amina) == {}
    assert admin.get(f"/lists/contacts/own/{bo}").status_code == 404


@on_sqlite
def test_nobody_drops_what_somebody_else_changed_meanwhile(
    admin: PageClient, rows: Rows, set_aside: tuple[int, int]
) -> None:
    field, amina = set_aside
    shown = inputs(admin.get(f"/lists/contacts/own/{amina}").text, SEEN)
    save(admin, amina, **{f"custom_{field}": "small"})
    data = {**shown, **said_of("Size to check", "drop")}
    late = admin.post(f"/lists/contacts/own/{amina}", data=data)
    assert (late.status_code, "Somebody else changed this" in late.text) == (409, True)
    assert custom_of(rows, amina) == {"size": "small", "Size to check": "Large"}


def test_all_values_to_check_are_listed_and_dropped_at_once(
    app: Flask, admin: PageClient, rows: Rows, add: Add, set_aside: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _field, amina = set_aside
    bo = add("Bo", "Chen")
    hold(app, bo, {"Size to check": "Huge", "Ward": "5"})
    index = admin.get("/lists/fields").text
    assert ("2 values to check" in index, "Brought by imports" in index) == (True, True)
    address = "/lists/fields/contacts/loose?key=Size+to+check"
    page = admin.get(address).text
    assert all(words in page for words in ("Amina Okafor", "Large", "Bo Chen", "Huge", "Drop them all"))
    drop_all(admin, address)
    assert [custom_of(rows, each) for each in (amina, bo)] == [{}, {"Ward": "5"}]
    assert admin.get(address).status_code == 404
    take_back(app, rows)
    assert custom_of(rows, bo) == {"Size to check": "Huge", "Ward": "5"}
    monkeypatch.setattr(work, "AT_ONCE", 1)
    assert "/jobs/" in drop_all(admin, address).location
    assert run_waiting(app)[-1].status == "done"
    assert [custom_of(rows, each) for each in (amina, bo)] == [{}, {"Ward": "5"}]


@on_sqlite
def test_only_whoever_manages_fields_sees_all_values_to_check(
    sign_in: SignIn, set_aside: tuple[int, int]
) -> None:
    address = "/lists/fields/contacts/loose?key=Size+to+check"
    for role in ("organizer", "viewer"):
        client = sign_in(role=role)
        assert (client.get(address).status_code, client.post(address).status_code) == (403, 403)


@on_sqlite
def test_what_is_put_aside_after_everything_was_to_be_dropped_stays(
    app: Flask, admin: PageClient, add: Add, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropping many values is background work, and somebody saw which they were."""
    field = make(admin, rows, "Size")
    old, late = add("Amina", "Okafor"), add("Bo", "Chen")
    hold(app, old, {"Size to check": "old"})
    hold(app, late, {"size": "Large"})
    monkeypatch.setattr(work, "AT_ONCE", 0)
    begun = drop_all(admin, "/lists/fields/contacts/loose?key=Size to check")
    assert "/jobs/" in begun.headers["Location"]
    monkeypatch.setattr(work, "AT_ONCE", 1000)
    other_kind = {"kind": "number", "choices": "", "apply": "1"}
    assert "are being changed just now" in admin.post(f"/lists/fields/{field}/kind", data=other_kind).text
    assert custom_of(rows, late) == {"size": "Large"}
    hold(app, late, {"Size to check": "Large"})
    run_waiting(app)
    assert (custom_of(rows, old), custom_of(rows, late)) == ({}, {"Size to check": "Large"})
    assert admin.post(f"/lists/fields/{field}/kind", data=other_kind).status_code == 303


def test_what_is_put_aside_after_the_page_was_opened_is_shown_before_it_is_dropped(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    make(admin, rows, "Size")
    old, late = add("Amina", "Okafor"), add("Bo", "Chen")
    hold(app, old, {"Size to check": "old"})
    address = "/lists/fields/contacts/loose?key=Size to check"
    shown = inputs(admin.get(address).text, SEEN)
    hold(app, late, {"Size to check": "Large"})
    anew = admin.post(address, data=shown)
    assert (anew.status_code, "These values changed" in anew.text, "Bo Chen" in anew.text) == (
        409,
        True,
        True,
    )
    hold(app, old, {"Size to check": "old; Small"})
    assert admin.post(address, data=inputs(anew.text, SEEN)).status_code == 409, "another value of the same"
    assert [custom_of(rows, each) for each in (old, late)] == [
        {"Size to check": "old; Small"}, {"Size to check": "Large"}]  # fmt: skip
    assert drop_all(admin, address).status_code == 303
    assert [custom_of(rows, each) for each in (old, late)] == [{}, {}]


@on_sqlite
def test_nothing_is_put_aside_where_dropping_broke_off_and_may_go_on(
    app: Flask, admin: PageClient, add: Add, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = make(admin, rows, "Size")
    people = [add(name, "Okafor") for name in ("Amina", "Bo", "Chi")]
    for each in people:
        hold(app, each, {"Size to check": "old"})
    monkeypatch.setattr(work, "AT_ONCE", 2)
    drop_all(admin, "/lists/fields/contacts/loose?key=Size to check")
    piece, done = work._piece, count()

    def breaks_off(*given: Any) -> bool:
        if next(done):
            raise UserError("The second piece does not come.")
        return piece(*given)

    monkeypatch.setattr(work, "_piece", breaks_off)
    run_waiting(app)
    monkeypatch.setattr(work, "_piece", piece)
    assert [custom_of(rows, each) for each in people] == [{}, {}, {"Size to check": "old"}]
    save(admin, people[0], **{f"custom_{field}": "Large"})
    number = {"kind": "number", "choices": "", "apply": "1"}
    refused = admin.post(f"/lists/fields/{field}/kind", data=number).text
    assert "Work on “Size to check” broke off" in refused
    go_on = re.search(r"/lists/fields/work/\d+/go-on", admin.get("/lists/fields?type=contacts").text)
    assert go_on is not None
    admin.post(go_on[0])
    run_waiting(app)
    assert admin.post(f"/lists/fields/{field}/kind", data=number).status_code == 303
    assert [custom_of(rows, each) for each in people] == [{"Size to check": "Large"}, {}, {}]
