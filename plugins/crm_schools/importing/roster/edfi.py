"""Ed-Fi rosters: interchange XML, resources of its API as JSON, or an archive of such files.

Source: Ed-Fi Data Standard 5. What its elements say is in `edfi_reader`."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Line, Notice
from crm_schools.importing import jsonlines, xml
from crm_schools.importing.columns import district_of
from crm_schools.importing.places import Places
from crm_schools.importing.roster.edfi_reader import Reader
from crm_schools.importing.roster.elements import as_xml, is_json, json_kind
from crm_schools.importing.roster.lines import line_of

CHUNK: Final = 4000
LOOKED_AT: Final = 50
"""By so many records it is seen whether a file holds anything but students."""
WANTED: Final = {
    "LocalEducationAgency": "localEducationAgencies",
    "School": "schools",
    "Session": "sessions",
    "CalendarDate": "calendarDates",
    "Student": "students",
    "StudentSchoolAssociation": "studentSchoolAssociations",
    "StudentEducationOrganizationAssociation": "studentEducationOrganizationAssociations",
}
"""Elements of the interchanges, and the resources of the API that hold the same."""


def is_edfi(head: bytes) -> bool:
    """Whether a file begins as XML or JSON does."""
    return head.startswith(b"<") or head[:1] in {b"{", b"["}


class EdFi:
    """See `OwnSource`. Students are put together in memory with their associations: one district each."""

    def __init__(self, path: Path, name: str, options: Mapping[str, Any] | None = None) -> None:
        self.name, self._path = name, path
        self._district = district_of(options or {})
        self.mapping: dict[int, str] = {}
        self.headers: list[str] = []
        self.fraction = 0.0
        self.notices: list[Notice] = []
        if not zipfile.is_zipfile(path) and not is_edfi(
            path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        ):
            raise BadFile(_("“%(name)s” is neither Ed-Fi XML nor JSON.", name=name))

    @cached_property
    def lacks(self) -> Sequence[str]:
        """A file of students alone says nothing of their district."""
        if self._district is not None or len(Places().districts) < 2 or zipfile.is_zipfile(self._path):
            return ()
        kinds = {kind for kind, _line, _element in islice(self._records(), LOOKED_AT)}
        if kinds != {"Student"}:
            return ()
        said = _(
            "“%(name)s” does not say of which district it is, and there are several. Say whose file this is.",
            name=self.name,
        )
        return [said]

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return []

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        return "", [], []

    def lines(self, after: int) -> Iterator[list[Line]]:
        if self.lacks:
            raise BadFile(" ".join(self.lacks))
        reader = Reader(Places(self._district), self._district)
        for kind, line, element in self._records():
            reader.take(kind, line, element)
        chunk: list[Line] = []
        for number, (record, problems, cells) in enumerate(reader.found(), 1):
            reader.note_coming(record)
            if number > after:
                chunk.append(line_of(number, record, problems, cells))
            if len(chunk) >= CHUNK:
                yield chunk
                chunk = []
        yield chunk
        self.notices += reader.notices
        self.fraction = 1.0

    def _records(self) -> Iterator[tuple[str, str, xml.Record]]:
        """The name of each element, where it stands in the file, and what it holds."""
        if not zipfile.is_zipfile(self._path):
            yield from self._of_file(self._path, self.name)
            return
        with zipfile.ZipFile(self._path) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                if info.filename.casefold().endswith(".xml"):
                    with archive.open(info) as stream:
                        for kind, line, found in xml.records(stream, info.filename, WANTED):
                            yield kind, f"{info.filename}:{line}", found

    def _of_file(self, path: Path, name: str) -> Iterator[tuple[str, str, xml.Record]]:
        with path.open("rb") as stream:
            if is_json(stream):
                for number, found in jsonlines.objects(path, name):
                    yield json_kind(found, name), str(number), as_xml(found)
                return
            stream.seek(0)
            for kind, line, found in xml.records(stream, name, WANTED):
                yield kind, str(line), found
