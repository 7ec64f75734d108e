"""What a list page loads and sends: the filter form, the columns, the count, saved lists."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import NotAllowed, current_actor, signed_in
from crm.errors import UserError
from crm.fields import by_hand, lists
from crm.fields.builder import sections
from crm.fields.cells import table_rows
from crm.fields.filters import Filter, operators
from crm.fields.listing import COUNT_LIMIT, Listing, ListState
from crm.fields.models import SavedList
from crm.fields.pages import bulk_menu
from crm.fields.permissions import SHARE
from crm.pages import say
from crm.plugin_api.types import RecordType
from crm.record_parts import buttons, panels
from crm.runtime import runtime

blueprint = Blueprint("fields", __name__, url_prefix="/lists")
blueprint.add_app_template_global(table_rows)
blueprint.add_app_template_global(panels, "record_panels")
blueprint.add_app_template_global(buttons, "action_buttons")
blueprint.add_app_template_global(bulk_menu)


def record_type_or_404(name: str) -> RecordType:
    """404 for an unknown record type and for one the actor has no permission for."""
    try:
        found = runtime().fields.type(name)
    except KeyError:
        abort(404)
    if not current_actor().can(found.permission):
        abort(404)
    return found


def list_address(record_type: RecordType) -> str:
    return url_for(record_type.list_endpoint)


def state_of(record_type: RecordType) -> ListState:
    """The list that the address is about, with what its tab says."""
    args = request.args
    return lists.saved_state(record_type.name, ListState.from_args(record_type.name, args), current_actor())


@blueprint.get("/<name>/filter")
@signed_in
def filter_form(name: str) -> Response:
    """Choose a field, then how, then a value; the form leads back to the list with one filter more."""
    return _filter_form(record_type_or_404(name))


def _filter_form(record_type: RecordType, error: str = "") -> Response:
    state = state_of(record_type)
    offered = runtime().fields.fields(record_type.name, current_actor())
    fields = [field for field in offered if field.filterable]
    chosen = next((field for field in fields if field.name == request.args.get("field")), None)
    known = operators(chosen) if chosen else ()
    asked = request.args.get("operator", "")
    operator = next((each for each in known if each.name == asked), known[0] if known else None)
    return htmx.render(
        "fields/filter_page.html",
        "fields/_filter_form.html",
        422 if error else 200,
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        tab=tab_label(record_type, state),
        sections=sections(fields),
        chosen=chosen,
        operators=known,
        operator=operator,
        value=request.args.get("value", ""),
        error=error,
    )


def tab_label(record_type: RecordType, state: ListState) -> object:
    """What the open tab is called."""
    if preset := lists.preset_of(record_type.name, state):
        return preset.label
    saved = lists.current(record_type.name, state, current_actor())
    return saved.name if saved else record_type.label


@blueprint.get("/<name>/filtered")
@signed_in
def add_filter(name: str) -> Response:
    """The list's own address with the filter of the form in it; the form once more when it makes no sense."""
    record_type = record_type_or_404(name)
    state = state_of(record_type)
    values = request.args
    added = Filter(values.get("field", ""), values.get("operator", ""), values.get("value", "").strip())
    if not added.field:
        return _filter_form(record_type, _("Choose the field to filter by."))
    try:
        Listing(state, current_actor()).condition(added)
    except UserError as error:
        return _filter_form(record_type, error.message)
    filters = (*(each for each in state.filters if each != added), added)
    return htmx.go(f"{list_address(record_type)}?{state.query(filters=filters)}")


@blueprint.route("/<name>/columns", methods=["GET", "POST"])
@signed_in
def columns(name: str) -> Response:
    """Choose what a tab shows; it is remembered. Columns keep their order, new ones follow."""
    record_type = record_type_or_404(name)
    actor, state = current_actor(), state_of(record_type)
    listing = Listing(state, actor)
    shown = [field.name for field in listing.chosen_columns()]
    if request.method == "POST":
        wanted = request.form.getlist("column")
        known = [each for each in listing.fields.values() if each.listable and each.name in wanted]
        order = [each for each in shown if each in wanted]
        order += [each.name for each in known if each.name not in order]
        with db.transaction(actor, "lists.columns"):
            lists.remember_columns(name, lists.tab_of(name, state), order, actor)
        return htmx.go(f"{list_address(record_type)}?{state.query(columns=())}")
    return htmx.render(
        "fields/columns_page.html",
        "fields/_columns_form.html",
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        sections=sections([field for field in listing.fields.values() if field.listable]),
        chosen=shown,
    )


