"""LegiScan: where much of a session is not here a whole dataset first, then only the bills whose hash still
differs."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import JobRun, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.words import fold
from crm_policy.models import Ballot, Bill, Source, Vote
from crm_policy.places import name_of
from crm_policy.reading.legiscan import session_of
from crm_policy.reading.neutral import Unreadable, day_or_none, listed, whole
from crm_policy.reading.source import neutral
from crm_policy.services import fetching, texts
from crm_policy.services.syncing import bulk, ending, running

MANY: Final = 50
"""So many bills are asked for one by one, be they all that a session has."""
SHARE: Final = 0.2
"""And no larger share of a session than this."""


def _named(run: JobRun, source: Source) -> int:
    """LegiScan's number of the session that staff named by its number, name or year, among those of the
    state; UserError where it has none such."""
    told = running.get(run, "legiscan", {"op": "getSessionList", "state": source.state}).get("sessions")
    rows = [each for each in listed(told) if whole(each.get("session_id"))]
    found = [each for each in rows if _is_called(each, source.session)]
    regular = [each for each in found if not whole(each.get("special"))]
    for some in (found, regular):
        if len(some) == 1:
            return int(some[0]["session_id"])
    raise UserError(
        _(
            "LegiScan has no session “%(name)s” of %(state)s. It calls them: %(names)s.",
            name=source.session,
            state=name_of(source.state),
            names=", ".join(str(each.get("session_name") or each["session_id"]) for each in rows[:20]),
        )
    )


def _is_called(session: Mapping[str, Any], name: str) -> bool:
    first, last = whole(session.get("year_start")), whole(session.get("year_end"))
    years = range(first or 0, (last or first or 0) + 1)
    names = (f"{first}-{last}", *years, *(session.get(key) for key in _NAMES))
    return fold(name) in {fold(str(each)) for each in names if each}


_NAMES: Final = ("session_id", "session_name", "session_title", "session_tag")


def _begin(run: JobRun, source: Source) -> bool:
    """The list of bills with their hashes; it says which session runs where none was named. After a dataset
    it is asked for again: what it has newer comes singly."""
    if source.session and not run.cursor.get("session_id"):
        running.write(run, (), session_id=_named(run, source))
        return False
    which = {"id": run.cursor["session_id"]} if source.session else {"state": source.state}
    query = {"op": "getMasterListRaw", **which}
    told = running.get(run, "legiscan", query).get("masterlist")
    if not isinstance(told, Mapping):
        raise fetching.Lost("the list is not there")
    session = told.get("session") if isinstance(told.get("session"), Mapping) else {}
    rows = {
        number: str(each.get("change_hash") or "")
        for key, each in told.items()
        if key != "session" and isinstance(each, Mapping) and (number := whole(each.get("bill_id")))
    }
    with system("which bills changed"):
        known = select(Bill.legiscan_id, Bill.change_hash).where(db.among(Bill.legiscan_id, rows))
        stored = {row[0]: row[1] for row in db.session().execute(known)}
    pending = sorted(number for number, value in rows.items() if not value or stored.get(number) != value)
    session_id = whole((session or {}).get("session_id"))
    much = len(pending) > max(MANY, SHARE * len(rows)) and session_id is not None
    running.write(
        run,
        (),
        phase="dataset" if much and not run.cursor.get("unpacked") else "bills",
        pending=pending,
        place=0,
        listed=len(rows),
        session_id=session_id,
        over=session_of(session or {}, session_id)["over"],
        seen=sorted(rows),
        done=0,
        total=max(1, len(pending)),
    )
    return False


def _dataset(run: JobRun, source: Source) -> bool:
    """What is not here of a session comes as one file rather than as thousands of questions."""
    told = running.get(run, "legiscan", {"op": "getDatasetList", "state": source.state}).get("datasetlist")
    rows = listed(told)
    wanted = next((each for each in rows if whole(each.get("session_id")) == run.cursor["session_id"]), None)
    if wanted is None:
        running.write(run, (), phase="bills")
        return False
    reply = running.get(
        run,
        "legiscan",
        {"op": "getDataset", "id": wanted["session_id"], "access_key": wanted.get("access_key", "")},
    )
    try:
        raw = base64.b64decode(str((reply.get("dataset") or {}).get("zip", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise fetching.Lost("the dataset is damaged") from error
    bulk.file_of(run).write_bytes(raw)
    made_on = day_or_none(wanted.get("dataset_date")) or ""
    running.write(run, (), phase="unpack", at=0, made_on=made_on, left=[], then="", without="bills")
    return False


def _each_bill(run: JobRun, source: Source) -> bool:
    """The next bill that changed, with the ballots of its new votes."""
    pending, place = run.cursor["pending"], run.cursor["place"]
    if run.cursor.get("vote_ids"):
        return _each_vote(run)
    if place >= len(pending):
        running.write(run, (), phase="texts", texts=texts.wanted(run.cursor.get("session_id")))
        return False
    number = pending[place]
    reply = running.get(run, "legiscan", {"op": "getBill", "id": number})
    votes: list[int] = []
    records = []
    try:
        record = neutral(reply)
        votes = [int(vote["key"][3:]) for vote in record["votes"] or () if not vote["ballots"]]
        records.append(record)
    except Unreadable:
        run.cursor["rejected"] = run.cursor.get("rejected", 0) + 1
    running.write(
        run, records, place=place + 1, vote_ids=_without_ballots(votes), done=place + 1, total=len(pending)
    )
    return False


def _each_text(run: JobRun, source: Source) -> bool:
    """The next text of a tracked bill that is not here yet."""
    if not run.cursor["texts"]:
        return ending.end(run, complete=True)
    (document_id, number), *rest = run.cursor["texts"]
    reply = running.get(run, "legiscan", {"op": "getBillText", "id": number})
    with db.transaction(
        run.actor,
        running.ACTION,
        _("Kept fresh from a service"),
        change_set_id=run.cursor.get("change_set"),
        alone=True,
    ) as change:
        texts.take(document_id, reply, change)
        run.cursor.update(texts=rest, tries=0, skipped=0, change_set=change.id)
    return False


def _without_ballots(numbers: Sequence[int]) -> list[int]:
    keys = {f"ls:{number}": number for number in numbers}
    with system("which roll calls have their ballots"):
        rows = select(Vote.key).join(Ballot, Ballot.vote_id == Vote.id).where(Vote.key.in_(keys)).distinct()
        present = set(db.session().scalars(rows))
    return [number for key, number in keys.items() if key not in present]


def _each_vote(run: JobRun) -> bool:
    ids = run.cursor["vote_ids"]
    reply = running.get(run, "legiscan", {"op": "getRollCall", "id": ids[0]})
    try:
        records = [neutral(reply)]
    except Unreadable:
        records = []
    running.write(run, records, vote_ids=ids[1:])
    return False


def _after_bill(cursor: Mapping[str, Any]) -> dict[str, Any]:
    if ids := cursor.get("vote_ids"):
        return {"vote_ids": ids[1:]}
    return {"place": cursor["place"] + 1, "done": cursor["place"] + 1, "total": len(cursor["pending"])}


BEYOND: Final[Mapping[str, Any]] = {
    "dataset": lambda _cursor: {"phase": "bills"},
    "bills": _after_bill,
    "texts": lambda cursor: {"texts": cursor["texts"][1:]},
}
"""Where a phase goes on when one thing of it does not come."""
PHASES: Final[Mapping[str, Any]] = {
    "": _begin,
    "dataset": _dataset,
    "unpack": bulk.unpack,
    "bills": _each_bill,
    "texts": _each_text,
}
