"""What becomes of each row: whom it means, what it changes, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm.contacts import names
from crm.runtime import runtime
from crm.transfer.kinds import Line, Settings
from crm.transfer.people import compare, keys, matching
from crm.transfer.people.compare import Diff
from crm.transfer.people.state import State, load_states
from crm.transfer.record import ContactRecord


@dataclass(slots=True)
class Candidate:
    """A row with what is known about whom it may mean."""

    line: Line
    name_key: str
    evidence: list[keys.Evidence]
    fingerprint: int
    ids: dict[int, set[str]] = field(default_factory=dict)
    """Contacts found by evidence, and by which kinds of it."""
    by_id: int | None = None
    before: int | None = None
    namesakes: list[int] = field(default_factory=list)

    @property
    def record(self) -> ContactRecord:
        record: ContactRecord = self.line.record
        return record

    def all_ids(self) -> set[int]:
        found = {*self.ids, *self.namesakes}
        return found | {each for each in (self.by_id, self.before) if each is not None}


def candidate(line: Line) -> Candidate:
    """The row with its keys; the record must be clean."""
    record: ContactRecord = line.record
    name_key = keys.name_key(record)
    found = keys.evidence(record)
    return Candidate(line, name_key, found, keys.fingerprint(line.text))


def search(candidates: Sequence[Candidate], settings: Settings) -> None:
    """Find the stored contacts that the rows may mean."""
    known = matching.by_external_id(each.record.external_id for each in candidates)
    before = matching.by_fingerprint(each.fingerprint for each in candidates)
    for kind in keys.EVIDENCE:
        asked = [
            (number, each.name_key, value)
            for number, each in enumerate(candidates)
            if each.name_key
            for name, value in keys.used(each.evidence, settings.match_key)
            if name == kind
        ]
        for number, contact_id in matching.by_evidence(kind, asked):
            candidates[number].ids.setdefault(contact_id, set()).add(kind)
    for each in candidates:
        each.by_id = known.get(each.record.external_id)
        each.before = before.get(each.fingerprint)
    _search_names(candidates)


def _search_names(candidates: Sequence[Candidate]) -> None:
    """Organizations are known by their name; so is somebody of whom the row says nothing but that."""
    for kind in ("person", "organization"):
        asking = [each for each in candidates if each.record.kind == kind and _goes_by_name(each)]
        found = matching.by_name(kind, (each.name_key for each in asking))
        for each in asking:
            each.namesakes = found.get(each.name_key, [])


def _goes_by_name(each: Candidate) -> bool:
    return each.record.kind == "organization" or not (each.evidence or each.record.external_id)


@dataclass(slots=True)
class Verdict:
    """Whom a row means: a stored contact with what would change, nobody yet, or a reason why not."""

    state: State | None = None
    diff: Diff | None = None
    reason: Sequence[str] = ()
    rejected: bool = False


def judge(each: Candidate, states: dict[int, State], settings: Settings) -> Verdict:
    """The contact that a row means, among those that `search` found."""
    if each.by_id is not None and each.by_id in states:
        return _judge_id(each, states[each.by_id], settings)
    if beginning := runtime().access.reserved(each.record.external_id, settings.actor):
        return Verdict(reason=["id_reserved", beginning, ""], rejected=True)
    if each.by_id is not None and matching.kept_from(settings.actor, [each.by_id]):
        return Verdict(reason=["id_in_use", each.record.external_id, ""], rejected=True)
    if each.before in states and states[each.before].kind == each.record.kind:
        return _met(each, states[each.before], settings, ["matched_before", "", ""])
    fitting = [(len(kinds), states[found]) for found, kinds in each.ids.items() if found in states]
    fitting = [(count, state) for count, state in fitting if _fits(each, state)]
    if each.record.kind == "organization":
        fitting += _fitting_organizations(each, states, {state.id for _count, state in fitting})
    elif not fitting and each.namesakes:
        return _judge_bare(each, states, settings)
    return _best(each, fitting, settings)


def _judge_id(each: Candidate, state: State, settings: Settings) -> Verdict:
    """An id decides, unless the row is somebody else altogether: numbers of another list, most likely."""
    shared = set(each.evidence) & state.evidence()
    if state.kind != each.record.kind or not (state.name_key == each.name_key or shared):
        return Verdict(reason=["id_of_another", each.record.external_id, state.name], rejected=True)
    return _met(each, state, settings, ["matched_id", "", ""])


def _fits(each: Candidate, state: State) -> bool:
    if state.kind != each.record.kind:
        return False
    same_birth_date = bool(each.record.birth_date) and each.record.birth_date == state.text("birth_date")
    return not keys.contradiction(each.record, state.text, same_birth_date=same_birth_date)


def _fitting_organizations(
    each: Candidate, states: dict[int, State], seen: set[int | None]
) -> list[tuple[int, State]]:
    """Namesakes that nothing tells apart from the row's organization."""
    found = [states[contact_id] for contact_id in each.namesakes if contact_id in states]
    return [(0, state) for state in found if state.id not in seen and may_be_one(each, state)]


