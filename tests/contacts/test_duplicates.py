"""The queue of contacts that may be one: who is proposed, why, to whom it is shown, what is remembered."""

import csv
from typing import Any

import pytest
from flask import Flask
from hypothesis import given as drawn
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.duplicates import finding, queue, sides
from crm.contacts.duplicates.comparing import Place, Side, compare, judge
from crm.contacts.likeness import Typed, likely
from crm.contacts.models import Contact, DuplicatePair, NotDuplicate
from crm.jobs.inline import here
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.cli.conftest import Rollcall, rollcall, settings
from tests.contacts.conftest import Add
from tests.transfer.conftest import sample
from tests.transfer.test_samples import app as sample_app

__all__ = ["rollcall", "sample_app", "settings"]

ANA = Actor.system("Ana Ruiz")


def look(app: Flask) -> dict[tuple[int, int], list[str]]:
    """Look for duplicates; the pairs and their reasons."""
    with here(app) as process:
        with app.app_context(), db.transaction(ANA, "test"):
            job_id = finding.ask(ANA, process.place).id
        job = process.run(job_id)
        assert job.status == "done", job.error
    with app.app_context(), system("test"):
        return {
            (pair.first_id, pair.second_id): pair.reasons
            for pair in db.session().scalars(select(DuplicatePair))
        }


PHONE, OTHER_PHONE = {"number": "+12025550143"}, {"number": "+12025550148"}


def test_reasons_are_said_and_edits_are_followed(app: Flask, add: Add) -> None:
    one = add("Robert", "Okafor", birth_date="1976-02-03", phones=[PHONE])
    other = add("Bob", "Okafor", birth_date="1976-02-03", phones=[OTHER_PHONE])
    add("Wei", "Okafor", birth_date="1999-02-03")
    assert look(app) == {(one, other): ["family_same", "given_short", "birth_same", "phone_digit"]}
    with app.test_request_context():
        pro, contra = queue.why(one, other)
    assert (pro[-2:], contra) == (["same birth date", "one digit of the phone differs"], [])
    with app.test_request_context(), db.transaction(ANA, "contacts.edit"), system("test"):
        contact = db.session().get_one(Contact, other)
        contact.family_name, contact.birth_date = "Chen", "1950-11-09"
        services.derive_person_name(contact)
    assert look(app) == {}


def test_pairs_say_less_once_there_are_more_of_their_name(app: Flask, add: Add) -> None:
    scores = select(DuplicatePair.score).where(DuplicatePair.first_id == add("Amina", "Okafor"))
    add("Amina", "Okafor")
    found = []
    for _more in range(2):
        look(app)
        with app.app_context(), system("test"):
            found.append(db.session().scalars(scores.order_by(DuplicatePair.second_id)).first() or 0)
        for _each in range(3):
            add("Amina", "Okafor")
    assert found[1] < found[0]


