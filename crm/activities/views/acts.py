"""The list of activities, the page of one, logging, changing and deleting."""

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.access.guard import system
from crm.activities import choices
from crm.activities.forms import ActivityForm, activity_form
from crm.activities.models import Activity, ActivityFile
from crm.activities.permissions import EDIT, VIEW
from crm.activities.services import acts, tasks
from crm.activities.views.blueprint import blueprint, origin
from crm.activities.views.rows import mail_waiting, tasks_about
from crm.activities.words import KINDS
from crm.contacts.files import storage
from crm.contacts.views.files import SANDBOX
from crm.errors import Conflict, UserError
from crm.fields.pages import show_list
from crm.i18n import exact
from crm.pages import say

ABOUT = ("campaign_id", "coalition_id", "event_id")


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    waiting = 0 if htmx.wants_fragment() else mail_waiting(current_actor())
    return show_list("activities", page="activities/index.html", waiting=waiting)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    """Log an activity; whom and what for may stand in the address."""
    about: dict[str, Any] = dict(choices.visible_ids(request.args))
    chosen: dict[str, Any] = {column: about[column] for column in ABOUT if column in about}
    people = [about["contact_id"]] if "contact_id" in about else []
    kind = request.args.get("kind", "")
    form = activity_form(kind=kind if kind in KINDS else "call", participants=people, **chosen)
    if people:
        # Who is known already, so what was said comes next.
        form.body.render_kw = {"rows": 4, "data-autofocus": True}
    back, whence = origin(about, "activities.index")
    if form.sent():
        try:
            return _log(form, back)
        except UserError as error:
            form.form_errors.append(error.message)
    return _form(form, url_for("activities.new", **about), back, whence=whence)


def _log(form: ActivityForm, back: str) -> Response:
    actor = current_actor()
    with db.transaction(actor, "activities.log") as change:
        activity = acts.log(form.values(), form.participants.data or [], actor)
        change.summary = _("Logged “%(subject)s”", subject=activity.subject)
        if form.wants_follow_up:
            follow_up(form, activity)
    say(_("“%(subject)s” is logged.", subject=activity.subject), change)
    return htmx.go(back)


def follow_up(form: ActivityForm, activity: Activity) -> None:
    """The task that comes out of an activity."""
    people = form.participants.data or []
    tasks.require_may_give(form.follow_assignee.data, current_actor())
    tasks.create(
        {
            "title": form.follow_title.data or _("Follow up: %(subject)s", subject=activity.subject),
            "due_date": form.follow_due.data,
            "assignee_user_id": form.follow_assignee.data or current_actor().user_id,
            "contact_id": people[0] if len(people) == 1 else None,
            "activity_id": activity.id,
            **{column: getattr(activity, column) for column in ABOUT},
        }
    )


@blueprint.get("/<int:activity_id>")
@requires(VIEW)
def show(activity_id: int) -> Response:
    actor = current_actor()
    activity: Activity = load(Activity, activity_id)
    people, more = acts.participants_of(activity_id, actor)
    return htmx.render(
        "activities/show.html",
        None,
        activity=activity,
        people=people,
        more=more,
        about=_about(activity),
        files=files_of(activity_id),
        tasks=tasks_about("activity_id", activity_id, actor),
        back=url_for("activities.show", activity_id=activity_id),
        can_edit=actor.can(EDIT),
    )


def _about(activity: Activity) -> list[choices.About]:
    statement = choices.linked(
        visible(Activity, current_actor()).where(Activity.id == activity.id), Activity, current_actor(), ABOUT
    )
    return choices.links(db.session().execute(statement).one(), activity, ABOUT)


def files_of(activity_id: int) -> list[ActivityFile]:
    statement = select(ActivityFile).where(ActivityFile.activity_id == activity_id).order_by(ActivityFile.id)
    with system("the activity was loaded for the reader"):
        return list(db.session().scalars(statement))


