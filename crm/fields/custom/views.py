"""The pages of custom fields: managing them, filling them in for one record and for many."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from crm import access, db, htmx
from crm.access import current_actor, requires
from crm.errors import Conflict, UserError
from crm.fields.custom import choices, fields, loose, services, work
from crm.fields.custom.kinds import KINDS
from crm.fields.custom.words import unfit_words
from crm.fields.custom.work import Outcome
from crm.fields.listing import address_of
from crm.fields.models import CustomField
from crm.fields.permissions import CUSTOM
from crm.fields.views import blueprint
from crm.forms import Form
from crm.i18n import lazy_gettext
from crm.jobs.models import Job
from crm.pages import say
from crm.plugin_api.types import RecordType


class FieldForm(Form):
    label = StringField(
        lazy_gettext("Name"), [Length(max=120)], render_kw={"data-autofocus": "", "autocomplete": "off"}
    )
    kind = SelectField(
        lazy_gettext("Kind"), choices=lambda: [(each.name, each.label) for each in KINDS.values()]
    )
    choices = TextAreaField(
        lazy_gettext("Choices"),
        [Length(max=20_000)],
        description=lazy_gettext("One in each line. Only for one choice or several choices."),
        render_kw={"rows": 5},
    )
    section = StringField(
        lazy_gettext("Section"),
        [Length(max=80)],
        description=lazy_gettext("The heading that it stands under, such as “Volunteering”."),
    )
    help = StringField(
        lazy_gettext("Help"), [Length(max=300)], description=lazy_gettext("Stands below it in forms.")
    )
    required = BooleanField(lazy_gettext("Must be filled in"))

    def values(self) -> dict[str, Any]:
        return {each.name: each.data for each in self if each.name != "csrf_token"}


class KindForm(Form):
    kind = SelectField(lazy_gettext("New kind"), choices=lambda: [(k.name, k.label) for k in KINDS.values()])
    choices = TextAreaField(
        lazy_gettext("Choices"),
        [Length(max=20_000)],
        description=lazy_gettext("One in each line. Only for one choice or several choices."),
        render_kw={"rows": 5},
    )


def _type_or_404(name: str) -> RecordType:
    found = next((each for each in services.types() if each.name == name), None)
    if found is None:
        abort(404)
    return found


def _field_or_404(field_id: int) -> CustomField:
    found = db.session().get(CustomField, field_id)
    if found is None or found.record_type not in {each.name for each in services.types()}:
        abort(404)
    return found


def _index_of(name: str) -> str:
    return url_for("fields.custom_index", type=name)


@blueprint.get("/fields")
@requires(CUSTOM)
def custom_index() -> Response:
    """The fields of each kind of records, in their order."""
    types = services.types()
    chosen = next((each for each in types if each.name == request.args.get("type")), types[0])
    to_check, brought = loose.parted(chosen.name, services.loose_names(chosen))
    return htmx.render(
        "fields/custom/index.html",
        None,
        types=types,
        chosen=chosen,
        fields=[(each, services.count(each)) for each in fields.defined(chosen.name)],
        kinds=KINDS,
        to_check=to_check,
        brought=brought,
        left_over=work.left_over(chosen.name),
    )


@blueprint.route("/fields/<name>/loose", methods=["GET", "POST"])
@requires(CUSTOM)
def loose_custom(name: str) -> Response:
    """The records that hold a value under a name that no field has; posted to, all of these values go."""
    record_type, key, actor = _type_or_404(name), request.args.get("key", ""), current_actor()
    services.refuse_unfit_key(key)
    if request.method != "POST":
        return _loose_page(record_type, key)
    summary, seen = _("Dropped the values “%(name)s”", name=key), request.form.get("seen", "")
    try:
        with db.transaction(actor, "fields.custom", summary, alone=True) as change:
            if key not in services.loose_names(record_type):
                abort(404)
            done = services.drop_loose(record_type, key, seen, actor)
    except Conflict as error:
        return _loose_page(record_type, key, error)
    return told(done, f"{summary}.", change, _index_of(name))


def _loose_page(record_type: RecordType, key: str, error: Conflict | None = None) -> Response:
    # First the sum, so that what comes while the page is made counts as not seen.
    _ids, seen = loose.held(record_type, key)
    count = services.loose_names(record_type).get(key)
    if count is None:
        abort(404)
    rows = loose.holders(record_type, key, current_actor())
    return htmx.render(
        "fields/custom/loose.html",
        None,
        200 if error is None else error.status,
        record_type=record_type,
        key=key,
        seen=seen,
        error=error and error.message,
        field=loose.field_of(record_type.name, key),
        count=count,
        rows=[(label, address_of(record_type, each), text) for each, label, text in rows],
        back=_index_of(record_type.name),
    )


@blueprint.post("/fields/work/<int:job_id>/go-on")
@requires(CUSTOM)
def go_on_custom(job_id: int) -> Response:
    """Do the rest of what was stopped, or failed, half way."""
    with db.transaction(current_actor(), "fields.custom", alone=True):
        again = work.go_on(_work_or_404(job_id), current_actor()).id
    return htmx.go(url_for("jobs.show", job_id=again))


@blueprint.post("/fields/work/<int:job_id>/leave")
@requires(CUSTOM)
def leave_custom(job_id: int) -> Response:
    """What was stopped, or failed, half way stays as it is, and is not offered again."""
    with db.transaction(current_actor(), "fields.custom", alone=True):
        job = _work_or_404(job_id)
        name = job.args["type"]
        work.leave(job)
    say(_("It stays as it is. What was done stands under “Recent changes”, where it can be undone."))
    return htmx.go(_index_of(name))


def _work_or_404(job_id: int) -> Job:
    with access.system("whoever may change fields decides about work on them that broke off"):
        job = db.session().get(Job, job_id)
    if job is None or job.kind != work.JOB:
        abort(404)
    return job


@blueprint.route("/fields/<name>/new", methods=["GET", "POST"])
@requires(CUSTOM)
def new_custom(name: str) -> Response:
    """A new field; with `key` one for values that records hold already."""
    record_type, key = _type_or_404(name), request.args.get("key", "")
    if key:
        services.refuse_unfit_key(key)
        if key not in services.loose_names(record_type):
            abort(404)
    form = FieldForm(data={"label": key, "kind": "text"})
    if form.sent():
        try:
            with db.transaction(current_actor(), "fields.custom", alone=True) as change:
                made = services.add(record_type, form.values(), key)
                change.summary = _("Added the field “%(name)s”", name=made.label)
                label, done = made.label, Outcome()
                if key and form.kind.data != made.kind:
                    lines = form.choices.data or ""
                    done = services.set_kind(made, str(form.kind.data), lines, current_actor())
        except UserError as error:
            fields.forget()
            form.form_errors.append(error.message)
        else:
            return told(done, _("The field “%(name)s” is added.", name=label), change, _index_of(name))
    title = _("New field: %(type)s", type=record_type.label)
    here = url_for("fields.new_custom", name=name, key=key or None)
    return _form(form, title, here, _index_of(name), _("Add"))


@blueprint.route("/fields/<int:field_id>/edit", methods=["GET", "POST"])
@requires(CUSTOM)
def edit_custom(field_id: int) -> Response:
    kept = _field_or_404(field_id)
    lines = "\n".join(label for _key, label in kept.choices)
    form = FieldForm(data={
        "label": kept.label, "kind": kept.kind, "choices": lines, "section": kept.section, "help": kept.help,
        "required": kept.required,
    }, record=kept)  # fmt: skip
    del form.kind
    if kept.kind not in choices.WITH_CHOICES:
        del form.choices
    gone: list[choices.Gone] = []
    if form.sent():
        name = kept.record_type
        try:
            lines = (form.choices.data or "") if "choices" in form else ""
            gone = services.gone(kept, lines)
            becomes = choices.answers(request.form, gone, lines)
            if becomes is None:
                return _edit_form(form, kept, gone)
            with db.transaction(current_actor(), "fields.custom", alone=True) as change:
                done = services.change(kept, form.values(), current_actor(), becomes)
                change.summary = _("Changed the field “%(name)s”", name=kept.label)
                label = kept.label
        except UserError as error:
            fields.forget()
            kept = _field_or_404(field_id)
            form.form_errors.append(error.message)
        else:
            return told(done, _("The field “%(name)s” is saved.", name=label), change, _index_of(name))
    return _edit_form(form, kept)


def told(done: Outcome, words: str, change: Any, there: str) -> Response:
    """Say what was done; or show how far the background work is that goes on with it."""
    if done.job_id is not None:
        return htmx.go(url_for("jobs.show", job_id=done.job_id))
    say(words, change if change.id is not None else None)
    return htmx.go(there)


def _edit_form(form: FieldForm, kept: CustomField, gone: Sequence[choices.Gone] = ()) -> Response:
    here, back = url_for("fields.edit_custom", field_id=kept.id), _index_of(kept.record_type)
    title = _("Change the field “%(name)s”", name=kept.label)
    return _form(form, title, here, back, _("Save"), kept, gone)


def _form(
    form: Form,
    title: str,
    action: str,
    back: str,
    save: str,
    kept: CustomField | None = None,
    gone: Sequence[choices.Gone] = (),
) -> Response:
    return htmx.render(
        "fields/custom/form_page.html",
        "fields/custom/_form.html",
        form.status,
        form=form,
        title=title,
        action=action,
        back=back,
        save=save,
        kept=kept,
        kinds=KINDS,
        gone=gone,
        chosen=request.form,
        written=choices.labels_in(str(form["choices"].data)) if gone else [],
    )


@blueprint.post("/fields/<int:field_id>/move")
@requires(CUSTOM)
def move_custom(field_id: int) -> Response:
    kept = _field_or_404(field_id)
    name = kept.record_type
    with db.transaction(current_actor(), "fields.custom", _("Moved the field “%(name)s”", name=kept.label)):
        services.move(kept, up=request.form.get("where") == "up")
    return htmx.go(_index_of(name))


@blueprint.route("/fields/<int:field_id>/kind", methods=["GET", "POST"])
@requires(CUSTOM)
def custom_kind(field_id: int) -> Response:
    """Another kind for a field: first what becomes of the values, then exactly that."""
    kept = _field_or_404(field_id)
    form, plan = KindForm(data={"kind": kept.kind}), None
    if form.sent():
        kind, choices = str(form.kind.data), form.choices.data or ""
        try:
            if request.form.get("apply"):
                return _apply_kind(kept, kind, choices)
            _wanted, plan = services.plan_kind(kept, kind, choices)
        except UserError as error:
            form.form_errors.append(error.message)
    return htmx.render(
        "fields/custom/kind.html", None, form.status if plan is None else 200, form=form, kept=kept,
        plan=plan, kinds=KINDS, back=_index_of(kept.record_type),
    )  # fmt: skip


def _apply_kind(kept: CustomField, kind: str, choices: str) -> Response:
    name, label = kept.record_type, kept.label
    summary = _("Made “%(name)s” another kind of field", name=label)
    with db.transaction(current_actor(), "fields.custom", summary, alone=True) as change:
        done = services.set_kind(kept, kind, choices, current_actor())
    words = _("“%(name)s” is of the kind “%(kind)s” now.", name=label, kind=KINDS[kind].label)
    words = " ".join(filter(None, (words, unfit_words(label, done.unfit))))
    return told(done, words, change, _index_of(name))


@blueprint.route("/fields/<int:field_id>/remove", methods=["GET", "POST"])
@requires(CUSTOM)
def remove_custom(field_id: int) -> Response:
    kept = _field_or_404(field_id)
    if request.method == "POST":
        name, label = kept.record_type, kept.label
        summary = _("Removed the field “%(name)s”", name=label)
        with db.transaction(current_actor(), "fields.custom", summary) as change:
            done = services.remove(kept, current_actor())
        return told(done, _("The field “%(name)s” is removed.", name=label), change, _index_of(name))
    return htmx.render(
        "fields/custom/remove_page.html",
        "fields/custom/_remove.html",
        kept=kept,
        count=services.count(kept),
        back=_index_of(kept.record_type),
    )
