"""What no column of a database holds is answered with a sentence, not with a page that says we failed."""

from flask import Flask

from crm.plugin_api.testing.databases import on_postgresql
from crm.plugin_api.testing.people import SignIn

LONG = "9" * 30


@on_postgresql
def test_a_nul_and_a_number_of_thirty_digits(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    app.testing = False
    try:
        nul = client.post("/lists/contacts/save", data={"name": "a\0b"})
        huge = client.post("/users/scopes", data={"role": LONG, "scope": f"organization:{LONG}"})
        digits = client.post("/users/scopes", data={"role": "9" * 5000})
    finally:
        app.testing = True
    assert nul.status_code == 422
    assert "a character that no text has" in nul.text
    assert max(huge.status_code, digits.status_code) < 500
