"""People whom another import brings along, such as the guardians of a roster: made in sets, for one by one
takes ten times as long."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crm import bulk, db
from crm.access.actor import Actor
from crm.contacts.models import Contact
from crm.transfer.people.compare import Diff
from crm.transfer.people.state import Part, load_states
from crm.transfer.people.writing import Writer
from crm.transfer.record import ContactRecord, Email, Phone

if TYPE_CHECKING:
    from crm.journal.recorder import Change


class PeopleInSets:
    """Collects people and what they are reached by; `flush` writes it, journaled. Inside a transaction."""

    def __init__(self, actor: Actor, change: "Change", *, at_once: int = 100) -> None:
        """`at_once`: for about how many new people ids are reserved together."""
        self._writer = Writer(actor, "", change, {}, {})
        self._ids = _ids(max(at_once, 1))
        self._reach: dict[int, list[ContactRecord]] = {}

    def create(self, record: ContactRecord) -> int:
        """A new person without organization and tags; gives the id. The caller has seen to it that the
        external id is nobody's."""
        contact_id = next(self._ids)
        record.settle()
        self._writer.create(contact_id, record)
        return contact_id

    def add_reach(self, contact_id: int, record: ContactRecord) -> None:
        """Emails and phones of the record, which the caller knows that the contact lacks; one that is new or
        that was here before."""
        self._reach.setdefault(contact_id, []).append(record)

    def flush(self) -> None:
        """Write everything that was collected."""
        self._writer.flush()
        for contact_id, state in load_states(self._reach, notes=False).items():
            self._writer.update(state, Diff(added=list(_added(self._reach[contact_id]))))
        self._reach.clear()
        self._writer.flush()


def _ids(at_once: int) -> Iterator[int]:
    while True:
        yield from bulk.reserve(db.table(Contact), at_once)


def _added(records: list[ContactRecord]) -> Iterator[tuple[str, Part]]:
    """The parts, of which the first of each list leads where there was none."""
    for name in ("emails", "phones"):
        parts = [part for record in records for part in getattr(record, name)]
        for place, part in enumerate(parts):
            yield name, {**_columns(part), "primary": place == 0}


def _columns(part: Email | Phone) -> Part:
    if isinstance(part, Email):
        return {"label": part.label, "address": part.address}
    return {"label": part.label, "number": part.number, "extension": part.extension}
