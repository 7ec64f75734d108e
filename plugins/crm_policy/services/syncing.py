"""Keeping a session fresh from a live service, as a durable job.

Each step asks at most once and writes what came with the mark of how far it is, in one transaction: a process
that is killed repeats one question and nothing else. Nothing is ever deleted; what a full list lacks is
marked. A bucket of tokens keeps to the service's rate, and "not now" is waited out longer each time.
"""

import base64
import binascii
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from sqlalchemy import select

from crm.plugin_api import Actor, JobRun, UserError, db, jobs, runtime, setting, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm.plugin_api.words import squash
from crm_policy.importing import bills as importing
from crm_policy.importing import people
from crm_policy.models import Bill, Session, Source
from crm_policy.places import PLACES, jurisdiction_of
from crm_policy.reading import FileSource
from crm_policy.reading.neutral import Record, Unreadable, whole
from crm_policy.reading.source import neutral
from crm_policy.services import fetching, searching, texts

ACTION: Final = "policy.sync"
URLS: Final = {"legiscan": "https://api.legiscan.com/", "openstates": "https://v3.openstates.org"}
MOST_TRIES: Final = 8
LONGEST_WAIT: Final = 900.0
NAP: Final = 1.0
"""A step never sleeps longer than this, so that a worker can stop at any time."""
SOME: Final = 200
INCLUDES: Final = (
    "sponsorships",
    "actions",
    "versions",
    "documents",
    "votes",
    "related_bills",
    "abstracts",
    "sources",
)


def add(values: Mapping[str, Any]) -> Source:
    """A session to be kept fresh; UserError for one that is already."""
    if values["provider"] not in URLS or values["state"] not in PLACES:
        raise UserError(_("Choose a service and a state."))
    name = squash(values["session"] or "")
    with system("whether a session is kept fresh already"):
        same = select(Source).where(
            Source.provider == values["provider"], Source.state == values["state"], Source.session == name
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("This session is kept fresh already."))
    found = Source(provider=values["provider"], state=values["state"], session=name, cursor={})
    db.session().add(found)
    db.session().flush()
    return found


def ask(source: Source, actor: Actor) -> Any:
    """Ask for the work. Inside a transaction."""
    title = _("Bills of %(state)s from %(service)s", state=source.state, service=source.provider)
    return jobs.enqueue(ACTION, {"source_id": source.id}, title, actor)


def nightly(run: JobRun) -> bool:
    """Ask for every session that is kept fresh, where there is a key."""
    with db.transaction(run.actor, "policy.nightly"):
        with system("what is kept fresh"):
            sources = list(
                db.session().scalars(select(Source).where(Source.active.is_(True)).order_by(Source.id))
            )
        for source in sources:
            if setting(f"policy.{source.provider}_key"):
                ask(source, run.actor)
        run.finish()
    return True


def step(run: JobRun) -> bool:
    """One question to the service, or a nap until it may be asked."""
    source = _source(run)
    left = run.cursor.get("not_before", 0.0) - time.time()
    if left > 0:
        time.sleep(min(left, NAP))
        return False
    phases = _LEGISCAN if source.provider == "legiscan" else _OPENSTATES
    try:
        return bool(phases[run.cursor.get("phase", "")](run, source))
    except fetching.Busy as error:
        _put_off(run, source, error.seconds, _("the service asks us to wait"))
    except fetching.Lost as error:
        _put_off(run, source, None, str(error))
    return False


def _source(run: JobRun) -> Source:
    with system("what a job keeps fresh"):
        found = db.session().get(Source, run.args["source_id"], populate_existing=True)
    if found is None:
        raise UserError(_("This session is not kept fresh any more."))
    return found


def _put_off(run: JobRun, source: Source, seconds: float | None, why: str) -> None:
    """Wait, longer each time; after many times in a row the job ends and tomorrow's goes on."""
    tries = run.cursor.get("tries", 0) + 1
    wait = min(seconds if seconds is not None else _backoff() * 2**tries, LONGEST_WAIT)
    with db.transaction(run.actor, ACTION):
        fresh = _source(run)
        fresh.error, fresh.checked_at = why[:500], db.now()
        run.cursor.update(tries=tries, not_before=time.time() + wait)
    if tries >= MOST_TRIES:
        raise UserError(
            _(
                "%(service)s does not answer (%(why)s). Nothing is lost; the next run goes on.",
                service=source.provider,
                why=why,
            )
        )


def _backoff() -> float:
    return float(runtime().config.extra.get("CRM_POLICY_BACKOFF", "2"))


