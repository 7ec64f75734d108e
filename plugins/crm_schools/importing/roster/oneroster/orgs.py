"""The districts and schools of an archive, as the archive names them and as they are known."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from crm.plugin_api import db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.importing.places import Places
from crm_schools.importing.roster import records, schools
from crm_schools.importing.roster.districts import by_schools
from crm_schools.importing.roster.structure import Structure, Word
from crm_schools.models import District
from crm_schools.words import fold

DISTRICTS: Final = frozenset({"district", "local"})
"""Kinds of organizations that are districts; OneRoster 1.1 and 1.2 call them so."""


class Orgs:
    """Organizations by what the archive calls them. Whatever is asked of them is as it was before anything of
    the archive was written."""

    def __init__(self, rows: Iterable[sqlite3.Row], places: Places, district: int | None, kind: str) -> None:
        """`district` is the one whose archive somebody said it is; `kind` says whether the schools are all
        (`bulk`) or those that changed."""
        self.rows = {row["sourcedId"]: row for row in rows}
        self._places, self._district, self._kind = places, district, kind
        self.coming: set[str] = set()
        """Words for schools that are not known yet."""

    def of_kind(self, kinds: Iterable[str]) -> list[sqlite3.Row]:
        return [row for row in self.rows.values() if kind_of(row) in kinds]

    @cached_property
    def districts(self) -> Sequence[sqlite3.Row]:
        return self.of_kind(DISTRICTS)

    @cached_property
    def schools(self) -> Mapping[str, records.Record]:
        """The lines about schools, each with the stored one that it means. BadFile where that is not certain,
        or two schools have one number."""
        lines = {
            row["sourcedId"]: self.of(_line(row), self.district_of(row)) for row in self.of_kind({"school"})
        }
        _refuse_shared(lines.values())
        schools.settle(self.structure, list(lines.values()), self._kind)
        return lines

    @cached_property
    def structure(self) -> Structure:
        return Structure()

    @cached_property
    def _by_schools(self) -> Mapping[str, int]:
        """Districts that are known by their schools alone, by what the archive calls them."""
        known = {
            row["sourcedId"]: self.structure.district(org_key(row), row["name"]) for row in self.districts
        }
        lines: dict[str, list[records.Record]] = defaultdict(list)
        for row in self.of_kind({"school"}):
            lines[self.district_of(row)].append(_line(row))
        found = {
            row["sourcedId"]: by_schools(
                self.structure, _district_line(row), lines[row["sourcedId"]], known.values()
            )
            for row in self.districts
            if known[row["sourcedId"]] is None
        }
        return {source: district for source, district in found.items() if district is not None}

    def district_lines(self) -> Iterator[tuple[sqlite3.Row, records.Record]]:
        """What the archive says of districts. BadFile where it names none and there is none."""
        if not self.districts and self._district is None and not self.structure.places.districts:
            raise BadFile(
                _(
                    "This archive does not say of which district it is, and there is none yet. Add the "
                    "district first (Schools, Add a district), then look through the file again."
                )
            )
        for row in self.districts:
            found = self._by_schools.get(row["sourcedId"]) if self._district is None else self._district
            line = _district_line(row)
            yield row, line | ({"district_id": str(found)} if found is not None else {})

    def of(self, record: records.Record, district: str) -> records.Record:
        """The record with its district, which the archive calls so: its key and name, or the id of the one
        whose archive it is."""
        if self._district is not None:
            return {**record, "district_id": str(self._district)}
        org = self.rows.get(district)
        if org is None:
            return record
        named = {**record, "district": org_key(org), "district_name": org["name"]}
        found = self._by_schools.get(district)
        return named if found is None else {**named, "district_id": str(found)}

    def is_of_unknown_district(self) -> bool:
        """Whether the archive names districts and none of them is here."""
        if self._district is not None or not self.districts:
            return False
        known = (self.structure.district(org_key(row), row["name"]) for row in self.districts)
        return not self._by_schools and all(each is None for each in known)

    def district_of(self, row: sqlite3.Row) -> str:
        """What the archive calls the district of a school; the only one there is where it says none."""
        parent = self.rows.get(row["parentSourcedId"])
        for _step in range(5):
            if parent is None or kind_of(parent) in DISTRICTS:
                break
            parent = self.rows.get(parent["parentSourcedId"])
        return str(parent["sourcedId"]) if parent is not None else self.only_district()

    def of_several(self) -> Mapping[str, int]:
        """The districts that are known, by what an archive of several calls their schools; else nothing."""
        if self._district is not None or len(self.districts) < 2:
            return {}
        named = {
            row["sourcedId"]: self.structure.named(self.of({}, row["sourcedId"])) for row in self.districts
        }
        found = {row["sourcedId"]: named.get(self.district_of(row)) for row in self.of_kind({"school"})}
        return {school: district for school, district in found.items() if district is not None}

    def numbers(self) -> set[str]:
        """What files call the districts that the archive is about: the one whose archive somebody said it is,
        else those that it names, else the only one there is. Those that come with it have its own numbers."""
        if self._district is not None or not self.districts:
            return {_number_of(self._district or self.structure.places.only_district)}
        return {
            _number_of(self.structure.named(self.of({}, row["sourcedId"]))) or org_key(row)
            for row in self.districts
        }

    def only_district(self) -> str:
        """What the archive calls the one district that it names; empty where it names none or several."""
        return str(self.districts[0]["sourcedId"]) if len(self.districts) == 1 else ""

    def first_district(self, sources: Iterable[str]) -> str:
        """What the archive calls the district of the first of these schools that it knows, else the only one
        in it; empty where it names none."""
        for source in sources:
            org = self.rows.get(source)
            if org is not None:
                return self.district_of(org)
            if self._places.by_source(source) or self._places.school(source):
                return ""
        return self.only_district()

    def word(self, source: str, of: str) -> Word | None:
        """What a school of the archive, or one that is known by its name in there, is found by, as
        `structure.Word` says, in a line of the district `of`; None where nobody knows it."""
        org = self.rows.get(source)
        if org is None:
            return self._places.by_source(source) or self._places.school(source)
        if kind_of(org) != "school":  # A department, or the district itself.
            return None
        line = self.schools[source]
        stored = self.structure.stored_school(line)
        if stored is not None and stored != self.structure.school_of(line, line["key"]):
            return stored
        district = self.district_of(org)
        parent = self.rows.get(district)
        word: Word = line["key"]
        if district != of and parent is not None and self._district is None:
            if stored is not None:
                return stored
            word = [org_key(parent), parent["name"], line["key"]]
        if stored is None:
            self.coming.add(str(word))
        return word


def _number_of(district: int | None) -> str:
    """What files call a district that is known; empty where they call it nothing yet, or there is none."""
    with system("an archive names its district"):
        row = db.session().get(District, district) if district is not None else None
    return row.local_id if row is not None else ""


def _line(row: sqlite3.Row) -> records.Record:
    return records.school(org_key(row), row["name"], "", source_id=row["sourcedId"])


def _district_line(row: sqlite3.Row) -> records.Record:
    return records.district(org_key(row), row["name"])


def _refuse_shared(lines: Iterable[records.Record]) -> None:
    """BadFile where schools of a district have one number: the district's, say, or that of a street."""
    named: dict[tuple[str, str], records.Record] = {}
    for line in lines:
        other = named.setdefault((line.get("district", ""), fold(line["key"])), line)
        if fold(other["name"]) != fold(line["name"]):
            raise BadFile(
                _(
                    "“%(school)s” and “%(other)s” have the same number in this archive: %(number)s. Each "
                    "school needs one of its own (identifier), or none at all.",
                    school=other["name"],
                    other=line["name"],
                    number=line["key"],
                )
            )


def kind_of(row: sqlite3.Row) -> str:
    """What an organization is; systems write `School` and `school`."""
    return fold(str(row["type"]))


def org_key(row: sqlite3.Row) -> str:
    """What people and other files call an organization: its identifier, where it has one."""
    return str(row["identifier"]).strip() or str(row["sourcedId"])
