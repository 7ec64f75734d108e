"""RSS 0.9 to 2.0, RDF and Atom, Google Alerts among them: as strictly as the feed allows, then as kindly
as it needs. No entity but the five of XML and those of HTML means anything, so nothing grows while it is
read."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from typing import Final
from xml.parsers import expat

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api.words import squash
from crm_media.reading import page, urls, when

MOST_ITEMS: Final = 12_000
LONGEST: Final = 4000
DEEPEST: Final = 60
_PREFIXES: Final = frozenset({"", "rss", "atom", "atom10", "a", "dc", "content", "rdf", "a10"})
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_HEADER: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_FORBIDDEN: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFEFF, 0xFFFE, 0xFFFF])
_ROOTS: Final = frozenset({"rss", "feed", "rdf", "channel"})


@dataclass
class Item:
    """A piece that a feed names. `published` is None where it says no day that can be believed."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    author: str = ""
    outlet: str = ""
    published: datetime | None = None


@dataclass
class Feed:
    """What was read: `whole` is false where it broke off or was mended."""

    title: str = ""
    items: list[Item] = field(default_factory=list)
    whole: bool = True


class NoFeed(UserError):
    """What came is no feed."""


def read(content: bytes, charset: str, url: str, now: datetime) -> Feed:
    """The pieces of a feed, each once, newest as they come. NoFeed for anything else."""
    text = page.decode(content, charset).translate(_FORBIDDEN).lstrip()
    reader = _Events()
    whole = _strictly(reader, text)
    if not whole:
        reader = _Events()
        _kindly(reader, text)
    reader.finish()
    if not reader.is_feed:
        raise NoFeed(_("This is no feed. Look for the address that the site gives for RSS or Atom."))
    found = Feed(_plain(reader.title), whole=whole)
    seen: set[str] = set()
    for raw in reader.items:
        item = _item(raw, url, now)
        if item is not None and item.guid not in seen:
            seen.add(item.guid)
            found.items.append(item)
    return found


def _strictly(reader: "_Events", text: str) -> bool:
    """Whether the text is well-formed XML that declares no entities."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_HEADER.sub("", text).encode("utf-8", "replace"), True)
    except (expat.ExpatError, _Declared, ValueError):
        return False
    return True


class _Declared(Exception):
    """The document declares an entity: it may grow without end, or name a file."""


def _refuse(*_arguments: object) -> None:
    raise _Declared


def _kindly(reader: "_Events", text: str) -> None:
    parser = _Kind(reader)
    try:
        parser.feed(text)
        parser.close()
    except (AssertionError, ValueError, RecursionError):
        pass  # What was read up to there counts.


class _Kind(HTMLParser):
    """Reads what is no XML, the way browsers read pages."""

    def __init__(self, events: "_Events") -> None:
        super().__init__(convert_charrefs=True)
        self._events = events

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._events.start(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        self._events.end(tag)

    def handle_data(self, data: str) -> None:
        self._events.data(data)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self._events.data(data.removeprefix("CDATA["))


class _Events:
    """Collects the texts of each item by the names of its elements."""

    def __init__(self) -> None:
        self.items: list[dict[str, str]] = []
        self.title = ""
        self.is_feed = False
        self._path: list[str] = []
        self._item: dict[str, str] | None = None
        self._at = 0
        self._name = ""
        self._text: list[str] = []
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _colon, name = tag.lower().rpartition(":")
        name = name if prefix in _PREFIXES else ""
        self.is_feed = self.is_feed or name in _ROOTS
        if len(self._path) >= DEEPEST:
            self._path.pop()
        self._path.append(tag.lower())
        if name in {"item", "entry"} and len(self.items) < MOST_ITEMS:
            self._close_item()
            self._item, self._at = {}, len(self._path)
        elif self._item is not None and len(self._path) == self._at + 1:
            self._begin(name)
            if name == "link" and attributes.get("rel", "alternate") == "alternate":
                self._item.setdefault("link", attributes.get("href", ""))
        elif self._item is None and name == "title" and not self.title:
            self._begin("title")

    def finish(self) -> None:
        """What the document broke off in counts, too."""
        self._close_item()

    def _begin(self, name: str) -> None:
        self._name, self._text, self._size = name, [], 0

    def data(self, text: str) -> None:
        if self._name and self._size < LONGEST * 4:
            self._text.append(text)
            self._size += len(text)

    def end(self, tag: str) -> None:
        name = tag.lower()
        if name not in self._path:
            return
        while self._path:
            depth, last = len(self._path), self._path.pop()
            if self._item is None:
                if self._name == "title" and last.endswith("title"):
                    self.title, self._name = "".join(self._text), ""
            elif depth == self._at + 1:
                self._finish()
            elif depth == self._at:
                self._close_item()
            if last == name:
                return

    def _finish(self) -> None:
        text = "".join(self._text).strip()
        if self._item is not None and self._name and text and not self._item.get(self._name):
            self._item[self._name] = text[: LONGEST * 4]
        self._name = ""

    def _close_item(self) -> None:
        if self._item is not None:
            self._finish()
            self.items.append(self._item)
        self._item = None


def _plain(text: str) -> str:
    """Text without the marks of HTML, whether it came escaped or not."""
    text = _CDATA.sub(r"\1", text)
    for _turn in range(2):
        text = _TAG.sub(" ", unescape(text))
    return squash(text)[:LONGEST]


def _item(raw: dict[str, str], base: str, now: datetime) -> Item | None:
    address = raw.get("link") or (raw.get("guid", "") if raw.get("guid", "").startswith("http") else "")
    url = urls.clean(address.strip(), base) if address.strip() else ""
    title = _plain(raw.get("title", ""))[:500]
    if not title and not url:
        return None
    dates = (raw.get(name, "") for name in ("pubdate", "published", "date", "issued", "updated", "modified"))
    published = next((found for text in dates if text and (found := when.moment(text, now))), None)
    summary = _plain(
        raw.get("description") or raw.get("summary") or raw.get("encoded") or raw.get("content") or ""
    )
    guid = squash(raw.get("guid") or raw.get("id") or "")[:1000] or urls.key(url) or title
    author = _plain(raw.get("creator") or raw.get("author") or "")[:200]
    return Item(guid, url, title or url, summary, author, _plain(raw.get("source", ""))[:200], published)
