"""Conditions in SQL that lists, health and goals share, so that a number and the rows behind it agree."""

from datetime import UTC, date, datetime, time, timedelta

from flask_babel import get_timezone
from sqlalchemy import (
    ColumnElement,
    Date,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from crm.activities.models import Participant
from crm.coalitions.models import Commitment, Membership
from crm.contacts.models import Affiliation, Contact
from crm.events.models import Guest
from crm.i18n import today
from crm.journal.models import ChangeSet, JournalEntry

Clause = ColumnElement[bool]
USUAL_DAYS = 90
LONGEST_DAYS = 3650


def this_day() -> ColumnElement[date]:
    """The reader's day, asked for anew each time a statement runs."""
    return bindparam(None, callable_=today, type_=Date, unique=True)


def state_of_commitment() -> ColumnElement[str]:
    """One of `words.STATES`: what is stored, with what the calendar says."""
    return case(
        (and_(Commitment.status == "open", Commitment.due_date < this_day()), literal("late")),
        (and_(Commitment.status == "kept", Commitment.kept_on > Commitment.due_date), literal("kept_late")),
        else_=Commitment.status,
    )


def state_clause(state: str) -> Clause:
    """Whether a commitment is in one of the states, said so that the index on status and date serves it."""
    if state == "late":
        return and_(Commitment.status == "open", Commitment.due_date < this_day())
    if state == "open":
        not_late = or_(Commitment.due_date.is_(None), Commitment.due_date >= this_day())
        return and_(Commitment.status == "open", not_late)
    late = and_(Commitment.due_date.is_not(None), Commitment.kept_on > Commitment.due_date)
    if state == "kept_late":
        return and_(Commitment.status == "kept", late)
    if state == "kept":
        return and_(Commitment.status == "kept", ~late)
    return Commitment.status == state


def quiet_for(days: int) -> Clause:
    """Whether nothing was heard of a member for so many days: no activity with it or those who speak for it,
    nobody of it at an event, no commitment kept, and nothing changed in the membership."""
    first = today() - timedelta(days=days)
    since = datetime.combine(first, time(), get_timezone()).astimezone(UTC)
    people = (Membership.contact_id, Membership.delegate_id, Membership.alternate_id)
    signs = [exists().where(Participant.contact_id == who, Participant.at >= since) for who in people]
    came = Guest.checked_in_at >= since
    signs += [exists().where(Guest.contact_id == who, came) for who in people]
    signs.append(exists().where(Guest.organization_id == Membership.contact_id, came))
    signs.append(exists().where(Commitment.contact_id == Membership.contact_id, Commitment.kept_on >= first))
    changed = (
        select(JournalEntry.row_id)
        .join(ChangeSet, ChangeSet.id == JournalEntry.change_set_id)
        .where(
            JournalEntry.subject_table == "coalition",
            JournalEntry.table_name == "coalition_membership",
            # That a membership was written down says nothing of when it began.
            JournalEntry.operation == "update",
            ChangeSet.at >= since,
        )
    )
    undated = and_(Membership.start_date.is_(None), Membership.created_at >= since)
    new = or_(undated, Membership.start_date >= first)
    return and_(~or_(new, *signs), Membership.id.not_in(changed))


def covered(coalition_id: int) -> Clause:
    """Whether an organization is an active member, or a part of it or somebody in it is. Asked for once and
    not for each organization."""
    member, part = aliased(Membership), aliased(Contact, name="part")
    active = and_(member.coalition_id == coalition_id, member.status == "active")
    members = select(member.contact_id).where(active)
    around = (
        select(part.parent_id)
        .join(member, member.contact_id == part.id)
        .where(active, part.parent_id.is_not(None))
    )
    with_people = (
        select(Affiliation.organization_id)
        .join(member, member.contact_id == Affiliation.person_id)
        .where(active, Affiliation.is_current)
    )
    return or_(*(Contact.id.in_(each) for each in (members, around, with_people)))


def left_by(column: SQLColumnExpression[int | None]) -> Clause:
    """Whether the person in a column of a membership had a part in its organization that has ended."""
    belongs = and_(Affiliation.person_id == column, Affiliation.organization_id == Membership.contact_id)
    return and_(exists().where(belongs), ~exists().where(belongs, Affiliation.is_current))


def ended_delegate() -> Clause:
    """Whether somebody who speaks for an organization has left it."""
    return or_(left_by(Membership.delegate_id), left_by(Membership.alternate_id))
