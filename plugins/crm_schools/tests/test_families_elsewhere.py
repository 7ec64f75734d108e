"""Whom schools alone know, no number and no form elsewhere tells to whoever may not see the student."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.sessions import actor_for
from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, Contact, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.records import Campaign, ContactTag, Tag
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.tests.support import roster_zip

ADDRESS = "eva@quarry.example"
EVA = f"g1,,,true,e,guardian,g,,Eva,Quarrystone,,,{ADDRESS},,802-555-0147,u1,,\n"


@pytest.fixture
def eva(app: Flask, tmp_path: Path) -> int:
    """The contact of a guardian whom a roster named."""

    def with_eva(files: dict[str, str]) -> None:
        files["users.csv"] += EVA

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip", with_eva), {})
        run_waiting(app)
        with system("a test looks"):
            return db.session().scalars(select(Contact.id).where(Contact.name == "Eva Quarrystone")).one()


def known(app: Flask, given: str, family: str, *addresses: str) -> int:
    """A contact whom the coalition knows itself."""
    emails = [{"address": each} for each in addresses]
    with app.app_context(), db.transaction(Actor.system(), "contacts.create"):
        return create({"given_name": given, "family_name": family, "emails": emails}, Actor.system()).id


def looked(app: Flask, client: PageClient) -> str:
    """The page of a look for duplicates, once it is over."""
    page = client.post("/contacts/duplicates/find").headers["Location"]
    run_waiting(app)
    return client.get(page).text


@pytest.mark.usefixtures("eva")
def test_a_look_for_duplicates_counts_no_pair_with_a_guardian(app: Flask, sign_in: SignIn) -> None:
    known(app, "Eva", "Quarrystone", ADDRESS)
    assert "0 possible pairs." in looked(app, sign_in(role="organizer"))
    for _each in range(2):
        known(app, "Abel", "Stonefield", "abel@stone.example")
    assert "1 possible pair." in looked(app, sign_in(role="organizer"))
    known(app, "Wei", "Stonefield")
    assert "2 possible pairs." in looked(app, sign_in(role="administrator"))


LEGISLATOR = f"""id: ocd-person/00000000-0000-0000-0000-000000000001
name: Eva Quarrystone
given_name: Eva
family_name: Quarrystone
email: {ADDRESS}
party:
- name: Democratic
roles:
- type: lower
  district: '12'
  jurisdiction: ocd-jurisdiction/country:us/state:mi/government
  start_date: '2025-01-01'
"""


@pytest.fixture
def bring_legislator(
    app: Flask, tmp_path: Path, make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Somebody in a role brings in a legislator; the address of the contact that their page names."""

    def bring(role: str) -> str:
        user, path = make_user(role=role), tmp_path / "eva.yml"
        monkeypatch.setattr("crm.cli.support.command_actor", lambda: actor_for(user))
        path.write_text(LEGISLATOR)
        with app.app_context():
            assert bring_in("legislators", path, {}).counts["create"] == 1
            run_waiting(app)
        page = sign_in(user).get("/policy/legislators/1").text.partition("<main")[2]
        return next(iter(re.findall(r'href="(/contacts/\d+)"', page)), "")

    return bring


@pytest.mark.parametrize("role", ["policy", "administrator"])
def test_a_guardian_does_not_become_a_legislator(
    eva: int, bring_legislator: Callable[[str], str], sign_in: SignIn, role: str
) -> None:
    """Nor where an administrator brings one in, who sees guardians: the legislator is for many more."""
    page = bring_legislator(role)
    assert page != f"/contacts/{eva}"
    assert ADDRESS in sign_in(role="policy").get(page).text


def test_whom_the_coalition_knows_becomes_a_legislator(
    app: Flask, eva: int, bring_legislator: Callable[[str], str]
) -> None:
    contact_id = known(app, "Eva", "Quarrystone", ADDRESS)
    assert bring_legislator("policy") == f"/contacts/{contact_id}" != f"/contacts/{eva}"


def tagged(app: Flask, *contact_ids: int) -> tuple[int, int]:
    """A tag that these contacts got in one change; the ids of both."""
    with app.app_context():
        with db.transaction(Actor.system(), "tags.create"):
            tag = Tag(name="Evicted", name_key="evicted")
            db.session().add(tag)
        with db.transaction(Actor.system(), "contacts.bulk", "Tagged some") as change:
            db.session().add_all(ContactTag(contact_id=each, tag_id=tag.id) for each in contact_ids)
        return tag.id, change.id or 0


