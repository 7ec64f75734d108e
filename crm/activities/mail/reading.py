"""A message of RFC 5322 as what is logged of it: who, when, the text, the files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default as policy
from email.utils import getaddresses, parsedate_to_datetime
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
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
        parsed = message_from_bytes(raw, policy=policy)
        if not (parsed.get("From") or parsed.get("Message-ID")):
            raise UserError(_("This is no email message: it says neither who sent it nor which one it is."))
        return _message(parsed, sha256(raw).hexdigest(), 0)
    except (RecursionError, *BROKEN) as error:
        raise UserError(_("The message is damaged and cannot be read.")) from error


def _message(parsed: EmailMessage, fingerprint: str, depth: int) -> Message:
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


def header(parsed: EmailMessage, name: str) -> str:
    """A header in letters; what cannot be decoded stays as it was sent."""
    try:
        return CONTROLS.sub(" ", str(parsed.get(name, "")))
    except BROKEN:
        return CONTROLS.sub(" ", _raw_header(parsed, name))


def _raw_header(parsed: EmailMessage, name: str) -> str:
    raw = next((str(value) for key, value in parsed.raw_items() if key.lower() == name.lower()), "")
    try:
        return str(make_header(decode_header(raw)))
    except BROKEN:
        return raw


def addresses_in(parsed: EmailMessage, name: str) -> list[Address]:
    """The addresses of a header, in lower case; groups are opened, nonsense is left out."""
    found: list[tuple[str, str]] = []
    try:
        for each in parsed.get_all(name, []):
            found += [(one.display_name, one.addr_spec) for one in each.addresses]
    except BROKEN:
        found = getaddresses([_raw_header(parsed, name)])
    made = [address(spec, display) for display, spec in found[:MOST_ADDRESSES]]
    return [each for each in made if each is not None]


def address(spec: str, name: str = "") -> Address | None:
    """An address with its name; None for what is no address."""
    clean = squash(CONTROLS.sub("", spec)).strip("<>").lower()
    if not re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,255}", clean):
        return None
    shown = squash(CONTROLS.sub(" ", name)).strip("'\"")
    return Address(clean, "" if shown.lower() == clean else shown[:200])


def _message_id(parsed: EmailMessage, fingerprint: str) -> str:
    """Its id, short enough to be kept; a message without one is known by what is in it."""
    given = squash(header(parsed, "Message-ID"))
    if not given:
        return f"<{fingerprint}@no-id>"
    return given if len(given) <= 400 else f"<{sha256(given.encode()).hexdigest()}@long-id>"


def _date(parsed: EmailMessage) -> datetime | None:
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
    inner: list[EmailMessage] = field(default_factory=list)
    seen: int = 0

    def take(self, part: EmailMessage, depth: int) -> None:
        self.texts = self._texts_in(part, depth)

    def text(self) -> str:
        return "\n\n".join(each.text.strip() for each in self.texts if each.text.strip())

    def _texts_in(self, part: EmailMessage, depth: int) -> list[_Text]:
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

    def _of_several(self, part: EmailMessage, kind: str, depth: int) -> list[_Text]:
        found = [self._texts_in(child, depth + 1) for child in _children(part)]
        if kind == "multipart/alternative":
            return _best(found)
        return [text for texts in found for text in texts]

    def _keep(self, part: EmailMessage, kind: str) -> None:
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


def _children(part: EmailMessage) -> Iterator[EmailMessage]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, EmailMessage))


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: EmailMessage) -> str:
    try:
        return squash(CONTROLS.sub("", part.get_filename("") or ""))
    except BROKEN:
        return "file"


def _payload(part: EmailMessage) -> bytes:
    content: Any = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def decoded(part: EmailMessage) -> str:
    """The letters of a text part, whatever it claims to be written in."""
    content = _payload(part)
    try:
        claimed = str(part.get_content_charset() or "utf-8")
    except BROKEN:
        claimed = "utf-8"
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
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT] + "\n\n" + _("The rest of this message was too long to be kept.")
