"""Somebody on whom everything hangs is deleted and comes back: nothing is lost or stands in the way."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Activity, Participant, Task
from crm.campaigns.models import Ask, Campaign, Supporter, Target
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.contacts import services
from crm.events.models import Event, Guest
from crm.journal.undo import undo
from crm.plugin_api.testing.people import MakeUser

ACTOR = Actor.system("A test")
TABLES = (Membership, GroupMember, Commitment, Target, Supporter, Ask, Participant, Task, Guest)
DAY, MOMENT = date(2026, 3, 2), datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture
def ids(app: Flask, make_user: MakeUser) -> dict[str, int]:
    """A person and an organization with a row of every kind, and somebody whom the person asked."""
    user = make_user(role="organizer").id
    with app.app_context(), db.transaction(ACTOR, "test"), system("a test"):
        ana, ben = (
            services.create({"kind": "person", "given_name": given, "family_name": "López"}, ACTOR).id
            for given in ("Ana", "Ben")
        )
        school = services.create({"kind": "organization", "name": "Lincoln School"}, ACTOR).id
        _organize(user, ana, ben, school)
    return {"ana": ana, "ben": ben, "school": school}


def _add(row: Any) -> int:
    db.session().add(row)
    db.session().flush()
    return int(row.id)


def _organize(user: int, ana: int, ben: int, school: int) -> None:
    coalition = _add(Coalition(name="Every day", sort_name="every day", level="local"))
    campaign = _add(Campaign(name="Count them", sort_name="count them", kind="state_policy"))
    group = _add(WorkingGroup(coalition_id=coalition, name="Data"))
    event = _add(
        Event(kind="meeting", title="Steering", starts_at=MOMENT, ends_at=MOMENT.replace(hour=19),
              time_zone="America/New_York", uid="steering@example.org")
    )  # fmt: skip
    activity = _add(Activity(kind="call", subject="Call", at=MOMENT))
    for each in (
        Membership(coalition_id=coalition, contact_id=school, delegate_id=ana, alternate_id=ben),
        Membership(coalition_id=coalition, contact_id=ana, invited_by_contact_id=ben),
        GroupMember(group_id=group, contact_id=ana),
        Target(campaign_id=campaign, contact_id=ana),
        Supporter(campaign_id=campaign, contact_id=ana, since=DAY),
        Ask(contact_id=ana, what="Testify", asked_on=DAY),
        Ask(contact_id=ben, what="Host", asked_on=DAY, asked_by_contact_id=ana),
        Participant(activity_id=activity, contact_id=ana, at=MOMENT),
        Guest(event_id=event, contact_id=ana, organization_id=school),
        Guest(event_id=event, contact_id=ben, organization_id=school),
        Task(title="Call Ana", assignee_user_id=user, contact_id=ana),
    ):
        _add(each)
    promised = {"owner_user_id": user, "kind": "host", "pledged_on": DAY}
    own = _add(Commitment(contact_id=ana, title="A room", **promised))
    _add(Commitment(contact_id=school, delegate_id=ana, title="A hall", **promised))
    _add(Task(title="Look at the room", assignee_user_id=user, commitment_id=own))


def rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with app.app_context(), system("a test compares"):
        return {
            model.__tablename__: [
                tuple(row) for row in db.session().execute(select(db.table(model)).order_by(model.id))
            ]
            for model in TABLES
        }


@pytest.mark.parametrize("whom", [["ana"], ["school"], ["ana", "ben", "school"]])
def test_whoever_is_deleted_comes_back_with_everything(
    app: Flask, ids: dict[str, int], whom: list[str]
) -> None:
    before = rows(app)
    with app.app_context(), db.transaction(ACTOR, "contacts.delete", "Deleted") as change:
        assert services.delete([ids[name] for name in whom]) == len(whom)
    gone = rows(app)
    assert gone != before
    if whom == ["ana"]:
        assert len(gone["event_guest"]) == 1
        assert [row for row in gone["campaign_ask"] if row[1] == ids["ben"]], "what Ben was asked stays"
        assert len(gone["task"]) == 2, "work stays with whoever has it"
    with app.app_context():
        undo(change.require_id(), ACTOR)
    assert rows(app) == before
