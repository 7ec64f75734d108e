"""Lists of districts from Open Civic Data: upper and lower chambers, and school districts with NCES ids."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from crm.plugin_api.transfer import Problem
from crm_policy.places import state_of
from crm_policy.reading.neutral import Record, day_or_none, text_of

_ID: Final = re.compile(r"^ocd-division/.*/(sldu|sldl|cd|ward|school_district):([^/]+)$")
_KINDS: Final = {
    "sldu": "upper",
    "sldl": "lower",
    "ward": "upper",
    "cd": "congress",
    "school_district": "school",
}


class DistrictTable:
    """One file of them; rows that are no district of a state are said."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def fits(path: Path) -> bool:
        with path.open("rb") as file:
            header = file.readline().decode("utf-8-sig", "replace").strip()
        return header in ("id,name,validFrom,validThrough", "id,sch_dist_stateid,census_geoid")

    def records(self) -> Iterator[tuple[Record | None, list[Problem]]]:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                yield self._one(row)

    def _one(self, row: dict[str, str]) -> tuple[Record | None, list[Problem]]:
        text = row.get("id") or ""
        found, state = _ID.match(text), state_of(text)
        if not found or not state:
            return None, [Problem("no_district", "id", text[:120], fatal=True)]
        ended = day_or_none(row.get("validThrough"))
        code = found[2]
        return {
            "t": "district",
            "source": "ocd",
            "ocd_id": text[:160],
            "state": state,
            "kind": _KINDS[found[1]],
            "code": code[:120],
            "name": text_of(row.get("name") or code.replace("_", " ").title(), 200),
            "nces": text_of(row.get("census_geoid"), 20),
            "over": bool(ended and ended < date.today().isoformat()),  # noqa: DTZ011  # Days of law, not moments.
        }, []
