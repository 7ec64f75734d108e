"""Tasks: their list, the page of one, giving, changing, doing and deleting them."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, require, requires, visible
from crm.activities import choices
from crm.activities.forms import QuickTaskForm, TaskForm, task_form
from crm.activities.models import Task
from crm.activities.permissions import EDIT, TASKS, VIEW
from crm.activities.services import tasks
from crm.activities.views.acts import as_number
from crm.activities.views.blueprint import back_to, blueprint, origin
from crm.activities.views.rows import task_rows
from crm.errors import Conflict, UserError
from crm.fields.pages import show_list
from crm.i18n import day, today
from crm.pages import say


@blueprint.get("/tasks", endpoint="tasks")
@requires(TASKS)
def tasks_list() -> Response:
    """The tasks of everybody whose tasks one may see; those to be done unless the address says otherwise."""
    if not request.args and not htmx.wants_fragment():
        return htmx.go(url_for("activities.tasks", list="open"))
    return show_list("activities_tasks", page="activities/tasks.html")


@blueprint.route("/tasks/new", methods=["GET", "POST"])
@requires(EDIT)
def new_task() -> Response:
    about: dict[str, Any] = dict(choices.visible_ids(request.args))
    form = task_form(
        assignee_user_id=current_actor().user_id, title=request.args.get("title", "")[:200], **about
    )
    back, whence = origin(about, "activities.my_day")
    if form.sent():
        try:
            with db.transaction(current_actor(), "activities.task") as change:
                tasks.require_may_give(form.assignee_user_id.data, current_actor())
                task = tasks.create(
                    {**form.values(), "items": form.lines(), **_hidden(form)},
                )
                change.summary = _("New task “%(title)s”", title=task.title)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The task “%(title)s” is added.", title=task.title), change)
            return htmx.go(back)
    return _form(form, url_for("activities.new_task", **about), back, whence=whence)


def _hidden(form: TaskForm) -> dict[str, Any]:
    """The commitment or activity that a new task belongs to, as far as the reader may see it."""
    given = {"commitment_id": form.commitment_id.data, "activity_id": form.activity_id.data}
    return dict(choices.visible_ids(given))


@blueprint.post("/tasks/quick")
@requires(EDIT)
def quick_task() -> Response:
    """A task of one's own in one line; what it belongs to stands in the address."""
    form, about = QuickTaskForm(), choices.visible_ids(request.args)
    if not form.sent():
        wrong = form.title.errors or form.due_date.errors or form.form_errors
        raise UserError(_("The task was not added: %(why)s", why=" ".join(map(str, wrong))))
    actor = current_actor()
    with db.transaction(actor, "activities.task") as change:
        values = {"title": form.title.data, "due_date": form.due_date.data, **about}
        task = tasks.create({**values, "assignee_user_id": actor.user_id})
        change.summary = _("New task “%(title)s”", title=task.title)
    say(_("The task “%(title)s” is added.", title=task.title), change)
    return htmx.go(back_to(url_for("activities.my_day")))


@blueprint.get("/tasks/<int:task_id>")
@requires(VIEW)
def task(task_id: int) -> Response:
    load(Task, task_id)
    actor = current_actor()
    (row,) = task_rows(visible(Task, actor).where(Task.id == task_id), actor)
    return htmx.render(
        "activities/task.html",
        None,
        row=row,
        task=row.task,
        items=tasks.items_of([task_id]),
        here=url_for("activities.task", task_id=task_id),
        can_edit=actor.can(EDIT),
    )


@blueprint.route("/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_task(task_id: int) -> Response:
    task: Task = load(Task, task_id, EDIT)
    form = task_form(task)
    del form.items
    here = url_for("activities.task", task_id=task_id)
    clash: list[tuple[str, str]] = []
    if form.sent():
        try:
            with db.transaction(current_actor(), "activities.task") as change:
                tasks.require_may_give(form.assignee_user_id.data, current_actor(), task)
                tasks.change(task, form.kept(task), as_number(form.version.data))
                change.summary = _("Changed the task “%(title)s”", title=task.title)
        except Conflict as error:
            clash = _as_it_is(load(Task, task_id, EDIT))
            form.version.data = str(load(Task, task_id).version)
            form.form_errors.append(error.message)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("Saved."), change)
            return htmx.go(here)
    address = url_for("activities.edit_task", task_id=task_id)
    return _form(form, address, here, task=load(Task, task_id), clash=clash)


def _as_it_is(task: Task) -> list[tuple[str, str]]:
    """What a task says now, for somebody who was about to overwrite it."""
    return [
        (_("What is to be done"), task.title),
        (_("Due"), day(task.due_date)),
        (_("Note"), task.note),
        (_("State"), _("Done") if task.done_at else pgettext("state", "Open")),
    ]


def _form(form: TaskForm, address: str, back: str, **values: Any) -> Response:
    return htmx.render(
        "activities/task_form_page.html",
        "activities/_task_form.html",
        409 if values.get("clash") else form.status,
        **{"task": None, "clash": [], "whence": "", **values},
        form=form,
        address=address,
        back=back,
        may_give=current_actor().can(TASKS),
    )


def own_or_editable(task_id: int) -> Task:
    """A task that the reader may tick: their own, or one that they may change."""
    task: Task = load(Task, task_id)
    if task.assignee_user_id != current_actor().user_id:
        require(Task, task_id, EDIT)
    return task


@blueprint.post("/tasks/<int:task_id>/done")
@requires(VIEW)
def task_done(task_id: int) -> Response:
    task = own_or_editable(task_id)
    with db.transaction(current_actor(), "activities.done", _("Did “%(title)s”", title=task.title)) as change:
        following = tasks.finish(task, current_actor(), today())
        due = following.due_date if following else None
    message = _("“%(title)s” is done.", title=task.title)
    if due is not None:
        message = _("“%(title)s” is done. It is due again on %(day)s.", title=task.title, day=day(due))
    say(message, change)
    return htmx.go(back_to(url_for("activities.my_day")))


@blueprint.post("/tasks/<int:task_id>/open")
@requires(VIEW)
def task_open(task_id: int) -> Response:
    task = own_or_editable(task_id)
    with db.transaction(
        current_actor(), "activities.done", _("Opened “%(title)s” again", title=task.title)
    ) as change:
        tasks.reopen(task)
    say(_("“%(title)s” is open again.", title=task.title), change)
    return htmx.go(back_to(url_for("activities.task", task_id=task_id)))


@blueprint.route("/tasks/<int:task_id>/delete", methods=["GET", "POST"])
@requires(EDIT)
def delete_task(task_id: int) -> Response:
    task: Task = load(Task, task_id, EDIT)
    if request.method == "POST":
        return _delete(task)
    return htmx.render("activities/delete_task_page.html", "activities/_delete_task_form.html", task=task)


def _delete(task: Task) -> Response:
    title = task.title
    with db.transaction(
        current_actor(), "activities.task", _("Deleted the task “%(title)s”", title=title)
    ) as change:
        tasks.delete(task)
    say(_("The task “%(title)s” is deleted.", title=title), change)
    return htmx.go(url_for("activities.my_day"))
