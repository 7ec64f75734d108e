"""Files that were looked at travel with the page that shows what would happen, so that nobody has to choose
them a second time; nothing is stored until they come in."""

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _

MOST: Final = 1_500_000
"""Letters that a page carries; larger files are chosen again."""
MOST_UNPACKED: Final = 50_000_000
Files = Sequence[tuple[str, bytes]]


def pack(files: Files, mapping: bytes | None) -> str:
    """The files as one text for a hidden field; empty where they are too large for that."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(files):
            archive.writestr(f"{number}/{name}", content)
        if mapping is not None:
            archive.writestr("map", mapping)
    text = base64.b64encode(out.getvalue()).decode()
    return text if len(text) <= MOST else ""


def unpack(text: str) -> tuple[list[tuple[str, bytes]], bytes | None]:
    """What `pack` made: the files, and the mapping if there is one. UserError for anything else."""
    files, mapping = [], None
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text, validate=True))) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED:
                raise _lost()
            for each in archive.infolist():
                number, slash, name = each.filename.partition("/")
                if slash:
                    files.append((name, archive.read(each)))
                elif number == "map":
                    mapping = archive.read(each)
    except (ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _lost() from error
    if not files:
        raise _lost()
    return files, mapping


def _lost() -> UserError:
    return UserError(_("The files did not come along. Choose them again on the page of the import."))
