"""What the imports of media share: columns are chosen by their headers, a row becomes a dict of values."""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import orjson

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Cleaner, Line, OwnColumns, Problem, Settings
from crm.plugin_api.words import fold, squash

SENTENCES: Final[Mapping[str, Any]] = {
    "no_title": lazy("The row has neither a headline nor a web address."),
    "no_name": lazy("The row names no outlet."),
    "no_person": lazy("The row names nobody, and no desk that could be reached."),
    "no_email": lazy("“%(value)s” in “%(column)s” is not an email address; it is kept in the note."),
    "no_phone": lazy("“%(value)s” in “%(column)s” is not a phone number; it is kept in the note."),
    "no_day": lazy("“%(value)s” in “%(column)s” is not a day; it is kept in the note."),
    "no_link": lazy("“%(value)s” in “%(column)s” is not a web address; it is kept in the note."),
    "no_number": lazy("“%(value)s” in “%(column)s” is not a number; it is kept in the note."),
    "no_source": lazy("A reach without its source is not counted; “%(value)s” is kept in the note."),
    "future": lazy("“%(value)s” in “%(column)s” lies in the future; it is kept in the note."),
    "twice": lazy("The same stands in the file before (“%(value)s”); the first one counts."),
    "own_unfit": lazy("“%(value)s” does not fit the field “%(column)s”; it is kept in the note."),
    "no_word": lazy("“%(value)s” in “%(column)s” is no word that is known there; it is kept in the note."),
    "no_channel": lazy("“%(value)s” in “%(column)s” is no way to reach somebody; it is kept in the note."),
    "gone": lazy("“%(value)s” is not among the press contacts any more."),
    "known": lazy("“%(value)s” is there already."),
}
_IGNORED: Final = "ignore"
_OWN: Final = "custom:"
"""What the page of columns calls a column that is kept beside the known ones: here it goes into the note."""
_NOTHING: Final = frozenset({"n/a", "n.a.", "-", "--", "–", "—", "none", "null", "ninguno", "ninguna"})
"""What people write where there is nothing to say."""
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


