"""Files on their way in and out: `imports/` and `exports/` in the data folder, under random names."""

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, Literal

from flask_babel import gettext as _

from crm.errors import UserError
from crm.runtime import runtime
from crm.transfer.readers.limits import MIB

Folder = Literal["imports", "exports"]
_BLOCK: Final = 1024 * 1024
_KEY: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Stored:
    """A file that was kept: its key, its size in bytes, and the SHA-256 of its content in hex."""

    key: str
    size: int
    sha256: str


def folder(name: Folder) -> Path:
    """The folder, made if it is missing; for this account alone."""
    path = runtime().config.data_dir / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def path_of(name: Folder, key: str, suffix: str = "") -> Path:
    """Where the file of a key lies; ValueError for what is no key of ours."""
    if len(key) != 32 or not _KEY.issuperset(key):
        raise ValueError("not the key of a stored file")
    return folder(name) / f"{key}{suffix}"


def new_path(name: Folder) -> tuple[str, Path]:
    """A key that was never used, and where its file will lie."""
    key = secrets.token_hex(16)
    return key, path_of(name, key)


def keep(stream: IO[bytes], name: str, most: int) -> Stored:
    """Store an upload, a block at a time; UserError when it has more bytes than `most`."""
    key, path = new_path("imports")
    digest, size = sha256(), 0
    try:
        with path.open("wb") as file:
            while size <= most and (block := stream.read(_BLOCK)):
                size += len(block)
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        _refuse_too_large(size, name, most)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Stored(key, size, digest.hexdigest())


def _refuse_too_large(size: int, name: str, most: int) -> None:
    if size > most:
        raise UserError(too_large(name, most))


def too_large(name: str, most: int) -> str:
    return _(
        "“%(name)s” is too large: at most %(limit)s MB can be imported at once. Split it into smaller files "
        "and import them one after the other.",
        name=name,
        limit=most // MIB,
    )


def remove(name: Folder, key: str) -> None:
    """Delete a stored file with what was noted beside it; one that is gone already is fine."""
    if key:
        for path in folder(name).glob(f"{path_of(name, key).name}*"):
            path.unlink(missing_ok=True)
