"""Addresses are made by a short way where that gives what the router gives."""

from typing import Any

import pytest
from flask import Flask, url_for

from crm.addresses import address

CASES: list[tuple[str, dict[str, Any]]] = [
    ("contacts.show", {"contact_id": 7}),
    ("contacts.field", {"contact_id": 7, "name": "given_name"}),
    ("activities.new", {"contact_id": 7}),
    ("activities.new", {"contact_id": 7, "kind": "call"}),
    ("activities.new", {"contact_id": 7, "kind": "a&b=c d"}),
    ("activities.new", {"contact_id": None}),
    ("contacts.index", {"f": ["tags:is:1", "name:is:Ana"]}),
    ("contacts.index", {"_anchor": "list"}),
    ("contacts.show", {"contact_id": 7, "_external": True}),
    ("contacts.show", {"contact_id": 7, "year": 2026}),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("root", ["", "/rollcall"])
def test_the_short_way_leads_where_the_long_one_does(app: Flask, root: str) -> None:
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        for endpoint, values in CASES:
            assert address(endpoint, **values) == url_for(endpoint, **values), (endpoint, values)
