"""A file as neutral records: what is in it is told by looking, never by its name alone."""

import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Notice, Problem
from crm_policy.places import state_of
from crm_policy.reading import legiscan, openstates
from crm_policy.reading.districts import DistrictTable, OverlapTable, RelationshipTable
from crm_policy.reading.guarding import guarded
from crm_policy.reading.neutral import Record, Unreadable, identifier
from crm_policy.reading.tables import LegiscanTables, OpenStatesTables

FORMATS: Final = ("legiscan", "legiscan-csv", "openstates", "openstates-csv", "people")
"""What `--format` may say; without it the file decides."""
MOST_MEMBERS: Final = 300_000
MEMBER_BYTES: Final = 64 * 1024 * 1024
UNPACKED_BYTES: Final = 4 * 1024**3
_TEXT: Final = (".json", ".yml", ".yaml")

Found = tuple[Record | None, list[Problem]]


def detect(path: Path, name: str) -> str:
    """What a file is: zip, json, yaml, csv; BadFile where it is none of them."""
    with path.open("rb") as file:
        start = file.read(2048)
    if start.startswith(b"PK"):
        return "zip"
    text = start.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if not text:
        raise BadFile(_("“%(name)s” is empty.", name=name))
    if text[:1].lower() == "<":
        raise BadFile(_html(name))
    if text[0] in "{[":
        return "json"
    if name.lower().endswith((".yml", ".yaml")) or text.startswith(("id:", "name:", "---")):
        return "yaml"
    if "," in text.splitlines()[0] or "|" in text.splitlines()[0]:
        return "csv"
    raise BadFile(
        _("“%(name)s” is none of the files that can be imported here: JSON, YAML, CSV or a zip.", name=name)
    )


def _html(name: str) -> str:
    return _(
        "“%(name)s” is a web page, probably one that says what went wrong. Download it again.", name=name
    )


