"""What must stay and what must go: approved words, who is forgotten, how many votes a chamber needs."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.accounts.models import OutgoingMail
from crm.accounts.sessions import actor_for
from crm.fields.models import SavedList
from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, Person, UserError, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.records import ContactTag, DoNotContact, Email, Tag
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.people import make_user_in
from crm_policy import models
from crm_policy.models import Alert, Bill, Lobbying, Stance
from crm_policy.reading.neutral import Unreadable
from crm_policy.reading.source import neutral
from crm_policy.services import outreach, sheets, syncing, work
from crm_policy.services.element_files import _as_it_was

TEXT = {
    "contact_id": None,
    "stance": "support",
    "form": "written",
    "hearing_id": None,
    "due_on": None,
    "title": "Count every day",
    "body": "Please pass it.",
}


def test_what_was_approved_is_what_was_read_and_stays(app: Flask, bills: dict[str, int]) -> None:
    me = Actor.system()
    with app.app_context(), db.transaction(me, "policy.test"), system("test"):
        one = models.Testimony(bill_id=bills["HB 1"], status="draft")
        work.write_testimony(one, TEXT, me)
        work.move_testimony(one, "review", me, may_approve=True, version=one.version)
        read = one.version
        work.write_testimony(one, {**TEXT, "title": "Count each day"}, me)
        assert one.status == "draft"
        with pytest.raises(UserError, match="Somebody changed"):
            work.move_testimony(one, "review", me, may_approve=True, version=read)
        for step in ("review", "approved"):
            work.move_testimony(one, step, me, may_approve=True, version=one.version)
        work.write_testimony(one, {**TEXT, "title": "Count each day", "due_on": date(2026, 3, 1)}, me)
        assert one.status == "approved", "a day that nobody reads out changes nothing"
        work.write_testimony(one, {**TEXT, "title": "Count each day", "stance": "oppose"}, me)
        assert (one.status, one.approved_by) == ("draft", "")
        for step in ("review", "approved", "given"):
            work.move_testimony(one, step, me, may_approve=True, version=one.version)
        with pytest.raises(UserError, match="was given"):
            work.write_testimony(one, TEXT, me)


def test_history_forgets_whom_we_forget(app: Flask, bills: dict[str, int]) -> None:
    me = Actor.system()
    bill = bills["HB 1"]
    with app.app_context():
        with db.transaction(me, "policy.test"), system("test"):
            who = Person(name="Canary Zebulon", sort_name="z", name_key="z", custom={})
            db.session().add(who)
            db.session().flush()
            contact = who.id
        with db.transaction(me, "policy.stance", "Canary Zebulon on MI HB 1"), system("test"):
            said = {"stance": "oppose", "note": "told me in confidence", "sign_off": ""}
            work.set_stance(db.session().get_one(Bill, bill), contact, said)
            db.session().add(
                Lobbying(
                    worked_on=date(2026, 2, 1), kind="direct", note="met in confidence", contact_id=contact
                )
            )
    with app.app_context(), db.transaction(me, "contacts.erase"), system("test"):
        work.erase(db.session().get_one(Person, contact))
    with app.app_context(), system("test"):
        assert not db.session().scalars(select(Stance)).all()
        kept = str(db.session().connection().exec_driver_sql("SELECT before, after FROM journal_entry").all())
        told = str(db.session().connection().exec_driver_sql("SELECT summary FROM change_set").all())
    assert "in confidence" not in kept
    assert "Zebulon" not in told


def test_votes_that_are_needed_follow_from_the_seats() -> None:
    assert work.needed("MI", "lower", 5) == 56
    assert work.needed("MI", "", 148) is None
    assert work.needed("NE", "", 48) == 25
    assert work.needed("PR", "upper", 27) == 14


def test_a_cell_comes_back_as_it_was() -> None:
    assert _as_it_was("'=SUM") == "=SUM"
    assert _as_it_was("'tis") == "'tis"


def bill_of(number: int, title: str, **more: Any) -> dict[str, Any]:
    place = {"id": "ocd-jurisdiction/country:us/state:mi/government"}
    name = f"HB {number}"
    told = {"id": f"ocd-bill/{number}", "identifier": name, "session": "2025-2026", "title": title}
    return {**told, "jurisdiction": place, **more}


def test_what_a_source_tells_does_no_harm(app: Flask) -> None:
    links = [{"url": "javascript:alert(1)"}]
    odd = bill_of(
        1,
        "Half a letter \ud800 and \x00 none",
        sources=links,
        versions=[{"note": "First", "date": "2025-01-01", "links": links}],
        actions=[{"description": "Read", "date": "2025-01-02", "classification": ["x" * 60]}],
        votes=[{"id": "v" * 200, "motion_text": "m", "start_date": "2025-01-03", "votes": []}],
    )
    record = neutral(odd)
    assert record["url"] == ""
    assert record["documents"][0]["url"] == ""
    with app.app_context():
        with db.transaction(Actor.system(), "policy.test") as change:
            syncing.take([record], Actor.system(), change)
        with system("test"):
            assert db.session().scalars(select(Bill)).one().title.startswith("Half a letter ?")
    with pytest.raises(Unreadable):
        neutral({**bill_of(1, "Too long"), "identifier": "H" * 41})


def test_an_alert_leaves_once(app: Flask, bills: dict[str, int]) -> None:
    me = Actor.system()
    with app.app_context():
        with db.transaction(me, "policy.test"), system("test"):
            alert = Alert(bill_id=bills["HB 1"], subject="Call", body="Now", audience="tag:1", recipients=0)
            db.session().add(alert)
            db.session().flush()
            number = alert.id
        with db.transaction(me, "policy.alert", "Sent"), system("test"):
            outreach.send_alert(db.session().get_one(Alert, number), me)
        with system("test"):
            entries = db.session().connection().exec_driver_sql("SELECT after FROM journal_entry").all()
        assert not [row for row in entries if '"sent_at": "' in str(row)], "undo would make it unsent"
        with (
            db.transaction(me, "policy.test"),
            system("test"),
            pytest.raises(UserError, match="was sent already"),
        ):
            outreach.send_alert(db.session().get_one(Alert, number), me)


def test_an_alert_that_another_sends_at_this_moment_is_not_written_or_removed(
    app: Flask, bills: dict[str, int]
) -> None:
    me = Actor.system()
    with app.app_context(), db.transaction(me, "policy.test"), system("test"):
        alert = Alert(bill_id=bills["HB 1"], subject="Call", body="Now", audience="tag:1")
        db.session().add(alert)
        db.session().flush()
        behind = update(Alert).values(sent_at=db.now()).execution_options(synchronize_session=False)
        db.session().execute(behind)
        assert alert.sent_at is None, "the page that was opened before"
        for late in (lambda: outreach.write_alert(alert, {}, me), lambda: outreach.remove_alert(alert)):
            with pytest.raises(UserError, match="was sent already"):
                late()


@pytest.fixture
def way_out(app: Flask, bills: dict[str, int]) -> str:
    """The way out of an alert that waits in the outbox for ana@example.org."""
    me = Actor.system()
    with app.test_request_context():
        with db.transaction(me, "policy.test"), system("test"):
            person = create({"kind": "person", "given_name": "Ana", "family_name": "Reyes"}, me)
            tag = Tag(name="Parents", name_key="parents")
            db.session().add(tag)
            db.session().flush()
            db.session().add(ContactTag(contact_id=person.id, tag_id=tag.id))
            key = "ana@example.org"
            db.session().add(Email(contact_id=person.id, address=key, address_key=key))
            alert = Alert(bill_id=bills["HB 1"], subject="Call", body="Now", audience=f"tag:{tag.id}")
            db.session().add(alert)
            db.session().flush()
            outreach.send_alert(alert, me)
        with system("test"):
            link = db.session().scalars(select(OutgoingMail.unsubscribe)).one()
    return urlsplit(link or "").path


def test_nobody_here_takes_back_that_somebody_refused(app: Flask, way_out: str, sign_in: SignIn) -> None:
    app.test_client().post(way_out)
    with app.app_context(), system("test"):
        refusal = db.session().scalars(select(ChangeSet.id).where(ChangeSet.action == outreach.NO_MAIL)).one()
    sign_in(role="administrator").post(f"/changes/{refusal}/undo")
    with app.app_context(), system("test"):
        assert db.session().scalars(select(DoNotContact.channel)).all() == ["email"]


def test_the_way_out_of_an_alert_leads_out_whoever_has_the_address_now(app: Flask, way_out: str) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("test"):
        row = db.session().scalars(select(Email)).one()
        other = create({"kind": "person", "given_name": "Ana", "family_name": "Reyes-Ortiz"}, Actor.system())
        db.session().add(Email(contact_id=other.id, address=row.address, address_key=row.address_key))
        db.session().delete(row)
    assert "settled" in app.test_client().post(way_out).text
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Email.no_mail_why)).all() == ["asked"]
        assert len(db.session().scalars(select(DoNotContact.contact_id)).all()) == 2
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("test"):
        for each in (Email, DoNotContact):
            db.session().delete(db.session().scalars(select(each).limit(1)).one())
    assert "settled" in app.test_client().post(way_out).text, "where nobody has it any more, too"


def test_an_alert_that_waits_goes_to_nobody_who_refused_meanwhile(app: Flask, way_out: str) -> None:
    app.test_client().post(way_out)
    run_waiting(app)
    with app.app_context(), system("test"):
        assert db.session().scalars(select(OutgoingMail.status)).all() == ["failed"]


def test_an_alert_goes_to_a_saved_list(app: Flask, bills: dict[str, int]) -> None:
    user = make_user_in(app, "policy")
    with app.test_request_context():
        me = actor_for(user)
        with db.transaction(me, "policy.test"), system("test"):
            person = create({"kind": "person", "given_name": "Ana", "family_name": "Reyes"}, me)
            db.session().add(
                Email(contact_id=person.id, address="ana@example.org", address_key="ana@example.org")
            )
            saved = SavedList(record_type="contacts", name="Principals", owner_user_id=me.user_id, query={})
            db.session().add(saved)
            db.session().flush()
            audience = f"list:{saved.id}"
            assert (audience, "List “Principals”") in outreach.audiences(me)
            values = {"subject": "Call", "body": "Now", "audience": audience}
            alert = outreach.write_alert(Alert(bill_id=bills["HB 1"]), values, me)
            assert list(outreach.recipients(audience, me)) == ["ana@example.org"]
            assert outreach.send_alert(alert, me) == 1
            address = db.session().scalars(select(OutgoingMail.unsubscribe)).one()
        token = (address or "").rpartition("/")[2]
        client = app.test_client()
        assert "One click" in client.get(f"/policy/no-mail/{token}").text
        with db.transaction(me, "policy.test"), system("test"):
            assert list(outreach.recipients(audience, me)) == ["ana@example.org"]
        assert "settled" in client.post(f"/policy/no-mail/{token}").text
        with db.transaction(me, "policy.test"), system("test"):
            assert list(outreach.recipients(audience, me)) == []
        other = actor_for(make_user_in(app, "policy"))
        with system("test"), pytest.raises(UserError, match="not shared with you"):
            outreach.recipients(audience, other)


@pytest.mark.parametrize("audience", ["", "Legislators", "Everybody", "All senators", "Público: todos"])
def test_what_is_for_legislators_is_handed_over(audience: str) -> None:
    assert sheets.is_for_legislators(audience)


@pytest.mark.parametrize(
    "audience",
    ["Internally only", "Calls of staff", "Small donors", "Allies", "Republicans", "Members", "All of us"],
)
def test_what_is_meant_for_us_is_not(audience: str) -> None:
    assert not sheets.is_for_legislators(audience)
