"""Asking a service of bills by the core's guarded fetcher, and what its refusals mean for a sync."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import Unreachable, Wish, fetch, fetch_file

MOST_BYTES: Final = 256 * 1024 * 1024
LONGEST: Final = 600.0
"""Seconds for a whole answer."""
_PATIENT: Final = Wish((), seconds=LONGEST, wait=30.0, most_bytes=MOST_BYTES, schemes=("https",))


class Busy(Exception):
    """The service wants to be left alone for so many seconds (None: it did not say)."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("busy")
        self.seconds = seconds


class Lost(Exception):
    """No whole answer came: a dropped connection, a time limit, an error of the service's own."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        """What it says; Lost for what is no JSON, such as a page that says what went wrong."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Lost("the answer is no JSON") from error


def get(url: str, secret: Mapping[str, str] | None = None) -> Answer:
    """Ask once; `secret` are headers for this service alone. Busy for 429 and 503, Lost for what may go
    better the next time, UserError for a refusal."""
    wish = replace(_PATIENT, headers={"Accept": "application/json"}, secret=secret or {})
    with _understood():
        return Answer(200, fetch(url, wish).content)


def save(url: str, path: Path) -> None:
    """Ask for a file and keep it at `path`; what broke off is never taken for the whole. Errors as with
    `get`."""
    with _understood():
        fetch_file(url, path, _PATIENT)


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except Unreachable as error:
        raise _meaning(error) from error


def _meaning(error: Unreachable) -> Exception:
    if error.told in (429, 503):
        return Busy(error.wait)
    if error.told in (401, 403):
        return UserError(_("The service does not take the key. Look at “Services and keys”."))
    if error.told == 404:
        return UserError(_("The service does not know this session. Look how it calls it."))
    if error.why == "large":
        return UserError(_("The file is larger than can be imported at once."))
    return UserError(error.message) if error.why == "refused" else Lost(error.message)
