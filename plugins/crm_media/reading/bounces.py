"""Mail that came back: which addresses it names, and why. Standard reports first, then the words of
servers that write their own."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

from crm.plugin_api.words import squash

log = logging.getLogger(__name__)
_ADDRESS: Final = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
"""Each part as long as RFC 5321 allows, so that no text keeps us busy."""
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE: Final = re.compile(r"\b([45])\d{2}[ -]")
_NAMED: Final = re.compile(rf"<?({_ADDRESS})>?")
_SUBJECT: Final = re.compile(
    r"undeliver|delivery (?:status|failure|has failed)|returned (?:mail|to sender)|failure notice"
    r"|mail delivery|no se pudo entregar|unzustellbar|non remis|not delivered|delivery incomplete",
    re.IGNORECASE,
)  # fmt: skip
_PHRASES: Final = re.compile(
    r"user unknown|no such (?:user|recipient|mailbox)|unknown (?:user|recipient)|does not exist"
    r"|mailbox (?:not found|unavail|is disabled)|(?:address|recipient) rejected|permanent error"
    r"|account (?:is )?(?:disabled|inactive)|(?:couldn't|could not) be found|wasn't found"
    r"|no se (?:ha )?encontr\w+ la direcci[oó]n|no existe|不存在", re.IGNORECASE,
)  # fmt: skip
_COPY: Final = re.compile(
    r"(?im)^(?:-+ ?(?:original|below|this is a copy|enclosed)|.*copy of the message|return-path:|received:)"
)
_MESSAGE_ID: Final = re.compile(r"(?im)^[ \t>]*message-id:.*$")
"""Looks like an address, and is none."""
_FEEDBACK: Final = re.compile(r"(?im)^feedback-type:[ \t]*([\w-]{1,40})")
_MACHINE: Final = re.compile(
    r"mailer-daemon|postmaster|mail delivery|delivery (?:system|subsystem)|system administrator|mail system"
)
"""Who sends what came back; a person who answers with the same words is none."""
LONGEST: Final = 50_000
LONGEST_RAW: Final = 256 * 1024
"""Bytes that are read: reports and headers stand before what is returned whole."""
LONGEST_HEADER: Final = 2000
BROKEN: Final = (MessageError, LookupError, ValueError, RecursionError, TypeError, AttributeError)
"""What the standard library raises on messages that nobody could have meant: `boundary*0="a"; boundary="b"`
is a TypeError. Only its own calls are guarded so; a fault of ours must be seen."""
MOST: Final = 100
"""Addresses of one message."""


@dataclass(frozen=True)
class Bounce:
    """An address that mail did not reach. `final` is false where the server goes on trying."""

    address: str
    final: bool
    reason: str


def read(raw: bytes) -> list[Bounce]:
    """What a message says came back; empty for what is no bounce."""
    parts = _parts(raw)
    if not parts:
        return []
    found = list(_reported(parts)) or list(_told(parts))
    return list({each.address: each for each in found[:MOST]}.values())


def complains(raw: bytes) -> bool:
    """Whether a mail service tells that somebody took a message for a nuisance, or wants no more of them
    (RFC 5965). Reports of other kinds, such as of forged senders, are none of their doing."""
    for part in _parts(raw):
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            text = str(payload[0]) if isinstance(payload, list) and payload else str(payload)
            kind = _FEEDBACK.search(text[:LONGEST_HEADER])
            return kind is not None and kind[1].lower() in {"abuse", "opt-out", "opt-out-list"}
    return False


def quoted(raw: bytes) -> str:
    """All texts of a message, the returned ones too, for what they say of ours."""
    texts = [raw[:LONGEST_RAW].decode("latin-1").replace("=\r\n", "").replace("=\n", "")]
    inner = [each for each in _parts(raw) if each.get_content_maintype() == "text"]
    texts += [_decoded(each) for each in inner]
    return "\n".join(texts)


def _parts(raw: bytes) -> list[Message]:
    """The message and its parts, with their headers as they stand: reading them as addresses takes the
    standard library a time that grows with the square of their length. Empty for what it cannot take apart,
    which the log says; of its words none, as they may be somebody's."""
    try:
        return list(message_from_bytes(raw[:LONGEST_RAW], policy=policy.compat32).walk())
    except BROKEN as broken:
        log.warning("a message of %s bytes could not be taken apart: %s", len(raw), type(broken).__name__)
        return []


