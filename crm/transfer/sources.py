"""A stored file as lines, cleaned, in chunks; kept open between two steps of a job in one process."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from flask_babel import gettext as _

from crm.runtime import runtime
from crm.transfer.errors import BadFile
from crm.transfer.kinds import AsksColumns, ImportHandler, Line, OpensFiles, OwnSource
from crm.transfer.mapping import mapping_from_headers
from crm.transfer.messages import Notice
from crm.transfer.models import ImportRun
from crm.transfer.readers import Limits, TableSource, detect, open_table
from crm.transfer.storage import path_of
from crm.transfer.vcard import CardSource

CARD_CHUNK: Final = 500
_MOST_OPEN: Final = 4


def open_source(
    path: Path, name: str, *, cards: bool, reading: Mapping[str, Any] | None = None
) -> TableSource | CardSource:
    """The table or the cards in a file; BadFile with a sentence when it is neither."""
    region = runtime().config.default_region
    if detect(path, name, Limits()) == "vcard" and cards:
        return CardSource(path, name, region=region)
    return open_table(path, name=name, **(reading or {}))


def refuse_bad(
    path: Path, handler: ImportHandler, options: Mapping[str, Any], mapping: Mapping[str, str] | None = None
) -> Sequence[str]:
    """BadFile with a sentence where the file is none of this kind; else the headers of a table, which a kind
    that reads files itself does not tell."""
    if isinstance(handler, OpensFiles):
        chosen = {**options, "columns": mapping} if mapping else options
        source = handler.open(path, path.name, chosen, None)
        if isinstance(source, AsksColumns) and source.lacks:
            answer = _(
                "On the command line --map says what columns hold, and --district whose "
                "file it is; what was answered in the browser is remembered."
            )
            raise BadFile(" ".join([*source.lacks, answer]))
        return ()
    opened = open_source(path, path.name, cards=handler.cards)
    return opened.headers if isinstance(opened, TableSource) else ()


def source_of(
    run: ImportRun, handler: ImportHandler, mapping: Mapping[str, str] | None = None
) -> TableSource | CardSource | OwnSource:
    """The file of a run; for a kind that reads files itself, with its columns as `mapping` says instead."""
    path = path_of("imports", run.file_key)
    if isinstance(handler, OpensFiles):
        work = path_of("imports", run.file_key, ".work")
        return handler.open(path, run.file_name, options_of(run, mapping), work)
    reading = {name: value for name, value in (run.reading or {}).items() if name != "tag"}
    return open_source(path, run.file_name, cards=handler.cards, reading=reading)


def options_of(run: ImportRun, mapping: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """What was chosen for a file that its kind reads itself."""
    columns = run.mapping if mapping is None else mapping
    return {**(run.reading or {}), **({"columns": dict(columns)} if columns else {})}


class Reader:
    """Goes through the file of a run once, from the line behind `after`."""

    def __init__(self, run: ImportRun, handler: ImportHandler, after: int) -> None:
        self.position = after
        self._source = source_of(run, handler)
        self._handler = handler
        self._lines = self._read(run, after)
        self.ended = False

    @property
    def fraction(self) -> float:
        return self._source.fraction

    @property
    def notices(self) -> list[Notice]:
        return [] if isinstance(self._source, CardSource) else self._source.notices

    def next(self) -> list[Line]:
        """The next lines, cleaned; none while they are put together, and none once it has `ended`."""
        lines = next(self._lines, None)
        if lines is None:
            self.ended, lines = True, []
        if lines:
            self.position = lines[-1].number
        return lines

    def _read(self, run: ImportRun, after: int) -> Iterator[list[Line]]:
        if isinstance(self._source, CardSource):
            for cards in self._source.chunks(CARD_CHUNK, after):
                yield [self._card(*card) for card in cards]
            return
        if not isinstance(self._source, TableSource):
            yield from self._source.lines(after)
            return
        headers = self._source.headers
        mapping = mapping_from_headers(run.mapping, headers)
        clean = self._handler.cleaner(headers, mapping, runtime().config.default_region)
        dump = self._handler.dump
        for chunk in self._source.chunks(CHUNK, after):
            lines = []
            for number, cells in chunk:
                record, problems = clean(cells)
                lines.append(Line(number, record, problems, cells, dump(record)))
            yield lines

    def _card(self, number: int, record: Any, problems: list[Any]) -> Line:
        self._handler.settle_card(record, problems)
        return Line(number, record, problems, None, self._handler.dump(record))


CHUNK: Final = 5000
_open: dict[int, Reader] = {}
_lock = threading.Lock()


def reader(run: ImportRun, handler: ImportHandler, after: int) -> Reader:
    """The reader that stopped behind `after` in this process, or a new one that skips to there."""
    with _lock:
        known = _open.pop(run.id, None)
        while len(_open) >= _MOST_OPEN:
            _open.pop(next(iter(_open)))
    if known is None or known.position != after:
        known = Reader(run, handler, after)
    with _lock:
        _open[run.id] = known
    return known


def close(run_id: int) -> None:
    """Let go of a file that is read to its end, or is not needed any more."""
    with _lock:
        _open.pop(run_id, None)
