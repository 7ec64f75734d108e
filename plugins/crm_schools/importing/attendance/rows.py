"""Rows of daily attendance out of whatever a district has: one way to read CSV, XLSX, Ed-Fi XML and JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Columns, Limits, Notice, Problem, by_columns, open_table
from crm_schools.importing import headers as names
from crm_schools.importing import jsonlines, xml
from crm_schools.importing.attendance import parts
from crm_schools.importing.attendance.reading import Cells, Reading, RowError
from crm_schools.importing.base import words_of
from crm_schools.importing.columns import LABELS
from crm_schools.importing.columns import Columns as NamedColumns
from crm_schools.importing.dates import part_of_day, yes_or_no
from crm_schools.importing.day_orders import DayOrders

CHUNK: Final = 20_000
Meaning = tuple[str, int | None]
"""A code, and half days where the row says them."""


class Rows(Protocol):
    """A file of attendance. `headers` name its cells."""

    headers: list[str]

    @property
    def fraction(self) -> float: ...

    @property
    def meanings(self) -> Mapping[str, str]:
        """Codes that the form of the file itself gives a meaning, folded, as words of `codes.MEANINGS`."""
        ...

    @property
    def notices(self) -> list[Notice]: ...

    def chunks(self) -> Iterator[list[tuple[int, Sequence[str]]]]:
        """Line numbers, rising, and cells; from the start each time."""
        ...

    def columns(self) -> Iterator[Columns]:
        """The same as line numbers and columns."""
        ...

    def cells(self) -> Cells:
        """Which cell says what."""
        ...


def open_rows(path: Path, name: str, form: str, options: Mapping[str, Any] | None = None) -> Rows:
    """The file as rows. `form` is one of the forms named below, or empty for what the content says."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if form == "edfi-xml" or (not form and head.startswith(b"<")):
        return EdFiXml(path, name)
    if form == "edfi-json" or (not form and head[:1] in {b"{", b"["}):
        return EdFiJson(path, name)
    if form not in {"", "csv", "xlsx", "aspen", "powerschool", "infinite-campus"}:
        raise BadFile(_("There is no form of attendance called “%(form)s”.", form=form))
    return Table(path, name, options or {})


