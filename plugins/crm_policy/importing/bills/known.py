"""The bills that are here already, by all that a source may call them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select, tuple_

from crm.plugin_api import db, system
from crm.plugin_api.words import fold
from crm_policy.importing.sessions import Sessions
from crm_policy.models import Bill
from crm_policy.reading.neutral import Record


class KnownBills:
    """The stored bills that some records mean: by their source's number, else by session and number."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.sessions = Sessions()
        numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
        ocd = [record["ocd_id"] for record in records if record["ocd_id"]]
        wanted = (
            [db.among(Bill.legiscan_id, numbers), Bill.ocd_id.in_(ocd)]
            if ocd
            else [db.among(Bill.legiscan_id, numbers)]
        )
        columns = (
            Bill.id,
            Bill.legiscan_id,
            Bill.ocd_id,
            Bill.session_id,
            Bill.identifier,
            Bill.title,
            Bill.description,
            Bill.subjects,
            Bill.url,
            Bill.chamber,
            Bill.kind,
            Bill.hashes,
            Bill.change_hash,
            Bill.source,
            Bill.former_identifiers,
            Bill.status_events,
            Bill.changed_at,
            Bill.change_note,
            Bill.seen_at,
        )
        with system("matching bills of an import"):
            numbered = db.session().execute(select(*columns).where(or_(*wanted))).all()
            self._by_number = {row.legiscan_id: row for row in numbered if row.legiscan_id}
            self._by_ocd = {row.ocd_id: row for row in numbered if row.ocd_id}
            self._by_place = {}
            for some in _pieces(sorted(self._places_of_the_rest(records)), 400):
                clause = tuple_(Bill.session_id, Bill.identifier).in_(some)
                for row in db.session().execute(select(*columns).where(clause)):
                    self._by_place[row.session_id, row.identifier] = row
        self._named = {("legiscan", number) for number in numbers} | {("openstates", each) for each in ocd}

    def _places_of_the_rest(self, records: Sequence[Record]) -> set[tuple[int, str]]:
        """The session and number of each record that no number of its source has found."""
        return {
            (session.id, record["identifier"])
            for record in records
            if self._by_source(record) is None
            and (session := self.sessions.find(record["state"], record["session"])) is not None
        }

    def _by_source(self, record: Record) -> Any | None:
        return self._by_number.get(record["legiscan_id"]) or self._by_ocd.get(record["ocd_id"])

    def of(self, record: Record) -> Any | None:
        if (found := self._by_source(record)) is not None:
            return found
        session = self.sessions.find(record["state"], record["session"])
        row = self._by_place.get((session.id, record["identifier"])) if session is not None else None
        if row is None:
            return None
        # The same number under another id of the same source: the source gave the bill a new id, unless the
        # title differs or the old id comes as well; then it is another bill, and the older was renumbered.
        other = row.legiscan_id if record["source"] == "legiscan" else row.ocd_id
        mine = record["legiscan_id"] if record["source"] == "legiscan" else record["ocd_id"]
        if not other or not mine or other == mine:
            return row
        renamed = (record["source"], other) not in self._named and fold(row.title) == fold(record["title"])
        return row if renamed else None


def _pieces(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
