"""Rows of one file that mean the same contact: the first speaks, later ones add what it left open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm.transfer.kinds import Line, Settings
from crm.transfer.models import Mode
from crm.transfer.people import keys, matching
from crm.transfer.people.compare import compare, take
from crm.transfer.people.deciding import (
    Candidate,
    Verdict,
    candidate,
    judge,
    may_be_one,
    search,
    settle,
    states_of,
)
from crm.transfer.people.state import State, blank

_MOST_REMEMBERED = 50


@dataclass(slots=True)
class Somebody:
    """A contact that rows of this file mean, as it will be once they are written."""

    state: State
    head: Line
    evidence: set[keys.Evidence] = field(default_factory=set)
    prints: set[int] = field(default_factory=set)
    rows: list[Candidate] = field(default_factory=list)


class Together:
    """Goes through rows that share keys, group after group, each in the order of the file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._last = 0
        self._group = _Group(settings)

    def __call__(self, rows: Sequence[tuple[int, Line]]) -> list[Line]:
        """Decide about rows, each with the number of its group; returns those whose plan changed."""
        candidates = [(group, candidate(line)) for group, line in rows]
        states: dict[int, State] = {}
        if matching.anybody_there():
            search([each for _group, each in candidates], self.settings)
            states = states_of((each for _group, each in candidates), self.settings)
        touched: dict[int, Line] = {}
        for group, each in candidates:
            if group != self._last:
                self._last, self._group = group, _Group(self.settings)
            touched.update((line.number, line) for line in self._group.take(each, states))
        return list(touched.values())


class _Group:
    """The people in one group of rows. Rows that were matched with different stored contacts stay apart,
    whatever they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._by_contact: dict[int, Somebody] = {}
        self._by_print: dict[int, Somebody] = {}
        self._by_external_id: dict[str, Somebody] = {}
        self._by_name: dict[str, list[Somebody]] = {}

    def take(self, each: Candidate, states: dict[int, State]) -> Iterable[Line]:
        """Decide about the next row; returns the rows whose plan changed."""
        verdict = judge(each, states, self.settings)
        if verdict.rejected:
            return ()  # As it was when the row was looked at alone.
        found = self._find(each, verdict)
        own = each.record.external_id
        if own and (other := self._by_external_id.get(own)) is not None and other is not found:
            each.line.reject("id_of_row", own, str(other.head.number))
            return (each.line,)
        if found is None:
            return self._begin(each, verdict)
        if found.state.id is None and verdict.state is not None:
            return self._recognized(found, each, verdict.state)
        self._follow(found, each)
        return (each.line,)

    def _find(self, each: Candidate, verdict: Verdict) -> Somebody | None:
        """Who of this file it is: the same stored contact, or somebody that shares enough and contradicts
        nothing."""
        if verdict.state is not None and (found := self._by_contact.get(verdict.state.id or 0)):
            return found
        possible = [
            self._by_print.get(each.fingerprint),
            self._by_external_id.get(each.record.external_id),
            *self._by_name.get(each.name_key, ()),
        ]
        return next((one for one in possible if one is not None and self._may_be(one, each, verdict)), None)

    def _may_be(self, somebody: Somebody, each: Candidate, verdict: Verdict) -> bool:
        state, record = somebody.state, each.record
        if verdict.state is not None and (state.id is not None or len(somebody.rows) > _MOST_REMEMBERED):
            return False
        if each.fingerprint in somebody.prints:
            return True
        if state.kind != record.kind:
            return False
        if record.external_id and record.external_id == state.text("external_id"):
            return state.name_key == each.name_key or not somebody.evidence.isdisjoint(each.evidence)
        return state.name_key == each.name_key and self._fits(somebody, each)

    def _fits(self, somebody: Somebody, each: Candidate) -> bool:
        """Whether somebody of the same name is the same."""
        if each.record.kind == "organization":
            return may_be_one(each, somebody.state)
        birth_date = somebody.state.text("birth_date")
        same_birth_date = birth_date != "" and each.record.birth_date == birth_date
        if keys.contradiction(each.record, somebody.state.text, same_birth_date=same_birth_date):
            return False
        return not somebody.evidence.isdisjoint(keys.used(each.evidence, self.settings.match_key))

    def _begin(self, each: Candidate, verdict: Verdict) -> Iterable[Line]:
        """The first row about somebody; its plan stays."""
        somebody = Somebody(verdict.state or blank(each.record), each.line)
        self._by_name.setdefault(each.name_key, []).append(somebody)
        self._carry(somebody, each, "replace" if verdict.state is None else self.settings.mode)
        return ()

    def _follow(self, somebody: Somebody, each: Candidate) -> None:
        """A later row about somebody: it fills what is empty and adds, and overwrites nothing."""
        diff = compare(each.record, somebody.state, "fill")
        settle(each, Verdict(somebody.state, diff, ["same_person", "", str(somebody.head.number)]))
        each.line.same_as = somebody.head.number
        self._carry(somebody, each, "fill")

    def _recognized(self, somebody: Somebody, each: Candidate, state: State) -> Iterable[Line]:
        """A later row tells which stored contact the earlier ones mean: they are decided anew."""
        first, *rest = somebody.rows
        if keys.contradiction(first.record, state.text, same_birth_date=False):
            if each.record.external_id and each.record.external_id == somebody.state.text("external_id"):
                each.line.reject("id_of_row", each.record.external_id, str(somebody.head.number))
                return (each.line,)
            return self._begin(each, Verdict(state))
        somebody.rows.clear()
        settle(first, Verdict(state, compare(first.record, state, self.settings.mode)))
        somebody.state = state
        self._carry(somebody, first, self.settings.mode)
        for row in [*rest, each]:
            self._follow(somebody, row)
        return (first.line, *(row.line for row in rest), each.line)

    def _carry(self, somebody: Somebody, each: Candidate, mode: Mode) -> None:
        """Somebody as they are once this row is written, and known by all that it says."""
        state, fresh = somebody.state, somebody.state.id is None
        take(state, compare(each.record, state, mode))
        if fresh and not somebody.rows:
            named = keys.named(each.record)
            state.name, state.name_key = named.name, named.key
        somebody.evidence.update(keys.used(each.evidence, self.settings.match_key))
        somebody.prints.add(each.fingerprint)
        self._by_print.setdefault(each.fingerprint, somebody)
        if own := state.text("external_id"):
            self._by_external_id.setdefault(own, somebody)
        if state.id is not None:
            self._by_contact[state.id] = somebody
        if fresh and len(somebody.rows) <= _MOST_REMEMBERED:
            somebody.rows.append(each)
