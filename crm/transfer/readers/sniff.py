"""What a file really is, whatever its name says."""

import re
from pathlib import Path
from typing import Final, Literal

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.readers.archive import opened
from crm.transfer.readers.limits import MIB, Limits

FileKind = Literal["csv", "xlsx", "vcard"]

HEAD_BYTES: Final = 65536
_BY_SUFFIX: Final[dict[str, FileKind]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".vcf": "vcard",
    ".vcard": "vcard",
}
_SUFFIX: Final[dict[FileKind, str]] = {"csv": ".csv", "xlsx": ".xlsx", "vcard": ".vcf"}
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CARD: Final = re.compile(rb"\s*BEGIN[ \t]*:[ \t]*VCARD\b", re.IGNORECASE)
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def detect(path: Path, name: str | None = None, limits: Limits | None = None) -> FileKind:
    """What the file is, by its content; raises BadFile when it cannot be read or its name says otherwise.

    `name` is the name that the person gave it, where the file is kept under another one.
    """
    name = name or path.name
    limits = limits or Limits()
    _refuse_size(path, name, limits)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = _kind(path, head, name, limits)
    suffix = Path(name).suffix.lower()
    _refuse_wrong_name(found, suffix, name)
    if found == "csv" and not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile(_("“%(name)s” is empty. Choose a file that holds a list.", name=name))
    return found


def _refuse_size(path: Path, name: str, limits: Limits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise BadFile(_("“%(name)s” is empty. Choose a file that holds a list.", name=name))
    if size > limits.file_bytes:
        raise BadFile(
            _(
                "“%(name)s” has %(size)s MB; at most %(limit)s MB can be imported. "
                "Split it into smaller files and import them one after the other.",
                name=name,
                size=size // MIB,
                limit=limits.file_bytes // MIB,
            )
        )


def _kind(path: Path, head: bytes, name: str, limits: Limits) -> FileKind:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path, name, limits)
    if head.startswith(_OLE):
        raise BadFile(_old_excel(path, name))
    if not looks_like_text(head):
        raise BadFile(
            _(
                "“%(name)s” is %(what)s, not a list. Choose a CSV, XLSX or vCard file.",
                name=name,
                what=_what_it_is(head),
            )
        )
    text = _plain_head(head)
    if _CARD.match(text):
        return "vcard"
    _refuse_other_text(text, name)
    return "csv"


def looks_like_text(head: bytes) -> bool:
    """False for pictures, archives, programs: what has many control characters.

    UTF-16 is text: there every other byte of Latin letters is zero.
    """
    if head.startswith(_BOMS) or utf16_without_mark(head):
        return True
    strange = len(head) - len(head.translate(None, _CONTROLS))
    return strange <= max(8, len(head) // 20) and not head.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG"))


_CONTROLS: Final = bytes([*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F])


def utf16_without_mark(head: bytes) -> str:
    """`utf-16-le`, `utf-16-be` or nothing, by the place of the zero bytes."""
    sample = head[: min(len(head), 4096) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half < 4:
        return ""
    if odd * 10 >= half * 6 and even * 10 <= half:
        return "utf-16-le"
    return "utf-16-be" if even * 10 >= half * 6 and odd * 10 <= half else ""


def _plain_head(head: bytes) -> bytes:
    """The beginning without its byte order mark and without UTF-16's zero bytes, to look for marks in."""
    for mark in _BOMS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip()


def _refuse_other_text(text: bytes, name: str) -> None:
    start = text[:512].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta")):
        raise BadFile(
            _(
                "“%(name)s” is a web page that only has the name of a list. "
                "Open it in Excel, save it as XLSX or CSV and choose that file.",
                name=name,
            )
        )
    if start.startswith((b"<?xml", b"<workbook")):
        raise BadFile(
            _(
                "“%(name)s” is an XML document. Open it in Excel, save it as XLSX and choose that file.",
                name=name,
            )
        )
    if start.startswith((b"{", b"[{", b"[\n", b"[\r\n")):
        raise BadFile(
            _("“%(name)s” is a JSON document. Export the list as CSV, XLSX or vCard instead.", name=name)
        )
    if start.startswith((b"{\\rtf", b"begin:vcalendar", b"from ", b"%pdf")):
        raise BadFile(
            _(
                "“%(name)s” is a document, a calendar or mail, not a list. Choose a CSV, XLSX or vCard file.",
                name=name,
            )
        )


def _refuse_wrong_name(found: FileKind, suffix: str, name: str) -> None:
    expected = _BY_SUFFIX.get(suffix)
    if expected == found or (expected is None and suffix not in {".xls", ".xlsb", ".ods", ".numbers"}):
        return
    kinds = {"csv": _("a CSV text"), "xlsx": _("an Excel workbook"), "vcard": _("a vCard")}
    raise BadFile(
        _(
            "“%(name)s” is not what its name says: it is %(what)s. "
            "If that is right, rename it so that it ends in %(suffix)s and choose it again.",
            name=name,
            what=kinds[found],
            suffix=_SUFFIX[found],
        )
    )


def _zip_kind(path: Path, name: str, limits: Limits) -> FileKind:
    with opened(path, name, limits) as archive:
        members = archive.namelist()
    if "[Content_Types].xml" in members and any(member.startswith("xl/") for member in members):
        if "xl/workbook.bin" in members:
            raise BadFile(_save_as_xlsx(name, _("a binary Excel workbook (XLSB)")))
        return "xlsx"
    if "mimetype" in members and "content.xml" in members:
        raise BadFile(_save_as_xlsx(name, _("an OpenDocument file (ODS)")))
    if any(member.endswith(".iwa") for member in members):
        raise BadFile(_save_as_xlsx(name, _("an Apple Numbers document")))
    if "[Content_Types].xml" in members:
        raise BadFile(_save_as_xlsx(name, _("a document of another Office program")))
    raise BadFile(
        _(
            "“%(name)s” is an archive of %(count)s files. Unpack it and choose the list inside.",
            name=name,
            count=len(members),
        )
    )


def _save_as_xlsx(name: str, what: str) -> str:
    return _(
        "“%(name)s” is %(what)s. Open it, save it as XLSX or CSV and choose that file.", name=name, what=what
    )


def _old_excel(path: Path, name: str) -> str:
    with path.open("rb") as file:
        if "EncryptedPackage".encode("utf-16-le") in file.read(4 * MIB):
            return _(
                "“%(name)s” is protected by a password. Open it in Excel, remove the password, "
                "save it and choose it again.",
                name=name,
            )
    return _save_as_xlsx(name, _("an old Excel workbook (XLS) or another old Office document"))


def _what_it_is(head: bytes) -> str:
    from puremagic import PureError, from_string

    try:
        suffix = from_string(head)
    except (PureError, ValueError):
        return _("no text")
    return _("a file of the kind %(suffix)s", suffix=suffix)
