"""XLSX, streamed: one row at a time from the compressed file, with every size limited.

A reader of our own because those of libraries load the sheet whole (a million rows take a gigabyte), may
trust what `<dimension>` says, and cannot be stopped when a small file unpacks to a huge one. ECMA-376
part 1, section 18, says what the elements mean.
"""

import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from typing import Final, Protocol
from xml.parsers import expat

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.messages import Notice
from crm.transfer.readers.archive import damaged, opened
from crm.transfer.readers.cells import GENERAL, column_index, iso_text, number_text, parse_format, unescaped
from crm.transfer.readers.limits import MIB, Limits
from crm.transfer.readers.source import Row, TableSource, too_many_columns

_BLOCK: Final = 64 * 1024
_SETTINGS_BYTES: Final = 16 * MIB
_LONGEST_TAG: Final = MIB
_DEEPEST: Final = 100
_NAMESPACES: Final = frozenset(
    [
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    ]
)
_RELATIONSHIP: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_DIGITS: Final = "0123456789"


class _Tags(dict[str, str]):
    """The element's own name for each qualified name; nothing for those of other vocabularies."""

    def __missing__(self, name: str) -> str:
        namespace, _space, local = name.rpartition(" ")
        self[name] = tag = local if not namespace or namespace in _NAMESPACES else ""
        return tag


class _Handler(Protocol):
    depth: int

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


def _events(archive: zipfile.ZipFile, member: str, name: str, handler: _Handler) -> Iterator[int]:
    """Feed a member to the handler; yields the bytes read so far after each block."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text

    def refuse(*_declared: object) -> None:
        # A workbook has no document type; one that has wants entities, which can explode or read files.
        raise damaged(name)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    read = 0
    try:
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK):
                parser.Parse(block)
                read += len(block)
                # One tag that never ends, or tags in tags without end, would fill the memory.
                if read - parser.CurrentByteIndex > _LONGEST_TAG or handler.depth > _DEEPEST:
                    raise damaged(name)
                yield read
            parser.Parse(b"", True)
    except (expat.ExpatError, KeyError) as error:
        raise damaged(name) from error


class SharedTexts:
    """The workbook's shared strings in one buffer with the end of each: a million take some 30 MB."""

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._ends = array("Q", [0])
        self._limit = limit
        self.depth = 0
        self._tags = _Tags()
        self._parts: list[str] = []
        self._wanted = self._phonetic = False

    def __getitem__(self, index: str) -> str:
        at = int(index)
        if not 0 <= at < len(self._ends) - 1:
            raise ValueError(index)
        return self._buffer[self._ends[at] : self._ends[at + 1]].decode("utf-8")

    @property
    def too_large(self) -> bool:
        waiting = sum(map(len, self._parts)) if len(self._parts) > 100 else 0
        return len(self._buffer) + 8 * len(self._ends) + waiting > self._limit

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        tag = self._tags[name]
        if tag == "t":
            self._wanted = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        self.depth -= 1
        tag = self._tags[name]
        if tag == "t":
            self._wanted = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self._buffer += unescaped("".join(self._parts)).encode("utf-8", "replace")
            self._ends.append(len(self._buffer))
            self._parts.clear()

    def text(self, data: str) -> None:
        if self._wanted:
            self._parts.append(data)


@dataclass(slots=True)
class Sheet:
    name: str
    member: str
    hidden: bool = False


