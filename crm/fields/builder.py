"""The builder of conditions: a form that says the whole group, made larger or smaller one step at a time.

Each part has a path: `0` is the group itself, `0.2` its third part. Its kind stands in `k.PATH`, what it says
in other fields of that ending, so that the form works as it is, with scripts or without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm.errors import UserError
from crm.fields.conditions import (
    COUNTS,
    DEEPEST,
    HIGHEST,
    JOINS,
    MOST_PARTS,
    Count,
    Group,
    Join,
    Part,
    Related,
    is_too_long,
    parts_in,
)
from crm.fields.filters import Filter, Operator, operators
from crm.fields.meaning import COUNT_WORDS, JOIN_WORDS, Frame, Meaning
from crm.fields.numbers import plain_number
from crm.plugin_api.types import Field

ROOT: Final = "0"
ADDS: Final = ("filter:", "group:", "related:")
"""How the buttons begin that add a part."""
MOST_POSTED: Final = 250
"""Parts of one group that are read from a form, so that what is too much is shown again and not lost; more
fields than these have no form may send."""
Posted = MultiDict[str, str]


@dataclass
class Node:
    """One part of the form, for its template."""

    path: str
    kind: str
    error: str = ""
    join: Join = "all"
    children: list["Node"] = field(default_factory=list)
    sections: list[tuple[str, list[Field]]] = field(default_factory=list)
    chosen: Field | None = None
    operators: Sequence[Operator] = ()
    operator: Operator | None = None
    value: str = ""
    relations: list[tuple[str, str]] = field(default_factory=list)
    relation: str = ""
    count: Count = "some"
    number: int = 1
    may_group: bool = True
    may_relate: bool = True


JOIN_CHOICES: Final = tuple((name, JOIN_WORDS[name]) for name in JOINS)
COUNT_CHOICES: Final = tuple((name, COUNT_WORDS[name]) for name in COUNTS)


# From what was posted.


def posted(form: Posted) -> Group:
    """The group that the form says."""
    found = _part(form, ROOT, 0)
    return found if isinstance(found, Group) else Group()


def _part(form: Posted, path: str, depth: int) -> Part:
    kind = form.get(f"k.{path}", "")
    if kind == "group":
        return _group(form, path, depth)
    if kind == "related":
        count = form.get(f"c.{path}", "some")
        return Related(
            form.get(f"r.{path}", "")[:80],
            count if count in COUNTS else "some",
            _number(form.get(f"n.{path}", "")),
            _group(form, path, depth),
        )
    names = (form.get(f"{each}.{path}", "").replace("\0", "") for each in ("f", "o", "v"))
    name, operator, value = names
    return Filter(name[:80].partition(":")[0], operator[:40], value.strip()[:400])


def _number(text: str) -> int:
    return min(int(text), HIGHEST) if text.isdecimal() and len(text) < 12 else 0 if text else 1


def _group(form: Posted, path: str, depth: int) -> Group:
    join = form.get(f"j.{path}", "all")
    paths = [f"{path}.{number}" for number in range(MOST_POSTED)] if depth < DEEPEST else []
    parts = tuple(_part(form, each, depth + 1) for each in paths if f"k.{each}" in form)
    return Group(join if join in JOINS else "all", parts)


# One step.


def step(group: Group, action: str) -> Group:
    """The group after a button: `filter:PATH`, `group:PATH` and `related:PATH` add to the group at a path,
    `remove:PATH` takes a part away."""
    what, _colon, path = action.partition(":")
    steps = [int(each) for each in path.split(".")[1:] if each.isdecimal()]
    if what == "remove" and steps:
        return cast(Group, _at(group, steps[:-1], lambda found: _removed(found, steps[-1])))
    new: Mapping[str, Part] = {
        "filter": Filter("", ""),
        "group": Group("any", (Filter("", ""),)),
        "related": Related(""),
    }
    if what in new:
        return cast(Group, _at(group, steps, lambda found: replace(found, parts=(*found.parts, new[what]))))
    return group


def too_much(group: Group) -> str:
    """What is said of conditions that are too many or too long for a list; "" where they are not."""
    if parts_in(group) > MOST_PARTS:
        return _("At most %(most)s conditions and groups fit into one list. Take some away.", most=MOST_PARTS)
    if is_too_long(group):
        return _("These conditions are too long for one list. Take some away, or write less in them.")
    return ""


def _removed(group: Group, number: int) -> Group:
    return replace(group, parts=(*group.parts[:number], *group.parts[number + 1 :]))


def _at(part: Part, steps: Sequence[int], change: Any) -> Part:
    """The part with the group at a place in it changed."""
    if isinstance(part, Related):
        return replace(part, where=cast(Group, _at(part.where, steps, change)))
    if isinstance(part, Filter):
        return part
    if not steps:
        return cast(Part, change(part))
    if steps[0] >= len(part.parts):
        return part
    inner = _at(part.parts[steps[0]], steps[1:], change)
    return replace(part, parts=(*part.parts[: steps[0]], inner, *part.parts[steps[0] + 1 :]))


# For the template.


class Form:
    """The form of a group for one actor. With `strict` each part that makes no sense says why."""

    def __init__(self, meaning: Meaning, *, strict: bool) -> None:
        self.meaning, self.strict = meaning, strict
        self.wrong = False

    def node(self, part: Part, frame: Frame, path: str = ROOT, depth: int = 0) -> Node:
        if isinstance(part, Filter):
            return self._filter(part, frame, path)
        if isinstance(part, Group):
            made = Node(path, "group", join=part.join, may_group=depth + 1 < DEEPEST)
            made.may_relate = made.may_group and bool(self.meaning.relations(frame.record_type))
            made.children = self._children(part, frame, path, depth)
            return made
        return self._related(part, frame, path, depth)

    def _children(self, group: Group, frame: Frame, path: str, depth: int) -> list[Node]:
        return [self.node(each, frame, f"{path}.{n}", depth + 1) for n, each in enumerate(group.parts)]

    def _related(self, part: Related, frame: Frame, path: str, depth: int) -> Node:
        known = self.meaning.relations(frame.record_type)
        made = Node(path, "related", relation=part.relation, count=part.count, number=part.number)
        made.relations = [(each.name, str(each.label)) for each in known]
        made.join = part.where.join
        made.may_group = depth + 1 < DEEPEST
        relation = next((each for each in known if each.name == part.relation), None)
        if relation is None:
            words = _("Choose what belongs to them.") if not part.relation else ""
            made.error = self._error(words or self.meaning.problem(part, frame))
            return made
        inner = self.meaning.related_frame(relation)
        made.may_relate = made.may_group and bool(self.meaning.relations(inner.record_type))
        made.children = self._children(part.where, inner, path, depth)
        return made

    def _filter(self, part: Filter, frame: Frame, path: str) -> Node:
        fields = [each for each in frame.fields.values() if each.filterable]
        made = Node(path, "filter", sections=sections(fields), value=part.value)
        made.chosen = next((each for each in fields if each.name == part.field), None)
        if made.chosen is None:
            words = _("Choose the field to filter by.") if not part.field else ""
            made.error = self._error(words or self.meaning.problem(part, frame))
            return made
        made.operators = operators(made.chosen)
        names = [each for each in made.operators if each.name == part.operator]
        made.operator = names[0] if names else made.operators[0]
        if made.operator.needs == "number":
            made.value = plain_number(made.value)
        made.error = self._error(self.meaning.problem(part, frame))
        return made

    def _error(self, words: str) -> str:
        self.wrong = self.wrong or bool(words)
        return words if self.strict else ""


def settled(group: Group, meaning: Meaning, frame: Frame) -> Group:
    """The group with operators that fit their fields: another field may know other ones."""
    return cast(Group, _settled(group, meaning, frame))


def _settled(part: Part, meaning: Meaning, frame: Frame) -> Part:
    if isinstance(part, Group):
        return replace(part, parts=tuple(_settled(each, meaning, frame) for each in part.parts))
    if isinstance(part, Related):
        try:
            inner = meaning.related_frame(meaning.relation(frame.record_type, part.relation))
        except UserError:
            return part
        return replace(part, where=cast(Group, _settled(part.where, meaning, inner)))
    known = frame.fields.get(part.field)
    if known is None:
        return part
    names = [each.name for each in operators(known)]
    return replace(part, operator=part.operator if part.operator in names else names[0], kind="")


def sections(fields: Sequence[Field]) -> list[tuple[str, list[Field]]]:
    """Fields under the headings of their sections, both in the order they were declared."""
    found: dict[str, list[Field]] = {}
    for each in fields:
        found.setdefault(str(each.section) or _("More"), []).append(each)
    return list(found.items())
