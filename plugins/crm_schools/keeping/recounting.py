"""Who may change what is counted already: not whoever may see numbers alone.

A rule turned to and fro, and what numbers differ by meanwhile, tells of single students: those enrolled for
exactly ten days, those whom one code makes chronic, those absent on the one day that a calendar lost."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import case, exists, func, select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools import codes, figures
from crm_schools.models import Calendar, District, Rating, Year
from crm_schools.words import year_words

BY_HAND: Final = frozenset({"schools.rule", "schools.codes", "schools.keep"})
"""Acts by which people change what is counted; an import is another thing, whoever brings it has the file."""


def may_recount(district: District, actor: Actor) -> bool:
    """Whether somebody sees every number of a district, so that no change of one tells them anything; or
    nothing is counted yet."""
    with system("whether anything is counted yet"):
        if not db.session().scalar(select(exists().where(Rating.district_id == district.id))):
            return True
    return sees_all(district, actor)


def sees_all(district: District, actor: Actor) -> bool:
    place = figures.place_of(actor, district, None, None)
    return place.whole and not place.least


def chronic_by_year(district_id: int) -> dict[int, int]:
    """How many students are chronically absent in each school year of which anybody is rated."""
    chronic = func.sum(case((Rating.is_chronic, 1), else_=0))
    statement = select(Rating.school_year, chronic).where(
        Rating.district_id == district_id, Rating.part != "school"
    )
    with system("what is counted anew, for whoever sees all numbers"):
        rows = db.session().execute(statement.group_by(Rating.school_year).order_by(Rating.school_year))
        return {row[0]: int(row[1]) for row in rows}


def what_changed(before: Mapping[int, int], after: Mapping[int, int]) -> str:
    """What became of the years that were counted anew, in a sentence; empty where nothing did."""
    found = [
        f"{year_words(year)}: {before.get(year, 0)} → {count}"
        for year, count in after.items()
        if count != before.get(year, 0)
    ]
    return _("Chronically absent now: %(years)s.", years="; ".join(found)) if found else ""


def refuse_undo(change: Any, district_ids: Collection[int]) -> None:
    """UserError where `change`, an undo, turns back what counts in one of these districts, for somebody who
    may see its numbers alone. Inside the transaction of the undo, before its commit."""
    if change.undone_action not in BY_HAND:
        return
    with system("whose rules an undo turns back"):
        districts = db.session().scalars(select(District).where(db.among(District.id, district_ids))).all()
        turned = [each for each in districts if _counts_anew(change, each.id)]
    if not all(may_recount(each, change.actor) for each in turned):
        raise UserError(
            _(
                "This would turn back how attendance that is here is counted or shown, and what numbers "
                "change by can tell of single students. Ask somebody who may see the students of the whole "
                "district, such as an administrator."
            )
        )


def _counts_anew(change: Any, district_id: int) -> bool:
    """Whether a change writes anything by which a district counts: a rule, the state with its law, a
    calendar, the dates of a year that stays, the meaning of a code that stored days have."""
    of = (district_id,)
    years = change.rows("schools_year", of)
    calendars = select(Calendar.id).where(Calendar.district_id == district_id)
    return bool(
        change.rows("schools_setting", of)
        or change.rows("schools_district", of, "state")
        or change.rows("schools_calendar", of)
        or change.rows("schools_day", db.session().scalars(calendars).all())
        or db.session().execute(select(Year.id).where(db.among(Year.id, years))).first()
        or any(codes.is_used_in_days(each) for each in change.rows("schools_code", of))
    )