class Table:
    """A CSV or a workbook, in the shape of PowerSchool, Infinite Campus, Aspen or one's own."""

    def __init__(self, path: Path, name: str, options: Mapping[str, Any]) -> None:
        self._table = open_table(path, name=name, limits=Limits())
        self.headers = self._table.headers
        self.name = name
        self._columns = NamedColumns("attendance", name, self.headers, options)
        found = self._columns.found
        part = None if self._columns.is_chosen else parts.plain_one(self.headers, self._table.sample())
        if part is not None and "days" not in found:
            self._columns.take("days", part)
        period = names.find(self.headers, ("period",))
        if period and "columns" not in options:
            raise BadFile(
                _(
                    "“%(name)s” has a row for each class period (column “%(column)s”). How many periods "
                    "make a day "
                    "absent is for the district to say: export daily attendance instead.",
                    name=name,
                    column=self.headers[period["period"]],
                )
            )
        self._flags = "code" not in found and "absence" in found
        wanted = [("student", "state_id"), ("day",), *([] if self._flags else [("code",)])]
        self.lacks: Sequence[str] = self._columns.lacks(wanted)
        self.mapping = self._columns.mapping
        self._found, self._has_parts = found, False
        self._options = options
        self.meanings = ASPEN if self._flags else {}

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return self._table.sample(count)

    def schools(self) -> set[str] | None:
        """How the first rows call schools; None where the file does not."""
        at = self._found.get("school")
        return None if at is None else {cells[at].strip() for cells in self._table.sample()}

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        facts = [(str(LABELS[name]), cells[index].strip()) for name, index in self._found.items()]
        who = next((cells[self._found[each]] for each in ("student", "state_id") if each in self._found), "")
        odd: list[str] = []
        if not self.lacks:
            try:
                Reading(self.cells(), day_first=self._is_day_first()).made_out(cells)
            except RowError as error:
                odd = words_of([Problem(error.code, error.column, error.value)])
        return who, [(label, value) for label, value in facts if value], odd

    def _is_day_first(self) -> bool:
        """Whether the first rows write the day before the month."""
        orders = DayOrders({"day": self.headers[self._found["day"]]}, self._options)
        orders.look_at(self._table.sample(), self._found)
        return orders.is_day_first("day")

    @property
    def fraction(self) -> float:
        return self._table.fraction

    @property
    def notices(self) -> list[Notice]:
        odd = [Notice("schools_parts", {})] if self._has_parts else []
        of_parts = parts.notices(self.headers, self._found, self._columns.was_said)
        return [*self._table.notices, *self._columns.notices, *of_parts, *odd]

    def chunks(self) -> Iterator[list[tuple[int, Sequence[str]]]]:
        yield from self._table.chunks(CHUNK)  # type: ignore[misc]  # A list of rows is a sequence of cells.

    def columns(self) -> Iterator[Columns]:
        return self._table.columns(CHUNK)

    def cells(self) -> Cells:
        found = self._found
        student = found.get("student", found.get("state_id", 0))
        deciding = FLAGS if self._flags else ("code", "excused")
        said = [found[name] for name in (*deciding, "days") if name in found]
        code_of = self._flagged() if self._flags else self._coded()

        def meaning(cells: Sequence[str]) -> Meaning:
            halves = self._halves(cells)
            return code_of(cells), halves

        return Cells(
            self.headers, student, found.get("state_id", student), found.get("school"), found["day"],
            said, meaning,
        )  # fmt: skip

    def _halves(self, cells: Sequence[str]) -> int | None:
        days = self._found.get("days")
        if days is None or not cells[days].strip():
            return None
        found = part_of_day(cells[days])
        if found is None:
            raise RowError("no_half_days", self.headers[days], cells[days])
        self._has_parts |= found[1]
        return found[0]

    def _coded(self) -> Callable[[Sequence[str]], str]:
        """Infinite Campus says in a column beside the status whether it was excused: together they are the
        code that the district maps."""
        index, excused = self._found["code"], self._found.get("excused")

        def code_of(cells: Sequence[str]) -> str:
            code = cells[index].strip()
            if not code:
                raise RowError("no_code", self.headers[index])
            said = cells[excused].strip() if excused is not None else ""
            return f"{code}: {said}" if said else code

        return code_of

    def _flagged(self) -> Callable[[Sequence[str]], str]:
        """Aspen has a column for each thing that can happen, and says whether it was excused beside it."""
        found = self._found

        def flag(cells: Sequence[str], name: str) -> bool:
            index = found.get(name)
            if index is None or not cells[index].strip():
                return False
            said = yes_or_no(cells[index])
            if said is None:
                raise RowError("no_flag", self.headers[index], cells[index])
            return said

        def code_of(cells: Sequence[str]) -> str:
            if flag(cells, "absence"):
                excused = found.get("excused")
                if excused is None or not cells[excused].strip():
                    return _with_reason("absence", cells, found)
                return _with_reason(
                    "absence excused" if flag(cells, "excused") else "absence unexcused", cells, found
                )
            if flag(cells, "tardy"):
                return "tardy"
            return "dismissed" if flag(cells, "dismissed") else "present"

        return code_of


def _with_reason(code: str, cells: Sequence[str], found: Mapping[str, int]) -> str:
    """Suspensions hide in reasons, so an absence with one is a code of its own that the district maps."""
    reason = cells[found["reason"]].strip() if "reason" in found else ""
    return f"{code}: {reason}" if reason else code


FLAGS: Final = ("absence", "excused", "reason", "tardy", "dismissed")
"""The columns of Aspen that say together what a code says elsewhere."""
ASPEN: Final = {
    "absence excused": "excused",
    "absence unexcused": "unexcused",
    "tardy": "tardy",
    "dismissed": "present",
    "present": "present",
}
"""Aspen says these in columns of their own. Leaving early counts as present (Ed-Fi AMT). An absence of which
the file does not say whether it was excused is a code that the district maps: one system leaves the cell
empty for no, another where nobody knows."""

EDFI: Final = {
    "in attendance": "present",
    "present": "present",
    "early departure": "present",
    "excused absence": "excused",
    "unexcused absence": "unexcused",
    "tardy": "tardy",
    "partial": "half",
}
"""AttendanceEventCategoryDescriptor of Ed-Fi. Tardy and early departure are present (Ed-Fi AMT, EDU).
There is no category of suspension: it hides in reasons, so a reason that says anything new is a code to
be mapped."""
SAID_BY_CATEGORY: Final = frozenset(
    {"", "absent excused", "excused", "absent unexcused", "unexcused", "absent", "tardy", "late", "present"}
)
_EDFI_HEADERS: Final = [
    "studentUniqueId", "schoolId", "eventDate", "attendanceEventCategory", "attendanceEventReason",
    "eventDuration", "schoolYear", "sessionName",
]  # fmt: skip


