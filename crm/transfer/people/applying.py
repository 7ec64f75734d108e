"""Writing the rows of a plan, exactly as planned: a row of which that is no longer true is skipped."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crm import bulk, db
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.models import Contact, ContactTag, Tag
from crm.transfer import own as custom
from crm.transfer.cleaning import fold, squash
from crm.transfer.kinds import Line, Settings
from crm.transfer.models import ImportedRow, Mode
from crm.transfer.people import matching
from crm.transfer.people.compare import compare, take
from crm.transfer.people.deciding import candidate, judge, search, states_of
from crm.transfer.people.parents import leave_out_circles
from crm.transfer.people.state import State, load_states
from crm.transfer.people.writing import Writer
from crm.transfer.record import ContactRecord
from crm.transfer.rows import APPLIED

if TYPE_CHECKING:
    from crm.journal.recorder import Change


def apply(lines: Sequence[Line], settings: Settings, change: "Change") -> list[int]:
    """Write these rows in the open transaction; see `ImportHandler.apply`."""
    chunk = _Chunk(lines, settings, change)
    chunk.run()
    return chunk.along


class _Chunk:
    def __init__(self, lines: Sequence[Line], settings: Settings, change: "Change") -> None:
        self.lines, self.settings, self.change = lines, settings, change
        self.organizations: dict[str, int] = {}
        self.tags: dict[str, int] = {}
        self.along: list[int] = []
        self.writer = Writer(settings.actor, settings.source, change, self.organizations, self.tags)

    def run(self) -> None:
        self._settle_again()
        firsts = [line for line in self.lines if line.same_as is None]
        creates = [line for line in firsts if line.action == "create"]
        if self.settings.recheck:
            creates = self._without_those_who_appeared(creates)
            self._leave_out_taken_ids([line for line in firsts if line.action == "update"])
        updates = {line.record_id: line for line in firsts if line.action == "update" and line.record_id}
        states = self._unchanged(updates)
        creates = self._without_those_who_came_along(creates, states, updates)
        for line, contact_id in zip(creates, bulk.reserve(db.table(Contact), len(creates)), strict=True):
            line.record_id = contact_id
        leave_out_circles([line for line in self.lines if line.action in {"create", "update"}])
        self._prepare(creates)
        for line in creates:
            self.writer.create(line.record_id or 0, line.record)
        for contact_id, state in states.items():
            line = updates[contact_id]
            self.writer.update(state, compare(line.record, state, self._mode(line)))
        self.writer.flush()
        self._follow([line for line in self.lines if line.same_as is not None])
        self._tag_everybody()

    def _settle_again(self) -> None:
        """Look once more at values of custom fields: somebody may have given a field another kind."""
        for line in self.lines:
            if line.action in {"create", "update"} and line.record.custom:
                for label, text in custom.settle_again(line.record):
                    line.note("own_unfit", label, text)

    def _mode(self, line: Line) -> Mode:
        return "fill" if line.said_same else self.settings.mode

    # Whether the plan still holds.

    def _without_those_who_appeared(self, creates: Sequence[Line]) -> list[Line]:
        """Leave out whom somebody added since the plan was made."""
        candidates = [candidate(line) for line in creates]
        search(candidates, self.settings)
        own = _made_by(self.settings.run_id, set().union(*(each.all_ids() for each in candidates)))
        states = {key: state for key, state in states_of(candidates, self.settings).items() if key not in own}
        for each in candidates:
            verdict = judge(each, states, self.settings)
            if verdict.state is not None or verdict.rejected:
                shown = verdict.state.name if verdict.state else verdict.reason[2]
                each.line.skip("appeared", "", shown)
                each.line.record_id = verdict.state.id if verdict.state else None
        return [line for line in creates if line.action == "create"]

    def _leave_out_taken_ids(self, updates: Sequence[Line]) -> None:
        """Leave out those whose ID somebody gave to another contact since the plan was made."""
        taken = matching.by_external_id(line.record.external_id for line in updates)
        for line in updates:
            if taken.get(line.record.external_id, line.record_id) != line.record_id:
                line.skip("id_taken", line.record.external_id)

    def _unchanged(self, updates: dict[int, Line]) -> dict[int, State]:
        """The contacts to be changed as they are now, without those about whom the plan is wrong by now."""
        states = load_states(updates)
        for contact_id, line in updates.items():
            state = states.get(contact_id)
            if state is None:
                line.skip("gone")
            elif state.version != line.version:
                words = compare(line.record, state, self._mode(line)).words
                if [list(word) for word in words] != [list(word) for word in line.changes]:
                    fields = {word[0] for word in line.changes} | {word[0] for word in words}
                    line.skip("changed_since", "", ",".join(sorted(fields)))
                    del states[contact_id]
        return states

    def _without_those_who_came_along(
        self, creates: Sequence[Line], states: dict[int, State], updates: dict[int, Line]
    ) -> list[Line]:
        """An organization whose members stood above it in the file is there already; its row completes it."""
        wanted = {_name_key(line): line for line in creates if line.record.kind == "organization"}
        found = matching.by_name("organization", wanted) if wanted else {}
        along = _made_by(self.settings.run_id, {each for ids in found.values() for each in ids}, along=True)
        for key, ids in found.items():
            if known := [each for each in ids if each in along]:
                line = wanted[key]
                line.record_id = known[0]
                states.update(load_states([known[0]]))
                updates[known[0]] = line
        return [line for line in creates if line.record_id is None]

    # What rows refer to.

    def _prepare(self, creates: Sequence[Line]) -> None:
        """Find the organizations and tags that rows name, and make those that are new."""
        records = [line.record for line in self.lines if line.action in {"create", "update"}]
        self._prepare_organizations(records, creates)
        self._prepare_tags(tag for record in records for tag in record.tags)

    def _prepare_organizations(self, records: Iterable[ContactRecord], creates: Sequence[Line]) -> None:
        wanted: dict[str, str] = {}
        for name in dict.fromkeys(record.organization_name for record in records):
            if name:
                wanted.setdefault(names.organization_name_key(name), name)
        for key, ids in matching.by_name("organization", wanted).items():
            self.organizations[key] = ids[0]
        for line in creates:
            if line.record.kind == "organization":
                self.organizations.setdefault(_name_key(line), line.record_id or 0)
        new = [(key, name) for key, name in wanted.items() if key and key not in self.organizations]
        for (key, name), contact_id in zip(new, bulk.reserve(db.table(Contact), len(new)), strict=True):
            self.organizations[key] = contact_id
            self.along.append(contact_id)
            self.writer.create_organization(contact_id, name)

    def _prepare_tags(self, tags: Iterable[str]) -> None:
        wanted: dict[str, str] = {}
        for tag in tags:
            wanted.setdefault(fold(tag), squash(tag))
        if not wanted:
            return
        known = select(Tag.name_key, Tag.id).where(matching.is_one_of(db.table(Tag).c.name_key, list(wanted)))
        self.tags.update((row[0], row[1]) for row in db.session().execute(known))
        new = [(key, name) for key, name in wanted.items() if key not in self.tags]
        for (key, name), tag_id in zip(new, bulk.reserve(db.table(Tag), len(new)), strict=True):
            self.tags[key] = tag_id
            self.writer.create_tag(tag_id, name)

    def _tag_everybody(self) -> None:
        """The tag for all of the file, those included about whom it says nothing new."""
        if not self.settings.tag:
            return
        ids = {line.record_id for line in self.lines if line.record_id and line.action in APPLIED}
        if not ids:
            return
        self._prepare_tags([self.settings.tag])
        tag_id = self.tags[fold(self.settings.tag)]
        tagged = select(ContactTag.contact_id).where(ContactTag.tag_id == tag_id)
        there = select(Contact.id).where(db.among(Contact.id, ids), Contact.id.not_in(tagged))
        with system("an import tags everybody in its file"):
            wanted = sorted(db.session().execute(there).scalars())
        self.writer.tag(wanted, tag_id)
        self.writer.flush()

    # Rows that mean the same as an earlier one.

    def _follow(self, lines: Sequence[Line]) -> None:
        own = {line.number: line for line in self.lines}
        elsewhere = {line.same_as for line in lines if line.same_as not in own}
        became = _became(self.settings.run_id, elsewhere)
        wanted: dict[int, list[Line]] = defaultdict(list)
        for line in lines:
            head = own.get(line.same_as or 0)
            line.record_id = became.get(line.same_as or 0) if head is None else _written(head)
            if line.record_id is None:
                line.skip("first_skipped", "", str(line.same_as))
            elif line.action == "update":
                wanted[line.record_id].append(line)
        states = load_states(wanted)
        for contact_id, rows in wanted.items():
            state = states.get(contact_id)
            for line in rows:
                self._follow_one(line, state)
        self.writer.flush()

    def _follow_one(self, line: Line, state: State | None) -> None:
        if state is None:
            line.skip("gone")
            return
        diff = compare(line.record, state, "fill")
        self.writer.update(state, diff)
        take(state, diff)


def _written(head: Line) -> int | None:
    return None if head.action in {"skipped", "rejected"} else head.record_id


def _name_key(line: Line) -> str:
    return names.organization_name_key(line.record.name)


def _made_by(run_id: int, ids: set[int], *, along: bool = False) -> set[int]:
    """Those of the contacts that this run wrote itself; or only those without a row of their own so far."""
    table = db.table(ImportedRow)
    statement = (
        select(table.c.record_id)
        .where(table.c.run_id == run_id, db.among(table.c.record_id, ids))
        .group_by(table.c.record_id)
    )
    if along:
        statement = statement.having(func.max(table.c.line) == 0)
    return set(db.session().execute(statement).scalars()) if ids else set()


def _became(run_id: int, numbers: Iterable[int | None]) -> dict[int, int]:
    """The contacts that earlier rows of this run became."""
    table = db.table(ImportedRow)
    wanted = [number for number in numbers if number]
    statement = select(table.c.line, table.c.record_id).where(
        table.c.run_id == run_id, db.among(table.c.line, wanted)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)} if wanted else {}
