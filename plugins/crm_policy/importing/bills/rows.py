"""New bills with all their parts, in sets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from crm.plugin_api.words import fold
from crm_policy.importing.batch import Batch
from crm_policy.importing.bills.columns import BILL_COLUMNS, COLUMNS, hashes_of
from crm_policy.importing.bills.namesakes import add_sponsor
from crm_policy.models import (
    Action,
    Ballot,
    Bill,
    Document,
    Relation,
    Sponsor,
    Vote,
)
from crm_policy.reading.neutral import Record, sort_key
from crm_policy.services import assessing


def references_in(records: Iterable[Record]) -> set[str]:
    found: set[str] = set()
    for record in records:
        found.update(row[3] for row in record["sponsors"] or ())
        for vote in record["votes"] or ():
            found.update(row[0] for row in vote["ballots"])
    return found - {""}


def add_bills(
    batch: Batch, fresh: Sequence[Record], sessions: Mapping[int, Any], moment: datetime, today: date
) -> dict[int, int]:
    rows = [_bill_row(record, sessions[id(record)], moment, today) for record in fresh]
    ids = batch.add(Bill, BILL_COLUMNS, rows)
    return {id(record): bill_id for record, bill_id in zip(fresh, ids, strict=True)}


def _bill_row(record: Record, session: Any, moment: datetime, today: date) -> tuple[Any, ...]:
    verdict = assessing.of_record(record, session, today)
    last = max(record["actions"] or (), key=lambda row: (row[0], row[1]), default=None)
    first = min((row[0] for row in record["actions"] or ()), default=None)
    return (
        record["state"],
        session.id,
        record["identifier"],
        sort_key(record["state"], record["identifier"]),
        [],
        record["title"],
        record["description"],
        record["chamber"],
        record["kind"],
        record["subjects"] or [],
        record["url"],
        record["source"],
        record["legiscan_id"],
        record["ocd_id"],
        record["change_hash"],
        {record["source"]: hashes_of(record)},
        record["progress"],
        verdict.stage,
        verdict.disposition,
        verdict.why,
        verdict.stage,
        verdict.disposition,
        "",
        "",
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last[0]) if last else None,
        last[3] if last else "",
        moment,
        moment,
        "new",
        "",
        "",
        "",
        0,
        "",
        1,
        moment,
        moment,
    )


def add_parts(
    batch: Batch, bill_id: int, record: Record, people: Mapping[str, int], sections: Sequence[str]
) -> None:
    """All rows of some sections of a new bill."""
    for section, model in (
        ("actions", Action),
        ("sponsors", Sponsor),
        ("documents", Document),
        ("relations", Relation),
    ):
        if section in sections and record[section]:
            rows = list(keyed_rows(section, bill_id, record, people).values())
            batch.put(model, COLUMNS[model], rows)
    if "votes" in sections and record["votes"]:
        add_votes(batch, bill_id, record["votes"], record["source"], people)


def add_votes(
    batch: Batch, bill_id: int, votes: Sequence[Record], source: str, people: Mapping[str, int]
) -> None:
    ids = batch.add(Vote, COLUMNS[Vote], [_vote_row(bill_id, vote, source) for vote in votes])
    ballots: list[tuple[Any, ...]] = []
    for vote_id, vote in zip(ids, votes, strict=True):
        ballots += ballot_rows(vote_id, vote, people)
    batch.put(Ballot, COLUMNS[Ballot], ballots)


def _vote_row(bill_id: int, vote: Record, source: str) -> tuple[Any, ...]:
    on = date.fromisoformat(vote["date"]) if vote["date"] else None
    return (
        bill_id,
        vote["key"],
        on,
        vote["chamber"],
        vote["motion"],
        vote["passed"],
        *vote["counts"],
        source,
    )


def ballot_rows(vote_id: int, vote: Record, people: Mapping[str, int]) -> list[tuple[Any, ...]]:
    rows = []
    for reference, name, option in vote["ballots"]:
        who = people.get(reference)
        rows.append((vote_id, who, name, option, "" if who else reference))
    return rows


def keyed_rows(
    section: str, bill_id: int, record: Record, people: Mapping[str, int]
) -> dict[Any, tuple[Any, ...]]:
    """The rows of a section by what tells them apart; what stands there twice is one row. An action can be
    repeated on one day, as when a vote is reconsidered: the second has a place of its own in the order."""
    source = record["source"]
    found: dict[Any, tuple[Any, ...]] = {}
    places: dict[Any, list[int]] = {}
    for row in record[section] or ():
        if section == "actions":
            on, position, chamber, text, classes = row
            key: Any = (on, chamber, text)
            before = places.setdefault(key, [])
            if position in before:
                continue
            before.append(position)
            key = (*key, len(before))
            found.setdefault(key, (bill_id, date.fromisoformat(on), position, chamber, text, classes, source))
        elif section == "sponsors":
            name, role, committee, reference = row
            who = people.get(reference)
            values = (bill_id, who, name, fold(name), role, committee, "" if who else reference, source)
            add_sponsor(found, values)
        elif section == "documents":
            on = date.fromisoformat(row["date"]) if row["date"] else None
            told = (row["kind"], row["note"], row["classification"], on, row["url"], row["media_type"])
            found.setdefault(row["key"], (bill_id, *told, row["adopted"], row["key"], "", source))
        else:
            number, session, kind = row
            found.setdefault((number, session, kind), (bill_id, None, number, session, kind, source))
    return found
