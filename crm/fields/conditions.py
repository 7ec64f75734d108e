"""What a list asks for: conditions joined by “all”, “any” or “none”, and conditions on related records.

Written as JSON in a saved list and in an address: a condition is the text of its filter, a group
`{"join": "any", "parts": […]}`, related records `{"relation": …, "count": "more", "number": 2, "where": …}`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal, cast

from crm.fields.filters import Filter

Join = Literal["all", "any", "none"]
Count = Literal["some", "none", "least", "most", "more", "less", "exactly"]
JOINS: Final[tuple[Join, ...]] = ("all", "any", "none")
COUNTS: Final[tuple[Count, ...]] = ("some", "none", "least", "most", "more", "less", "exactly")
DEEPEST, MOST_PARTS, LONGEST_TEXT, HIGHEST = 5, 60, 12_000, 1_000_000
"""Of groups within groups, parts of a list, characters of all of them in an address, and what is counted."""


@dataclass(frozen=True)
class Group:
    """Parts of which all, any or none must hold. Nothing at all holds for everybody when all are asked for,
    and for nobody when any is: such a list holds those alone who were put into it by hand."""

    join: Join = "all"
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Related:
    """How many related records there must be for which a group holds."""

    relation: str
    count: Count = "some"
    number: int = 1
    where: Group = field(default_factory=Group)


Part = Filter | Related | Group
NOBODY = Group("any")
UNREADABLE = Group("all", (Filter("?", ""),))
"""What stands for conditions that make no sense: it is shown as broken, and finds nobody."""


def dump(part: Part) -> Any:
    """The part as JSON takes it; `load` reads it back."""
    if isinstance(part, Filter):
        return str(part)
    if isinstance(part, Group):
        return {"join": part.join, "parts": [dump(each) for each in part.parts]}
    return {
        "relation": part.relation,
        "count": part.count,
        "number": part.number,
        "where": dump(part.where),
    }


@lru_cache(maxsize=256)
def dumps(group: Group) -> str:
    """The conditions as one short text for an address. A page has a dozen addresses with the same ones."""
    return json.dumps(dump(group), ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=256)
def loads(text: str) -> Group | None:
    """The conditions in an address: None for none, UNREADABLE for what makes no sense or is too much."""
    if not text:
        return None
    if len(text) > LONGEST_TEXT:
        return UNREADABLE
    try:
        return load(json.loads(text)) or UNREADABLE
    except (ValueError, RecursionError):
        return UNREADABLE


def load(kept: Any) -> Group | None:
    """The conditions of a saved list, as `loads` does."""
    if not kept:
        return None
    try:
        found = _group(kept, 0)
    except (KeyError, TypeError, ValueError):
        return UNREADABLE
    return found if parts_in(found) <= MOST_PARTS else UNREADABLE


def parts_in(group: Group) -> int:
    """How many conditions and groups are in a group."""
    return sum(1 for _each in walk(group)) - 1


def _group(kept: Mapping[str, Any], depth: int) -> Group:
    join = kept["join"]
    if depth > DEEPEST or join not in JOINS:
        raise ValueError(join)
    return Group(join, tuple(_part(each, depth + 1) for each in kept["parts"]))


def _part(kept: Any, depth: int) -> Part:
    if isinstance(kept, str):
        found = Filter.parse(kept)
        return found if found is not None else Filter(kept[:80], "")
    if "join" in kept:
        return _group(kept, depth)
    count, number = kept["count"], int(kept["number"])
    if count not in COUNTS or not 0 <= number <= HIGHEST:
        raise ValueError(count)
    return Related(str(kept["relation"])[:80], cast(Count, count), number, _group(kept["where"], depth))


def is_too_long(group: Group) -> bool:
    """Whether an address has no room for the conditions."""
    return len(dumps(group)) > LONGEST_TEXT


def walk(part: Part) -> Iterator[Part]:
    """The part and all that is in it."""
    yield part
    inner = part.parts if isinstance(part, Group) else (part.where,) if isinstance(part, Related) else ()
    for each in inner:
        yield from walk(each)


def changed(part: Part, record_type: str, change: Callable[[str, Filter], Filter],
            related: Callable[[str], str]) -> Part:  # fmt: skip
    """The part with each filter changed; `change` gets the name of the record type that it asks of, which for
    a relation `related` tells."""
    if isinstance(part, Filter):
        return change(record_type, part)
    if isinstance(part, Group):
        return replace(part, parts=tuple(changed(each, record_type, change, related) for each in part.parts))
    where = changed(part.where, related(part.relation), change, related)
    return replace(part, where=cast(Group, where))


def joined(filters: tuple[Filter, ...], rules: Group | None) -> Group:
    """Simple filters and a group as one group."""
    if rules is None:
        return Group("all", filters)
    if rules.join == "all":
        return Group("all", (*filters, *rules.parts))
    return Group("all", (*filters, rules)) if filters else rules


def taken_apart(group: Group) -> tuple[tuple[Filter, ...], Group | None]:
    """The opposite of `joined`, where it can be said with simple filters alone."""
    if group.join == "all" and all(isinstance(each, Filter) for each in group.parts):
        return cast(tuple[Filter, ...], group.parts), None
    return (), group
