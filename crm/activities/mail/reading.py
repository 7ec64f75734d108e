"""A message of RFC 5322 as what is logged of it: who, when, the text, the files.

Python's newer policies parse each header into a tree, in a time that grows with the square of its length:
eight kilobytes of quotation marks take six seconds. So messages are read with the older one, and headers are
taken apart here, none longer than people need.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.policy import compat32
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

from flask_babel import gettext as _

from crm.activities.mail import html
from crm.errors import UserError
from crm.transfer.cleaning.text import squash

LARGEST: Final = 40 * 1024 * 1024
"""Bytes: what attachments of 25 MB become on their way."""
LONGEST_TEXT: Final = 60_000
MOST_PARTS, MOST_ADDRESSES, MOST_FILES, DEEPEST = 500, 100, 20, 30
BROKEN: Final = (MessageError, ValueError, IndexError, AttributeError, TypeError, LookupError, AssertionError)
"""What Python's parser of headers raises for headers that nobody should have sent."""
LONGEST_HEADER, LONGEST_LIST = 4000, 20_000
"""Characters of a header; of one that lists addresses."""
ENDLESS: Final = re.compile(rb"^content-[a-z-]{1,30}:(?:[^\n]|\n[ \t]){4000}", re.IGNORECASE | re.MULTILINE)
"""A header of a part that nobody needs and that would take long to read."""
ENDS: Final = re.compile(r"<([^<>\s]{1,320})>|;")
"""Where one of a list of addresses ends; names may have commas, as Outlook writes them."""
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HALVES: Final = re.compile(r"[\ud800-\udfff]")
"""Halves of letters, which no database stores."""
CHARSETS: Final = re.compile(
    r"ascii|utf-(8|8-sig|16|16-[bl]e|32|32-[bl]e)|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|tis-620|big5\w*"
    r"|gb2312|gbk|gb18030|hz|euc_\w+|shift_jis\w*|iso2022_\w+|johab"
)
"""What mail is written in, as Python calls it. UTF-7 and Python's own inventions are not among it: nobody
writes them any more but to hide something."""


@dataclass(frozen=True)
class Address:
    """An address in lower case, and the name that stood with it."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class File:
    """A file that came with a message, as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """What a message says. `message_id` is never empty; `at` is in UTC, None where it says nothing sensible.
    `inner` are messages that came as attachments, the way some programs forward."""

    message_id: str
    sender: Address | None
    recipients: tuple[Address, ...]
    at: datetime | None
    subject: str
    text: str
    files: tuple[File, ...] = ()
    inner: tuple["Message", ...] = ()


def read(raw: bytes) -> Message:
    """Read a message; raises UserError with a sentence when it is none or too large."""
    if len(raw) > LARGEST:
        raise UserError(_("The message is larger than %(most)s MB.", most=LARGEST // 1024 // 1024))
    try:
        if ENDLESS.search(raw):
            raise ValueError("a header without end")
        parsed = message_from_bytes(raw, policy=compat32)
        if not (parsed.get("From") or parsed.get("Message-ID")):
            raise UserError(_("This is no email message: it says neither who sent it nor which one it is."))
        return _message(parsed, sha256(raw).hexdigest(), 0)
    except (RecursionError, *BROKEN) as error:
        raise UserError(_("The message is damaged and cannot be read.")) from error


def _message(parsed: Parsed, fingerprint: str, depth: int) -> Message:
    senders = addresses_in(parsed, "From")
    recipients = [*addresses_in(parsed, "To"), *addresses_in(parsed, "Cc")]
    parts = _Parts()
    parts.take(parsed, depth)
    inner = tuple(
        _message(each, f"{fingerprint}-{number}", depth + 1) for number, each in enumerate(parts.inner)
    )
    return Message(
        _message_id(parsed, fingerprint),
        senders[0] if senders else None,
        tuple(dict.fromkeys(recipients)),
        _date(parsed),
        squash(header(parsed, "Subject"))[:300],
        _shortened(parts.text()),
        tuple(parts.files),
        inner,
    )


# Headers.


def header(parsed: Parsed, name: str) -> str:
    """A header in letters; what cannot be decoded stays as it was sent."""
    return _decoded(_written(parsed, name)[:LONGEST_HEADER])


def _written(parsed: Parsed, name: str) -> str:
    """A header as it was sent, on one line. Letters that should have been encoded are taken for UTF-8, else
    for what Windows writes."""
    values = [str(value) for key, value in parsed.raw_items() if key.lower() == name.lower()]
    joined = ", ".join(values) if name in {"To", "Cc"} else "".join(values[:1])
    sent = joined[:LONGEST_LIST].encode("utf-8", "surrogateescape")
    try:
        text = sent.decode()
    except UnicodeDecodeError:
        text = sent.decode("cp1252", "replace")
    return CONTROLS.sub(" ", " ".join(text.split()))


def _decoded(text: str) -> str:
    """Encoded words (RFC 2047) as the letters they mean."""
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text)
        if not all(_is_ordinary(charset) for _part, charset in parts if charset):
            return text
        return whole(CONTROLS.sub(" ", str(make_header(parts))))
    except BROKEN:
        return text


def _is_ordinary(charset: str) -> bool:
    """Whether letters of mail are written so."""
    try:
        return CHARSETS.fullmatch(codecs.lookup(charset).name) is not None
    except (LookupError, ValueError):
        return False


def whole(text: str) -> str:
    """The text with a mark in place of halves of letters."""
    return HALVES.sub("\ufffd", text)


def addresses_in(parsed: Parsed, name: str) -> list[Address]:
    """The addresses of a header, in lower case; nonsense is left out."""
    return written_addresses(_written(parsed, name))[:MOST_ADDRESSES]


def written_addresses(text: str) -> list[Address]:
    """Addresses as headers and people write them: `Ana <a@x.org>, b@x.org; "Ode, Ben" <c@x.org>`."""
    text, place = text[:LONGEST_LIST], 0
    found: list[Address | None] = []
    for mark in ENDS.finditer(text):
        before, place = text[place : mark.start()], mark.end()
        if mark[1] is None:
            found += _alone(before)
            continue
        *others, last = before.split(",")
        # One or several alone in front of one with a name: only what follows the last of them is its name.
        loners = [part for part in others if "@" in part and '"' not in part]
        found += [each for part in loners for each in _alone(part)]
        found.append(address(mark[1], _decoded((last if loners else before).strip(" ,;\"'"))))
    found += _alone(text[place:])
    return [each for each in found if each is not None]


def _alone(text: str) -> list[Address | None]:
    """Addresses without a name."""
    return [address(part) for part in re.split(r"[\s,:;()\"<>]+", text) if "@" in part]


def address(spec: str, name: str = "") -> Address | None:
    """An address with its name; None for what is no address."""
    clean = squash(CONTROLS.sub("", spec)).strip("<>").lower()
    if not re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,255}", clean):
        return None
    shown = squash(CONTROLS.sub(" ", name)).strip("'\"")
    return Address(clean, "" if shown.lower() == clean else shown[:200])