def _content(part: Message) -> bytes:
    """The bytes of a text, decoded as it says; none where that makes no sense."""
    try:
        payload = part.get_payload(decode=True)
    except BROKEN as broken:
        log.warning("a text of a message could not be decoded: %s", type(broken).__name__)
        return b""
    return payload[:LONGEST] if isinstance(payload, bytes) else b""


def _header(message: Message, name: str) -> str:
    """A header, cut to what anybody reads; as it stands, where its encoding makes no sense."""
    value = str(message.get(name) or "")[:LONGEST_HEADER]
    try:
        return str(make_header(decode_header(value)))
    except BROKEN:
        return value


def _reported(parts: Sequence[Message]) -> Iterator[Bounce]:
    """The parts `message/delivery-status` of RFC 3464."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        blocks = [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
        for block in blocks:
            named = _header(block, "Original-Recipient") or _header(block, "Final-Recipient")
            address = _NAMED.search(named.partition(";")[2] or named)
            action = _header(block, "Action").strip().lower()
            status = _header(block, "Status")
            if address is None or action in {"delivered", "relayed", "expanded"}:
                continue
            # Whatever its status, `failed` is final (RFC 3464, 2.3.3): it was tried for days.
            final = action == "failed" or (not action and status.strip().startswith("5"))
            reason = _header(block, "Diagnostic-Code").partition(";")[2].strip() or status
            if status.strip().startswith("4") and not _STATUS.search(reason):
                reason = f"{status.strip()} {reason}"  # It says that the address lives.
            yield Bounce(_bare(address[1]), final, squash(reason)[:300])


def _told(parts: Sequence[Message]) -> Iterator[Bounce]:
    """Servers that write in words: qmail, old Exchange, web mailers. Only of messages that a machine sent and
    that look like a bounce."""
    message = parts[0]
    subject, failed = _header(message, "Subject"), _header(message, "X-Failed-Recipients")
    if not (failed or _is_from_machine(message)):
        return
    text = _text(parts)
    reason = next((squash(line) for line in text.splitlines() if _why(line)), squash(subject))[:300]
    addresses = _NAMED.findall(failed) or [
        each for each in _NAMED.findall(_own_words(text)) if "daemon" not in each
    ]
    status = _STATUS.search(text)
    soft = status is not None and status[1] == "4"
    for address in addresses[:20]:
        if failed or _why(text):
            yield Bounce(_bare(address), not soft, reason)


def _bare(address: str) -> str:
    """An address in small letters, without the single quote that some servers put before it."""
    return address.lower().lstrip("'")


def _is_from_machine(message: Message) -> bool:
    """Whether a mail system wrote it: not a person, nor their program that answers while they are away, which
    also writes to nobody in return (RFC 3834)."""
    sender = _header(message, "From").lower()
    if _header(message, "Auto-Submitted").strip().lower().startswith("auto-replied"):
        return "mailer-daemon" in sender
    to_nobody = _header(message, "Return-Path").strip() == "<>"
    return bool(_MACHINE.search(sender)) or (to_nobody and bool(_SUBJECT.search(_header(message, "Subject"))))


def _why(text: str) -> bool:
    return bool(_STATUS.search(text) or _CODE.search(text) or _PHRASES.search(text))


def _own_words(text: str) -> str:
    """What stands before the copy of our own message, without the ids of messages."""
    return _MESSAGE_ID.sub("", _COPY.split(text, maxsplit=1)[0])


def _text(parts: Sequence[Message]) -> str:
    """The first text of a message, without its tags."""
    texts = [each for each in parts if each.get_content_maintype() == "text"]
    plain = (each for each in texts if each.get_content_subtype() == "plain")
    part = next(plain, texts[0] if texts else None)
    if part is None:
        return ""
    return re.sub(r"<[^<>@]{0,500}>", " ", _decoded(part))


def _decoded(part: Message) -> str:
    """The words of a text, in its own encoding."""
    content = _content(part)
    try:
        return content.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except BROKEN:  # No such charset, or one that is none of text.
        return content.decode("utf-8", "replace")
