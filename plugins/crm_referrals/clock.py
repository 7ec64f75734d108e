"""Business days: weekdays that are no federal holiday (5 U.S.C. 6103), as the calendar stands where the
organization is: on the Pacific coast Thursday afternoon is no Friday yet.

Moments come with a zone and go out in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crm.plugin_api import runtime

DAY = timedelta(days=1)


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    """The `which`th weekday of a month; the last one for -1."""
    if which < 0:
        last = (date(year + month // 12, month % 12 + 1, 1)) - DAY
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (which - 1))


def _holidays_of(year: int) -> Iterator[date]:
    for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
        fixed = date(year, month, day)
        yield fixed + DAY * {5: -1, 6: 1}.get(fixed.weekday(), 0)
    for month, weekday, which in ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4)):
        yield _nth(year, month, weekday, which)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days of a year on which offices are closed; New Year's Day of the next may fall into it."""
    return frozenset(each for near in (year, year + 1) for each in _holidays_of(near) if each.year == year)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def _here(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(runtime().config.time_zone))


def day_of(moment: datetime) -> date:
    """The day that it was here."""
    return _here(moment).date()


def _end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), ZoneInfo(runtime().config.time_zone)).astimezone(UTC)


def last_minute_of(day: date) -> datetime:
    """What is promised for a day is late when the day is over, and is shown as that day."""
    return _end_of(day) - timedelta(minutes=1)


def business_seconds(begins: datetime, ends: datetime) -> int:
    """So many seconds of business days lie between two moments; 0 when the second is not later."""
    found, moment = 0.0, begins
    while moment < ends:
        day = _here(moment).date()
        until = min(_end_of(day), ends)
        found += (until - moment).total_seconds() if is_business_day(day) else 0
        moment = until
    return int(found)


def add_business_seconds(moment: datetime, seconds: int) -> datetime:
    """When so many seconds of business days have passed."""
    left = timedelta(seconds=seconds)
    while True:
        day = _here(moment).date()
        until = _end_of(day)
        if is_business_day(day):
            if moment + left <= until:
                return moment + left
            left -= until - moment
        moment = until


def add_business_days(moment: datetime, days: int) -> datetime:
    """The same hour so many business days later; what begins on a day that is none begins with the next."""
    found = _here(
        moment
    )  # Days are added to what the clock on the wall shows, so summer time keeps the hour.
    while not is_business_day(found.date()):
        found += DAY
    for _each in range(days):
        found += DAY
        while not is_business_day(found.date()):
            found += DAY
    return found.astimezone(UTC)


def business_day_after(days: int) -> date:
    """The day so many business days from now."""
    return _here(add_business_days(datetime.now(UTC), days)).date()
