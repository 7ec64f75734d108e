"""Whom a roster's orders not to contact somebody are about, by the headers that districts write."""

import re
from io import BytesIO

import pytest
from flask import Flask

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, UserError, db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.importing import orders
from crm_schools.importing.columns import keep
from crm_schools.importing.roster.structure import organization
from crm_schools.models import District
from crm_schools.tests import test_orders_of_rows
from crm_schools.tests.made_up import MadeUp
from crm_schools.tests.test_orders_of_rows import ONE, TWO, Bring, barred

made, bring = test_orders_of_rows.made, test_orders_of_rows.bring
STUDENT = TWO[:4]
GUARDIANS = (*STUDENT, "Guardian 1", "Guardian 2")
ASKED = "Perhaps these columns say whom nobody may contact"
FIRST, SECOND = {"Rex Oak": True, "Ida Oak": False}, {"Rex Oak": False, "Ida Oak": True}


@on_sqlite
@pytest.mark.parametrize(
    "second",
    ["Do Not Contact.1", "Do.Not.Contact.1", "Do Not Contact_1", "Do Not Contact2", "Do Not Contact_2",
     "Do Not Contact (2)", "Do Not Contact"],
)  # fmt: skip
def test_of_two_equal_headers_people_say_whose_each_is(app: Flask, bring: Bring, second: str) -> None:
    """pandas and R, Power Query and tables of Excel each put a number of their own behind the second."""
    with pytest.raises(UserError, match=f"{ASKED}: “Do Not Contact”, "):
        bring((*ONE, "Guardian 2", second), ("Rex Oak", "no", "Ida Oak", "court order"))
    assert barred(app) == {}


@on_sqlite
def test_numbered_orders_are_each_of_their_guardian(app: Flask, bring: Bring) -> None:
    bring((*GUARDIANS, "Do Not Contact 1", "Do Not Contact 2"), ("Rex Oak", "Ida Oak", "no", "yes"))
    assert barred(app) == SECOND


