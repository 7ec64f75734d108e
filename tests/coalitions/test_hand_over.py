"""When somebody leaves: everything they answer for is listed, handed over in one step, and undone."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.coalitions.models import Commitment, GroupMember, Membership
from crm.contacts.models import Note
from crm.fields.models import SavedList
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.coalitions.conftest import Make, undo_last, written
from tests.contacts.conftest import Add, Rows


@pytest.fixture
def leaver(app: Flask, add: Add, make_user: MakeUser) -> dict[str, int]:
    """Ana, who signs in, and what tells her and her heirs apart."""
    user, heir_user = make_user(role="organizer", name="Ana Ruiz"), make_user(role="organizer", name="Ben")
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(User, user.id).contact_id = ana
    return {"ana": ana, "ben": ben, "user": user.id, "heir": heir_user.id}


@pytest.fixture
def held(
    app: Flask, leaver: dict[str, int], coalition: Make, member: Make, group: Make, commitment: Make, add: Add
) -> dict[str, int]:
    """One of each thing that Ana answers for."""
    ana, made = leaver["ana"], coalition()
    school, clinic = add(organization="Lincoln"), add(organization="Clinic")
    data = group(made)
    saved = SavedList(record_type="contacts", name="Principals", owner_user_id=leaver["user"], query={})
    return {
        "school": school,
        "seat": member(made, school, delegate_id=ana, alternate_id=leaver["ben"]),
        "other_seat": member(made, clinic, alternate_id=ana),
        "chair": written(app, GroupMember(group_id=data, contact_id=ana, is_chair=True)),
        "answers": commitment(school, "Host", delegate_id=ana),
        "kept": commitment(school, "Done", delegate_id=ana, status="kept", kept_on=date(2026, 1, 1)),
        "owns": commitment(clinic, "Share data", owner_user_id=leaver["user"]),
        "list": written(app, saved),
    }


KINDS = {
    "seat": "coalitions.delegate", "other_seat": "coalitions.alternate", "chair": "coalitions.chair",
    "answers": "coalitions.commitment", "owns": "coalitions.commitment_owner", "list": "fields.list",
}  # fmt: skip


def _items(held: dict[str, int], *names: str) -> list[str]:
    return [f"{KINDS[name]}:{held[name]}" for name in names or KINDS]


def _state(rows: Rows) -> list[Any]:
    return [
        rows(select(Membership.delegate_id, Membership.alternate_id).order_by(Membership.id)),
        rows(select(GroupMember.contact_id, GroupMember.is_chair).order_by(GroupMember.id)),
        rows(select(Commitment.delegate_id, Commitment.owner_user_id).order_by(Commitment.id)),
        rows(select(SavedList.owner_user_id)),
    ]


def test_everything_is_handed_over_in_one_step_and_undone(
    app: Flask, organizer_client: PageClient, leaver: dict[str, int], held: dict[str, int], rows: Rows
) -> None:
    ana, ben, heir = leaver["ana"], leaver["ben"], leaver["heir"]
    address = f"/coalitions/hand-over/{ana}"
    page = organizer_client.get(address).text
    for item in _items(held):
        assert f'value="{item}"' in page
    assert f"coalitions.commitment:{held['kept']}" not in page
    before = _state(rows)
    chosen = {"items": _items(held), "heir": f"#{ben}", "heir_user": heir}
    done = organizer_client.post(address, data=chosen, follow_redirects=True)
    assert "6 things are handed over." in done.text
    owner = before[2][0][1]
    assert _state(rows) == [
        # Who was the alternate and is the delegate now leaves the other seat.
        [(ben, None), (None, ben)],
        [(ana, False), (ben, True)],
        [(ben, owner), (ana, owner), (None, heir)],
        [heir],
    ]
    bodies = dict(rows(select(Note.contact_id, Note.body)))
    assert bodies[ana].startswith("Handed over to Ben Ode, Ben:\nDelegate · Lincoln · Maple County Coalition")
    assert bodies[ben].startswith("Took over from Ana Ruiz:")
    assert "Saved list" not in bodies[ben]
    undo_last(organizer_client, app)
    assert _state(rows) == before
    assert rows(select(Note.id)) == []


def test_only_what_is_ticked_goes(
    organizer_client: PageClient, leaver: dict[str, int], held: dict[str, int], rows: Rows
) -> None:
    ana, ben = leaver["ana"], leaver["ben"]
    chosen = {"items": _items(held, "answers"), "heir": f"#{ben}"}
    organizer_client.post(f"/coalitions/hand-over/{ana}", data=chosen)
    assert rows(select(Commitment.delegate_id).where(Commitment.id == held["answers"])) == [ben]
    assert rows(select(Membership.delegate_id).where(Membership.id == held["seat"])) == [ana]


def test_for_one_organization_only_what_is_done_on_its_behalf(
    organizer_client: PageClient, leaver: dict[str, int], held: dict[str, int]
) -> None:
    address = f"/coalitions/hand-over/{leaver['ana']}?organization={held['school']}"
    page = organizer_client.get(address).text
    shown = {name for name, item in zip(KINDS, _items(held), strict=True) if f'value="{item}"' in page}
    assert shown == {"seat", "answers"}


@pytest.mark.parametrize(
    "items, typed, sentence",
    [
        ((), {"heir": "Ben Ode"}, "Tick what is to be handed over."),
        (("seat",), {}, "Say which person takes over."),
        (("list",), {}, "Say who of those who sign in takes over."),
        (("seat",), {"heir": "Ana Ruiz"}, "Choose somebody else than the one who leaves."),
    ],
)
def test_what_is_missing_gets_a_sentence(
    items: tuple[str, ...],
    typed: dict[str, str],
    sentence: str,
    organizer_client: PageClient,
    leaver: dict[str, int],
    held: dict[str, int],
    rows: Rows,
) -> None:
    before = _state(rows)
    data = {"items": _items(held, *items) if items else [], **typed}
    page = organizer_client.post(f"/coalitions/hand-over/{leaver['ana']}", data=data)
    assert page.status_code == 422
    assert sentence in page.text
    assert _state(rows) == before


def test_who_may_not_change_coalitions_hands_nothing_over(
    sign_in: SignIn, leaver: dict[str, int], held: dict[str, int]
) -> None:
    address = f"/coalitions/hand-over/{leaver['ana']}"
    assert sign_in(role="viewer").get(address).status_code == 403
    assert "Hand over" not in sign_in(role="viewer").get(f"/contacts/{leaver['ana']}").text
    assert "Hand over" in sign_in(role="organizer").get(f"/contacts/{leaver['ana']}").text
    elsewhere = sign_in(role="organizer", scope=held["school"])
    assert elsewhere.get(address).status_code == 404
