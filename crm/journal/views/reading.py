"""What happened: recent changes, one of them in detail, and all that happened to one record."""

from flask import abort, request, url_for
from sqlalchemy import not_, select
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, requires, signed_in
from crm.jobs.models import Job
from crm.journal import change_sets, history, recent
from crm.journal.extent import extent, extents
from crm.journal.images import journaled
from crm.journal.names import Namer
from crm.journal.permissions import VIEW, Reach
from crm.journal.reading import rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo import SMALL, unfinished_undo
from crm.journal.views.blueprint import blueprint, change_set_or_404, id_argument

ON_CARD = 6


@blueprint.get("/changes")
@requires(VIEW)
def index() -> Response:
    """The newest changes that the reader may see."""
    actor = current_actor()
    filters = recent.Filters.read(request.args)
    shown = recent.page(actor, filters, id_argument("before"))
    return htmx.render(
        "journal/recent.html",
        "journal/_recent.html",
        shown=shown,
        extents=extents(act.change_set for act in shown.acts),
        filters=filters,
        kinds=change_sets.KINDS,
        people=recent.people(actor),
        nobody=recent.NOBODY,
        small=SMALL,
    )


@blueprint.get("/changes/card")
@requires(VIEW)
def card() -> Response:
    """The last few changes, for the home page."""
    shown = recent.page(current_actor(), recent.Filters(), size=ON_CARD, folded=True)
    return htmx.render("journal/card.html", "journal/_card.html", shown=shown)


@blueprint.get("/changes/<int:change_set_id>")
@signed_in
def show(change_set_id: int) -> Response:
    """What one change did, record by record."""
    change_set, actor = change_set_or_404(change_set_id), current_actor()
    undoing = unfinished_undo(change_set_id)
    job = change_sets.job_writing(change_set if undoing is None else undoing)
    act = history.acts_of([change_set_id], actor)[0]
    if "watch" in request.args:
        return _watched(act, job)
    return htmx.render(
        "journal/show.html",
        "journal/_details.html",
        act=act,
        details=history.details(change_set, actor, id_argument("after") or 0),
        undoes=history.acts_of([change_set.undoes_id], actor)[0] if change_set.undoes_id else None,
        kept=history.kept_by(change_set, actor) if change_set.undoes_id else [],
        job=job,
        stopped=undoing is not None and job is None,
        small=SMALL,
        extent=extent(change_set),
    )


def _watched(act: history.Act, job: Job | None) -> Response:
    """How far it is; once it is over, the page anew, for all of it says something else then."""
    if job is None or not htmx.wants_fragment():
        return htmx.go(url_for("journal.show", change_set_id=act.change_set.id))
    return htmx.render("journal/_undoing.html", None, act=act, job=job)


@blueprint.get("/history/<subject_table>/<int:record_id>")
@signed_in
def record_history(subject_table: str, record_id: int) -> Response:
    """What happened to one record, field by field; of a deleted one, for those who see all of its kind."""
    if not _may_read(subject_table, record_id):
        abort(404)
    actor, before = current_actor(), id_argument("before")
    row = (subject_table, record_id)
    shown = history.entries_for(subject_table, record_id, before, actor=actor)
    return htmx.render(
        "journal/record.html",
        "journal/_history.html",
        shown=shown,
        extents=extents(act.change_set for act in shown.acts),
        record=Namer(actor).records([row])[row],
        small=SMALL,
    )


def _may_read(subject_table: str, record_id: int) -> bool:
    specification = journaled(subject_table)
    if specification is None or specification.subject_column != "id":
        return False
    reach = Reach(current_actor())
    there = reach.records(subject_table).where(specification.table.c.id == record_id)
    if next(rows_of(there), None) is not None:
        return True
    known = select(ENTRIES.c.id).where(
        ENTRIES.c.subject_table == subject_table, ENTRIES.c.subject_id == record_id
    )
    if (withheld := reach.withheld(subject_table, ENTRIES.c.subject_id)) is not None:
        known = known.where(not_(withheld))
    return subject_table in reach.whole and next(rows_of(known.limit(1)), None) is not None
