"""Datasets of several CSV files that belong together: LegiScan's and Open States' bulk data."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

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
from crm_policy.reading.spool import Cells, Spool

Found = tuple[Record | None, list[Problem]]
_OPTIONS: Final = {"1": "yes", "2": "no", "3": "not voting", "4": "absent"}
_LEGISCAN_STATUS: Final = "https://legiscan.com/"


class LegiscanTables(Spool):
    """bills, history, sponsors, people, rollcalls, votes of one session."""

    columns: Mapping[str, tuple[str, ...]] = {
        "history": ("bill_id", "date", "chamber", "sequence", "action"),
        "sponsors": ("bill_id", "people_id", "position"),
        "rollcalls": (
            "bill_id",
            "roll_call_id",
            "date",
            "chamber",
            "description",
            "yea",
            "nay",
            "nv",
            "absent",
        ),
        "votes": ("roll_call_id", "people_id", "vote"),
        "documents": (
            "bill_id",
            "document_id",
            "document_type",
            "document_desc",
            "document_mime",
            "url",
            "state_link",
        ),
        "people": (
            "people_id",
            "name",
            "first_name",
            "last_name",
            "party",
            "role",
            "district",
            "committee_id",
        ),
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
        self.spool()
        bills = list(self.rows("bills"))
        self.all = len(bills) + 1
        years = self._years(bills)
        state = next((found for each in bills if (found := _state_of_bill(each))), state_of_path(self.label))
        self.names = {row[0]: row[1] for row in self.every("people")}
        for person in self.every("people"):
            yield self._person(dict(zip(self.columns["people"], person, strict=True)), state, years)
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

    def _person(self, row: dict[str, str], state: str, years: tuple[int | None, int | None]) -> Found:
        start, end = years
        days = (f"{start:04}-01-01" if start else None, f"{end:04}-12-31" if end else None)
        try:
            return legiscan.person(row, state, days), []
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
                [day, whole(sequence) or 0, chamber_of(chamber), text_of(action), []]
                for _bill, on, chamber, sequence, action in self.of("history", bill_id)
                if (day := day_or_none(on)) and action
            ],
            "sponsors": [self._sponsor(each) for each in self.of("sponsors", bill_id)],
            "documents": self._papers(bill_id),
            "votes": [self._vote(each) for each in self.named("rollcalls", bill_id)],
            "relations": None,
            "hearings": None,
        }
        if "history" not in self.files:
            record.update(actions=None, sponsors=None, votes=None)
        return record, []

    def _sponsor(self, row: Cells) -> list[Any]:
        """`position` counts from 1; the first is who put the bill forward."""
        _bill, people_id, position = row
        role = "primary" if whole(position) in (0, 1) else "cosponsor"
        return [self.names.get(people_id) or f"LegiScan {people_id}", role, False, f"ls:{people_id}"]

    def _vote(self, row: dict[str, str]) -> Record:
        vote = legiscan._vote(row)
        vote["passed"] = vote["counts"][0] > vote["counts"][1]
        name_of = self.names.get
        vote["ballots"] = [
            [f"ls:{people_id}", name_of(people_id, ""), _OPTIONS.get(option, "other")]
            for _call, people_id, option in self.of("votes", row["roll_call_id"])
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
            for row in self.named("documents", bill_id)
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


class OpenStatesTables(Spool):
    """`MI_2023-2024_bills.csv` and its companions; lists are the reprs of Python lists."""

    columns: Mapping[str, tuple[str, ...]] = {
        "bill_actions": ("bill_id", "organization_id", "description", "date", "classification", "order"),
        "bill_sponsorships": ("bill_id", "name", "entity_type", "person_id", "primary", "classification"),
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
        self.spool()
        bills = list(self.rows("bills"))
        self.all = len(bills) + 1
        for number, row in enumerate(bills):
            self.done = number
            try:
                yield openstates.bill(self._joined(row), state_of_path(self.label.replace("_", "/"))), []
            except Unreadable as error:
                yield None, [Problem(error.code, "bills.csv", error.value or row.get("id", ""), fatal=True)]

    def _organization(self, key: str) -> str:
        row = next(iter(self.named("organizations", key)), None)
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
                    **each,
                    "organization": {"classification": self._organization(each["organization_id"])},
                    "classification": listed(each["classification"]),
                }
                for each in self.named("bill_actions", key)
            ],
            "sponsorships": list(self.named("bill_sponsorships", key)),
            "versions": self._papers("bill_versions", "bill_version_links", key),
            "documents": self._papers("bill_documents", "bill_document_links", key),
            "votes": [self._vote(each) for each in self.named("votes", key)],
            "related_bills": list(self.named("bill_related_bills", key)),
            "abstracts": list(self.named("bill_abstracts", key)),
            "sources": list(self.named("bill_sources", key)),
        }

    def _papers(self, name: str, links: str, key: str) -> list[dict[str, Any]]:
        return [{**each, "links": list(self.named(links, each["id"]))} for each in self.named(name, key)]

    def _vote(self, row: dict[str, str]) -> dict[str, Any]:
        return {
            **row,
            "organization": {"classification": self._organization(row["organization_id"])},
            "votes": [
                {"option": each["option"], "voter_name": each["voter_name"], "person_id": each["voter_id"]}
                for each in self.named("vote_people", row["id"])
            ],
            "counts": list(self.named("vote_counts", row["id"])),
        }
