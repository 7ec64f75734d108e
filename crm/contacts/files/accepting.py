"""Which files may be attached: what the name promises must be what the bytes are."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO

from flask_babel import gettext as _

from crm.contacts.files import pictures
from crm.errors import UserError
from crm.transfer.cleaning.text import squash

MEGABYTE = 1024 * 1024
LARGEST = 25 * MEGABYTE
LONGEST_NAME = 150
SNIFFED = 64 * 1024
MOST_MEMBERS = 20_000

Check = Callable[[bytes, str], bool]


@dataclass(frozen=True)
class Upload:
    """A file that may be kept: its bytes as they will be stored, and what they are."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Format:
    """A kind of file: its media type, and whether bytes are of it."""

    media_type: str
    fits: Check


def _sniffs(content: bytes, suffix: str) -> bool:
    """Whether the first bytes are those of files with this suffix."""
    import puremagic

    try:
        found = puremagic.magic_string(content[:SNIFFED])
    except (puremagic.PureError, ValueError):
        return False
    return any(each.extension == suffix for each in found)


def _has_member(member: str) -> Check:
    """An office file is a zip archive with a certain part in it; one with macros is refused."""

    def check(content: bytes, suffix: str) -> bool:
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
        if len(names) > MOST_MEMBERS:
            return False
        return member in names and not any(name.lower().endswith("vbaproject.bin") for name in names)

    return check


def _open_document(media_type: str) -> Check:
    def check(content: bytes, suffix: str) -> bool:
        return _has_member("content.xml")(content, suffix) and media_type.encode() in content[:200]

    return check


def _text(content: bytes, _suffix: str) -> bool:
    """Text of any common encoding: no NUL, unless it says that it is UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\0" not in content and not content.startswith((b"%PDF", b"PK\x03\x04", b"\x7fELF", b"{\\rtf"))


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
FORMATS = {
    ".pdf": Format("application/pdf", _sniffs),
    ".docx": Format(f"{_OFFICE}.wordprocessingml.document", _has_member("word/document.xml")),
    ".xlsx": Format(f"{_OFFICE}.spreadsheetml.sheet", _has_member("xl/workbook.xml")),
    ".pptx": Format(f"{_OFFICE}.presentationml.presentation", _has_member("ppt/presentation.xml")),
    ".odt": Format(f"{_OPEN}.text", _open_document(f"{_OPEN}.text")),
    ".ods": Format(f"{_OPEN}.spreadsheet", _open_document(f"{_OPEN}.spreadsheet")),
    ".odp": Format(f"{_OPEN}.presentation", _open_document(f"{_OPEN}.presentation")),
    ".doc": Format("application/msword", _sniffs),
    ".xls": Format("application/vnd.ms-excel", _sniffs),
    ".ppt": Format("application/vnd.ms-powerpoint", _sniffs),
    ".rtf": Format("application/rtf", _sniffs),
    ".txt": Format("text/plain", _text),
    ".md": Format("text/plain", _text),
    ".csv": Format("text/csv", _text),
    ".ics": Format("text/calendar", _text),
    ".vcf": Format("text/vcard", _text),
    ".jpg": Format("image/jpeg", _sniffs),
    ".jpeg": Format("image/jpeg", _sniffs),
    ".png": Format("image/png", _sniffs),
    ".webp": Format("image/webp", _sniffs),
}


def accept(name: str, stream: BinaryIO) -> Upload:
    """The upload as it may be kept; raises UserError with what is wrong. Pictures are made anew, so that
    nothing hides in them and no place or camera is told."""
    file_name = safe_name(name)
    suffix = PurePath(file_name).suffix.lower()
    known = FORMATS.get(suffix)
    if known is None:
        raise UserError(
            _(
                "“%(name)s” is not a kind of file that can be kept here. Use PDF, Word, Excel, PowerPoint, "
                "OpenDocument, text, or a picture (JPEG, PNG, WebP).",
                name=file_name,
            )
        )
    content = _read(stream, file_name)
    if not known.fits(content, suffix):
        raise UserError(
            _(
                "“%(name)s” is not what its name says: its content is no %(kind)s file. Open it in its "
                "program, save it again, and try once more.",
                name=file_name,
                kind=suffix[1:].upper(),
            )
        )
    if known.media_type.startswith("image/"):
        content = pictures.clean(content, file_name)
    return Upload(file_name, known.media_type, content)


def _read(stream: BinaryIO, file_name: str) -> bytes:
    content = stream.read(LARGEST + 1)
    if not content:
        raise UserError(_("“%(name)s” is empty. Choose another file.", name=file_name))
    if len(content) > LARGEST:
        raise UserError(
            _(
                "“%(name)s” is too large: at most %(most)s MB can be attached.",
                name=file_name,
                most=LARGEST // MEGABYTE,
            )
        )
    return content


def safe_name(name: str) -> str:
    """The last part of a file's name, on one line, at most 150 characters, its suffix kept."""
    last = squash(name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    if not last:
        raise UserError(_("Choose a file first."))
    suffix = PurePath(last).suffix[:12]
    return last if len(last) <= LONGEST_NAME else last[: LONGEST_NAME - len(suffix)] + suffix
