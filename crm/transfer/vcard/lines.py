"""The content lines of a vCard file of any version: unfolded, decoded, taken apart.

RFC 6350 (4.0), RFC 2426 (3.0) and the vCard 2.1 specification of 1996; where files of real programs differ
from these, the files are right.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.readers.encodings import Decoder, Encoding, byte_blocks, find_encoding
from crm.transfer.readers.limits import MIB, Limits

_QUOTED_PRINTABLE: Final = re.compile(rb"[^:]{0,200}QUOTED-PRINTABLE[^:]{0,200}:", re.IGNORECASE)
_BASE64: Final = re.compile(rb"[^:]{0,200}[;=](?:BASE64|B)[;:]", re.IGNORECASE)
_BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/=]+")
_NAME: Final = re.compile(rb"(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)(?=[;:])")
_PARAMETER: Final = re.compile(rb';([^=:;"]*)(?:=((?:"[^"]*"|[^;:"])*))?')
_CARET: Final = re.compile(r"\^([n'^])")


@dataclass(slots=True)
class Property:
    """One property: `name` and parameters in capitals, its group (`item1`), the value still escaped."""

    name: str
    value: str
    group: str = ""
    parameters: dict[str, list[str]] = field(default_factory=dict)

    @property
    def types(self) -> set[str]:
        return {value.lower() for value in self.parameters.get("TYPE", ())}


@dataclass(slots=True)
class Card:
    """The properties between BEGIN and END; `line` is where it begins."""

    line: int
    version: str = "3.0"
    properties: list[Property] = field(default_factory=list)

    @property
    def is_old(self) -> bool:
        return self.version == "2.1"


class CardFile:
    """The cards of a file, one after the other; `position` of `size` bytes were read."""

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.position = 0
        self.size = max(path.stat().st_size, 1)
        self._path = path
        self.encoding: Encoding = find_encoding(path, limits.row_chars)

    def cards(self) -> Iterator[Card]:
        """Each card; what stands outside of cards is passed over, cards within cards (AGENT) too."""
        card: Card | None = None
        depth = size = 0
        for number, line in _logical_lines(self._physical_lines()):
            mark = line[:40].replace(b" ", b"").replace(b"\t", b"").upper()
            if mark.startswith(b"BEGIN:VCARD"):
                depth += 1
                if depth == 1:
                    card, size = Card(number), 0
            elif mark.startswith(b"END:VCARD"):
                depth = max(depth - 1, 0)
                if card is not None and depth == 0:
                    yield card
                    card = None
            elif card is not None and depth == 1:
                size += len(line)
                self._refuse_large(card, size)
                self._add(card, line)
        if card is not None:
            yield card

    def _add(self, card: Card, line: bytes) -> None:
        found = parse_line(line, self.encoding.fallback)
        if found is None:
            return
        if found.name == "VERSION":
            card.version = found.value.strip()
        else:
            card.properties.append(found)

    def _physical_lines(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        for block in self._blocks():
            for line in block.splitlines():
                number += 1
                yield number, line

    def _blocks(self) -> Iterator[bytes]:
        if self.encoding.by_line:
            for block, position in byte_blocks(self._path, self.encoding.skip, self.limits.row_chars):
                self.position = position
                # Some telephones end their lines with two carriage returns.
                yield block.replace(b"\r\r\n", b"\r\n")
            return
        decoder = Decoder(self._path, self.encoding, self.limits.row_chars)
        for text in decoder.blocks():
            self.position = decoder.position
            yield text.encode("utf-8", "replace")

    def _refuse_large(self, card: Card, size: int) -> None:
        if size <= self.limits.card_bytes:
            return
        raise BadFile(
            _(
                "The card that begins in line %(line)s of “%(name)s” is larger than %(limit)s MB. "
                "Remove its photo and choose the file again.",
                line=card.line,
                name=self.name,
                limit=self.limits.card_bytes // MIB,
            )
        )


class _Unfolder:
    """The pieces of the line that is being put together, and how it may go on."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.start = 1
        self.old = False
        self._soft = self._base64 = False

    def begin(self, number: int, raw: bytes) -> None:
        self.parts, self.start = [raw], number
        self._soft = raw.endswith(b"=") and _QUOTED_PRINTABLE.match(raw) is not None
        self._base64 = _BASE64.match(raw) is not None
        if raw[:8].upper() == b"VERSION:":
            self.old = raw[8:].strip() == b"2.1"

    def goes_on(self, raw: bytes) -> bool:
        """Take a physical line that belongs to this one: after the `=` of quoted-printable, after a space,
        or, as careless programs write it, as bare base64."""
        if not self.parts:
            return False
        if self._soft:
            self.parts[-1] = self.parts[-1].removesuffix(b"=")
            self.parts.append(raw.strip(b" \t") if raw.startswith((b" ", b"\t")) else raw)
            self._soft = raw.endswith(b"=")
            return True
        if raw[:1] in {b" ", b"\t"}:
            # In 2.1 a line breaks where a space is, and keeps it; later versions add the space.
            self.parts.append(raw if self.old and not self._base64 else raw[1:])
            return True
        if self._base64 and _BASE64_LINE.fullmatch(raw):
            self.parts.append(raw)
            return True
        return False


