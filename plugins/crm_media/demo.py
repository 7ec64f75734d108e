"""Made-up outlets and reporters for the made-up coalition."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, contacts, db, now, system
from crm_media.models import Booking, Clip, Message, Reporter, Spokesperson
from crm_media.services import coverage, messages, press
from crm_media.starters import STARTERS

OUTLETS: Final = (
    ("Harbor County Ledger", "newspaper", "Parents and taxpayers", "Harbor County", "English", 18400),
    ("Radio Puente 98.3", "radio", "Spanish-speaking families", "Harbor County, Mill City", "Spanish", None),
    ("Statehouse Notebook", "newsletter", "Legislators and staff", "Statewide", "English", 6200),
    ("Channel 6 Mill City", "tv", "Families", "Mill City", "English, Spanish", None),
)
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
    _messages(actor)
    _coverage(actor)


_DAILY, _TV = "Harbor County Ledger", "Channel 6 Mill City"
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
        for days, title, outlet, medium, piece, tone, prominence, text in CLIPS:
            about = {"title": title, "outlet_name": outlet, "medium": medium, "piece": piece, "tone": tone}
            about |= {"prominence": prominence, "text": text, "messages": None}
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
        for row, values in zip(made, STARTERS, strict=True):
            messages.save_message(row, values, (), change)
        for given, family, perspective, languages, topics, available, at_most, about in SPEAKERS:
            person = contacts.create({"kind": "person", "given_name": given, "family_name": family}, actor)
            row = Spokesperson(contact_id=person.id)
            values = {"perspective": perspective, "languages": languages, "topics": topics}
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


def _reporter(row: tuple[str, str, str, str, str], actor: Actor) -> Reporter:
    name, outlet, role, kind, beats = row
    address = f"{name.split()[-1].lower().replace('í', 'i')}@press.example.org"
    given, _space, family = name.partition(" ")
    about = {"given_name": given, "family_name": family, "email": address, "phone": ""}
    about |= {"outlet": outlet, "role": role}
    return press.new_reporter({**about, "kind": kind, "beats": beats, "areas": ""}, actor)
