"""Who may change what is counted already: not whoever may see numbers alone.

A rule turned to and fro, and what numbers differ by meanwhile, tells of single students: those enrolled for
exactly ten days, those whom one code makes chronic, those absent on the one day that a calendar lost."""

from flask import request
from sqlalchemy import exists, select

from crm.plugin_api import UserError, current_actor, db, system
from crm.plugin_api import gettext as _
from crm_schools import codes, figures
from crm_schools.models import Code, District, Rating
from crm_schools.settings import Held


def may_recount(district: District) -> bool:
    """Whether the reader sees every number of a district, so that no change of one tells them anything; or
    nothing is counted yet."""
    with system("whether anything is counted yet"):
        if not db.session().scalar(select(exists().where(Rating.district_id == district.id))):
            return True
    return _sees_all(district)


def _sees_all(district: District) -> bool:
    place = figures.place_of(current_actor(), district, None, None)
    return place.whole and not place.least


def ask_who_recounts(district: District) -> None:
    """UserError for whoever may see numbers of the district alone, where there are any."""
    if not may_recount(district):
        raise UserError(
            _(
                "Attendance that is here would count anew by this, and what numbers change by can tell of "
                "single students. Ask somebody who may see the students of the whole district, such as an "
                "administrator."
            )
        )


def ask_who_maps(district: District, code: Code) -> None:
    """The same for a code: a new one, or one with which no day is stored, is anybody's to map."""
    if code.kind and codes.is_used_in_days(code.id):
        ask_who_recounts(district)


def ask_who_decides(district: District, name: str, now: Held | None) -> None:
    """The same for a rule. Who may see numbers alone can make the smallest group larger at any time, and
    never smaller."""
    value = request.form.get("value", "")
    if name == "suppression" and now is not None:
        if value.isdecimal() and int(value) >= now.number:
            return
        if _sees_all(district):
            return
        raise UserError(
            _(
                "Only somebody who may see the students of the whole district can make the smallest "
                "group smaller."
            )
        )
    ask_who_recounts(district)
