"""Parts of other pages that load by themselves: what was done with a record, and what is to be done."""

from typing import Any

from flask import abort
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, load, requires
from crm.activities.choices import ABOUT, name_of
from crm.activities.forms import QuickTaskForm
from crm.activities.models import Activity, Task
from crm.activities.permissions import EDIT, VIEW
from crm.activities.views.blueprint import blueprint, origin
from crm.activities.views.rows import newest, tasks_about
from crm.activities.words import ICONS, KINDS

QUICK = ("call", "meeting", "email", "visit", "note")


def _column(kind: str, record_id: int, of: type[Any]) -> str:
    """The column of a model that refers to such a record; 404 when that is not the reader's to see."""
    column = f"{kind}_id"
    if column not in ABOUT or not (hasattr(of, column) or column == "contact_id"):
        abort(404)
    load(ABOUT[column].model, record_id)
    return column


@blueprint.get("/of/<kind>/<int:record_id>")
@requires(VIEW)
def activities_of(kind: str, record_id: int) -> Response:
    """The newest activities of a record, and the ways to log one."""
    column = _column(kind, record_id, Activity)
    return _panel(
        "activities/_panel.html",
        column,
        record_id,
        rows=newest(column, record_id, current_actor()) if kind != "contact" else [],
        quick=[(each, KINDS[each], ICONS[each]) for each in QUICK],
        query=f"who:is:#{record_id}" if kind == "contact" else f"{kind}:is:{record_id}",
    )


@blueprint.get("/tasks/of/<kind>/<int:record_id>")
@requires(VIEW)
def tasks_of(kind: str, record_id: int) -> Response:
    """The tasks of a record that the reader may see, and a line to add one."""
    column = _column(kind, record_id, Task)
    rows = tasks_about(column, record_id, current_actor())
    return _panel("activities/_tasks_panel.html", column, record_id, rows=rows, form=QuickTaskForm())


def _panel(part: str, column: str, record_id: int, **values: Any) -> Response:
    about = {column: record_id}
    back, _name = origin(about, "activities.my_day")
    return htmx.render(
        "activities/panel_page.html",
        part,
        part=part,
        about=about,
        back=back,
        title=name_of(column, record_id),
        kind=column.removesuffix("_id"),
        can_edit=current_actor().can(EDIT),
        **values,
    )
