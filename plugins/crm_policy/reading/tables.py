"""Datasets of several CSV files that belong together: LegiScan's and Open States' bulk data.

They are put into a small database on disk first, so that memory stays the same however large a session is.
"""

import csv
import io
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from crm.plugin_api.transfer import Problem
from crm_policy.places import PLACES, state_of
from crm_policy.reading import legiscan, openstates
from crm_policy.reading.neutral import (
    Record,
    Unreadable,
    chamber_by_number,
    chamber_of,
    day_or_none,
    identifier,
    kind_of,
    listed,
    text_of,
    whole,
)

csv.field_size_limit(16 * 1024 * 1024)
Found = tuple[Record | None, list[Problem]]
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, OSError)
"""What reading a member of a damaged zip raises."""
_LEGISCAN_STATUS: Final = "https://legiscan.com/"


class _Tables:
    """Files by name as binary streams, spooled into SQLite tables with an index on what they are asked by."""

    indexes: Mapping[str, str] = {}

    def __init__(self, files: Mapping[str, IO[bytes]], label: str) -> None:
        self.files, self.label, self.problems = files, label, list[Problem]()
        self.done, self.all = 0, 1
        self._place = tempfile.TemporaryDirectory(prefix="rollcall-policy-")
        self.db = sqlite3.connect(Path(self._place.name) / "spool", check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.db.close()
        self._place.cleanup()
        for file in self.files.values():
            file.close()

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of a file, or none where it is missing."""
        if name in self.files:
            text = io.TextIOWrapper(self.files[name], "utf-8-sig", "replace", newline="")
            try:
                for row in csv.DictReader(text):
                    row.pop(None, None)  # Cells beyond the headers.
                    yield {key: value or "" for key, value in row.items()}
            except _DAMAGES:
                self._damaged(name)

    def _damaged(self, name: str) -> None:
        """The rest is imported; what cannot be read of one file says nothing."""
        self.problems.append(Problem("damaged", f"{self.label}/{name}.csv", "", fatal=True))

    def _header(self, reader: Iterator[list[str]], name: str) -> list[str]:
        try:
            return next(reader, [])
        except _DAMAGES:
            self._damaged(name)
            return []

    def spool(self, name: str, columns: tuple[str, ...]) -> None:
        table = f'"{name}"'
        self.db.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        if name in self.files:
            text = io.TextIOWrapper(self.files[name], "utf-8-sig", "replace", newline="")
            reader = csv.reader(text)
            header = self._header(reader, name)
            places = [header.index(each) if each in header else -1 for each in columns]
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  # Names of our own tables.
            cells = ([row[at] if 0 <= at < len(row) else "" for at in places] for row in reader)
            try:
                self.db.executemany(statement, cells)
            except _DAMAGES:
                self._damaged(name)
                self.db.execute(f"DELETE FROM {table}")  # noqa: S608  # The same: half of a list misleads.
        self.db.execute(f'CREATE INDEX "{name}_by" ON {table} ({self.indexes[name]})')

    def of(self, name: str, key: str) -> list[sqlite3.Row]:
        statement = f'SELECT * FROM "{name}" WHERE {self.indexes[name]} = ? ORDER BY rowid'  # noqa: S608  # As above.
        return self.db.execute(statement, (key,)).fetchall()


class LegiscanTables(_Tables):
    """bills, history, sponsors, people, rollcalls, votes of one session."""

    indexes = {
        "history": "bill_id",
        "sponsors": "bill_id",
        "rollcalls": "bill_id",
        "votes": "roll_call_id",
        "documents": "bill_id",
        "people": "people_id",
    }

    @staticmethod
    def fits(path: Path) -> bool:
        with path.open("rb") as file:
            header = file.readline().decode("utf-8-sig", "replace")
        return header.startswith("bill_id,session_id,bill_number")

    @staticmethod
    def groups(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[dict[str, IO[bytes]], str]]:
        """The files of each folder with a bills.csv, and the folder."""
        for name in sorted(each for each in names if PurePosixPath(each).name == "bills.csv"):
            folder = str(PurePosixPath(name).parent)
            members = {
                PurePosixPath(each).stem: each for each in names if str(PurePosixPath(each).parent) == folder
            }
            yield (
                {key: archive.open(value) for key, value in members.items() if value.endswith(".csv")},
                folder,
            )

    def records(self) -> Iterator[Found]:
        self.spool("history", ("bill_id", "date", "chamber", "sequence", "action"))
        self.spool("sponsors", ("bill_id", "people_id", "position"))
        self.spool(
            "rollcalls",
            ("bill_id", "roll_call_id", "date", "chamber", "description", "yea", "nay", "nv", "absent"),
        )
        self.spool("votes", ("roll_call_id", "people_id", "vote"))
        self.spool(
            "documents",
            (
                "bill_id",
                "document_id",
                "document_type",
                "document_desc",
                "document_mime",
                "url",
                "state_link",
            ),
        )
        self.spool(
            "people",
            ("people_id", "name", "first_name", "last_name", "party", "role", "district", "committee_id"),
        )
        bills = list(self.rows("bills")) if len(self.files) == 1 else None
        if bills is None:
            bills = list(self.rows("bills"))
        self.all = len(bills) + 1
        years = self._years(bills)
        state = next((found for each in bills if (found := _state_of_bill(each))), state_of_path(self.label))
        names = {}
        for row in self.db.execute("SELECT * FROM people"):
            names[row["people_id"]] = row["name"]
            yield self._person(row, state, years)
        self.names = names
        for number, row in enumerate(bills):
            self.done = number
            yield self._bill(row, years)

    def _years(self, bills: list[dict[str, str]]) -> tuple[int | None, int | None]:
        """The years of the session: the first from the addresses, the last from what happened last."""
        first = [whole(each.get("url", "").rsplit("/", 1)[-1]) for each in bills]
        starts = min((year for year in first if year and year > 1900), default=None)
        last = max((str(each.get("last_action_date") or "")[:4] for each in bills), default="")
        ends = whole(last)
        if starts and ends:
            ends = min(max(ends, starts), starts + 1)
        return starts, ends

    def _person(self, row: sqlite3.Row, state: str, years: tuple[int | None, int | None]) -> Found:
        start, end = years
        days = (f"{start:04}-01-01" if start else None, f"{end:04}-12-31" if end else None)
        try:
            return legiscan.person(dict(row), state, days), []
        except Unreadable as error:
            return None, [Problem(error.code, "people.csv", error.value, fatal=True)]

    def _bill(self, row: dict[str, str], years: tuple[int | None, int | None]) -> Found:
        state, number = (
            _state_of_bill(row) or state_of_path(self.label),
            identifier(row.get("bill_number", "")),
        )
        if not state or not number:
            code = "no_number" if state else "no_state"
            return None, [Problem(code, "bills.csv", row.get("bill_id", ""), fatal=True)]
        start, end = years
        found = {"year_start": start, "year_end": end, "session_name": ""}
        bill_id = row["bill_id"]
        status = whole(row.get("status"))
        on = day_or_none(row.get("status_date"))
        record = {
            "t": "bill",
            "source": "legiscan",
            "state": state,
            "session": legiscan.session_of(found, row.get("session_id")),
            "identifier": number,
            "title": text_of(row.get("title")) or number,
            "description": ""
            if row.get("description") == row.get("title")
            else text_of(row.get("description"), 8000),
            "chamber": chamber_by_number(number, unicameral=PLACES[state].unicameral),
            "kind": kind_of(number),
            "subjects": None,
            "url": row.get("state_link") or row.get("url") or "",
            "legiscan_id": whole(bill_id),
            "ocd_id": None,
            "change_hash": "",
            "progress": [[on, status]] if on and status else [],
            "actions": [
                [day, whole(each["sequence"]) or 0, chamber_of(each["chamber"]), text_of(each["action"]), []]
                for each in self.of("history", bill_id)
                if (day := day_or_none(each["date"])) and each["action"]
            ],
            "sponsors": [self._sponsor(each) for each in self.of("sponsors", bill_id)],
            "documents": self._papers(bill_id),
            "votes": [self._vote(each) for each in self.of("rollcalls", bill_id)],
            "relations": None,
            "hearings": None,
        }
        if "history" not in self.files:
            record.update(actions=None, sponsors=None, votes=None)
        return record, []

    def _sponsor(self, row: sqlite3.Row) -> list[Any]:
        """`position` counts from 1; the first is who put the bill forward."""
        role = "primary" if whole(row["position"]) in (0, 1) else "cosponsor"
        name = self.names.get(row["people_id"]) or f"LegiScan {row['people_id']}"
        return [name, role, False, f"ls:{row['people_id']}"]

    def _vote(self, row: sqlite3.Row) -> Record:
        vote = legiscan._vote({**dict(row), "desc": row["description"]})
        vote["passed"] = vote["counts"][0] > vote["counts"][1]
        options = {"1": "yes", "2": "no", "3": "not voting", "4": "absent"}
        vote["ballots"] = [
            [
                f"ls:{each['people_id']}",
                self.names.get(each["people_id"], ""),
                options.get(each["vote"], "other"),
            ]
            for each in self.of("votes", row["roll_call_id"])
        ]
        return vote

    def _papers(self, bill_id: str) -> list[Record] | None:
        if "documents" not in self.files:
            return None
        return [
            {
                "kind": {"text": "version", "amendment": "amendment"}.get(
                    row["document_type"].lower(), "document"
                ),
                "note": text_of(row["document_desc"], 300),
                "date": None,
                "url": row["state_link"] or row["url"],
                "media_type": row["document_mime"][:80],
                "adopted": None,
                "key": f"ls:{row['document_type']}:{row['document_id']}"[:120],
                "classification": "",
            }
            for row in self.of("documents", bill_id)
        ]


def _state_of_bill(row: Mapping[str, str]) -> str:
    """`https://legiscan.com/MI/bill/HB4001/2021` → MI."""
    url = row.get("url", "")
    return (
        state_of(url.removeprefix(_LEGISCAN_STATUS).split("/", 1)[0])
        if url.startswith(_LEGISCAN_STATUS)
        else ""
    )


def state_of_path(label: str) -> str:
    return next((part for part in label.split("/") if len(part) == 2 and part in PLACES), "")


class OpenStatesTables(_Tables):
    """`MI_2023-2024_bills.csv` and its companions; lists are the reprs of Python lists."""

    indexes = {
        "bill_actions": "bill_id",
        "bill_sponsorships": "bill_id",
        "bill_versions": "bill_id",
        "bill_documents": "bill_id",
        "bill_version_links": "version_id",
        "bill_document_links": "document_id",
        "votes": "bill_id",
        "vote_people": "vote_event_id",
        "vote_counts": "vote_event_id",
        "bill_related_bills": "bill_id",
        "bill_abstracts": "bill_id",
        "bill_sources": "bill_id",
        "organizations": "id",
    }
    _columns: Mapping[str, tuple[str, ...]] = {
        "bill_actions": ("bill_id", "organization_id", "description", "date", "classification", '"order"'),
        "bill_sponsorships": ("bill_id", "name", "entity_type", "person_id", '"primary"', "classification"),
        "bill_versions": ("bill_id", "id", "note", "date", "classification"),
        "bill_documents": ("bill_id", "id", "note", "date", "classification"),
        "bill_version_links": ("version_id", "media_type", "url"),
        "bill_document_links": ("document_id", "media_type", "url"),
        "votes": ("bill_id", "id", "identifier", "motion_text", "start_date", "result", "organization_id"),
        "vote_people": ("vote_event_id", "option", "voter_name", "voter_id"),
        "vote_counts": ("vote_event_id", "option", "value"),
        "bill_related_bills": ("bill_id", "identifier", "legislative_session", "relation_type"),
        "bill_abstracts": ("bill_id", "abstract"),
        "bill_sources": ("bill_id", "url"),
        "organizations": ("id", "name", "classification"),
    }

    @staticmethod
    def among(names: list[str]) -> bool:
        return any(each.endswith("_bills.csv") for each in names)

    @staticmethod
    def groups(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[dict[str, IO[bytes]], str]]:
        for name in sorted(each for each in names if each.endswith("_bills.csv") and "related" not in each):
            start = name.removesuffix("bills.csv")
            members = {
                each.removeprefix(start).removesuffix(".csv"): each
                for each in names
                if each.startswith(start)
            }
            yield {key: archive.open(value) for key, value in members.items()}, start

    def records(self) -> Iterator[Found]:
        for name, columns in self._columns.items():
            self._spool_quoted(name, columns)
        bills = list(self.rows("bills"))
        self.all = len(bills) + 1
        for number, row in enumerate(bills):
            self.done = number
            try:
                yield openstates.bill(self._joined(row), state_of_path(self.label.replace("_", "/"))), []
            except Unreadable as error:
                yield None, [Problem(error.code, "bills.csv", error.value or row.get("id", ""), fatal=True)]

    def _spool_quoted(self, name: str, columns: tuple[str, ...]) -> None:
        table = f'"{name}"'
        self.db.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        plain = [each.strip('"') for each in columns]
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  # Names of our own tables.
        self.db.executemany(statement, ([row.get(each, "") for each in plain] for row in self.rows(name)))
        self.db.execute(f'CREATE INDEX "{name}_by" ON {table} ({self.indexes[name]})')

    def _organization(self, key: str) -> str:
        row = next(iter(self.of("organizations", key)), None)
        return (row["classification"] or row["name"]) if row is not None else key

    def _joined(self, row: dict[str, str]) -> dict[str, Any]:
        """The bill as API v3 would tell it."""
        key = row["id"]
        return {
            **row,
            "session": row.get("session_identifier") or row.get("legislative_session"),
            "from_organization": {"classification": row.get("organization_classification", "")},
            "actions": [
                {
                    **dict(each),
                    "organization": {"classification": self._organization(each["organization_id"])},
                    "classification": listed(each["classification"]),
                }
                for each in self.of("bill_actions", key)
            ],
            "sponsorships": [dict(each) for each in self.of("bill_sponsorships", key)],
            "versions": self._papers("bill_versions", "bill_version_links", key),
            "documents": self._papers("bill_documents", "bill_document_links", key),
            "votes": [self._vote(each) for each in self.of("votes", key)],
            "related_bills": [dict(each) for each in self.of("bill_related_bills", key)],
            "abstracts": [dict(each) for each in self.of("bill_abstracts", key)],
            "sources": [dict(each) for each in self.of("bill_sources", key)],
        }

    def _papers(self, name: str, links: str, key: str) -> list[dict[str, Any]]:
        return [
            {**dict(each), "links": [dict(link) for link in self.of(links, each["id"])]}
            for each in self.of(name, key)
        ]

    def _vote(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            **dict(row),
            "organization": {"classification": self._organization(row["organization_id"])},
            "votes": [
                {"option": each["option"], "voter_name": each["voter_name"], "person_id": each["voter_id"]}
                for each in self.of("vote_people", row["id"])
            ],
            "counts": [dict(each) for each in self.of("vote_counts", row["id"])],
        }
