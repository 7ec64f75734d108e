"""OneRoster 1.1 and 1.2 archives, whole (bulk) or as what changed (delta).

Source: 1EdTech OneRoster CSV binding. It has no attendance. Enrolments are those of classes, so when a
student came to a school and left it is the union of them, which is an inference."""

import csv
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import current_actor, day_here
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Line, Notice
from crm_schools.importing.columns import district_of
from crm_schools.importing.places import Places
from crm_schools.importing.roster.lines import line_of
from crm_schools.importing.roster.oneroster import newest
from crm_schools.importing.roster.oneroster.carers import carers
from crm_schools.importing.roster.oneroster.joined import Joined
from crm_schools.importing.roster.oneroster.missing import Missing, current_years
from crm_schools.importing.roster.oneroster.staged import WithoutNul, emptied
from crm_schools.importing.roster.oneroster.unnamed import Unnamed
from crm_schools.importing.roster.oneroster.whose import NAMING, Whose, whose
from crm_schools.permissions import STUDENTS

CHUNK: Final = 4000
NEEDED: Final = ("orgs", "users")
KNOWN: Final = ("orgs", "academicSessions", "users", "roles", "enrollments", "demographics", "classes")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "orgs": ("sourcedId", "name", "type", "identifier", "parentSourcedId"),
    "academicSessions": (
        "sourcedId",
        "title",
        "type",
        "startDate",
        "endDate",
        "parentSourcedId",
        "schoolYear",
    ),
    "users": ("sourcedId", "givenName", "familyName", "grades"),
    "roles": ("userSourcedId", "role", "orgSourcedId"),
    "enrollments": ("userSourcedId", "schoolSourcedId", "role", "beginDate", "endDate"),
    "demographics": ("sourcedId",),
    "classes": ("sourcedId",),
}
"""Headers that a file cannot do without; they are compared letter by letter, as the binding asks."""
MOST_BYTES: Final = 4 << 30
ENCRYPTED: Final = 1
"""The bit of a member's flags (PKZIP application note 4.4.4)."""


