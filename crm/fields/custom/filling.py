"""The pages that fill in custom fields: for one record, and for many."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import HiddenField

from crm import access, db, htmx
from crm.access import current_actor, signed_in
from crm.errors import UserError
from crm.fields.choosing import chosen_ids, posted_query
from crm.fields.custom import fields, loose, services, values
from crm.fields.custom.kinds import checked_value, words_of
from crm.fields.custom.views import told
from crm.fields.custom.words import filled_words
from crm.fields.listing import address_of
from crm.fields.models import CustomField
from crm.fields.numbers import doubt
from crm.fields.views import blueprint, list_address, record_type_or_404
from crm.forms import Form
from crm.pages import say
from crm.plugin_api.types import RecordType

# Values of one record.


def _mark(custom: Mapping[str, Any]) -> str:
    return sha256(repr(sorted(custom.items())).encode()).hexdigest()[:24]


@blueprint.route("/<name>/own/<int:record_id>", methods=["GET", "POST"])
@signed_in
def own(name: str, record_id: int) -> Response:
    """The custom fields of one record, and what becomes of values that no field of it has."""
    record_type = record_type_or_404(name)
    if not fields.takes(record_type):
        abort(404)
    record = access.load(record_type.model, record_id, record_type.edit_permission)
    aside = loose.of(name, record.custom)
    if not aside and not fields.defined(name):
        abort(404)
    form, error = _own_form(name, record, aside), ""
    back = address_of(record_type, record_id)
    if request.method == "GET":
        form.seen.data = _mark(record.custom or {})
    elif form.sent():
        with db.transaction(current_actor(), "fields.fill") as change:
            db.session().refresh(record, with_for_update=True)
            fresh = form.seen.data == _mark(record.custom or {})
            if fresh:
                _fill_one(record, form, loose.done_with(request.form, aside))
                change.summary = _("Own fields of “%(name)s”", name=_label(record_type, record))
        if fresh:
            say(_("It is saved."), change if change.id is not None else None)
            return htmx.go(back)
        error = _("Somebody else changed this while you were typing. Save again to put yours in its place.")
        form.seen.raw_data, form.seen.data = None, _mark(record.custom or {})
    return htmx.render(
        "fields/custom/own_page.html",
        "fields/custom/_own_form.html",
        409 if error else form.status,
        form=form,
        error=error,
        back=back,
        action=url_for("fields.own", name=name, record_id=record_id),
        theirs=values.shown(name, record.custom) if error else [],
        loose=loose.of(name, record.custom),
        chosen=request.form,
    )


def _own_form(name: str, record: Any, aside: Sequence[loose.Loose]) -> Any:
    kind: Any = type("OwnForm", (Form,), {"custom_type": name, "guards_custom": True, "seen": HiddenField()})
    if request.method == "GET":
        return kind(record=record)
    return kind(record=record, formdata=loose.taken_over(request.form, aside))


def _fill_one(record: Any, form: Form, done_with: Collection[str]) -> None:
    """What is done with goes first: what does not fit any more may come to stand under the same name."""
    before = record.custom
    if done_with:
        record.custom = {key: value for key, value in (before or {}).items() if key not in done_with}
    values.apply_custom(record, values.posted(form))
    if record.custom is not before and hasattr(record, "version"):
        record.version += 1
        record.updated_at = db.now()


def _label(record_type: RecordType, record: Any) -> str:
    return str(getattr(record, "name", None) or getattr(record, "title", None) or record_type.label_one)


# Values of many.


@blueprint.post("/<name>/fill")
@signed_in
def fill(name: str) -> Response:
    """The bar of a list sends the chosen ones here: which field, what value, what that changes, then that."""
    record_type, actor = record_type_or_404(name), current_actor()
    if not fields.takes(record_type):
        abort(404)
    ids = chosen_ids(name, actor, record_type.edit_permission)
    known = {str(each.id): each for each in fields.defined(name)}
    kept, text = known.get(request.form.get("field", "")), "; ".join(request.form.getlist("value"))
    error, ready = "", kept is not None and request.form.get("do") in {"preview", "apply"}
    value = None
    if kept is not None and ready:
        try:
            value = checked_value(kept, text)
        except UserError as refused:
            error, ready = refused.message, False
    if kept is not None and ready and request.form.get("do") == "apply":
        return _apply_fill(record_type, kept, ids, value)
    return htmx.render(
        "fields/custom/fill.html",
        None,
        422 if error else 200,
        record_type=record_type,
        address=f"{list_address(record_type)}?{posted_query(name)}",
        count=len(ids),
        ids=request.form.getlist("ids"),
        query=request.form.get("query", ""),
        whole_list=request.form.get("whole_list", ""),
        fields=list(known.values()),
        kept=kept,
        given=request.form.getlist("value"),
        shown=words_of(kept, value) if kept is not None and ready else "",
        doubt=doubt(text) if kept is not None and ready and kept.kind == "number" else "",
        present=_present(record_type, kept, ids) if kept is not None and ready else 0,
        ready=ready,
        error=error,
    )


def _present(record_type: RecordType, kept: CustomField, ids: list[int]) -> int:
    model = record_type.model
    statement = access.visible(model, current_actor(), record_type.edit_permission)
    statement = statement.where(db.among(model.id, ids), fields.Value(model.custom, kept.key).filled())
    rows = db.session().execute(statement.with_only_columns(model.id))
    return len(rows.all())


def _apply_fill(record_type: RecordType, kept: CustomField, ids: list[int], value: Any) -> Response:
    label, there = kept.label, f"{list_address(record_type)}?{posted_query(record_type.name)}"
    with db.transaction(current_actor(), "fields.fill") as change:
        done = services.fill(kept, ids, value, current_actor())
        change.summary = filled_words(label, done.changed)
    return told(done, f"{filled_words(label, done.changed)}.", change, there)
