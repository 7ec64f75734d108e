"""The days of school of a year, as people write them. Inside a transaction; ratings follow."""

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools.importing.dates import day_of
from crm_schools.models import Calendar, Day, Year
from crm_schools.terms import SATURDAY, weekdays

WHY: Final = "somebody who may writes a calendar by hand"


def days_in(text: str) -> list[date]:
    """The days of lines such as `2025-11-27` and `2025-12-22 to 2026-01-02`. UserError with the line that is
    none."""
    found: set[date] = set()
    for line in filter(str.strip, text.replace(";", "\n").splitlines()):
        words = [word.strip() for word in re.split(r"\s+(?:to|a|-|–|—)\s+|\s*[–—]\s*", line.strip())]
        days = [day_of(word) for word in words]
        first, last = days[0], days[-1]
        if len(days) > 2 or first is None or last is None or not 0 <= (last - first).days <= 200:
            raise UserError(
                _("“%(line)s” is no day. Write 2025-11-27, or 2025-12-22 to 2026-01-02.", line=line.strip())
            )
        found.update(first + timedelta(number) for number in range((last - first).days + 1))
    return sorted(found)


def usual_calendar(year: Year) -> tuple[str, str]:
    """The days off and make-up days of the calendar of all schools, from which that of a school begins."""
    usual = select(Calendar.id).where(
        Calendar.district_id == year.district_id,
        Calendar.school_year == year.school_year,
        Calendar.school_id.is_(None),
        Calendar.grade == "",
    )
    with system(WHY):
        found = db.session().scalar(usual)
    return ("", "") if found is None else as_lines(found, year)


def keep_calendar(
    row: Calendar | None,
    year: Year,
    school_id: int | None,
    grade: str,
    off: Iterable[date],
    extra: Iterable[date],
) -> int:
    """The days of school of a year: its weekdays without those `off`, and make-up days. Returns how many."""
    wanted = dict.fromkeys(weekdays(year.begins_on, year.ends_on), "instruction")
    off, extra = set(off), set(extra)
    _refuse_days(year, off, extra)
    wanted |= dict.fromkeys(off & wanted.keys(), "holiday") | dict.fromkeys(extra, "makeup")
    with system(WHY):
        if row is None:
            row = _new_calendar(year, school_id, grade)
        for day_row in db.session().scalars(select(Day).where(Day.calendar_id == row.id)).all():
            if day_row.on_date in wanted:
                day_row.kind = wanted.pop(day_row.on_date)
            else:
                db.session().delete(day_row)
        calendar_id = row.id
        db.session().add_all(
            [Day(calendar_id=calendar_id, on_date=day, kind=kind) for day, kind in wanted.items()]
        )
        db.session().flush()
        counted = select(Day.id).where(
            Day.calendar_id == calendar_id, Day.kind.in_(("instruction", "makeup"))
        )
        return len(db.session().execute(counted).all())


def _refuse_days(year: Year, off: Collection[date], extra: Collection[date]) -> None:
    """UserError where a make-up day is none of the year, or off, too."""
    for day in sorted(extra):
        if day in off:
            raise UserError(_("This day is both one without school and a make-up day: %(day)s.", day=day))
        if not year.begins_on <= day <= year.ends_on:
            raise UserError(_("A make-up day lies outside of the school year: %(day)s.", day=day))


def _new_calendar(year: Year, school_id: int | None, grade: str) -> Calendar:
    same = select(Calendar.id).where(
        Calendar.district_id == year.district_id,
        Calendar.school_year == year.school_year,
        Calendar.school_id.is_(None) if school_id is None else Calendar.school_id == school_id,
        Calendar.grade == grade,
    )
    if db.session().execute(same).first() is not None:
        raise UserError(_("There is a calendar for these already. Change it instead."))
    row = Calendar(
        district_id=year.district_id, school_id=school_id, school_year=year.school_year, grade=grade
    )
    db.session().add(row)
    db.session().flush()
    return row


def as_lines(calendar_id: int, year: Year) -> tuple[str, str]:
    """The weekdays without school and the make-up days of a calendar, as its form holds them."""
    with system(WHY):
        rows = db.session().execute(select(Day.on_date, Day.kind).where(Day.calendar_id == calendar_id)).all()
    school = {row[0] for row in rows if row[1] in {"instruction", "makeup"}}
    off = [day for day in weekdays(year.begins_on, year.ends_on) if day not in school]
    extra = sorted(day for day in school if day.weekday() >= SATURDAY)
    return "\n".join(_spans(off)), "\n".join(day.isoformat() for day in extra)


def _spans(days: list[date]) -> list[str]:
    """Days that follow one another, weekends aside, as one line."""
    spans: list[list[date]] = []
    for day in days:
        gap = (day - spans[-1][-1]).days if spans else 0
        if spans and (gap == 1 or (gap == 3 and day.weekday() == 0)):
            spans[-1].append(day)
        else:
            spans.append([day])
    return [
        _("%(first)s to %(last)s", first=each[0], last=each[-1]) if len(each) > 1 else each[0].isoformat()
        for each in spans
    ]
