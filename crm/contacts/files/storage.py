"""Where the bytes of attachments and photos lie: `files/<aa>/<random>` in the data folder.

A file is written before the transaction that names it ends, so a row never names bytes that are not there.
The other way round is harmless: `orphan_files` finds what no row and no journal entry names.
"""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from crm import db
from crm.access.guard import system
from crm.contacts.models import Attachment, Contact
from crm.journal.models import JournalEntry
from crm.runtime import runtime

KEY = re.compile(r"[0-9a-f]{32}")
NAMED_BY: list[tuple[type[Any], str]] = [(Attachment, "storage_key"), (Contact, "photo_key")]
"""The columns that name stored files; features that keep files add theirs."""
YOUNG = 24 * 3600
"""Seconds during which a file without a row may still be on its way into one."""


def folder() -> Path:
    return runtime().config.data_dir / "files"


def path_of(key: str) -> Path:
    """Where the bytes of a key lie; ValueError for what is no key of ours."""
    if not KEY.fullmatch(key):
        raise ValueError("not the key of a stored file")
    return folder() / key[:2] / key


def keep(content: bytes) -> str:
    """Store bytes durably under a new random key."""
    key = secrets.token_hex(16)
    path = path_of(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix="new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
        _sync_folder(path.parent)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
    return key


def _sync_folder(path: Path) -> None:
    """A renamed file survives a loss of power only when its folder is written out too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(key: str) -> bytes:
    """The bytes of a key; empty when they are gone, as after a restore without files."""
    try:
        return path_of(key).read_bytes()
    except FileNotFoundError:
        return b""


def remove(keys: Iterable[str]) -> None:
    """Delete stored files; those that are gone already are fine."""
    for key in keys:
        path_of(key).unlink(missing_ok=True)


def stored(older_than: float = YOUNG) -> Iterator[str]:
    """The names of all stored files, half-written ones too, that are older than so many seconds."""
    latest = time.time() - older_than
    for path in folder().glob("*/*"):
        if path.stat().st_mtime <= latest:
            yield path.name


def remove_unused(keys: Iterable[str]) -> None:
    """Delete those of the files that neither a row nor the journal names."""
    unused = set(keys)
    if unused:
        unused -= set(_named_by_rows()) | set(_named_by_journal())
    remove(unused)


def orphan_files(older_than: float = YOUNG) -> list[str]:
    """Stored files that no row names and no entry of the journal could bring back."""
    waiting = set(stored(older_than))
    if waiting:
        waiting -= set(_named_by_rows()) | set(_named_by_journal())
    return sorted(waiting)


def remove_orphans() -> int:
    """Delete what `orphan_files` finds; returns how many."""
    found = orphan_files()
    for name in found:
        (folder() / name[:2] / name).unlink(missing_ok=True)
        for half_written in folder().glob(f"*/{name}"):
            half_written.unlink(missing_ok=True)
    return len(found)


def _named_by_rows() -> Iterator[str]:
    for model, column in NAMED_BY:
        named = getattr(model, column)
        with system("which stored files are in use"):
            found = db.session().execute(select(named).where(named.is_not(None))).scalars()
            yield from (key for key in found if key)


def _named_by_journal() -> Iterator[str]:
    """Keys in entries of these tables; undo may bring each of them back."""
    entries: Table = db.table(JournalEntry)
    for model, column in NAMED_BY:
        for image in (entries.c.before, entries.c.after):
            key = image[column].as_string()
            mentioned = select(key).where(entries.c.table_name == db.table(model).name, key.is_not(None))
            with system("which stored files the journal can bring back"):
                yield from db.session().execute(mentioned).scalars()
