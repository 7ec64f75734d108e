"""Cells of a roster's table that say nothing, as programs write them, and orders that there are not."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.roster.cells import order, said
from crm_schools.models import Enrolment, Student
from crm_schools.tests import test_orders_of_rows
from crm_schools.tests.made_up import MadeUp
from crm_schools.tests.support import scalars
from crm_schools.tests.test_orders_of_rows import BOTH, FREE, ONE, TWO, Bring, barred

made, bring = test_orders_of_rows.made, test_orders_of_rows.bring
NO_ORDERS = (
    "NULL", "null", "NA", "#N/A", "N.A.", "nan", "-", "--", ".", "—", "Not applicable", "No aplica",
    "Ninguno.", "0.0", "No.", "No court order", "No orders", "no current court orders",
    "No court order on file",
    "No court/restraining order", "No custody order", "No restrictions", "None on file", "NONE KNOWN.",
    "Not on file", "No record", "Sin órdenes", "Ninguna orden judicial", "No hay", "No hay orden judicial",
)  # fmt: skip
ORDERS = (
    "No contact", "no contact with father", "No-contact order", "No contact order on file", "NO CONTACT.",
    "not allowed to pick up", "Not to be contacted", "No calls", "no pickup", "No llamar", "Sin contacto",
    "No contactar", "no: court order", "No custody, court order", "None; restraining order", "No custody",
    "No order. Do not contact.", "No longer", "Not at this time", "No restrictions on mother, father barred",
    "Nobody", "unknown", "*", "?", "court order", "court order 2024-11", "orden judicial",
)  # fmt: skip


@pytest.mark.parametrize("cell", NO_ORDERS)
def test_what_is_no_order(cell: str) -> None:
    assert order(cell) is None


@pytest.mark.parametrize("cell", ORDERS)
def test_what_is_one_and_is_kept_in_its_words(cell: str) -> None:
    assert order(cell) == cell


@pytest.mark.parametrize("cell", ["yes", "1", "1.0", "X", "sí", "True", "y"])
def test_a_plain_yes_has_no_words(cell: str) -> None:
    assert order(cell) == ""


@on_sqlite
@pytest.mark.parametrize("cell", ["NULL", "No court order"])
def test_a_cell_that_says_nothing_or_no_bars_nobody(app: Flask, bring: Bring, cell: str) -> None:
    outcome = bring(TWO, ("Rex Oak", "Ida Oak", cell))
    assert barred(app) == FREE
    assert not [told for told in outcome.noticed if cell in told[1]]


@on_sqlite
@pytest.mark.parametrize("cell", ["no contact with father", "not allowed to pick up"])
def test_an_order_that_begins_with_no_bars_all_the_same(app: Flask, bring: Bring, cell: str) -> None:
    bring(TWO, ("Rex Oak", "Ida Oak", cell))
    assert barred(app) == BOTH


@on_sqlite
@pytest.mark.parametrize("cell", ["NULL", "NA", "N/A", "None", "-"])
def test_no_guardian_is_called_so(app: Flask, bring: Bring, cell: str) -> None:
    bring((*ONE[:4], "Guardian 1", "Guardian 2"), ("Rex Oak", cell))
    assert barred(app) == {"Rex Oak": False}


def _names(app: Flask) -> list[str]:
    with app.app_context(), system("a test looks"):
        return [
            f"{row.given_name}|{row.middle_name}|{row.family_name}"
            for row in scalars(select(Student).where(Student.local_id == "0101"))
        ]


@on_sqlite
@pytest.mark.parametrize(
    "row, name",
    [
        ("Ana,,Null", "Ana||Null"),
        ("Na,NULL,Oak", "Na||Oak"),
        ("Ana,NA,NA", "Ana||NA"),
        ("Ana,-,.", "Ana||"),
        ("Ana,,#N/A", "Ana||"),
    ],
)
def test_a_student_may_be_called_null_and_na(
    app: Flask, made: MadeUp, tmp_path: Path, row: str, name: str
) -> None:
    """A given or a family name stays what it is, for people have such names; a middle one that is written so
    in a whole export is none."""
    path = tmp_path / "roster.csv"
    path.write_text(f"student_id,first name,middle name,last name,school\n0101,{row},1\n")
    with app.app_context():
        bring_in("roster", path, {})
    assert _names(app) == [name]


@on_sqlite
def test_a_row_of_which_both_names_say_nothing_changes_no_name(
    app: Flask, bring: Bring, tmp_path: Path
) -> None:
    bring(ONE[:4], ())
    path = tmp_path / "left-join.csv"
    path.write_text("student_id,first name,last name,school\n0101,NULL,NULL,1\n")
    with app.app_context():
        assert bring_in("roster", path, {}).counts["rejected"] == 1
    assert _names(app) == ["Ana||Oak"]


@on_sqlite
@pytest.mark.parametrize("empty", ["NULL", "0/0/0", "00/00/0000", "0000-00-00 00:00:00", "-"])
def test_a_day_that_nobody_entered_is_none(app: Flask, made: MadeUp, tmp_path: Path, empty: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(
        "student_id,first name,last name,school,dob,entry date,exit date,gender,disability,housing\n"
        f"0101,Ana,Oak,1,{empty},{empty},{empty},NULL,None,NULL\n"
    )
    with app.app_context():
        outcome = bring_in("roster", path, {})
        assert (outcome.counts["create"], outcome.noticed) == (1, [])
        with system("a test looks"):
            student = scalars(select(Student).where(Student.local_id == "0101"))[0]
            stays = scalars(select(Enrolment).where(Enrolment.student_id == student.id))
    assert (student.birth_date, student.gender, student.disability) == (None, "", False)
    assert [stay.ends_on for stay in stays] == [None]


def test_a_column_keeps_the_words_that_it_knows() -> None:
    assert [said(name, "None") for name in ("disability", "disadvantaged", "housing")] == ["None"] * 3
    assert (said("race", "NA"), said("race", "NULL"), said("gender", "None")) == ("NA", "", "")
    assert said("guardian1_name", "Null, Jane") == "Null, Jane"
