"""Made-up outlets and reporters for the made-up coalition."""

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, contacts, db, enabled, now, system
from crm.plugin_api.records import Campaign
from crm_media.models import (
    Booking,
    Clip,
    Feed,
    Message,
    Opinion,
    Plan,
    PlanStep,
    Query,
    Release,
    Reporter,
    Spokesperson,
    Submission,
)
from crm_media.reading.feed import Feed as FoundFeed
from crm_media.reading.feed import Item as Piece
from crm_media.services import coverage, intake, messages, outreach, press
from crm_media.starters import STARTERS
from crm_media.words import SEPTEMBER

OUTLETS: Final = (
    ("Harbor County Ledger", "newspaper", "Parents and taxpayers", "Harbor County", "English", 18400),
    ("Radio Puente 98.3", "radio", "Spanish-speaking families", "Harbor County, Mill City", "Spanish", None),
    ("Statehouse Notebook", "newsletter", "Legislators and staff", "Statewide", "English", 6200),
    ("Channel 6 Mill City", "tv", "Families", "Mill City", "English, Spanish", None),
)
LIE_IN: Final = {
    "Harbor County Ledger": ("3", "17"),
    "Radio Puente 98.3": ("11", "31"),
    "Channel 6 Mill City": ("8", "4"),
}
"""Their Senate and House districts in the made-up legislature."""
REPORTERS: Final = (
    ("Delphine Marchetti", "Harbor County Ledger", "Education reporter", "reporter", "education, families"),
    ("Ramón Ibarra-Solís", "Radio Puente 98.3", "Morning host", "producer", "education, health"),
    ("Winona Castellan", "Statehouse Notebook", "Editor", "editor", "state politics, education"),
    ("Theo Brandvold", "Channel 6 Mill City", "Assignment desk", "desk", "local news"),
    ("Imani Fairweather", "Harbor County Ledger", "Opinion editor", "editor", "opinion"),
)


SPEAKERS: Final = (
    ("Marisol", "Quintero-Vance", "parent", "English, Spanish", "kindergarten, transport", "yes", 3, (1, 2)),
    ("Desmond", "Achterberg", "teacher", "English", "reading, home visits", "yes", 2, (0, 1, 3)),
    ("Leilani", "Farrukh", "health", "English, Urdu", "asthma, worry and mental health", "ask", None, (2, 4)),
)


def load(actor: Actor) -> None:
    """The same ones each time."""
    _press(actor)
    if enabled("policy"):
        _places(actor)
    _messages(actor)
    _coverage(actor)
    _inbox(actor)
    _outreach(actor)


def _outreach(actor: Actor) -> None:
    """A release that waits for approval with its recipients, an op-ed at a paper, a plan for September."""
    with db.transaction(actor, "demo.load", "Releases and plans of the demo"):
        release = Release(status="draft", follow_ups=1)
        about: dict[str, Any] = {"name": "Attendance figures of the autumn", "kind": "release"}
        about |= {"topics": "education, families", "areas": "Harbor County", "follow_ups": 1}
        about |= {"exclusive_outlet_id": None, "exclusive_until": None}
        about["embargo_until"], about["bill"] = now() + timedelta(days=5), _BILL
        outreach.save(release, about, actor)
        text = "Dear {given_name},\n\nchronic absence fell for a second year in Harbor County. The figures, "
        text += "and families who will speak about them, are yours under embargo."
        outreach.write(release, "Chronic absence falls in Harbor County", text, actor)
        outreach.move(release, "review", actor, may_approve=True)
        with system("the demo reads who it made"):
            people = list(db.session().scalars(select(Reporter.contact_id).order_by(Reporter.id)))
        outreach.add(release, people)
        author = _found(select(Contact).where(Contact.name == "Desmond Achterberg"))
        day = now().date() - timedelta(days=9)
        _opinion(author.id, day)
        first = date(now().year + (now().month >= 9), 9, 1)
        plan = Plan(name="Attendance Awareness Month", on_day=first)
        db.session().add(plan)
        db.session().flush()
        for days, title in SEPTEMBER:
            db.session().add(PlanStep(plan_id=plan.id, title=str(title), due_on=first - timedelta(days=days)))
        db.session().flush()


