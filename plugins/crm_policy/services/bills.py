"""Bills as staff works with them: written by hand, tracked, given a position; and what a page shows of
one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any, Final

from sqlalchemy import func, or_, select

from crm.plugin_api import Actor, UserError, apply_custom, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import User
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_note, day_here, squash
from crm_policy.importing.bills.columns import AGE
from crm_policy.importing.sessions import Sessions
from crm_policy.models import Action, Ballot, Bill, Document, Session
from crm_policy.ordering import newest_first
from crm_policy.reading.neutral import identifier, sort_key
from crm_policy.services import assessing
from crm_policy.services.kinship import WORK, companions
from crm_policy.words import POSITIONS, TRIAGE
from crm_policy.writing import update_rows

STALE = timedelta(days=30)
IDEA, INTRODUCED = 0, 2
"""The stages at which staff can write down a bill. LegiScan's milestone for a stage above an idea is one
less."""
"""What companions share."""


def by_hand(values: Mapping[str, Any]) -> Bill:
    """A bill that staff writes down; UserError when it is here already."""
    number = identifier(values["identifier"])
    session = Sessions().find_or_make(
        values["state"], {"identifier": squash(values["session"]), "name": "", "legiscan_id": None}
    )
    _refuse_twice(session.id, number)
    told = values.get("stage")
    stage = INTRODUCED if told is None else min(max(int(told), IDEA), INTRODUCED)
    bill = Bill(
        state=values["state"],
        session_id=session.id,
        identifier=number,
        sort_key=sort_key(values["state"], number),
        title=squash(values["title"]),
        chamber=values["chamber"],
        url=values["url"] or "",
        triage="tracked",
        stage=stage,
        source_stage=stage,
        former_identifiers=[],
        subjects=[],
        hashes={},
        status_events=[] if stage == IDEA else [[day_here().isoformat(), stage - 1]],
    )
    apply_custom(bill, values)
    db.session().add(bill)
    db.session().flush()
    return bill


def rewrite(bill: Bill, values: Mapping[str, Any]) -> None:
    """Number, title, chamber, page of a bill that staff wrote down; UserError if another has the number."""
    number = identifier(values["identifier"])
    if number != bill.identifier:
        _refuse_twice(bill.session_id, number)
    bill.identifier, bill.sort_key = number, sort_key(bill.state, number)
    bill.title, bill.chamber, bill.url = squash(values["title"]), values["chamber"], values["url"] or ""
    apply_custom(bill, values)
    db.session().flush()


def _refuse_twice(session_id: int, number: str) -> None:
    with system("whether a bill is here already"):
        same = select(Bill.id).where(Bill.session_id == session_id, Bill.identifier == number)
        if db.session().execute(same).first() is not None:
            raise UserError(
                _("%(number)s of that session is here already. Look for it in the list.", number=number)
            )


def set_position(bill: Bill, values: Mapping[str, Any], change: Change) -> int:
    """What we think of a bill, shared with its companions; returns how many companions took it over."""
    if values["position"] and values["position"] not in POSITIONS:
        raise UserError(_("Choose one of the positions."))
    shared = {name: values[name] for name in WORK}
    shared["priority"] = shared["priority"] or 0
    shared["position"] = shared["position"] or ""
    shared["position_note"] = clean_note(shared["position_note"] or "")
    if any(shared.values()):
        shared["triage"] = "tracked"
    apply_custom(bill, values)
    db.session().flush()
    with system("companions share their work, but for those that somebody put aside"):
        aside = select(Bill.id).where(db.among(Bill.id, companions(bill)), Bill.triage == "ignored")
        left_out = {bill.id, *db.session().scalars(aside)}
    others = [each for each in companions(bill) if each not in left_out]
    update_rows(change, Bill, [bill.id, *others], {**shared, "updated_at": db.now()})
    update_rows(change, Bill, [bill.id], {"short_title": squash(values["short_title"] or "")})
    db.session().expire_all()
    return len(others)


def track(bill_id: int) -> None:
    """Somebody works on a bill, so whoever answers for it is to hear of it. Inside a transaction."""
    with system("a bill on which somebody works is tracked"):
        bill = db.session().get_one(Bill, bill_id)
        if bill.triage in ("", "inbox", "later"):
            bill.triage, bill.later_until = "tracked", None
            db.session().flush()


def set_triage(ids: Sequence[int], triage: str, change: Change, later_until: date | None = None) -> None:
    """Track, ignore, or look again later."""
    if triage not in TRIAGE:
        raise UserError(_("Choose to track, to ignore, or to look again later."))
    until = (later_until or day_here() + timedelta(days=14)) if triage == "later" else None
    for some in db.chunks(ids):
        update_rows(change, Bill, some, {"triage": triage, "later_until": until})


def take_older(bill: Bill, change: Change) -> None:
    """Forget how new what sources told of a bill was, so that their next files count in any case."""
    told = {
        source: {name: each for name, each in hashes.items() if name != AGE}
        for source, hashes in (bill.hashes or {}).items()
    }
    update_rows(change, Bill, [bill.id], {"hashes": told})
    db.session().expire_all()


def add_action(bill: Bill, values: Mapping[str, Any], change: Change) -> None:
    """An action that the source does not have; it stays beside the source's and counts for the stage."""
    text = squash(values["text"])
    db.session().add(
        Action(
            bill_id=bill.id,
            acted_on=values["acted_on"],
            position=9999,
            chamber=values["chamber"] or "",
            text=text,
            classes=[],
        )
    )
    db.session().flush()
    assessing.refresh([bill.id], change)
    db.session().expire_all()


