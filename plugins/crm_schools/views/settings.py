"""What attendance codes mean in a district, and by which rules it counts: where an import that stopped is
helped."""

from collections.abc import Mapping, Sequence

from flask import request, url_for
from sqlalchemy import case, func, select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    UserError,
    current_actor,
    db,
    go,
    load,
    render,
    requires,
    say,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import look_again
from crm_schools import codes as code_table
from crm_schools import settings as rules
from crm_schools import sources
from crm_schools.importing.dates import any_day_of
from crm_schools.keeping import recounting
from crm_schools.models import Calendar, Code, Day, District, School, Year
from crm_schools.permissions import EDIT
from crm_schools.rating import settling
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.recounting import ask_who_decides, ask_who_maps, may_recount
from crm_schools.words import year_words


@blueprint.get("/district/<int:district_id>/settings")
@requires(EDIT)
def settings(district_id: int) -> Response:
    """Codes to be mapped first, then rules with their sources, then the years and calendars."""
    district = load(District, district_id, EDIT)
    of_district = visible(Code, current_actor()).where(Code.district_id == district.id)
    codes = db.session().scalars(of_district.order_by(Code.kind, Code.code_key)).all()
    counted = list(recounting.chronic_by_year(district.id))
    left_out = code_table.left_out_in([code.id for code in codes])
    years = visible(Year, current_actor()).where(Year.district_id == district.id)
    return render(
        "schools/settings.html",
        None,
        district=district,
        may_recount=may_recount(district),
        import_id=request.args.get("import_id", type=int),
        codes=[(code, code_table.meaning_of(code.kind, code.halves)) for code in codes],
        left_out={code_id: len(changes) for code_id, changes in left_out.items()},
        meanings=code_table.words(),
        source_words=sources.shown,
        rules=rules.listed(district, 0),
        before=rules.changes(district),
        every_year=rules.OF_EVERY_YEAR,
        first_years=_first_years(district),
        usual_first=counted[-1] if len(counted) > 1 else 0,
        year_words=year_words,
        held_words=_held_words,
        words_of=rules.words_of,
        grade_label=places.grade_label,
        schools=list(
            db.session().scalars(
                visible(School, current_actor())
                .where(School.district_id == district.id)
                .order_by(School.name)
            )
        ),
        counted_anew=", ".join(map(year_words, counted)),
        years=[
            (year, year_words(year.school_year), _calendars(district.id, year.school_year))
            for year in db.session().scalars(years.order_by(Year.school_year.desc()))
        ],
    )


def _calendars(district_id: int, school_year: int) -> list[tuple[Calendar, str, int]]:
    """The calendars of a year: of which school (empty for all), and how many days of instruction."""
    counted = func.sum(case((Day.kind.in_(("instruction", "makeup")), 1), else_=0))
    statement = (
        visible(Calendar, current_actor())
        .outerjoin(School, School.id == Calendar.school_id)
        .outerjoin(Day, Day.calendar_id == Calendar.id)
        .add_columns(School.name, counted)
        .where(Calendar.district_id == district_id, Calendar.school_year == school_year)
        .group_by(Calendar.id, School.name)
        .order_by(School.name, Calendar.grade)
    )
    return [(row[0], row[1] or "", int(row[2] or 0)) for row in db.session().execute(statement)]


