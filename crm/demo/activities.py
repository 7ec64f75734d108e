"""What the organizers did with whom, what they still have to do, and mail that waits to be filed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from sqlalchemy import select

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.mail import receiving
from crm.activities.models import Activity, Participant
from crm.activities.services import tasks
from crm.activities.services.acts import with_whom
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.contacts.models import Person
from crm.demo.accounts import Account, Accounts
from crm.demo.load import backdate
from crm.demo.rows import Dice

SEED: Final = 20260903
ACTIVITIES: Final = 160
KINDS: Final = ("call", "call", "call", "meeting", "meeting", "email", "email", "visit", "letter", "note")
SUBJECTS: Final = (
    "", "", "", "Attendance data for October", "Fall summit: who speaks", "Bus route to the middle school",
    "Nudge letters in three languages", "Sign-on letter", "Welcome of the new principal",
    "Walking school bus, second route", "Health clinic hours before class", "Press visit to the academy",
)  # fmt: skip
BODIES: Final = (
    "Went through last month’s numbers. They want to see them by grade before the next meeting.",
    "Agrees with the plan and asks for two weeks. Their board meets on the first Tuesday.",
    "Left a message with the front office; mornings before eight are best.",
    "Happy to host again. Needs the flyers in Spanish and Vietnamese.",
    "Spoke about families without a car. Suggested to ask the transit authority for a stop at the clinic.",
    "Will bring a parent who can speak for ten minutes.",
    "",
)
OUTCOMES: Final = (
    "",
    "",
    "Yes, in principle",
    "Wants to see the data first",
    "Call again next week",
    "Signed",
)
TO_DO: Final = (
    ("Send the October numbers", -3, "", 1), ("Call back about the bus route", -1, "", 1),
    ("Confirm the room for the steering meeting", 0, "", 1), ("Thank the hosts of the summit", 0, "", 1),
    ("Read the sign-up sheet", 1, "weekday", 1), ("Send the weekly note to members", 2, "week", 1),
    ("Draft the agenda", 3, "month", 1), ("Ask for flyers in Vietnamese", 5, "", 1),
    ("Update the list of school contacts", 12, "month", 3), ("Renew the data agreement", 31, "year", 1),
    ("Find a host for the spring training", None, "", 1),
    ("Learn who leads the parent council now", None, "", 1),
)  # fmt: skip
STEPS: Final = ("Ask the district", "Put it into the shared folder", "Tell the steering group")


def add_activities(accounts: Accounts) -> None:
    """Some weeks of calls and meetings, and a list of tasks for each organizer."""
    dice = Dice(SEED)
    with system("the demo logs what was done"):
        people = db.session().scalars(select(Person.id).order_by(Person.id).limit(400)).all()
        campaigns = db.session().scalars(select(Campaign.id).order_by(Campaign.id)).all()
        coalitions = db.session().scalars(select(Coalition.id).order_by(Coalition.id)).all()
        for account in accounts.organizers:
            with db.transaction(
                account.actor, "activities.log", "Logged the calls and meetings so far"
            ) as change:
                made = [
                    _activity(account, dice, people, campaigns, coalitions)
                    for _number in range(ACTIVITIES // len(accounts.organizers))
                ]
                _participants(made)
                backdate(change, db.now() - timedelta(hours=5))
            _tasks(account, dice, people, campaigns)
    receiving.take(_message(accounts.organizers[0]))


def _message(account: Account) -> bytes:
    """Mail to somebody whom nobody knows yet, so that it waits to be filed."""
    lines = (
        f"From: {account.name} <{account.email}>",
        "To: Dana Whitlock <dana.whitlock@riverbend.example.org>",
        "Subject: A table at the spring fair",
        f"Date: {format_datetime(db.now() - timedelta(hours=20))}",
        "Message-ID: <spring-fair@rollcall.example.org>",
        "",
        "Dear Dana, we would love to have a table beside yours. Who else will be there?",
    )
    return "\r\n".join(lines).encode()


def _activity(
    account: Account, dice: Dice, people: Sequence[int], campaigns: Sequence[int], coalitions: Sequence[int]
) -> tuple[Activity, list[int]]:
    kind = dice.pick(KINDS)
    count = dice.number(2, 7) if kind == "meeting" else 1
    who = sorted({dice.often_first(people) for _number in range(count)})
    activity = Activity(
        kind=kind,
        subject=dice.pick(SUBJECTS) or with_whom(kind, who),
        body=dice.pick(BODIES),
        at=_moment(dice),
        minutes=dice.pick((10, 15, 20, 45, 60)) if kind in {"call", "meeting", "visit"} else None,
        outcome=dice.pick(OUTCOMES),
        campaign_id=dice.pick(campaigns) if campaigns and dice.chance(0.4) else None,
        coalition_id=dice.pick(coalitions) if coalitions and dice.chance(0.3) else None,
        author_user_id=account.user_id,
        author_label=account.name,
    )
    db.session().add(activity)
    db.session().flush()
    return activity, who


def _moment(dice: Dice) -> datetime:
    """More of it lately, on working days and in working hours of America."""
    days = int(60 * dice.fall() ** 1.4) + 1
    moment = (db.now() - timedelta(days=days)).replace(
        hour=dice.number(14, 21), minute=dice.pick((0, 15, 30, 45)), second=0, microsecond=0
    )
    return moment - timedelta(days=max(moment.weekday() - 4, 0))


def _participants(made: Sequence[tuple[Activity, list[int]]]) -> None:
    change = db.current_change()
    assert change is not None
    table = db.table(Participant)
    rows = [(activity.id, who, activity.at) for activity, ids in made for who in ids]
    numbers = bulk.reserve(table, len(rows))
    columns = ("id", "activity_id", "contact_id", "at")
    bulk.insert(table, columns, ((number, *row) for number, row in zip(numbers, rows, strict=True)))
    change.created(table, numbers)


def _tasks(account: Account, dice: Dice, people: Sequence[int], campaigns: Sequence[int]) -> None:
    with db.transaction(account.actor, "activities.task", "Planned the next weeks"):
        for title, days, repeat, every in TO_DO:
            due = None if days is None else _today() + timedelta(days=days)
            values = {
                "title": title,
                "assignee_user_id": account.user_id,
                "due_date": due,
                "repeat": repeat if due else "",
                "repeat_every": every,
                "contact_id": dice.often_first(people) if dice.chance(0.5) else None,
                "campaign_id": dice.pick(campaigns) if campaigns and dice.chance(0.3) else None,
                "items": STEPS if dice.chance(0.25) else (),
            }
            tasks.create(values)
    done = "Sent the invitations to the summit"
    with db.transaction(account.actor, "activities.done", f"Did “{done}”"):
        task = tasks.create(
            {"title": done, "assignee_user_id": account.user_id, "due_date": _today() - timedelta(days=1)}
        )
        tasks.finish(task, Actor(account.user_id, account.name), _today())


def _today() -> date:
    return db.now().date()
