"""Clips: read from their page or typed, each kept once, with who and what is in them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select

from crm.plugin_api import Actor, Contact, UserError, apply_custom, db, now, system, visible, without_custom
from crm.plugin_api import gettext as _
from crm.plugin_api.files import Upload, keep
from crm.plugin_api.outside import Unreachable, fetch
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_note, fold, squash
from crm_media.models import Clip, ClipFile, ClipMessage, ClipPerson, Item, Message, Opinion, Outlet
from crm_media.permissions import OUTREACH
from crm_media.reading import page, sentences, urls
from crm_media.services import bills, opinions
from crm_media.services import copies as copies_of
from crm_media.times import here

COPY_DAYS: Final = 21
FEWEST_WORDS: Final = 5
"""Titles of fewer words are alike by chance."""
MOST_TEXT: Final = 20_000
MOST_ALIKE: Final = 20
"""Earlier pieces of one headline that are compared."""
_LONG: Final = frozenset({"text", "quote", "note"})


class AlreadyKept(UserError):
    """The page is among the coverage already: `clip_id` says where."""

    def __init__(self, clip_id: int, title: str) -> None:
        super().__init__(_("This piece is among the coverage already: “%(title)s”.", title=title))
        self.clip_id = clip_id


@dataclass(frozen=True)
class Suggested:
    """What a page says, as the fields of a clip, and what could not be read."""

    values: dict[str, Any]
    notes: list[str]


def look(url: str, actor: Actor) -> Suggested:
    """Read a page for a form that is then looked at. AlreadyKept where it was clipped before; UserError
    for what is no web address. A page that cannot be read still gives its address, and says why the rest
    is empty."""
    address = urls.clean(url if "://" in url else f"https://{url.strip()}")
    if not address:
        raise UserError(_("A web address begins with https:// or http://."))
    refuse_twice(urls.key(address), actor)
    try:
        found = fetch(address)
    except Unreachable as error:
        return Suggested({"url": address}, [error.message, _("Write down by hand what is missing.")])
    about = page.read(found.content, found.charset, found.url, now())
    refuse_twice(urls.key(about.url), actor)
    values = {
        "url": about.url or address,
        "title": about.title,
        "outlet_name": about.outlet,
        "author": about.author,
        "published_on": day_of(about),
        "piece": "oped" if about.opinion else "news",
        "text": about.text,
    }
    return Suggested(values, _missing(values, about))


def _missing(values: Mapping[str, Any], about: page.About) -> list[str]:
    names = (
        ("title", _("title")),
        ("outlet_name", _("outlet")),
        ("published_on", _("day")),
        ("text", _("text")),
    )
    empty = [word for name, word in names if not values[name]]
    notes = (
        [_("The page does not say: %(what)s. Write it down by hand.", what=", ".join(empty))] if empty else []
    )
    if "future" in about.notes:
        notes.append(_("The day that the page names lies in the future, so it was left out."))
    return notes


def refuse_twice(key: str, actor: Actor, but: int = 0) -> None:
    """AlreadyKept for the address of a clip."""
    if not key:
        return
    statement = visible(Clip, actor).where(Clip.url_key == key, Clip.id != but)
    found = db.session().execute(statement.with_only_columns(Clip.id, Clip.title)).first()
    if found is not None:
        raise AlreadyKept(found.id, found.title)


def title_key(title: str, outlet: str = "") -> str:
    """By what copies of one piece are known: the folded title without the outlet's name behind it."""
    text = fold(title)
    for mark in (" | ", " - ", " :: "):
        head, found, tail = text.rpartition(mark)
        if found and (fold(outlet) in tail or len(tail.split()) <= 4) and len(head.split()) >= FEWEST_WORDS:
            text = head
    return text[:200]


def save(clip: Clip, values: Mapping[str, Any], actor: Actor, change: Change) -> Clip:
    """Keep a clip: its outlet by name, its framing and messages from its text, the first of its copies."""
    chosen = values.get("messages")
    apply_custom(clip, values)
    for name, value in without_custom(values).items():
        if name in {"messages", "bill"}:
            continue
        text = clean_note if name in _LONG else squash
        setattr(clip, name, text(value) if isinstance(value, str) else value)
    clip.bill = clip.bill or ""
    if "bill" in values:
        bills.keep(clip, values["bill"] or "", actor)
    clip.url = urls.clean(clip.url) if clip.url else ""
    clip.url_key = urls.key(clip.url) or None
    refuse_twice(clip.url_key or "", actor, clip.id or 0)
    clip.text = (clip.text or "")[:MOST_TEXT]
    clip.framing = framing_of(clip)
    clip.outlet_id = outlet_of(clip.outlet_name, actor)
    is_new = clip.id is None
    clip.title_key = title_key(clip.title, clip.outlet_name)
    db.session().add(clip)
    db.session().flush()
    if is_new:
        clip.copy_of_id = first_like(clip)
    set_messages(clip, chosen, change)
    _printed(clip, actor)
    db.session().flush()
    return clip