@blueprint.get("/<name>/count")
@signed_in
def count(name: str) -> Response:
    """How many records the list holds, counted only when asked and never very far."""
    record_type_or_404(name)
    actor = current_actor()
    state = lists.saved_state(name, ListState.from_args(name, request.args), actor)
    return htmx.render("fields/_count.html", None, count=Listing(state, actor).count(), most=COUNT_LIMIT)


@blueprint.route("/<name>/save", methods=["GET", "POST"])
@signed_in
def save(name: str) -> Response:
    """Keep the filters, columns and order under a name, as a tab above the list."""
    record_type = record_type_or_404(name)
    state = state_of(record_type)
    if request.method == "GET":
        return _name_form(record_type, state)
    actor, given = current_actor(), request.form.get("name", "")
    try:
        with db.transaction(actor, "lists.save") as change:
            saved = lists.save(state, given, bool(request.form.get("shared")), actor)
            change.summary = _("Saved the list “%(name)s”", name=saved.name)
    except NotAllowed:
        raise
    except UserError as error:
        return _name_form(record_type, state, given=given, error=error.message)
    say(_("The list “%(name)s” is saved.", name=saved.name), change)
    return htmx.go(f"{list_address(record_type)}?list={saved.id}")


def _name_form(
    record_type: RecordType,
    state: ListState,
    saved: SavedList | None = None,
    given: str = "",
    error: str = "",
) -> Response:
    return htmx.render(
        "fields/save_page.html",
        "fields/_save_form.html",
        422 if error else 200,
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        may_share=current_actor().can_everywhere(SHARE),
        saved=saved,
        given=given,
        error=error,
    )


def own_list_or_404(name: str, list_id: int) -> SavedList:
    """A saved list of whoever asks; 404 for those of others."""
    record_type_or_404(name)
    saved = lists.find(list_id, current_actor())
    if saved is None or saved.record_type != name or saved.owner_user_id != current_actor().user_id:
        abort(404)
    return saved


@blueprint.post("/<name>/<int:list_id>/update")
@signed_in
def update(name: str, list_id: int) -> Response:
    """Let a saved list say from now on what stands on the screen."""
    record_type, saved = record_type_or_404(name), own_list_or_404(name, list_id)
    state = state_of(record_type)
    with db.transaction(current_actor(), "lists.save") as change:
        change.summary = _("Changed the list “%(name)s”", name=saved.name)
        saved.query = state.as_json()
    say(_("The list “%(name)s” is saved.", name=saved.name), change)
    return htmx.go(f"{list_address(record_type)}?list={saved.id}")


@blueprint.route("/<name>/<int:list_id>/rename", methods=["GET", "POST"])
@signed_in
def rename(name: str, list_id: int) -> Response:
    record_type, saved = record_type_or_404(name), own_list_or_404(name, list_id)
    state = ListState(name, saved=str(list_id))
    if request.method == "GET":
        return _name_form(record_type, state, saved, saved.name)
    given = request.form.get("name", "")
    try:
        with db.transaction(current_actor(), "lists.save") as change:
            lists.rename(saved, given)
            change.summary = _("Renamed the list “%(name)s”", name=saved.name)
    except UserError as error:
        return _name_form(record_type, state, own_list_or_404(name, list_id), given, error.message)
    say(_("The list is called “%(name)s” now.", name=saved.name), change)
    return htmx.go(f"{list_address(record_type)}?list={list_id}")


@blueprint.post("/<name>/<int:list_id>/share")
@signed_in
def share(name: str, list_id: int) -> Response:
    """Show a list to everybody who may see its records, or keep it to oneself again."""
    record_type, saved = record_type_or_404(name), own_list_or_404(name, list_id)
    # The button says what it wants, so that pressed twice it is once.
    wanted = request.form.get("shared", "" if saved.shared else "1") == "1"
    if wanted and not saved.shared:
        lists.require_may_share(current_actor())
    with db.transaction(current_actor(), "lists.save") as change:
        saved.shared = wanted
        words = _("Shared the list “%(name)s”") if saved.shared else _("Stopped sharing the list “%(name)s”")
        change.summary = words % {"name": saved.name}
    say(_("Everybody sees this list now.") if saved.shared else _("Only you see this list now."), change)
    return htmx.go(f"{list_address(record_type)}?list={list_id}")


@blueprint.post("/<name>/<int:list_id>/delete")
@signed_in
def delete(name: str, list_id: int) -> Response:
    record_type, actor = record_type_or_404(name), current_actor()
    saved = lists.find(list_id, actor)
    if saved is None or not lists.may_remove(saved, actor):
        abort(404)
    with db.transaction(actor, "lists.delete", _("Removed the list “%(name)s”", name=saved.name)) as change:
        by_hand.clear(saved.id)
        db.session().delete(saved)
    say(_("The list is removed; the people in it stay."), change)
    return htmx.go(list_address(record_type))