def test_however_small_the_pieces_nobody_is_missed(
    app: Flask, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", {"keys": 3, "pairs": 2})
    monkeypatch.setattr(sides, "MOST_KNOWN", 4)
    names = [("Ana", "Ruiz"), ("Kofi", "Mensah"), ("Wei", "Okafor"), ("Ines", "Duarte"), ("Lena", "Voss")]
    first = [add(*name, birth_date=f"19{70 + at}-02-03") for at, name in enumerate(names)]
    again = [add(*name, birth_date=f"19{70 + at}-02-03") for at, name in enumerate(names)]
    assert look(app).keys() == {*zip(first, again, strict=True)}


@pytest.mark.parametrize(
    "first, second",
    [
        ({"suffix": "Sr."}, {"suffix": "Jr."}),
        ({"middle_name": "Lee"}, {"middle_name": "James"}),
        ({"birth_date": "1950-01-02"}, {"birth_date": "1984-11-20"}),
    ],
)
@on_sqlite
def test_namesakes_who_cannot_be_one_are_left_alone(
    app: Flask, add: Add, first: dict[str, Any], second: dict[str, Any]
) -> None:
    add("Amina", "Okafor", **first)
    add("Amina", "Okafor", **second)
    assert look(app) == {}


@on_sqlite
def test_a_shared_email_alone_makes_nobody_one(app: Flask, add: Add) -> None:
    for given, family in (("Amina", "Okafor"), ("Wei", "Chen")):
        add(given, family, emails=[{"address": "office@example.org"}], phones=[PHONE])
    assert look(app) == {}


def test_the_word_at_entry_is_that_of_the_queue(app: Flask, add: Add) -> None:
    reach = {"phones": [PHONE], "emails": [{"address": "office@example.org"}]}
    one = add("Robert", "Okafor", **reach)
    typed = Typed("Okafor", "Rob", email="office@example.org", phone="202-555-0143")
    with app.test_request_context():
        (warned,) = likely(typed, ANA)
    other = add("Okafor", "Rob", **reach)
    assert look(app).keys() == {(one, other)}
    with app.test_request_context():
        (pair,) = queue.of_contact(other, ANA)
    assert warned.score == pair.score
    assert (warned.reasons, warned.against) == (tuple(pair.pro), tuple(pair.contra))
    assert warned.strength == pair.strength


NAMES = st.sampled_from(["", "ana", "anna", "annabel", "garcia", "garcías"])
SIDES = st.builds(
    Side,
    id=st.integers(1, 9),
    kind=st.sampled_from(["person", "organization"]),
    name=st.sampled_from(["anagarcia", "anagarcias", "anagarciahouse"]),
    given=NAMES,
    family=NAMES,
    middle=st.sampled_from(["", "l", "lee"]),
    birth=st.sampled_from(["", "1976-02-03", "1976-03-02", "--02-03"]),
    emails=st.sets(st.sampled_from(["office@example.org", "office1@example.org"])).map(frozenset),
    phones=st.sets(st.sampled_from(["+12025550143", "+12025550144"])).map(frozenset),
    links=st.sets(st.just("https://example.org/")).map(frozenset),
    places=st.lists(
        st.builds(
            Place,
            street=st.sampled_from(["", "12 oak st", "12 oak street", "90 elm rd"]),
            street2=st.just(""),
            city=st.sampled_from(["", "riverbend", "mossbridge"]),
            postal=st.sampled_from(["", "00010"]),
            key=st.just(""),
        ),
        max_size=2,
    ).map(tuple),
    namesakes=st.integers(1, 200),
)


@drawn(SIDES, SIDES)
@hypothesis_settings(max_examples=400, deadline=None)
def test_giving_up_early_changes_no_verdict(one: Side, other: Side) -> None:
    asked = judge(one, other)
    assert compare(one, other) == (asked if asked is not None and asked.proposed else None)
    back = judge(other, one)
    assert (back and back.points) == (asked and asked.points)


def test_a_name_that_many_have_says_little(app: Flask, add: Add) -> None:
    for _number in range(8):
        add("Maria", "Garcia")
    rare = {add("Xiomara", "Quux"), add("Xiomara", "Quux")}
    again = {add("Maria", "Garcia", phones=[PHONE]), add("Maria", "Garcia", phones=[PHONE])}
    assert {frozenset(pair) for pair in look(app)} == {frozenset(rare), frozenset(again)}


@on_sqlite
def test_two_are_remembered_as_two_until_taken_back(app: Flask, admin_client: PageClient, add: Add) -> None:
    one, other = add("Amina", "Okafor"), add("Amina", "Okafor")
    look(app)
    assert "nothing else to compare" in admin_client.get("/contacts/duplicates/queue").text
    admin_client.post(f"/contacts/duplicates/{other}/{one}/two")
    queue = admin_client.get("/contacts/duplicates/queue").text
    assert ("Compare and merge" in queue, ">Decided: not duplicates</a>" in queue) == (False, True)
    assert "Amina Okafor" in admin_client.get("/contacts/duplicates/decided").text
    with app.app_context(), system("test"):
        verdict = db.session().scalars(select(NotDuplicate.id)).one()
    admin_client.post(f"/contacts/duplicates/decided/{verdict}/take-back")
    assert "Compare and merge" in admin_client.get("/contacts/duplicates/queue").text


@on_sqlite
def test_who_may_not_see_one_of_a_pair_is_never_shown_it(app: Flask, sign_in: SignIn, add: Add) -> None:
    harbor = add(organization="Harbor")
    inside, outside = add("Amina", "Okafor", at="Harbor"), add("Amina", "Okafor")
    look(app)
    client = sign_in(role="organizer", scope=harbor)
    assert "Compare and merge" not in client.get("/contacts/duplicates/queue").text
    assert client.get(f"/contacts/merge?ids={inside},{outside}").status_code == 404
    answer = client.post("/contacts/merge", data={"ids": f"{inside},{outside}", "survivor": str(inside)})
    assert answer.status_code == 404
    assert client.post(f"/contacts/duplicates/{inside}/{outside}/two").status_code == 404


class TestSamples:
    @pytest.fixture
    def app(self, sample_app: Flask) -> Flask:
        return sample_app

    def test_people_with_typing_errors(self, app: Flask, rollcall: Rollcall, tmp_path: Any) -> None:
        file = sample("febrl_dataset1.csv")
        rollcall("import", "contacts", str(file), "--json")
        rollcall("duplicates", "find", "--json")
        names = [row[0].strip() for row in csv.reader(file.read_text().splitlines())][1:]
        true = [(f"{name.partition('-dup')[0]}-org", name) for name in names if "-dup-" in name]
        known = tmp_path / "true.csv"
        known.write_text("".join(f"{one},{other}\n" for one, other in true))
        found = rollcall("duplicates", "evaluate", str(known), "--json").data
        assert found["true"] == 500
        assert found["recall"] >= 0.97
        assert found["precision"] >= 0.99

    def test_people_of_whom_no_two_are_one(self, app: Flask, rollcall: Rollcall) -> None:
        rollcall("import", "contacts", str(sample("osdi_fake_people.csv")), "--json")
        found = rollcall("duplicates", "find", "--json").data
        assert found["looked_at"] == 11540
        assert found["pairs"] < 60  # Namesakes whose emails are made of the name, in one house or street.
