"""What is dated: a record's timeline, the calendar, the mail of the morning."""

from dataclasses import dataclass
from datetime import date, datetime

from crm.plugin_api.types.basics import Text


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened with a record."""

    at: datetime
    icon: str
    title: str
    body: str = ""
    actor: str = ""
    url: str | None = None
    minor: bool = False
    """Whether only those want to know who ask for all changes."""
    day: date | None = None
    """Where only the day is known: it is shown, and the hours of `at` only say where the entry stands."""


@dataclass(frozen=True)
class CalendarEntry:
    """Something dated. `key` is stable and tells it from all others (`task-12`); `starts` is a day for what
    takes a whole day, else a moment. `kind` names its sort in one word for people (“Task”), `icon` its
    picture. `mine` marks what is the actor's own, so that a calendar can show that alone."""

    key: str
    kind: Text
    title: str
    starts: date | datetime
    url: str
    ends: date | datetime | None = None
    icon: str = "calendar"
    place: str = ""
    description: str = ""
    mine: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class DigestItem:
    """A line of the morning mail: below which heading, what, and where it is shown (a path)."""

    section: Text
    title: str
    url: str
    detail: str = ""
    late: bool = False
