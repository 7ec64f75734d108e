"""What attendance codes mean in a district, and by which rules it counts: where an import that stopped is
helped."""

from datetime import date

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, go, load, render, requires, say, visible
from crm.plugin_api import gettext as _
from crm_schools import codes as code_table
from crm_schools import settings as rules
from crm_schools.models import Calendar, Code, Day, District, Year
from crm_schools.permissions import EDIT
from crm_schools.views.blueprint import blueprint
from crm_schools.words import year_words


@blueprint.get("/district/<int:district_id>/settings")
@requires(EDIT)
def settings(district_id: int) -> Response:
    """Codes to be mapped first, then rules with their sources, then the years and calendars."""
    district = load(District, district_id, EDIT)
    codes = db.session().scalars(
        visible(Code, current_actor())
        .where(Code.district_id == district.id)
        .order_by(Code.kind, Code.code_key)
    )
    years = visible(Year, current_actor()).where(Year.district_id == district.id)
    return render(
        "schools/settings.html",
        None,
        district=district,
        codes=[(code, code_table.meaning_of(code.kind, code.halves)) for code in codes],
        meanings=code_table.words(),
        rules=rules.listed(district),
        words_of=rules.words_of,
        years=[
            (year, year_words(year.school_year), _days(district.id, year.school_year))
            for year in db.session().scalars(years.order_by(Year.school_year.desc()))
        ],
    )


def _days(district_id: int, school_year: int) -> int:
    """How many calendars of the year name days of school."""
    statement = (
        visible(Calendar, current_actor())
        .with_only_columns(Calendar.id)
        .where(Calendar.district_id == district_id, Calendar.school_year == school_year)
    )
    with_days = statement.where(Calendar.id.in_(select(Day.calendar_id)))
    return len(db.session().execute(with_days).all())


@blueprint.post("/district/<int:district_id>/codes")
@requires(EDIT)
def map_codes(district_id: int) -> Response:
    """Say what codes mean; what came with them before counts anew by itself."""
    district = load(District, district_id, EDIT)
    with db.transaction(current_actor(), "schools.codes", _("Said what attendance codes mean")) as change:
        found = visible(Code, current_actor()).where(Code.district_id == district.id)
        for code in db.session().scalars(found).all():
            said = request.form.get(f"code-{code.id}", "")
            if said and said != code_table.meaning_of(code.kind, code.halves):
                source = request.form.get("source", "").strip()[:300]
                code_table.decide(code, said, source or _("said on the page of the district"))
    say(_("The codes are kept, and attendance is counted by them."), change)
    return go(url_for("schools.settings", district_id=district.id))


@blueprint.post("/district/<int:district_id>/rule/<name>")
@requires(EDIT)
def decide_rule(district_id: int, name: str) -> Response:
    """Let a rule be so, with the law or decision that it follows."""
    district = load(District, district_id, EDIT)
    text = request.form.get("dated_on", "")
    dated = date.fromisoformat(text) if text[:4].isdecimal() and len(text) == 10 else None
    with db.transaction(
        current_actor(), "schools.rule", _("Changed a rule of %(name)s", name=district.name)
    ) as change:
        value, source = request.form.get("value", ""), request.form.get("source", "")
        rules.decide(district, name, value, source=source, dated_on=dated)
    say(_("The rule is kept, and attendance is counted by it."), change)
    return go(url_for("schools.settings", district_id=district.id))
