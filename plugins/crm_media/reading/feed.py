"""RSS 0.9 to 2.0, RDF and Atom, Google Alerts among them. What is well-formed is read by feedparser, once it
is known to declare no entity and to be no deeper than a feed is. What is damaged is read the way browsers
read pages, in a time that grows with its length alone. No entity but the five of XML and those of HTML means
anything, so nothing grows while it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from typing import Any, Final
from xml.parsers import expat

from crm.plugin_api import UserError
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.words import squash
from crm_media.reading import markup, page, urls, when

MOST_ITEMS: Final = 12_000
LONGEST: Final = 4000
DEEPEST: Final = 60
_PREFIXES: Final = frozenset({"", "rss", "atom", "atom10", "a", "dc", "content", "rdf", "a10"})
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
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
    full: str = ""
    """The whole text, where the feed has one behind its summary: what queries look through, too."""


@dataclass
class Feed:
    """What was read: `whole` is false where it broke off or was mended."""

    title: str = ""
    items: list[Item] = field(default_factory=list)
    whole: bool = True


_NONE: Final = lazy("This is no feed. Look for the address that the site gives for RSS or Atom.")


class NoFeed(UserError):
    """What came is no feed."""


def read(content: bytes, charset: str, url: str, now: datetime) -> Feed:
    """The pieces of a feed, each once, newest as they come. NoFeed for anything else."""
    text = page.decode(content, charset).translate(_FORBIDDEN).lstrip()
    whole = _is_sound(text)
    title, items = _parsed(text) if whole else _mended(text)
    found = Feed(_plain(title), whole=whole)
    seen: set[str] = set()
    for raw in items:
        item = _item(raw, url, now)
        if item is not None and item.guid not in seen:
            seen.add(item.guid)
            found.items.append(item)
    return found


def _is_sound(text: str) -> bool:
    """Whether the text is well-formed XML that declares no entities and nests as little as feeds do."""
    parser = expat.ParserCreate("utf-8")
    depth = 0

    def begin(*_arguments: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            _refuse()

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_bytes(text), True)
    except (expat.ExpatError, _Refused, ValueError):
        return False
    return True


class _Refused(Exception):
    """The document declares an entity, which may grow without end or name a file, or nests without end."""


def _refuse(*_arguments: object) -> None:
    raise _Refused


def _bytes(text: str) -> bytes:
    return _HEADER.sub("", text).encode("utf-8", "replace")


def _parsed(text: str) -> tuple[str, list[dict[str, str]]]:
    """What feedparser makes of it. It gets a stream, never a text that it could take for an address, and
    leaves HTML and relative links to us, who keep plain words alone."""
    import feedparser  # Some megabytes that a process that answers pages never needs.

    headers = {"content-type": "application/xml; charset=utf-8"}
    found = feedparser.parse(
        BytesIO(_bytes(_without_captions(text))),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not found.version and not found.entries:
        raise NoFeed(_NONE)
    return found.feed.get("title", ""), [_raw(each) for each in found.entries[:MOST_ITEMS]]


def _without_captions(text: str) -> str:
    """A feed without what it says of pictures, which feedparser takes for what it says of the piece."""
    begin, end = "<media:description", "</media:description>"
    parts, at = [], 0
    while (begins := text.find(begin, at)) >= 0 and (ends := text.find(end, begins)) >= 0:
        parts.append(text[at:begins])
        at = ends + len(end)
    return "".join((*parts, text[at:]))


def _raw(entry: Mapping[str, Any]) -> dict[str, str]:
    """The texts of an entry by the names that `_item` knows."""
    links = [each for each in entry.get("links", ()) if each.get("rel", "alternate") == "alternate"]
    contents = [each.get("value", "")[: LONGEST * 8] for each in entry.get("content", ())]
    return {
        "guid": entry.get("id", ""),
        "link": entry.get("link") or (links[0].get("href", "") if links else ""),
        "title": entry.get("title", ""),
        "summary": entry.get("summary", "") or (contents[0] if contents else ""),
        "full": " ".join(contents[:4]),
        "published": entry.get("published", ""),
        "updated": entry.get("updated", "") if "updated" in entry else entry.get("created", ""),
        "author": entry.get("author", ""),
        "source": (entry.get("source") or {}).get("title", ""),
    }


def _mended(text: str) -> tuple[str, list[dict[str, str]]]:
    """What a damaged feed says up to where it breaks off."""
    reader = _Events()
    _kindly(reader, text)
    reader.finish()
    if not reader.is_feed:
        raise NoFeed(_NONE)
    return reader.title, reader.items


def _kindly(reader: "_Events", text: str) -> None:
    parser = _Kind(reader)
    try:
        parser.feed(markup.closed(text))
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


def _without_cdata(text: str) -> str:
    """The marks of CDATA away, found from left to right, so that a thousand that never end cost nothing."""
    parts, at = [], 0
    while (begins := text.find("<![CDATA[", at)) >= 0 and (ends := text.find("]]>", begins)) >= 0:
        parts += [text[at:begins], text[begins + 9 : ends]]
        at = ends + 3
    return "".join((*parts, text[at:]))


def _plain(text: str, most: int = LONGEST) -> str:
    """Text without the marks of HTML, whether it came escaped or not."""
    text = _without_cdata(text)
    for _turn in range(2):
        text = _TAG.sub(" ", unescape(text))
    return squash(text)[:most]


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
    full = raw.get("full") or raw.get("encoded") or ""
    return Item(guid, url, title or url, summary, author, _plain(raw.get("source", ""))[:200], published,
                _plain(full, LONGEST * 4) if full else "")  # fmt: skip