def _opinion(author_id: int, day: date) -> None:
    """An op-ed that one paper declined and another has alone for some days."""
    piece = Opinion(
        title="What a home visit taught me", contact_id=author_id, outlet_name=_DAILY, status="submitted",
        submitted_on=day, until=day + timedelta(days=21),
    )  # fmt: skip
    db.session().add(piece)
    db.session().flush()
    db.session().add(
        Submission(
            opinion_id=piece.id, outlet_name="Mill City Herald", outcome="declined",
            submitted_on=day - timedelta(days=30), answered_on=day - timedelta(days=3),
        )
    )  # fmt: skip


NEWS: Final = (
    (
        1,
        "Bus drivers help county cut chronic absence",
        "A pilot on four lines brought 60 children back to school.",
    ),
    (2, "Letters: Fining families will not fill classrooms", "Truancy fines hit those who can least pay."),
    (
        3,
        "Clinic opens at Mill City elementary school",
        "Attendance rose in its first month, says the principal.",
    ),
)


def _inbox(actor: Actor) -> None:
    """A feed with a query, and three pieces that wait for a decision."""
    with db.transaction(actor, "demo.load", "Inbox of the demo") as change:
        about = {"name": "Absence and attendance", "words": "chronic absen*, truan*, attendance", "also": ""}
        intake.save_query(Query(), {**about, "without": "ballot*, concert, stadium", "active": True})
        about = {"url": "https://ledger.example.org/feed", "name": _DAILY, "outlet_name": _DAILY}
        feed = intake.save_feed(Feed(), {**about, "takes_all": False, "active": False})
        items = [
            Piece(f"demo-{days}", f"https://ledger.example.org/demo-{days}", title, text, "", _DAILY,
                  now() - timedelta(days=days))
            for days, title, text in NEWS
        ]  # fmt: skip
        intake.take(feed, FoundFeed(_DAILY, items), change)


_DAILY, _TV = "Harbor County Ledger", "Channel 6 Mill City"
_BILL: Final = "MI SB 391"
_TITLE: Final = "Why two days a month add up for Harbor County children"
_SAID: Final = (
    "Chronic absence is not truancy, said Marisol Quintero-Vance, a parent: it counts every missed day."
)
CLIPS: Final = (
    (120, "Truant students face new fines under county plan", _TV, "tv", "news", "blame", "main",
     "County leaders want to fine the parents of truant students. Truancy is up, the sheriff says."),
    (96, _TITLE, _DAILY, "online", "feature", "ours", "headline",
     f"{_SAID} In kindergarten one child in five misses two days a month."),
    (95, _TITLE, "Mill City Herald", "print", "feature", "ours", "main", _SAID),
    (61, "Clinics and bus lines join hands for attendance", "Radio Puente 98.3", "radio", "interview", "ours",
     "main", "Clinics and bus lines work together across agencies. Families named barriers: asthma, buses."),
    (40, "Chronic absenteeism falls for a second year", "Statehouse Notebook", "newsletter", "news", "fair",
     "headline", "Chronic absenteeism fell in 31 districts. It starts in kindergarten, the report says."),
    (18, "Editorial: Help, not blame", _DAILY, "online", "editorial", "ours", "main",
     "Chronic absence has root causes. Work with families and every day counts for more."),
    (6, "Board votes on attendance plan", _TV, "tv", "brief", "plain", "passing",
     "The board votes on Tuesday. The plan names chronic absence and truancy in one breath."),
)  # fmt: skip


def _coverage(actor: Actor) -> None:
    """A year in which the framing moved from truancy to chronic absence; one piece is a copy of another."""
    with db.transaction(actor, "demo.load", "Coverage of the demo") as change:
        speaker = _found(select(Contact).where(Contact.name == "Marisol Quintero-Vance"))
        campaign_id = _found(select(Campaign.id).order_by(Campaign.id))
        for days, title, outlet, medium, piece, tone, prominence, text in CLIPS:
            about: dict[str, Any] = {"title": title, "outlet_name": outlet, "medium": medium, "piece": piece}
            about["tone"], about["bill"] = tone, _BILL if title == "Board votes on attendance plan" else ""
            about |= {"prominence": prominence, "text": text, "messages": None}
            about["campaign_id"] = campaign_id if tone == "ours" and days < 100 else None
            about["published_on"] = now().date() - timedelta(days=days)
            clip = coverage.save(Clip(), about, actor, change)
            if "Quintero-Vance" in text:
                coverage.add_person(clip, speaker.id, "quoted", "It counts every missed day, excused or not.")