@on_sqlite
@pytest.mark.parametrize(
    "header",
    ["Do Not Contact 2", "Custody Order on file", "Do Not Contact (Father)", "Do Not Contact (Text messages)",
     "Guardian 3 Do Not Contact", "Parent 2 Do Not Contact", "Contact 1 Do Not Contact", "No Court Order",
     "Guardian Alert", "Custody Alert", "Tutor 2 no contactar", "No Contacto", "Restricción de contacto"],
)  # fmt: skip
def test_of_what_only_looks_like_an_order_people_are_asked(app: Flask, bring: Bring, header: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"{ASKED}: “{header}”. Choose of each whom it is about")):
        bring((*GUARDIANS, header), ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == {}


def test_who_is_asked_chooses_and_is_not_asked_again(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="administrator")
    header = "Guardian Alert"
    text = ",".join((*GUARDIANS, header)) + "\n0101,Ana,Oak,1,Rex Oak,Ida Oak,court order\n"

    def upload() -> str:
        data = {"kind": "roster", "file": (BytesIO(text.encode()), "roster.csv")}
        sent = staff.post("/imports/new", data=data, content_type="multipart/form-data")
        run_waiting(app)
        return str(sent.headers["Location"])

    at = upload()
    asked = staff.get(at).text
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name")
    named = {f"column-{index}": target for index, target in enumerate(held)}
    assert f"{ASKED}: “{header}”. Choose of each whom it is about" in asked
    assert '<option value="" selected>Choose…' in asked
    assert staff.post(f"{at}/plan", data=named | {"column-6": ""}).status_code == 422
    assert staff.post(f"{at}/plan", data=named | {"column-6": orders.OF_ONE[2]}).status_code == 303
    run_waiting(app)
    again = upload()
    assert ASKED not in staff.get(again).text
    staff.post(f"{again}/apply")
    run_waiting(app)
    assert barred(app) == SECOND


@on_sqlite
@pytest.mark.parametrize(
    "headers, row",
    [
        ((*GUARDIANS, "Guardian 2 Court Order"), ("Rex Oak", "", "yes")),
        ((*ONE[:5], "Guardian 2 Court Order"), ("Rex Oak", "yes")),
        ((*STUDENT, "Guardian 1 Do Not Contact"), ("yes",)),
        ((*STUDENT, "Parent Phone", "Court Order"), ("202-555-0100", "yes")),
    ],
)
def test_an_order_about_somebody_whom_the_row_does_not_name_is_said_and_bars_nobody_else(
    app: Flask, bring: Bring, headers: tuple[str, ...], row: tuple[str, ...]
) -> None:
    outcome = bring(headers, row)
    assert not any(barred(app).values())
    told = "\n".join(outcome.notices)
    assert "that somebody must not be contacted and do not name whom: 1." in told
    assert "every guardian of that row" not in told


@on_sqlite
@pytest.mark.parametrize(
    "second", ["Guardian 1 Restraining Order", "Guardian 1 Do Not Contact", "Court order (guardian 1)"]
)
def test_each_order_of_one_guardian_counts(app: Flask, bring: Bring, second: str) -> None:
    headers = (*GUARDIANS, "Guardian 1 Do Not Contact", second)
    bring(headers, ("Rex Oak", "Ida Oak", "no", "yes"))
    assert barred(app) == FIRST


@on_sqlite
@pytest.mark.parametrize("who", ["Parent", "Guardian"])
@pytest.mark.parametrize("order", ["Do Not Contact", "court order"])
def test_an_order_is_about_whoever_stands_in_the_column_that_is_called_alike(
    app: Flask, bring: Bring, who: str, order: str
) -> None:
    headers = (*STUDENT, who, f"{who} {order}", f"{who} 2", f"{who} 2 Do Not Contact")
    bring(headers, ("Rex Oak", "yes", "Ida Oak", "no"))
    assert barred(app) == FIRST


@on_sqlite
def test_an_order_that_was_left_out_of_earlier_files_is_one_all_the_same(app: Flask, bring: Bring) -> None:
    header = "Guardian 2 Court Order (Y/N)"
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name", "ignore")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        keep("roster", (*GUARDIANS, header), {"columns": dict(zip((*GUARDIANS, header), held, strict=True))})
    bring((*GUARDIANS, header), ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == SECOND


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [
        (*GUARDIANS, "Guardian Court Order", "Guardian 2 Do Not Contact", "Guardian 2 Court Order"),
        (*GUARDIANS, "Do Not Contact", "Guardian 2 Do Not Contact"),
        (*GUARDIANS, "Parent Do Not Contact", "Parent Do Not Contact 2"),
        (*GUARDIANS, "Court Order 1", "Court Order 2", "Court Order 3"),
        (*STUDENT, "Mother", "Father", "Do Not Contact 1", "Do Not Contact 2"),
        (*GUARDIANS, "Contact 1 Name", "Contact 1 Do Not Contact"),
        (
            *STUDENT,
            "Guardian Name",
            "Contact 1 Name",
            "Contact 2 Name",
            "Do Not Contact 1",
            "Do Not Contact 2",
        ),
        (*STUDENT, "Parent Name", "Guardian Name", "Guardian Do Not Contact"),
        (*STUDENT, "Guardian", "Guardian 2", "Do Not Contact", "Guardian 2 DNC"),
        (*GUARDIANS, "Emergency Contact 1", "Do Not Contact 1", "Emergency Contact 2", "Do Not Contact 2"),
        (*STUDENT, "Guardian", "Second Guardian", "Do Not Contact 1", "Do Not Contact 2"),
        (*STUDENT, "Parent", "Court Order 1", "Court Order 2"),
    ],
)
def test_where_headers_together_do_not_say_about_whom_an_order_is_people_are_asked(
    app: Flask, bring: Bring, headers: tuple[str, ...]
) -> None:
    with pytest.raises(UserError, match=ASKED):
        bring(headers, ("Rex Oak", "Ida Oak", *["yes"] * (len(headers) - 6)))
    assert barred(app) == {}


@pytest.mark.parametrize("target", ["ignore", *sorted(orders.TARGETS)])
def test_what_one_district_answered_is_no_answer_of_another(
    app: Flask, bring: Bring, made: MadeUp, target: str
) -> None:
    headers = (*GUARDIANS, "Guardian Alert")
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name", target)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        other = District(name="Ninth District", local_id="9", state="OH")
        other.contact_id = organization("Ninth District", "district", None)
        db.session().add(other)
        db.session().flush()
        answer = dict(zip(headers, held, strict=True))
        keep("roster", headers, {"columns": answer, "district": str(other.id)})
    with pytest.raises(UserError, match=ASKED):
        bring(headers, ("Rex Oak", "Ida Oak", "court order"))
    assert barred(app) == {}


@on_sqlite
def test_an_answer_for_the_files_of_all_districts_is_one_of_each(app: Flask, bring: Bring) -> None:
    headers = (*GUARDIANS, "Guardian Alert")
    held = ("student", "given", "family", "school", "guardian1_name", "guardian2_name", orders.OF_ONE[2])
    with app.app_context(), db.transaction(Actor.system(), "test"):
        other = District(name="Ninth District", local_id="9", state="OH")
        other.contact_id = organization("Ninth District", "district", None)
        db.session().add(other)
        db.session().flush()
        keep("roster", headers, {"columns": dict(zip(headers, held, strict=True))})
    bring(headers, ("Rex Oak", "Ida Oak", "yes"))
    assert barred(app) == SECOND


def test_an_answer_that_is_missing_loses_no_other(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    staff = sign_in(role="administrator")
    text = ",".join((*STUDENT, "Mama", "Guardian Alert", "Legal Alert")) + "\n0101,Ana,Oak,1,Rex Oak,yes,\n"
    data = {"kind": "roster", "file": (BytesIO(text.encode()), "roster.csv")}
    at = staff.post("/imports/new", data=data, content_type="multipart/form-data").headers["Location"]
    held = ("student", "given", "family", "school", "guardian1_name", orders.OF_ONE[1], "")
    form = {f"column-{index}": target for index, target in enumerate(held)}
    refused = staff.post(f"{at}/plan", data=form)
    assert refused.status_code == 422
    for target in ("guardian1_name", orders.OF_ONE[1]):
        assert f'<option value="{target}" selected>' in refused.text


PLAIN = (
    "Do Not Contact", "DoNotContact", "Don’t contact", "No-Contact Order", "CourtOrder", "Court Orders",
    "Restraining Orders", "PROTECTIVE ORDER", "Protection Order", "Order of Protection", "DNC",
    "“Do Not Contact”", "Do not contact?", "Court Order Flag", "Do Not Contact/Court Order",
    "Orden de protección", "Orden de la corte", "ÓRDEN JUDICIAL (S/N)", "Órdenes judiciales",
    "Orden de no contacto", "¿No contactar?",
)  # fmt: skip
OF_TWO = (
    "Guardian 2 – Do Not Contact", "Guardian #2 Do Not Contact", "Do Not Contact (Guardian 2)",
    "Guardian2 DoNotContact", "Court Order (Guardian 2)", "Guardian 2 DNC? (Y/N)",
)  # fmt: skip
NONE = (
    "Contact No", "No. Contacto", "Nº Contacto", "Phone No (Contact 1)", "Contact Allowed", "Medical Alert",
    "Guardian Email Alerts", "Parent Contact No", "Emergency Contact No 1", "Order", "Custody",
    "Legal Guardian", "Contact 1 Name", "Student No", "Non-English Contact Language",
    "Guardian 1 Phone Restricted", "Parent Email Notes", "Release Date",
)  # fmt: skip
ASKED_ABOUT = (
    "Guardian 1 Restricted", "Prohibited Person", "Barred Parent", "Injunction", "Do Not Text/Mail",
    "Persona prohibida", "Court Order Date", "Restraining Order Notes", "Non-custodial parent: no contact",
)  # fmt: skip


@pytest.mark.parametrize(
    "header, target",
    [
        *((each, orders.EVERYBODY) for each in PLAIN),
        *((each, orders.OF_ONE[2]) for each in OF_TWO),
        *((each, None) for each in NONE),
    ],
)
def test_what_a_header_says(header: str, target: str | None) -> None:
    found, doubtful = orders.find([header], {1: "Guardian 1 Name", 2: "Guardian 2 Name"})
    assert (found.get(0), doubtful) == (target, [])
    assert orders.looks_like_one(header) == (target is not None)


@pytest.mark.parametrize("header", ASKED_ABOUT)
def test_what_only_hints_at_an_order(header: str) -> None:
    found, doubtful = orders.find([header], {1: "Guardian 1 Name", 2: "Guardian 2 Name"})
    assert (found, doubtful) == ({}, [0])


@pytest.mark.parametrize(
    "columns, found, doubtful",
    [
        (["Court Order", "Court Order Date", "Court Order Expiration"], [0], []),
        (["Court Order (Y/N)", "Court Order Start Date", "Court Order Notes"], [0], []),
        (["Orden judicial", "Fecha de vencimiento de orden judicial"], [0], []),
        (["Guardian 2 Court Order", "Guardian 2 Court Order Expires"], [0], []),
        (["Guardian 2 Court Order", "Court Order Date"], [0], [1]),
        (["Alert_Guardian", "Alert_GuardianExpires"], [], [0]),
        (["Do Not Contact", "Restraining Order Notes"], [0], [1]),
        (["Court Order Date", "Court Order Notes"], [], [0, 1]),
    ],
)
def test_of_the_day_of_an_order_nobody_is_asked_beside_the_order(
    columns: list[str], found: list[int], doubtful: list[int]
) -> None:
    plain, asked = orders.find(columns, {1: "Guardian 1 Name", 2: "Guardian 2 Name"})
    assert (sorted(plain), asked) == (found, doubtful)


@on_sqlite
def test_the_day_of_an_order_is_left_out_and_said(app: Flask, bring: Bring) -> None:
    outcome = bring(
        (*GUARDIANS, "Court Order", "Court Order Date"), ("Rex Oak", "Ida Oak", "no", "2020-01-05")
    )
    assert barred(app) == {"Rex Oak": False, "Ida Oak": False}
    assert "“Court Order Date” looks as if it said whom nobody may contact" in "\n".join(outcome.notices)
