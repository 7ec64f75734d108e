"""What somebody typed wrong can be taken away again; what a source tells, and what we answer for, stays."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm.plugin_api.testing import SignIn
from crm_policy import models
from crm_policy.models import Bill, Hearing, HearingBill, Lobbying, Point, Relation

BY_HAND = {"state": "MI", "identifier": "HB 77", "session": "2025-2032", "title": "Typed wrong", "stage": "2"}
HEARING = {
    "state": "MI",
    "committee_name": "Education",
    "starts_at": "2031-03-01T09:00",
    "standing": "confirmed",
    "remind_days": "3",
}


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="policy")


def one(app: Flask, model: Any, **values: Any) -> Any:
    with app.app_context(), system("the test looks"):
        return db.session().scalars(select(model).filter_by(**values)).first()


def counts(app: Flask) -> dict[str, int]:
    counted = (Bill, Hearing, HearingBill, models.Testimony, Point)
    with app.app_context(), system("the test counts"):
        return {
            each.__name__: db.session().scalar(select(func.count()).select_from(each)) or 0
            for each in counted
        }


def put(app: Flask, row: Any) -> None:
    from crm.plugin_api import Actor

    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        db.session().add(row)


def undo_newest(staff: Any, page: str) -> None:
    newest = max(int(each) for each in re.findall(r"/changes/(\d+)/undo", page))
    assert staff.post(f"/changes/{newest}/undo").status_code in {200, 303}


def test_a_bill_typed_by_hand_is_removed_with_what_was_prepared_and_comes_back(
    app: Flask, bills: dict[str, int], staff: Any
) -> None:
    staff.post("/policy/bills/new", data={**BY_HAND, "chamber": "lower"})
    number = one(app, Bill, identifier="HB 77").id
    staff.post(f"/policy/hearings/new?bill_id={number}", data=HEARING)
    put(app, Point(bill_id=number, body="Count every day"))
    put(app, models.Testimony(bill_id=number, title="Why", body="Draft"))
    put(app, Relation(bill_id=bills["HB 1"], related_bill_id=number, identifier="HB 77", source="openstates"))
    before = counts(app)
    assert "Remove this bill" in staff.get(f"/policy/bills/{number}").text
    gone = staff.post(f"/policy/bills/{number}/delete", follow_redirects=True)
    assert "Removed MI HB 77" in gone.text
    assert staff.get(f"/policy/bills/{number}").status_code == 404
    assert one(app, Relation, identifier="HB 77").related_bill_id is None
    assert staff.get(f"/policy/bills/{bills['HB 1']}").status_code == 200
    undo_newest(staff, gone.text)
    assert counts(app) == before
    assert staff.get(f"/policy/bills/{number}").status_code == 200
    assert one(app, Relation, identifier="HB 77").related_bill_id == number


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bill_that_a_source_tells_of_or_that_stands_in_our_books_stays(
    app: Flask, bills: dict[str, int], staff: Any
) -> None:
    told = bills["HB 1"]
    assert "Remove this bill" not in staff.get(f"/policy/bills/{told}").text
    assert staff.post(f"/policy/bills/{told}/delete").status_code == 422
    staff.post("/policy/bills/new", data={**BY_HAND, "chamber": "lower"})
    number = one(app, Bill, identifier="HB 77").id
    put(app, Lobbying(worked_on=date(2026, 2, 1), kind="direct", minutes=60, bill_id=number))
    answer = staff.post(f"/policy/bills/{number}/delete")
    assert answer.status_code == 422
    assert "entries of the log of lobbying" in answer.text
    assert counts(app)["Bill"] == 4


def test_a_hearing_typed_wrong_is_removed_and_testimony_for_it_stays(
    app: Flask, bills: dict[str, int], staff: Any
) -> None:
    staff.post(f"/policy/hearings/new?bill_id={bills['HB 1']}", data=HEARING)
    hearing = one(app, Hearing).id
    put(app, models.Testimony(bill_id=bills["HB 1"], title="Why", body="Draft", hearing_id=hearing))
    assert f"/policy/hearings/{hearing}/delete" in staff.get(f"/policy/hearings/{hearing}/edit").text
    gone = staff.post(f"/policy/hearings/{hearing}/delete", follow_redirects=True)
    assert "Removed the hearing of “Education”" in gone.text
    assert one(app, Hearing) is one(app, HearingBill) is None
    assert one(app, models.Testimony).hearing_id is None
    undo_newest(staff, gone.text)
    assert one(app, HearingBill).hearing_id == one(app, models.Testimony).hearing_id == hearing


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_hearing_of_a_source_or_at_which_we_spoke_stays(
    app: Flask, bills: dict[str, int], staff: Any
) -> None:
    staff.post(f"/policy/hearings/new?bill_id={bills['HB 1']}", data=HEARING)
    hearing = one(app, Hearing).id
    said = {"title": "Why", "body": "Said", "status": "given"}
    put(app, models.Testimony(bill_id=bills["HB 1"], hearing_id=hearing, **said))
    assert "Testimony was given" in staff.post(f"/policy/hearings/{hearing}/delete").text
    told = Hearing(
        state="MI", committee_name="Rules", committee_key="rules", starts_at=db.now(), source="legiscan"
    )
    put(app, told)
    number = one(app, Hearing, source="legiscan").id
    assert "/delete" not in staff.get(f"/policy/hearings/{number}/edit").text
    assert staff.post(f"/policy/hearings/{number}/delete").status_code == 422
    assert counts(app)["Hearing"] == 2


def test_a_bill_typed_by_hand_is_corrected(
    app: Flask, bills: dict[str, int], staff: Any, sign_in: SignIn
) -> None:
    for number in ("HB 76", "HB 77"):
        staff.post("/policy/bills/new", data={**BY_HAND, "identifier": number, "chamber": "lower"})
    mine = one(app, Bill, identifier="HB 77").id
    page = f"/policy/bills/{mine}/edit"
    told = {"identifier": "hb 0078", "title": "Count every  day", "chamber": "upper", "url": ""}
    assert "is here already" in staff.post(page, data={**told, "identifier": "HB 76"}).text
    assert one(app, Bill, id=mine).identifier == "HB 77"
    assert "Typed wrong" in staff.get(page).text
    done = staff.post(page, data=told, follow_redirects=True).text
    assert "HB 78" in done
    assert "Count every day" in done
    assert "Senate" in done
    undo_newest(staff, done)
    assert (one(app, Bill, id=mine).identifier, one(app, Bill, id=mine).title) == ("HB 77", "Typed wrong")
    assert sign_in(role="viewer").post(page, data=told).status_code == 403
    assert sign_in().post(page, data=told).status_code in {403, 404}


def test_what_a_source_tells_of_a_bill_is_not_written_over(
    app: Flask, bills: dict[str, int], staff: Any
) -> None:
    known = next(iter(bills.values()))
    before = one(app, Bill, id=known).title
    told = {"identifier": "HB 1", "title": "Ours", "chamber": "lower", "url": ""}
    assert "A source tells of this bill" in staff.post(f"/policy/bills/{known}/edit", data=told).text
    assert one(app, Bill, id=known).title == before
    assert f"/policy/bills/{known}/edit" not in staff.get(f"/policy/bills/{known}").text