@dataclass(slots=True)
class _Settings:
    """Handler of the small parts: the sheets, where they are, and how each style shows its numbers."""

    tags: _Tags = field(default_factory=_Tags)
    since_1904: bool = False
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    in_styles: bool = False
    depth: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        tag = self.tags[name]
        get = attributes.get
        if tag == "sheet":
            relationship = get(_RELATIONSHIP[0]) or get(_RELATIONSHIP[1]) or ""
            self.sheets.append((get("name", ""), relationship, get("state", "visible") != "visible"))
        elif tag == "Relationship" and get("Type", "").endswith("/worksheet"):
            self.targets[get("Id", "")] = get("Target", "")
        elif tag == "workbookPr":
            self.since_1904 = get("date1904", "0") in {"1", "true"}
        elif tag == "numFmt":
            self.codes[get("numFmtId", "")] = get("formatCode", "")
        elif tag == "cellXfs":
            self.in_styles = True
        elif tag == "xf" and self.in_styles:
            number = get("numFmtId", "0")
            code = self.codes.get(number, "")
            self.formats.append(parse_format(int(number) if number.isdecimal() else 0, code))

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.tags[name] == "cellXfs":
            self.in_styles = False

    def text(self, data: str) -> None:
        """These parts say everything in attributes."""


class _Rows:
    """Handler of a sheet: makes rows of cells."""

    def __init__(self, settings: _Settings, shared: SharedTexts, name: str, limits: Limits) -> None:
        self.rows: list[tuple[int, Row]] = []
        self.errors = self.unsaved = 0
        self.waiting = self.depth = 0
        self._settings, self._shared, self._name, self._limits = settings, shared, name, limits
        self._tags = _Tags()
        self._number = 0
        self._cells: Row = []
        self._column = -1
        self._type = self._style = ""
        self._parts: list[str] = []
        self._wanted = self._phonetic = self._formula = self._valued = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        tag = self._tags[name]
        if tag == "c":
            self._start_cell(attributes)
        elif tag in {"v", "t"}:
            self._wanted = not self._phonetic
            self._valued = True
        elif tag == "row":
            given = attributes.get("r", "")
            self._number = max(self._number + 1, int(given) if given.isdecimal() and len(given) < 9 else 0)
            self._cells, self._column, self.waiting = [], -1, 0
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = column_index(reference.rstrip(_DIGITS)) if reference else -1
        self._column = column if column >= 0 else self._column + 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._parts = []
        self._formula = self._valued = False

    def end(self, name: str) -> None:
        self.depth -= 1
        tag = self._tags[name]
        if tag == "c":
            self._end_cell()
        elif tag in {"v", "t"}:
            self._wanted = False
        elif tag == "row":
            self.rows.append((self._number, self._cells))
        elif tag == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        if self._wanted:
            self._parts.append(data)
            self.waiting += len(data)

    def _end_cell(self) -> None:
        if not self._valued:
            self.unsaved += self._formula
            return
        text = self._value("".join(self._parts))
        if not text:
            return
        cells, column = self._cells, self._column
        if column >= self._limits.columns:
            raise too_many_columns(self._name, column + 1, self._number, self._limits)
        if column == len(cells):
            cells.append(text)
        elif column > len(cells):
            cells.extend([""] * (column - len(cells)))
            cells.append(text)
        else:
            cells[column] = text

    def _value(self, text: str) -> str:
        kind = self._type
        if kind == "n":
            return number_text(text, self._shown(), since_1904=self._settings.since_1904) if text else ""
        if kind == "s":
            try:
                return self._shared[text]
            except ValueError as error:
                raise damaged(self._name) from error
        if kind in {"inlineStr", "str"}:
            return unescaped(text)
        return self._rare_value(kind, text)

    def _rare_value(self, kind: str, text: str) -> str:
        if kind == "e":
            self.errors += 1
            return ""
        if kind == "b":
            return "TRUE" if text in {"1", "true"} else "FALSE"
        return iso_text(text) if kind == "d" else text

    def _shown(self) -> str:
        formats, style = self._settings.formats, self._style
        return formats[int(style)] if style.isdecimal() and int(style) < len(formats) else GENERAL


