"""The text of a file of unknown encoding, in blocks that end with a line.

Bytes are UTF-8 wherever they can be: a line that is not is read in the one-byte encoding that suits the
file's other such lines best. So one rule serves files in UTF-8, files in an old encoding, and files that
somebody pasted together from both.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.readers.sniff import utf16_without_mark

BLOCK: Final = 256 * 1024
# What an import page may offer when the guess is wrong.
ENCODINGS: Final = (
    "utf-8",
    "utf-16",
    "cp1252",
    "mac_roman",
    "cp1250",
    "cp1251",
    "iso8859_15",
    "cp437",
    "cp850",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
)
NAMES: Final = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LETTERS: Final = frozenset("áéíóúüñàâçèêëîïôöùûäßãõåøæìòÁÉÍÓÚÜÑÀÂÇÈÊËÎÏÔÖÙÛÄÃÕÅØÆ")
_MARKS: Final = frozenset("–—•®©™°ªº¿¡€£§«»\u00a0")
_CONTRACTION: Final = re.compile(r"(?:s|t|m|d|ll|re|ve)\b|[A-Z]")
_SAMPLED_LINES: Final = 2000


@dataclass(slots=True)
class Encoding:
    """How the bytes of a file become text.

    `name` is the encoding of the file as a whole; `fallback` that of lines which are not UTF-8 in a file
    that otherwise is, `strays` their number and `first_stray` the line of the first.
    """

    name: str
    skip: int = 0
    fallback: str = "cp1252"
    strays: int = 0
    first_stray: int = 0
    forced: bool = False

    @property
    def by_line(self) -> bool:
        return self.name in {"utf-8", self.fallback} and not self.forced


@dataclass(slots=True)
class Decoder:
    """Reads a file's text; counts what had to be left out or replaced."""

    path: Path
    encoding: Encoding
    longest: int
    nuls: int = 0
    undecodable: int = 0
    position: int = field(default=0, init=False)

    def blocks(self) -> Iterator[str]:
        """The text in blocks of about 256 KB, each but the last ending with a line end."""
        self.nuls = self.undecodable = 0
        for text in self._by_line() if self.encoding.by_line else self._by_codec():
            self.undecodable += text.count("\ufffd")
            if "\0" in text:
                self.nuls += text.count("\0")
                yield text.replace("\0", "")
            else:
                yield text

    def _by_line(self) -> Iterator[str]:
        for block, position in byte_blocks(self.path, self.encoding.skip, self.longest):
            self.position = position
            try:
                yield block.decode("utf-8")
            except UnicodeDecodeError:
                yield "".join(self._line(line) for line in block.splitlines(keepends=True))

    def _line(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            return line.decode(self.encoding.fallback, "replace")

    def _by_codec(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)("replace")
        rest = ""
        with self.path.open("rb") as file:
            file.seek(self.encoding.skip)
            while block := file.read(BLOCK):
                self.position = file.tell()
                text, rest = _cut(rest + decoder.decode(block))
                if len(rest) > self.longest:
                    raise line_too_long(self.path.name, self.longest)
                if text:
                    yield text
        if last := rest + decoder.decode(b"", final=True):
            yield last


def find_encoding(path: Path, longest: int) -> Encoding:
    """The encoding of a text file, found by reading all of it once (about 1 GB/s where it is plain)."""
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return _surveyed(path, len(mark), longest) if name == "utf-8" else Encoding(name, len(mark))
    if name := utf16_without_mark(head):
        return Encoding(name)
    return _surveyed(path, 0, longest)


def _surveyed(path: Path, skip: int, longest: int) -> Encoding:
    """Count the lines that are and are not UTF-8, and choose an encoding for the latter."""
    good = bad = first = line_number = 0
    strays: list[bytes] = []
    for block, _position in byte_blocks(path, skip, longest):
        if _is_utf8(block):
            good += not block.isascii()
            line_number += block.count(b"\n")
            continue
        lines = block.splitlines()
        strange = [(at, line) for at, line in enumerate(lines, line_number + 1) if not _is_utf8(line)]
        good += sum(1 for line in lines if not line.isascii()) - len(strange)
        first = first or strange[0][0]
        bad += len(strange)
        strays += [line for _at, line in strange[: _SAMPLED_LINES - len(strays)]]
        line_number += len(lines)
    fallback = _one_byte_encoding(strays)
    if bad and not good and not skip:
        return Encoding(fallback, skip, fallback)
    return Encoding("utf-8", skip, fallback, bad, first)


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _one_byte_encoding(lines: list[bytes]) -> str:
    """Windows or old Macintosh, by which of the two turns the strange bytes into likely letters."""
    sample = b"\n".join(lines)
    return "mac_roman" if _likelihood(sample, "mac_roman") > _likelihood(sample, "cp1252") else "cp1252"


def _likelihood(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, "replace")
    return sum(_plausible(text, at) for at, char in enumerate(text) if not char.isascii())


def _plausible(text: str, at: int) -> float:
    """How likely a strange character stands where it does: `é` in José, `’` in O’Brien, `–` alone."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char in _LETTERS:
        if char.isupper():
            return -1 if before.islower() else 1
        return 1 if (before.isalpha() or after.isalpha()) and not after.isupper() else -1
    if char == "’" and before.isalpha() and after.isalpha():
        return 1.5 if _CONTRACTION.match(text, at + 1) or not text[at - 2 : at - 1].isalpha() else -1
    return _plausible_mark(char, before, after)


def _plausible_mark(char: str, before: str, after: str) -> float:
    if char in "“‘":
        return -1 if before.isalpha() else 1.5
    if char in "’”…":
        return -1 if after.isalpha() else 1.5
    return 1 if char in _MARKS and not (before.isalpha() and after.isalpha()) else -1


def byte_blocks(path: Path, skip: int, longest: int) -> Iterator[tuple[bytes, int]]:
    """Blocks of bytes that end with a line end, with the place in the file after each."""
    rest = b""
    with path.open("rb") as file:
        file.seek(skip)
        while block := file.read(BLOCK):
            block = rest + block if rest else block
            end = block.rfind(b"\n") + 1 or _last_return(block)
            if not end and len(block) > longest:
                raise line_too_long(path.name, longest)
            if end:
                yield block[:end], file.tell()
            rest = block[end:]
        if rest:
            yield rest, file.tell()


def _last_return(block: bytes) -> int:
    """After the last lone carriage return (old Macintosh files) but one at the very end."""
    return block.rfind(b"\r", 0, len(block) - 1) + 1


def _cut(text: str) -> tuple[str, str]:
    end = text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1
    return text[:end], text[end:]


def line_too_long(name: str, longest: int) -> BadFile:
    return BadFile(
        _(
            "A line of “%(name)s” has more than %(longest)s characters; this is not a list, "
            "or its line ends were lost. Save it again as CSV and choose it again.",
            name=name,
            longest=longest,
        )
    )
