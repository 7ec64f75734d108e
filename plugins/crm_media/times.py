"""Moments that others keep, such as the end of an embargo: in the time zone of this installation, which is
named, whoever reads or writes them and wherever they are."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from flask_babel import get_locale

from crm.plugin_api import runtime


def zone() -> ZoneInfo:
    return ZoneInfo(runtime().config.time_zone)


def here(moment: datetime) -> date:
    """The day that it was here."""
    return moment.astimezone(zone()).date()


def zone_name() -> str:
    """Such as “Eastern Time”, in the reader's language."""
    return str(get_timezone_name(zone(), width="long", locale=get_locale(), zone_variant="generic"))


def month(first: date) -> str:
    """Such as “November 2026”, in the reader's language."""
    return str(format_skeleton("yMMMM", first, locale=get_locale()))


def short_month(first: date) -> str:
    """Such as “Nov”, for the foot of a chart, which says the year below."""
    return format_date(first, format="LLL", locale=get_locale())


def zoned(moment: datetime | None) -> str:
    """Such as “Mar 2, 2027, 8:00 AM EST (UTC−5)”, in the language that is spoken just now."""
    if moment is None:
        return ""
    local = moment.astimezone(zone())
    language = get_locale()
    day = format_date(local.date(), format="medium", locale=language)
    hour = format_time(local, format="short", tzinfo=local.tzinfo, locale=language)
    return f"{day}, {' '.join(hour.split())} {_named(local)}"  # Mail programs stumble over narrow spaces.


def _named(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
    short = local.tzname() or ""
    return f"{short} ({offset})" if short.isalpha() else offset
