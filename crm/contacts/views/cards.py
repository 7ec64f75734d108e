"""Parts of pages that load by themselves: the timeline of a record, the cards of the home page."""

from datetime import UTC, datetime

from flask import request
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, load, requires
from crm.contacts import numbers, timeline
from crm.contacts.models import Contact
from crm.contacts.permissions import EDIT, VIEW
from crm.contacts.views.blueprint import blueprint

RECENT = 8


@blueprint.get("/<int:contact_id>/timeline")
@requires(VIEW)
def timeline_of(contact_id: int) -> Response:
    """What happened with a contact; `before` goes on where the page above ended."""
    contact: Contact = load(Contact, contact_id)
    everything = request.args.get("show") == "all"
    before = _moment(request.args.get("before", ""))
    return htmx.render(
        "contacts/timeline/page.html",
        "contacts/timeline/_entries.html",
        contact=contact,
        shown=timeline.page(contact, current_actor(), before, everything=everything),
        everything=everything,
        first="before" not in request.args,
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


@blueprint.get("/cards/numbers")
@requires(VIEW)
def card_numbers() -> Response:
    return htmx.render(
        "contacts/cards/page.html",
        "contacts/cards/_numbers.html",
        part="contacts/cards/_numbers.html",
        numbers=numbers.totals(current_actor()),
        months=numbers.added_by_month(current_actor()),
    )


@blueprint.get("/cards/incomplete")
@requires(EDIT)
def card_incomplete() -> Response:
    return htmx.render(
        "contacts/cards/page.html",
        "contacts/cards/_incomplete.html",
        part="contacts/cards/_incomplete.html",
        gaps=numbers.gaps(current_actor()),
    )


@blueprint.get("/cards/recent")
@requires(VIEW)
def card_recent() -> Response:
    return htmx.render(
        "contacts/cards/page.html",
        "contacts/cards/_recent.html",
        part="contacts/cards/_recent.html",
        contacts=numbers.changed_last(current_actor(), RECENT),
    )


@blueprint.get("/cards/begin")
@requires(VIEW)
def card_begin() -> Response:
    return htmx.render(
        "contacts/cards/page.html", "contacts/cards/_begin.html", part="contacts/cards/_begin.html"
    )
