"""How a coalition is doing, and the rows behind each number."""

from typing import Any
from urllib.parse import urlencode

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select, tuple_
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, may, requires
from crm.coalitions import health as figures
from crm.coalitions.clauses import ended_delegate
from crm.coalitions.fields.memberships import as_days
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.coalitions.names import seen
from crm.coalitions.permissions import EDIT, VIEW
from crm.coalitions.views.blueprint import blueprint
from crm.coalitions.views.coalitions import seen_names
from crm.contacts.models import Affiliation, Contact
from crm.events.models import Event
from crm.fields.listing import decode_cursor, encode_cursor

CHOICES = (30, 60, 90, 180, 365)
PAGE = 50


def members_address(coalition_id: int, *filters: str) -> str:
    """The list of members with filters: the rows behind a number."""
    pairs = [("f", f"coalition:is:{coalition_id}"), *(("f", each) for each in filters)]
    return f"{url_for('coalitions.members')}?{urlencode(pairs)}"


def commitments_address(coalition_id: int, *filters: str) -> str:
    pairs = [("f", f"coalition:is:{coalition_id}"), *(("f", each) for each in filters)]
    return f"{url_for('coalitions.commitments')}?{urlencode(pairs)}"


def sector_address(sector: str, place: figures.Place | None) -> str:
    """The organizations of a sector, in the region where that is known."""
    pairs = [("f", "kind:is:organization"), ("f", f"sector:is:{sector}")]
    if place is not None:
        pairs.append(("f", f"{place.field}:is:{place.value}"))
    return f"{url_for('contacts.index')}?{urlencode(pairs)}"


@blueprint.get("/<int:coalition_id>/health")
@requires(VIEW)
def health(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id)
    actor, days = current_actor(), as_days(request.args.get("days", ""))
    place = figures.place_of(coalition, actor)
    attendances, _none = figures.attendances(coalition_id, actor)
    return htmx.render(
        "coalitions/health.html",
        None,
        coalition=coalition,
        days=days,
        choices=CHOICES,
        place=place,
        numbers=figures.numbers(coalition, days, actor),
        sectors=figures.missing_sectors(coalition_id, place, actor),
        districts=_names(figures.missing_districts(coalition_id, place, actor), 10),
        quiet=_members(figures.quiet(coalition_id, days, actor), 10),
        left=_delegates_left(coalition_id),
        attendances=attendances,
        events=figures.event_count(coalition_id, actor),
        ledger=figures.ledger(actor, Commitment.coalition_id == coalition_id),
        members_address=members_address,
        commitments_address=commitments_address,
        sector_address=sector_address,
        can_edit=may(Coalition, coalition_id, EDIT),
    )


def _names(statement: Select[Any], most: int) -> list[Any]:
    """The first contacts by name."""
    ordered = statement.order_by(Contact.sort_name, Contact.id).limit(most)
    return list(db.session().execute(ordered.with_only_columns(Contact.id, Contact.name)).all())


def _members(statement: Select[Any], most: int) -> list[Any]:
    """The first members by name, of those whom the reader may see."""
    ordered = (
        statement.join(Contact, seen(Membership.contact_id, current_actor()))
        .order_by(Contact.sort_name, Membership.id)
        .limit(most)
        .with_only_columns(Membership.id, Contact.id.label("contact_id"), Contact.name)
    )
    return list(db.session().execute(ordered).all())


def _delegates_left(coalition_id: int) -> list[tuple[int, str, int, str]]:
    """Memberships for which somebody speaks who has left the organization: membership, its name, the person
    and their name, as far as the reader may see them."""
    statement = (
        figures.active(coalition_id, current_actor())
        .join(Contact, seen(Membership.contact_id, current_actor()))
        .where(ended_delegate())
        .order_by(Contact.sort_name)
        .limit(50)
        .with_only_columns(
            Membership.id, Contact.id, Contact.name, Membership.delegate_id, Membership.alternate_id
        )
    )
    rows = db.session().execute(statement).all()
    seats = [(row[0], row[1], row[2], person) for row in rows for person in row[3:] if person is not None]
    gone = _without_part([(organization, person) for _id, organization, _name, person in seats])
    names = seen_names([each[3] for each in seats])
    return [
        (each, name, person, names[person])
        for each, organization, name, person in seats
        if (organization, person) in gone and person in names
    ]


def _without_part(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs of organization and person whose affiliation is over."""
    statement = select(Affiliation.organization_id, Affiliation.person_id, Affiliation.is_current).where(
        db.among(Affiliation.organization_id, {each[0] for each in pairs}),
        db.among(Affiliation.person_id, {each[1] for each in pairs}),
    )
    rows = [(row[0], row[1], row[2]) for row in db.session().execute(statement)]
    now = {(row[0], row[1]) for row in rows if row[2]}
    return {(row[0], row[1]) for row in rows} - now


@blueprint.get("/<int:coalition_id>/health/districts")
@requires(VIEW)
def missing_districts(coalition_id: int) -> Response:
    """School districts without an active member, a page at a time."""
    coalition: Coalition = load(Coalition, coalition_id)
    actor = current_actor()
    statement = figures.missing_districts(coalition_id, figures.place_of(coalition, actor), actor)
    if place := decode_cursor(request.args.get("after", ""), Contact.sort_name):
        statement = statement.where(tuple_(Contact.sort_name, Contact.id) > tuple_(*place))
    statement = statement.order_by(Contact.sort_name, Contact.id).limit(PAGE + 1)
    columns = (Contact.id, Contact.name, Contact.sort_name.label("sort_key"))
    rows = [dict(row._mapping) for row in db.session().execute(statement.with_only_columns(*columns))]
    return htmx.render(
        "coalitions/districts.html",
        None,
        coalition=coalition,
        rows=rows[:PAGE],
        after=encode_cursor(rows[PAGE - 1]) if len(rows) > PAGE else None,
        can_edit=may(Coalition, coalition_id, EDIT),
    )


@blueprint.get("/<int:coalition_id>/health/attendance/<int:contact_id>")
@requires(VIEW)
def attendance(coalition_id: int, contact_id: int) -> Response:
    """The coalition's events of the last year, and who came to each for one member."""
    coalition: Coalition = load(Coalition, coalition_id)
    actor = current_actor()
    statement = figures.active(coalition_id, actor).where(Membership.contact_id == contact_id).limit(1)
    member: Membership = db.session().scalars(statement).one_or_none() or abort(404)
    _all, came = figures.attendances(coalition_id, actor, contact_id)
    events = (
        figures.events_of(coalition_id, actor)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(200)
        .with_only_columns(Event.id, Event.title, Event.starts_at)
    )
    return htmx.render(
        "coalitions/attendance.html",
        None,
        coalition=coalition,
        membership=member,
        name=seen_names([contact_id]).get(contact_id, _("Member")),
        events=db.session().execute(events).all(),
        came=came,
    )


@blueprint.get("/<int:coalition_id>/health/panel")
@requires(VIEW)
def health_panel(coalition_id: int) -> Response:
    """The numbers at a glance, on the coalition's own page."""
    coalition: Coalition = load(Coalition, coalition_id)
    numbers = figures.numbers(coalition, as_days(""), current_actor())
    return htmx.render(
        "coalitions/panel_page.html",
        "coalitions/_health_panel.html",
        part="coalitions/_health_panel.html",
        title=coalition.name,
        back=url_for("coalitions.show", coalition_id=coalition_id),
        coalition=coalition,
        numbers=numbers,
        days=as_days(""),
        members_address=members_address,
    )
