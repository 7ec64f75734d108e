"""Guardians in the columns that districts have: `Parent/Guardian 1`, mother and father, names in parts."""

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Contact, UserError, db, system
from crm.plugin_api.records import Phone
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.importing import headers
from crm_schools.importing.columns import LABELS, Columns
from crm_schools.models import Guardian
from crm_schools.tests import test_orders_of_rows
from crm_schools.tests.made_up import MadeUp
from crm_schools.tests.test_orders_of_rows import BOTH, ONE, Bring, barred

made, bring = test_orders_of_rows.made, test_orders_of_rows.bring
STUDENT = ONE[:4]
FIRST, SECOND = {"Rex Oak": True, "Ida Oak": False}, {"Rex Oak": False, "Ida Oak": True}


@on_sqlite
@pytest.mark.parametrize(
    "headers, row, expected",
    [
        (
            ("Guardian 1 First Name", "Guardian 1 Last Name", "Guardian 1 Do Not Contact"),
            ("Rex", "Oak", "yes"), {"Rex Oak": True},
        ),
        (
            ("Guardian1FirstName", "Guardian1LastName", "Guardian2FirstName", "Guardian2LastName",
             "Guardian2DoNotContact"),
            ("Rex", "Oak", "Ida", "Oak", "yes"), SECOND,
        ),
        (("Parent/Guardian Name", "Parent/Guardian Phone", "Do Not Contact"),
         ("Rex Oak", "", "yes"), {"Rex Oak": True}),
        (("Parent/Guardian 1 Name", "Parent/Guardian 1 Do Not Contact"),
         ("Rex Oak", "yes"), {"Rex Oak": True}),
        (("Guardian1 Name", "Guardian1 Do Not Contact"), ("Rex Oak", "yes"), {"Rex Oak": True}),
        (("Mother Name", "Mother Do Not Contact"), ("Rex Oak", "yes"), {"Rex Oak": True}),
        (("Mother's Name", "Father’s Name", "Father's Do Not Contact"),
         ("Rex Oak", "Ida Oak", "yes"), SECOND),
        (("Mother Name", "Father Name", "Father Do Not Contact"), ("Rex Oak", "Ida Oak", "yes"), SECOND),
        (("Father First Name", "Father Last Name", "Mother", "Do Not Contact (Mother)"),
         ("Ida", "Oak", "Rex Oak", "x"), FIRST),
        (("Mother", "Father", "Court Order"), ("Rex Oak", "Ida Oak", "yes"), BOTH),
        (("Guardian 1 Name", "Contact 1 Name", "Mother Name"),
         ("Rex Oak", "Ann Elm", "Eva Elm"), {"Rex Oak": False}),
        (("Guardian 1 First Name", "Guardian 1 Last Name"), ("NULL", "NULL"), {}),
        (("Guardian 1 First Name", "Guardian 1 Last Name"), ("Jane", "Null"), {"Jane Null": False}),
    ],
)  # fmt: skip
def test_guardians_as_districts_write_them(
    app: Flask, bring: Bring, headers: Sequence[str], row: Sequence[str], expected: dict[str, bool]
) -> None:
    bring((*STUDENT, *headers), row)
    assert barred(app) == expected


@on_sqlite
@pytest.mark.parametrize(
    "columns",
    [
        ("Guardian 1", "Guardian 2", "Mother Do Not Contact"),
        ("Mother Name", "Father Name", "Guardian Do Not Contact"),
        ("Mother Name", "Father Name", "Parent 2 Do Not Contact"),
        ("Father Name", "Do Not Contact 1", "Mother Do Not Contact"),
    ],
)
def test_of_whom_an_order_is_about_that_the_file_does_not_name_people_are_asked(
    app: Flask, bring: Bring, columns: Sequence[str]
) -> None:
    with pytest.raises(UserError, match="Perhaps these columns say whom nobody may contact"):
        bring((*STUDENT, *columns), ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == {}


@on_sqlite
def test_mother_and_father_are_so_to_the_student_and_each_has_their_own_phone(
    app: Flask, bring: Bring
) -> None:
    columns = ("Father Name", "Father Cell Phone", "Mother Name", "Mother Phone")
    bring((*STUDENT, *columns), ("Ida Oak", "202-555-0122", "Rex Oak", "202-555-0111"))
    with app.app_context(), system("a test looks"):
        statement = select(Contact.name, Guardian.relation, Phone.number).where(
            Contact.id == Guardian.contact_id, Phone.contact_id == Contact.id
        )
        found = {tuple(row) for row in db.session().execute(statement)}
    assert found == {("Ida Oak", "Father", "+12025550122"), ("Rex Oak", "Mother", "+12025550111")}


@on_sqlite
def test_the_phone_of_an_emergency_contact_is_not_the_guardians(app: Flask, bring: Bring) -> None:
    bring(
        (*STUDENT, "Guardian Name", "Contact 1 Name", "Contact 1 Phone"),
        ("Rex Oak", "Ann Elm", "202-555-0111"),
    )
    with app.app_context(), system("a test looks"):
        assert db.session().scalars(select(Phone.number)).all() == []


@on_sqlite
def test_a_name_in_two_parts_is_chosen_on_the_page_and_attendance_knows_none(
    app: Flask, made: MadeUp
) -> None:
    chosen = {"Name of carer": "guardian1_given", "Family of carer": "guardian1_family"}
    with app.app_context():
        found = Columns("roster", "r.csv", [*STUDENT, *chosen], {"columns": chosen}).found
        assert str(LABELS["guardian2_given"]) == "Guardian’s given name"
        assert found == {"guardian1_given": 4, "guardian1_family": 5}
    assert headers.find(["Guardian 1 Name", "Absence/Tardy", "Days absent/excused", "date"]) == {"day": 3}
