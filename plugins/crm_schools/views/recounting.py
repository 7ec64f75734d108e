"""Asking who changes what is counted already; see `crm_schools.keeping.recounting`."""

from flask import request

from crm.plugin_api import UserError, current_actor
from crm.plugin_api import gettext as _
from crm_schools import codes
from crm_schools.keeping import recounting
from crm_schools.models import Code, District
from crm_schools.settings import Held


def may_recount(district: District) -> bool:
    return recounting.may_recount(district, current_actor())


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
        if recounting.sees_all(district, current_actor()):
            return
        raise UserError(
            _(
                "Only somebody who may see the students of the whole district can make the smallest "
                "group smaller."
            )
        )
    ask_who_recounts(district)
