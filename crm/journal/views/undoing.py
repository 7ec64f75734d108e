"""Undoing a change: at once when it is small and nothing stands in the way, else after a look at the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import Actor, NotAllowed, current_actor, signed_in, visible
from crm.accounts.redirects import safe_path
from crm.errors import UserError
from crm.journal import history, recent, undo
from crm.journal.extent import extent
from crm.journal.models import ChangeSet
from crm.journal.undo.planning import Contents
from crm.journal.views.blueprint import blueprint, change_set_or_404
from crm.journal.words import noun
from crm.pages import number
from crm.runtime import runtime

MOST_LATER = 10
"""So many of the changes that stand in the way are named."""


@blueprint.get("/changes/<int:change_set_id>/undo")
@signed_in
def preview(change_set_id: int) -> Response:
    """What undoing would do, before it is done."""
    actor = current_actor()
    change_set_or_404(change_set_id)
    try:
        plan = undo.plan(change_set_id, actor)
    except NotAllowed:
        raise
    except UserError as error:
        flash(error.message, "error")
        return _to_change(change_set_id)
    return htmx.render(
        "journal/plan.html",
        plan=plan,
        act=history.acts_of([change_set_id], actor)[0],
        later=_later(plan.later, actor),
        effects=_effects(plan.contents),
    )


def _later(ids: set[int], actor: Actor) -> list[history.Act]:
    """The newest of the changes that stand in the way and that somebody may see."""
    newest = sorted(ids, reverse=True)[:MOST_LATER]
    return history.acts_of([each for each in newest if recent.find(each, actor) is not None], actor)


@blueprint.post("/changes/<int:change_set_id>/undo", endpoint="undo")
@signed_in
def undo_change(change_set_id: int) -> Response:
    """Undo; when something stands in the way that nobody has seen yet, show it first."""
    change_set, actor = change_set_or_404(change_set_id), current_actor()
    keep = request.form.get("keep") == "yes"
    if request.form.get("seen") != "yes" and extent(change_set).is_large:
        return htmx.go(url_for("journal.preview", change_set_id=change_set_id))
    try:
        done = undo.undo(change_set_id, actor, keep=keep, token=request.form.get("token", ""))
    except undo.StandsInTheWay:
        if keep:
            flash(_("Somebody changed something meanwhile. Look again at what stands in the way."), "error")
        return htmx.go(url_for("journal.preview", change_set_id=change_set_id))
    except NotAllowed:
        raise
    except UserError as error:
        flash(error.message, "error")
        return _to_change(change_set_id)
    return _after(done, change_set)


def _after(done: undo.Undoing, change_set: ChangeSet) -> Response:
    """Back to where the button was, with a way to take the undo back; large ones show how far they are."""
    assert done.change.id is not None
    if done.job_id is not None:
        return _to_change(done.change.id)
    message = done.change.summary
    if kept := done.plan.kept_records:
        message += " " + ngettext("One record stayed as it is.", "%(num)s records stayed as they are.", kept)
    message = " ".join((message, *done.change.notes))
    flash(message, f"{'redo' if done.change.action == undo.ACTION else 'undo'}:{done.change.id}")
    return htmx.go(_origin() or url_for("journal.show", change_set_id=done.change.id))


@blueprint.post("/changes/<int:change_set_id>/resume")
@signed_in
def resume(change_set_id: int) -> Response:
    """Go on with an undo that was stopped half way."""
    change_set_or_404(change_set_id)
    undo.resume(change_set_id, current_actor())
    return _to_change(change_set_id)


def _to_change(change_set_id: int) -> Response:
    return htmx.go(url_for("journal.show", change_set_id=change_set_id))


def _origin() -> str | None:
    """The page with the button, if it is one of ours and still there after the undo."""
    parts = urlsplit(request.referrer or "")
    path = safe_path(parts.path)
    if path is None or parts.netloc != request.host:
        return None
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        endpoint, arguments = adapter.match(path, method="GET")
    except HTTPException:
        return None
    if endpoint == "journal.preview" or not _is_there(endpoint, arguments):
        return None
    return f"{path}?{parts.query}" if parts.query else path


def _is_there(endpoint: str, arguments: Mapping[str, Any]) -> bool:
    """Whether the record that a page is about exists; the undo may have taken it away."""
    for record_type in runtime().fields.types():
        feature = record_type.endpoint.partition(".")[0]
        if endpoint.startswith(f"{feature}.") and record_type.id_argument in arguments:
            model = record_type.model
            wanted = model.id == arguments[record_type.id_argument]
            statement = visible(model, current_actor()).with_only_columns(model.id).where(wanted)
            return db.session().execute(statement).first() is not None
    return True


@dataclass(frozen=True)
class Effect:
    """What would happen to rows of one kind, in words."""

    noun: str
    words: str


def _effects(found: Contents) -> list[Effect]:
    counts: dict[str, dict[str, int]] = {}
    for (_subject, table_name, operation), count in sorted(found.counts.items()):
        of_noun = counts.setdefault(noun(table_name), {})
        of_noun[operation] = of_noun.get(operation, 0) + count
    return [
        Effect(name, ", ".join(_effect(operation, count) for operation, count in of_noun.items()))
        for name, of_noun in counts.items()
    ]


def _effect(operation: str, rows: int) -> str:
    match operation:
        case "create":
            return ngettext("%(count)s goes away", "%(count)s go away", rows, count=number(rows))
        case "delete":
            return ngettext("%(count)s comes back", "%(count)s come back", rows, count=number(rows))
        case _:
            return ngettext("%(count)s change back", "%(count)s changes back", rows, count=number(rows))