def may_be_one(each: Candidate, state: State) -> bool:
    """Whether two organizations of one name can be the same: addresses and parents that both have agree."""
    if not _fits(each, state):
        return False
    own = {value for kind, value in each.evidence if kind == "address"}
    other = {value for kind, value in state.evidence() if kind == "address"}
    parent = names.organization_name_key(each.record.organization_name)
    if parent and state.parent_key and parent != state.parent_key:
        return False
    return not own or not other or bool(own & other)


def _judge_bare(each: Candidate, states: dict[int, State], settings: Settings) -> Verdict:
    """A name alone proves nothing; but a row that says nothing new about a namesake need not be added."""
    for contact_id in each.namesakes:
        state = states.get(contact_id)
        if state is not None and _fits(each, state):
            diff = compare.compare(each.record, state, settings.mode)
            if diff.is_empty:
                return Verdict(state, diff, ["matched_name", "", ""])
    return Verdict()


def _best(each: Candidate, fitting: list[tuple[int, State]], settings: Settings) -> Verdict:
    """The contact with the most evidence; of several with as much, the one about which the row says nothing
    new; else the row is rejected, for nobody can tell."""
    if not fitting:
        return Verdict()
    most = max(count for count, _state in fitting)
    best = [state for count, state in fitting if count == most]
    reason = ["matched_organization", "", ""]
    if most:
        reason = ["matched_evidence", "", ",".join(sorted(each.ids.get(best[0].id or 0, ())))]
    if len(best) == 1:
        return _met(each, best[0], settings, reason)
    for state in sorted(best, key=lambda state: state.id or 0):
        diff = compare.compare(each.record, state, settings.mode)
        if diff.is_empty:
            return Verdict(state, diff, reason)
    shown = ", ".join(f"{state.name} (#{state.id})" for state in best[:5])
    return Verdict(reason=["ambiguous", "", shown], rejected=True)


def _met(each: Candidate, state: State, settings: Settings, reason: Sequence[str]) -> Verdict:
    return Verdict(state, compare.compare(each.record, state, settings.mode), reason)


def settle(each: Candidate, verdict: Verdict) -> None:
    """Write the verdict into the row."""
    line = each.line
    if verdict.rejected:
        line.reject(*verdict.reason)
        return
    line.action, line.changes = "create", []
    line.reasons = [[problem.code, problem.column, problem.value] for problem in line.problems]
    if verdict.state is None or verdict.diff is None:
        return
    line.action = "unchanged" if verdict.diff.is_empty else "update"
    line.record_id, line.version = verdict.state.id, verdict.state.version
    line.changes = verdict.diff.words
    if verdict.reason:
        line.reasons = [verdict.reason, *line.reasons]
    line.reasons += [["kept", name, new] for name, _old, new in verdict.diff.kept]


def plan(lines: Sequence[Line], settings: Settings) -> list[Candidate]:
    """Decide about rows, each looked at alone; returns those that may look like somebody who is here."""
    candidates = [candidate(line) for line in lines]
    for each in candidates:
        found = keys.used(each.evidence, settings.match_key)
        each.line.keys = keys.in_file_keys(each.record, each.name_key, found, each.fingerprint)
    if not matching.anybody_there():
        for each in candidates:
            settle(each, Verdict())
        return []
    search(candidates, settings)
    states = states_of(candidates, settings)
    for each in candidates:
        settle(each, judge(each, states, settings))
        if each.line.record_id is not None:
            each.line.keys = [*each.line.keys, keys.contact_key(each.line.record_id)]
    return candidates


def states_of(candidates: Iterable[Candidate], settings: Settings) -> dict[int, State]:
    """How the contacts stand that the rows may mean, of those that are not kept from whoever imports."""
    wanted = list(candidates)
    ids = set().union(*(each.all_ids() for each in wanted)) if wanted else set()
    ids -= matching.kept_from(settings.actor, ids)
    with_notes = any(each.record.notes for each in wanted)
    return load_states(sorted(ids), notes=with_notes)