def _printed(clip: Clip, actor: Actor) -> None:
    """An op-ed of ours that is among the coverage was printed."""
    if clip.opinion_id is None or not actor.can(OUTREACH):
        return
    statement = visible(Opinion, actor, OUTREACH).where(Opinion.id == clip.opinion_id)
    opinion = db.session().scalars(statement).first()
    if opinion is not None and opinion.status != "printed":
        opinions.printed_at(opinion, squash(clip.outlet_name or ""), clip.published_on)


@dataclass(frozen=True)
class Came:
    """What pieces of feeds said that became one clip: only where it still says so may its page say more.
    `days` are those on which they were read, of pieces that named none themselves."""

    titles: frozenset[str]
    outlets: frozenset[str]
    days: frozenset[date]
    texts: frozenset[str]


def fill(clip: Clip, about: page.About, actor: Actor, change: Change, came: Came) -> bool:
    """Take what a page says where the clip still says what came: its longer text, its author, the outlet
    where only the site is known, the day where the feed said none. False where the page shows something else
    than the piece, such as a notice to subscribers, so that what the feed said stays."""
    said_no = _taken_out(clip)
    clip.author = clip.author or about.author
    if clip.published_on in came.days and (day := day_of(about)) is not None:
        clip.published_on = day
    if about.outlet and clip.outlet_name in {"", urls.site(clip.url)} & {"", *came.outlets}:
        clip.outlet_name = squash(about.outlet)[:200]
        clip.outlet_id = outlet_of(clip.outlet_name, actor)
        if clip.title in came.titles:
            clip.title = _without_outlet(clip.title, clip.outlet_name)
        clip.title_key = title_key(clip.title, clip.outlet_name)
        clip.copy_of_id = clip.copy_of_id or (None if _has_copies(clip) else first_like(clip))
    longer = len(about.text) > len(clip.text) and clip.text in came.texts
    belongs = longer and _is_about(clip, about.text)
    if belongs:
        kept = "" if fold(clip.text[:60]) in fold(about.text) else f"{clip.text}\n"
        clip.text = clean_note(f"{kept}{about.text}")[:MOST_TEXT]
    clip.framing = framing_of(clip)
    set_messages(clip, None, change, said_no)
    db.session().flush()
    return belongs or not longer


def _taken_out(clip: Clip) -> set[int]:
    """The messages that the words of a clip say and that somebody took out of it."""
    said = sentences.carried(_words_of(clip), active_phrases())
    with system("the messages in a clip that was loaded for the actor"):
        there = select(ClipMessage.message_id).where(ClipMessage.clip_id == clip.id)
        return set(said) - set(db.session().scalars(there))


def _words_of(clip: Clip) -> str:
    return f"{clip.title}.\n{clip.text}\n{clip.quote}"


def _is_about(clip: Clip, text: str) -> bool:
    """Whether a text speaks of what the headline and the summary speak of: a third of their longer words."""
    wanted = set(re.findall(r"\w{5,}", fold(f"{clip.title} {clip.text}")))
    there = set(re.findall(r"\w{5,}", fold(text)))
    return not wanted or 3 * len(wanted & there) >= len(wanted)


def _without_outlet(title: str, outlet: str) -> str:
    """A headline without the name of its outlet behind it, as Google Alerts write it."""
    for mark in (" - ", " | ", " – "):
        head, found, tail = title.rpartition(mark)
        if found and fold(tail.strip()) == fold(outlet):
            return head.strip()
    return title


def day_of(about: page.About) -> date | None:
    """The day that a page names, as it wrote it; where it wrote in UTC, the day that it was here."""
    return about.day or (here(about.published) if about.published else None)


def said_in(clip: Clip) -> list[sentences.Said]:
    """The sentences of the headline and the text that frame absence."""
    return sentences.framing(f"{clip.title}\n{clip.text}")


def framing_of(clip: Clip) -> str:
    """What they say together; empty where there is no text and the headline says neither."""
    found = sentences.verdict(said_in(clip))
    return "" if found == "neither" and not clip.text else found


def outlet_of(name: str, actor: Actor) -> int | None:
    """The outlet of this name, if the actor may see one."""
    if not name:
        return None
    statement = (
        visible(Outlet, actor)
        .join(Contact, Contact.id == Outlet.contact_id)
        .where(func.lower(Contact.name) == name.lower())
        .order_by(Outlet.id)
        .with_only_columns(Outlet.id)
    )
    return db.session().scalars(statement).first()


