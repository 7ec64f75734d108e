"""LegiScan: a whole dataset first, then only the bills whose hash changed."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import JobRun, db, system
from crm.plugin_api import gettext as _
from crm_policy.models import Ballot, Bill, Source, Vote
from crm_policy.reading.neutral import Unreadable, whole
from crm_policy.reading.source import neutral
from crm_policy.services import fetching, texts
from crm_policy.services.syncing import bulk, ending, running


def _begin(run: JobRun, source: Source) -> bool:
    """The list of bills with their hashes; it says which session runs where none was named."""
    query = {
        "op": "getMasterListRaw",
        **({"id": source.session} if source.session.isdecimal() else {"state": source.state}),
    }
    listed = running.get(run, "legiscan", query).get("masterlist")
    if not isinstance(listed, Mapping):
        raise fetching.Lost("the list is not there")
    session = listed.get("session") if isinstance(listed.get("session"), Mapping) else {}
    rows = {
        number: str(each.get("change_hash") or "")
        for key, each in listed.items()
        if key != "session" and isinstance(each, Mapping) and (number := whole(each.get("bill_id")))
    }
    with system("which bills changed"):
        known = select(Bill.legiscan_id, Bill.change_hash).where(db.among(Bill.legiscan_id, rows))
        stored = {row[0]: row[1] for row in db.session().execute(known)}
    pending = sorted(number for number, value in rows.items() if not value or stored.get(number) != value)
    session_id = whole((session or {}).get("session_id"))
    first = not stored and len(pending) > bulk.SOME and session_id is not None
    running.write(
        run,
        (),
        phase="dataset" if first else "bills",
        pending=pending,
        place=0,
        listed=len(rows),
        session_id=session_id,
        seen=sorted(rows),
        done=0,
        total=max(1, len(pending)),
    )
    return False


def _dataset(run: JobRun, source: Source) -> bool:
    """A new session comes as one file rather than as thousands of questions."""
    listed = running.get(run, "legiscan", {"op": "getDatasetList", "state": source.state}).get("datasetlist")
    rows = listed.values() if isinstance(listed, Mapping) else listed or ()
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
    running.write(run, (), phase="unpack", at=0)
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
    with system("whether the dataset had it"):
        present = (
            db.session()
            .execute(select(Bill.id).where(Bill.legiscan_id == number, Bill.change_hash != ""))
            .first()
        )
    if present is not None and run.cursor.get("at"):
        running.write(run, (), place=place + 1, done=place + 1, total=len(pending))
        return False
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
