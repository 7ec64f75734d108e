"""Every dialog of a campaign, filled in and sent to the address that the dialog itself names."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.campaigns.conftest import Make, Read, Write

HTMX = {"HX-Request": "true"}


class FirstForm(HTMLParser):
    """What a browser would send with the first form of a page's own content, and where to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = self.script_action = ""
        self.fields: dict[str, list[str]] = {}
        self._open: bool | None = None
        self._select = self._area = ""
        before, main, content = page.partition("<main")
        self.feed(main + content if main else before)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self._open is None and given.get("method") == "post":
            self._open = True
            self.action, self.script_action = given.get("action", ""), given.get("hx-post", "")
        elif self._open:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self.fields or "selected" in given):
            self.fields[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._area, self.fields[name] = name, [""]
        elif tag == "input" and name:
            ticks = given.get("type") in {"radio", "checkbox"}
            if not ticks or "checked" in given:
                self.fields.setdefault(name, []).append(given.get("value", "on" if ticks else ""))

    def handle_data(self, data: str) -> None:
        if self._open and self._area:
            self.fields[self._area] = [self.fields[self._area][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._open:
            self._open = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def sent(client: PageClient, address: str, **changed: Any) -> None:
    """Open a dialog, change some of it and send it as the browser would; with and without script it goes to
    the same address."""
    form = FirstForm(client.get(address, headers=HTMX).text)
    assert form.fields, address
    assert form.script_action in {"", form.action}, address
    assert FirstForm(client.get(address).text).action == form.action, address
    assert [name for name in changed if name not in form.fields] == [], form.fields
    answer = client.post(form.action or address, data={**form.fields, **changed})
    assert answer.status_code == 303, answer.text


@pytest.fixture
def dana(make_user: MakeUser) -> User:
    return make_user(role="organizer", name="Dana Wu")


Parts = dict[str, int]


@pytest.fixture
def parts(campaign: Make, add: Make, part: Make, write: Write, dana: User) -> Parts:
    """A campaign with one of each part."""
    one, ortiz = campaign(), add("Rep.", "Ortiz")
    day = write(today)
    return {
        "one": one,
        "ortiz": ortiz,
        "milestones": part(Milestone, campaign_id=one, title="Hearing", due_date=day),
        "costs": part(Cost, campaign_id=one, label="Bus", amount_cents=100, spent_on=day),
        "goals": part(Goal, campaign_id=one, measure="campaigns.yes", label="Calls", target=10),
        "targets": part(Target, campaign_id=one, contact_id=ortiz, note="Old"),
        "ladder": part(Supporter, campaign_id=one, contact_id=ortiz, rung=1, since=day),
        "asks": part(Ask, contact_id=ortiz, asked_by_user_id=dana.id, what="Vote", asked_on=day),
    }


def test_each_part_is_changed_by_its_own_dialog(
    sign_in: SignIn, dana: User, parts: Parts, read: Read
) -> None:
    client, place = sign_in(dana), f"/campaigns/{parts['one']}"
    sent(client, f"{place}/milestones/{parts['milestones']}", title="Second hearing")
    sent(client, f"{place}/costs/{parts['costs']}", label="Two buses")
    sent(client, f"{place}/goals/{parts['goals']}/edit", label="More calls")
    sent(client, f"{place}/targets/{parts['targets']}", note="Chairs the committee")
    sent(client, f"{place}/ladder/{parts['ladder']}", rung="3")
    sent(client, f"/campaigns/asks/{parts['asks']}/edit", what="Vote for the bill")
    sent(client, f"{place}/edit", name="Attendance bill, again")
    assert read(select(Milestone.title)) == ["Second hearing"]
    assert read(select(Cost.label)) == ["Two buses"]
    assert read(select(Goal.label)) == ["More calls"]
    assert read(select(Target.note)) == ["Chairs the committee"]
    assert read(select(Supporter.rung)) == [3]
    assert read(select(Ask.what)) == ["Vote for the bill"]
    assert read(select(Campaign.name)) == ["Attendance bill, again"]


def test_each_part_is_added_by_its_own_dialog(
    sign_in: SignIn, dana: User, parts: Parts, add: Make, read: Read
) -> None:
    client, place, bo = sign_in(dana), f"/campaigns/{parts['one']}", f"#{add('Bo', 'Lee')}"
    sent(client, f"{place}/milestones/new", title="Vote", due_date="2026-05-01")
    sent(client, f"{place}/costs/new", label="Paper", amount_cents="3")
    sent(client, f"{place}/goals/new", measure="campaigns.yes", label="Letters", target="5")
    sent(client, f"{place}/targets/new", contacts=[bo])
    sent(client, f"{place}/ladder/new", contacts=[bo])
    sent(client, "/campaigns/asks/new", contact_id=bo, what="Come along")
    sent(client, f"{place}/clone", name="Next year")
    sent(client, "/campaigns/new", name="Another")
    here = {model: model.campaign_id == parts["one"] for model in (Milestone, Cost, Goal, Target, Supporter)}
    assert {model.__name__: len(read(select(model.id).where(of))) for model, of in here.items()} == {
        "Milestone": 2, "Cost": 2, "Goal": 2, "Target": 2, "Supporter": 2,
    }  # fmt: skip
    assert sorted(read(select(Ask.what))) == ["Come along", "Vote"]
    assert sorted(read(select(Campaign.name))) == ["Another", "Attendance bill", "Next year"]


def test_a_campaign_is_deleted_by_its_own_dialog(
    sign_in: SignIn, dana: User, parts: Parts, read: Read, undo_last: Callable[[], None]
) -> None:
    client = sign_in(dana)
    sent(client, f"/campaigns/{parts['one']}/delete")
    assert read(select(Campaign.id)) == []
    undo_last()
    assert read(select(Campaign.id)) == [parts["one"]]
