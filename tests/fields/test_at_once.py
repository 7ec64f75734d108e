"""What somebody types in the moment in which a field becomes of another kind."""

import re
from threading import Event, Thread
from typing import Any

from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.fields.custom import services
from crm.fields.models import CustomField
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_postgresql
from tests.contacts.conftest import Add, Rows
from tests.fields.test_custom import admin, custom_of, make
from tests.infrastructure.waiting import until_somebody_waits

__all__ = ["admin"]


@on_postgresql
def test_what_is_saved_while_a_field_becomes_of_another_kind_is_of_that_kind(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    """SQLite has one writer at a time, too; only here one can see that somebody waits."""
    person = add("Amina", "Okafor")
    known = {label: make(admin, rows, label, "text") for label in ("Hours", "Days")}
    address = f"/lists/contacts/own/{person}"
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', admin.get(address).text)
    assert seen is not None
    inside, waited, said = Event(), Event(), list[Any]()

    def become() -> None:
        alone = db.transaction(Actor.system(), "fields.custom", alone=True)
        with app.test_request_context(), alone:
            for each in known.values():
                services.set_kind(db.session().get_one(CustomField, each), "number", "", Actor.system())
            inside.set()
            waited.wait(60)

    def save() -> None:
        typed = {f"custom_{known['Hours']}": "a few", f"custom_{known['Days']}": "7"}
        said.append(admin.post(address, data={**typed, "seen": seen[1]}).status_code)

    threads = [Thread(target=become), Thread(target=save)]
    threads[0].start()
    assert inside.wait(60)
    threads[1].start()
    try:
        until_somebody_waits(app)
    finally:
        waited.set()
    for each in threads:
        each.join()
    assert said == [303]
    assert custom_of(rows, person) == {"Hours to check": "a few", "days": 7}