class FileSource:
    """The records of one file; `crm_policy.importing.lines` makes lines of them."""

    def __init__(self, path: Path, name: str, form: str = "") -> None:
        if form and form not in FORMATS:
            raise BadFile(
                _("There is no format “%(form)s”. Choose one of: %(all)s.", form=form, all=", ".join(FORMATS))
            )
        self.path, self.name, self.notices = path, name, list[Notice]()
        self.sort = detect(path, name)
        self._done, self._all = 0, 1
        self._begin = self._reader()

    @property
    def fraction(self) -> float:
        return min(1.0, self._done / max(1, self._all))

    def chunks(
        self, size: int = 500, after: int = 0
    ) -> Iterator[list[tuple[int, Record | None, list[Problem]]]]:
        chunk: list[tuple[int, Record | None, list[Problem]]] = []
        for number, (found, told) in enumerate(self._begin(), 1):
            if number <= after:
                continue
            record, problems = self._guarded(found, told)
            chunk.append((number, record, problems))
            if len(chunk) >= size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _guarded(self, record: Record | None, problems: list[Problem]) -> Found:
        if record is None:
            return record, problems
        try:
            return guarded(record), problems
        except Unreadable as error:
            return None, [*problems, Problem(error.code, self.name, error.value, fatal=True)]

    def _reader(self) -> Callable[[], Iterator[Found]]:
        if self.sort == "zip":
            return self._archive()
        if self.sort == "csv" and DistrictTable.fits(self.path):
            return lambda: DistrictTable(self.path).records()
        if self.sort == "csv" and RelationshipTable.fits(self.path):
            return lambda: RelationshipTable(self.path).records()
        if self.sort == "csv" and OverlapTable.fits(self.path):
            return lambda: OverlapTable(self.path).records()
        if self.sort == "csv":
            if LegiscanTables.fits(self.path):
                return lambda: self._table(LegiscanTables({"bills": self.path.open("rb")}, self.name))
            raise BadFile(
                _(
                    "“%(name)s” has none of the columns that LegiScan’s or Open States’ files have. "
                    "Choose the "
                    "whole zip that you downloaded, or its bills.csv.",
                    name=self.name,
                )
            )
        return lambda: self._whole(self.path.read_bytes(), self.name)

    def _archive(self) -> Callable[[], Iterator[Found]]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                infos = [each for each in archive.infolist() if not each.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise BadFile(
                _(
                    "“%(name)s” is not a whole zip file. Download it again; it may have broken off.",
                    name=self.name,
                )
            ) from error
        if len(infos) > MOST_MEMBERS or sum(each.file_size for each in infos) > UNPACKED_BYTES:
            raise BadFile(_("“%(name)s” holds more than can be imported at once.", name=self.name))
        names = [each.filename for each in infos]
        if any(each.endswith(("/csv/bills.csv", "bills.csv")) for each in names):
            kind: Any = OpenStatesTables if OpenStatesTables.among(names) else LegiscanTables
            return lambda: self._tables(kind, names)
        if not any(each.lower().endswith(_TEXT) for each in names):
            raise BadFile(_("There is nothing in “%(name)s” that could be imported here.", name=self.name))
        return lambda: self._members(sorted(each for each in names if each.lower().endswith(_TEXT)))

    def _table(self, tables: Any) -> Iterator[Found]:
        with tables:
            for record, problems in tables.records():
                self._done, self._all = tables.done, tables.all
                yield record, problems
            for problem in tables.problems:
                yield None, [problem]

    def _tables(self, kind: Any, names: list[str]) -> Iterator[Found]:
        with zipfile.ZipFile(self.path) as archive:
            for files, label in kind.groups(archive, names):
                yield from self._table(kind(files, label))

    def _members(self, names: list[str]) -> Iterator[Found]:
        """People first, for bills name them; roll calls go with their bills where those are here."""
        with zipfile.ZipFile(self.path) as archive:
            votes = _VoteIndex(archive, names)
            rest = [each for each in names if each not in votes.members]
            people = [
                each for each in rest if "bill" not in Path(each).stem.lower() and "/bill/" not in f"/{each}"
            ]
            ordered = [*people, *(each for each in rest if each not in {*people})]
            self._all = len(ordered) + 1
            for number, each in enumerate(ordered):
                self._done = number
                try:
                    raw = _read(archive, each)
                except Unreadable as error:
                    yield None, [Problem(error.code, each, error.value, fatal=True)]
                    continue
                for record, problems in self._whole(raw, each):
                    if record is not None and record["t"] == "bill":
                        votes.add_to(record)
                    yield record, problems
            yield from votes.left()

    def _whole(self, raw: bytes, name: str) -> Iterator[Found]:
        """The records of one JSON or YAML text."""
        try:
            parsed = _parse(raw, name)
            for each in _split(parsed):
                yield _one(each, name)
        except Unreadable as error:
            yield None, [Problem(error.code, name, error.value, fatal=True)]


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MEMBER_BYTES:
        raise Unreadable("too_large", name)
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable("damaged", name) from error


def _yaml(text: str, name: str) -> Any:
    import yaml  # Some megabytes that a process that answers pages never needs.

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506  # A safe one, in C where there is one.
    except yaml.YAMLError as error:
        raise Unreadable("not_readable", name) from error


def _parse(raw: bytes, name: str) -> Any:
    text = raw.decode("utf-8-sig", "replace").lstrip()
    if text[:1] == "<":
        raise Unreadable("html", name)
    try:
        if name.lower().endswith((".yml", ".yaml")) or text[:1] not in "{[":
            return _yaml(text, name)
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_readable", name) from error


def _split(parsed: Any) -> Iterator[dict[str, Any]]:
    """The single things of a reply or a list."""
    if isinstance(parsed, list):
        for each in parsed:
            if isinstance(each, dict):
                yield each
        return
    if not isinstance(parsed, dict):
        raise Unreadable("not_readable")
    if str(parsed.get("status", "")).upper() == "ERROR" or "detail" in parsed:
        alert = parsed.get("alert") or parsed.get("detail")
        raise Unreadable("source_error", str(alert.get("message") if isinstance(alert, dict) else alert))
    if isinstance(parsed.get("results"), list):
        yield from (each for each in parsed["results"] if isinstance(each, dict))
        return
    yield parsed


def _one(each: dict[str, Any], name: str) -> Found:
    try:
        return neutral(each), []
    except Unreadable as error:
        return None, [Problem(error.code, name, error.value, fatal=True)]


def neutral(each: dict[str, Any]) -> Record:
    """One thing of any known shape as a neutral record that may be kept; Unreadable for what is none."""
    try:
        return guarded(_neutral(each))
    except Unreadable:
        raise
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise Unreadable("not_readable") from error


def _neutral(each: dict[str, Any]) -> Record:  # noqa: C901, PLR0911  # One line for each shape there is.
    for key, make in (("bill", legiscan.bill), ("person", legiscan.person)):
        if isinstance(each.get(key), dict) and "identifier" not in each:
            return make(each[key])
    if isinstance(each.get("roll_call"), dict):
        bill_id, vote = legiscan.roll_call(each["roll_call"])
        return {"t": "vote", "source": "legiscan", "legiscan_id": bill_id, "vote": vote}
    if "bill_number" in each and "session_id" in each:
        return legiscan.bill(each)
    if "motion_text" in each:
        return _vote_event(each)
    if "identifier" in each:
        return openstates.bill(each)
    if "members" in each:
        return openstates.committee(each)
    if "start_date" in each and ("agenda" in each or "all_day" in each):
        return openstates.event(each)
    if "name" in each:
        return openstates.person(each)
    raise Unreadable("unknown_shape")


def _vote_event(each: dict[str, Any]) -> Record:
    """A scraper's vote event names its bill by a pseudo-id."""
    bill = each.get("bill")
    text = str(bill or "")
    found = json.loads(text[1:]) if text.startswith("~{") else bill if isinstance(bill, dict) else {}
    return {
        "t": "vote",
        "source": "openstates",
        "legiscan_id": None,
        "ocd_id": text[:60] if text.startswith("ocd-bill/") else None,
        "identifier": str(found.get("identifier") or each.get("bill_identifier") or ""),
        "session": str(each.get("legislative_session") or found.get("legislative_session__identifier") or ""),
        "state": _state_of(each),
        "vote": openstates.vote(each),
    }


def _state_of(each: dict[str, Any]) -> str:
    told = each.get("jurisdiction") or each.get("jurisdiction_id") or each.get("jurisdiction_name") or ""
    return state_of(str(told.get("id") or told.get("name") or "") if isinstance(told, dict) else str(told))


class _VoteIndex:
    """Which members of an archive are roll calls, by the bill that they belong to."""

    def __init__(self, archive: zipfile.ZipFile, names: list[str]) -> None:
        self.archive = archive
        self.by_bill: dict[Any, list[str]] = {}
        self.members: set[str] = set()
        self.broken: list[Problem] = []
        for name in names:
            if "/vote/" in f"/{name}" or Path(name).name.startswith("vote_event_"):
                self._take(name)

    def _take(self, name: str) -> None:
        self.members.add(name)
        record = self._record(name)
        if record is not None:
            self.by_bill.setdefault(_bill_of(record), []).append(name)

    def _record(self, name: str) -> Record | None:
        try:
            return neutral(next(_split(_parse(_read(self.archive, name), name))))
        except (Unreadable, StopIteration, TypeError, AttributeError, KeyError, ValueError) as error:
            code = error.code if isinstance(error, Unreadable) else "not_readable"
            self.broken.append(Problem(code, name, "", fatal=True))
            return None

    def add_to(self, bill: Record) -> None:
        """Give a bill its ballots."""
        session = bill["session"]["identifier"].lower()
        keys = (
            [bill["legiscan_id"]]
            if bill["source"] == "legiscan"
            else [bill["ocd_id"], *((state, session, bill["identifier"]) for state in (bill["state"], ""))]
        )
        votes = {each["key"]: each for each in bill["votes"] or []}
        for name in (name for key in keys if key for name in self.by_bill.pop(key, ())):
            record = self._record(name)
            if record is not None:
                known = votes.get(record["vote"]["key"], {})
                votes[record["vote"]["key"]] = {**known, **record["vote"]}
        if votes:
            bill["votes"] = list(votes.values())

    def left(self) -> Iterator[Found]:
        for names in list(self.by_bill.values()):
            for name in names:
                record = self._record(name)
                if record is not None:
                    yield record, []
        for problem in self.broken:
            yield None, [problem]


def _bill_of(record: Record) -> Any:
    """By what `add_to` finds it: a number alone would give a bill the votes of another session."""
    number, session = identifier(record.get("identifier", "")), record.get("session", "").lower()
    return record["legiscan_id"] or record.get("ocd_id") or (record.get("state", ""), session, number)
