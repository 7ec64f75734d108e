"""The records of a file as lines of an import."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from crm.plugin_api.transfer import Line, Notice
from crm_policy.reading import FileSource

CHUNK: Final = 500


def dump(record: Any) -> str:
    """A record as the plan keeps it."""
    return orjson.dumps(record).decode() if record is not None else ""


class Lines:
    """See `crm.plugin_api.transfer.OwnSource`."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.headers: list[str] = []
        self.fraction = 0.0

    @property
    def notices(self) -> list[Notice]:
        return self._source.notices

    def lines(self, after: int) -> Iterator[list[Line]]:
        for chunk in self._source.chunks(CHUNK, after):
            yield [Line(number, record, problems, None, dump(record)) for number, record, problems in chunk]
            self.fraction = self._source.fraction
        self.fraction = 1.0
