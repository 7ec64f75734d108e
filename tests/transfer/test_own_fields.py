"""Custom fields of contacts in imports and exports: typed, followed when renamed, round and back."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.fields.custom import services
from crm.fields.models import CustomField
from crm.plugin_api.testing.databases import on_sqlite
from crm.runtime import runtime
from tests.transfer.conftest import ACTOR, Importing
from tests.transfer.test_exporting import written
from tests.transfer.test_importing import counted

FILE = (
    "First Name,Last Name,Email,Hours,Skills\n"
    "Ana,López,ana@example.org,\"2,5\",drives; Talks\n"
    "Ben,Ode,ben@example.org,a few,Sings\n"
)  # fmt: skip


@pytest.fixture
def fields(app: Flask) -> None:
    """Hours, a number, and Skills, of which there may be several."""
    with app.test_request_context(), db.transaction(ACTOR, "test"):
        contacts = runtime().fields.type("contacts")
        services.add(contacts, {"label": "Hours", "kind": "number"})
        services.add(contacts, {"label": "Skills", "kind": "choices", "choices": "Talks\nDrives"})


def custom(app: Flask) -> list[dict[str, Any]]:
    with app.app_context(), system("test"):
        return list(db.session().scalars(select(Contact.custom).order_by(Contact.sort_name)))


def test_columns_called_like_fields_fill_them_and_what_does_not_fit_is_said(
    app: Flask, importing: Importing, fields: None
) -> None:
    run = importing.plan(FILE)
    assert [run.mapping[name] for name in ("Hours", "Skills")] == ["custom:hours", "custom:skills"]
    assert "“a few” does not fit the field “Hours”" in importing.why(run, 3)
    importing.apply(run)
    assert custom(app) == [
        {"hours": 2.5, "skills": ["talks", "drives"]},
        {"Hours to check": "a few", "Skills to check": "Sings"},
    ]
    assert counted(importing.plan(FILE)) == (0, 0, 2, 0)


@on_sqlite
def test_a_field_of_another_kind_since_the_plan_keeps_what_does_not_fit_beside_it(
    app: Flask, importing: Importing
) -> None:
    with app.test_request_context(), db.transaction(ACTOR, "test"):
        services.add(runtime().fields.type("contacts"), {"label": "Shelf", "kind": "text"})
    run = importing.plan("First Name,Last Name,Shelf\nAna,López,abc\nBen,Ode,12\n")
    with app.test_request_context(), db.transaction(ACTOR, "test", alone=True):
        field = db.session().scalars(select(CustomField)).one()
        services.set_kind(field, "number", "", ACTOR)
    importing.apply(run)
    assert custom(app) == [{"Shelf to check": "abc"}, {"shelf": 12}]
    assert "“abc” does not fit the field “Shelf”" in importing.why(run, 2)


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_what_goes_out_comes_back_also_under_a_new_name(
    app: Flask, importing: Importing, fields: None, form: str
) -> None:
    importing(FILE)
    before = written(app, form)
    if form == "csv":
        assert b"Custom: Hours" in before
        assert b"Talks; Drives" in before
    with app.test_request_context(), db.transaction(ACTOR, "test"):
        renamed = db.session().scalars(select(CustomField).where(CustomField.key == "hours")).one()
        services.change(renamed, {"label": "Hours a week"}, ACTOR)
    for content in (before, written(app, form)):
        assert counted(importing.plan(importing.file(content, f"list.{form}"))) == (0, 0, 2, 0)


@pytest.mark.parametrize("form", ["csv", "vcf"])
def test_a_column_goes_to_the_field_that_is_called_so_now(
    app: Flask, importing: Importing, form: str
) -> None:
    with app.test_request_context(), db.transaction(ACTOR, "test"):
        contacts = runtime().fields.type("contacts")
        renamed = services.add(contacts, {"label": "Ward", "kind": "text"})
        services.change(renamed, {"label": "District"}, ACTOR)
        assert services.add(contacts, {"label": "Ward", "kind": "text"}).key == "ward_2"
    importing("First Name,Last Name,District,Ward\nAna,López,North,Seven\n")
    assert custom(app) == [{"ward": "North", "ward_2": "Seven"}]
    again = importing.plan(importing.file(written(app, form), f"list.{form}"))
    assert counted(again) == (0, 0, 1, 0)