def _found(statement: Any) -> Any:
    with system("the demo reads who it made"):
        return db.session().scalars(statement).first()


def _messages(actor: Actor) -> None:
    """Messages with who speaks to them; one of those has as many interviews as she wants."""
    with db.transaction(actor, "demo.load", "Messages and spokespeople of the demo") as change:
        made = [Message(active=True) for _each in STARTERS]
        for message, wording in zip(made, STARTERS, strict=True):
            messages.save_message(message, wording, (), change)
        for given, family, perspective, languages, topics, available, at_most, about in SPEAKERS:
            person = contacts.create({"kind": "person", "given_name": given, "family_name": family}, actor)
            row = Spokesperson(contact_id=person.id)
            values: dict[str, Any] = {"perspective": perspective, "languages": languages, "topics": topics}
            values |= {"available": available, "at_most": at_most, "training": "Radio and print"}
            values["availability"] = "Weekdays after three"
            values["trained_on"] = now().date() - timedelta(days=200) if available == "yes" else None
            messages.save_spokesperson(row, values, [made[each].id for each in about], change)
            for days, title, outlet, status in _interviews(given):
                about_it = {"title": title, "outlet": outlet, "status": status}
                day = now().date() + timedelta(days=days)
                db.session().add(Booking(spokesperson_id=row.id, on_day=day, **about_it))
        db.session().flush()


def _interviews(given: str) -> tuple[tuple[int, str, str, str], ...]:
    if given == "Marisol":
        return (
            (-12, "Why my son missed the bus", "Radio Puente 98.3", "done"),
            (-4, "Families on the new bus line", "Harbor County Ledger", "done"),
            (3, "Morning show", "Channel 6 Mill City", "agreed"),
        )
    return ((6, "Reading and absence", "Statehouse Notebook", "asked"),) if given == "Desmond" else ()


def _press(actor: Actor) -> None:
    """Outlets and reporters; one has moved, one is to be verified."""
    with db.transaction(actor, "demo.load", "Outlets and reporters of the demo"):
        for name, kind, audience, areas, languages, people in OUTLETS:
            about = {"name": name, "kind": kind, "audience": audience, "areas": areas, "languages": languages}
            source = "Publisher's statement, 2025" if people else ""
            press.new_outlet({**about, "circulation": people, "circulation_source": source}, actor)
        made = [_reporter(each, actor) for each in REPORTERS]
        made[3].verified_on = now().date() - timedelta(days=300)
        with system("the demo reads who it made"):
            moved = db.session().get_one(Contact, made[0].contact_id)
        day = now().date() - timedelta(days=40)
        press.move(made[0], moved, "Statehouse Notebook", "Education reporter", day, actor)


def _places(actor: Actor) -> None:
    """Where the outlets lie, so that coverage before a vote shows: one district that decides stays silent."""
    from crm_policy import public

    with db.transaction(actor, "demo.load", "Districts of the demo's outlets"):
        for name, (upper, lower) in LIE_IN.items():
            outlet = _found(select(Contact).where(Contact.name == name))
            public.set_districts(outlet, {"state": _BILL[:2], "school": "", "upper": upper, "lower": lower})


def _reporter(row: tuple[str, str, str, str, str], actor: Actor) -> Reporter:
    name, outlet, role, kind, beats = row
    address = f"{name.split()[-1].lower().replace('í', 'i')}@press.example.org"
    given, _space, family = name.partition(" ")
    about = {"given_name": given, "family_name": family, "email": address, "phone": ""}
    about |= {"outlet": outlet, "role": role}
    return press.new_reporter({**about, "kind": kind, "beats": beats, "areas": ""}, actor)