def _message_id(parsed: Parsed, fingerprint: str) -> str:
    """Its id, short enough to be kept; a message without one is known by what is in it."""
    given = squash(header(parsed, "Message-ID"))
    if not given:
        return f"<{fingerprint}@no-id>"
    return given if len(given) <= 400 else f"<{sha256(given.encode()).hexdigest()}@long-id>"


def _date(parsed: Parsed) -> datetime | None:
    try:
        found = parsedate_to_datetime(header(parsed, "Date"))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if 1980 <= found.year <= 2199 else None
    except (*BROKEN, OverflowError):
        return None


# The body.


@dataclass
class _Text:
    """A part of the body: the text, and whether it was written as such or is reduced from HTML."""

    text: str
    plain: bool


@dataclass
class _Parts:
    """Goes through a message once: what is read, what is kept as a file, what was forwarded as a whole."""

    texts: list[_Text] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    inner: list[Parsed] = field(default_factory=list)
    seen: int = 0

    def take(self, part: Parsed, depth: int) -> None:
        self.texts = self._texts_in(part, depth)

    def text(self) -> str:
        return "\n\n".join(each.text.strip() for each in self.texts if each.text.strip())

    def _texts_in(self, part: Parsed, depth: int) -> list[_Text]:
        self.seen += 1
        if self.seen > MOST_PARTS or depth > DEEPEST:
            raise UserError(_("The message has too many parts inside each other."))
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self.inner += list(_children(part))
            return []
        if part.get_content_maintype() == "multipart":
            return self._of_several(part, kind, depth)
        if kind in {"text/plain", "text/html"} and not _is_file(part):
            content = decoded(part)
            return [_Text(content, True) if kind == "text/plain" else _Text(html.as_text(content), False)]
        self._keep(part, kind)
        return []

    def _of_several(self, part: Parsed, kind: str, depth: int) -> list[_Text]:
        found = [self._texts_in(child, depth + 1) for child in _children(part)]
        if kind == "multipart/alternative":
            return _best(found)
        return [text for texts in found for text in texts]

    def _keep(self, part: Parsed, kind: str) -> None:
        """A file; the pictures of a signature and invitations without a name are none."""
        name = _file_name(part)
        inline = part.get("Content-ID") and part.get_content_disposition() != "attachment"
        if not name or (inline and kind.startswith("image/")):
            return
        if len(self.files) < MOST_FILES:
            self.files.append(File(name, _payload(part)))


def _best(found: list[list[_Text]]) -> list[_Text]:
    """Of the same said in several ways the plain one, else the last, which is the richest."""
    filled = [texts for texts in found if any(text.text.strip() for text in texts)]
    plain = next((texts for texts in filled if all(text.plain for text in texts)), None)
    return plain or (filled[-1] if filled else [])


def _children(part: Parsed) -> Iterator[Parsed]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, Parsed))


def _is_file(part: Parsed) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: Parsed) -> str:
    try:
        return whole(squash(CONTROLS.sub("", part.get_filename("") or "")))
    except BROKEN:
        return "file"


def _payload(part: Parsed) -> bytes:
    content: Any = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def decoded(part: Parsed) -> str:
    """The letters of a text part, whatever it claims to be written in."""
    content = _payload(part)
    try:
        claimed = str(part.get_content_charset() or "utf-8")
    except BROKEN:
        claimed = "utf-8"
    claimed = claimed if _is_ordinary(claimed) else "utf-8"
    # Who says Latin-1 or ASCII and has other letters means what Windows writes.
    western = claimed in {"iso-8859-1", "latin-1", "us-ascii", "ascii"}
    for charset in ("utf-8", "cp1252") if western and claimed.endswith("ascii") else (
        "cp1252" if western else claimed, "utf-8",
    ):  # fmt: skip
        try:
            return _lines(content.decode(charset))
        except (UnicodeDecodeError, LookupError):
            continue
    return _lines(content.decode("cp1252", "replace"))


def _lines(text: str) -> str:
    return whole(CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT] + "\n\n" + _("The rest of this message was too long to be kept.")
