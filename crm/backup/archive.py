"""The file of a backup: a zip with a manifest, a file of JSON lines per table, and attachments.

The manifest says the number of rows and the SHA-256 of every part, so that a restore proves what it reads.
A file appears under its name only when it is whole.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

import orjson

from crm.errors import UserError

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20


FOLDERS = ("files", "imports")
"""What belongs to a backup of all that lies in the data folder: attachments, and lists that somebody was
about to import. Never the secret key."""


@dataclass
class TablePart:
    """One table: its columns as (name, kind), how many rows there are, and the hash of their lines."""

    columns: list[tuple[str, str]]
    rows: int = 0
    sha256: str = ""


@dataclass
class FilePart:
    """One file of the data folder; its size in bytes."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What a backup holds and what made it.

    `branches` maps the core and each plugin to the revision of its tables, `sequences` a table to the
    highest id it ever gave out. `key_mark` tells whether a secret key is the one that this was made with.
    """

    made_at: str
    rollcall: str
    database: str
    key_mark: str
    branches: dict[str, str]
    tables: dict[str, TablePart] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    files: dict[str, FilePart] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @classmethod
    def parse(cls, text: bytes) -> Self:
        raw: dict[str, Any] = orjson.loads(text)
        if raw.get("format") != FORMAT:
            raise UserError(
                f"This backup has format {raw.get('format')}; this version of Rollcall reads {FORMAT}. "
                "Use the version that made it."
            )
        raw["tables"] = {
            name: TablePart(
                [(column[0], column[1]) for column in part["columns"]], part["rows"], part["sha256"]
            )
            for name, part in raw["tables"].items()
        }
        raw["files"] = {name: FilePart(**part) for name, part in raw["files"].items()}
        return cls(**raw)


class Writer:
    """Writes an archive beside its final name; `finish` gives it the name."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._partial = target.with_name(target.name + ".partial")
        handle = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    @classmethod
    @contextmanager
    def to(cls, target: Path) -> Iterator[Self]:
        """A writer whose unfinished file is removed when something goes wrong."""
        if target.exists():
            raise UserError(f"{target} exists already; name a file that does not. Nothing was written.")
        if not target.parent.is_dir():
            raise UserError(f"The folder {target.parent} does not exist. Nothing was written.")
        writer = cls(target)
        try:
            yield writer
        finally:
            writer._close()

    @contextmanager
    def part(self, name: str, *, packed: bool = True) -> "Iterator[Sink]":
        """A sink for one part, which hashes what goes through it. Attachments are mostly packed already."""
        info: zipfile.ZipInfo | str = name if packed else zipfile.ZipInfo(name)
        with self._zip.open(info, "w", force_zip64=True) as out:
            yield Sink(out)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and let the file appear, complete and on disk."""
        self._zip.writestr(MANIFEST, orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        try:
            os.link(self._partial, self.target)
        except FileExistsError as error:
            raise UserError(f"{self.target} exists already; nothing was written.") from error
        except OSError:  # A file system without links.
            self._partial.rename(self.target)

    def _close(self) -> None:
        with suppress(OSError, ValueError):  # Unfinished, or no room for its end: it goes away anyhow.
            self._zip.close()
        self._file.close()
        with suppress(FileNotFoundError):
            self._partial.unlink()


class Sink:
    """Where one part goes: counts and hashes its bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self.size += len(data)
        self._out.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Reader:
    """Reads an archive; every part is compared with what the manifest says of it."""

    def __init__(self, source: Path) -> None:
        self.source = source
        try:
            self._zip = zipfile.ZipFile(source)
            self.manifest = Manifest.parse(self._zip.read(MANIFEST))
        except FileNotFoundError as error:
            raise UserError(f"There is no file {source}.") from error
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise UserError(f"{source} is not a whole backup of Rollcall. Use another copy.") from error

    def lines(self, table: str) -> Iterator[list[Any]]:
        """The rows of a table. Raises at the end when they are not the ones that were written."""
        part = self.manifest.tables[table]
        digest, rows = hashlib.sha256(), 0
        with self._open(f"tables/{table}.jsonl") as file:
            for line in file:
                digest.update(line)
                rows += 1
                try:
                    values: list[Any] = orjson.loads(line)
                except ValueError as error:
                    raise self._damaged(table) from error
                yield values
        if digest.hexdigest() != part.sha256 or rows != part.rows:
            raise self._damaged(table)

    def extract(self, name: str, target: Path) -> None:
        """Write one file of the data folder, whole or not at all."""
        part = self.manifest.files[name]
        partial = target.with_name(target.name + ".partial")
        partial.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with self._open(f"files/{name}") as file, partial.open("wb") as out:
                while block := file.read(BLOCK):
                    digest.update(block)
                    out.write(block)
            if digest.hexdigest() != part.sha256:
                raise self._damaged(name)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def verify(self) -> None:
        """Read all of it once; raises UserError when a part is missing, not what was written, or would lie
        where no backup puts anything."""
        for name in self.manifest.files:
            _require_known_place(name)
        for table in self.manifest.tables:
            for _row in self.lines(table):
                pass
        for name, part in self.manifest.files.items():
            with self._open(f"files/{name}") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:  # type: ignore[arg-type]  # A zip entry is a binary file too.
                    raise self._damaged(name)

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as file:
                yield file
        except (KeyError, zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise self._damaged(name) from error

    def _damaged(self, name: str) -> UserError:
        return UserError(f"{self.source} is damaged at {name}. Use another copy; nothing was changed.")

    def close(self) -> None:
        self._zip.close()


def _require_known_place(name: str) -> None:
    """Only files of the folders that are backed up come back: none may become the key or the database."""
    path = safe_path(Path(), name)
    if len(path.parts) < 2 or path.parts[0] not in FOLDERS:
        raise UserError(f"The backup names a file {name!r}, which no backup holds. Nothing was changed.")


def safe_path(folder: Path, name: str) -> Path:
    """Where a file of an archive belongs; raises UserError for a name that leads out of the folder."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise UserError(f"The backup names a file {name!r}, which is no place inside the data folder.")
    return folder.joinpath(*parts)
