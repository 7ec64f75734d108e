"""Hearings as staff writes them down or puts them right."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from crm.plugin_api import Actor, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note, fold, squash
from crm_policy.importing.bills import hearing_at, off_agenda, put_on_agenda, standing
from crm_policy.importing.committee_names import committee_of
from crm_policy.models import Bill, Hearing, HearingBill, Testimony
from crm_policy.places import zone_of
from crm_policy.services.bills import track
from crm_policy.words import held_on

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
_OURS: Final = ("starts_at", "all_day", "place", "url", "status")
"""What an import would write; once staff says otherwise it no longer does."""


def write_hearing(found: Hearing | None, values: Mapping[str, Any], bill: Bill | None) -> Hearing:
    """A new hearing, or one put right. UserError where another of the committee stands at that moment; a new
    one that is here already only gets the bill on its agenda, for what somebody noted there is theirs."""
    moment = _moment(values)
    committee = squash(values["committee_name"])
    other = standing(values["state"], committee, moment, found.kind if found is not None else "hearing")
    if other is not None and other is not found:
        if found is not None or bill is None or _says_more(values):
            raise UserError(
                _(
                    "“%(name)s” has a hearing at that moment already. Open it under “Hearings” and change it "
                    "there.",
                    name=committee,
                )
            )
        return other
    one = found or hearing_at(values["state"], committee, moment, "hearing")
    before = {name: getattr(one, name) for name in _OURS}
    if (one.state, one.committee_name) != (values["state"], committee):
        one.committee_id = committee_of(values["state"], committee)
    one.committee_name, one.committee_key = committee, fold(committee)[:200]
    if one.starts_at != moment:
        one.all_day = one.all_day and values["starts_at"].time() == time()
    one.starts_at, one.state, one.time_zone = moment, values["state"], str(zone_of(values["state"]))
    for name in ("place", "url", "status", "remind_days"):
        setattr(one, name, values[name] if values[name] is not None else "")
    one.note, one.going = clean_note(values["note"] or ""), squash(values["going"] or "")
    changed = {name for name in _OURS if getattr(one, name) != before[name]}
    one.staff_fields = sorted({*one.staff_fields, *changed})
    db.session().flush()
    return one


def at_that_time(hearing: Hearing, actor: Actor) -> list[Hearing]:
    """Other hearings in the state that could be this one: at the same moment, or on the same day where one of
    them tells no hour."""
    near = visible(Hearing, actor).where(
        Hearing.state == hearing.state,
        Hearing.id != hearing.id,
        Hearing.starts_at > hearing.starts_at - timedelta(days=1),
        Hearing.starts_at < hearing.starts_at + timedelta(days=1),
    )
    return [
        each
        for each in db.session().scalars(near.order_by(Hearing.committee_key, Hearing.id).limit(300))
        if each.starts_at == hearing.starts_at
        or (held_on(each) == held_on(hearing) and (each.all_day or hearing.all_day))
    ]


def twins(hearing: Hearing, others: Sequence[Hearing]) -> list[Hearing]:
    """Those of the others that are likely the same, for committees of all kinds meet at nine: their names
    have a word in common, or a bill is on both agendas."""
    with system("what is on both agendas"):
        ids = [hearing.id, *(each.id for each in others)]
        rows = select(HearingBill.hearing_id, HearingBill.bill_id).where(
            db.among(HearingBill.hearing_id, ids)
        )
        heard: dict[int, set[int]] = {}
        for hearing_id, bill_id in db.session().execute(rows):
            heard.setdefault(hearing_id, set()).add(bill_id)
    mine, words = heard.get(hearing.id, set()), _telling(hearing)
    alike = [each for each in others if words & _telling(each) or mine & heard.get(each.id, set())]
    return [each for each in alike if each.status != "cancelled" and not _differ(each, hearing)][:3]


_SAYS_NOTHING: Final = frozenset(
    [
        "a",
        "and",
        "assembly",
        "committee",
        "committees",
        "hearing",
        "house",
        "joint",
        "meeting",
        "of",
        "on",
        "public",
        "room",
        "select",
        "senate",
        "standing",
        "subcommittee",
        "the",
    ]
)


def _telling(hearing: Hearing) -> set[str]:
    """The words of a committee's name that tell it from others."""
    return set(hearing.committee_key.split()) - _SAYS_NOTHING