def _has_copies(clip: Clip) -> bool:
    with system("whether others are copies of a piece"):
        return db.session().scalar(select(Clip.id).where(Clip.copy_of_id == clip.id).limit(1)) is not None


def first_like(clip: Clip) -> int | None:
    """The earliest clip with the same title, about the same time: what this one is a copy of."""
    if len(clip.title_key.split()) < FEWEST_WORDS:
        return None
    around = (clip.published_on or now().date()).toordinal()
    begins, ends = (
        date.fromordinal(min(max(around + days, 1), date.max.toordinal())) for days in (-COPY_DAYS, COPY_DAYS)
    )
    with system("whether a piece was printed elsewhere"):
        statement = (
            select(Clip.id, Clip.copy_of_id, Clip.outlet_name, Clip.published_on, Clip.text)
            .where(
                Clip.title_key == clip.title_key,
                Clip.id != clip.id,
                or_(Clip.copy_of_id.is_(None), Clip.copy_of_id != clip.id),
                func.coalesce(Clip.published_on, begins) >= begins,
                func.coalesce(Clip.published_on, begins) <= ends,
            )
            .order_by(Clip.copy_of_id.is_not(None), Clip.id)
        )
        mine = copies_of.Print(clip.outlet_name, clip.published_on, clip.text)
        rows = db.session().execute(statement.limit(MOST_ALIKE))
        like = [each for each in rows if copies_of.alike(mine, copies_of.Print(*each[2:]))]
        found = max(like, key=lambda each: copies_of.shared(mine.text, each.text), default=None)
    return (found.copy_of_id or found.id) if found else None


def active_phrases() -> dict[int, sentences.Sought]:
    with system("what coverage is searched for"):
        columns = (Message.id, Message.phrases, Message.also)
        rows = db.session().execute(select(*columns).where(Message.active.is_(True)))
        return {row[0]: sentences.Sought(row[1], row[2]) for row in rows}


def set_messages(clip: Clip, chosen: Sequence[int] | None, change: Change, but: Collection[int] = ()) -> None:
    """The messages in a clip: those ticked, and, where nobody ticked (None), those that its text says but for
    some."""
    offered = active_phrases()
    said = sentences.carried(_words_of(clip), offered)
    found = [each for each in said if each not in but]
    wanted = dict.fromkeys(chosen, True) if chosen is not None else dict.fromkeys(found, False)
    with system("the messages in a clip that was loaded for the actor"):
        rows = db.session().scalars(select(ClipMessage).where(ClipMessage.clip_id == clip.id)).all()
        kept = {each.message_id for each in rows if each.by_hand and chosen is None}
        kept |= {each.message_id for each in rows} - offered.keys()  # Out of use now, said at the time.
        gone = [each.id for each in rows if each.message_id not in wanted and each.message_id not in kept]
        change.delete(db.table(ClipMessage), gone)
    there = {each.message_id: each for each in rows if each.id not in set(gone)}
    for number, ticked in wanted.items():
        if number in there:
            there[number].sentence = said.get(number, there[number].sentence)
            continue
        by_hand = ticked and number not in said
        db.session().add(
            ClipMessage(clip_id=clip.id, message_id=number, sentence=said.get(number, ""), by_hand=by_hand)
        )
    db.session().flush()


def messages_in(clip_id: int, actor: Actor) -> Sequence[Any]:
    """(message, sentence, by hand) of a clip."""
    statement = (
        visible(ClipMessage, actor)
        .join(Message, Message.id == ClipMessage.message_id)
        .where(ClipMessage.clip_id == clip_id)
        .order_by(Message.name)
        .with_only_columns(Message.id, Message.name, ClipMessage.sentence, ClipMessage.by_hand)
    )
    return db.session().execute(statement).all()


def people_in(clip_id: int, actor: Actor) -> Sequence[Any]:
    """Those in a clip whom the reader may see."""
    statement = (
        visible(ClipPerson, actor)
        .join(Contact, Contact.id == ClipPerson.contact_id)
        .where(ClipPerson.clip_id == clip_id)
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(
            ClipPerson.id, ClipPerson.contact_id, ClipPerson.role, ClipPerson.words, Contact.name
        )
    )
    return db.session().execute(statement).all()


