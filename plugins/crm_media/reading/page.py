"""What a page of a newspaper says about itself: JSON-LD first, then OpenGraph, then plain meta, then the
text."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any, Final

from crm.plugin_api.words import squash
from crm_media.reading import markup, urls, when

MOST: Final = 2 * 1024 * 1024
LONGEST_TEXT: Final = 20_000
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]{0,150}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})")
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_ARTICLES: Final = frozenset(
    {"Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "WebPage",
     "BackgroundNewsArticle", "ReviewNewsArticle", "LiveBlogPosting", "VideoObject", "PodcastEpisode",
     "BlogPosting"}
)  # fmt: skip
_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_DATES: Final = (
    "article:published_time", "og:published_time", "pubdate", "publish-date", "date", "dc.date",
    "dc.date.issued", "parsely-pub-date", "sailthru.date", "datepublished", "citation_publication_date",
)  # fmt: skip
_SILENT: Final = frozenset(
    {"script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "form"}
)
_BLOCKS: Final = frozenset({"p", "h1", "h2", "h3", "li", "blockquote"})
_VOID: Final = frozenset({"meta", "link", "br", "img", "input", "hr", "source", "wbr", "area", "base", "col"})


@dataclass
class About:
    """What was read; empty where the page says nothing. `notes` names what could not be believed:
    `future`."""

    title: str = ""
    outlet: str = ""
    author: str = ""
    published: datetime | None = None
    day: date | None = None
    """As the page wrote it, in its own time zone."""
    url: str = ""
    text: str = ""
    opinion: bool = False
    notes: list[str] = field(default_factory=list)


def decode(content: bytes, charset: str = "") -> str:
    """Text of a page or feed: by its byte-order mark, what the server says, what it says itself, else
    UTF-8, else Windows-1252. Never fails."""
    return without_control(_decoded(content, charset))


def without_control(text: str) -> str:
    """Text without what no database keeps: control characters and halves of characters."""
    return _ODD.sub("", text)


def _decoded(content: bytes, charset: str) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    said = _DECLARED.match(content[:300]) or _CHARSET.search(content[:2048])
    for name in (charset, said[1].decode() if said else "", "utf-8", "windows-1252"):
        try:
            if name and codecs.lookup(name)._is_text_encoding:
                return content.decode("windows-1252" if name.lower() in {"iso-8859-1", "latin-1"} else name)
        except (LookupError, UnicodeError):
            continue
    return content.decode("utf-8", "replace")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, list[str]] = {}
        self.data: list[str] = []
        self.title = self.headline = self.canonical = self.time = ""
        self.paragraphs: list[tuple[bool, str]] = []
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            if name and len(self.meta) < 500:
                self.meta.setdefault(name, []).append(values.get("content", ""))
        elif tag == "link" and "canonical" in values.get("rel", "").lower():
            self.canonical = self.canonical or values.get("href", "")
        elif tag == "time" and values.get("datetime"):
            self.time = self.time or values["datetime"]
        if tag in _VOID:
            return
        if tag == "script" and "ld+json" in values.get("type", "").lower():
            self._raw = "ld"
        if tag in _BLOCKS or tag == "title":
            self._finish()
            self._text = []
        self._path.append(tag)
        del self._path[200:]

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag == "title":
            self._finish(tag)
        if tag == "script":
            self._raw = ""
        if tag in self._path:
            while self._path and self._path.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._raw and self._path and self._path[-1] == "script":
            self.data.append(data)
        elif self._text is not None and not _SILENT & {*self._path}:
            self._text.append(data)

    def _finish(self, tag: str = "p") -> None:
        text = squash(without_control("".join(self._text or ())))
        self._text = None
        if not text:
            return
        if tag == "title":
            self.title = self.title or text
        elif tag == "h1":
            self.headline = self.headline or text
        elif len(self.paragraphs) < 2000:
            self.paragraphs.append(("article" in self._path, text))

    def text(self) -> str:
        """The paragraphs of the article, or of the page where none is marked as one."""
        inside = [text for is_inside, text in self.paragraphs if is_inside and len(text) > 20]
        return "\n".join(inside or [text for _inside, text in self.paragraphs if len(text) > 40])[
            :LONGEST_TEXT
        ]

    def first(self, *names: str) -> str:
        found = (squash(without_control(text)) for name in names for text in self.meta.get(name, ()))
        return next((text for text in found if text), "")


def read(content: bytes, charset: str, url: str, now: datetime) -> About:
    """What a page says; never an error, however broken it is."""
    reader = _Reader()
    try:
        reader.feed(markup.closed(decode(content[:MOST], charset)))
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass  # What was read up to there counts.
    told = _structured(reader.data)
    about = About()
    about.title = _title(reader, told)
    about.outlet = _name(told.get("publisher")) or reader.first(
        "og:site_name", "application-name", "dc.publisher"
    )
    about.author = _author(reader, told)
    about.opinion = (
        told.get("@type") == "OpinionNewsArticle" or "opinion" in reader.first("article:section").lower()
    )
    own = urls.clean(reader.canonical or reader.first("og:url"), url)
    about.url = own if own and urls.site(own) == urls.site(url) else urls.clean(url)
    about.text = without_control(unescape(_plain(told.get("articleBody")))) or reader.text()
    _date(about, reader, told, now)
    return about


def _title(reader: _Reader, told: dict[str, Any]) -> str:
    title = unescape(_plain(told.get("headline"))) or reader.first(
        "og:title", "twitter:title", "dc.title", "citation_title"
    )
    return squash(without_control(title or reader.headline or reader.title))[:500]


def _author(reader: _Reader, told: dict[str, Any]) -> str:
    """A name, or several with commas; an address of a page is none."""
    named = _name(told.get("author")) or _name(told.get("creator"))
    text = named or reader.first(
        "author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author"
    )
    text = re.sub(r"^\s*(by|por)\s+", "", text, flags=re.IGNORECASE)
    return "" if text.startswith(("http:", "https:", "@")) else squash(text)[:200]


def _date(about: About, reader: _Reader, told: dict[str, Any], now: datetime) -> None:
    texts = [_plain(told.get(name)) for name in ("datePublished", "uploadDate", "dateCreated")]
    names = _DATES
    texts += [reader.first(name) for name in names]
    for text in [*texts, reader.time]:
        if text and (found := when.moment(text, now)):
            about.published, about.day = found, when.written_day(text)
            return
        if text and (day := when.day(text)) and day > now.date():
            about.notes.append("future")


def _structured(blocks: list[str]) -> dict[str, Any]:
    """The description of the article in the page's JSON-LD; empty where there is none that can be read."""
    best: dict[str, Any] = {}
    for text in blocks[:50]:
        try:
            given = json.loads(text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";"))
        except (ValueError, RecursionError):
            continue
        for each in _objects(given):
            kind = _kind(each)
            if kind in _ARTICLES and (not best or (best["@type"] == "WebPage" and kind != "WebPage")):
                best = {**each, "@type": kind}
    return best


def _objects(given: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(given, list):
        for each in given[:100]:
            yield from _objects(each, depth + 1)
    elif isinstance(given, dict):
        yield given
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(given.get(name), list | dict):
                yield from _objects(given[name], depth + 1)


def _kind(each: dict[str, Any]) -> str:
    kind = each.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return next((str(name) for name in kinds if isinstance(name, str) and name in _ARTICLES), "")


def _name(value: Any) -> str:
    """The name of somebody: text, an object with one, or several of either."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(name for each in value[:10] if (name := _name(each))))
    if isinstance(value, dict):
        return _name(value.get("name"))
    return squash(without_control(value)) if isinstance(value, str) else ""


def _plain(value: Any) -> str:
    if isinstance(value, list) and value:
        return _plain(value[0])
    return without_control(value).strip()[:LONGEST_TEXT] if isinstance(value, str) else ""
