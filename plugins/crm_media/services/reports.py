"""What came of the work: computed from the coverage, copies counted once, every number with its rows
behind it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, Contact, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Campaign
from crm_media.models import Booking, Clip, ClipMessage, ClipPerson, Message, Spokesperson
from crm_media.services.messages import Load, loads
from crm_media.words import SHOWN

MOST: Final = 10_000
BY: Final = ("outlet", "month", "speaker", "campaign")
ROWS: Final = 15
_KEYS: Final = tuple(name or "unknown" for name in SHOWN)
_FIRST: Final = (Clip.published_on, Clip.copy_of_id.is_not(None), Clip.id)


@dataclass
class Month:
    """The framing of a month; `parts` are counts in the order of SHOWN."""

    first: date
    parts: list[int]

    @property
    def total(self) -> int:
        return sum(self.parts)


@dataclass
class Row:
    """A line of the table of messages: counts by message, and how many pieces in all."""

    name: str
    total: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    month: date | None = None
    """The first day of the month that it is about, for pages to name as the reader does."""


@dataclass(frozen=True)
class Speaker:
    """Who speaks for us: quotes and interviews within the report, and what they have to do today."""

    id: int
    name: str
    perspective: str
    quotes: int
    interviews: int
    load: Load


@dataclass
class Report:
    """All of it. `messages` are (id, name, pieces, a sentence that carries it). `pieces` counts once what
    several outlets printed, as the first of them did within the report; `copies` are the others."""

    begins: date
    ends: date
    pieces: int = 0
    copies: int = 0
    undated: int = 0
    """Pieces without a day, which are in no report."""
    outlets: int = 0
    with_message: int = 0
    framings: dict[str, int] = field(default_factory=dict)
    tones: dict[str, int] = field(default_factory=dict)
    months: list[Month] = field(default_factory=list)
    messages: list[tuple[int, str, int, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    speakers: list[Speaker] = field(default_factory=list)
    perspectives: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)

    @property
    def looked_at(self) -> int:
        """The pieces whose framing is known: what shares of framing are shares of."""
        return self.pieces - self.framings.get("", 0)


def months_between(begins: date, ends: date) -> list[date]:
    """The first days of the months that the two days lie in and between, at most 60."""
    found: list[date] = []
    at = begins.replace(day=1)
    while at <= ends and len(found) < 60:
        found.append(at)
        at = (at + timedelta(days=32)).replace(day=1)
    return found


def make(actor: Actor, begins: date, ends: date, campaign_id: int = 0, by: str = "outlet") -> Report:
    """The report of what the reader may see."""
    report = Report(begins, ends)
    statement = visible(Clip, actor).where(Clip.published_on >= begins, Clip.published_on <= ends)
    if campaign_id:
        statement = statement.where(Clip.campaign_id == campaign_id)
    columns = (Clip.id, Clip.outlet_name, Clip.published_on, Clip.framing, Clip.tone, Clip.campaign_id,
               Clip.copy_of_id)  # fmt: skip
    found = db.session().execute(statement.with_only_columns(*columns).order_by(*_FIRST).limit(MOST)).all()
    clips = _once(found)
    undated = visible(Clip, actor).where(Clip.published_on.is_(None)).with_only_columns(func.count(Clip.id))
    report.undated = int(db.session().execute(undated).scalar_one())
    report.pieces, report.copies = len(clips), len(found) - len(clips)
    report.outlets = len({row.outlet_name.lower() for row in found if row.outlet_name})
    framings = Counter(row.framing or "" for row in clips)
    report.framings = {name: framings[name] for name in SHOWN}
    report.tones = dict(Counter(row.tone for row in clips))
    _months(report, clips)
    said = _said(clips, actor)
    report.with_message = len(said)
    _messages(report, said, actor)
    speakers = _speakers(report, clips, actor)
    if by == "outlet":  # What several printed counts with each.
        clips = list(found)
        said = _said(clips, actor)
    _rows(report, clips, said, by, actor, speakers)
    return report


def _once(found: Sequence[Any]) -> list[Any]:
    """Of what several outlets printed the first; its own first print may lie before the report."""
    firsts: dict[int, Any] = {}
    for row in found:
        firsts.setdefault(row.copy_of_id or row.id, row)
    return list(firsts.values())


def _months(report: Report, clips: Sequence[Any]) -> None:
    by_month: dict[date, Counter[str]] = defaultdict(Counter)
    for row in clips:
        by_month[row.published_on.replace(day=1)][row.framing or ""] += 1
    report.months = [
        Month(first, [by_month[first][name] for name in SHOWN])
        for first in months_between(report.begins, report.ends)
    ]


def _said(clips: Sequence[Any], actor: Actor) -> dict[int, list[tuple[int, str]]]:
    """(message, sentence) by clip."""
    found: dict[int, list[tuple[int, str]]] = {}
    for some in db.chunks([row.id for row in clips]):
        statement = visible(ClipMessage, actor).where(ClipMessage.clip_id.in_(some))
        columns = (ClipMessage.clip_id, ClipMessage.message_id, ClipMessage.sentence)
        for clip_id, message_id, sentence in db.session().execute(statement.with_only_columns(*columns)):
            found.setdefault(clip_id, []).append((message_id, sentence))
    return found


def _messages(report: Report, said: Mapping[int, list[tuple[int, str]]], actor: Actor) -> None:
    counts: Counter[int] = Counter()
    example: dict[int, str] = {}
    for pairs in said.values():
        for message_id, sentence in pairs:
            counts[message_id] += 1
            example[message_id] = sentence or example.get(message_id, "")
    rows = db.session().execute(
        visible(Message, actor).with_only_columns(Message.id, Message.name, Message.active)
    )
    named = [
        (row.id, row.name, counts[row.id], example.get(row.id, ""))
        for row in rows
        if row.active or counts[row.id]
    ]
    report.messages = sorted(named, key=lambda each: (-each[2], each[1]))


def _speakers(report: Report, clips: Sequence[Any], actor: Actor) -> dict[int, list[str]]:
    """Fills in who spoke how often; gives the names of those quoted, by clip."""
    ids = {row.id for row in clips}
    quotes: Counter[int] = Counter()
    names: dict[int, list[str]] = {}
    statement = (
        visible(ClipPerson, actor)
        .join(Contact, Contact.id == ClipPerson.contact_id)
        .where(ClipPerson.role == "quoted")
        .with_only_columns(ClipPerson.clip_id, ClipPerson.contact_id, Contact.name)
    )
    for clip_id, contact_id, name in db.session().execute(statement):
        if clip_id in ids:
            quotes[contact_id] += 1
            names.setdefault(clip_id, []).append(name)
    people = (
        visible(Spokesperson, actor)
        .join(Contact, Contact.id == Spokesperson.contact_id)
        .with_only_columns(Spokesperson, Contact.name)
    )
    rows = db.session().execute(people).all()
    booked = _booked([row[0].id for row in rows], report)
    now_booked = loads([row[0].id for row in rows])
    perspectives: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for person, name in rows:
        count, load = quotes[person.contact_id], now_booked.get(person.id, Load(0, None))
        interviews = booked.get(person.id, 0)
        report.speakers.append(Speaker(person.id, name, person.perspective, count, interviews, load))
        perspectives[person.perspective] += count
        for each in (text.strip() for text in person.languages.split(",") if text.strip()):
            languages[each] += 1
    report.speakers.sort(key=lambda each: (-each.quotes, -each.interviews, each.name))
    report.perspectives, report.languages = dict(perspectives), dict(languages)
    return names


def _booked(ids: Sequence[int], report: Report) -> dict[int, int]:
    with system("interviews of those whom the reader sees"):
        statement = (
            select(Booking.spokesperson_id, func.count(Booking.id))
            .where(
                db.among(Booking.spokesperson_id, ids), Booking.on_day >= report.begins,
                Booking.on_day <= report.ends, Booking.status != "declined",
            )
            .group_by(Booking.spokesperson_id)
        )  # fmt: skip
        return {row[0]: row[1] for row in db.session().execute(statement)}


def _rows(  # What a table is made of.
    report: Report,
    clips: Sequence[Any],
    said: Mapping[int, list[tuple[int, str]]],
    by: str,
    actor: Actor,
    speakers: Mapping[int, list[str]],
) -> None:
    """Messages by outlet, month, spokesperson or campaign: those with most pieces first, months in order."""
    campaigns = _campaigns(clips, actor) if by == "campaign" else {}
    rows: dict[str, Row] = {}
    for clip in clips:
        for name in _groups(clip, by, campaigns, speakers):
            row = rows.setdefault(
                name, Row(name, month=clip.published_on.replace(day=1) if by == "month" else None)
            )
            row.total += 1
            row.counts.update({number for number, _sentence in said.get(clip.id, ())})
    ordered = sorted(rows.values(), key=lambda each: each.name if by == "month" else (-each.total, each.name))
    report.rows = ordered[-ROWS:] if by == "month" else ordered[:ROWS]


def _groups(
    clip: Any, by: str, campaigns: Mapping[int, str], speakers: Mapping[int, list[str]]
) -> Sequence[str]:
    if by == "month":
        return (f"{clip.published_on:%Y-%m}",)
    if by == "campaign":
        return (campaigns.get(clip.campaign_id, _("No campaign")),)
    if by == "speaker":
        return speakers.get(clip.id) or (_("Nobody of ours is quoted"),)
    return (clip.outlet_name or _("Outlet not known"),)


def _campaigns(clips: Sequence[Any], actor: Actor) -> dict[int, str]:
    ids = sorted({row.campaign_id for row in clips if row.campaign_id})
    statement = visible(Campaign, actor).where(db.among(Campaign.id, ids))
    return {
        row[0]: row[1]
        for row in db.session().execute(statement.with_only_columns(Campaign.id, Campaign.name))
    }


def as_dict(report: Report) -> dict[str, Any]:
    """For `--json`: the numbers, messages and rows by name."""
    names = {number: name for number, name, _count, _sentence in report.messages}
    return {
        "from": report.begins.isoformat(),
        "to": report.ends.isoformat(),
        "pieces": report.pieces,
        "copies": report.copies,
        "outlets": report.outlets,
        "with_message": report.with_message,
        "framing": {name or "unknown": count for name, count in report.framings.items()},
        "months": [
            {"month": f"{each.first:%Y-%m}", **dict(zip(_KEYS, each.parts, strict=True))}
            for each in report.months
        ],
        "messages": [{"name": name, "pieces": count} for _id, name, count, _sentence in report.messages],
        "rows": [
            {
                "name": row.name,
                "pieces": row.total,
                "messages": {names[k]: v for k, v in row.counts.items() if k in names},
            }
            for row in report.rows
        ],
        "spokespeople": [
            {
                "name": each.name,
                "perspective": each.perspective,
                "quotes": each.quotes,
                "interviews": each.interviews,
                "load": each.load.count,
                "at_most": each.load.at_most,
            }
            for each in report.speakers
        ],
        "perspectives": report.perspectives,
        "languages": report.languages,
    }