def _logical_lines(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Unfolded lines with the number of the first physical line of each."""
    line = _Unfolder()
    for number, raw in lines:
        if line.goes_on(raw) or not raw.strip():
            continue
        if line.parts:
            yield line.start, b"".join(line.parts)
        line.begin(number, raw)
    if line.parts:
        yield line.start, b"".join(line.parts)


def parse_line(line: bytes, fallback: str) -> Property | None:
    """A content line taken apart; None for what is none. Bytes that are not UTF-8 are read as `fallback`."""
    found = _NAME.match(line)
    if found is None:
        return None
    parameters: dict[str, list[str]] = {}
    at = found.end()
    while at < len(line) and line[at : at + 1] == b";" and (part := _PARAMETER.match(line, at)):
        _add_parameter(parameters, part, fallback)
        at = part.end()
    if line[at : at + 1] != b":":
        return None
    value = _value(line[at + 1 :], parameters, fallback)
    return Property(
        found[2].decode("ascii").upper(), value, (found[1] or b"").decode("ascii").lower(), parameters
    )


def _add_parameter(parameters: dict[str, list[str]], part: re.Match[bytes], fallback: str) -> None:
    name = _text(part[1], fallback).strip().upper()
    if part[2] is None:
        # vCard 2.1 leaves the name of the parameter out: TEL;HOME;QUOTED-PRINTABLE:
        name, values = _bare(name)
    else:
        text = _CARET.sub(lambda mark: {"n": "\n", "'": '"', "^": "^"}[mark[1]], _text(part[2], fallback))
        # TYPE="work,voice" is meant as two types, whatever the quotes say.
        values = [value.strip() for value in text.replace('"', "").split(",")]
    parameters.setdefault(name, []).extend(value for value in values if value)


def _bare(value: str) -> tuple[str, list[str]]:
    if value in {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"}:
        return "ENCODING", [value]
    return "TYPE", [value]


def _value(raw: bytes, parameters: dict[str, list[str]], fallback: str) -> str:
    encoding = (parameters.get("ENCODING") or [""])[0].upper()
    if encoding != "QUOTED-PRINTABLE":
        return _text(raw, fallback)
    charset = (parameters.get("CHARSET") or ["utf-8"])[0]
    decoded = quopri.decodestring(raw)
    try:
        return decoded.decode(charset)
    except (LookupError, ValueError):
        # A broken last letter (Android cuts values at a length in bytes) costs that letter alone.
        return decoded.decode("utf-8", "ignore") if charset.lower() == "utf-8" else _text(decoded, fallback)


def _text(raw: bytes, fallback: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(fallback, "replace")
