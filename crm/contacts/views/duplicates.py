"""The queue of contacts that may be one."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.contacts.duplicates import finding, queue
from crm.contacts.permissions import EDIT, MERGE
from crm.contacts.views.blueprint import blueprint
from crm.pages import say


@blueprint.get("/duplicates/queue")
@requires(MERGE)
def duplicate_queue() -> Response:
    """The likeliest pairs first; `after` goes on where the page before ended."""
    kind = request.args.get("kind", "")
    kind = kind if kind in {"person", "organization"} else ""
    pairs, following = queue.page(current_actor(), _place(request.args.get("after", "")), kind)
    return htmx.render(
        "contacts/duplicates/queue.html",
        None,
        pairs=pairs,
        following=following,
        kind=kind,
        scan=finding.scan(),
        job=finding.running(),
        due=finding.is_due(),
    )


def _place(text: str) -> tuple[int, int] | None:
    score, _dash, last = text.partition("-")
    if score.isdecimal() and last.isdecimal() and len(text) < 25:
        return int(score), int(last)
    return None


@blueprint.post("/duplicates/find")
@requires(MERGE)
def find_duplicates() -> Response:
    """Look through everybody who changed since the last look."""
    actor = current_actor()
    with db.transaction(actor, "contacts.duplicates"):
        job_id = finding.ask(actor).id
    return htmx.go(url_for("jobs.show", job_id=job_id))


@blueprint.post("/duplicates/<int:first_id>/<int:second_id>/two")
@requires(EDIT)
def not_duplicates(first_id: int, second_id: int) -> Response:
    """Somebody looked: these are two."""
    actor = current_actor()
    with db.transaction(actor, "contacts.not_duplicates", alone=True) as change:
        first, second = queue.say_two(first_id, second_id, actor)
        names = first.name, second.name
        # No names: the history of one must not keep the name of the other when that one is erased.
        change.summary = _("Found two contacts not to be duplicates")
    say(_("It is remembered that %(one)s and %(other)s are two.", one=names[0], other=names[1]), change)
    return htmx.go(url_for("contacts.duplicate_queue"))


@blueprint.get("/duplicates/decided")
@requires(MERGE)
def decided_duplicates() -> Response:
    return htmx.render("contacts/duplicates/decided.html", None, rows=queue.decided(current_actor()))


@blueprint.post("/duplicates/decided/<int:verdict_id>/take-back")
@requires(EDIT)
def take_back_verdict(verdict_id: int) -> Response:
    with db.transaction(current_actor(), "contacts.not_duplicates") as change:
        change.summary = _("Two contacts may be the same after all")
        queue.take_back(verdict_id)
    say(_("They are in the queue again, if they are still alike."), change)
    return htmx.go(url_for("contacts.decided_duplicates"))