def _get(run: JobRun, provider: str, query: Mapping[str, Any], path: str = "") -> Any:
    """Ask, and put the next question off by what the rate leaves to each."""
    key = setting(f"policy.{provider}_key")
    if not key:
        raise UserError(
            _("There is no key for this service yet. An administrator sets it under “Services and keys”.")
        )
    base = (setting(f"policy.{provider}_url") or URLS[provider]).rstrip("/")
    pairs = {**query, **({"key": key} if provider == "legiscan" else {})}
    headers = {"X-API-KEY": key} if provider == "openstates" else {}
    rate = max(1, int(setting(f"policy.{provider}_rate") or 10))
    run.cursor["not_before"] = time.time() + 60.0 / rate
    run.cursor["requests"] = run.cursor.get("requests", 0) + 1
    reply = fetching.get(f"{base}/{path}?{urlencode(pairs, doseq=True, quote_via=quote)}", headers).json()
    if isinstance(reply, dict) and str(reply.get("status", "")).upper() == "ERROR":
        alert = reply.get("alert")
        raise UserError(
            _(
                "The service answers: %(text)s",
                text=(alert or {}).get("message", "?") if isinstance(alert, dict) else str(alert),
            )
        )
    if not isinstance(reply, dict):
        raise fetching.Lost("the answer has another form")
    return reply


def _write(run: JobRun, records: Sequence[Record], **cursor: Any) -> None:
    """Take records and note how far it is, in one transaction of the run's change set."""
    title = _("Kept fresh from a service")
    with db.transaction(
        run.actor, ACTION, title, change_set_id=run.cursor.get("change_set"), alone=True
    ) as change:
        counts = take(records, run.actor, change)
        run.cursor.update(cursor, tries=0, change_set=change.id)
        for name, number in counts.items():
            run.cursor[name] = run.cursor.get(name, 0) + number
        if "done" in cursor and "total" in cursor:
            run.progress(cursor["done"], cursor["total"])


def take(records: Sequence[Record], actor: Actor, change: Change) -> dict[str, int]:
    """Plan and write some records; returns how many were new, changed, as they were."""
    settings = Settings(0, actor, "sync")
    counts = {"create": 0, "update": 0, "unchanged": 0}
    for kind in ("person", "committee", "bill", "vote", "hearing"):
        work: Any = people if kind in ("person", "committee") else importing
        lines = [Line(number, record) for number, record in enumerate(records) if record["t"] == kind]
        if not lines:
            continue
        work.plan(kind, lines, settings)
        writing = [line for line in lines if line.action in ("create", "update")]
        if writing:
            work.write(kind, writing, settings, change)
        for line in lines:
            counts[line.action if line.action in counts else "unchanged"] += 1
    return counts


# LegiScan: a whole dataset first, then only the bills whose hash changed.


