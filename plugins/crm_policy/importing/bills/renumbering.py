"""Bills that take over the number of another: one number of a session is one bill, so the older gives way."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import select, tuple_

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm_policy.importing.batch import set_each
from crm_policy.models import Bill
from crm_policy.reading.neutral import Record, sort_key

_AT_ONCE: Final = 400
_LONGEST: Final = 40
FORMER: Final = "({number})"


def make_room(fresh: Sequence[tuple[Record, Any]], old: Sequence[tuple[Any, Record]], change: Change) -> None:
    """Move bills out of the way of new ones (each with its session) and of known ones that get another
    number. What stays behind keeps everything under `HB 12 (2)`; where its source calls it otherwise, it
    gets that number in the same import or when the source next tells of it."""
    takers = {(session.id, record["identifier"]): 0 for record, session in fresh}
    takers |= {
        (row.session_id, record["identifier"]): row.id
        for row, record in old
        if record["identifier"] != row.identifier and row.source in (record["source"], "staff")
    }
    standing = [row for row in _at(takers) if takers[row.session_id, row.identifier] != row.id]
    if not standing:
        return
    leaving = {row.id for row, record in old if record["identifier"] != row.identifier}
    taken = {(row.session_id, row.identifier) for row in _like(standing)} | {*takers}
    parked = []
    for row in standing:
        name = _free(row.session_id, row.identifier, taken)
        former = row.former_identifiers if row.id in leaving else [*row.former_identifiers, row.identifier]
        parked.append(
            {
                "id": row.id,
                "identifier": name,
                "sort_key": sort_key(row.state, name),
                "former_identifiers": former,
            }
        )
    set_each(change, Bill, parked)


_COLUMNS: Final = (Bill.id, Bill.state, Bill.session_id, Bill.identifier, Bill.former_identifiers)


def _at(places: Collection[tuple[int, str]]) -> list[Any]:
    wanted, found = sorted(places), list[Any]()
    with system("bills whose number another takes"):
        for start in range(0, len(wanted), _AT_ONCE):
            some = tuple_(Bill.session_id, Bill.identifier).in_(wanted[start : start + _AT_ONCE])
            found += db.session().execute(select(*_COLUMNS).where(some)).all()
    return found


def _like(standing: Sequence[Any]) -> list[Any]:
    """What was parked before beside the same number."""
    names = [(row.session_id, _parked(row.identifier, number)) for row in standing for number in range(2, 10)]
    return _at(names)


def _parked(identifier: str, number: int) -> str:
    mark = f" {FORMER.format(number=number)}"
    return f"{identifier[: _LONGEST - len(mark)]}{mark}"


def _free(session_id: int, identifier: str, taken: set[tuple[int, str]]) -> str:
    number = 2
    while (session_id, _parked(identifier, number)) in taken:
        number += 1
    name = _parked(identifier, number)
    taken.add((session_id, name))
    return name