def _edfi(cells: Sequence[str]) -> Meaning:
    """What an Ed-Fi attendance event says of its day."""
    if not cells[3]:
        raise RowError("no_code", _EDFI_HEADERS[3])
    halves = None
    if cells[5]:
        found = part_of_day(cells[5])
        if found is None:
            raise RowError("no_half_days", _EDFI_HEADERS[5], cells[5])
        halves = found[0]
    said = cells[4].casefold() in SAID_BY_CATEGORY
    code = cells[3] if said else f"{cells[3]}: {cells[4]}"
    # A whole day is what an absence without a duration is, too.
    return code, halves if halves in {0, 1} else None


_EDFI_CELLS: Final = Cells(_EDFI_HEADERS, 0, 0, 1, 2, (3, 4, 5), _edfi)


class EdFiXml:
    """`StudentSchoolAttendanceEvent` of an Ed-Fi interchange."""

    meanings = EDFI

    def __init__(self, path: Path, name: str) -> None:
        self.headers = list(_EDFI_HEADERS)
        self.fraction = 0.0
        self.notices: list[Notice] = []
        self._path, self.name = path, name
        root = xml.root_of(path)
        if root != "InterchangeStudentAttendance":
            raise BadFile(
                _(
                    "“%(name)s” is not an Ed-Fi interchange of student attendance but %(root)s.",
                    name=name,
                    root=root or _("something else"),
                )
            )

    def chunks(self) -> Iterator[list[tuple[int, Sequence[str]]]]:
        size, last = max(self._path.stat().st_size, 1), 0
        chunk: list[tuple[int, Sequence[str]]] = []
        with self._path.open("rb") as file:
            for _name, line, record in xml.records(file, self.name, {"StudentSchoolAttendanceEvent"}):
                last = max(last + 1, line)
                chunk.append((last, self._cells(record)))
                if len(chunk) >= CHUNK:
                    self.fraction = min(file.tell() / size, 1.0)
                    yield chunk
                    chunk = []
        self.fraction = 1.0
        yield chunk

    def _cells(self, record: xml.Record) -> list[str]:
        event = "AttendanceEvent/"
        return [
            xml.first(record, "StudentReference/StudentIdentity/StudentUniqueId"),
            xml.first(record, "SchoolReference/SchoolIdentity/SchoolId"),
            xml.first(record, event + "EventDate", "EventDate"),
            xml.word(xml.first(record, event + "AttendanceEventCategory", "AttendanceEventCategory")),
            xml.first(record, event + "AttendanceEventReason", "AttendanceEventReason"),
            xml.first(record, event + "EventDuration", "EventDuration"),
            xml.first(record, "SessionReference/SessionIdentity/SchoolYear"),
            xml.first(record, "SessionReference/SessionIdentity/SessionName"),
        ]

    def columns(self) -> Iterator[Columns]:
        return map(by_columns, self.chunks())

    def cells(self) -> Cells:
        return _EDFI_CELLS


class EdFiJson:
    """`studentSchoolAttendanceEvents` of an Ed-Fi API, as an array or one on each line."""

    meanings = EDFI

    def __init__(self, path: Path, name: str) -> None:
        self.headers = list(_EDFI_HEADERS)
        self.fraction = 0.0
        self.notices: list[Notice] = []
        self._path, self.name = path, name

    def chunks(self) -> Iterator[list[tuple[int, Sequence[str]]]]:
        chunk: list[tuple[int, Sequence[str]]] = []
        for number, found in jsonlines.objects(self._path, self.name):
            texts = jsonlines.flat(found)
            chunk.append((number, [_json_cell(texts, header) for header in _JSON_PATHS]))
            if len(chunk) >= CHUNK:
                self.fraction = 0.5
                yield chunk
                chunk = []
        self.fraction = 1.0
        yield chunk

    def columns(self) -> Iterator[Columns]:
        return map(by_columns, self.chunks())

    def cells(self) -> Cells:
        return _EDFI_CELLS


_JSON_PATHS: Final = (
    "studentReference/studentUniqueId", "schoolReference/schoolId", "eventDate",
    "attendanceEventCategoryDescriptor", "attendanceEventReason", "eventDuration",
    "sessionReference/schoolYear", "sessionReference/sessionName",
)  # fmt: skip


def _json_cell(texts: Mapping[str, str], path: str) -> str:
    value = texts.get(path, "")
    return xml.word(value) if path.endswith("Descriptor") else value