def _begin_legiscan(run: JobRun, source: Source) -> bool:
    """The list of bills with their hashes; it says which session runs where none was named."""
    query = {
        "op": "getMasterListRaw",
        **({"id": source.session} if source.session.isdecimal() else {"state": source.state}),
    }
    listed = _get(run, "legiscan", query).get("masterlist")
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
    first = not stored and len(pending) > SOME and session_id is not None
    _write(
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
    listed = _get(run, "legiscan", {"op": "getDatasetList", "state": source.state}).get("datasetlist")
    rows = listed.values() if isinstance(listed, Mapping) else listed or ()
    wanted = next((each for each in rows if whole(each.get("session_id")) == run.cursor["session_id"]), None)
    if wanted is None:
        _write(run, (), phase="bills")
        return False
    reply = _get(
        run,
        "legiscan",
        {"op": "getDataset", "id": wanted["session_id"], "access_key": wanted.get("access_key", "")},
    )
    try:
        raw = base64.b64decode(str((reply.get("dataset") or {}).get("zip", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise fetching.Lost("the dataset is damaged") from error
    _file(run).write_bytes(raw)
    _write(run, (), phase="unpack", at=0)
    return False


def _file(run: JobRun) -> Any:
    folder = runtime().config.data_dir / "policy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"dataset-{run.job_id}.zip"


def _unpack(run: JobRun, source: Source) -> bool:
    """Some records of the dataset; the bills that it has need not be asked for one by one."""
    path = _file(run)
    if not path.exists():
        _write(run, (), phase="dataset")
        return False
    at = run.cursor["at"]
    chunk = next(FileSource(path, path.name).chunks(SOME, at), [])
    if not chunk:
        path.unlink(missing_ok=True)
        _write(run, (), phase="bills")
        return False
    _write(
        run,
        [record for _number, record, _problems in chunk if record],
        at=chunk[-1][0],
        done=chunk[-1][0],
        total=max(run.cursor["listed"], chunk[-1][0]),
    )
    return False


def _each_bill(run: JobRun, source: Source) -> bool:
    """The next bill that changed, with the ballots of its new votes."""
    pending, place = run.cursor["pending"], run.cursor["place"]
    if run.cursor.get("vote_ids"):
        return _each_vote(run)
    if place >= len(pending):
        _write(run, (), phase="texts", texts=texts.wanted(run.cursor.get("session_id")))
        return False
    number = pending[place]
    with system("whether the dataset had it"):
        present = (
            db.session()
            .execute(select(Bill.id).where(Bill.legiscan_id == number, Bill.change_hash != ""))
            .first()
        )
    if present is not None and run.cursor.get("at"):
        _write(run, (), place=place + 1, done=place + 1, total=len(pending))
        return False
    reply = _get(run, "legiscan", {"op": "getBill", "id": number})
    votes: list[int] = []
    records = []
    try:
        record = neutral(reply)
        votes = [int(vote["key"][3:]) for vote in record["votes"] or () if not vote["ballots"]]
        records.append(record)
    except Unreadable:
        run.cursor["rejected"] = run.cursor.get("rejected", 0) + 1
    _write(
        run, records, place=place + 1, vote_ids=_without_ballots(votes), done=place + 1, total=len(pending)
    )
    return False


def _each_text(run: JobRun, source: Source) -> bool:
    """The next text of a tracked bill that is not here yet."""
    if not run.cursor["texts"]:
        return _end(run, source, complete=True)
    (document_id, number), *rest = run.cursor["texts"]
    reply = _get(run, "legiscan", {"op": "getBillText", "id": number})
    with db.transaction(
        run.actor,
        ACTION,
        _("Kept fresh from a service"),
        change_set_id=run.cursor.get("change_set"),
        alone=True,
    ) as change:
        texts.take(document_id, reply, change)
        run.cursor.update(texts=rest, tries=0, change_set=change.id)
    return False


def _without_ballots(numbers: Sequence[int]) -> list[int]:
    from crm_policy.models import Ballot, Vote

    keys = {f"ls:{number}": number for number in numbers}
    with system("which roll calls have their ballots"):
        rows = select(Vote.key).join(Ballot, Ballot.vote_id == Vote.id).where(Vote.key.in_(keys)).distinct()
        present = set(db.session().scalars(rows))
    return [number for key, number in keys.items() if key not in present]


def _each_vote(run: JobRun) -> bool:
    ids = run.cursor["vote_ids"]
    reply = _get(run, "legiscan", {"op": "getRollCall", "id": ids[0]})
    try:
        records = [neutral(reply)]
    except Unreadable:
        records = []
    _write(run, records, vote_ids=ids[1:])
    return False


# Open States: pages of what changed since the last time.


def _begin_openstates(run: JobRun, source: Source) -> bool:
    since = source.cursor.get("since", "")
    _write(run, (), phase="pages", page=1, since=since, began=db.now().isoformat(), done=0, total=1)
    return False


def _page(run: JobRun, source: Source) -> bool:
    page = run.cursor["page"]
    query: dict[str, Any] = {
        "jurisdiction": jurisdiction_of(source.state),
        "page": page,
        "per_page": 20,
        "sort": "updated_asc",
        "include": list(INCLUDES),
    }
    if source.session:
        query["session"] = source.session
    if run.cursor["since"]:
        query["updated_since"] = run.cursor["since"]
    reply = _get(run, "openstates", query, "bills")
    results = reply.get("results")
    if not isinstance(results, list):
        raise fetching.Lost("the page has no results")
    records = []
    for each in results:
        try:
            records.append(neutral(each))
        except (Unreadable, TypeError, AttributeError, KeyError, ValueError):
            run.cursor["rejected"] = run.cursor.get("rejected", 0) + 1
    pages = whole((reply.get("pagination") or {}).get("max_page")) or 1
    _write(
        run,
        records,
        page=page + 1,
        phase="end" if page >= pages else "pages",
        done=page,
        total=max(pages, page),
    )
    return False


def _end_openstates(run: JobRun, source: Source) -> bool:
    return _end(run, source, complete=False)


def _end(run: JobRun, source: Source, *, complete: bool) -> bool:
    """Mark what a whole list lacks, look with the saved searches, and say how it went."""
    with db.transaction(run.actor, ACTION, change_set_id=run.cursor.get("change_set"), alone=True) as change:
        if complete and run.cursor.get("session_id"):
            _mark_missing(run, change)
        found = searching.run_all(change)
        fresh = _source(run)
        fresh.succeeded_at = fresh.checked_at = db.now()
        fresh.error, fresh.requests = "", run.cursor.get("requests", 0)
        fresh.bills = run.cursor.get("create", 0) + run.cursor.get("update", 0)
        if run.cursor.get("began"):
            fresh.cursor = {"since": run.cursor["began"]}
        counts = {name: run.cursor.get(name, 0) for name in ("create", "update", "unchanged", "rejected")}
        run.result["summary"] = _(
            "New: %(create)s, changed: %(update)s, as before: %(unchanged)s, not usable: %(rejected)s. "
            "In the inbox: %(found)s.",
            found=found,
            **counts,
        )
        run.finish()
    return True


def _mark_missing(run: JobRun, change: Change) -> None:
    with system("bills that a whole list lacks"):
        session = (
            db.session()
            .scalars(select(Session).where(Session.legiscan_id == run.cursor["session_id"]))
            .first()
        )
        if session is None:
            return
        rows = select(Bill.id).where(db.among(Bill.legiscan_id, run.cursor["seen"]))
        seen = list(db.session().scalars(rows))
    gone = importing.unseen(session.id, seen)
    if gone:
        importing.mark_missing(gone, change)


_LEGISCAN: Final[Mapping[str, Any]] = {
    "": _begin_legiscan,
    "dataset": _dataset,
    "unpack": _unpack,
    "bills": _each_bill,
    "texts": _each_text,
}
_OPENSTATES: Final[Mapping[str, Any]] = {"": _begin_openstates, "pages": _page, "end": _end_openstates}
