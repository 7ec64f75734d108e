"""Meetings, trainings and a press event of the made-up coalition: some are over, some are to come."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.calendar import zones
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.contacts.models import Person
from crm.demo.accounts import Account, Accounts
from crm.demo.rows import Dice
from crm.events.models import Event, Guest
from crm.events.services import editing, inviting, minutes, seats

SEED: Final = 20260905
ZONE: Final = "America/New_York"
NOTES: Final = ("Will be ten minutes late.", "Needs a seat near the door.", "Brings the data sheet.")
PLANNED: Final = (
    # Title, kind, days from today, begin, minutes, place, online, seats, share of guests
    ("Steering committee", "meeting", -33, time(16), 90, "Harbor Community Center, Room 2", "", None, 18),
    ("Training: reading attendance data", "training", -19, time(9, 30), 150, "", "https://meet.example.org/data",
     30, 26),
    ("Family engagement working group", "meeting", -6, time(12), 60, "Lincoln School, library", "", None, 12),
    ("Breakfast with principals", "meeting", 0, time(8), 75, "Wren Hollow Diner", "", 20, 16),
    ("Steering committee", "meeting", 2, time(16), 90, "Harbor Community Center, Room 2",
     "https://meet.example.org/steering", None, 18),
    ("Press event: every school day counts", "press", 5, time(10), 45, "Steps of City Hall", "", None, 10),
    ("Training: home visits that help", "training", 9, time(13), 180, "Public Library, Hall A", "", 12, 20),
    ("Data working group", "meeting", 13, time(11), 60, "", "https://meet.example.org/data-group", None, 8),
    ("Autumn assembly of members", "meeting", 24, time(17, 30), 120, "Town Hall", "", 60, 40),
    ("Site visit: bus routes of the north", "other", 31, time(7, 15), 120, "Depot, Gate 3", "", 8, 9),
)  # fmt: skip
AGENDA: Final = (
    "1. Welcome and who is new\n2. Numbers of the month: who misses ten days or more\n"
    "3. Buses: what the depot says\n4. What we ask of the board\n5. Next dates"
)
MINUTES: Final = (
    "The numbers are better in the lower grades and worse in grade 9. The depot can move the first bus ten "
    "minutes earlier from January. Families asked for messages in Spanish on Sunday evenings."
)
DECIDED: Final = (
    ("decision", "The coalition asks the board for one attendance officer for each high school."),
    ("decision", "Reminder messages go out in English and Spanish, on Sundays at six."),
    ("action", "Write to the depot about the first bus."),
    ("action", "Bring last year's numbers of grade 9 to the next meeting."),
)


def hold_events(accounts: Accounts, today: date) -> None:
    """Write the events with their guests, the past ones with who came and what was decided."""
    dice = Dice(SEED)
    with system("the demo plans events"):
        people = list(db.session().execute(select(Person.id).order_by(Person.id).limit(400)).scalars())
        coalitions = list(db.session().execute(select(Coalition.id).order_by(Coalition.id)).scalars())
        campaigns = list(db.session().execute(select(Campaign.id).order_by(Campaign.id)).scalars())
    for number, planned in enumerate(PLANNED):
        account = accounts.organizers[number % len(accounts.organizers)]
        belongs = {
            "coalition_id": coalitions[0] if coalitions and number % 4 != 3 else None,
            "campaign_id": campaigns[0] if campaigns and number in {5, 8} else None,
        }
        with db.transaction(account.actor, "events.create", f"Planned “{planned[0]}”"), system("the demo"):
            event = _plan(planned, today, account, belongs)
            _invite(event, dice, people, planned[8])
            if event.ends_at < db.now():
                _look_back(event, dice, account, today)


def _plan(planned: Sequence[Any], today: date, account: Account, belongs: dict[str, Any]) -> Event:
    title, kind, days, begin, length, place, online, capacity, _share = planned
    starts_at: datetime = zones.moment(today + timedelta(days=days), begin, ZONE)
    values = {
        "title": title, "kind": kind, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=length), "time_zone": ZONE, "place": place,
        "online_url": online, "description": "",
        "capacity": capacity, "group_id": None, "owner_user_id": account.user_id, **belongs,
    }  # fmt: skip
    event = editing.create(values, account.actor)
    if kind == "meeting":
        event.agenda = AGENDA
    return event


def _invite(event: Event, dice: Dice, people: Sequence[int], count: int) -> None:
    """Guests in the order they were thought of; of ten, six come, two may, one does not, one is silent."""
    chosen = dict.fromkeys(dice.pick(people) for _each in range(count))
    homes = inviting.main_organizations(list(chosen))
    told_at = min(db.now(), event.starts_at) - timedelta(days=9)
    made = seats.add(((each, homes.get(each)) for each in chosen), event.id, invited_at=told_at)
    for guest_id in made:
        answer = dice.pick(("yes", "yes", "yes", "yes", "yes", "yes", "maybe", "maybe", "no", ""))
        if answer:
            note = dice.pick(NOTES) if dice.chance(0.1) else ""
            seats.answer(event, guest_id, answer, note)


def _look_back(event: Event, dice: Dice, account: Account, today: date) -> None:
    for guest in db.session().scalars(select(Guest).where(Guest.event_id == event.id).order_by(Guest.id)):
        guest.answered_at = event.starts_at - timedelta(days=dice.number(1, 8)) if guest.answered_at else None
        if guest.answer == "yes" and dice.chance(0.85):
            guest.checked_in_at = event.starts_at + timedelta(minutes=dice.number(-12, 9))
    event.status, event.minutes = "held", MINUTES
    for kind, text in DECIDED:
        due = today + timedelta(days=dice.number(2, 20))
        values = {"kind": kind, "text": text, "assignee": account.user_id, "due_date": due}
        minutes.add(event, values, Actor.system())
