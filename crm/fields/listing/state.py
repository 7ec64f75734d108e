"""What the address of a list says, and what a saved list keeps of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from crm.fields import conditions as rules_of
from crm.fields.conditions import Group
from crm.fields.filters import Filter
from crm.runtime import runtime


@dataclass(frozen=True)
class ListState:
    """What the address of a list says: the text typed, filters, order, columns and where the page begins.

    `whole` says that the address of a saved list is all there is, even where it says nothing. What the
    address leaves open `crm.fields.lists.saved_state` fills in: `base`, the filters of a preset, which are
    no chips of anybody, and `kept`, the columns that this reader or the saved list wants. `rules` are
    conditions that need more than filters of which all must hold.
    """

    record_type: str
    text: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    saved: str = ""
    whole: bool = False
    base: tuple[Filter, ...] = ()
    kept: tuple[str, ...] = ()
    rules: Group | None = None
    beyond: tuple[Filter, ...] = ()
    """Those of the filters that the saved list of the address does not have: they narrow all of it, also what
    is in it by hand."""
    gone: bool = False
    """Whether the saved list of the address is not there, or not for this reader."""

    @classmethod
    def from_args(cls, record_type: str, args: "MultiDict[str, str]") -> "ListState":
        # What is no filter stays in the list as one that finds nobody: leaving it out would show everybody.
        filters = tuple(Filter.parse(text) or Filter(text[:80], "") for text in args.getlist("f") if text)
        columns = tuple(name for name in args.get("columns", "").split(",") if name)
        return cls(
            record_type,
            args.get("q", "").replace("\0", "").strip()[:200],
            filters,
            args.get("sort", ""),
            columns or tuple(args.getlist("column")),
            args.get("after", ""),
            args.get("before", ""),
            args.get("list", ""),
            bool(args.get("whole")),
            rules=rules_of.loads(args.get("rules", "")),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The state as pairs of an address; `from_args` reads them back."""
        found = [("f", str(each)) for each in self.filters]
        for name, value in (
            ("q", self.text),
            ("sort", self.sort),
            ("columns", ",".join(self.columns)),
            ("after", self.after),
            ("before", self.before),
            ("list", self.saved),
            ("whole", "1" if self.whole and self.saved else ""),
            ("rules", rules_of.dumps(self.rules) if self.rules is not None else ""),
        ):
            if value:
                found.append((name, value))
        return found

    def query(self, **changes: Any) -> str:
        """The address part of this state with some of it changed; paging starts again."""
        return urlencode(replace(self, **{"after": "", "before": "", **changes}).pairs())

    def as_json(self) -> dict[str, Any]:
        """What a saved list keeps: everything but the place in it."""
        marked = self.marked()
        return {
            "text": self.text,
            "filters": [str(each) for each in (*marked.base, *marked.filters)],
            "sort": self.sort,
            "columns": list(self.columns or self.kept),
            "rules": rules_of.dump(marked.rules) if marked.rules is not None else None,
        }

    def marked(self) -> "ListState":
        """With the kind of field that each filter was made for, where it does not say so yet."""
        fields = runtime().fields

        def mark(record_type: str, chosen: Filter) -> Filter:
            return replace(chosen, kind=chosen.kind or fields.kind(record_type, chosen.field))

        return self.each_filter(mark)

    def each_filter(self, change: Callable[[str, Filter], Filter]) -> "ListState":
        """With each filter changed; `change` gets the name of the record type that the filter asks of."""

        def every(part: Any) -> Any:
            return rules_of.changed(part, self.record_type, change, runtime().fields.related_type)

        return replace(
            self,
            base=tuple(every(each) for each in self.base),
            filters=tuple(every(each) for each in self.filters),
            rules=every(self.rules) if self.rules is not None else None,
        )

    @classmethod
    def from_json(cls, record_type: str, kept: Mapping[str, Any], saved: str = "") -> "ListState":
        return cls(
            record_type,
            kept.get("text", ""),
            tuple(Filter.parse(text) or Filter(text[:80], "") for text in kept.get("filters", ())),
            kept.get("sort", ""),
            tuple(kept.get("columns", ())),
            saved=saved,
            rules=rules_of.load(kept.get("rules")),
        )
