"""History tells nobody what the pages hide: parts of a record that have a rule of their own."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import Role
from crm.campaigns.models import Ask, Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts import services as contacts
from crm.contacts.models import Contact
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.people import MakeUser, SignIn

SECRET = "They are about to leave"
Write = Callable[[Callable[[], int]], int]


@pytest.fixture
def write(app: Flask) -> Write:
    """Do something as the system in a transaction of its own; the id of its change set, or what it gave."""

    def run(act: Callable[[], int]) -> int:
        with app.test_request_context(), system("a test"), db.transaction(Actor.system(), "test.write"):
            return act()

    return run


def newest(app: Flask) -> int:
    with app.app_context(), system("a test"):
        return db.session().execute(select(func.max(ChangeSet.id))).scalar_one()


def organization(name: str) -> int:
    return contacts.create({"kind": "organization", "name": name}, Actor.system()).id


def row(record: Coalition | Campaign | Membership | Ask) -> int:
    db.session().add(record)
    db.session().flush()
    return record.id


def coalition_of(*members: int) -> int:
    found = row(Coalition(name="Maple County", sort_name="maple county", level="local"))
    for each in members:
        row(Membership(coalition_id=found, contact_id=each))
    return found


def edit(contact_id: int) -> Callable[[], int]:
    def act() -> int:
        found = select(Membership).where(Membership.contact_id == contact_id)
        db.session().scalars(found).one().note = SECRET
        return 0

    return act


def allow_undo(role: str) -> int:
    found = db.session().scalars(select(Role).where(Role.name == role)).one()
    found.permissions = [*found.permissions, "journal.undo_any"]
    return found.id


def test_over_an_organization_the_memberships_of_others_stay_hidden(
    app: Flask, write: Write, make_user: MakeUser, sign_in: SignIn
) -> None:
    ours, theirs = write(lambda: organization("Lincoln School")), write(lambda: organization("Harbor Clinic"))
    coalition_id = write(lambda: coalition_of(ours, theirs))
    write(edit(theirs))
    hidden = newest(app)
    write(edit(ours))
    shown = newest(app)
    client = sign_in(make_user(role="organizer", scope=ours))
    write(lambda: allow_undo("organizer"))
    assert client.get(f"/changes/{hidden}").status_code == 404
    assert client.post(f"/changes/{hidden}/undo").status_code == 404
    assert SECRET in client.get(f"/changes/{shown}").text
    page = client.get(f"/history/coalition/{coalition_id}").text
    assert f"/changes/{shown}" in page
    assert f"/changes/{hidden}" not in page
    assert f'href="/changes/{hidden}"' not in client.get("/changes").text
    everybody = sign_in(role="viewer")
    assert SECRET in everybody.get(f"/changes/{hidden}").text
    assert f"/changes/{hidden}" in everybody.get(f"/history/coalition/{coalition_id}").text


def test_what_became_of_a_hidden_part_that_is_gone_stays_hidden(
    app: Flask, write: Write, make_user: MakeUser, sign_in: SignIn
) -> None:
    ours, theirs = write(lambda: organization("Lincoln School")), write(lambda: organization("Harbor Clinic"))
    coalition_id = write(lambda: coalition_of(ours, theirs))
    write(edit(theirs))

    def leave() -> int:
        found = select(Membership).where(Membership.contact_id == theirs)
        db.session().delete(db.session().scalars(found).one())
        return 0

    write(leave)
    left = newest(app)
    client = sign_in(make_user(role="viewer", scope=ours))
    assert SECRET not in client.get(f"/history/coalition/{coalition_id}").text
    assert client.get(f"/changes/{left}").status_code == 404
    assert SECRET in sign_in(role="viewer").get(f"/history/coalition/{coalition_id}").text


def test_over_a_coalition_what_others_asked_a_member_stays_hidden(
    app: Flask, write: Write, make_user: MakeUser, sign_in: SignIn
) -> None:
    member = write(lambda: organization("Lincoln School"))
    coalition_id = write(lambda: coalition_of(member))

    def campaign(of: int | None) -> int:
        return row(Campaign(name="Bill", sort_name="bill", kind="state_policy", coalition_id=of))

    def ask(of: int, what: str) -> int:
        given = {"contact_id": member, "asked_on": date(2026, 3, 1)}
        db.session().get_one(Contact, member).job_title = what
        return row(Ask(campaign_id=of, what=what, **given))

    elsewhere, here = write(lambda: campaign(None)), write(lambda: campaign(coalition_id))
    write(lambda: ask(elsewhere, "Testify in secret"))
    mixed = newest(app)
    write(lambda: row(Ask(campaign_id=elsewhere, what="Pay quietly", contact_id=member,
                          asked_on=date(2026, 3, 2))))  # fmt: skip
    hidden = newest(app)
    write(lambda: row(Ask(campaign_id=here, what="Host a night", contact_id=member,
                          asked_on=date(2026, 3, 2))))  # fmt: skip
    client = sign_in(make_user(role="organizer", scope=coalition_id, scope_kind="coalition"))
    write(lambda: allow_undo("organizer"))
    for address in (f"/history/contact/{member}", f"/contacts/{member}/timeline?show=all", "/changes"):
        page = client.get(address)
        assert page.status_code == 200
        assert "Pay quietly" not in page.text
        assert f"/changes/{hidden}" not in page.text
    assert "Host a night" in client.get(f"/history/contact/{member}").text
    assert client.get(f"/changes/{hidden}").status_code == 404
    assert client.get(f"/changes/{mixed}").status_code == 200
    assert client.post(f"/changes/{mixed}/undo").status_code == 403
    assert client.post(f"/changes/{hidden}/undo").status_code == 404
    everybody = sign_in(role="viewer")
    assert "Pay quietly" in everybody.get(f"/history/contact/{member}").text
    assert "Pay quietly" in everybody.get(f"/changes/{hidden}").text
