"""Records of an XML document, one after another, whatever its size."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile

BLOCK: Final = 1 << 18
DEEPEST: Final = 40
LONGEST: Final = 1 << 20
"""Characters of one record; those of real districts have some hundreds."""

Record = dict[str, list[str]]
"""The texts of an element by their path below it, such as `StudentReference/StudentIdentity/StudentUniqueId`;
`@id` and `…@ref` are attributes."""


def records(stream: IO[bytes], name: str, wanted: Collection[str]) -> Iterator[tuple[str, int, Record]]:
    """Each element below the root with one of these names: the name, the line on which it begins, what it
    holds. BadFile for what is no XML, or declares a document type, which such files never do."""
    reader = _Reader(name, wanted)
    while block := stream.read(BLOCK):
        reader.feed(block)
        yield from reader.take()
    reader.end()
    yield from reader.take()


def root_of(path: Path) -> str:
    """The name of the root element, without its prefix; empty where there is none near the beginning."""
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _attributes: found.append(name)
    # What is no XML has no root; that it is damaged further down is said when it is read.
    with path.open("rb") as file, suppress(expat.ExpatError):
        parser.Parse(file.read(BLOCK), False)
    return found[0].rpartition(":")[2] if found else ""


class _Reader:
    def __init__(self, name: str, wanted: Collection[str]) -> None:
        self.name, self.wanted = name, wanted
        self._path: list[str] = []
        self._record: Record | None = None
        self._text: list[str] = []
        self._begun = 0
        self._length = 0
        self._done: list[tuple[str, int, Record]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, block: bytes) -> None:
        self._parse(block, False)

    def end(self) -> None:
        self._parse(b"", True)

    def take(self) -> list[tuple[str, int, Record]]:
        done, self._done = self._done, []
        return done

    def _parse(self, block: bytes, is_last: bool) -> None:
        try:
            self._parser.Parse(block, is_last)
        except expat.ExpatError as error:
            raise BadFile(
                _("“%(name)s” breaks off or is damaged in line %(line)s.", name=self.name, line=error.lineno)
            ) from error

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise BadFile(
                _(
                    "“%(name)s” has a record near line %(line)s that is far too long to be one.",
                    name=self.name,
                    line=self._parser.CurrentLineNumber,
                )
            )
        self._text.append(text)

    def _refuse(self, *_arguments: Any) -> None:
        raise BadFile(_("“%(name)s” declares a document type, so it was not read.", name=self.name))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        self._text.clear()
        depth = len(self._path)
        if depth <= 2:
            self._length = 0
        self._length += sum(map(len, attributes.values()))
        if depth > DEEPEST:
            raise BadFile(_("“%(name)s” is nested too deeply.", name=self.name))
        if depth == 2 and self._path[1] in self.wanted:
            self._record, self._begun = {}, self._parser.CurrentLineNumber
        if self._record is not None:
            for key, value in attributes.items():
                self._record.setdefault(f"{'/'.join(self._path[2:])}@{key}", []).append(value)

    def _end(self, _name: str) -> None:
        record = self._record
        if record is not None and (text := "".join(self._text).strip()):
            record.setdefault("/".join(self._path[2:]), []).append(text)
        self._text.clear()
        if record is not None and len(self._path) == 2:
            self._done.append((self._path[1], self._begun, record))
            self._record = None
        self._path.pop()


def first(record: Record, *paths: str) -> str:
    """The first text that one of the paths has."""
    return next((record[path][0] for path in paths if path in record), "")


def word(descriptor: str) -> str:
    """The code value of an Ed-Fi descriptor: what stands behind the `#`."""
    return descriptor.rpartition("#")[2].strip()
