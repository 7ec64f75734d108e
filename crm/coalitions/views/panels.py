"""Parts of the pages of contacts, campaigns and coalitions."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, or_
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.campaigns.models import Campaign
from crm.coalitions.clauses import left_by, state_of_commitment
from crm.coalitions.health import ledger
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.coalitions.permissions import COMMIT, EDIT, VIEW
from crm.coalitions.views.blueprint import blueprint
from crm.coalitions.views.coalitions import seen_names
from crm.contacts.models import PERSON, Contact
from crm.pages import url_for_known

SHOWN = 8


def _panel(part: str, title: str, back: str, **values: Any) -> Response:
    return htmx.render("coalitions/panel_page.html", part, part=part, title=title, back=back, **values)


@blueprint.get("/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """Coalitions and working groups of a contact, and those for which a person speaks there."""
    contact: Contact = load(Contact, contact_id)
    actor = current_actor()
    about = or_(
        Membership.contact_id == contact_id,
        Membership.delegate_id == contact_id,
        Membership.alternate_id == contact_id,
    )
    rank = case((Membership.status == "active", 0), (Membership.status.in_(("lapsed", "left")), 2), else_=1)
    statement = (
        visible(Membership, actor)
        .join(Coalition, Coalition.id == Membership.coalition_id)
        .where(about)
        .order_by(rank, Coalition.sort_name, Membership.start_date.desc(), Membership.id.desc())
        .limit(100)
        .add_columns(Coalition.name)
    )
    rows = db.session().execute(statement).all()
    people = [each for row in rows for each in (row[0].contact_id, row[0].delegate_id, row[0].alternate_id)]
    return _panel(
        "coalitions/_contact_panel.html",
        _("Coalitions"),
        url_for("contacts.show", contact_id=contact_id),
        contact=contact,
        rows=rows,
        names=seen_names(people),
        left=_has_left(contact_id),
        groups=_groups(contact_id),
        can_edit=actor.can(EDIT),
        person=contact.kind == PERSON,
    )


def _has_left(contact_id: int) -> bool:
    """Whether a person speaks for an organization in which their part has ended."""
    seats = (Membership.delegate_id, Membership.alternate_id)
    statement = visible(Membership, current_actor()).where(
        or_(*(and_(seat == contact_id, left_by(seat)) for seat in seats))
    )
    found = db.session().execute(statement.with_only_columns(Membership.id).limit(1)).first()
    return found is not None


def _groups(contact_id: int) -> list[Any]:
    statement = (
        visible(GroupMember, current_actor())
        .join(WorkingGroup, WorkingGroup.id == GroupMember.group_id)
        .join(Coalition, Coalition.id == WorkingGroup.coalition_id)
        .where(GroupMember.contact_id == contact_id)
        .order_by(Coalition.sort_name, WorkingGroup.name)
        .limit(50)
        .with_only_columns(
            WorkingGroup.id, WorkingGroup.name, GroupMember.is_chair, Coalition.name.label("coalition")
        )
    )
    return list(db.session().execute(statement).all())


@blueprint.get("/commitments/of-contact/<int:contact_id>")
@requires(VIEW)
def commitments_of_contact(contact_id: int) -> Response:
    contact: Contact = load(Contact, contact_id)
    about = or_(Commitment.contact_id == contact_id, Commitment.delegate_id == contact_id)
    everything = url_for("coalitions.commitments", f=f"involves:is:{contact.name} #{contact_id}")
    back = url_for("contacts.show", contact_id=contact_id)
    return _ledger(contact.name, about, {"contact_id": contact_id}, everything, back)


@blueprint.get("/commitments/of-coalition/<int:coalition_id>")
@requires(VIEW)
def commitments_of_coalition(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id)
    address = url_for("coalitions.commitments", f=f"coalition:is:{coalition_id}")
    return _ledger(coalition.name, Commitment.coalition_id == coalition_id, {"coalition_id": coalition_id},
                   address, url_for("coalitions.show", coalition_id=coalition_id))  # fmt: skip


@blueprint.get("/commitments/of-campaign/<int:campaign_id>")
@requires(VIEW)
def commitments_of_campaign(campaign_id: int) -> Response:
    campaign: Campaign = load(Campaign, campaign_id)
    everything = url_for("coalitions.commitments", f=f"campaign:is:{campaign_id}")
    back = url_for_known("campaigns.show", campaign_id=campaign_id) or everything
    about = Commitment.campaign_id == campaign_id
    return _ledger(campaign.name, about, {"campaign_id": campaign_id}, everything, back)


def _ledger(
    title: str, about: ColumnElement[bool], given: dict[str, int], everything: str, back: str
) -> Response:
    """What was promised: a sentence about how it goes, then what comes next."""
    actor = current_actor()
    return _panel(
        "coalitions/_ledger.html",
        title,
        back,
        record=ledger(actor, about),
        rows=rows_of(about),
        everything=everything,
        given=given,
        can_commit=actor.can(COMMIT),
    )


def rows_of(about: ColumnElement[bool], most: int = SHOWN) -> list[Any]:
    """The commitments to look at next: open ones by their date, then those kept last. Each with its state
    and the name of whoever promised it."""
    actor = current_actor()
    settled = case((Commitment.status == "open", 0), else_=1)
    statement = (
        visible(Commitment, actor)
        .where(about)
        .order_by(settled, Commitment.due_date.is_(None), Commitment.due_date, Commitment.kept_on.desc())
        .order_by(Commitment.id)
        .limit(most)
        .add_columns(state_of_commitment())
    )
    rows = db.session().execute(statement).all()
    names = seen_names([row[0].contact_id for row in rows])
    return [(row[0], row[1], names.get(row[0].contact_id, "")) for row in rows]