def add_person(clip: Clip, contact_id: int, role: str, said: str) -> None:
    """Say that somebody is in a clip; whoever is there already gets the new role and words."""
    with system("one row for somebody in a clip that was loaded for the actor"):
        statement = select(ClipPerson).where(
            ClipPerson.clip_id == clip.id, ClipPerson.contact_id == contact_id
        )
        row = db.session().scalars(statement).first()
    row = row or ClipPerson(clip_id=clip.id, contact_id=contact_id)
    row.role, row.words = role, clean_note(said)
    db.session().add(row)
    db.session().flush()


def attach(clip: Clip, upload: Upload) -> None:
    db.session().add(
        ClipFile(
            clip_id=clip.id,
            storage_key=keep(upload.content),
            file_name=upload.file_name,
            media_type=upload.media_type,
        )
    )
    db.session().flush()


def files_of(clip_id: int, actor: Actor) -> Sequence[ClipFile]:
    statement = visible(ClipFile, actor).where(ClipFile.clip_id == clip_id).order_by(ClipFile.id)
    return db.session().scalars(statement).all()


def copies(clip: Clip, actor: Actor) -> Sequence[Clip]:
    """The others that print the same piece, the first of them first."""
    first = clip.copy_of_id or clip.id
    statement = visible(Clip, actor).where(
        (Clip.id == first) | (Clip.copy_of_id == first), Clip.id != clip.id
    )
    return db.session().scalars(statement.order_by(Clip.published_on, Clip.id).limit(100)).all()


def set_apart(clip: Clip) -> None:
    """It is a piece of its own after all."""
    clip.copy_of_id = None
    db.session().flush()


def join(clip: Clip, other: Clip) -> None:
    """It prints the same as another: one of them stands for both. Two who say so at once, each from the other
    side, do it one after the other."""
    _hold(clip, other)
    first = other.copy_of_id or other.id
    if clip.id in {first, other.id} or (clip.copy_of_id or 0) == first:
        raise UserError(_("They stand together already."))
    with system("copies move to the piece that stands for them"):
        for each in db.session().scalars(select(Clip).where(Clip.copy_of_id == clip.id)):
            each.copy_of_id = first
    clip.copy_of_id = first
    db.session().flush()


def _hold(*clips: Clip) -> None:
    """Pieces with what stands for them, as they are now, until the transaction ends."""
    with system("pieces that were loaded for the actor are held while they are put together"):
        wanted = {each.id for each in clips} | {each.copy_of_id for each in clips if each.copy_of_id}
        held: set[int] = set()
        while wanted - held:
            held |= wanted
            rows = select(Clip).where(db.among(Clip.id, sorted(held))).order_by(Clip.id).with_for_update()
            found = db.session().scalars(rows.execution_options(populate_existing=True))
            wanted = held | {each.copy_of_id for each in found if each.copy_of_id}


def remove(clip: Clip, change: Change) -> None:
    """A clip goes with what hangs on it; its copies stand for themselves, the oldest first."""
    with system("a clip that was loaded for the actor goes with what hangs on it"):
        heirs = list(db.session().scalars(select(Clip).where(Clip.copy_of_id == clip.id).order_by(Clip.id)))
        for each in heirs:
            each.copy_of_id = None if each is heirs[0] else heirs[0].id
        db.session().flush()
        change.update(db.table(Item), _items_of(clip.id), {"clip_id": None})
        for model in (ClipMessage, ClipPerson, ClipFile):
            ids = db.session().scalars(select(model.id).where(model.clip_id == clip.id)).all()
            change.delete(db.table(model), ids)
    db.session().delete(clip)
    db.session().flush()


def _items_of(clip_id: int) -> Sequence[int]:
    with system("pieces of feeds that became a clip"):
        return db.session().scalars(select(Item.id).where(Item.clip_id == clip_id)).all()


def of_contact(contact_id: int, actor: Actor, limit: int = 20) -> Sequence[Any]:
    """(clip, role) of somebody, newest first."""
    statement = (
        visible(ClipPerson, actor)
        .join(Clip, Clip.id == ClipPerson.clip_id)
        .where(ClipPerson.contact_id == contact_id)
        .order_by(Clip.published_on.desc(), Clip.id.desc())
        .limit(limit)
        .with_only_columns(Clip, ClipPerson.role)
    )
    return db.session().execute(statement).all()


def recent(actor: Actor, limit: int = 6, **where: Any) -> Sequence[Clip]:
    """The newest clips, copies left out; of an outlet or a campaign where one is named."""
    statement = visible(Clip, actor).where(Clip.copy_of_id.is_(None))
    for name, value in where.items():
        statement = statement.where(getattr(Clip, name) == value)
    return db.session().scalars(statement.order_by(*newest()).limit(limit)).all()


def newest() -> tuple[Any, ...]:
    return (func.coalesce(Clip.published_on, date(1900, 1, 1)).desc(), Clip.id.desc())
