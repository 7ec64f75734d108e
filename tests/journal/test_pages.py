"""The pages of history as people use them: what they say, and what their buttons do."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from crm import db
from crm.access.actor import Actor, Grant
from crm.accounts.models import User
from crm.contacts import services
from crm.contacts.models import Contact, Email
from crm.jobs.inline import run_waiting
from crm.jobs.models import Job
from crm.jobs.services import cancel
from crm.journal.models import ChangeSet
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from tests.journal.conftest import ANA, BEN, acting, add, change_set, edit, id_of, remove, rows

pytestmark = on_sqlite

EMAIL = {"address": "priya@example.org", "label": "work", "is_primary": True}


@pytest.fixture
def rosa(make_user: MakeUser, inside: Flask) -> User:
    """An administrator, whom messages greet by name."""
    return make_user(role="administrator", name="Rosa Delgado")


@pytest.fixture
def client(rosa: User, sign_in: SignIn) -> PageClient:
    return sign_in(rosa)


def words(answer: TestResponse) -> str:
    """What a page says, without its marks and with spaces evened out."""
    text = re.sub(r"<(script|style|head).*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def actor(user: User) -> Actor:
    return Actor(user.id, user.name, (Grant(None),))


# Recent changes.


def test_recent_changes_say_who_did_what_newest_first(client: PageClient) -> None:
    add(ANA, "Added Priya Shah")
    add(BEN, "Added Omar Diaz", given_name="Omar", emails=[EMAIL])
    said = words(client.get("/changes"))
    assert said.index("Added Omar Diaz") < said.index("Added Priya Shah")
    assert re.search(r"Added Omar Diaz Ben Cole · .* · 2 changes", said)
    assert re.search(r"Added Priya Shah Ana Ruiz · .* · 1 change ", said)


def test_recent_changes_are_filtered_by_person_kind_and_day(client: PageClient, rosa: User) -> None:
    add(actor(rosa), "Rosa added somebody")
    contact_id, _ = add(ANA, "Ana added somebody")
    with acting(ANA, "contacts.edit", "Ana changed somebody"):
        edit_inside(contact_id)
    with acting(ANA, "contacts.create", "Long ago"):
        services.create({"given_name": "Old"}, ANA)
    db.session().execute(
        db.table(ChangeSet)
        .update()
        .where(ChangeSet.summary == "Long ago")
        .values(at=datetime(2024, 3, 2, 3, 30, tzinfo=UTC))
    )
    db.session().commit()
    assert shown(client, f"person={rosa.id}") == {"Rosa added somebody"}
    assert shown(client, "person=rollcall") >= {"Ana added somebody", "Ana changed somebody"}
    assert shown(client, "kind=changed") == {"Ana changed somebody"}
    assert shown(client, "day=2024-03-01") == {"Long ago"}, "a day is the reader's, here in New York"
    assert shown(client, "day=2024-03-02") == set()
    assert "Nothing fits" in words(client.get("/changes?day=2024-03-02"))
    for nonsense in ("person=x&kind=y&day=z&before=q", f"person={'9' * 40}&before={'9' * 40}"):
        assert client.get(f"/changes?{nonsense}").status_code == 200


def edit_inside(contact_id: int) -> None:
    """Change a contact in an open transaction."""
    db.session().get_one(Contact, contact_id).job_title = "Nurse"


def shown(client: PageClient, query: str) -> set[str]:
    page = client.get(f"/changes?{query}").get_data(as_text=True)
    return set(re.findall(r'class="rc-name" href="/changes/\d+">([^<]+)<', page))


def test_older_changes_come_page_by_page_each_once(client: PageClient) -> None:
    for number in range(65):
        add(ANA, f"Number {number:02}")
    seen: list[str] = []
    address: str | None = "/changes"
    while address:
        page = client.get(address, headers={"HX-Request": "true"} if seen else {}).get_data(as_text=True)
        assert ("<html" in page) == (not seen)
        seen += re.findall(r">(Number \d\d)</a>", page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        address = link.group(1).replace("&amp;", "&") if link else None
    assert seen == [f"Number {number:02}" for number in reversed(range(65))]


def test_before_anything_happened_the_page_says_what_will_stand_here(app: Flask, sign_in: SignIn) -> None:
    assert "Nothing has happened yet" in words(sign_in(role="viewer").get("/changes"))


# One change.


def test_details_are_in_the_words_of_people(client: PageClient) -> None:
    contact_id, created = add(
        ANA, emails=[EMAIL], organization="Lincoln School", role="Principal", tags=["ally"]
    )
    with acting(ANA, summary="Changed Priya"):
        edit_inside(contact_id)
        db.session().scalars(select(Email)).one().is_primary = False
    page = client.get(f"/changes/{created}")
    said = words(page)
    assert "Email address became priya@example.org · Work · Main one" in said
    assert "Affiliation became Lincoln School · Principal · Main one" in said
    assert f'<a href="/contacts/{contact_id}">Priya Shah</a>' in page.get_data(as_text=True)
    said = words(client.get(f"/changes/{created + 1}"))
    assert "Job title became Nurse" in said
    assert "priya@example.org, Main one: was yes → became no" in said
    for raw in ("is_primary", "job_title", "address_key", "updated_at", "contact_id", "True", "None"):
        assert raw not in said


def test_a_large_change_is_shown_in_parts(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.journal.history.MOST_LINES", 10)
    with acting(action="contacts.import", summary="Imported") as change:
        for number in range(25):
            services.create({"given_name": f"Person{number:02}"}, ANA)
    first = client.get(f"/changes/{id_of(change)}").get_data(as_text=True)
    found = re.findall(r"Person\d\d</a>", first)
    while link := re.search(r'rel="next" href="([^"]+)"', first):
        first = client.get(link.group(1), headers={"HX-Request": "true"}).get_data(as_text=True)
        found += re.findall(r"Person\d\d</a>", first)
    assert found == [f"Person{number:02}</a>" for number in range(25)]


# Undo by its button.


def toast(answer: TestResponse) -> tuple[str, str, str]:
    """The message of a page, its button and where that leads."""
    page = answer.get_data(as_text=True)
    found = re.search(
        r'rc-toast-text">([^<]*)<.*?action="([^"]+)".*?rc-toast-undo">([^<]+)<', page, re.DOTALL
    )
    assert found, words(answer)
    return found.group(1), found.group(3), found.group(2)


def test_a_small_clean_change_is_undone_at_once_and_redone_by_the_message(client: PageClient) -> None:
    contact_id, _ = add(ANA)
    changed = edit(contact_id, BEN, job_title="Nurse")
    before = rows()
    record = f"/contacts/{contact_id}"
    answer = client.post(f"/changes/{changed}/undo", headers={"Referer": f"http://localhost{record}"})
    assert (answer.status_code, answer.location) == (303, record)
    message, label, address = toast(client.get(record))
    assert (message, label) == ("Undid: Changed", "Redo")
    assert rows()["contact"][contact_id]["job_title"] is None
    client.post(address)
    assert rows() == before
    message, label, _ = toast(client.get("/changes"))
    assert (message, label) == ("Redid: Changed", "Undo")


def test_undoing_a_creation_does_not_lead_to_the_page_that_is_gone(client: PageClient) -> None:
    contact_id, created = add(ANA)
    answer = client.post(
        f"/changes/{created}/undo", headers={"Referer": f"http://localhost/contacts/{contact_id}"}
    )
    assert answer.location == f"/changes/{change_set(created).undone_by_id}"


@pytest.mark.parametrize(
    "origin", ["http://elsewhere.example/contacts", "//elsewhere.example", "nonsense", ""]
)
def test_undo_leads_to_no_other_site(client: PageClient, origin: str) -> None:
    _, created = add(ANA)
    answer = client.post(f"/changes/{created}/undo", headers={"Referer": origin})
    assert answer.location == f"/changes/{change_set(created).undone_by_id}"


def test_what_stands_in_the_way_is_shown_before_anything_is_undone(client: PageClient) -> None:
    with acting(ANA, "contacts.import", "Imported two") as change:
        ids = [services.create({"given_name": name}, ANA).id for name in ("Omar", "Priya")]
    edit(ids[1], BEN, job_title="Nurse")
    before = rows()
    address = f"/changes/{id_of(change)}/undo"
    answer = client.post(address)
    assert (answer.status_code, answer.location) == (303, address)
    page = client.get(address)
    said = words(page)
    assert re.search(r"Priya Ben Cole changed this on .*: Job title", said)
    assert re.search(r"undo first what came after it, the newest first: [^.]*Priya.* Ben Cole", said)
    assert "Undo the rest, keep these" in said
    assert "Leave everything as it is" in said
    assert rows() == before
    token = re.search(r'name="token" value="([^"]+)"', page.get_data(as_text=True))
    assert token
    client.post(address, data={"keep": "yes", "token": token.group(1)})
    assert set(rows()["contact"]) == {ids[1]}
    undone_by = change_set(id_of(change)).undone_by_id
    said = words(client.get(f"/changes/{undone_by}"))
    assert "Undid: Imported two One record stayed as it is." in said
    assert re.search(r"What stayed as it was Priya Ben Cole changed this on", said)


def test_when_something_else_comes_in_the_way_the_plan_is_shown_again(client: PageClient) -> None:
    with acting(ANA, "contacts.import", "Imported two") as change:
        ids = [services.create({"given_name": name}, ANA).id for name in ("Omar", "Priya")]
    edit(ids[1], BEN, job_title="Nurse")
    address = f"/changes/{id_of(change)}/undo"
    token = re.search(r'name="token" value="([^"]+)"', client.get(address).get_data(as_text=True))
    edit(ids[0], BEN, job_title="Nurse")
    before = rows()
    assert token
    for data in ({"keep": "yes", "token": token.group(1)}, {"keep": "yes"}):
        assert client.post(address, data=data).location == address
        assert rows() == before
    assert "Somebody changed something meanwhile" in words(client.get(address))


def test_what_cannot_be_undone_is_said_in_a_sentence(client: PageClient) -> None:
    _, created = add(ANA)
    client.post(f"/changes/{created}/undo")
    for call in (client.get, client.post):
        assert call(f"/changes/{created}/undo").location == f"/changes/{created}"
        assert "This has been undone already." in words(client.get(f"/changes/{created}"))


def test_looking_changes_nothing(client: PageClient) -> None:
    contact_id, created = add(ANA)
    db.session().rollback()
    before = db.session().scalars(select(ChangeSet.id)).all()
    for address in (
        "/changes",
        f"/changes/{created}",
        f"/changes/{created}/undo",
        f"/history/contact/{contact_id}",
    ):
        assert client.get(address).status_code == 200
    assert client.get(f"/changes/{created}/resume").status_code == 405
    db.session().rollback()
    assert db.session().scalars(select(ChangeSet.id)).all() == before
    assert change_set(created).undone_by_id is None


# Much at once.


def import_many(count: int = 12) -> int:
    with acting(ANA, "contacts.import", "Imported many") as change:
        for number in range(count):
            services.create({"given_name": f"Person{number:02}"}, ANA)
    return id_of(change)


@pytest.fixture
def little_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.journal.undo.planning.SMALL", 5)
    monkeypatch.setattr("crm.journal.undo.inverse.CHUNK", 5)
    monkeypatch.setattr("crm.journal.views.reading.SMALL", 5)


@pytest.mark.usefixtures("little_is_much")
def test_a_large_undo_is_asked_for_and_can_be_watched(app: Flask, client: PageClient) -> None:
    imported = import_many()
    page = client.get("/changes").get_data(as_text=True)
    assert f'href="/changes/{imported}/undo"' in page, "the plan is shown first"
    said = words(client.get(f"/changes/{imported}/undo"))
    assert "Contact 12 go away" in said
    assert "goes on by itself" in said
    answer = client.post(f"/changes/{imported}/undo")
    undoing = change_set(imported).undone_by_id
    assert answer.location == f"/changes/{undoing}"
    assert "/jobs/" in client.get(answer.location).get_data(as_text=True)
    assert "Being undone" in words(client.get("/changes"))
    (job,) = [job for job in run_waiting(app) if job.kind == "journal.undo"]
    assert job.status == "done"
    assert rows()["contact"] == {}
    assert f"/changes/{undoing}" in client.get(f"/jobs/{job.id}").get_data(as_text=True)
    assert "Undone by Rosa Delgado" in words(client.get("/changes"))


@pytest.mark.usefixtures("little_is_much")
def test_an_undo_that_was_stopped_can_be_taken_up_again(app: Flask, client: PageClient, rosa: User) -> None:
    imported = import_many()
    client.post(f"/changes/{imported}/undo")
    with acting():
        cancel(db.session().scalars(select(Job)).one(), actor(rosa))
    run_waiting(app)
    assert len(rows()["contact"]) == 12
    page = client.get(f"/changes/{imported}")
    assert "stopped half way" in words(page)
    client.post(f"/changes/{imported}/resume")
    run_waiting(app)
    assert rows()["contact"] == {}


@pytest.mark.usefixtures("little_is_much")
def test_while_an_undo_runs_its_page_says_nothing_false(app: Flask, client: PageClient) -> None:
    imported = import_many()
    client.post(f"/changes/{imported}/undo")
    at = f"/changes/{change_set(imported).undone_by_id}"
    said = words(client.get(at))
    assert "being written" in said
    assert "Nothing to show" not in said
    assert "0 changes" not in said
    watch = {"HX-Request": "true"}
    assert "being written" in words(client.get(f"{at}?watch=1", headers=watch))
    run_waiting(app)
    db.session().rollback()  # Forgets what this test has loaded before.
    assert client.get(f"{at}?watch=1", headers=watch).headers["HX-Redirect"] == at
    assert "Not finished" not in words(client.get(at))


# What reaches others.


def change_together(*contact_ids: int) -> int:
    with acting(BEN, "contacts.bulk", "Changed several") as change:
        for contact_id in contact_ids:
            contact = db.session().get_one(Contact, contact_id)
            contact.job_title = "Driver"
            services.touch(contact)
    return id_of(change)


def test_in_a_history_undo_says_how_many_others_it_is_about(client: PageClient) -> None:
    people = [add(ANA, given_name=f"P{number}")[0] for number in range(3)]
    together = change_together(*people)
    alone = edit(people[0], ANA, job_title="Nurse")
    page = client.get(f"/history/contact/{people[0]}")
    assert "Undo for 3 contacts …" in words(page)
    assert f'action="/changes/{together}/undo"' not in page.text
    assert f'href="/changes/{together}/undo"' in page.text
    assert f'action="/changes/{alone}/undo"' in page.text, "what is about one person alone stays direct"


def test_what_reaches_more_than_fifty_is_never_undone_unseen(client: PageClient) -> None:
    people = [add(ANA, given_name=f"P{number}")[0] for number in range(51)]
    together = change_together(*people)
    page = client.get("/changes").text
    assert f'href="/changes/{together}/undo"' in page
    answer = client.post(f"/changes/{together}/undo")
    assert answer.location == f"/changes/{together}/undo", "whatever button was pressed, the plan comes first"
    assert change_set(together).undone_by_id is None
    client.post(answer.location, data={"seen": "yes"})
    assert change_set(together).undone_by_id is not None


def test_what_was_undone_has_one_redo(client: PageClient) -> None:
    contact_id, _ = add(ANA)
    changed = edit(contact_id, ANA, job_title="Nurse")
    client.post(f"/changes/{changed}/undo")
    client.get("/changes")  # Takes the message away, which has a button of its own.
    assert client.get("/changes").text.count("Redo<span") == 1
    assert client.get(f"/history/contact/{contact_id}").text.count("Redo<span") == 1


# The history of a record.


def test_the_history_of_a_record_names_every_change(client: PageClient) -> None:
    contact_id, _ = add(ANA, "Added Priya Shah", emails=[EMAIL])
    edit(contact_id, BEN, job_title="Nurse")
    edit(contact_id, ANA, job_title="Principal")
    said = words(client.get(f"/history/contact/{contact_id}"))
    assert "History of Priya Shah" in said
    assert said.index("was Nurse → became Principal") < said.index("Job title became Nurse")
    assert said.index("Job title became Nurse") < said.index("Email address became priya@example.org")
    fragment = client.get(f"/history/contact/{contact_id}", headers={"HX-Request": "true"})
    assert "<html" not in fragment.get_data(as_text=True)
    assert "became Principal" in words(fragment)


def test_a_long_history_comes_page_by_page(client: PageClient) -> None:
    contact_id, _ = add(ANA)
    for number in range(45):
        edit(contact_id, ANA, nickname=f"Name {number:02}")
    seen: list[str] = []
    address: str | None = f"/history/contact/{contact_id}"
    while address:
        page = client.get(address).get_data(as_text=True)
        seen += re.findall(r"became </span>(Name \d\d)", page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        address = link.group(1).replace("&amp;", "&") if link else None
    assert seen == [f"Name {number:02}" for number in reversed(range(45))]


def test_a_deleted_record_still_has_a_history(client: PageClient) -> None:
    contact_id, _ = add(ANA)
    remove(contact_id)
    said = words(client.get(f"/history/contact/{contact_id}"))
    assert "History of Priya Shah" in said
    assert "Deleted" in said


@pytest.mark.parametrize("address", ["contact/999999", "nonsense/1", "contact_email/1", "journal_entry/1"])
def test_there_is_no_history_of_what_never_was(client: PageClient, address: str) -> None:
    assert client.get(f"/history/{address}").status_code == 404


@pytest.mark.parametrize("address", ["/changes/999999", "/changes/999999/undo"])
def test_there_is_no_page_of_a_change_that_never_was(client: PageClient, address: str) -> None:
    assert client.get(address).status_code == 404
