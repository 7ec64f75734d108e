"""Pages of background work: the list of one's own, and how far one of them is."""

from flask import Blueprint, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, signed_in
from crm.jobs import permissions, services
from crm.jobs.models import Job
from crm.pages import say
from crm.runtime import runtime

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("")
@signed_in
def index() -> Response:
    """The newest jobs that the reader may see."""
    actor = current_actor()
    return htmx.render(
        "jobs/index.html",
        rows=services.recent(actor),
        everybodys=actor.can(permissions.VIEW_ALL),
    )


@blueprint.get("/<int:job_id>")
@signed_in
def show(job_id: int) -> Response:
    """How far a job is; the fragment asks for itself again until there is nothing left to wait for."""
    job: Job = load(Job, job_id)
    return htmx.render(
        "jobs/show.html",
        "jobs/_progress.html",
        job=job,
        label=services.label_of(job.kind),
        may_cancel=services.may_cancel(job, current_actor()),
        result_url=result_url(job),
    )


@blueprint.post("/<int:job_id>/cancel")
@signed_in
def cancel(job_id: int) -> Response:
    """Stop a job before its next step."""
    job: Job = load(Job, job_id)
    with db.transaction(current_actor(), "jobs.cancel"):
        services.cancel(job, current_actor())
    say(_("Stopped. What was finished before stays."))
    return htmx.go(url_for("jobs.show", job_id=job_id))


def result_url(job: Job) -> str | None:
    """Where to see what came out, once the step has said so."""
    kind = runtime().jobs.get(job.kind)
    link = job.result.get("link")
    return (
        url_for(kind.result_endpoint, **link) if kind and kind.result_endpoint and link is not None else None
    )