@blueprint.post("/district/<int:district_id>/codes")
@requires(EDIT)
def map_codes(district_id: int) -> Response:
    """Say what codes mean; what came with them before counts anew by itself."""
    district = load(District, district_id, EDIT)
    were_present, before = list[str](), recounting.chronic_by_year(district_id)
    with db.transaction(current_actor(), "schools.codes", _("Said what attendance codes mean")) as change:
        found = visible(Code, current_actor()).where(Code.district_id == district.id)
        for code in db.session().scalars(found).all():
            said = request.form.get(f"code-{code.id}", "")
            if said and said != code_table.meaning_of(code.kind, code.halves):
                ask_who_maps(district, code)
                source = request.form.get("source", "").strip()[:300]
                if code.kind == "present" and not code_table.is_used_in_days(code.id):
                    were_present.append(code.code)
                code_table.decide(code, said, source or sources.on_page())
    words = _("The codes are kept, and attendance is counted by them.")
    say(f"{words} {_what_changed(district, before)}".strip(), change)
    if were_present:
        say(
            _(
                "No day with the code “%(codes)s” is stored. If files named it while it meant present, "
                "import them again, and these days count by what it means now.",
                codes="”, “".join(were_present),
            )
        )
    # Whoever came from an import that stopped for its codes goes on with it.
    run_id = request.form.get("import_id", type=int)
    if run_id is not None:
        look_again(run_id)
        return go(url_for("transfer.show_import", run_id=run_id))
    return go(url_for("schools.settings", district_id=district.id))


@blueprint.post("/district/<int:district_id>/rule/<name>")
@requires(EDIT)
def decide_rule(district_id: int, name: str) -> Response:
    """Let a rule be so, with the law or decision that it follows."""
    district = load(District, district_id, EDIT)
    text = request.form.get("dated_on", "").strip()
    dated = any_day_of(text)  # Laws are older than what files speak of.
    if text and dated is None:
        raise UserError(_("“%(text)s” is not a day. Write the day as 2025-09-01.", text=text[:40]))
    now = rules.held(district, 0).get(name)
    held = now and _held_words(now.value, rules.changes(district).get(name, ()))
    if now is not None and request.form.get("was", held) != held:
        raise Conflict(
            _("Somebody else changed this rule since you opened the page. Open it anew, then decide.")
        )
    ask_who_decides(district, name, now)
    before = recounting.chronic_by_year(district_id)
    with db.transaction(
        current_actor(), "schools.rule", _("Changed a rule of %(name)s", name=district.name)
    ) as change:
        value, source = request.form.get("value", ""), request.form.get("source", "")
        first = _first_year(district)
        rules.decide(district, name, value, source=source, dated_on=dated, from_year=first)
    say(_kept_words(district, name, before), change)
    return go(url_for("schools.settings", district_id=district_id))


def _kept_words(district: District, name: str, before: Mapping[int, int]) -> str:
    """That a rule is kept, and what it did to the years, for whoever sees all of their numbers."""
    if name == "suppression":
        return _("The rule is kept.")
    if settling.is_large(district.id):
        return _(
            "The rule is kept. Attendance of so many students is counted by it in the background: the page "
            "“Background work” says when that is done, and what changed."
        )
    words = _("The rule is kept, and attendance is counted by it.")
    return f"{words} {_what_changed(district, before)}".strip()


def _what_changed(district: District, before: Mapping[int, int]) -> str:
    """What became of the years, for whoever sees all of their numbers."""
    if not recounting.sees_all(district, current_actor()):
        return ""
    return recounting.what_changed(before, recounting.chronic_by_year(district.id))


def _held_words(value: str, before: Sequence[rules.Before]) -> str:
    """How a rule holds in all years, as the page tells the form that was sent from it."""
    return " ".join([value, *(f"{each.from_year}:{each.held.value}" for each in before)])


def _first_years(district: District) -> list[int]:
    """The school years from which on a rule may hold: those of the district, and the next one."""
    statement = select(Year.school_year).where(Year.district_id == district.id).order_by(Year.school_year)
    with system("years of a district whose rules the reader may decide"):
        years = list(db.session().scalars(statement))
    return [*years[1:], years[-1] + 1][::-1] if years else []


def _first_year(district: District) -> int | None:
    """The year from which on the rule that was sent holds; None for every one."""
    text = request.form.get("from_year", "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) not in _first_years(district):
        raise UserError(_("Choose for which school years the rule holds."))
    return int(text)
