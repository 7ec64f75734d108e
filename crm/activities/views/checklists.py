"""The lines of a task's checklist: ticking, adding and removing them on its page."""

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires
from crm.activities.models import Task, TaskItem
from crm.activities.permissions import EDIT, VIEW
from crm.activities.services import tasks
from crm.activities.views.blueprint import blueprint
from crm.activities.views.tasks import own_or_editable
from crm.pages import say


def _item(task: Task, item_id: int) -> TaskItem:
    return tasks.item_of(task, item_id) or abort(404)


def _part(task_id: int) -> Response:
    """The checklist as it is now; the whole page for a browser without script."""
    if not htmx.wants_fragment():
        return htmx.go(url_for("activities.task", task_id=task_id))
    return htmx.render(
        "activities/_checklist.html",
        None,
        task=load(Task, task_id),
        items=tasks.items_of([task_id]),
        can_edit=current_actor().can(EDIT),
    )


@blueprint.post("/tasks/<int:task_id>/items")
@requires(EDIT)
def add_item(task_id: int) -> Response:
    task: Task = load(Task, task_id, EDIT)
    with db.transaction(current_actor(), "activities.task", _("Checklist of “%(title)s”", title=task.title)):
        tasks.add_items(task, [request.form.get("text", "")])
    return _part(task_id)


@blueprint.post("/tasks/<int:task_id>/items/<int:item_id>")
@requires(VIEW)
def tick_item(task_id: int, item_id: int) -> Response:
    """The line is done, or open again when it was."""
    task = own_or_editable(task_id)
    item = _item(task, item_id)
    with db.transaction(current_actor(), "activities.task", _("Checklist of “%(title)s”", title=task.title)):
        item.done = request.form.get("done") == "1"
    return _part(task_id)


@blueprint.post("/tasks/<int:task_id>/items/<int:item_id>/delete")
@requires(EDIT)
def delete_item(task_id: int, item_id: int) -> Response:
    task: Task = load(Task, task_id, EDIT)
    item = _item(task, item_id)
    with db.transaction(
        current_actor(), "activities.task", _("Removed “%(text)s” from a checklist", text=item.text)
    ) as change:
        db.session().delete(item)
    say(_("The line is removed."), change)
    return htmx.go(url_for("activities.task", task_id=task_id))
