"""The page that builds the conditions of a list, and the one that says why a record is in it."""

from dataclasses import replace

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor, signed_in
from crm.fields import builder, by_hand, explaining, lists
from crm.fields.conditions import Group, joined, taken_apart
from crm.fields.filters import Filter, as_id
from crm.fields.listing import Listing, ListState, address_of
from crm.fields.meaning import Meaning
from crm.fields.views import blueprint, list_address, record_type_or_404, state_of, tab_label
from crm.plugin_api.types import RecordType

FOOT = "foot"
"""Where the buttons are that are about the whole form."""
FIRST = Group("all", (Filter("", ""),))


@blueprint.route("/<name>/build", methods=["GET", "POST"])
@signed_in
def build(name: str) -> Response:
    """Conditions in groups and on related records, built step by step; each step is a page of its own."""
    record_type = record_type_or_404(name)
    state = state_of(record_type)
    if request.method == "GET":
        asked = joined(state.filters, state.rules)
        shown, error = asked if asked.parts else FIRST, builder.too_much(asked)
        return _form(record_type, state, shown, strict=bool(asked.parts), error=error)
    meaning, action = Meaning(current_actor()), request.form.get("do", "show")
    asked = builder.settled(builder.posted(request.form), meaning, meaning.frame(name))
    if action not in {"show", "save"}:
        return _stepped(record_type, state, asked, action)
    form = builder.Form(meaning, strict=True)
    form.node(asked, meaning.frame(name))
    error = builder.too_much(asked)
    if form.wrong or error:
        return _form(record_type, state, asked, strict=True, status=422, error=error, at=FOOT)
    filters, rules = taken_apart(asked)
    query = replace(state, whole=True).query(filters=filters, rules=rules)
    if action == "save":
        return htmx.go(f"{url_for('fields.save', name=name)}?{query}")
    return htmx.go(f"{list_address(record_type)}?{query}")


def _stepped(record_type: RecordType, state: ListState, asked: Group, action: str) -> Response:
    """The form after one of its buttons; one that asks for more than a list takes changes nothing."""
    after = builder.step(asked, action)
    error = builder.too_much(after)
    shown = asked if error and action.startswith(builder.ADDS) else after
    at = action.partition(":")[2] if action.startswith(builder.ADDS) else ""
    return _form(record_type, state, shown, strict=False, error=error, at=at)


def _form(
    record_type: RecordType,
    state: ListState,
    asked: Group,
    *,
    strict: bool,
    status: int = 200,
    error: str = "",
    at: str = "",
) -> Response:
    """`error` is said at the button that was pressed: in the group of the path `at`, or in the foot."""
    meaning = Meaning(current_actor())
    frame = meaning.frame(record_type.name)
    form = builder.Form(meaning, strict=strict)
    node = form.node(asked, frame)
    complete = builder.Form(meaning, strict=True)
    complete.node(asked, frame)
    filters, rules = taken_apart(asked)
    return htmx.render(
        "fields/build_page.html",
        "fields/_builder.html",
        status,
        record_type=record_type,
        address=list_address(record_type),
        state=state,
        tab=tab_label(record_type, state),
        node=node,
        error=error,
        at=at,
        words="" if complete.wrong or error else meaning.words(asked, frame),
        preview=""
        if complete.wrong or error
        else replace(state, whole=True).query(filters=filters, rules=rules),
        joins=builder.JOIN_CHOICES,
        counts=builder.COUNT_CHOICES,
    )


@blueprint.get("/<name>/why/<int:record_id>")
@signed_in
def why(name: str, record_id: int) -> Response:
    """Which conditions of the list hold for a record, and which do not."""
    return _why(name, record_id)


def _why(name: str, record_id: int) -> Response:
    record_type, actor = record_type_or_404(name), current_actor()
    label = _label_or_404(record_type, record_id)
    state = state_of(record_type)
    saved = lists.current(name, state, actor)
    hand = by_hand.state_of(saved.id, record_id) if saved is not None else ""
    return htmx.render(
        "fields/why_page.html",
        "fields/_why.html",
        record_type=record_type,
        address=f"{list_address(record_type)}?{state.query()}",
        record_url=address_of(record_type, record_id),
        record_id=record_id,
        label=label,
        tab=tab_label(record_type, state),
        reasons=explaining.explain(Listing(state, actor), record_id),
        saved=saved,
        mine=saved is not None and saved.owner_user_id == actor.user_id,
        by_hand=hand,
        said_by=by_hand.said_by(saved.id, record_id) if saved is not None and hand else None,
    )


@blueprint.get("/<name>/why")
@signed_in
def why_one(name: str) -> Response:
    """The same for the record that a button of the list named."""
    return _why(name, as_id(request.args.get("record", "")))


@blueprint.get("/<name>/of/<int:record_id>")
@signed_in
def lists_of(name: str, record_id: int) -> Response:
    """The saved lists that a record is in."""
    record_type, actor = record_type_or_404(name), current_actor()
    label = _label_or_404(record_type, record_id)
    found = [(saved, explaining.holds(saved, record_id, actor)) for saved in lists.saved_lists(name, actor)]
    return htmx.render(
        "fields/lists_of_page.html",
        "fields/_lists_of.html",
        record_type=record_type,
        record_url=address_of(record_type, record_id),
        record_id=record_id,
        label=label,
        inside=[saved for saved, holds in found if holds],
        outside=[saved for saved, holds in found if not holds],
    )


def _label_or_404(record_type: RecordType, record_id: int) -> str:
    statement = access.visible(record_type.model, current_actor(), record_type.permission).where(
        record_type.model.id == record_id
    )
    if record_type.base is not None:
        statement = record_type.base(statement)
    statement = statement.with_only_columns(record_type.label_column, maintain_column_froms=True)
    row = db.session().execute(statement).first()
    if row is None:
        abort(404)
    return str(row[0])
