"""Lists of CSV files that belong together, each asked by its first column.

They are put into a small database on disk, so that memory stays the same however large a session is. Rows
that stand together in their file and belong to one thing are kept as one: reading a session back takes a
third of the time that it takes by single rows.
"""

import csv
import io
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Final, Self

import orjson

from crm.plugin_api.transfer import Problem

csv.field_size_limit(16 * 1024 * 1024)
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, OSError)
"""What reading a member of a damaged zip raises."""
_MOST_TOGETHER: Final = 1000
Cells = Sequence[str]


class Spool:
    """Files by name as binary streams. `columns` are what is kept of each list, the first being what it is
    asked by; a column that the file lacks is empty."""

    columns: Mapping[str, tuple[str, ...]] = {}

    def __init__(self, files: Mapping[str, IO[bytes]], label: str) -> None:
        self.files, self.label, self.problems = files, label, list[Problem]()
        self.done, self.all = 0, 1
        self._place = tempfile.TemporaryDirectory(prefix="rollcall-policy-")
        self._db = sqlite3.connect(Path(self._place.name) / "spool", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE list (name TEXT, key TEXT, rows BLOB)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()
        self._place.cleanup()
        for file in self.files.values():
            file.close()

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of a file as they come, or none where it is missing."""
        if name in self.files:
            try:
                for row in csv.DictReader(self._text(name)):
                    row.pop(None, None)  # Cells beyond the headers.
                    yield {key: value or "" for key, value in row.items()}
            except _DAMAGES:
                self._damaged(name)

    def spool(self) -> None:
        """Read every list."""
        for name, columns in self.columns.items():
            if name in self.files:
                self._spool(name, columns)
        self._db.execute("CREATE INDEX list_by ON list (name, key)")

    def _spool(self, name: str, columns: tuple[str, ...]) -> None:
        try:
            self._db.executemany("INSERT INTO list VALUES (?, ?, ?)", self._together(name, columns))
        except _DAMAGES:
            self._damaged(name)
            self._db.execute("DELETE FROM list WHERE name = ?", (name,))  # Half of a list misleads.

    def _together(self, name: str, columns: tuple[str, ...]) -> Iterator[tuple[str, str, bytes]]:
        for key, rows in groupby(self._cells(name, columns), itemgetter(0)):
            while some := list(islice(rows, _MOST_TOGETHER)):
                yield name, key, orjson.dumps(some)

    def _cells(self, name: str, columns: tuple[str, ...]) -> Iterator[Cells]:
        reader = csv.reader(self._text(name))
        header = next(reader, [])
        places = [header.index(each) if each in header else -1 for each in columns]
        last, pick = max(places), itemgetter(*places)
        complete = min(places) >= 0
        for row in reader:
            if complete and len(row) > last:
                yield pick(row)
            else:
                yield [row[at] if 0 <= at < len(row) else "" for at in places]

    def _text(self, name: str) -> io.TextIOWrapper:
        return io.TextIOWrapper(self.files[name], "utf-8-sig", "replace", newline="")

    def _damaged(self, name: str) -> None:
        """The rest is imported; what cannot be read of one file says nothing."""
        self.problems.append(Problem("damaged", f"{self.label}/{name}.csv", "", fatal=True))

    def of(self, name: str, key: str) -> Iterator[Cells]:
        """The rows of a list that belong to a key, in the order of the file, each with the list's columns."""
        return self._kept("SELECT rows FROM list WHERE name = ? AND key = ? ORDER BY rowid", name, key)

    def every(self, name: str) -> Iterator[Cells]:
        return self._kept("SELECT rows FROM list WHERE name = ? ORDER BY rowid", name)

    def _kept(self, statement: str, *values: str) -> Iterator[Cells]:
        found = self._db.execute(statement, values).fetchall()
        return chain.from_iterable(orjson.loads(rows) for (rows,) in found)

    def named(self, name: str, key: str) -> Iterator[dict[str, str]]:
        """As `of`, each row by its columns' names."""
        columns = self.columns[name]
        return (dict(zip(columns, row, strict=True)) for row in self.of(name, key))
