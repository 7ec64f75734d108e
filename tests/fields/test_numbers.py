"""Numbers are said back as they are read, so that a point for a comma is seen."""

import re

import pytest
from flask import Flask, g

from crm.fields.numbers import doubt
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows
from tests.fields.test_building import names
from tests.fields.test_custom import admin, custom_of, make
from tests.fields.test_loose import save

__all__ = ["admin"]
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


@LANGUAGES
@on_sqlite
def test_a_stored_number_and_a_condition_show_the_comma_between_thousands(
    sign_in: SignIn, add: Add, rows: Rows, language: str
) -> None:
    client = sign_in(role="administrator")
    client.post("/language", data={"language": language})
    amina = add("Amina", "Okafor")
    field = make(client, rows, "Hours", "number")
    assert save(client, amina, **{f"custom_{field}": "12,345.5"}).status_code == 303
    assert custom_of(rows, amina) == {"hours": 12345.5}
    assert "12,345.5" in client.get(f"/contacts/{amina}").text
    page = client.get(f"/contacts?f=custom_{field}:is:12345.5&columns=name,custom_{field}").text
    assert len(re.findall(r">12,345\.5</td>", page)) == 1
    assert ("Contactos" in page) == (language == "es")
    assert len(re.findall(r"Hours [^<]* 12,345\.5", page)) > 0, "the chip of the condition"
    built = client.get(f"/lists/contacts/build?f=custom_{field}:is:12%2C345.5").text
    assert 'value="12345.5"' in built, "an input of a browser takes no comma"


@on_sqlite
def test_a_lone_point_before_three_digits_is_said_after_saving(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", "Okafor")
    field = make(admin, rows, "Hours", "number")
    save(admin, amina, **{f"custom_{field}": "1.000"})
    assert custom_of(rows, amina) == {"hours": 1}
    said = "“1.000” is read as 1. If you mean 1,000, write 1,000 or 1000."
    assert said in admin.get(f"/contacts/{amina}").text
    save(admin, amina, **{f"custom_{field}": "1.000"})
    assert said in admin.get(f"/contacts/{amina}").text, "also where it is 1 already"
    save(admin, amina, **{f"custom_{field}": "10,000"})
    page = admin.get(f"/contacts/{amina}").text
    assert ("is read as" in page, "10,000" in page) == (False, True)
    data = {"ids": amina, "field": field, "value": "2.000", "do": "preview"}
    assert "“2.000” is read as 2." in admin.post("/lists/contacts/fill", data=data).text
    assert names(admin.get(f"/contacts?f=custom_{field}:is:10%2C000").text) == ["Amina Okafor"]


@on_sqlite
def test_only_what_may_be_thousands_is_doubted(app: Flask) -> None:
    with app.test_request_context():
        g.crm_user = None
        doubted = [text for text in ("1.000", "-12.500", "999.999", "0.125", "1000.500", "1.5", "1.0000",
                                     "1.000,5", "1.000.000", "1,000", "soon", "") if doubt(text)]  # fmt: skip
    assert doubted == ["1.000", "-12.500", "999.999"]
