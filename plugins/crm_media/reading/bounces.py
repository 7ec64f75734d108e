"""Mail that came back: which addresses it names, and why. Standard reports first, then the words of
servers that write their own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Final

from crm.plugin_api.words import squash

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
    r"|account (?:is )?(?:disabled|inactive)|(?:couldn't|could not) be found|wasn't found", re.IGNORECASE,
)  # fmt: skip
_COPY: Final = re.compile(
    r"(?im)^(?:-+ ?(?:original|below|this is a copy|enclosed)|.*copy of the message|return-path:|received:)"
)
LONGEST: Final = 200_000
LONGEST_RAW: Final = 10 * 1024 * 1024
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
    message = _parsed(raw)
    if message is None:
        return []
    try:
        found = list(_reported(message)) or list(_told(message))
    except Exception:  # noqa: BLE001 - whatever a foreign message does to the reader, it is then no bounce.
        return []
    return list({each.address: each for each in found[:MOST]}.values())


def quoted(raw: bytes) -> str:
    """All texts of a message, the returned ones too, for what they say of ours."""
    texts = [raw[:LONGEST_RAW].decode("latin-1").replace("=\r\n", "").replace("=\n", "")]
    message = _parsed(raw)
    try:
        for part in message.walk() if message is not None else ():
            if part.get_content_maintype() == "text":
                payload = part.get_payload(decode=True)
                texts.append(payload[:LONGEST].decode("latin-1") if isinstance(payload, bytes) else "")
    except Exception:  # noqa: BLE001, S110 - as above; what was read up to there counts.
        pass
    return "\n".join(texts)


def _parsed(raw: bytes) -> EmailMessage | None:
    try:
        message = message_from_bytes(raw[:LONGEST_RAW], policy=policy.default)
    except Exception:  # noqa: BLE001 - the parser of the standard library knows bytes that it dies of.
        return None
    return message if isinstance(message, EmailMessage) else None


def _header(message: Message, name: str) -> str:
    """A header as it stands, where its parser cannot read it."""
    try:
        return str(message.get(name) or "")
    except Exception:  # noqa: BLE001 - odd headers break the parser in many ways.
        found = (value for key, value in message.raw_items() if key.lower() == name.lower())
        return str(next(found, ""))


def _reported(message: Message) -> Iterator[Bounce]:
    """The parts `message/delivery-status` of RFC 3464."""
    for part in message.walk():
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
            final = action == "failed" or (not action and status.strip().startswith("5"))
            reason = _header(block, "Diagnostic-Code").partition(";")[2].strip() or status
            yield Bounce(
                address[1].lower(), final and not status.strip().startswith("4"), squash(reason)[:300]
            )


def _told(message: EmailMessage) -> Iterator[Bounce]:
    """Servers that write in words: qmail, old Exchange, web mailers. Only of messages that look like a
    bounce."""
    sender = _header(message, "From").lower()
    subject = _header(message, "Subject")
    if not (_SUBJECT.search(subject) or "mailer-daemon" in sender or "postmaster" in sender):
        return
    failed = _header(message, "X-Failed-Recipients")
    text = _text(message)
    reason = next((squash(line) for line in text.splitlines() if _why(line)), squash(subject))[:300]
    addresses = _NAMED.findall(failed) or [
        each for each in _NAMED.findall(_own_words(text)) if "daemon" not in each
    ]
    status = _STATUS.search(text)
    soft = status is not None and status[1] == "4"
    for address in addresses[:20]:
        if failed or _why(text):
            yield Bounce(address.lower(), not soft, reason)


def _why(text: str) -> bool:
    return bool(_STATUS.search(text) or _CODE.search(text) or _PHRASES.search(text))


def _own_words(text: str) -> str:
    """What stands before the copy of our own message."""
    return _COPY.split(text, maxsplit=1)[0]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return re.sub(r"<[^<>@]{0,2000}>", " ", str(part.get_content())[:LONGEST])
    except (LookupError, UnicodeError, ValueError):
        return ""
