"""An op-ed lies at one paper at a time, as long as was said, and the papers before it stay in its list."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.contacts import erasing
from crm.contacts.services import deleting
from crm.plugin_api import Actor, Conflict, Contact, contacts, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Opinion, Submission
from crm_media.services import opinions
from crm_media.tests.test_outreach import rows
from tests.access.walking import everything

PIECE = {"title": "Two days", "kind": "oped", "outlet_name": "Ledger", "standing": "submitted"}
AT = (Opinion.outlet_name, Opinion.status, Opinion.submitted_on, Opinion.until)
BEFORE = (Submission.outlet_name, Submission.outcome, Submission.submitted_on, Submission.answered_on)


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def test_it_goes_from_paper_to_paper_and_each_stays_in_its_list(app: Flask, staff: Any) -> None:
    today = day_here_in(app)
    staff.post("/media/opinions/new", data={**PIECE, "submitted_on": "2026-08-01"})
    other = staff.post("/media/opinions/1", data={**PIECE, "outlet_name": "Mill Post"})
    assert (other.status_code, "To another paper" in other.text) == (422, True)
    refused = staff.post("/media/opinions/1/next", data={"outlet_name": "Mill Post"})
    assert (refused.status_code, "Ledger has it. Note their answer first" in refused.text) == (422, True)
    dates = {"submitted_on": "2026-08-01", "answered_on": "2026-08-20"}
    staff.post("/media/opinions/1", data={**PIECE, **dates, "standing": "declined"})
    until = (today + timedelta(days=14)).isoformat()
    given = {"outlet_name": "Mill Post", "submitted_on": today.isoformat(), "until": until}
    assert staff.post("/media/opinions/1/next", data=given).status_code == 303
    assert rows(app, *AT) == [("Mill Post", "submitted", today, date.fromisoformat(until))]
    assert rows(app, *BEFORE) == [("Ledger", "declined", date(2026, 8, 1), date(2026, 8, 20))]
    page = staff.get("/media/opinions/1").text
    assert page.index("Mill Post has it") < page.index("Ledger</span>")
    assert "1 paper had it before" in staff.get("/media/opinions").text
    assert "has “Two days” alone" in staff.get(f"/calendar?day={until}").text
    assert "Its time is over" not in staff.get("/media/opinions").text


def day_here_in(app: Flask) -> date:
    with app.app_context():
        return day_here()


def test_once_its_time_is_over_without_an_answer_it_may_go_on(app: Flask, staff: Any) -> None:
    today = day_here_in(app)
    begun, over = (today - timedelta(days=days) for days in (20, 1))
    staff.post("/media/opinions/new", data={**PIECE, "submitted_on": begun, "until": over})
    assert "Its time is over" in staff.get("/media/opinions").text
    assert "had it already" in staff.post("/media/opinions/1/next", data={"outlet_name": "ledger"}).text
    wrong = {"outlet_name": "Mill Post", "submitted_on": today, "until": over}
    assert "before it got it" in staff.post("/media/opinions/1/next", data=wrong).text
    assert staff.post("/media/opinions/1/next", data={"outlet_name": "Mill Post"}).status_code == 303
    assert rows(app, *BEFORE)[0][:2] == ("Ledger", "silent")
    staff.post("/media/opinions/1/remove")
    assert rows(app, Opinion.id) == rows(app, Submission.id) == []


def test_it_is_of_no_concern_to_others(staff: Any, sign_in: SignIn) -> None:
    staff.post("/media/opinions/new", data=PIECE)
    for person, status in ((sign_in(role="viewer"), 403), (sign_in(), 403)):
        assert person.get("/media/opinions/1/next").status_code == status
        assert person.post("/media/opinions/1/next", data={"outlet_name": "X"}).status_code == status


def written(app: Flask) -> int:
    """Somebody with an op-ed that was printed and one that was not, each declined by another paper before."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        about = {"kind": "person", "given_name": "Quirina", "family_name": "Vell"}
        number = contacts.create(about, Actor.system()).id
        for title, status in (("Printed", "printed"), ("Draft", "draft")):
            piece = Opinion(title=title, contact_id=number, status=status, outlet_name="Ledger")
            piece.body = "I am Quirina Vell"
            db.session().add(piece)
            db.session().flush()
            db.session().add(Submission(opinion_id=piece.id, outlet_name="Mill Post", outcome="declined"))
        db.session().add(Clip(title="Two days", opinion_id=1))
        return number


