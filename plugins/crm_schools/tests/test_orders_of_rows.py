"""A roster's column that says whom nobody may contact and names no guardian: it is about all of the row."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm.transfer.writers import Cell, Format, write_rows
from crm_schools.importing.columns import Columns, keep
from crm_schools.importing.orders import EVERYBODY
from crm_schools.models import Guardian
from crm_schools.tests.made_up import MadeUp, make

ONE = ("student_id", "first name", "last name", "school", "Parent", "Do Not Contact")
TWO = (*ONE[:5], "Guardian 2", ONE[5])
FREE, BOTH = {"Rex Oak": False, "Ida Oak": False}, {"Rex Oak": True, "Ida Oak": True}
Bring = Callable[..., Outcome]


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=4)


@pytest.fixture
def bring(app: Flask, made: MadeUp, tmp_path: Path) -> Bring:
    """Imports rows of Ana under these headers, as CSV or as a workbook."""

    def done(headers: Sequence[str], *rows: Sequence[Cell], ending: Format = "csv") -> Outcome:
        path = tmp_path / f"roster.{ending}"
        table = [("0101", "Ana", "Oak", "1", *row) for row in rows]
        with path.open("wb") as out:
            write_rows(ending, headers, table, out)
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def barred(app: Flask) -> dict[str, bool]:
    with app.app_context(), system("a test looks"):
        statement = select(Contact.name, Guardian.contact_prohibited)
        rows = db.session().execute(statement.join(Guardian, Guardian.contact_id == Contact.id))
        return {row[0]: row[1] for row in rows}


def said(outcome: Outcome) -> str:
    return "\n".join([*outcome.notices, *(sentence for _line, sentence in outcome.noticed)])


@on_sqlite
def test_the_only_guardian_of_a_row_must_not_be_contacted(app: Flask, bring: Bring) -> None:
    outcome = bring(ONE, ("Rex Oak", "court order"))
    assert barred(app) == {"Rex Oak": True}
    assert "The column “Do Not Contact” names no guardian; where it says so, every guardian" in said(outcome)
    assert "neither of them" not in said(outcome)


@on_sqlite
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "cell", ["court order", "yes", "DNC", "sí", "orden judicial", "No contactar a la madre", True, 1]
)
def test_neither_of_two_guardians_must_be_contacted(
    app: Flask, bring: Bring, ending: Format, cell: Cell
) -> None:
    """What is not clearly no forbids, in English, in Spanish and as a cell that is ticked."""
    outcome = bring(TWO, ("Rex Oak", "Ida Oak", cell), ending=ending)
    assert barred(app) == BOTH
    assert "so neither of them must be contacted about the student" in said(outcome)


@on_sqlite
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("cell", ["", "no", "No", "N", "false", "None", "ninguna", False, 0])
def test_a_clear_no_and_a_blank_cell_forbid_nothing(
    app: Flask, bring: Bring, ending: Format, cell: Cell
) -> None:
    outcome = bring(TWO, ("Rex Oak", "Ida Oak", cell), ending=ending)
    assert barred(app) == FREE
    assert "neither of them" not in said(outcome)


@on_sqlite
def test_of_two_guardians_that_a_file_can_name_the_row_names_one(app: Flask, bring: Bring) -> None:
    outcome = bring(TWO, ("", "Ida Oak", "court order"))
    assert barred(app) == {"Ida Oak": True}
    assert "neither of them" not in said(outcome)


@on_sqlite
def test_an_order_in_a_row_without_guardians_is_said(app: Flask, bring: Bring) -> None:
    assert "says “court order”, and the row does not name the guardian" in said(
        bring(TWO, ("", "", "court order"))
    )
    assert barred(app) == {}


@on_sqlite
def test_each_of_several_such_columns_counts_beside_those_of_single_guardians(
    app: Flask, bring: Bring
) -> None:
    headers = (*TWO[:6], "Court order", "Orden judicial", "Guardian 2 Do Not Contact")
    bring(headers, ("Rex Oak", "Ida Oak", "no", "", "yes"))
    assert barred(app) == {"Rex Oak": False, "Ida Oak": True}
    bring(headers, ("Rex Oak", "Ida Oak", "", "x", "no"))
    assert barred(app) == BOTH


def test_guardians_who_were_free_are_barred_and_no_later_file_frees_them(app: Flask, bring: Bring) -> None:
    bring(TWO, ("Rex Oak", "Ida Oak", ""))
    assert barred(app) == FREE
    assert bring(TWO, ("Rex Oak", "Ida Oak", "court order")).counts["update"] == 2
    assert barred(app) == BOTH
    for cell in ("", "no"):
        assert bring(TWO, ("Rex Oak", "Ida Oak", cell)).counts["update"] == 0
        assert barred(app) == BOTH


def _answered(app: Flask, headers: Sequence[str]) -> None:
    """As somebody answered the page when no column could mean every guardian."""
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name")
    mapping = dict(zip(headers, held, strict=False)) | {"Do Not Contact": "ignore"}
    with app.app_context(), db.transaction(Actor.system(), "test"):
        keep("roster", headers, {"columns": mapping})


@on_sqlite
@pytest.mark.parametrize("headers", [ONE, TWO])
def test_a_column_that_was_not_used_when_it_could_not_be_said_is_used_now(
    app: Flask, bring: Bring, headers: Sequence[str]
) -> None:
    _answered(app, headers)
    outcome = bring(headers, *[("Rex Oak", "Ida Oak", "court order")[-len(headers) + 4 :]])
    assert all(barred(app).values())
    assert "every guardian of that row must not be contacted" in said(outcome)


@on_sqlite
def test_a_map_on_the_command_line_that_does_not_speak_of_the_column_leaves_it_an_order(
    app: Flask, made: MadeUp
) -> None:
    chosen = dict(zip(TWO[:6], ("student", "given", "family", "school", "guardian1_name"), strict=False))
    with app.app_context():
        assert Columns("roster", "r.csv", TWO, {"columns": chosen}).orders == {EVERYBODY: [6]}
        ignored = {**chosen, "Do Not Contact": "ignore"}
        assert Columns("roster", "r.csv", TWO, {"columns": ignored}).orders == {}


def test_who_says_of_this_file_that_it_is_not_used_is_obeyed_and_warned(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """The page shows what the column holds, and lets it be chosen or left out for this file alone."""
    _answered(app, TWO)
    staff = sign_in(role="administrator")
    text = ",".join(TWO) + "\n0101,Ana,Oak,1,Rex Oak,Ida Oak,court order\n"

    def upload() -> str:
        data = {"kind": "roster", "file": (BytesIO(text.encode()), "roster.csv")}
        sent = staff.post("/imports/new", data=data, content_type="multipart/form-data")
        run_waiting(app)
        return str(sent.headers["Location"])

    at = upload()
    assert "Must not be contacted about" in staff.get(at).text
    page = staff.get(f"{at}?columns").text
    assert '<option value="prohibited" selected>Must not be contacted (every guardian of the row)' in page
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name", "ignore")
    form = {f"column-{index}": target for index, target in enumerate(held)}
    assert staff.post(f"{at}/plan", data=form).status_code == 303
    run_waiting(app)
    plan = staff.get(at).text
    assert "Must not be contacted about" not in plan
    assert "“Do Not Contact” looks as if it said whom nobody may contact, and it is not used" in plan
    assert "must not be contacted" not in plan
    staff.post(f"{at}/apply")
    run_waiting(app)
    assert barred(app) == FREE
    # The next file with these columns is asked anew, for nobody has said anything of it.
    again = staff.get(at := upload()).text
    assert "every guardian of that row must not be contacted" in again
    assert "neither of them must be contacted" in staff.get(f"{at}?show=unchanged").text


@on_sqlite
def test_no_other_kind_of_file_has_such_a_column(app: Flask, made: MadeUp) -> None:
    with app.app_context():
        found = Columns("attendance", "days.csv", ["student", "date", "code", "Do Not Contact"], {})
    assert EVERYBODY not in found.mapping.values()
    assert (found.orders, found.doubtful) == ({}, [])


@on_sqlite
@pytest.mark.parametrize(
    "header",
    ["Do Not Contact?", "Do Not Contact (Y/N)", "Court Orders", "DNC", "¿No contactar?",
     "Guardian Court Order", "Parent/Guardian Do Not Contact", "Orden de la corte"],
)  # fmt: skip
def test_an_order_that_says_no_number_is_about_both_however_it_is_spelled(
    app: Flask, bring: Bring, header: str
) -> None:
    bring((*TWO[:4], "Guardian 1", "Guardian 2", header), ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == BOTH


@on_sqlite
@pytest.mark.parametrize(
    "header", ["Do Not Contact (Guardian 2)", "Do Not Contact - Guardian 2", "Guardian 2 Court Order (Y/N)"]
)
def test_an_order_that_says_a_number_is_about_that_one(app: Flask, bring: Bring, header: str) -> None:
    bring((*TWO[:6], header), ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == {"Rex Oak": False, "Ida Oak": True}


@on_sqlite
def test_an_order_in_a_file_without_guardians_is_said_of_the_whole_file(app: Flask, bring: Bring) -> None:
    bring(ONE[:5], ("Rex Oak",))
    outcome = bring((*ONE[:4], "Court order"), ("yes",))
    assert barred(app) == {"Rex Oak": False}
    told = "\n".join(outcome.notices)
    assert "that somebody must not be contacted and do not name whom: 1." in told
    assert "every guardian of that row" not in told


@on_sqlite
def test_who_may_not_see_students_reads_nobody_elses_roster(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    text = (",".join(TWO) + "\n0101,Ana,Oak,1,Rex Oak,Ida Oak,court order: Rex hits\n").encode()
    places = {}
    for role in ("administrator", "organizer"):
        data = {"kind": "roster", "file": (BytesIO(text), f"{role}.csv")}
        sent = sign_in(role=role).post("/imports/new", data=data, content_type="multipart/form-data")
        places[role] = str(sent.headers["Location"])
        run_waiting(app)
    organizer = sign_in(role="organizer", email="other@example.org")
    for at in places.values():
        refused = organizer.get(at)
        assert (refused.status_code, "Rex hits" in refused.text) == (403, False)
    listed = organizer.get("/imports").text
    assert "administrator.csv" not in listed
    assert "organizer.csv" not in listed
    administrator = sign_in(role="administrator")
    assert administrator.get(places["organizer"]).status_code == 200
