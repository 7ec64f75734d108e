"""The home page of each role: what matters most to it stands first, and what it may not see is not there."""

import re

import pytest

from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn

pytestmark = on_sqlite
FIRST = {
    "organizer": ["My day", "Commitments to follow up", "Campaigns"],
    "policy": ["My day", "Commitments to follow up", "Campaigns", "My asks without an answer", "Coalitions"],
    "media": ["My day", "Campaigns", "My asks without an answer", "Coming up"],
    "school": ["Referrals that are late", "Coalitions", "Coming up"],
    "agency": ["Referrals to answer", "Coalitions"],
}
HIDDEN = {"school": ["My day", "Campaigns", "Recent changes"], "agency": ["My day", "Campaigns"]}


def cards(page: str) -> list[str]:
    return [title.strip() for title in re.findall(r'<h2 class="card-title" id="card-[^"]+">([^<]+)', page)]


@pytest.mark.parametrize("role", FIRST)
def test_what_matters_to_a_role_stands_first(sign_in: SignIn, role: str) -> None:
    shown = [title for title in cards(sign_in(role=role).get("/").text) if title != "Begin here"]
    assert [title for title in shown if title in FIRST[role]][: len(FIRST[role])] == FIRST[role]
    assert set(shown[: len(FIRST[role])]) >= set(FIRST[role][:2])
    assert not set(shown) & set(HIDDEN.get(role, []))


@pytest.mark.parametrize("role", FIRST)
def test_every_card_of_a_role_opens(sign_in: SignIn, role: str) -> None:
    client = sign_in(role=role)
    addresses = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', client.get("/").text)
    assert addresses
    for address in addresses:
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address


def headings(page: str) -> list[str]:
    return re.findall(r'<p class="rc-nav-heading"[^>]*>([^<]+)', page)


def test_a_long_menu_has_headings_and_a_short_one_none(sign_in: SignIn) -> None:
    long, short = sign_in(role="administrator").get("/").text, sign_in(role="agency").get("/").text
    assert headings(long) == ["The coalition", "Policy and media", "Schools and agencies"]
    assert long.index("The coalition") < long.index(">Campaigns<") < long.index("Policy and media")
    assert not headings(short)
    assert 'href="/referrals/inbox"' in short


def test_the_menu_shows_where_one_is_on_every_page_of_a_part(sign_in: SignIn) -> None:
    """Also where its pages stand beside each other and not below the first one."""
    media = sign_in(role="media")
    for address in ("/media/coverage", "/media/report", "/media/inbox", "/media/"):
        page = media.get(address).text
        here = re.findall(r'<a class="nav-link" href="([^"]+)" aria-current="page"', page)
        assert here == ["/media/coverage"], address
