"""The kinds of import `bills` and `legislators`: both take any file of either, for datasets hold both."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Cleaner, Line, OwnSource, Problem, Settings
from crm_policy.importing import bills, districts, overlaps, people
from crm_policy.importing.lines import Lines, dump
from crm_policy.importing.people.names import reference_of
from crm_policy.places import name_of
from crm_policy.reading import FileSource
from crm_policy.reading.neutral import Record

SENTENCES: Final[Mapping[str, Any]] = {
    "no_state": lazy("It is not said of which state this is (“%(value)s”)."),
    "no_number": lazy("This bill has no number, so it cannot be told from others (%(value)s)."),
    "no_session": lazy("%(value)s names no session. Download it again with its session."),
    "too_long": lazy("“%(value)s” is longer than any number or name of its kind."),
    "no_name": lazy("This entry of a person or a committee has no name."),
    "no_role": lazy("%(value)s has no role in a legislature that we know, so nothing says where they sit."),
    "no_district": lazy("“%(value)s” is not the id of a legislative or school district of a state."),
    "no_school_district": lazy("“%(value)s” is neither an NCES number nor the id of a school district."),
    "unknown_school_district": lazy(
        "“%(value)s” is not here with its NCES number. Import the list of school districts first."
    ),
    "no_share": lazy("“%(value)s” is no share. Write it like 0.4, or 40 for percent."),
    "no_bill": lazy("This roll call does not say which bill it is about."),
    "no_date": lazy("This hearing has no day that can be read (%(value)s)."),
    "source_error": lazy("The service answered with an error instead of data: %(value)s."),
    "html": lazy("“%(column)s” is a web page, probably one that says what went wrong. Download it again."),
    "not_readable": lazy("“%(column)s” cannot be read; it is damaged or of another kind."),
    "too_large": lazy("“%(column)s” is too large to be one bill or one person."),
    "damaged": lazy("“%(column)s” is damaged in the zip. Download it again."),
    "unknown_shape": lazy("“%(column)s” is neither a bill nor a person, a committee, a vote or a hearing."),
    "twice": lazy("%(value)s stands in the file before; the first one counts."),
    "twice_newer": lazy("%(value)s stands in the file again, and newer; that one counts."),
    "older": lazy(
        "What is here is newer (%(value)s), so nothing is taken from this file. Has the source taken back "
        "what it told last? Then choose “Take the next file though it ends earlier” on the page of the bill, "
        "under “More”, and import this file again."
    ),
    "waits": lazy("Kept until its bill is here."),
    "queued": lazy("Not certain who this is; somebody must say so under “Names to match”."),
    "other_source": lazy("We have this bill from another source; only what was missing is taken."),
}
_SECTIONS: Final[Mapping[str, Any]] = {
    "facts": lazy("Title, subjects and address"),
    "actions": lazy("Actions"),
    "sponsors": lazy("Sponsors"),
    "documents": lazy("Versions and documents"),
    "votes": lazy("Votes"),
    "relations": lazy("Related bills"),
    "hearings": lazy("Hearings"),
    "progress": lazy("Status"),
    "person": lazy("Person"),
    "terms": lazy("Terms in office"),
    "offices": lazy("Offices"),
    "members": lazy("Members"),
    "renumbered": lazy("Number"),
    "title": lazy("Title"),
    "share": lazy("Share of the school district"),
}
_WORK: Final[Mapping[str, Any]] = {
    "bill": bills,
    "vote": bills,
    "hearing": bills,
    "person": people,
    "committee": people,
    "district": districts,
    "overlap": overlaps,
}


class PolicyImport:
    """See `crm.plugin_api.transfer.ImportHandler` and `OpensFiles`."""

    match_keys: Mapping[str, Any] = {}
    cards = False
    written_at_once = 400
    """A bill comes with hundreds of votes; so many at once keep memory flat."""

    options = ("format",)

    def open(self, path: Path, name: str, options: Mapping[str, Any], work: Path | None) -> OwnSource:
        return Lines(FileSource(path, name, str(options.get("format") or "")))

    def notice(self, code: str, values: Mapping[str, Any]) -> str:
        raise KeyError(code)  # Files of this kind are all noticed about row by row.

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        return {}

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return []

    def target_label(self, target: str) -> str:
        raise UserError(_("There is no field “%(name)s”.", name=target))

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        return []

    def settle_card(self, record: Any, problems: list[Problem]) -> None:
        """Nothing is left to be settled: sources give whole records."""

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        raise UserError(_("This kind of file is read as a whole."))

    def dump(self, record: Record | None) -> str:
        return dump(record)

    def load(self, text: str) -> Record | None:
        return orjson.loads(text) if text else None

    def label(self, record: Record | None) -> str:
        if not record:
            return ""
        if record["t"] == "bill":
            return f"{record['state']} {record['identifier']}"
        if record["t"] == "vote":
            return str(record["vote"]["motion"] or _("Roll call"))
        if record["t"] == "hearing":
            return str(record["committee"])
        return str(record["name"])

    def record_url(self, record_id: int) -> str | None:
        return None

    def describe(self, record: Record | None) -> list[tuple[str, str]]:
        if not record:
            return []
        if record["t"] == "bill":
            session = record["session"]["name"] or record["session"]["identifier"]
            return [
                (_("State"), name_of(record["state"])),
                (_("Session"), session),
                (_("Title"), record["title"]),
            ]
        if record["t"] == "person":
            return [
                (_("Seat"), " ".join(str(part) for part in term[:4] if part)) for term in record["terms"][-1:]
            ]
        return [(_("State"), name_of(record["state"]))] if record.get("state") else []

    def sentence(self, code: str, column: str, value: str) -> str:
        return str(SENTENCES[code]) % {"column": column, "value": value}

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        return str(_SECTIONS.get(name, name)), old, new

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        for kind, some in _by_kind(lines).items():
            _WORK[kind].plan(kind, some, settings)
        for line in lines:
            line.keys = [zlib.crc32(key.encode())] if (key := _key(line.record)) else []

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        """The same thing twice in a file: of bills the newer counts, else the first."""

        def decide(rows: Sequence[tuple[int, Line]]) -> Sequence[Line]:
            same: dict[tuple[int, str], list[Line]] = {}
            for group, line in rows:
                if line.action != "rejected":
                    same.setdefault((group, _key(line.record)), []).append(line)
            changed = []
            for lines in same.values():
                counts = max(lines, key=lambda line: (bills.age(line.record), -line.number))
                for line in lines:
                    if line is not counts:
                        first = counts.number < line.number
                        line.reject("twice" if first else "twice_newer", "", self.label(line.record))
                        line.same_as = counts.number
                        changed.append(line)
            return changed

        return decide

    def apply(self, lines: Sequence[Line], settings: Settings, change: Change) -> Sequence[int]:
        """People before bills, for bills name them."""
        work = [line for line in lines if line.action in {"create", "update"}]
        found = _by_kind(work)
        for kind in ("district", "overlap", "person", "committee", "bill", "vote", "hearing"):
            if kind in found:
                _WORK[kind].write(kind, found[kind], settings, change)
        return ()

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        return _(
            "Imported bills and legislators from “%(name)s”: %(create)s new, %(update)s changed",
            name=file_name,
            create=counts["create"],
            update=counts["update"],
        )


def _by_kind(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.record["t"], []).append(line)
    return found


_KEYS: Final[Mapping[str, Callable[[Record], str]]] = {
    "bill": lambda record: (
        f"bill {record['source']} {record['state']} {record['session']['identifier']} {record['identifier']}"
    ),
    "district": lambda record: str(record["ocd_id"]),
    "overlap": lambda record: f"overlap {record['name']}",
    "person": lambda record: f"person {reference_of(record)}",
    "committee": lambda record: f"committee {record['state']} {record['chamber']} {record['name'].lower()}",
}


def _key(record: Record | None) -> str:
    made = _KEYS.get(record["t"]) if record else None
    return made(record) if record and made else ""
