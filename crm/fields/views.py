"""What a list page loads and sends: the filter form, the columns, the count, saved lists."""

from collections.abc import Iterable

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, signed_in
from crm.fields import lists
from crm.fields.filters import Filter, operators
from crm.fields.listing import COUNT_LIMIT, Listing, ListState
from crm.fields.permissions import SHARE
from crm.pages import say
from crm.plugin_api.types import Field, RecordType
from crm.runtime import runtime

blueprint = Blueprint("fields", __name__, url_prefix="/lists")


def _record_type(name: str) -> RecordType:
    """404 for an unknown record type and for one the actor has no permission for."""
    try:
        found = runtime().fields.type(name)
    except KeyError:
        abort(404)
    if not current_actor().can(found.permission):
        abort(404)
    return found


def sections(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """Fields under the headings of their sections, both in the order they were declared."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault(str(field.section) or _("More"), []).append(field)
    return list(found.items())


def list_address(record_type: RecordType) -> str:
    return url_for(record_type.list_endpoint)


@blueprint.get("/<name>/filter")
@signed_in
def filter_form(name: str) -> Response:
    """Choose a field, then how, then a value; the form leads back to the list with one filter more."""
    record_type = _record_type(name)
    state = ListState.from_args(name, request.args)
    fields = [field for field in runtime().fields.fields(name, current_actor()) if field.filterable]
    chosen = next((field for field in fields if field.name == request.args.get("field")), None)
    return htmx.render(
        "fields/filter_page.html",
        "fields/_filter_form.html",
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        sections=sections(fields),
        chosen=chosen,
        operators=operators(chosen) if chosen else (),
        operator=request.args.get("operator", ""),
    )


@blueprint.get("/<name>/filtered")
@signed_in
def add_filter(name: str) -> Response:
    """The list's own address with the filter of the form in it."""
    record_type = _record_type(name)
    state = ListState.from_args(name, request.args)
    added = Filter(
        request.args.get("field", ""), request.args.get("operator", ""), request.args.get("value", "")
    )
    query = state.query(filters=(*state.filters, added), saved="")
    return htmx.go(f"{list_address(record_type)}?{query}")


@blueprint.get("/<name>/columns")
@signed_in
def columns(name: str) -> Response:
    record_type = _record_type(name)
    listing = Listing(ListState.from_args(name, request.args), current_actor())
    return htmx.render(
        "fields/columns_page.html",
        "fields/_columns_form.html",
        record_type=record_type,
        address=list_address(record_type),
        state=listing.state,
        sections=sections(field for field in listing.fields.values() if field.listable),
        chosen=[field.name for field in listing.chosen_columns()],
    )


@blueprint.get("/<name>/count")
@signed_in
def count(name: str) -> Response:
    """How many records the list holds, counted only when asked and never very far."""
    _record_type(name)
    actor = current_actor()
    state = lists.saved_state(name, ListState.from_args(name, request.args), actor)
    return htmx.render("fields/_count.html", None, count=Listing(state, actor).count(), most=COUNT_LIMIT)


@blueprint.route("/<name>/save", methods=["GET", "POST"])
@signed_in
def save(name: str) -> Response:
    """Keep the filters, columns and order under a name, as a tab above the list."""
    record_type = _record_type(name)
    state = ListState.from_args(name, request.args)
    if request.method == "POST":
        actor = current_actor()
        with db.transaction(actor, "lists.save") as change:
            saved = lists.save(state, request.form.get("name", ""), bool(request.form.get("shared")), actor)
            change.summary = _("Saved the list “%(name)s”", name=saved.name)
        say(_("The list “%(name)s” is saved.", name=saved.name), change)
        return htmx.go(f"{list_address(record_type)}?list={saved.id}")
    return htmx.render(
        "fields/save_page.html",
        "fields/_save_form.html",
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        may_share=current_actor().can_everywhere(SHARE),
    )


@blueprint.post("/<name>/<int:list_id>/delete")
@signed_in
def delete(name: str, list_id: int) -> Response:
    record_type = _record_type(name)
    actor = current_actor()
    saved = lists.find(list_id, actor)
    if saved is None or not lists.may_remove(saved, actor):
        abort(404)
    with db.transaction(actor, "lists.delete", _("Removed the list “%(name)s”", name=saved.name)) as change:
        db.session().delete(saved)
    say(_("The list is removed; the people in it stay."), change)
    return htmx.go(list_address(record_type))
