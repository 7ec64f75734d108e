"""Lists of districts from Open Civic Data: upper and lower chambers, and school districts with NCES ids."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from crm.plugin_api.transfer import Problem
from crm_policy.places import BY_FIPS, ZIP, state_of
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


_SCHOOL: Final = ("school_district", "school_district_id", "nces", "nces_id", "leaid", "census_geoid")
_LEGISLATIVE: Final = ("district", "legislative_district", "division_id", "ocd_id")
_SHARE: Final = ("share", "percent")


class OverlapTable:
    """Which school districts and which legislative districts share ground: one pair a row, the school
    district by its NCES number or its Open Civic Data id, the legislative one by its Open Civic Data id, and
    perhaps the share of the school district that lies there (`0.4`, `40` or `40%`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def fits(path: Path) -> bool:
        with path.open("rb") as file:
            header = file.readline().decode("utf-8-sig", "replace")
        names = {name.strip().strip('"').lower() for name in header.split(",")}
        return bool(names & {*_SCHOOL}) and bool(names & {*_LEGISLATIVE})

    def records(self) -> Iterator[tuple[Record | None, list[Problem]]]:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                yield self._one(
                    {
                        (name or "").strip().lower(): (text or "")
                        for name, text in row.items()
                        if isinstance(text, str | None)
                    }
                )

    def _one(self, row: dict[str, str]) -> tuple[Record | None, list[Problem]]:
        def first(names: tuple[str, ...]) -> str:
            return next((row[name].strip() for name in names if row.get(name, "").strip()), "")

        school, division, share = first(_SCHOOL), first(_LEGISLATIVE), _percent(first(_SHARE))
        found, state = _ID.match(division), state_of(division)
        if not found or not state or _KINDS[found[1]] not in ("upper", "lower"):
            return None, [Problem("no_district", "district", division[:120], fatal=True)]
        if not school or (not school.startswith("ocd-") and not school.isdecimal()):
            return None, [Problem("no_school_district", "school_district", school[:120], fatal=True)]
        if share is None and first(_SHARE):
            return None, [Problem("no_share", "share", first(_SHARE)[:40], fatal=True)]
        return {
            "t": "overlap",
            "source": "file",
            "school": school.zfill(7) if school.isdecimal() else school,
            "state": state,
            "chamber": _KINDS[found[1]],
            "district": found[2],
            "share": share,
            "edition": 0,
            "name": f"{school} {found[1]}:{found[2]}",
        }, []


def _percent(text: str) -> int | None:
    """`0.4`, `40` and `40%` are 40 percent; a whole number up to 1 without a sign is a share."""
    try:
        number = float(text.rstrip("% "))
    except ValueError:
        return None
    number = number * 100 if number <= 1 and "%" not in text else number
    return round(number) if 0 <= number <= 100 else None


_RELATED: Final = re.compile(r"^GEOID_(ZCTA5|UNSD|ELSD|SCSD|SDUNI|SDELM|SDSEC)\w*$")
_CHAMBER: Final = re.compile(r"^GEOID_SLD([UL])(\d{4})?\w*$")
_LEAST: Final = 1
"""Percent of a ZIP code or school district: slivers less than that are how lines were drawn, not where
anybody lives."""


class RelationshipTable:
    """A relationship file of the Census Bureau (`tab20_sldu202420_zcta520_natl.txt` and the like, for one
    state or all): which ZIP codes (or school districts) share land with which legislative districts. A row
    says how much land they share, and how much the ZIP code has in all. The year in its columns is that of
    the lines."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def fits(path: Path) -> bool:
        with path.open("rb") as file:
            names = file.readline().decode("utf-8-sig", "replace").strip().split("|")
        return (
            "AREALAND_PART" in names and any(map(_CHAMBER.match, names)) and any(map(_RELATED.match, names))
        )

    def records(self) -> Iterator[tuple[Record | None, list[Problem]]]:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE)
            names = list(reader.fieldnames or ())
            of_chamber = next(name for name in names if _CHAMBER.match(name))
            of_other = next(name for name in names if _RELATED.match(name))
            for row in reader:
                found = self._one(row, of_chamber, of_other)
                if found is not None:
                    yield found, []

    @staticmethod
    def _one(row: dict[str, str], of_chamber: str, of_other: str) -> Record | None:
        """None for land that belongs to no district or to no ZIP code, and for slivers."""
        division, other = (row.get(of_chamber) or "").strip(), (row.get(of_other) or "").strip()
        state, code = BY_FIPS.get(division[:2]), division[2:].lstrip("0").lower()
        part = whole_area(row.get("AREALAND_PART"))
        share = round(100 * part / (whole_area(row.get(of_other.replace("GEOID", "AREALAND"))) or 1))
        if state is None or not code or code.startswith("zz") or not other.isdecimal() or share < _LEAST:
            return None
        found = _CHAMBER.match(of_chamber)
        school = f"{ZIP}{other.zfill(5)}" if "ZCTA" in of_other else other.zfill(7)
        return {
            "t": "overlap",
            "source": "file",
            "school": school,
            "state": state,
            "chamber": "upper" if found and found[1] == "U" else "lower",
            "district": code,
            "share": min(share, 100),
            "edition": int(found[2] or 0) if found else 0,
            "name": f"{'ZIP ' if 'ZCTA' in of_other else ''}{other} · {of_chamber[6:10]} {code}",
        }


def whole_area(text: str | None) -> int:
    """Square meters, which outgrow the numbers that sources count with."""
    return int(text) if text and text.strip().isdecimal() else 0