def forget(app: Flask, number: int, *, was_deleted: bool) -> None:
    with app.app_context(), db.transaction(Actor.system(), "contacts.erase"):
        with system("the test erases"):
            person = erasing.deleted(number) if was_deleted else db.session().get_one(Contact, number)
        assert person is not None
        erasing.erase(person)


def delete(app: Flask, number: int) -> int:
    with app.app_context(), db.transaction(Actor.system(), "contacts.delete") as change:
        deleting.delete([number])
        db.session().flush()
    assert change.id is not None
    return change.id


def test_pieces_of_ours_outlive_their_author_and_undo_gives_them_back(app: Flask, sign_in: SignIn) -> None:
    number = written(app)
    change = delete(app, number)
    kept = [(1, "Printed", None), (2, "Draft", None)]
    assert rows(app, Opinion.id, Opinion.title, Opinion.contact_id) == kept
    assert len(rows(app, Submission.id)) == 2
    sign_in(role="administrator").post(f"/changes/{change}/undo")
    assert {each[1] for each in rows(app, Opinion.id, Opinion.contact_id)} == {number}
    delete(app, number)
    forget(app, number, was_deleted=True)
    assert rows(app, Opinion.id, Opinion.title, Opinion.contact_id) == kept
    assert "quirina vell" not in str(everything(app)).lower()


def test_who_is_forgotten_leaves_what_was_printed_without_their_name(app: Flask) -> None:
    forget(app, written(app), was_deleted=False)
    assert rows(app, Opinion.id, Opinion.title, Opinion.contact_id) == [(1, "Printed", None)]
    assert len(rows(app, Submission.id)) == 1
    assert rows(app, Clip.title, Clip.opinion_id) == [("Two days", 1)]
    assert "quirina vell" not in str(everything(app)).lower()


def test_who_is_forgotten_takes_nothing_from_pieces_of_others(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        people = [
            contacts.create({"kind": "person", **each}, Actor.system()).id
            for each in ({"given_name": "May"}, {"given_name": "Ana", "family_name": "Lysi"})
        ]
        for body in ("In May we also read an analysis.", "Havana Lysippe", "Ana Lysi said so in May."):
            db.session().add(Opinion(title="May", body=body))
    for each in people:
        forget(app, each, was_deleted=False)
    bodies = ["In May we also read an analysis.", "Havana Lysippe", "somebody erased said so in May."]
    assert rows(app, Opinion.title, Opinion.body) == [("May", each) for each in bodies]
    entry = db.Base.metadata.tables["journal_entry"]
    with app.app_context(), system("the test looks into the history"):
        kept = select(entry.c.row_id).where(entry.c.table_name == "media_opinion").order_by(entry.c.row_id)
        assert list(db.session().scalars(kept)) == [1, 2]


def test_a_paper_that_prints_it_late_is_where_it_was_printed(app: Flask, staff: Any) -> None:
    staff.post("/media/opinions/new", data={**PIECE, "submitted_on": "2026-08-01"})
    staff.post("/media/opinions/1", data={**PIECE, "submitted_on": "2026-08-01", "standing": "withdrawn"})
    staff.post("/media/opinions/1/next", data={"outlet_name": "Mill Post", "submitted_on": "2026-09-01"})
    piece = {"title": "Two days", "medium": "print", "piece": "oped", "opinion_id": "1"}
    piece |= {"outlet_name": "ledger", "published_on": "2026-09-03"}
    assert staff.post("/media/coverage/by-hand", data=piece).status_code == 303
    assert rows(app, *AT) == [("Ledger", "printed", date(2026, 8, 1), None)]
    assert rows(app, *BEFORE) == [("Mill Post", "silent", date(2026, 9, 1), None)]


def test_who_saves_what_went_to_another_paper_meanwhile_is_told(app: Flask, staff: Any) -> None:
    staff.post("/media/opinions/new", data={**PIECE, "standing": "draft"})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test saves"):
        mine = db.session().get_one(Opinion, 1)
        moved = update(Opinion).values(outlet_name="Mill Post", status="submitted")
        db.session().execute(moved, execution_options={"synchronize_session": False})
        with pytest.raises(Conflict):
            opinions.save(mine, {"title": "Two days", "outlet_name": "Ledger", "status": "draft"})
    assert rows(app, *AT)[0][:2] == ("Mill Post", "submitted")