def is_archive(path: Path) -> bool:
    """Whether this is a zip that calls itself OneRoster, or looks like one."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = {Path(name).name.casefold() for name in archive.namelist()}
    return bool(names & {"manifest.csv", "orgs.csv", "users.csv", "enrollments.csv"})


class OneRoster:
    """See `OwnSource`."""

    def __init__(
        self, path: Path, name: str, work: Path | None, options: Mapping[str, Any] | None = None
    ) -> None:
        self.name, self._path, self._work = name, path, work
        self._district = district_of(options or {})
        self._nul = WithoutNul()
        self.headers: list[str] = []
        self.fraction = 0.0
        self.notices: list[Notice] = []
        self.mapping: dict[int, str] = {}
        self._members, self.kinds = self._manifest()

    # The archive.

    def _manifest(self) -> tuple[dict[str, str], dict[str, str]]:
        """Where each file lies, and whether it is bulk or delta. BadFile where one is missing or misnamed."""
        with zipfile.ZipFile(self._path) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MOST_BYTES or len(infos) > 1000:
                raise BadFile(_("“%(name)s” would unpack to far more than a roster needs.", name=self.name))
            by_name = {Path(info.filename).name: info.filename for info in infos if not info.is_dir()}
            self._refuse_misnamed(by_name)
            if "manifest.csv" not in by_name:
                raise BadFile(
                    _("“%(name)s” has no manifest.csv, which says what the other files are.", name=self.name)
                )
            rows = list(_rows(archive, by_name["manifest.csv"]))
        said = {row[0].strip(): row[1].strip().casefold() for row in rows if len(row) > 1}
        kinds = {
            name: said.get(f"file.{name}", "absent")
            for name in KNOWN
            if said.get(f"file.{name}", "absent") != "absent"
        }
        for name, kind in kinds.items():
            self._refuse_kind(name, kind, by_name)
        for name in NEEDED:
            if name not in kinds and "delta" not in kinds.values():
                raise BadFile(
                    _(
                        "The manifest of “%(name)s” says that there is no %(file)s.csv.",
                        name=self.name,
                        file=name,
                    )
                )
        unused = sorted(set(by_name) - {f"{name}.csv" for name in KNOWN} - {"manifest.csv"})
        if unused:
            self.notices.append(Notice("schools_ignored_files", {"files": ", ".join(unused[:20])}))
        if "delta" in kinds.values():
            self.notices.append(Notice("schools_delta"))
        return {name: by_name[f"{name}.csv"] for name in kinds}, kinds

    def _refuse_misnamed(self, by_name: Mapping[str, str]) -> None:
        right = {f"{name}.csv".casefold(): f"{name}.csv" for name in (*KNOWN, "manifest")}
        for name in by_name:
            if name.casefold() in right and name != right[name.casefold()]:
                raise BadFile(
                    _(
                        "In “%(archive)s” a file is called %(name)s; OneRoster calls it %(right)s.",
                        archive=self.name,
                        name=name,
                        right=right[name.casefold()],
                    )
                )

    def _refuse_kind(self, name: str, kind: str, by_name: Mapping[str, str]) -> None:
        if kind not in {"bulk", "delta"}:
            raise BadFile(
                _(
                    "The manifest of “%(archive)s” says “%(kind)s” of %(name)s.csv, where bulk, delta or "
                    "absent is meant.",
                    archive=self.name,
                    kind=kind,
                    name=name,
                )
            )
        if f"{name}.csv" not in by_name:
            raise BadFile(
                _(
                    "The manifest of “%(archive)s” promises %(name)s.csv, and it is not in there.",
                    archive=self.name,
                    name=name,
                )
            )

    @property
    def is_delta(self) -> bool:
        return "delta" in self.kinds.values()

    # Whose it is. An archive has no columns to be asked about.

    @cached_property
    def _whose(self) -> Whose:
        with zipfile.ZipFile(self._path) as archive:
            tables = {
                name: _rows(archive, member) for name, member in self._members.items() if name in NAMING
            }
            return whose(tables, self._district, self.name, is_delta=self.is_delta)

    @property
    def lacks(self) -> Sequence[str]:
        return self._whose.lacks

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return []

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        return "", [], []

    # Lines.

    def lines(self, after: int) -> Iterator[list[Line]]:
        assert self._work is not None
        self._refuse_unplaced()
        places, district = Places(self._whose.district), self._whose.district
        self._work.unlink(missing_ok=True)
        database = sqlite3.connect(self._work, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode=OFF")
        yield from self._staged(database)
        joined = Joined(database, self.kinds, places, self._made_on(), district)
        if self.is_delta and joined.orgs.is_of_unknown_district():
            raise self._no_whole_yet()
        of = joined.orgs.numbers()
        self.notices += newest.notices(database, self._members, of, is_delta=self.is_delta)
        number = 0
        for record, problems, cells in joined.structure():
            number += 1
            if number > after:
                yield [line_of(number, record, problems, cells)]
        chunk: list[Line] = []
        for record, problems, cells in chain(joined.students(), joined.left_out(), carers(joined)):
            number += 1
            if number > after:
                chunk.append(line_of(number, record, problems, cells))
            if len(chunk) >= CHUNK:
                self.fraction = 0.5
                yield chunk
                chunk = []
        yield chunk
        if joined.without_number and self.kinds.get("users") == "bulk":
            self.notices.append(Notice("schools_no_identifier", {"count": joined.without_number}))
        yield from self._missing(database, joined, number, after)
        database.close()
        self.fraction = 1.0

    def _refuse_unplaced(self) -> None:
        """Say what has to be there, or has to be said, before an archive can be imported."""
        if self.lacks:
            raise BadFile(" ".join(self.lacks))
        if self.is_delta and not Places().districts:
            raise self._no_whole_yet()

    def _no_whole_yet(self) -> BadFile:
        if Places().districts:
            return BadFile(
                _(
                    "“%(name)s” is a delta: it says what changed since a whole roster, and there is none yet "
                    "of the district that it names. Import a bulk archive of it first, or say whose file "
                    "this is.",
                    name=self.name,
                )
            )
        return BadFile(
            _(
                "“%(name)s” is a delta: it says what changed since a whole roster, and there is none yet. "
                "Import a bulk archive first.",
                name=self.name,
            )
        )

    def _missing(
        self, database: sqlite3.Connection, joined: Joined, number: int, after: int
    ) -> Iterator[list[Line]]:
        """Whoever is enrolled and not in what is whole has left, the day before the archive was made, and
        whoever is not named any more for a student cares for them no more."""
        if self.kinds.get("users") != "bulk" or self.kinds.get("enrollments") != "bulk":
            return
        day = joined.made_on
        years = current_years(joined.years, day)
        missing = Missing(database, joined.schools_with_students(), years, joined.orgs.of_several())
        if years:
            missing.look(day)
        self.notices += missing.notices(day)
        unnamed = Unnamed(database, joined.schools_with_students())
        # Who may not see students would learn by a name that they guess whether it is a guardian's.
        if current_actor().can_everywhere(STUDENTS):
            unnamed.look()
        if unnamed.count and not unnamed.ended:
            self.notices.append(Notice("schools_many_unnamed", {"count": unnamed.count}))
        lines = [
            line_of(at, record, [], [])
            for at, record in enumerate(chain(missing.records(), unnamed.records()), start=number + 1)
            if at > after
        ]
        for at in range(0, len(lines), CHUNK):
            yield lines[at : at + CHUNK]

    def _made_on(self) -> date:
        """The day on which the archive was made, as it says itself; today where that cannot be."""
        with zipfile.ZipFile(self._path) as archive:
            moments = [info.date_time[:3] for info in archive.infolist() if not info.is_dir()]
        try:
            made = date(*max(moments))
        except ValueError:
            return day_here()
        return made if date(2000, 1, 1) < made <= day_here() else day_here()

    def _staged(self, database: sqlite3.Connection) -> Iterator[list[Line]]:
        """Take in file after file; no lines come of that."""
        self._nul.count = 0
        for name in self._members:
            self._stage(database, name)
            yield []
        if self._nul.count:
            self.notices.append(Notice("nul_removed", {"count": self._nul.count}))

    def _stage(self, database: sqlite3.Connection, name: str) -> None:
        """One file as a table; a column that it lacks is not in it."""
        with zipfile.ZipFile(self._path) as archive:
            rows = _rows(archive, self._members[name], self._nul)
            headers = [header.strip() for header in next(rows, [])]
            self._refuse_headers(name, headers)
            listed = ", ".join(f'"{header}"' for header in headers)
            marks = ", ".join("?" * (len(headers) + 1))
            database.execute(f'CREATE TABLE "{name}" ({listed})')
            fitted = self._fitted(name, rows, headers)
            database.execute("BEGIN")
            database.executemany(f'INSERT INTO "{name}" (_rowid_, {listed}) VALUES ({marks})', fitted)  # noqa: S608  # Names checked.
            database.execute("COMMIT")
        key = "userSourcedId" if name in {"enrollments", "roles"} else "sourcedId"
        database.execute(f'CREATE INDEX "{name}_key" ON "{name}" ("{key}")')

    def _fitted(
        self, name: str, rows: Iterator[list[str]], headers: Sequence[str]
    ) -> Iterator[Sequence[int | str]]:
        """The rows of a file, each with its line and as wide as the headers; how many are shorter is told."""
        width, without, short = len(headers), emptied(headers), list[int]()
        for line, row in enumerate(rows, 2):
            if not any(row):
                continue
            if len(row) < width:
                short.append(line)
            yield [line, *without([*row[:width], *[""] * (width - len(row))])]
        if short:
            values: dict[str, str | int] = {"file": f"{name}.csv", "count": len(short), "row": short[0]}
            self.notices.append(Notice("schools_rows_short", values))

    def _refuse_headers(self, name: str, headers: Sequence[str]) -> None:
        if '"' in "".join(headers) or len({each.casefold() for each in headers}) != len(headers):
            raise BadFile(_("The headers of %(name)s.csv cannot be told apart.", name=name))
        needed = COLUMNS[name]
        if name == "enrollments" and self.kinds[name] == "delta":
            needed = ("sourcedId", *needed)  # By which a delta names what it changes.
        missing = [wanted for wanted in needed if wanted not in headers]
        if missing:
            near = {header.casefold(): header for header in headers}
            wrong = [near[each.casefold()] for each in missing if each.casefold() in near]
            said = _(" It has %(wrong)s: capitals count.", wrong=", ".join(wrong)) if wrong else ""
            raise BadFile(
                _("%(name)s.csv has no column %(missing)s.", name=name, missing=", ".join(missing)) + said
            )


def _rows(archive: zipfile.ZipFile, member: str, nul: WithoutNul | None = None) -> Iterator[list[str]]:
    try:
        with archive.open(member) as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="")
            yield from csv.reader((nul or WithoutNul()).of(text))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(_("%(member)s cannot be read as CSV in UTF-8.", member=member)) from error
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        if archive.getinfo(member).flag_bits & ENCRYPTED:
            raise BadFile(
                _("The archive is locked with a password. Unlock it, pack it anew, then choose it.")
            ) from error
        raise BadFile(
            _(
                "%(member)s cannot be unpacked: the archive is damaged, or packed in a rare way.",
                member=member,
            )
        ) from error