def test_a_shared_list_counts_nobody_by_hand_whom_its_reader_may_not_see(
    app: Flask, eva: int, sign_in: SignIn
) -> None:
    administrator, organizer = sign_in(role="administrator"), sign_in(role="organizer")
    known_id = known(app, "Abel", "Stonefield")
    administrator.post("/lists/contacts/save?f=name%3Ais%3ANobody", data={"name": "Team", "shared": "y"})
    for what, ids in (("pin", [eva, known_id]), ("exclude", [eva])):
        administrator.post("/lists/contacts/put", data={"list": "1", "ids": ids, "what": what})
        page = organizer.get("/contacts?list=1").text
        assert ("By hand: 1 always in it, 0 taken out" in page, "Stonefield" in page) == (True, True)
    assert "By hand: 1 always in it, 1 taken out" in administrator.get("/contacts?list=1").text
    administrator.post("/lists/contacts/put", data={"list": "1", "ids": [known_id], "what": "rule"})
    assert "By hand" not in organizer.get("/contacts?list=1").text


@pytest.mark.parametrize("most, told", [(1000, ["1 change"]), (1, [])])
def test_of_a_long_change_nobody_is_told_how_many_guardians_it_reached(
    app: Flask, eva: int, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, most: int, told: list[str]
) -> None:
    _tag_id, change_set_id = tagged(app, eva, known(app, "Abel", "Stonefield"))
    monkeypatch.setattr("crm.journal.history.MOST_ASKED", most)

    def count_of(role: str) -> list[str]:
        page = sign_in(role=role).get("/changes").text
        act = page.partition(f'/changes/{change_set_id}"')[2].partition("</li>")[0]
        return re.findall(r"\d+ changes?\b", act)

    assert count_of("organizer") == told
    assert count_of("administrator") == ["2 changes"]


def test_a_goal_counts_no_guardian_who_has_its_tag(app: Flask, eva: int, sign_in: SignIn) -> None:
    tag_id, _change_set_id = tagged(app, eva, known(app, "Abel", "Stonefield"))
    with app.app_context(), db.transaction(Actor.system(), "campaigns.create"):
        campaign = Campaign(name="No more evictions", sort_name="no more evictions", kind="state_policy")
        db.session().add(campaign)
        db.session().flush()
        page = f"/campaigns/{campaign.id}"
    of_tag = {
        f"parameter-campaigns.tagged-{name}": value for name, value in (("tag", tag_id), ("when", "all"))
    }
    organizer = sign_in(role="organizer")
    organizer.post(f"{page}/goals/new", data={"measure": "campaigns.tagged", "target": "5", **of_tag})
    assert "1 of 5" in organizer.get(page).text
    behind = organizer.get(f"{page}/goals/1").text
    assert "Stonefield" in behind
    assert "1 of 5" in sign_in(role="administrator").get(page).text


def number_of(app: Flask, contact_id: int) -> str:
    with app.app_context(), system("a test looks"):
        return db.session().get_one(Contact, contact_id).external_id or ""


def said_of(client: PageClient, contact_id: int, number: str) -> str:
    """What is said to whoever types an external id at a contact; empty where it is kept."""
    answer = client.post(f"/contacts/{contact_id}/field/external_id", data={"value": number, "seen": ""})
    sentences = ("come from lists that you may not see", "Another contact has the external id")
    return next((each for each in sentences if each in answer.text), str(answer.status_code))


def test_nobody_tries_numbers_of_guardians_at_a_contact(app: Flask, eva: int, sign_in: SignIn) -> None:
    abel, taken = known(app, "Abel", "Stonefield"), number_of(app, eva)
    free = f"{taken}9"
    organizer, administrator = sign_in(role="organizer"), sign_in(role="administrator")
    for number in (taken, free, "roster:1:0"):
        assert said_of(organizer, abel, number) == "come from lists that you may not see", number
    assert said_of(administrator, abel, taken) == "Another contact has the external id"
    assert said_of(administrator, abel, free) == "200"
    assert said_of(organizer, known(app, "Wei", "Chen"), free) == "Another contact has the external id"
    assert said_of(organizer, known(app, "Wei", "Chen"), "van:7") == "200"


def test_nobody_tries_numbers_of_guardians_in_a_file(
    app: Flask, eva: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_user: MakeUser
) -> None:
    taken, path = number_of(app, eva), tmp_path / "people.csv"
    path.write_text(f"ID,First name,Last name\n{taken},Abel,Stonefield\n{taken}9,Wei,Chen\nvan:7,Ana,Ruiz\n")

    def bring(role: str) -> Outcome:
        user = make_user(role=role)
        monkeypatch.setattr("crm.cli.support.command_actor", lambda: actor_for(user))
        with app.app_context():
            return bring_in("contacts", path, {})

    outcome = bring("organizer")
    assert (outcome.counts["create"], outcome.counts["rejected"]) == (1, 2)
    assert [("oneroster:" in said, taken in said) for _line, said in outcome.noticed] == [(True, False)] * 2
    assert bring("administrator").counts["create"] == 1  # Whoever is allowed gives what nobody has.
    assert bring("organizer").counts["rejected"] == 1  # And it is recognized from then on.
