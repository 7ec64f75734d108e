"""Values of vCard properties: escapes, lists, structured values."""

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL: Final = re.compile(r"[\\,;\n]")


def unescape(value: str, *, old: bool) -> str:
    """The text: `\\n` is a line end, a backslash before anything else is left out.

    vCard 2.1 escapes separators only: there a backslash may be part of the text, as in a path.
    """
    if "\\" not in value:
        return value
    if old:
        return re.sub(r"\\([;,:\\])", r"\1", value)
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split(value: str, separator: str) -> list[str]:
    """The parts between separators that are not escaped, still escaped themselves."""
    if "\\" not in value:
        return value.split(separator)
    parts, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == separator:
            parts.append(value[start:at])
            start = at + 1
        at += 1
    return [*parts, value[start:]]


def components(value: str, count: int, *, old: bool) -> list[list[str]]:
    """A structured value (N, ADR, ORG) as `count` lists of texts without empty ones."""
    parts = split(value, ";")
    parts += [""] * (count - len(parts))
    return [
        [text for item in split(part, ",") if (text := unescape(item, old=old).strip())] for part in parts
    ]


def escape(text: str) -> str:
    """The text as a value of vCard 3.0 and 4.0."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SPECIAL.sub(lambda found: "\\n" if found[0] == "\n" else "\\" + found[0], text)
