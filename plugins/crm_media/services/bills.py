"""Bills that coverage and releases are about: those of state policy where it is there, else words alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.plugin_api import Actor, Contact, db, enabled, system, visible
from crm.plugin_api.words import squash
from crm_media.models import Clip, Outlet, Release
from crm_media.words import SHOWN

LONGEST: Final = 60


def tracked(actor: Actor) -> bool:
    """Whether there are bills to choose from, and this reader may see them."""
    if not enabled("policy"):
        return False
    from crm_policy import public

    return actor.can(public.VIEW)


def keep(row: Any, typed: str, actor: Actor) -> None:
    """What was typed, with the bill that it means where exactly one fits: that may be one of another country
    or of the Congress, which nobody tracks here."""
    typed = squash(typed)
    if typed == row.bill:
        return
    row.bill_id, row.bill = None, typed[:LONGEST]
    if typed and tracked(actor):
        from crm_policy import public

        found = public.find_bills(typed, actor, 2)
        if len(found) == 1:
            row.bill_id, row.bill = found[0].id, found[0].name[:LONGEST]


def shown(row: Any, actor: Actor) -> Any:
    """The bill of a record, with `name`, `title` and `url`; None where it is words alone, or hidden."""
    if not row.bill or not tracked(actor):
        return None
    from crm_policy import public

    if row.bill_id is not None:
        return public.names_of([row.bill_id], actor).get(row.bill_id)
    found = public.find_bills(row.bill, actor, 2)
    return found[0] if len(found) == 1 else None


def standing(bill_id: int) -> int:
    """The bill that an address names; of one that was here twice the one that stayed."""
    if not bill_id or not enabled("policy"):
        return bill_id
    from crm_policy import public

    return public.heir_of(bill_id) or bill_id


def about(model: Any, bill: Any) -> ColumnElement[bool]:
    """Whether a record is about a bill, also where it was written down before anybody tracked that."""
    in_words = and_(model.bill_id.is_(None), func.lower(model.bill) == bill.name.lower())
    return or_(model.bill_id == bill.id, in_words)


def hand_on(heirs: Mapping[int, int]) -> None:
    """Bills that were here twice became one: coverage and releases are about the one that stays. `heirs` by
    the id of each bill that goes."""
    change = db.current_change()
    assert change is not None
    for model in (Clip, Release):
        moved: dict[int, list[int]] = {}
        with system("what is about a bill goes on being about it"):
            for some in db.chunks([*heirs]):
                rows = select(model.id, model.bill_id).where(db.among(model.bill_id, some))
                for row_id, bill_id in db.session().execute(rows):
                    moved.setdefault(heirs[int(bill_id or 0)], []).append(row_id)
            for bill_id, ids in moved.items():
                change.update(db.table(model), ids, {"bill_id": bill_id})


def choices(actor: Actor, bill_id: int) -> list[tuple[str, int]]:
    """What may be asked for: bills that come up, and those that coverage is about; that of the page first."""
    from crm_policy import public

    named_by = (
        visible(Clip, actor).where(Clip.bill_id.is_not(None)).with_only_columns(Clip.bill_id).distinct()
    )
    ids = [bill_id, *(each.bill.id for each in public.upcoming(actor))]
    ids += [int(each or 0) for each in db.session().scalars(named_by.limit(200))]
    named = public.names_of([each for each in dict.fromkeys(ids) if each], actor)
    return [(f"{each.name} · {each.title[:90]}", each.id) for each in named.values()]


@dataclass
class District:
    """A district whose legislator decides, and what its papers printed. `swings` where one may be won."""

    name: str
    url: str
    party: str
    role: str
    place: str
    lean: int | None
    why: str
    swings: bool
    outlets: list[str] = field(default_factory=list)
    pieces: int = 0
    about: int = 0
    framings: dict[str, int] = field(default_factory=dict)
    latest: Any = None

    @property
    def order(self) -> str:
        """Sorts House 4 before House 17."""
        return re.sub(r"\d+", lambda found: found[0].zfill(6), self.place)

    @property
    def parts(self) -> list[int]:
        """Pieces in the order of `SHOWN`."""
        return [self.framings.get(name, 0) for name in SHOWN]


@dataclass
class Before:
    """Coverage before a vote: what comes up (`when` is None for a floor whose day nobody tells), and the
    districts, those that may be won and where nothing was printed first. `unplaced` are (contact, name) of
    the outlets of which nobody said where they lie."""

    bill: Any
    where: str
    when: datetime | None
    url: str
    districts: list[District]
    placed: int
    unplaced: list[tuple[int, str]] = field(default_factory=list)

    @property
    def silent(self) -> int:
        return sum(1 for each in self.districts if each.swings and not each.pieces)

    @property
    def most(self) -> int:
        """Pieces of the district that has most; at least one, so that it can be divided by."""
        return max([1, *(each.pieces for each in self.districts)])


def before_a_vote(bill_id: int, since: date, actor: Actor) -> Before | None:
    """None for a bill about which nothing is decided any more, or that the reader may not see."""
    from crm_policy import public

    decision, deciding = public.deciders(bill_id, actor)
    if decision is None:
        return None
    rows: dict[tuple[str, str, str], list[District]] = {}
    for each in deciding:
        place = f"{public.chamber_words(each.place.state, each.place.chamber)} {each.place.district}"
        one = District(each.name, each.url, each.party, each.role, place, each.lean, each.why, each.swings)
        rows.setdefault(public.key_of(each.place), []).append(one)
    outlets = {row[0]: (row[1], row[2]) for row in db.session().execute(_outlets(actor))}
    places = public.districts_of_each([contact_id for contact_id, _name in outlets.values()])
    lying = {
        outlet_id: {public.key_of(place) for place in places.get(contact_id, ())}
        for outlet_id, (contact_id, _name) in outlets.items()
    }
    for outlet_id, keys in lying.items():
        for one in (each for key in keys for each in rows.get(key, ())):
            one.outlets.append(outlets[outlet_id][1])
    for clip in db.session().execute(_clips(actor, since)):
        for one in (each for key in lying.get(clip.outlet_id, ()) for each in rows.get(key, ())):
            _count(one, clip, decision.bill)
    found = [each for some in rows.values() for each in some]
    found.sort(key=lambda each: (not each.swings, each.pieces > 0, each.order, each.name))
    unplaced = [outlets[number] for number, keys in lying.items() if not keys]
    placed = len(lying) - len(unplaced)
    return Before(decision.bill, decision.where, decision.starts_at, decision.url, found, placed, unplaced)


def coming_up(since: date, actor: Actor) -> list[Before]:
    """The same for every bill whose hearing comes up, the soonest first; at most twenty."""
    if not tracked(actor):
        return []
    from crm_policy import public

    ids = list(dict.fromkeys(each.bill.id for each in public.upcoming(actor)))[:20]
    return [found for each in ids if (found := before_a_vote(each, since, actor))]


def as_dict(found: Before) -> dict[str, Any]:
    """For `--json`; a lean goes from -2 (firm no) to 2 (firm yes) and is null where nobody knows."""
    return {
        "bill": found.bill.name,
        "title": found.bill.title,
        "where": found.where,
        "when": found.when.isoformat() if found.when else None,
        "silent": found.silent,
        "districts": [
            {
                "district": each.place,
                "legislator": each.name,
                "party": each.party,
                "lean": each.lean,
                "swings": each.swings,
                "outlets": each.outlets,
                "pieces": each.pieces,
                "about_the_bill": each.about,
                "framing": {name or "unknown": count for name, count in zip(SHOWN, each.parts, strict=True)},
            }
            for each in found.districts
        ],
        "outlets_without_a_district": [name for _id, name in found.unplaced],
    }


def _count(one: District, clip: Any, bill: Any) -> None:
    one.pieces += 1
    in_words = clip.bill_id is None and clip.bill.lower() == bill.name.lower()
    one.about += clip.bill_id == bill.id or in_words
    framing = clip.framing or ""
    one.framings[framing] = one.framings.get(framing, 0) + 1
    one.latest = one.latest or clip


def _outlets(actor: Actor) -> Any:
    statement = visible(Outlet, actor).join(Contact, Contact.id == Outlet.contact_id)
    return statement.order_by(Contact.sort_name).with_only_columns(Outlet.id, Contact.id, Contact.name)


def _clips(actor: Actor, since: date) -> Any:
    """Copies, too: a piece that a paper took over is read in its district."""
    statement = visible(Clip, actor).where(Clip.published_on >= since, Clip.outlet_id.is_not(None))
    columns = (Clip.id, Clip.title, Clip.outlet_id, Clip.bill_id, Clip.bill, Clip.framing, Clip.published_on)
    newest = statement.order_by(Clip.published_on.desc(), Clip.id.desc())
    return newest.limit(10_000).with_only_columns(*columns)
