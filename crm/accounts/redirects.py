"""Where to go after signing in: only ever to a page of this site."""

from urllib.parse import urlsplit

from flask import request

HOME = "/"


def safe_path(target: str | None) -> str | None:
    """The target when it is a path of this site, else None. Browsers read a backslash as a slash and drop
    control characters, so neither may stand in it."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(letter) <= 32 or ord(letter) == 127 for letter in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def next_path() -> str:
    """The page that was asked for before signing in, else the home page."""
    return safe_path(request.values.get("next")) or HOME
