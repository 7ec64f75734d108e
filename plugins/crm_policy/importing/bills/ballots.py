"""Roll calls that are here already: their result and each vote as their source puts them right."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.words import fold
from crm_policy.importing.batch import Batch, set_each
from crm_policy.importing.bills.columns import COLUMNS
from crm_policy.importing.bills.rows import ballot_rows
from crm_policy.models import Ballot, Vote
from crm_policy.reading.neutral import Record

_RESULT: Final = ("voted_on", "chamber", "motion", "passed", "yes", "no", "other")


def put_right(
    batch: Batch, known: Sequence[tuple[Any, Record]], people: Mapping[str, int], change: Change
) -> None:
    """Write what reads otherwise now in stored votes, each with what its source says. A vote of somebody whom
    the source leaves out stays."""
    stored = ballots_of([row.id for row, told in known if told["ballots"]])
    results: list[dict[str, Any]] = []
    options: list[dict[str, Any]] = []
    for row, told in known:
        results += _result(row, told)
        changed, missing = _ballots(row.id, told, stored.get(row.id, ()), people)
        options += changed
        batch.put(Ballot, COLUMNS[Ballot], missing)
    set_each(change, Vote, results)
    set_each(change, Ballot, options)


def reads_otherwise(row: Any, told: Record, stored: Sequence[Any], people: Mapping[str, int]) -> bool:
    """Whether a stored vote is not what its source says now."""
    changed, missing = _ballots(row.id, told, stored, people)
    return bool(_result(row, told) or changed or missing)


def ballots_of(vote_ids: Sequence[int]) -> dict[int, list[Any]]:
    table = db.table(Ballot)
    found: dict[int, list[Any]] = {}
    with system("the ballots of roll calls that come again"):
        for some in db.chunks(vote_ids):
            for row in db.session().execute(select(table).where(db.among(table.c.vote_id, some))):
                found.setdefault(row.vote_id, []).append(row)
    return found


def _result(row: Any, told: Record) -> list[dict[str, Any]]:
    """What comes empty says nothing."""
    yes, no, other = told["counts"] if any(told["counts"]) else (row.yes, row.no, row.other)
    found = {
        "voted_on": date.fromisoformat(told["date"]) if told["date"] else row.voted_on,
        "chamber": told["chamber"] or row.chamber,
        "motion": told["motion"] or row.motion,
        "passed": row.passed if told["passed"] is None else told["passed"],
        "yes": yes,
        "no": no,
        "other": other,
    }
    return [] if all(getattr(row, name) == found[name] for name in _RESULT) else [{"id": row.id, **found}]


def _ballots(
    vote_id: int, told: Record, stored: Sequence[Any], people: Mapping[str, int]
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """The ballots that read otherwise, and the rows of those that are not here yet."""
    present: dict[tuple[str, Any], list[Any]] = {}
    for row in stored:
        for key in _found_by(row.legislator_id, row.name, row.reference):
            present.setdefault(key, []).append(row)
    changed, missing, taken = [], [], set[int]()
    for each in ballot_rows(vote_id, told, people):
        _vote, who, name, option, reference = each
        keys = _looked_for(who, name, reference)
        row = next((one for key in keys for one in present.get(key, ()) if one.id not in taken), None)
        if row is None:
            missing.append(each)
            continue
        taken.add(row.id)
        if row.option != option:
            changed.append({"id": row.id, "option": option})
    return changed, missing


def _found_by(who: int | None, name: str, reference: str) -> list[tuple[str, Any]]:
    """By what a stored ballot is found again; `plain` is one of which only the name is known."""
    found = (("who", who), ("reference", reference), ("name", fold(name)))
    plain = [] if who or reference else [("plain", fold(name))]
    return [*((kind, value) for kind, value in found if value), *plain]


def _looked_for(who: int | None, name: str, reference: str) -> list[tuple[str, Any]]:
    """The most certain first. Two members of one name are told apart by their references."""
    by_name = [("plain", fold(name))] if who or reference else [("name", fold(name))]
    certain = (("who", who), ("reference", reference))
    return [*((kind, value) for kind, value in certain if value), *(by_name if name else ())]
