"""Addresses of pages: those that lead to the same page have the same key."""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

LONGEST: Final = 2000
_TRACKING: Final = frozenset(
    {
        "fbclid",
        "gclid",
        "mc_cid",
        "mc_eid",
        "igshid",
        "cmpid",
        "ocid",
        "smid",
        "ref",
        "ref_src",
        "ito",
        "s_cid",
    }
)
_LEADING: Final = frozenset({"www", "m", "amp", "mobile"})
_ENDINGS: Final = re.compile(r"(?:/index\.(?:html?|php)|[/.]amp)$")
_IS_PAGE: Final = re.compile(r"!?/[^/]")
"""What stands behind # where a site shows each of its pages by a script; else it is a place in a page."""
_WRAPPERS: Final = frozenset({"www.google.com", "google.com", "news.google.com", "www.bing.com"})


def clean(url: str, base: str = "") -> str:
    """The address to open, out of a wrapper such as that of Google Alerts; empty for what is no web
    address."""
    text = "".join(url.split())
    if base:
        try:
            text = urljoin(base, text)
        except ValueError:
            return ""
    parts = _split(text)
    if parts is None or len(text) > LONGEST:
        return ""
    if parts.hostname in _WRAPPERS and parts.path in {"/url", "/news/apiclick.aspx"}:
        inside = dict(parse_qsl(parts.query))
        return clean(inside.get("url") or inside.get("q") or "") or text
    page = parts.fragment if _IS_PAGE.match(parts.fragment) else ""
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", parts.query, page))


def key(url: str) -> str:
    """What stays the same for one page, whichever way it was reached: no scheme, no `www`, no marks that tell
    who sent the link, no `amp`. Empty for what is no web address."""
    parts = _split(clean(url))
    if parts is None or not parts.hostname:
        return ""
    labels = parts.hostname.lower().rstrip(".").split(".")
    while len(labels) > 2 and labels[0] in _LEADING:
        labels = labels[1:]
    path = quote(unquote(parts.path)).rstrip("/")
    path = _ENDINGS.sub("", path)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not _is_tracking(name)]
    query = f"?{urlencode(sorted(kept))}" if kept else ""
    page = f"#{parts.fragment.rstrip('/')}" if _IS_PAGE.match(parts.fragment) else ""
    return f"{'.'.join(labels)}{path}{query}{page}"


def site(url: str) -> str:
    """The name of the site, such as `ledger.example.org`."""
    return re.split(r"[/?#]", key(url), maxsplit=1)[0]


def _is_tracking(name: str) -> bool:
    return name.lower() in _TRACKING or name.lower().startswith("utm_")


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
