"""Putting records into a saved list by hand, and taking them out of it."""

from collections.abc import Sequence

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor, signed_in
from crm.errors import UserError
from crm.fields import by_hand, lists
from crm.fields.choosing import chosen_ids, posted_query
from crm.fields.conditions import NOBODY
from crm.fields.filters import as_id
from crm.fields.listing import ListState, address_of
from crm.fields.models import SavedList
from crm.fields.views import blueprint, list_address, own_list_or_404, record_type_or_404
from crm.pages import say
from crm.plugin_api.types import RecordType

SHOWN = 500
NEW = "new"
STATES = {"pin": by_hand.PINNED, "exclude": by_hand.EXCLUDED, "rule": ""}


@blueprint.post("/<name>/choose")
@signed_in
def choose(name: str) -> Response:
    """The bar of a list sends the chosen ones here: into which list, or out of which?"""
    record_type = record_type_or_404(name)
    return _choose(record_type, len(chosen_ids(name, current_actor())))


def _choose(record_type: RecordType, count: int, error: str = "") -> Response:
    actor = current_actor()
    own = [each for each in lists.saved_lists(record_type.name, actor) if each.owner_user_id == actor.user_id]
    return htmx.render(
        "fields/choose_page.html",
        None,
        422 if error else 200,
        record_type=record_type,
        address=f"{list_address(record_type)}?{posted_query(record_type.name)}",
        count=count,
        lists=own,
        ids=request.form.getlist("ids"),
        query=request.form.get("query", ""),
        whole_list=request.form.get("whole_list", ""),
        given=request.form.get("new_name", ""),
        chosen=request.form.get("list", ""),
        error=error,
    )


@blueprint.post("/<name>/put")
@signed_in
def put(name: str) -> Response:
    """The chosen ones are in the list from now on, or out of it, whatever its conditions say."""
    record_type, actor = record_type_or_404(name), current_actor()
    ids, state = chosen_ids(name, actor), STATES.get(request.form.get("what", ""), by_hand.PINNED)
    wanted = request.form.get("list", "")
    saved = None if wanted == NEW else own_list_or_404(name, as_id(wanted))
    try:
        with db.transaction(actor, "lists.by_hand", alone=True) as change:
            if saved is None:
                new = ListState(name, rules=NOBODY)
                saved = lists.save(new, request.form.get("new_name", ""), False, actor)
            count = by_hand.put(saved, ids, state)
            change.summary = _said(saved.name, count, state)
    except UserError as error:
        return _choose(record_type, len(ids), error.message)
    said = f"{change.summary}."
    say(said, change)
    return htmx.go(f"{list_address(record_type)}?list={saved.id}")


def _said(name: str, count: int, state: str) -> str:
    if state == by_hand.EXCLUDED:
        return str(
            ngettext("Took %(count)s out of “%(name)s”", "Took %(count)s out of “%(name)s”", count,
                     count=count, name=name)
        )  # fmt: skip
    if state == by_hand.PINNED:
        return str(
            ngettext("Put %(count)s into “%(name)s”", "Put %(count)s into “%(name)s”", count,
                     count=count, name=name)
        )  # fmt: skip
    return _("The conditions of “%(name)s” decide again", name=name)


@blueprint.route("/<name>/<int:list_id>/by-hand", methods=["GET", "POST"])
@signed_in
def hand_picked(name: str, list_id: int) -> Response:
    """Who is in a list by hand and who is out of it; and changing that for one of them."""
    record_type = record_type_or_404(name)
    if request.method == "POST":
        return _put_one(record_type, own_list_or_404(name, list_id))
    saved = lists.find(list_id, current_actor())
    if saved is None or saved.record_type != name:
        abort(404)
    return htmx.render(
        "fields/by_hand_page.html",
        "fields/_by_hand.html",
        record_type=record_type,
        saved=saved,
        address=f"{list_address(record_type)}?list={list_id}",
        mine=saved.owner_user_id == current_actor().user_id,
        groups=[(state, _labels(record_type, saved, state)) for state in (by_hand.PINNED, by_hand.EXCLUDED)],
        most=SHOWN,
    )


def _labels(record_type: RecordType, saved: SavedList, state: str) -> Sequence[tuple[int, str, str]]:
    """Ids, names and addresses of those that the reader may see, in the order of their names."""
    model = record_type.model
    statement = access.visible(model, current_actor(), record_type.permission)
    statement = record_type.base(statement) if record_type.base is not None else statement
    statement = statement.where(model.id.in_(by_hand.ids(saved.id, state)))
    statement = statement.with_only_columns(model.id, record_type.label_column, maintain_column_froms=True)
    rows = db.session().execute(statement.order_by(record_type.label_column, model.id).limit(SHOWN))
    return [(row[0], str(row[1]), address_of(record_type, row[0])) for row in rows]


def _put_one(record_type: RecordType, saved: SavedList) -> Response:
    actor, state = current_actor(), STATES.get(request.form.get("what", ""), "")
    ids = chosen_ids(record_type.name, actor)[:1]
    with db.transaction(actor, "lists.by_hand", alone=True) as change:
        change.summary = _said(saved.name, by_hand.put(saved, ids, state), state)
    said = f"{change.summary}."
    say(said, change)
    if request.form.get("back") == "by-hand":
        return htmx.go(url_for("fields.hand_picked", name=record_type.name, list_id=saved.id))
    return htmx.go(f"{list_address(record_type)}?list={saved.id}")
