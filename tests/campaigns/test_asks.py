"""Asks: written down, answered, and the warning before somebody is asked twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import User
from crm.campaigns.models import Ask
from crm.coalitions.models import Commitment
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.campaigns.conftest import Make, Read

HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(make_user: MakeUser) -> User:
    return make_user(role="organizer", name="Dana Wu")


@pytest.fixture
def theo(make_user: MakeUser) -> User:
    return make_user(role="organizer", name="Theo Lind")


@pytest.fixture
def ortiz(add: Make) -> int:
    return add("Rep.", "Ortiz")


Earlier = Callable[..., int]


@pytest.fixture
def earlier(app: Flask, part: Make, theo: User) -> Earlier:
    """An ask that Theo made some days ago."""

    def make(contact: int, what: str, days: int = 0, **values: Any) -> int:
        with app.test_request_context():
            asked = today() - timedelta(days=days)
        return part(
            Ask,
            **{"contact_id": contact, "asked_by_user_id": theo.id, "what": what, "asked_on": asked, **values},
        )

    return make


def typed(contact: int, user: User, **values: str) -> dict[str, Any]:
    return {
        "contact_id": f"#{contact}",
        "what": "Vote for the bill",
        "asked_by_user_id": str(user.id),
        "asked_on": "",
        "answer": "waiting",
        **values,
    }


def test_an_ask_is_written_down_and_answered(
    sign_in: SignIn, dana: User, add: Make, campaign: Make, read: Read, undo_last: Callable[[], None]
) -> None:
    client, ortiz, one = sign_in(dana), add("Rep.", "Ortiz"), campaign()
    answer = client.post("/campaigns/asks/new", data=typed(ortiz, dana, campaign_id=str(one)))
    assert answer.status_code == 303
    ask = read(select(Ask.id))[0]
    page = client.get(f"/campaigns/asks/{ask}").text
    for shown in ("Vote for the bill", "Rep. Ortiz", "Dana Wu", "Attendance bill"):
        assert shown in page
    assert "Vote for the bill" in client.get("/campaigns/asks?list=waiting").text
    assert "Vote for the bill" in client.get(f"/campaigns/of-contact/{ortiz}").text
    assert "Vote for the bill" in client.get(f"/campaigns/{one}").text
    client.post(f"/campaigns/asks/{ask}/answer", data={"answer": "yes"})
    assert read(select(Ask.answer)) == ["yes"]
    assert read(select(Ask.answered_on)) != [None]
    undo_last()
    assert read(select(Ask.answer, Ask.answered_on)) == [("waiting", None)]
    client.post(f"/campaigns/asks/{ask}/delete")
    assert read(select(Ask.id)) == []
    undo_last()
    assert read(select(Ask.what)) == ["Vote for the bill"]


def test_a_second_ask_by_somebody_else_needs_a_choice(
    sign_in: SignIn, dana: User, theo: User, add: Make, campaign: Make, read: Read
) -> None:
    ortiz = add("Rep.", "Ortiz")
    sign_in(dana).post("/campaigns/asks/new", data=typed(ortiz, dana, campaign_id=str(campaign())))
    client = sign_in(theo)
    warning = client.get(f"/campaigns/asks/others?contact_id=%23{ortiz}", headers=HTMX).text
    assert "Dana Wu asked on" in warning
    assert "“Vote for the bill”: Waiting for an answer" in warning
    second = typed(ortiz, theo, what="Speak at the event")
    answer = client.post("/campaigns/asks/new", data=second, headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody else asked them already. Nothing is saved yet." in answer.text
    assert "Dana Wu asked on" in answer.text
    assert "Ask anyway" in answer.text
    assert 'value="Speak at the event"' in answer.text, "what was typed is still there"
    assert read(select(Ask.what)) == ["Vote for the bill"]
    first = read(select(Ask.id))[0]
    assert f'name="confirm" value="{first}"' in answer.text
    assert client.post("/campaigns/asks/new", data={**second, "confirm": str(first)}).status_code == 303
    assert len(read(select(Ask.id))) == 2


def test_confirming_one_ask_does_not_confirm_the_next(
    sign_in: SignIn, dana: User, theo: User, add: Make, part: Make, app: Flask, read: Read
) -> None:
    ortiz = add("Rep.", "Ortiz")
    with app.test_request_context():
        now = today()
    seen, new = (
        part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what=what, asked_on=now)
        for what in ("Seen", "Came meanwhile")
    )
    answer = sign_in(theo).post("/campaigns/asks/new", data=typed(ortiz, theo, confirm=str(seen)))
    assert answer.status_code == 409
    assert "Came meanwhile" in answer.text
    assert read(select(Ask.id).order_by(Ask.id)) == [seen, new]


@pytest.mark.parametrize(
    "days, answer, status",
    [(10, "no", 409), (89, "yes", 409), (91, "no", 303), (400, "waiting", 409), (400, "planned", 409)],
)
def test_what_is_open_or_recent_is_warned_of(
    sign_in: SignIn, dana: User, ortiz: int, earlier: Earlier, days: int, answer: str, status: int
) -> None:
    earlier(ortiz, "Earlier", days=days, answer=answer)
    assert sign_in(dana).post("/campaigns/asks/new", data=typed(ortiz, dana)).status_code == status


def test_ones_own_second_ask_is_shown_and_needs_no_choice(
    sign_in: SignIn, dana: User, add: Make, part: Make, app: Flask
) -> None:
    ortiz = add("Rep.", "Ortiz")
    with app.test_request_context():
        part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what="Earlier", asked_on=today())
    client = sign_in(dana)
    shown = client.get(f"/campaigns/asks/others?contact_id=%23{ortiz}", headers=HTMX).text
    assert "You asked on" in shown
    assert "ask anyway" not in shown
    assert client.post("/campaigns/asks/new", data=typed(ortiz, dana)).status_code == 303


def test_an_address_with_nonsense_opens_an_empty_form(sign_in: SignIn, dana: User) -> None:
    client = sign_in(dana)
    for nonsense in ("x", "-1", "9" * 30, "999999"):
        for page in (
            "asks/new?contact_id=",
            "asks/new?campaign_id=",
            "new?parent_id=",
            "asks/others?contact_id=%23",
        ):
            assert client.get(f"/campaigns/{page}{nonsense}").status_code == 200


def test_somebody_of_a_partner_may_be_who_asks(sign_in: SignIn, dana: User, add: Make, read: Read) -> None:
    ortiz, partner = add("Rep.", "Ortiz"), add("Pat", "Partner")
    client = sign_in(dana)
    client.post("/campaigns/asks/new", data=typed(ortiz, dana, asked_by_contact_id=f"#{partner}"))
    assert read(select(Ask.asked_by_user_id, Ask.asked_by_contact_id)) == [(None, partner)]
    answer = client.post("/campaigns/asks/new", data=typed(ortiz, dana, what="Another"))
    assert answer.status_code == 409
    assert "Pat Partner asked on" in answer.text
    alone = client.post("/campaigns/asks/new", data=typed(ortiz, dana, asked_by_user_id=""))
    assert "Say who asks" in alone.text
    same = typed(ortiz, dana, asked_by_contact_id=f"#{ortiz}")
    assert "Nobody asks themselves" in client.post("/campaigns/asks/new", data=same).text


def test_a_partner_who_asked_is_named_to_those_who_may_see_them(
    sign_in: SignIn, theo: User, ortiz: int, earlier: Earlier, add: Make, coalition: Make
) -> None:
    earlier(ortiz, "Earlier", asked_by_user_id=None, asked_by_contact_id=add("Pat", "Partner"))
    client = sign_in(role="organizer", scope=coalition(members=(ortiz,)), scope_kind="coalition")
    shown = client.get(f"/campaigns/asks/others?contact_id=%23{ortiz}", headers=HTMX).text
    refused = client.post("/campaigns/asks/new", data=typed(ortiz, theo), headers=HTMX)
    assert refused.status_code == 409
    for page in (shown, refused.text):
        assert "Somebody you may not see asked on" in page
        assert "Earlier" in page
        assert "Pat Partner" not in page


def test_an_ask_is_linked_to_what_was_promised(
    sign_in: SignIn, dana: User, add: Make, part: Make, app: Flask, read: Read
) -> None:
    ortiz, other = add("Rep.", "Ortiz"), add("Bo", "Lee")
    with app.test_request_context():
        now = today()
    ask = part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what="Host", asked_on=now, answer="yes")
    promises = [
        part(
            Commitment, contact_id=each, owner_user_id=dana.id, kind="host", title="Hosts us", pledged_on=now
        )
        for each in (ortiz, other)
    ]
    client, address = sign_in(dana), f"/campaigns/asks/{ask}/edit"
    values = {"what": "Host", "asked_by_user_id": str(dana.id), "answer": "yes", "asked_on": now.isoformat()}
    assert client.post(address, data={**values, "commitment_id": str(promises[0])}).status_code == 303
    assert read(select(Ask.commitment_id)) == [promises[0]]
    assert "Hosts us" in client.get(f"/campaigns/asks/{ask}").text
    assert client.post(address, data={**values, "commitment_id": str(promises[1])}).status_code == 422


@dataclass(frozen=True)
class Seen:
    """Two asks: one in a campaign of a coalition, one of somebody who has nothing to do with it."""

    coalition: int
    inside: int
    outside: int
    stranger: int


@pytest.fixture
def seen(add: Make, campaign: Make, coalition: Make, earlier: Earlier) -> Seen:
    member, stranger = add("Ana", "Member"), add("Bo", "Stranger")
    harbor = coalition(members=(member,))
    inside = earlier(member, "Inside", campaign_id=campaign(coalition_id=harbor))
    return Seen(harbor, inside, earlier(stranger, "Other thing"), stranger)


def test_who_may_see_and_write_asks(
    sign_in: SignIn, viewer_client: PageClient, outsider_client: PageClient, seen: Seen
) -> None:
    answer = f"/campaigns/asks/{seen.inside}/answer"
    assert viewer_client.get(f"/campaigns/asks/{seen.inside}").status_code == 200
    assert viewer_client.get("/campaigns/asks/new").status_code == 403
    assert viewer_client.post(answer, data={"answer": "yes"}).status_code == 403
    assert outsider_client.get(f"/campaigns/asks/{seen.inside}").status_code in {403, 404}
    scoped = sign_in(role="organizer", scope=seen.coalition, scope_kind="coalition")
    assert scoped.get(f"/campaigns/asks/{seen.inside}").status_code == 200
    assert scoped.get(f"/campaigns/asks/{seen.outside}").status_code == 404
    assert "Other thing" not in scoped.get("/campaigns/asks").text
    shown = scoped.get(f"/campaigns/asks/others?contact_id=%23{seen.stranger}", headers=HTMX).text
    assert "Other thing" not in shown, "who may not see somebody learns nothing about them"
    assert scoped.get(f"/campaigns/of-contact/{seen.stranger}").status_code == 404
