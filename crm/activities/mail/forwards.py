"""Messages that somebody forwarded: the one inside is what is logged.

Programs put it into the text below a line or only below a block of headers, in the language of the one who
forwards. Known are Gmail, Outlook and Apple Mail in English and Spanish, by the labels that they write.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

from crm.activities.mail.reading import Address, Message, written_addresses

MARKS: Final = re.compile(
    r"^[>\s*]*(?:-{2,}\s*(?:forwarded message|mensaje reenviado|original message|mensaje original)\s*-{2,}"
    r"|begin forwarded message:|inicio del mensaje reenviado:|_{20,})[\s*]*$",
    re.IGNORECASE,
)
SUBJECTS: Final = re.compile(r"^\s*(?:fwd?|rv|reenv|re-env|tr|i)\s*:\s*", re.IGNORECASE)
LABELS: Final = {
    "from": "from", "de": "from",
    "date": "at", "sent": "at", "fecha": "at", "enviado": "at", "enviado el": "at", "enviada": "at",
    "to": "to", "para": "to", "cc": "cc",
    "subject": "subject", "asunto": "subject",
    "reply-to": "", "responder a": "", "importance": "", "importancia": "", "bcc": "", "cco": "",
}  # fmt: skip
LABEL: Final = re.compile(r"^[\s*>]*([A-Za-z][A-Za-z \-]{1,11}?)\s*:\s*\**\s*(.*)$")
SPANISH: Final = ("de", "fecha", "enviado", "enviado el", "para", "asunto")
MONTHS: Final = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "ene feb mar abr may jun jul ago sept oct nov dic",
    )
    for number, name in enumerate(names.split(), 1)
}  # fmt: skip
LONGEST_LINE: Final = 4000
FEWEST: Final = 2
"""A block of headers has a sender and at least one label more."""
LOOKED_THROUGH: Final = 2000
"""Lines in which the block must begin."""


@dataclass(frozen=True)
class Original:
    """The message that was forwarded, and what was written above it."""

    sender: Address | None
    recipients: tuple[Address, ...]
    at: datetime | None
    subject: str
    text: str
    comment: str


def looks_forwarded(message: Message) -> bool:
    """Whether the subject says so."""
    return bool(SUBJECTS.match(message.subject)) or bool(message.inner)


def original(message: Message, zone: tzinfo) -> Original | None:
    """The message inside of one; None when there is none. `zone` is that of dates that name none."""
    if message.inner:
        inside = message.inner[0]
        return Original(
            inside.sender, inside.recipients, inside.at, inside.subject, inside.text, message.text
        )
    lines = message.text.split("\n")
    for number in range(min(len(lines), LOOKED_THROUGH)):
        if (found := _block(lines, number)) is not None:
            values, end = found
            comment = lines[:number]
            while comment and (not comment[-1].strip(" >*") or MARKS.match(comment[-1])):
                comment.pop()
            return _original(values, lines[end:], comment, zone)
    return None


def _block(lines: list[str], start: int) -> tuple[dict[str, str], int] | None:
    """The headers that begin at a line, by their meaning, and the line after them."""
    first = _labelled(lines[start])
    if first is None or first[0] != "from" or not _is_beginning(lines, start):
        return None
    values: dict[str, str] = {}
    last, number = "", start
    while number < len(lines) and lines[number].strip(" >"):
        label = _labelled(lines[number])
        if label is None and not last:
            break
        if label is not None:
            last = label[0]
            if last:
                values[last] = label[1]
                values.setdefault("language", "es" if _word(lines[number]) in SPANISH else "en")
        else:
            values[last] = f"{values[last]} {lines[number].strip(' >')}"
        number += 1
    known = [name for name in values if name != "language"]
    return (values, number) if len(known) > FEWEST - 1 and ("at" in values or "subject" in values) else None


def _is_beginning(lines: list[str], start: int) -> bool:
    """Headers stand at the top or below a mark or an empty line, never in the middle of a sentence."""
    before = next((line for line in reversed(lines[:start]) if line.strip(" >*")), "")
    return start == 0 or not lines[start - 1].strip(" >*") or bool(MARKS.match(before))


def _labelled(line: str) -> tuple[str, str] | None:
    match = LABEL.match(line)
    if match is None or (word := _word(line)) not in LABELS:
        return None
    return LABELS[word], match[2].strip().strip("*").strip()


def _word(line: str) -> str:
    match = LABEL.match(line)
    return " ".join(match[1].lower().split()) if match else ""


def _original(values: dict[str, str], rest: list[str], comment: list[str], zone: tzinfo) -> Original:
    quoted = [line for line in rest if line.strip()]
    if quoted and all(line.startswith(">") for line in quoted):
        rest = [re.sub(r"^> ?", "", line) for line in rest]
    senders = _addresses(values.get("from", ""))
    recipients = [*_addresses(values.get("to", "")), *_addresses(values.get("cc", ""))]
    return Original(
        senders[0] if senders else None,
        tuple(dict.fromkeys(recipients)),
        moment(values.get("at", ""), zone, day_first=values.get("language") == "es"),
        values.get("subject", "")[:300],
        "\n".join(rest).strip(),
        "\n".join(comment).strip(),
    )


def _addresses(text: str) -> list[Address]:
    """`Ana Ruiz <ana@x.org>; Ben [mailto:ben@x.org]` as Outlook and the others write it."""
    text = text[:LONGEST_LINE]
    text = re.sub(r"[\[<]mailto:([^\]>\s]+)[\]>]", r"<\1>", text, flags=re.IGNORECASE)
    # `<ana@x.org> <mailto:ana@x.org>` is one.
    text = re.sub(r"(<[^<>]+>)\s*<[^<>]+>", r"\1", text)
    return written_addresses(text)


def moment(text: str, zone: tzinfo, *, day_first: bool) -> datetime | None:
    """A date as mail programs write it for people, in UTC; None when it cannot be understood.

    “Mon, Mar 2, 2026 at 10:00 AM”, “lun, 2 mar 2026 a las 10:00”, “2 de marzo de 2026, 10:00:00 GMT-5”.
    """
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    day, time = _day(text.lower(), day_first=day_first), _time(text.lower())
    if day is None:
        return None
    try:
        return datetime(*day, *time, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str, *, day_first: bool) -> tuple[int, int, int] | None:
    if iso := re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", text):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if plain := re.search(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b", text):
        first, second, year = int(plain[1]), int(plain[2]), int(plain[3])
        return (year, second, first) if day_first or first > 12 else (year, first, second)
    in_year = re.search(r"\b(?:19|20)\d\d\b", text)
    named = next((MONTHS[word] for word in re.findall(r"[a-záéíóú]+", text) if word in MONTHS), None)
    day = re.search(r"(?<![\d:])(\d{1,2})(?![\d:])", text)
    return (int(in_year[0]), named, int(day[1])) if in_year and named and day else None


def _time(text: str) -> tuple[int, int]:
    found = re.search(r"\b(\d{1,2}):(\d{2})(?::\d{2})?[\s\u202f\u00a0]*([ap])?\.?[\s\u202f\u00a0]*m?", text)
    if found is None:
        return 12, 0
    hour = int(found[1])
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return min(hour, 23), min(int(found[2]), 59)