@blueprint.route("/<int:activity_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(activity_id: int) -> Response:
    activity: Activity = load(Activity, activity_id, EDIT)
    actor = current_actor()
    people, _more = acts.participants_of(activity_id, actor)
    form = activity_form(activity, participants=[each.id for each in people])
    here = url_for("activities.show", activity_id=activity_id)
    clash: list[tuple[str, str]] = []
    if form.sent():
        try:
            with db.transaction(actor, "activities.edit") as change:
                ids, seen = form.participants.data or [], as_number(form.version.data)
                acts.change(activity, form.kept(activity), ids, seen, actor)
                change.summary = _("Changed “%(subject)s”", subject=activity.subject)
        except Conflict as error:
            activity = load(Activity, activity_id, EDIT)
            clash = _as_it_is(activity)
            form.version.data = str(activity.version)
            form.form_errors.append(error.message)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("Saved."), change)
            return htmx.go(here)
    address = url_for("activities.edit", activity_id=activity_id)
    return _form(form, address, here, activity=load(Activity, activity_id), clash=clash)


def _as_it_is(activity: Activity) -> list[tuple[str, str]]:
    """What an activity says now, for somebody who was about to overwrite it."""
    people, _more = acts.participants_of(activity.id, current_actor())
    return [
        (_("Kind"), str(KINDS[activity.kind])),
        (_("Subject"), activity.subject),
        (_("When"), exact(activity.at)),
        (_("With whom"), ", ".join(each.name for each in people[:20])),
        (_("What was said"), activity.body),
        (_("Outcome"), activity.outcome),
    ]


def as_number(text: Any) -> int:
    """A version out of a form; 0, which no record has, for what is none."""
    return int(text) if str(text or "").isdecimal() and len(str(text)) < 10 else 0


def _form(form: ActivityForm, address: str, back: str, **values: Any) -> Response:
    return htmx.render(
        "activities/form_page.html",
        "activities/_form.html",
        409 if values.get("clash") else form.status,
        **{"activity": None, "clash": [], "whence": "", **values},
        form=form,
        address=address,
        back=back,
    )


@blueprint.route("/<int:activity_id>/delete", methods=["GET", "POST"])
@requires(EDIT)
def delete(activity_id: int) -> Response:
    activity: Activity = load(Activity, activity_id, EDIT)
    if request.method == "POST":
        subject = activity.subject
        with db.transaction(
            current_actor(), "activities.delete", _("Deleted “%(subject)s”", subject=subject)
        ) as change:
            acts.delete(activity)
        say(_("“%(subject)s” is deleted.", subject=subject), change)
        return htmx.go(url_for("activities.index"))
    return htmx.render("activities/delete_page.html", "activities/_delete_form.html", activity=activity)


def _file(activity_id: int, file_id: int) -> ActivityFile:
    return next((each for each in files_of(activity_id) if each.id == file_id), None) or abort(404)


@blueprint.get("/<int:activity_id>/files/<int:file_id>")
@requires(VIEW)
def download(activity_id: int, file_id: int) -> FlaskResponse:
    """The file itself, never shown by the browser as a page of ours."""
    load(Activity, activity_id)
    file = _file(activity_id, file_id)
    path = storage.path_of(file.storage_key)
    if not path.exists():
        raise UserError(
            _(
                "The content of “%(name)s” is missing. Ask an administrator to bring back the files folder.",
                name=file.file_name,
            )
        )
    response = send_file(
        path, file.media_type, as_attachment=True, download_name=file.file_name, conditional=False
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<int:activity_id>/files/<int:file_id>/delete")
@requires(EDIT)
def delete_file(activity_id: int, file_id: int) -> Response:
    activity: Activity = load(Activity, activity_id, EDIT)
    file = _file(activity_id, file_id)
    with db.transaction(
        current_actor(), "activities.edit", _("Deleted a file of “%(subject)s”", subject=activity.subject)
    ) as change:
        db.session().delete(file)
    say(_("The file is deleted."), change)
    return htmx.go(url_for("activities.show", activity_id=activity_id))
