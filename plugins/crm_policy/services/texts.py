"""The texts of tracked bills from LegiScan, so that versions can be compared: HTML and plain text are read,
PDF is not (its words stand behind the link, and can be pasted)."""

import base64
import binascii
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_note
from crm_policy.models import Bill, Document, Session
from crm_policy.writing import update_rows

KEY: Final = "ls:version:"
MOST: Final = 200
"""Texts that one run asks for; the next night goes on."""
LONGEST: Final = 2_000_000
_BREAKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section"}
)


def wanted(legiscan_session: int | None) -> list[list[int]]:
    """Versions of tracked bills of a session whose text is not here: our id and LegiScan's of each."""
    statement = (
        select(Document.id, Document.key)
        .join(Bill, Bill.id == Document.bill_id)
        .join(Session, Session.id == Bill.session_id)
        .where(
            Session.legiscan_id == legiscan_session,
            Bill.triage == "tracked",
            Document.kind == "version",
            Document.body == "",
            Document.gone_on.is_(None),
            Document.key.startswith(KEY),
            or_(
                Document.media_type == "",
                Document.media_type.contains("html"),
                Document.media_type.contains("text"),
            ),
        )
        .order_by(Document.id)
        .limit(MOST)
    )
    with system("which texts of tracked bills are not here"):
        rows = db.session().execute(statement).all()
    return [[row[0], int(row[1][len(KEY) :])] for row in rows if row[1][len(KEY) :].isdecimal()]


def take(document_id: int, reply: Mapping[str, Any], change: Change) -> bool:
    """Keep the text of a reply to `getBillText`; False for one that holds none that can be read. What staff
    pasted in the meantime stays."""
    body = body_of(reply.get("text"))
    with system("the text of a version"):
        empty = select(Document.id).where(Document.id == document_id, Document.body == "")
        here = db.session().scalars(empty).first()
    if here is None:
        return False
    if not body:  # Not asked for again each night.
        update_rows(change, Document, [document_id], {"media_type": "application/octet-stream"})
        return False
    update_rows(change, Document, [document_id], {"body": body})
    return True


def body_of(text: Any) -> str:
    """The words of a document; empty where it is a PDF, broken, or nothing."""
    found = text if isinstance(text, Mapping) else {}
    try:
        raw = base64.b64decode(str(found.get("doc") or ""), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if raw[:5] == b"%PDF-" or b"\0" in raw[:1000]:
        return ""
    words = raw[:LONGEST].decode("utf-8", "replace")
    if "html" in str(found.get("mime") or "").lower() or "<html" in words[:2000].lower():
        reader = _Words()
        reader.feed(words)
        reader.close()
        words = "".join(reader.parts)
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in words.splitlines()]
    return clean_note(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


class _Words(HTMLParser):
    """What a page says, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head")
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("script", "style", "head")))
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))
