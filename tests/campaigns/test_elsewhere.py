"""What campaigns give to the rest: contacts, calendar, morning mail, hand-overs, the home page."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor, Grant
from crm.access.guard import system
from crm.accounts.models import User
from crm.campaigns import contact_rows, dates, handing_over, timeline
from crm.campaigns.models import Ask, Campaign, Goal, Milestone, Supporter, Target
from crm.contacts import erasing
from crm.contacts.models import Contact
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.plugin_api.types import Heirs
from tests.campaigns.conftest import Make, Read, Write

DAY = date(2026, 4, 1)
Undo = Callable[[], None]


@pytest.fixture
def dana(make_user: MakeUser) -> User:
    return make_user(role="organizer", name="Dana Wu")


def acting(user: User) -> Actor:
    return Actor(user.id, user.name, (Grant(None),))


def ask_of(app: Flask, actor: Actor, what: Callable[[], Any]) -> list[Any]:
    with app.test_request_context():
        g.crm_actor = actor
        return list(what())


def merge(write: Write, survivor: int, loser: int) -> None:
    def act() -> None:
        contacts = db.session()
        contact_rows.merge(contacts.get_one(Contact, survivor), contacts.get_one(Contact, loser))

    write(act)


def test_a_merge_keeps_the_stronger_facts_and_loses_nothing(
    write: Write, campaign: Make, add: Make, part: Make, read: Read, dana: User, undo_last: Callable[[], None]
) -> None:
    kept, gone, one, two = add("Ana", "Ruiz"), add("Anna", "Ruiz"), campaign(), campaign("Second")
    part(Target, campaign_id=one, contact_id=kept, stage="met", support=-1, influence=5, note="Kind.")
    part(Target, campaign_id=one, contact_id=gone, stage="asked", support=1, influence=2, note="Busy.",
         owner_user_id=dana.id)  # fmt: skip
    part(Target, campaign_id=two, contact_id=gone)
    part(Supporter, campaign_id=one, contact_id=kept, rung=2, since=DAY)
    part(Supporter, campaign_id=one, contact_id=gone, rung=4, since=DAY + timedelta(days=9))
    part(Ask, contact_id=gone, what="Vote", asked_on=DAY)
    part(Ask, contact_id=add("Bo", "Lee"), asked_by_contact_id=gone, what="Sign", asked_on=DAY)
    merge(write, kept, gone)
    target = read(select(Target).where(Target.campaign_id == one))
    assert len(target) == 1
    assert (target[0].stage, target[0].support, target[0].influence) == ("asked", 1, 5)
    assert target[0].owner_user_id == dana.id
    for words in ("Kind.", "Busy.", "Met, Leans against, influence 5 of 5", "influence 2 of 5"):
        assert words in target[0].note
    assert read(select(Target.contact_id).where(Target.campaign_id == two)) == [kept]
    supporter = read(select(Supporter))[0]
    assert (supporter.contact_id, supporter.rung, supporter.since) == (kept, 4, DAY + timedelta(days=9))
    assert "Follows" in supporter.note
    assert read(select(Ask.contact_id).where(Ask.what == "Vote")) == [kept]
    assert read(select(Ask.asked_by_contact_id).where(Ask.what == "Sign")) == [kept]
    undo_last()
    assert read(select(func.count()).select_from(Target).where(Target.contact_id == gone)) == [2]
    assert read(select(Supporter.rung).where(Supporter.contact_id == kept)) == [2]


def test_what_is_held_about_somebody_is_handed_over(
    app: Flask, campaign: Make, add: Make, part: Make
) -> None:
    ana, one = add("Ana", "Ruiz"), campaign()
    part(Target, campaign_id=one, contact_id=ana, support=2, note="Kind.")
    part(Supporter, campaign_id=one, contact_id=ana, rung=3, since=DAY)
    part(Ask, contact_id=ana, what="Vote", asked_on=DAY, note="By phone.")
    with app.test_request_context(), system("test"):
        found = contact_rows.sections(db.session().get_one(Contact, ana))
        text = str([list(each.rows) for each in found])
    for words in ("Attendance bill", "Champion", "Kind.", "Endorses", "Vote", "By phone."):
        assert words in text


def test_erasing_somebody_leaves_no_trace_of_them(
    write: Write, campaign: Make, add: Make, part: Make, read: Read
) -> None:
    ana, bo, one = add("Ana", "Ruiz"), add("Bo", "Lee"), campaign()
    target = part(Target, campaign_id=one, contact_id=ana, note="A secret about her.")
    part(Target, campaign_id=one, contact_id=bo, note="About Bo.")
    part(Supporter, campaign_id=one, contact_id=ana, since=DAY)
    part(Ask, contact_id=ana, what="Vote", asked_on=DAY)
    part(Ask, contact_id=bo, asked_by_contact_id=ana, what="Sign", asked_on=DAY)
    write(lambda: setattr(db.session().get_one(Target, target), "note", "Another secret."))
    write(lambda: erasing.erase(db.session().get_one(Contact, ana)))
    assert read(select(Target.contact_id)) == [bo]
    assert read(select(Supporter.id)) == []
    assert read(select(Ask.what, Ask.asked_by_contact_id)) == [("Sign", None)]
    kept = str(read(select(JournalEntry.before, JournalEntry.after)))
    assert "secret" not in kept
    assert "About Bo." in kept


def test_the_calendar_shows_milestones_goals_and_campaigns(
    app: Flask, dana: User, campaign: Make, part: Make, make_user: MakeUser
) -> None:
    mine = campaign("Mine", owner_user_id=dana.id, start_date=DAY, end_date=date(2026, 7, 1))
    other = campaign("Other", start_date=None)
    part(Milestone, campaign_id=mine, title="Hearing", due_date=date(2026, 4, 30))
    part(Milestone, campaign_id=other, title="Vote", due_date=DAY)
    part(Milestone, campaign_id=other, title="Too late", due_date=date(2026, 5, 1))
    part(Goal, campaign_id=mine, label="Yes", measure="campaigns.yes", target=4, due_date=date(2026, 4, 20))
    begins, ends = datetime(2026, 4, 1, 12, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)

    def titles(actor: Actor, only_mine: bool) -> list[str]:
        found = ask_of(app, actor, lambda: dates.calendar_entries(actor, begins, ends, only_mine))
        return sorted(each.title for each in found)

    assert titles(acting(dana), False) == ["Hearing", "Mine begins", "Vote", "Yes: 4"]
    assert titles(acting(dana), True) == ["Hearing", "Mine begins", "Yes: 4"]
    assert titles(Actor(make_user().id, "Nobody"), False) == []


def test_the_morning_mail_names_what_is_due_and_who_keeps_one_waiting(
    app: Flask, dana: User, campaign: Make, part: Make, add: Make
) -> None:
    mine, over = (
        campaign("Mine", owner_user_id=dana.id),
        campaign("Over", owner_user_id=dana.id, status="won"),
    )
    for title, days in (("Late", -2), ("Soon", 7), ("Far", 8)):
        part(Milestone, campaign_id=mine, title=title, due_date=DAY + timedelta(days=days))
    part(Milestone, campaign_id=mine, title="Done", due_date=DAY, done_on=DAY)
    part(Milestone, campaign_id=over, title="Of what is over", due_date=DAY)
    part(Milestone, campaign_id=campaign("Other"), title="Not mine", due_date=DAY)
    ortiz = add("Rep.", "Ortiz")
    for what, days, answer in (("Old", 15, "waiting"), ("New", 14, "waiting"), ("Answered", 40, "yes")):
        part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what=what, answer=answer,
             asked_on=DAY - timedelta(days=days))  # fmt: skip
    found = ask_of(app, acting(dana), lambda: dates.digest(acting(dana), DAY))
    assert [(each.title, each.late) for each in found] == [
        ("Late", True), ("Soon", False), ("Rep. Ortiz: Old", True),
    ]  # fmt: skip


@pytest.fixture
def leaving(dana: User, campaign: Make, add: Make, part: Make) -> tuple[int, int]:
    """Somebody of a partner and the one who takes over; Dana, too, answers for something of each sort."""
    ana, heir, ortiz = add("Ana", "Ruiz"), add("Bo", "Lee"), add("Rep.", "Ortiz")
    one = campaign(owner_user_id=dana.id)
    part(Target, campaign_id=one, contact_id=ortiz, owner_user_id=dana.id)
    part(Target, campaign_id=one, contact_id=heir, owner_user_id=dana.id, stage="decided")
    part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what="Ours", asked_on=DAY)
    part(Ask, contact_id=ortiz, asked_by_contact_id=ana, what="Theirs", asked_on=DAY)
    part(Ask, contact_id=ortiz, asked_by_contact_id=ana, what="Answered", asked_on=DAY, answer="no")
    return ana, heir


def test_somebody_who_leaves_hands_over(
    write: Write, dana: User, make_user: MakeUser, leaving: tuple[int, int], read: Read, undo_last: Undo
) -> None:
    ana, heir = leaving
    new = make_user(role="organizer")

    def items(organization: int | None = None) -> list[Any]:
        person = db.session().get_one(Contact, ana)
        return list(handing_over.responsibilities(person, dana.id, organization, acting(dana)))

    found = write(items)
    assert [(each.kind, each.heir) for each in found] == [
        ("campaigns.ask", "user"),
        ("campaigns.ask", "person"),
        ("campaigns.campaign", "user"),
        ("campaigns.target", "user"),
    ]
    assert [each.title for each in write(lambda: items(5))] == ["Rep. Ortiz: Theirs"]
    write(lambda: handing_over.hand_over(found, Heirs(heir, new.id)))
    assert read(select(Campaign.owner_user_id)) == [new.id]
    assert read(select(Target.owner_user_id).where(Target.stage != "decided")) == [new.id]
    assert read(select(Ask.asked_by_user_id).where(Ask.what == "Ours")) == [new.id]
    assert read(select(Ask.asked_by_contact_id).where(Ask.what == "Theirs")) == [heir]
    assert read(select(Ask.asked_by_contact_id).where(Ask.what == "Answered")) == [ana]
    undo_last()
    assert read(select(Campaign.owner_user_id)) == [dana.id]


def test_only_what_the_actor_may_change_is_handed_over(
    write: Write, dana: User, make_user: MakeUser, leaving: tuple[int, int]
) -> None:
    ana, _heir = leaving
    seeing = Grant(frozenset({"campaigns.view", "contacts.view"}))

    def kinds(*more: str) -> list[str]:
        """What somebody may hand over who sees everything and may besides do this."""
        grants = (seeing, Grant(frozenset(more)))
        actor = Actor(make_user().id, "Reader", grants)

        def found() -> list[str]:
            person = db.session().get_one(Contact, ana)
            return [each.kind for each in handing_over.responsibilities(person, dana.id, None, actor)]

        return list(write(found))

    assert kinds() == []
    assert kinds("campaigns.ask") == ["campaigns.ask"] * 2
    assert kinds("campaigns.edit") == ["campaigns.campaign", "campaigns.target"]


def test_the_timeline_of_a_contact_tells_of_asks_targets_and_steps(
    app: Flask, dana: User, campaign: Make, add: Make, part: Make
) -> None:
    ana, one = add("Ana", "Ruiz"), campaign()
    part(Ask, contact_id=ana, campaign_id=one, asked_by_user_id=dana.id, what="Vote", asked_on=DAY)
    part(
        Ask, contact_id=ana, campaign_id=one, asked_by_user_id=dana.id, what="Sign", asked_on=date(2025, 1, 1)
    )
    part(Target, campaign_id=one, contact_id=ana)
    part(Supporter, campaign_id=one, contact_id=ana, rung=3, since=date(2025, 6, 1))

    def titles(before: datetime | None = None, limit: int = 10) -> list[str]:
        def found() -> Any:
            person = db.session().get_one(Contact, ana)
            return timeline.entries(person, acting(dana), before, limit)

        with system("test"):
            return [each.title for each in ask_of(app, acting(dana), found)]

    told = [
        "Target of “Attendance bill”",
        "Asked for: Vote",
        "Endorses in “Attendance bill”",
        "Asked for: Sign",
    ]
    assert sorted(titles()) == sorted(told)
    assert titles(datetime(2025, 7, 1, tzinfo=UTC)) == told[2:]
    assert len(titles(limit=2)) == 2


def test_an_ask_stands_once_in_the_timeline(sign_in: SignIn, dana: User, add: Make, read: Read) -> None:
    ana, client = add("Ana", "Ruiz"), sign_in(dana)
    client.post(
        "/campaigns/asks/new",
        data={"contact_id": f"#{ana}", "what": "Vote", "asked_by_user_id": str(dana.id), "answer": "waiting"},
    )
    assert "Asked Ana Ruiz: Vote" in client.get("/").text, "the message is shown once"
    assert client.get(f"/contacts/{ana}/timeline").text.count("Vote") == 1
    assert "Asked Ana Ruiz: Vote" in read(select(ChangeSet.summary))


def test_cards_and_panels_show_what_is_the_readers(
    sign_in: SignIn,
    viewer_client: PageClient,
    dana: User,
    campaign: Make,
    coalition: Make,
    add: Make,
    part: Make,
) -> None:
    harbor = coalition()
    one = campaign(coalition_id=harbor, owner_user_id=dana.id)
    campaign("Over and done", status="closed", coalition_id=harbor)
    part(Goal, campaign_id=one, label="Yes", measure="campaigns.yes", target=4)
    part(Ask, contact_id=add("Rep.", "Ortiz"), asked_by_user_id=dana.id, what="Vote", asked_on=DAY)
    card = viewer_client.get("/campaigns/cards/goals").text
    assert "Attendance bill" in card
    assert "0 of 4" in card
    assert "Over and done" not in card
    assert "Over and done" in viewer_client.get(f"/campaigns/of-coalition/{harbor}").text
    assert viewer_client.get("/campaigns/cards/asks").status_code == 403
    assert "Vote" in sign_in(dana).get("/campaigns/cards/asks").text
    assert "Vote" not in sign_in(role="organizer").get("/campaigns/cards/asks").text
