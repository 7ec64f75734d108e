"""Bills that are here already: what changed is written, what a source tells no more is marked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line
from crm_policy.importing.batch import Batch, set_each
from crm_policy.importing.bills.ballots import put_right
from crm_policy.importing.bills.columns import COLUMNS, hashes_of
from crm_policy.importing.bills.namesakes import as_stored
from crm_policy.importing.bills.planning import changed_sections, is_news
from crm_policy.importing.bills.rows import add_votes, keyed_rows
from crm_policy.models import (
    Action,
    Bill,
    Document,
    Relation,
    Sponsor,
    Vote,
)
from crm_policy.reading.neutral import Record, sort_key
from crm_policy.writing import update_rows


def update_bills(
    batch: Batch,
    old: Sequence[tuple[Any, Record]],
    people: Mapping[str, int],
    change: Change,
    moment: datetime,
) -> None:
    """Known bills: their facts anew, and of each changed section what is new or gone."""
    values = []
    by_section: dict[str, list[tuple[Any, Record]]] = {}
    for row, record in old:
        changed = changed_sections(record, row)
        own = row.source in (record["source"], "staff")
        values.append(_new_values(row, record, changed, own, moment))
        for section in changed:
            by_section.setdefault(section, []).append((row, record))
    set_each(change, Bill, values)
    for section, model in (
        ("actions", Action),
        ("sponsors", Sponsor),
        ("documents", Document),
        ("relations", Relation),
    ):
        if section in by_section:
            _merge(batch, section, model, by_section[section], people, change)
    if "votes" in by_section:
        _merge_votes(batch, by_section["votes"], people, change)


def _new_values(
    row: Any, record: Record, changed: Sequence[str], own: bool, moment: datetime
) -> dict[str, Any]:
    hashes = {
        **(row.hashes or {}),
        record["source"]: {**(row.hashes or {}).get(record["source"], {}), **hashes_of(record)},
    }
    news = [name for name in changed if is_news(name, record, row)]
    found = {
        "id": row.id,
        "hashes": hashes,
        "legiscan_id": record["legiscan_id"] or row.legiscan_id,
        "ocd_id": record["ocd_id"] or row.ocd_id,
        "change_hash": record["change_hash"] or row.change_hash,
        "seen_at": moment,
        "missing_since": None,
        "changed_at": moment if news else row.changed_at,
        "updated_at": moment,
        "change_note": ",".join(news) or row.change_note,
        "source": record["source"] if row.source == "staff" else row.source,
        "identifier": row.identifier,
        "title": row.title,
        "former_identifiers": row.former_identifiers,
        # LegiScan's milestones count beside the actions of whoever came first: what lags hides nothing.
        "status_events": record["progress"] or row.status_events,
        **_told(row, record, own),
    }
    if own:
        renamed = record["identifier"] != row.identifier
        former = [*row.former_identifiers, row.identifier] if renamed else row.former_identifiers
        found.update(identifier=record["identifier"], title=record["title"], former_identifiers=former)
    return found | {"sort_key": sort_key(record["state"], found["identifier"])}


def _told(row: Any, record: Record, own: bool) -> dict[str, Any]:
    """The facts of a bill: what its own source says now, and where that never said anything what another
    says. What comes empty says nothing."""
    found: dict[str, Any] = {}
    for name in ("description", "subjects", "url", "chamber", "kind"):
        ours, theirs = getattr(row, name), record[name]
        found[name] = (theirs or ours) if own else (ours or theirs or ours)
    return found


_KEYS: Final[Mapping[str, Any]] = {
    "actions": lambda row: (row.acted_on.isoformat(), row.chamber, row.text, 1),
    "sponsors": lambda row: (row.name_key, row.role, row.namesake),
    "documents": lambda row: row.key,
    "relations": lambda row: (row.identifier, row.session, row.kind),
}


def _stored(model: Any, bill_ids: Sequence[int]) -> dict[int, list[Any]]:
    table = db.table(model)
    found: dict[int, list[Any]] = {}
    with system("what is known of the bills of an import"):
        for some in db.chunks(bill_ids):
            for row in db.session().execute(select(table).where(db.among(table.c.bill_id, some))):
                found.setdefault(row.bill_id, []).append(row)
    return found


def _merge(
    batch: Batch,
    section: str,
    model: Any,
    work: Sequence[tuple[Any, Record]],
    people: Mapping[str, int],
    change: Change,
) -> None:
    """Add what is new, mark what is gone, bring back what returned, put right what reads otherwise now. A
    second source only fills a section in which the first has nothing; of actions it adds what is newer than
    all that the first tells, until that tells of the day itself."""
    stored = _stored(model, [row.id for row, _record in work])
    key_of, gone, back = _KEYS[section], [], []
    corrected: list[dict[str, Any]] = []
    for bill, record in work:
        rows = stored.get(bill.id, ())
        theirs = [row for row in rows if row.source not in ("", record["source"])]
        present = _by_key(key_of, [row for row in rows if row not in theirs])
        told = _as_here(section, keyed_rows(section, bill.id, record, people), present, people)
        if theirs and section != "actions":
            continue
        if theirs:
            told, overtaken = _of_two(told, rows, present, theirs, record["source"])
            gone += overtaken
        batch.put(model, COLUMNS[model], [row for key, row in told.items() if key not in present])
        for key, row in present.items():
            if row.source and key not in told and row.gone_on is None:
                gone.append(row.id)
            elif key in told and row.gone_on is not None:
                back.append(row.id)
            if row.source and key in told:
                corrected += _corrected(row, dict(zip(COLUMNS[model], told[key], strict=True)), section)
    set_each(change, model, corrected)
    _mark(model, gone, back, change)


def _as_here(
    section: str, told: dict[Any, tuple[Any, ...]], present: Mapping[Any, Any], people: Mapping[str, int]
) -> dict[Any, tuple[Any, ...]]:
    """What is told under the keys that the same parts have here."""
    if section == "sponsors":
        return as_stored(told, list(present.values()), people)
    return _under_one_chamber(told, present) if section == "actions" else told


def _under_one_chamber(
    told: Mapping[Any, tuple[Any, ...]], present: Mapping[Any, Any]
) -> dict[Any, tuple[Any, ...]]:
    """An action whose chamber is told only now, or no more, is the same action."""
    loose: dict[tuple[str, str], list[Any]] = {}
    for key in present:
        if key not in told:
            loose.setdefault((key[0], key[2]), []).append(key)
    found = {}
    for key, row in told.items():
        others = () if key in present else loose.get((key[0], key[2]), ())
        other = next((each for each in others if "" in (each[1], key[1]) and each not in found), key)
        found[other] = row
    return found


_ACTED_ON: Final = COLUMNS[Action].index("acted_on")


def _of_two(
    told: dict[Any, tuple[Any, ...]],
    rows: Sequence[Any],
    present: Mapping[Any, Any],
    theirs: Sequence[Any],
    source: str,
) -> tuple[dict[Any, tuple[Any, ...]], list[int]]:
    """Of actions that two sources tell: what counts of this one, and which of the other's it has overtaken.
    They are those of the source that told of them before the other did."""
    first = min((row for row in rows if row.source), key=lambda row: int(row.id))
    if first.source != source:
        return _news(told, present, theirs), []
    days = {row[_ACTED_ON] for row in told.values()}
    return told, [row.id for row in theirs if row.gone_on is None and row.acted_on in days]


def _news(
    told: Mapping[Any, tuple[Any, ...]], present: Mapping[Any, Any], theirs: Sequence[Any]
) -> dict[Any, tuple[Any, ...]]:
    """What a second source tells of days after the first's last one; the first may be weeks behind."""
    days = {row.acted_on for row in theirs if row.gone_on is None}
    newest = max(days, default=date.min)
    return {
        key: row
        for key, row in told.items()
        if row[_ACTED_ON] not in days and (row[_ACTED_ON] > newest or key in present)
    }


_CORRECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "actions": ("position", "chamber", "classes"),
    "sponsors": ("name", "committee", "legislator_id", "reference"),
    "documents": ("kind", "note", "classification", "dated_on", "url", "media_type", "adopted"),
    "relations": (),
}
"""The columns of a part that a source may put right. Its key tells which part it is; what staff adds, such as
the text of a version, is none of them."""


def _corrected(row: Any, told: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    """What is to be written of a part that reads otherwise now; what comes empty says nothing, and who
    somebody is stays once it is known."""
    found = {name: told[name] for name in _CORRECTED[section]}
    for name, value in found.items():
        if value in (None, "", []) and name != "reference":
            found[name] = getattr(row, name)
    if section == "sponsors" and (row.legislator_id or not told["legislator_id"]):
        found.update(legislator_id=row.legislator_id, reference=row.reference)
    same = all(getattr(row, name) == value for name, value in found.items())
    return [] if same else [{"id": row.id, **found}]


def _by_key(key_of: Any, rows: Sequence[Any]) -> dict[Any, Any]:
    """Rows by what tells them apart; of an action that is repeated on one day each by which it is."""
    found: dict[Any, Any] = {}
    for row in sorted(rows, key=lambda each: (getattr(each, "position", 0), each.id)):
        key = key_of(row)
        while key in found and hasattr(row, "acted_on"):
            key = (*key[:-1], key[-1] + 1)
        found[key] = row
    return found


def _mark(model: Any, gone: Sequence[int], back: Sequence[int], change: Change) -> None:
    if gone:
        update_rows(change, model, gone, {"gone_on": day_here()})
    if back:
        update_rows(change, model, back, {"gone_on": None})


def _merge_votes(
    batch: Batch, work: Sequence[tuple[Any, Record]], people: Mapping[str, int], change: Change
) -> None:
    stored = _stored(Vote, [row.id for row, _record in work])
    gone: list[int] = []
    back: list[int] = []
    known: list[tuple[Any, Record]] = []
    for bill, record in work:
        present = {row.key: row for row in stored.get(bill.id, ())}
        if any(row.source not in ("", record["source"]) for row in present.values()):
            continue
        told = {vote["key"]: vote for vote in record["votes"]}
        fresh = [vote for key, vote in told.items() if key not in present]
        add_votes(batch, bill.id, fresh, record["source"], people)
        known += [(present[key], vote) for key, vote in told.items() if key in present]
        for key, row in present.items():
            if row.source and key not in told and row.gone_on is None:
                gone.append(row.id)
            elif key in told and row.gone_on is not None:
                back.append(row.id)
    put_right(batch, known, people, change)
    _mark(Vote, gone, back, change)


def keep_hashes(lines: Sequence[Line], change: Change) -> None:
    """The source's own hash of bills of which nothing that we keep changed: else they would be asked for
    again each night."""
    told = {line.record_id or 0: line.record["change_hash"] for line in lines if line.record["change_hash"]}
    with system("which hashes of a source are new"):
        rows = db.session().execute(select(Bill.id, Bill.change_hash).where(db.among(Bill.id, [*told])))
        values = [{"id": row.id, "change_hash": told[row.id]} for row in rows if row[1] != told[row.id]]
    set_each(change, Bill, values)


def mark_missing(bill_ids: Sequence[int], change: Change) -> None:
    """A full listing of their session does not have these bills any more; they stay, marked."""
    update_rows(change, Bill, bill_ids, {"missing_since": day_here()})


def mark_found(bill_ids: Sequence[int], change: Change) -> None:
    """What was not seen for a while is there again."""
    update_rows(change, Bill, bill_ids, {"missing_since": None})


def unseen(session_id: int, seen_ids: Sequence[int]) -> list[int]:
    """Bills of a session that LegiScan's full listing did not have."""
    with system("which bills a listing lacks"):
        rows = select(Bill.id).where(
            Bill.session_id == session_id, Bill.missing_since.is_(None), Bill.legiscan_id.is_not(None)
        )
        present = db.session().execute(rows).scalars().all()
    return sorted(set(present) - set(seen_ids))
