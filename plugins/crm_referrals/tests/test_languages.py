"""Families speak more than the languages of the house."""

import re
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Contact, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.models import Need
from crm_referrals.tests.made_up import MadeUp, make, values_of_need
from crm_referrals.tests.test_forgetting import guardian
from crm_referrals.tests.test_renewals import write

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def speaks(app: Flask, made: MadeUp, code: str) -> None:
    def say() -> None:
        db.session().get_one(Contact, guardian("Rosa Quartz", made.student)).language = code

    write(app, say)


def chosen(page: str) -> list[str]:
    """The language that a form has chosen, by its name."""
    field = page.split('name="language"', 1)[1].split("</select>", 1)[0]
    return re.findall(r"<option[^>]* selected[^>]*>([^<]+)<", field)


@pytest.mark.parametrize(
    "code, name",
    [("my", "Burmese"), ("yue", "Cantonese"), ("zh-Hant", "Chinese"), ("es-MX", "Spanish"), ("sm", "Samoan")],
)
def test_a_family_is_not_written_down_as_english_speaking(
    app: Flask, sign_in: SignIn, made: MadeUp, code: str, name: str
) -> None:
    speaks(app, made, code)
    school: Any = sign_in(role="school", scope=made.school_contact)
    page = f"/referrals/student/{made.student}/new"
    assert chosen(school.get(page).text) == [name]


def test_the_language_of_a_family_goes_along(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    speaks(app, made, "my")
    school: Any = sign_in(role="school", scope=made.school_contact)
    values = values_of_need() | {"language": "my", "category": "food", "contact_prohibited": ""}
    answer = school.post(f"/referrals/student/{made.student}/new", data=values)
    assert answer.status_code == 303, answer.text[-2000:]
    with app.app_context(), system("test"):
        need_id = max(row.id for row in db.session().query(Need))
    assert "Burmese" in school.get(f"/referrals/needs/{need_id}").text
    assert chosen(school.get(f"/referrals/needs/{need_id}/reach").text) == ["Burmese"]
