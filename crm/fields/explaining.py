"""Why a record is in a list, or is not: each condition with whether it holds for that record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import case

from crm import db
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.conditions import Group, Part, Related
from crm.fields.listing import Listing, address_of
from crm.fields.lists import state_of
from crm.fields.meaning import JOIN_WORDS, Clause, Frame, examples
from crm.fields.models import SavedList
from crm.runtime import runtime

Verdict = Literal["yes", "no", "broken"]
SHOWN = 5


@dataclass
class Reason:
    """A condition in words, whether it holds, and what it is made of or where it is seen: names and addresses
    of related records."""

    words: str
    verdict: Verdict
    parts: "list[Reason]" = field(default_factory=list)
    examples: Sequence[tuple[str, str]] = ()


def explain(listing: Listing, record_id: int) -> list[Reason]:
    """The conditions of a list as they stand with one record that the actor may see."""
    listing.meaning.one_by_one = True
    explainer = _Explainer(listing, record_id)
    parts = explainer.top()
    explainer.ask()
    found = [explainer.reason(part) for part in parts]
    if listing.state.text and listing.record_type.quick_filter is not None:
        verdict: Verdict = "yes" if explainer.found_by_text() else "no"
        found.append(Reason(_("found by “%(text)s”", text=listing.state.text), verdict))
    return found


def holds(saved: SavedList, record_id: int, actor: Actor) -> bool:
    """Whether a record that the actor may see is in a saved list."""
    listing = Listing(state_of(saved), actor)
    listing.meaning.one_by_one = True
    statement = listing.ids().order_by(None).where(listing.record_type.model.id == record_id)
    return db.session().execute(statement).first() is not None


class _Explainer:
    """Gathers the conditions, asks about all of them in one statement, then tells them one by one."""

    def __init__(self, listing: Listing, record_id: int) -> None:
        self.listing, self.record_id = listing, record_id
        self.meaning, self.frame = listing.meaning, listing.frame
        self.clauses: dict[int, Clause] = {}
        self.broken: dict[int, str] = {}
        self.verdicts: dict[int, bool] = {}

    def top(self) -> list[Part]:
        """The parts that must all hold, one level of them opened where that is what they say."""
        found: list[Part] = []
        for part in self.listing.parts():
            found += part.parts if isinstance(part, Group) and part.join == "all" and part.parts else (part,)
        for part in found:
            for each in _of_record(part):
                self._gather(each, self.frame)
        return found

    def _gather(self, part: Part, frame: Frame) -> None:
        try:
            self.clauses[id(part)] = self.meaning.clause(part, frame)
        except UserError as error:
            self.broken[id(part)] = error.message

    def ask(self) -> None:
        if not self.clauses:
            return
        columns = [case((clause, 1), else_=0) for clause in self.clauses.values()]
        rows = self.listing.asked_of(self.record_id, columns)
        self.verdicts = {key: bool(value) for key, value in zip(self.clauses, rows, strict=True)}

    def found_by_text(self) -> bool:
        quick = self.listing.record_type.quick_filter
        assert quick is not None
        clause = quick(self.listing.state.text, self.listing.actor)
        return bool(self.listing.asked_of(self.record_id, [case((clause, 1), else_=0)])[0])

    def reason(self, part: Part) -> Reason:
        if id(part) in self.broken and not isinstance(part, Group):
            return Reason(self.broken[id(part)], "broken")
        verdict: Verdict = "yes" if self.verdicts.get(id(part)) else "no"
        if id(part) in self.broken:
            verdict = "broken"
        if isinstance(part, Group):
            words = str(JOIN_WORDS[part.join]) if part.parts else self.meaning.words(part, self.frame)
            return Reason(words, verdict, [self.reason(each) for each in part.parts])
        words = self.meaning.words(part, self.frame)
        if isinstance(part, Related):
            return Reason(words, verdict, examples=self._examples(part))
        return Reason(words, verdict)

    def _examples(self, part: Related) -> Sequence[tuple[str, str]]:
        relation = self.meaning.relation(self.frame.record_type, part.relation)
        kind = runtime().fields.type(relation.related)
        rows = examples(part, self.meaning, self.frame, self.record_id, SHOWN)
        return [(name, address_of(kind, each)) for each, name in rows]


def _of_record(part: Part) -> Iterator[Part]:
    """The part and those in it that are about the record itself, not about related ones."""
    yield part
    if isinstance(part, Group):
        for each in part.parts:
            yield from _of_record(each)
