"""Districts, schools, school years and calendars by hand."""

from collections.abc import Callable
from typing import Any

from flask import abort, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField

from crm.plugin_api import UserError, current_actor, db, go, load, render, requires, say, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm_schools.keeping import calendars, services
from crm_schools.keeping.forms import CalendarForm, DistrictForm, SchoolForm, YearForm
from crm_schools.models import Calendar, Day, District, School, Year
from crm_schools.permissions import EDIT
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.recounting import ask_who_recounts

Kept = Callable[[], str]
"""Writes what the form says, inside a transaction, and returns the address to go on to."""


def kept(
    form: Any, title: str, write: Kept, action: str, back: str, before: Callable[[], None] | None = None
) -> Response:
    """A form as a dialog or a page: what it says is written, or what is wrong stands above it. What `before`
    writes is a change of its own, which undo of the other leaves."""
    if form.sent():
        try:
            if before is not None:
                with db.transaction(current_actor(), "schools.keep", title):
                    before()
            with db.transaction(current_actor(), "schools.keep", title) as change:
                address = write()
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("It is saved."), change)
            return go(address)
    return render(
        "schools/form_page.html", "schools/_form.html", form.status,
        form=form, title=title, action=action, back=back, label=_("Save"), **shared(),
    )  # fmt: skip


def texts(form: Any) -> dict[str, Any]:
    """What a form says; texts without spaces around, and empty where nothing came."""
    return {
        field.name: (field.data or "").strip() if isinstance(field, StringField) else field.data
        for field in form
        if field.name != "csrf_token"
    }


def settings_of(district_id: int) -> str:
    return url_for("schools.settings", district_id=district_id)


