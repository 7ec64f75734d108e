"""Objects of a JSON array, or one on each line, one after another, whatever the size of the file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile

BLOCK: Final = 1 << 18
LONGEST: Final = 1 << 22
_UNKEPT: Final = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
"""An empty character (NUL) as JSON writes it, and maybe half of a character: no database keeps either."""
_SKIPPED: Final = " \t\r\n,[]"


def objects(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its number, from 1. BadFile where the text is none."""
    decoder, buffer, number = json.JSONDecoder(), "", 0
    with path.open(encoding="utf-8-sig") as file:
        while True:
            block = _read(file, name)
            buffer += block
            while (start := _start(buffer)) is not None:
                try:
                    found, end = decoder.raw_decode(buffer, start)
                except ValueError:
                    if block and len(buffer) - start < LONGEST:
                        break
                    raise _broken(name, number + 1) from None
                if not isinstance(found, dict):
                    raise _broken(name, number + 1)
                number += 1
                yield number, _kept(found) if _UNKEPT.search(buffer, start, end) else found
                buffer = buffer[end:]
            if not block:
                return


def _kept(found: Any) -> Any:
    """The same with texts that can be kept."""
    if isinstance(found, dict):
        return {name: _kept(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_kept(value) for value in found]
    if isinstance(found, str):
        return found.replace("\0", "").encode(errors="replace").decode()
    return found


def _read(file: Any, name: str) -> str:
    try:
        return str(file.read(BLOCK))
    except UnicodeDecodeError as error:
        raise BadFile(_("“%(name)s” is not a text in UTF-8.", name=name)) from error


def _start(buffer: str) -> int | None:
    for index, character in enumerate(buffer):
        if character not in _SKIPPED:
            return index
    return None


def _broken(name: str, number: int) -> BadFile:
    return BadFile(
        _("“%(name)s” is not JSON that can be read, in object %(number)s.", name=name, number=number)
    )


def flat(found: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """The texts of an object by their path: `studentReference/studentUniqueId`."""
    texts: dict[str, str] = {}
    for key, value in found.items():
        if isinstance(value, dict):
            texts |= flat(value, f"{prefix}{key}/")
        elif value is not None and not isinstance(value, list):
            texts[f"{prefix}{key}"] = (
                ("true" if value else "false") if isinstance(value, bool) else str(value)
            )
    return texts