class WorkbookTable(TableSource):
    """A sheet of an XLSX file: the one of that name, else the first that is visible and holds anything."""

    kind = "xlsx"
    short_rows_matter = False

    def __init__(self, path: Path, name: str, limits: Limits, *, sheet: str | None = None) -> None:
        super().__init__(name, limits)
        self._path = path
        self._settings = _Settings()
        self._shared = SharedTexts(limits.shared_text_bytes)
        self._handler: _Rows | None = None
        with opened(path, name, limits) as archive:
            self._all_sheets = self._load_settings(archive)
            self._load_shared_texts(archive)
        self.sheets = [sheet.name for sheet in self._all_sheets]
        self._sheet = self._all_sheets[0]
        self._choose_sheet(sheet)
        self.sheet = self._sheet.name
        self._find_header()

    def _load_settings(self, archive: zipfile.ZipFile) -> list[Sheet]:
        members = set(archive.namelist())
        settings = self._settings
        for member in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
            if member not in members and member != "xl/styles.xml":
                raise damaged(self.name)
            if member in members:
                for read in _events(archive, member, self.name, settings):
                    if read > _SETTINGS_BYTES:
                        raise damaged(self.name)
        sheets = [
            Sheet(name, _member(settings.targets[relationship]), hidden)
            for name, relationship, hidden in settings.sheets
            if relationship in settings.targets
        ]
        sheets = [sheet for sheet in sheets if sheet.member in members]
        if not sheets:
            raise damaged(self.name)
        return sheets

    def _load_shared_texts(self, archive: zipfile.ZipFile) -> None:
        member = "xl/sharedStrings.xml"
        if member not in archive.namelist():
            return
        for _read in _events(archive, member, self.name, self._shared):
            if self._shared.too_large:
                raise BadFile(
                    _(
                        "“%(name)s” holds more text than a workbook can be read with. "
                        "Save the list as CSV and choose that file.",
                        name=self.name,
                    )
                )

    def _choose_sheet(self, wanted: str | None) -> None:
        if wanted is not None:
            found = [sheet for sheet in self._all_sheets if sheet.name == wanted]
            if not found:
                raise BadFile(
                    _(
                        "“%(name)s” has no sheet “%(sheet)s”. It has: %(sheets)s.",
                        name=self.name,
                        sheet=wanted,
                        sheets=", ".join(self.sheets),
                    )
                )
            self._sheet = found[0]
            return
        visible = [sheet for sheet in self._all_sheets if not sheet.hidden] or self._all_sheets
        for sheet in visible:
            self._sheet = sheet
            if any(cells for _number, cells in self._read()):
                break
        else:
            self._sheet = visible[0]
        if len(self._all_sheets) > 1:
            values: dict[str, str | int] = {"count": len(self._all_sheets), "sheet": self._sheet.name}
            self._fixed_notices.append(Notice("sheet_chosen", values))

    def _read(self) -> Iterator[tuple[int, Row]]:
        handler = self._handler = _Rows(self._settings, self._shared, self.name, self.limits)
        with opened(self._path, self.name, self.limits) as archive:
            member = self._sheet.member
            size = max(archive.getinfo(member).file_size, 1)
            for read in _events(archive, member, self.name, handler):
                self.fraction = min(read / size, 1.0)
                if handler.waiting > self.limits.row_chars:
                    raise self._row_too_long(handler)
                yield from handler.rows
                handler.rows.clear()

    def _row_too_long(self, handler: _Rows) -> BadFile:
        return BadFile(
            _(
                "A row of “%(name)s” (after row %(row)s) has more than %(limit)s characters. "
                "Shorten it and choose the file again.",
                name=self.name,
                row=handler.rows[-1][0] if handler.rows else 0,
                limit=self.limits.row_chars,
            )
        )

    def _reading_notices(self) -> list[Notice]:
        found: list[Notice] = []
        if self._handler and self._handler.errors:
            found.append(Notice("formula_error", {"count": self._handler.errors}))
        if self._handler and self._handler.unsaved:
            found.append(Notice("formula_unsaved", {"count": self._handler.unsaved}))
        return found


def _member(target: str) -> str:
    """The member of the archive that a relationship of the workbook points to."""
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
