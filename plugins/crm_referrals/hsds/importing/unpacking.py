"""What somebody hands in as files by their names: a folder, one file, a zip, or what a page uploads."""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _

MOST: Final = 50_000_000
_UNREADABLE: Final = (
    zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError, EOFError, OSError,
    ValueError,
)  # fmt: skip
"""What a zip raises that is damaged, has a password or is packed in an unusual way."""


def plain_name(given: str) -> str:
    """A file's own name without folders and without what no line of text shows."""
    name = re.sub(r"[\0-\x1f\x7f\ud800-\udfff]", "", given.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return f"{name[:60]}…{name[-20:]}" if len(name) > 100 else name or "?"


def sender_of(names: Iterable[str]) -> str:
    """Whose directory it is as far as the names of its files tell: without dates, numbers and endings, which
    are others each month; 80 letters at most."""
    stems = (re.sub(r"[\d\W_]+", " ", PurePosixPath(plain_name(each)).stem).strip() for each in names)
    return ", ".join(sorted(dict.fromkeys(filter(None, stems))))[:80].strip() or "?"


def of_path(path: Path) -> dict[str, bytes]:
    """The CSV files of a folder, or one file or zip."""
    if not path.is_dir():
        return of_uploads([(path.name, path.read_bytes())])
    inside = sorted(each for each in path.iterdir() if each.suffix.lower() == ".csv" and each.is_file())
    return _readable(path.name, {each.name: each.read_bytes() for each in inside})


def of_uploads(uploads: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Files as they were sent, names and contents; a zip is unpacked. UserError for what cannot be read."""
    given = [(plain_name(name), content) for name, content in uploads]
    if len(given) == 1:
        name, content = given[0]
        inside = _unpacked(name, content) if zipfile.is_zipfile(io.BytesIO(content)) else {name: content}
        return _readable(name, inside)
    if not all(name.lower().endswith(".csv") for name, _content in given):
        raise UserError(_("Choose one JSON or zip file, or any number of CSV files."))
    found: dict[str, bytes] = {}
    for name, content in given:
        _put(found, name, content)
    return found


def _put(found: dict[str, bytes], name: str, content: bytes) -> None:
    if name in found:
        raise UserError(
            _("Two of the files are called %(file)s. Give one of them another name first.", file=name)
        )
    found[name] = content


def _is_wanted(path: str) -> bool:
    """Whether a file of a zip is one of a directory; a Mac puts a hidden shadow beside each file."""
    parts = PurePosixPath(path).parts
    hidden = any(each.startswith((".", "__MACOSX")) for each in parts)
    return path.lower().endswith((".csv", ".json")) and not hidden and parts[-1] != "datapackage.json"


def _unpacked(name: str, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if _is_wanted(each.filename)]
            if sum(each.file_size for each in members) > MOST:
                raise UserError(_("This zip would unpack to more than 50 MB. Split it in parts."))
            for each in members:
                _put(found, plain_name(each.filename), archive.read(each))
    except _UNREADABLE as error:
        raise UserError(
            _(
                "%(file)s cannot be unpacked: it is damaged, or it has a password. Make the zip anew without "
                "a password, or choose the CSV files themselves.",
                file=name,
            )
        ) from error
    return found


def _readable(name: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """The same where there is something to read: CSV files, or one JSON file."""
    kinds = [each.lower().rsplit(".", 1)[-1] for each in files]
    if "csv" not in kinds and "json" not in kinds:
        raise UserError(
            _(
                "There is neither a CSV nor a JSON file in %(file)s. Save a spreadsheet as CSV first, then "
                "choose that file.",
                file=name,
            )
        )
    if "csv" not in kinds and len(files) > 1:
        raise UserError(_("Choose one JSON or zip file, or any number of CSV files."))
    return files
