"""Zip files that may be hostile: measured by their directory before anything is unpacked."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.readers.limits import MIB, Limits

_END: Final = b"PK\x05\x06"
_END64_LOCATOR: Final = b"PK\x06\x07"
_DIRECTORY_BYTES: Final = 8 * MIB
_ENCRYPTED: Final = 0x1
UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)


@contextmanager
def opened(path: Path, name: str, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive, if its directory declares nothing beyond the limits; raises BadFile otherwise.

    What the directory declares is then enforced while reading: zipfile gives no more bytes of a member
    than declared and compares the checksum, so that a size which lies ends in an error, not in memory.
    """
    try:
        _refuse_large_directory(path, name, limits)
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive, path, name, limits)
            yield archive
    except UNREADABLE as error:
        raise damaged(name) from error


def damaged(name: str) -> BadFile:
    return BadFile(
        _(
            "“%(name)s” is damaged: it begins like an Excel workbook but cannot be read to its end. "
            "Open it in Excel, save it again and choose the new file.",
            name=name,
        )
    )


def _refuse_large_directory(path: Path, name: str, limits: Limits) -> None:
    """Before zipfile makes an object of each entry, ask the end record how many there are."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 65_557, 0))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0:
            raise damaged(name)
        entries, length = struct.unpack_from("<HL", tail, at + 10)
        if at >= 20 and tail[at - 20 : at - 16] == _END64_LOCATOR:
            file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
            entries, length = struct.unpack_from("<QQ", file.read(56), 32)
    if entries > limits.members or length > _DIRECTORY_BYTES:
        raise _bomb(name, _("%(count)s files inside", count=entries))


def _refuse_bomb(archive: zipfile.ZipFile, path: Path, name: str, limits: Limits) -> None:
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if total > limits.unpacked_bytes:
        raise _bomb(name, _("%(size)s MB unpacked", size=total // MIB))
    if total > limits.ratio_from and total // packed > limits.ratio:
        raise _bomb(name, _("%(size)s MB made of %(packed)s KB", size=total // MIB, packed=packed // 1024))
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise BadFile(
                _(
                    "“%(name)s” is protected by a password. Remove it, save the file and choose it again.",
                    name=name,
                )
            )
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise damaged(name)


def _bomb(name: str, what: str) -> BadFile:
    return BadFile(
        _(
            "“%(name)s” would unpack to far more than a list needs (%(what)s), so it was not "
            "opened. Save the list as CSV and choose that file.",
            name=name,
            what=what,
        )
    )
