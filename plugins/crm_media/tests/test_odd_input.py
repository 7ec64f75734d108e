"""Days of other ages, numbers without an end, messages in use: each is answered with a sentence or done."""

from typing import Any

import pytest
from flask import Flask

from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, ClipMessage, Message, Opinion, Plan, PlanStep
from crm_media.tests.test_outreach import rows


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


@pytest.mark.parametrize(
    "address,data",
    [
        ("/media/plans/new", {"name": "September", "on_day": "0001-01-05", "steps": "september"}),
        ("/media/releases/new", {"name": "September", "kind": "pitch", "embargo_until": "9999-12-31T23:59"}),
        ("/media/coverage/by-hand", {"title": "Old", "published_on": "0001-01-01"}),
        ("/media/opinions/new", {"title": "Old", "kind": "oped", "submitted_on": "9999-12-31"}),
    ],
)
def test_a_day_of_another_age_is_a_slip_of_the_pen(staff: Any, address: str, data: dict[str, str]) -> None:
    answer = staff.post(address, data=data)
    assert answer.status_code == 422
    assert "between 1990 and 2100" in answer.text


def test_numbers_that_no_row_has_are_nobodys(staff: Any) -> None:
    huge = "9" * 30
    staff.post("/media/coverage/by-hand", data={"title": "Every day", "medium": "print", "piece": "news"})
    assert staff.post("/media/coverage/1/join", data={"number": huge}).status_code == 422
    assert staff.post("/media/inbox/decide", data={"ids": huge, "to": "keep"}).status_code < 500
    assert staff.post("/media/releases/add", data={"release_id": huge, "ids": huge}).status_code < 500
    for address in (f"inbox?query={huge}", f"before?bill={huge}", f"coverage/by-hand?opinion={huge}"):
        assert staff.get(f"/media/{address}").status_code == 200


def test_a_message_that_landed_can_be_removed_and_comes_back_with_where_it_landed(
    app: Flask, staff: Any
) -> None:
    staff.post(
        "/media/messages/new", data={"name": "It counts", "phrases": "every day counts", "active": "y"}
    )
    piece = {"title": "A", "medium": "print", "piece": "news", "text": "They say every day counts."}
    staff.post("/media/coverage/by-hand", data=piece)
    assert len(rows(app, ClipMessage.id)) == 1
    assert staff.post("/media/messages/1/remove").status_code == 303
    assert (rows(app, Message.id), rows(app, ClipMessage.id)) == ([], [])
    assert staff.get("/media/coverage/1").status_code == 200


def test_an_op_ed_points_to_what_it_became(app: Flask, staff: Any) -> None:
    own = {"title": "Two days", "kind": "oped", "standing": "submitted", "outlet_name": "Ledger"}
    staff.post("/media/opinions/new", data={**own, "body": "Every day."})
    page = staff.get("/media/coverage/by-hand?opinion=1").text
    assert "Two days" in page
    assert "Ledger" in page
    piece = {"title": "Two days", "medium": "print", "piece": "oped", "published_on": "2026-09-02"}
    assert staff.post("/media/coverage/by-hand", data={**piece, "opinion_id": "1"}).status_code == 303
    assert rows(app, Clip.opinion_id) == [(1,)]
    assert rows(app, Opinion.status) == [("printed",)]
    assert "/media/coverage/1" in staff.get("/media/opinions/1").text
    assert "so it stays" in staff.post("/media/opinions/1/remove").text


def test_a_plan_moves_with_its_day_and_is_adapted_for_others(app: Flask, staff: Any) -> None:
    staff.post("/media/plans/new", data={"name": "Month", "on_day": "2027-09-01", "steps": "hearing"})
    first = [each[1].isoformat() for each in rows(app, PlanStep.id, PlanStep.due_on)]
    staff.post("/media/plans/1/steps/1/done")
    staff.post("/media/plans/1/edit", data={"name": "Month", "on_day": "2027-09-03"})
    moved = [each[1].isoformat() for each in rows(app, PlanStep.id, PlanStep.due_on)]
    assert moved[0] == first[0]  # What is done stays when it was done.
    assert moved[4] == "2027-09-03"
    staff.post("/media/plans/1/copy", data={"name": "Next year", "on_day": "2028-09-03"})
    assert [each[1] for each in rows(app, Plan.id, Plan.name)] == ["Month", "Next year"]
    assert len(rows(app, PlanStep.id)) == 2 * len(first)