class TableImport:
    """See `crm.plugin_api.transfer.ImportHandler`. Those who inherit say what columns can become."""

    match_keys: Mapping[str, Any] = {}
    cards = False
    targets: ClassVar[Mapping[str, Any]] = {}
    aliases: ClassVar[Mapping[str, str]] = {}
    """By target the headers (letters and digits alone, with spaces between) that mean it."""
    own: ClassVar[OwnColumns | None] = None
    """The fields that administrators gave these records; None where there can be none."""

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        names = {alias: target for target, text in self.aliases.items() for alias in text.split()}
        found: dict[int, str] = {}
        for index, header in enumerate(headers):
            target = known.get(header) or names.get(_NO_LETTER.sub("", fold(header)), "")
            if target not in self.targets or target in found.values():
                # A field of one's own, by what was chosen before or by what the column is called.
                own = self.own.target(known.get(header, "") or header) if self.own is not None else ""
                target = (
                    own
                    if own and own not in found.values()
                    else "note"
                    if keep_unmapped and any(row[index : index + 1] != [""] for row in sample)
                    else ""
                )
            found[index] = target or _IGNORED
        return found

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        groups = [(_("What it is"), [(target, str(words)) for target, words in self.targets.items()])]
        own = self.own.choices() if self.own is not None else []
        return [*groups, (_("Own fields"), own)] if own else groups

    def target_label(self, target: str) -> str:
        if target == _IGNORED:
            return _("Leave out")
        if target.startswith(_OWN):
            found = self.own.label(target) if self.own is not None else ""
            return found or str(self.targets["note"])
        if target not in self.targets:
            raise UserError(_("A column cannot become “%(target)s”.", target=target))
        return str(self.targets[target])

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        return []

    def settle_card(self, record: Any, problems: list[Problem]) -> None:
        """There are no cards of this kind."""

    def _chosen(self, mapping: Mapping[int, str]) -> list[tuple[int, str]]:
        """What is read of a row, column by column; a field that is gone becomes a part of the note."""
        found = []
        for index, target in sorted(mapping.items()):
            if target.startswith(_OWN):
                is_there = self.own is not None and self.own.label(target)
                found.append((index, target if is_there else "note"))
            elif target in self.targets:
                found.append((index, target))
        return found

    def _keep_own(self, target: str, text: str, values: dict[str, Any]) -> bool:
        """Put a cell under its field; False where it does not fit."""
        try:
            found = self.own.read(target, text) if self.own is not None else None
        except UserError:
            return False
        if found is not None and found[1] not in (None, "", []):
            values.setdefault("custom", {})[found[0]] = found[1]
        return True

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        chosen = self._chosen(mapping)

        def cleaned(cells: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
            values: dict[str, Any] = {}
            notes: list[str] = []
            problems: list[list[str]] = []
            said: dict[str, str] = {}
            for index, target in chosen:
                text = cells[index].strip() if index < len(cells) else ""
                text = "" if text.casefold() in _NOTHING else text
                code = self._keep(headers[index], target, text, values, notes) if text else ""
                if code:
                    problems.append([code, headers[index], text[:200]])
                    notes.append(f"{headers[index]}: {text}")
                elif text:
                    said.setdefault(target, f"{headers[index]}: {text}")
            values["note"] = "\n".join(notes)[:5000]
            self.settle(values, problems, said)
            return {"values": values, "problems": problems}, []

        return cleaned

    def _keep(self, header: str, target: str, text: str, values: dict[str, Any], notes: list[str]) -> str:
        """Put a cell where it belongs; returns the code of what is wrong with it."""
        if target == "note":
            is_note = fold(header).startswith(("note", "comment"))
            notes.append(text if is_note else f"{header}: {text}")
            return ""
        if target.startswith(_OWN):
            return "" if self._keep_own(target, text, values) else "own_unfit"
        value, code = self.read(target, squash(text))
        if not code and value not in (None, "") and not values.get(target):
            values[target] = value
        return code

    def read(self, target: str, text: str) -> tuple[Any, str]:
        """What a cell becomes, and the code of what is wrong with it."""
        return text, ""

    def settle(self, values: dict[str, Any], problems: list[list[str]], said: Mapping[str, str]) -> None:
        """What follows from the whole row; `said` holds by target what stands in the file, behind its
        header."""

    def key(self, values: Mapping[str, Any]) -> str:
        """What two rows share that mean the same."""
        raise NotImplementedError

    def dump(self, record: Any) -> str:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode()

    def load(self, text: str) -> Any:
        return orjson.loads(text)

    def describe(self, record: Any) -> list[tuple[str, str]]:
        values = record["values"]
        known = [
            (str(words), self.spoken(name, values[name]))
            for name, words in self.targets.items()
            if values.get(name)
        ]
        return [*known, *(self.own.shown(values.get("custom", {})) if self.own is not None else ())]

    def spoken(self, name: str, value: Any) -> str:
        """A value as people read it."""
        return str(value)

    def sentence(self, code: str, column: str, value: str) -> str:
        return str(SENTENCES[code]) % {"column": column, "value": value}

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        return str(self.targets.get(name, name)), old, new

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        there = self.stored([line.record["values"] for line in lines], settings)
        for line in lines:
            values = line.record["values"]
            line.reasons = list(line.record["problems"])
            code = self.refused(values)
            if code:
                line.reject(code)
                continue
            key = self.key(values)
            line.keys = [zlib.crc32(key.encode())] if key else []
            if key and key in there:
                line.action, line.record_id = "unchanged", there[key]
                line.reasons = [["known", "", self.label(line.record)]]
        self.compare([line for line in lines if line.action == "unchanged"], settings)

    def compare(self, lines: Sequence[Line], settings: Settings) -> None:
        """Rows of records that are there: those that say something new become `update`."""

    def renew(self, line: Line, settings: Settings) -> None:
        """Write the changes of such a row."""
        raise NotImplementedError

    def refused(self, values: Mapping[str, Any]) -> str:
        """The code of why a row cannot be kept; empty when it can."""
        raise NotImplementedError

    def stored(self, rows: Sequence[Mapping[str, Any]], settings: Settings) -> Mapping[str, int]:
        """Ids of records there are already, by their keys."""
        raise NotImplementedError

    def label(self, record: Any) -> str:
        raise NotImplementedError

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        """The same thing twice in a file: the first counts."""

        def decide(rows: Sequence[tuple[int, Line]]) -> Sequence[Line]:
            seen: dict[tuple[int, str], int] = {}
            changed = []
            for group, line in rows:
                key = (group, self.key(line.record["values"]))
                if key in seen and line.action == "create":
                    line.reject("twice", "", self.label(line.record))
                    line.same_as = seen[key]
                    changed.append(line)
                seen.setdefault(key, line.number)
            return changed

        return decide

    def apply(self, lines: Sequence[Line], settings: Settings, change: Change) -> Sequence[int]:
        for line in (each for each in lines if each.action == "update"):
            self.renew(line, settings)
        for line in (each for each in lines if each.action == "create"):
            there = self.stored([line.record["values"]], settings)
            key = self.key(line.record["values"])
            if key and key in there:
                line.skip("known", "", self.label(line.record))
                line.record_id = there[key]
            else:
                line.record_id = self.write(line.record["values"], settings, change)
        return ()

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        """Keep a row; returns its id."""
        raise NotImplementedError

    def record_url(self, record_id: int) -> str | None:
        return None


def number(text: str) -> int | None:
    """`18,400` and `18.4k` → 18400; None for what is no number of people."""
    found = re.fullmatch(r"(\d[\d,. ]*?)\s*(k|m)?\+?", text.lower().strip())
    if found is None:
        return None
    digits = found[1].replace(",", "").replace(" ", "")
    try:
        value = float(digits) * {"k": 1000, "m": 1_000_000}.get(found[2] or "", 1)
    except ValueError:
        return None
    return int(value) if value <= 2_000_000_000 else None