@blueprint.route("/districts/new", methods=["GET", "POST"])
@requires(EDIT)
def new_district() -> Response:
    """A district that no roster brought."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)
    form = DistrictForm()

    def write() -> str:
        return settings_of(services.keep_district(None, texts(form)).id)

    action = url_for("schools.new_district")
    return kept(form, _("Add a district"), write, action, url_for("schools.index"))


@blueprint.route("/district/<int:district_id>/change", methods=["GET", "POST"])
@requires(EDIT)
def change_district(district_id: int) -> Response:
    district: District = load(District, district_id, EDIT)
    form = DistrictForm(district)

    def write() -> str:
        row = services.known(District, district_id)
        if texts(form)["state"].upper() != row.state:  # Its law says who is truant.
            ask_who_recounts(row)
        services.keep_district(row, texts(form))
        return settings_of(district_id)

    action = url_for("schools.change_district", district_id=district_id)
    return kept(form, _("Change the district"), write, action, settings_of(district_id))


@blueprint.route("/district/<int:district_id>/schools/new", methods=["GET", "POST"])
@requires(EDIT)
def new_school(district_id: int) -> Response:
    """A school of a district, also an organization below it."""
    load(District, district_id, EDIT)
    form = SchoolForm()

    def write() -> str:
        services.keep_school(None, services.known(District, district_id), texts(form))
        return settings_of(district_id)

    action = url_for("schools.new_school", district_id=district_id)
    return kept(form, _("Add a school"), write, action, settings_of(district_id))


@blueprint.route("/school/<int:school_id>/change", methods=["GET", "POST"])
@requires(EDIT)
def change_school(school_id: int) -> Response:
    school: School = load(School, school_id)
    district_id = school.district_id
    load(District, district_id, EDIT)
    form = SchoolForm(school)

    def write() -> str:
        district = services.known(District, district_id)
        services.keep_school(services.known(School, school_id), district, texts(form))
        return settings_of(district_id)

    action = url_for("schools.change_school", school_id=school_id)
    return kept(form, _("Change the school"), write, action, settings_of(district_id))


@blueprint.route("/district/<int:district_id>/years/new", methods=["GET", "POST"])
@requires(EDIT)
def new_year(district_id: int) -> Response:
    load(District, district_id, EDIT)
    form = YearForm()

    def write() -> str:
        assert form.begins_on.data
        assert form.ends_on.data
        closed = bool(form.is_closed.data)
        days = form.begins_on.data, form.ends_on.data
        services.keep_year(None, district_id, *days, closed, form.through_on.data)
        return settings_of(district_id)

    action = url_for("schools.new_year", district_id=district_id)
    return kept(form, _("Add a school year"), write, action, settings_of(district_id))


def _year_or_404(district_id: int, school_year: int) -> Year:
    statement = visible(Year, current_actor()).where(
        Year.district_id == district_id, Year.school_year == school_year
    )
    found: Year | None = db.session().scalars(statement).one_or_none()
    if found is None:
        abort(404)
    return found


@blueprint.route("/district/<int:district_id>/years/<int:year>", methods=["GET", "POST"])
@requires(EDIT)
def change_year(district_id: int, year: int) -> Response:
    load(District, district_id, EDIT)
    form = YearForm(_year_or_404(district_id, year))

    def write() -> str:
        ask_who_recounts(services.known(District, district_id))
        row = _year_or_404(district_id, year)
        assert form.begins_on.data
        assert form.ends_on.data
        closed = bool(form.is_closed.data)
        days = form.begins_on.data, form.ends_on.data
        services.keep_year(row, district_id, *days, closed, form.through_on.data)
        return settings_of(district_id)

    action = url_for("schools.change_year", district_id=district_id, year=year)
    return kept(form, _("Change the school year"), write, action, settings_of(district_id))


def schools_of(district_id: int, first: tuple[str, Any] | None = None) -> list[Any]:
    """The schools of a district that the reader sees, to choose from."""
    statement = visible(School, current_actor()).where(School.district_id == district_id)
    rows = db.session().execute(statement.with_only_columns(School.id, School.name).order_by(School.name))
    return options([*([first] if first else []), *((row[0], row[1]) for row in rows)])


@blueprint.route("/district/<int:district_id>/years/<int:year>/calendars/new", methods=["GET", "POST"])
@requires(EDIT)
def new_calendar(district_id: int, year: int) -> Response:
    """The days of school, said by the weekdays that are none."""
    load(District, district_id, EDIT)
    off, extra = calendars.usual_calendar(_year_or_404(district_id, year))
    form = CalendarForm(data={"off": off, "extra": extra})
    form.school_id.choices = schools_of(district_id, ("", _("All schools")))

    def write() -> str:
        ask_who_recounts(services.known(District, district_id))
        row = _year_or_404(district_id, year)
        off, extra = calendars.days_in(form.off.data or ""), calendars.days_in(form.extra.data or "")
        calendars.keep_calendar(None, row, form.school_id.data, form.grade.data or "", off, extra)
        return settings_of(district_id)

    action = url_for("schools.new_calendar", district_id=district_id, year=year)
    return kept(form, _("Add a calendar"), write, action, settings_of(district_id))


@blueprint.route("/calendar/<int:calendar_id>", methods=["GET", "POST"])
@requires(EDIT)
def change_calendar(calendar_id: int) -> Response:
    calendar: Calendar = load(Calendar, calendar_id, EDIT)
    district_id, school_year = calendar.district_id, calendar.school_year
    off, extra = calendars.as_lines(calendar_id, _year_or_404(district_id, school_year))
    form = CalendarForm(data={"off": off, "extra": extra})
    del form.school_id, form.grade

    def write() -> str:
        ask_who_recounts(services.known(District, district_id))
        row, year = services.known(Calendar, calendar_id), _year_or_404(district_id, school_year)
        days = calendars.days_in(form.off.data or ""), calendars.days_in(form.extra.data or "")
        calendars.keep_calendar(row, year, row.school_id, row.grade, *days)
        return settings_of(district_id)

    action = url_for("schools.change_calendar", calendar_id=calendar_id)
    return kept(form, _("Change the calendar"), write, action, settings_of(district_id))


@blueprint.post("/calendar/<int:calendar_id>/remove")
@requires(EDIT)
def remove_calendar(calendar_id: int) -> Response:
    """Take a calendar out; the next wider one holds again. Undo brings it back."""
    calendar: Calendar = load(Calendar, calendar_id, EDIT)
    district_id = calendar.district_id
    ask_who_recounts(services.known(District, district_id))
    with (
        db.transaction(current_actor(), "schools.keep", _("Removed a calendar")) as change,
        system("the days of a calendar that may be changed"),
    ):
        for day in db.session().scalars(select(Day).where(Day.calendar_id == calendar_id)).all():
            db.session().delete(day)
        db.session().flush()
        db.session().delete(db.session().get_one(Calendar, calendar_id))
    say(_("The calendar is removed."), change)
    return go(settings_of(district_id))