def remove_action(action: Action, change: Change) -> None:
    """Only what staff wrote can be taken away."""
    if action.source:
        raise UserError(
            _("This action comes from the source; only what you wrote yourselves can be removed.")
        )
    bill_id = action.bill_id
    db.session().delete(action)
    db.session().flush()
    assessing.refresh([bill_id], change)
    db.session().expire_all()


def add_version(bill: Bill, values: Mapping[str, Any]) -> Document:
    version = Document(
        bill_id=bill.id,
        kind="version",
        note=squash(values["note"]),
        dated_on=values["dated_on"],
        url=values["url"] or "",
        body=clean_note(values["body"] or ""),
        key="",
    )
    db.session().add(version)
    db.session().flush()
    return version


def set_text(version: Document, body: str) -> None:
    version.body = clean_note(body)
    db.session().flush()


# What a page shows.


def freshness(bill: Bill, session: Any) -> str:
    """How much what we know can be relied on: `staff`, `missing`, `stale` or `fresh`."""
    if bill.source == "staff":
        return "staff"
    if bill.missing_since is not None:
        return "missing"
    seen = max((each for each in (bill.seen_at, session.seen_at) if each), default=None)
    over = session.ends_on is not None and session.ends_on < day_here() and bill.disposition != "live"
    return "fresh" if over or (seen is not None and db.now() - seen < STALE) else "stale"


def user_name(user_id: int | None) -> str:
    if user_id is None:
        return ""
    with system("who answers for something"):
        return db.session().execute(select(User.name).where(User.id == user_id)).scalar() or ""


def ballots(vote_id: int, actor: Actor) -> list[Any]:
    from crm_policy.models import Legislator

    statement = (
        visible(Ballot, actor)
        .outerjoin(Legislator, Legislator.id == Ballot.legislator_id)
        .where(Ballot.vote_id == vote_id)
        .order_by(Ballot.option.desc(), Legislator.sort_name, Ballot.name)
        .with_only_columns(
            Ballot.option, Ballot.name, Ballot.legislator_id, Legislator.name.label("known"), Legislator.party
        )
    )
    return list(db.session().execute(statement))


# Two versions side by side.

Row = tuple[str, list[tuple[str, str]], list[tuple[str, str]]]


def compare(old: str, new: str) -> list[Row]:
    """Two texts line by line: (what kind of row, words of the old, words of the new); each word is marked as
    `same`, `old` (taken out) or `new` (put in)."""
    before, after = _sentences(old), _sentences(new)
    rows: list[Row] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [("same", [("same", line)], [("same", line)]) for line in before[a:b]]
        else:
            rows += _changed(before[a:b], after[c:d])
    return rows


_LONG: Final = 400
"""Letters of a line beyond which its sentences are compared, not the line: a pasted PDF has no lines."""
_MOST_PAIRS: Final = 250_000
"""So many pairs of words are looked at to mark what changed in a line; beyond that the whole line did."""
_END: Final = re.compile(r"(?<=[.;:])\s+")


def _sentences(text: str) -> list[str]:
    lines = (line.strip() for line in text.split("\n"))
    parts = (part for line in lines for part in (_END.split(line) if len(line) > _LONG else [line]))
    return [part for each in parts for part in _pieces(each) if part]


def _pieces(text: str) -> Iterable[str]:
    """Text of any length in pieces of whole words."""
    if len(text) <= 4 * _LONG:
        return [text]
    words = text.split()
    return [" ".join(words[at : at + _LONG // 4]) for at in range(0, len(words), _LONG // 4)]


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterable[Row]:
    for number in range(max(len(before), len(after))):
        old = before[number] if number < len(before) else ""
        new = after[number] if number < len(after) else ""
        left, right = _words(old, new)
        yield "changed", left, right


def _words(old: str, new: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    one, two = old.split(" ") if old else [], new.split(" ") if new else []
    if len(one) * len(two) > _MOST_PAIRS:
        return [("old", old)], [("new", new)]
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind == "equal":
            left.append(("same", " ".join(one[a:b])))
            right.append(("same", " ".join(two[c:d])))
        else:
            left += [("old", " ".join(one[a:b]))] if b > a else []
            right += [("new", " ".join(two[c:d]))] if d > c else []
    return left, right


def find(text: str) -> Bill | None:
    """A bill as people write it, `MI HB 4071`: one that we track, else the newest session's, whichever was
    imported first."""
    state, _space, number = squash(text).partition(" ")
    with system("a bill that somebody named"):
        statement = select(Bill).where(Bill.state == state.upper(), Bill.identifier == identifier(number))
        statement = statement.join(Session, Session.id == Bill.session_id)
        return db.session().scalars(statement.order_by(*newest_first()).limit(1)).first()


def home_state(actor: Actor) -> str | None:
    """The state in which most of what we track is: what a form begins with."""
    tracked = visible(Bill, actor).where(Bill.triage == "tracked").group_by(Bill.state)
    rows = tracked.order_by(func.count(Bill.id).desc(), Bill.state).with_only_columns(Bill.state).limit(1)
    return db.session().execute(rows).scalar()


def choices(actor: Actor, also: int | None = None) -> list[tuple[int, str]]:
    """Tracked bills to choose from."""
    wanted = or_(Bill.triage == "tracked", Bill.id == (also or 0))
    statement = visible(Bill, actor).where(wanted).order_by(Bill.sort_key, Bill.id.desc()).limit(500)
    rows = db.session().execute(
        statement.with_only_columns(Bill.id, Bill.state, Bill.identifier, Bill.short_title, Bill.title)
    )
    return [(row[0], f"{row[1]} {row[2]} · {(row[3] or row[4])[:60]}") for row in rows]