def _differ(one: Hearing, two: Hearing) -> bool:
    """Whether both are known to be of two committees, which meet at the same time each Tuesday."""
    return bool(one.committee_id and two.committee_id) and one.committee_id != two.committee_id


def unite(keep: Hearing, other: Hearing) -> None:
    """Two records are one hearing, told of under two names. Agenda, testimony and notes of both stay, and
    whoever tells of the other again means this one."""
    for each in sorted((keep, other), key=lambda one: one.id):
        _hold(each)
    if keep.id == other.id or keep.state != other.state:
        raise UserError(_("Choose another hearing of the same state."))
    keys = [other.called(), *([f"={other.source_key}"] if other.source_key and keep.source_key else [])]
    keep.aliases = list(dict.fromkeys([*keep.aliases, *keys, *other.aliases]))
    with system("what hangs on two hearings that are one"):
        _move_agenda(keep, other)
        said = select(Testimony).where(Testimony.hearing_id == other.id)
        for one in db.session().scalars(said).all():
            one.hearing_id = keep.id
    values = _of_both(keep, other)
    db.session().delete(other)
    db.session().flush()
    for name, value in values.items():
        setattr(keep, name, value)
    db.session().flush()


def _of_both(keep: Hearing, other: Hearing) -> Mapping[str, Any]:
    """What the one that stays takes from the other: what it lacks itself, and what staff put right there."""
    theirs = [name for name in other.staff_fields if name not in keep.staff_fields]
    values = {name: getattr(keep, name) or getattr(other, name) for name in ("place", "url", "committee_id")}
    values |= {name: getattr(other, name) for name in theirs if name in _OURS}
    if keep.all_day and not other.all_day and "starts_at" not in keep.staff_fields:
        values |= {"starts_at": other.starts_at, "all_day": False}
    notes = dict.fromkeys(filter(None, (keep.note, other.note)))
    return {
        **values,
        "note": "\n\n".join(notes),
        "going": ", ".join(dict.fromkeys(filter(None, (keep.going, other.going)))),
        "staff_fields": sorted({*keep.staff_fields, *theirs}),
        "source_key": keep.source_key or other.source_key,
        "source": keep.source or other.source,
        "remind_days": max(keep.remind_days, other.remind_days),
        "custom": {**other.custom, **keep.custom},
    }


def _move_agenda(keep: Hearing, other: Hearing) -> None:
    both = select(HearingBill).where(HearingBill.hearing_id.in_((keep.id, other.id)))
    rows = db.session().scalars(both).all()
    present = {row.bill_id for row in rows if row.hearing_id == keep.id}
    for row in rows:
        if row.hearing_id == other.id and row.bill_id not in present:
            row.hearing_id = keep.id
        elif row.hearing_id == other.id:
            db.session().delete(row)
    db.session().flush()


def _hold(hearing: Hearing) -> None:
    try:
        db.session().refresh(hearing, with_for_update=True)
    except InvalidRequestError as error:
        raise UserError(_("Somebody has made this hearing part of another one. Look at the list.")) from error


def add_to_agenda(hearing: Hearing, bill: Bill) -> None:
    """Put a bill on the agenda; whoever took it off before has thought better of it."""
    hearing.staff_fields = [name for name in hearing.staff_fields if name != off_agenda(bill.id)]
    put_on_agenda(hearing, bill.id)
    track(bill.id)
    db.session().flush()


def take_off_agenda(hearing: Hearing, bill: Bill) -> None:
    """A bill that is not heard there; no import puts it there again."""
    with system("what is on an agenda"):
        rows = select(HearingBill).where(HearingBill.hearing_id == hearing.id, HearingBill.bill_id == bill.id)
        for row in db.session().scalars(rows).all():
            db.session().delete(row)
    hearing.staff_fields = sorted({*hearing.staff_fields, off_agenda(bill.id)})
    db.session().flush()


def _says_more(values: Mapping[str, Any]) -> bool:
    return (
        bool(values["place"] or values["url"] or values["note"] or values["going"])
        or values["status"] != "confirmed"
    )


def _moment(values: Mapping[str, Any]) -> datetime:
    told: datetime = values["starts_at"]
    if not FIRST_YEAR <= told.year <= LAST_YEAR:
        raise UserError(_("Look at the year: %(year)s cannot be right.", year=told.year))
    return told.replace(tzinfo=zone_of(values["state"]))
