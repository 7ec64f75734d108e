"""Custom fields: managing them, filling them in, and what lists, imports and exports know of them."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.activities.models import Task
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.events.models import Event
from crm.fields.custom import kinds, work
from crm.fields.models import CustomField
from crm.jobs.inline import here, run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows
from tests.fields.test_building import names
from tests.forms.test_once import inputs


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in(role="administrator")


def make(
    client: PageClient, rows: Rows, label: str, kind: str = "text", on: str = "contacts", **more: str
) -> int:
    """Add a field by its page; returns its id."""
    answer = client.post(f"/lists/fields/{on}/new", data={"label": label, "kind": kind, **more})
    assert answer.status_code == 303, answer.text
    found: int = max(rows(select(CustomField.id)))
    return found


def custom_of(rows: Rows, contact_id: int) -> dict[str, Any]:
    found: dict[str, Any] = rows(select(Contact.custom).where(Contact.id == contact_id))[0]
    return found


def test_a_field_is_in_the_record_the_list_its_filters_and_its_order(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    amina, wei = add("Amina", "Okafor"), add("Wei", "Chen")
    hours = make(admin, rows, "Hours", "number", section="Volunteering", help="In a week")
    skill = make(admin, rows, "Skills", "choices", choices="Talks\nDrives\nCooks")
    form = admin.get(f"/lists/contacts/own/{amina}").text
    assert all(words in form for words in ("Hours", "In a week", "Volunteering", "Drives"))
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', form)
    assert seen is not None
    data = {
        f"custom_{hours}": "2.5",
        f"custom_{skill}": ["talks", "cooks"],
        f"custom_{skill}-here": "1",
        "seen": seen[1],
    }
    assert admin.post(f"/lists/contacts/own/{amina}", data=data).status_code == 303
    assert custom_of(rows, amina) == {"hours": 2.5, "skills": ["talks", "cooks"]}
    page = admin.get(f"/contacts/{amina}").text
    assert ("2.5" in page, "Talks; Cooks" in page) == (True, True)
    stale = admin.post(f"/lists/contacts/own/{amina}", data={**data, f"custom_{hours}": "9"})
    assert (stale.status_code, "Somebody else changed this" in stale.text) == (409, True)
    wrong = admin.post(f"/lists/contacts/own/{wei}", data={f"custom_{hours}": "many", "seen": ""})
    assert (wrong.status_code, "“many” is not a number for “Hours”" in wrong.text) == (422, True)
    assert names(admin.get(f"/contacts?f=custom_{hours}:more:2&columns=name,custom_{skill}").text) == [
        "Amina Okafor"
    ]
    assert names(admin.get(f"/contacts?f=custom_{skill}:is:drives").text) == []
    assert names(admin.get(f"/contacts?f=custom_{skill}:not:drives&sort=-custom_{hours}").text) == [
        "Amina Okafor",
        "Wei Chen",
    ]
    assert names(admin.get(f"/contacts?sort=custom_{hours}").text) == ["Wei Chen", "Amina Okafor"]


TYPES = (
    "coalitions",
    "memberships",
    "commitments",
    "campaigns",
    "asks",
    "events",
    "activities",
    "activities_tasks",
)


@on_sqlite
def test_every_kind_of_record_takes_fields_and_shows_them_in_its_form(admin: PageClient, rows: Rows) -> None:
    page = admin.get("/lists/fields").text
    assert all(f"type={each}" in page for each in ("contacts", *TYPES))
    for each in TYPES:
        make(admin, rows, f"Color of {each}", on=each)
        assert f"Color of {each}" in admin.get(f"/lists/{each}/filter").text
    for address, each in (
        ("/coalitions/new", "coalitions"), ("/campaigns/new", "campaigns"), ("/events/new", "events"),
        ("/campaigns/asks/new", "asks"), ("/coalitions/commitments/new", "commitments"),
        ("/activities/new", "activities"), ("/activities/tasks/new", "activities_tasks"),
    ):  # fmt: skip
        answer = admin.get(address)
        assert (address, answer.status_code, f"Color of {each}" in answer.text) == (address, 200, True)


@on_sqlite
@pytest.mark.parametrize(
    "kind, base, typed, model",
    [
        ("campaigns", "/campaigns", {"name": "Buses"}, Campaign),
        ("coalitions", "/coalitions", {"name": "Buses"}, Coalition),
        ("events", "/events", {"title": "Talk", "place": "Hall", "begins": "09:00", "ends": "10:00"}, Event),
        ("activities_tasks", "/activities/tasks", {"title": "Call"}, Task),
    ],
)
def test_nobody_writes_over_an_own_field_that_they_did_not_see(
    kind: str, base: str, typed: dict[str, str], model: Any, admin: PageClient, rows: Rows
) -> None:
    field, other = make(admin, rows, "Region", on=kind), make(admin, rows, "Color", on=kind)
    data: dict[str, Any] = {**inputs(admin.get(f"{base}/new").text), **typed}
    assert admin.post(f"{base}/new", data=data).status_code == 303
    edit = f"{base}/1/edit"

    def held() -> Any:
        return rows(select(model.custom))[-1]

    def shown() -> dict[str, Any]:
        return inputs(admin.get(edit).text, f'name="custom_{field}"')

    before = shown()
    assert admin.post(edit, data={**before, f"custom_{field}": "North"}).status_code == 303
    first = shown()
    bulk = {"field": str(field), "value": "South", "do": "apply", "ids": "1"}
    assert admin.post(f"/lists/{kind}/fill", data=bulk).status_code == 303
    answer = admin.post(edit, data={**first, f"custom_{other}": "Red"})
    assert (answer.status_code, held()) == (303, {"region": "South", "color": "Red"})
    table = model.__tablename__
    told = re.sub(r"<[^>]+>", " ", admin.get(f"/history/{table}/1").text)
    assert re.search(r"Region\s.*North.*South", told, re.DOTALL)
    assert "region" not in told
    asked = admin.post(edit, data={**first, f"custom_{field}": "West"})
    assert (asked.status_code in {409, 422}, "South" in asked.text) == (True, True)
    assert held() == {"region": "South", "color": "Red"}


def test_a_form_keeps_what_it_says_of_own_fields(admin: PageClient, rows: Rows) -> None:
    color = make(admin, rows, "Color", "choice", on="coalitions", choices="Red\nBlue", required="1")
    values = {"name": "North", "level": "local", f"custom_{color}": ""}
    missing = admin.post("/coalitions/new", data=values)
    assert (missing.status_code, "“Color” must be filled in" in missing.text) == (422, True)
    assert admin.post("/coalitions/new", data={**values, f"custom_{color}": "blue"}).status_code == 303
    assert rows(select(Coalition.custom)) == [{"color": "blue"}]
    coalition = rows(select(Coalition.id))[0]
    assert "Blue" in admin.get(f"/coalitions/{coalition}").text
    assert "Blue" in admin.get("/coalitions?columns=name,custom_" + str(color)).text
    # What a form does not ask for stays.
    admin.post(f"/coalitions/{coalition}/edit", data={"name": "Far north", "level": "local"})
    assert rows(select(Coalition.custom)) == [{"color": "blue"}]


def test_renaming_keeps_values_lists_and_imports(admin: PageClient, add: Add, rows: Rows, app: Flask) -> None:
    from crm.transfer import own

    amina = add("Amina", "Okafor")
    field = make(admin, rows, "Ward")
    admin.post(f"/lists/contacts/own/{amina}", data={f"custom_{field}": "North", "seen": _seen(admin, amina)})
    admin.post(f"/lists/contacts/save?f=custom_{field}:is:north", data={"name": "Northerners"})
    changed = admin.post(f"/lists/fields/{field}/edit", data={"label": "District"})
    assert changed.status_code == 303
    page = admin.get(f"/contacts?f=custom_{field}:is:north").text
    assert (names(page), "District is north" in page) == (["Amina Okafor"], True)
    with app.test_request_context():
        mapping = {0: "custom:Ward", 1: "ignore", 2: "custom:Street"}
        followed = {0: "custom:ward", 1: "custom:ward", 2: "custom:Street"}
        assert own.resolved(mapping, ["Ward", "District", "Street"]) == followed
        assert own.label("ward") == "District"
    again = admin.post("/lists/fields/contacts/new", data={"label": "district", "kind": "text"})
    assert (again.status_code, "already" in again.text) == (422, True)


def _seen(client: PageClient, contact_id: int) -> str:
    form = client.get(f"/lists/contacts/own/{contact_id}").text
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', form)
    assert found is not None
    return found[1]


def test_another_kind_is_planned_first_and_keeps_what_does_not_fit(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    amina, wei = add("Amina", "Okafor"), add("Wei", "Chen")
    field = make(admin, rows, "Hours")
    for each, text in ((amina, "12"), (wei, "a few")):
        admin.post(f"/lists/contacts/own/{each}", data={f"custom_{field}": text, "seen": _seen(admin, each)})
    admin.post(f"/lists/contacts/save?f=custom_{field}:is:12", data={"name": "Twelve"})
    plan = admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "choices": ""}).text
    assert ("a few" in plan, "Change the kind" in plan) == (True, True)
    assert custom_of(rows, amina) == {"hours": "12"}
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "choices": "", "apply": "1"})
    assert custom_of(rows, amina) == {"hours": 12}
    assert custom_of(rows, wei) == {"Hours to check": "a few"}
    assert "Hours to check" in admin.get(f"/contacts/{wei}").text
    broken = admin.get("/contacts?list=1").text
    assert (names(broken), "has become another kind of field" in broken) == ([], True)
    removed = admin.get(f"/lists/fields/{field}/remove").text
    assert "1 record loses its value." in removed
    admin.post(f"/lists/fields/{field}/remove")
    assert (custom_of(rows, amina), rows(select(CustomField.id))) == ({}, [])
    take_back(app, rows)
    assert (custom_of(rows, amina), rows(select(CustomField.id))) == ({"hours": 12}, [field])
    admin.post(f"/lists/fields/{field}/remove")
    gone = admin.get("/contacts?list=1").text
    assert (names(gone), f"custom_{field}&" in gone) == ([], False)
    assert "The own field “Hours” was removed" in gone
    assert "Hours is 12" in gone


def test_what_did_not_fit_is_never_written_over(admin: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor")
    field = make(admin, rows, "Score")

    def fill(text: str) -> None:
        data = {f"custom_{field}": text, "seen": _seen(admin, amina)}
        assert admin.post(f"/lists/contacts/own/{amina}", data=data).status_code == 303

    fill("abc")
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "choices": "", "apply": "1"})
    fill("5")
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "date", "choices": "", "apply": "1"})
    assert custom_of(rows, amina) == {"Score to check": "abc; 5"}
    made = {"label": "Left over", "kind": "text"}
    assert admin.post("/lists/fields/contacts/new?key=Score+to+check", data=made).status_code == 303
    fill("2026-11-26")
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "boolean", "choices": "", "apply": "1"})
    assert custom_of(rows, amina) == {"Score to check": "abc; 5", "Score to check 2": "2026-11-26"}


@on_sqlite
def test_choices_that_differ_by_an_accent_stay_two(admin: PageClient, rows: Rows) -> None:
    field = make(admin, rows, "Town", "choice", choices="Pena\nPeña")
    before = rows(select(CustomField.choices).where(CustomField.id == field))
    answer = admin.post(f"/lists/fields/{field}/edit", data={"label": "Our town", "choices": "Pena\nPeña"})
    assert answer.status_code == 303
    assert rows(select(CustomField.choices).where(CustomField.id == field)) == before
    assert [label for _key, label in before[0]] == ["Pena", "Peña"]


@on_sqlite
def test_a_renamed_choice_is_not_taken_for_a_new_one_of_its_old_name(
    admin: PageClient, add: Add, rows: Rows
) -> None:
    field, amina = make(admin, rows, "Color", "choice", choices="Blue"), add("Amina", "Okafor")

    def fill(key: str) -> Any:
        data = {f"custom_{field}": key, "seen": _seen(admin, amina), f"custom_{field}-here": "1"}
        admin.post(f"/lists/contacts/own/{amina}", data=data)
        return custom_of(rows, amina)["color"]

    fill("blue")
    edited = {"label": "Color", "choices": "Crimson", "becomes-blue": "Crimson"}
    assert admin.post(f"/lists/fields/{field}/edit", data=edited).status_code == 303
    admin.post(f"/lists/fields/{field}/edit", data={"label": "Color", "choices": "Blue\nCrimson"})
    assert rows(select(CustomField.choices).where(CustomField.id == field)) == [
        [["blue_2", "Blue"], ["blue", "Crimson"]]
    ]
    assert fill("blue") == "blue", "who says Crimson keeps Crimson"
    assert fill("Blue") == "blue_2"
    admin.post(f"/lists/fields/{field}/edit", data={"label": "Color", "choices": "blue\nCrimson"})
    admin.post(f"/lists/fields/{field}/kind", data={"kind": "choices", "apply": "1"})
    assert custom_of(rows, amina) == {"color": ["blue_2"]}, "by its label, though another has that key"


@pytest.mark.parametrize("kind", ["choice", "choices"])
def test_a_choice_that_is_gone_takes_no_values_with_it(
    kind: str, admin: PageClient, add: Add, rows: Rows, app: Flask
) -> None:
    amina, wei = add("Amina", "Okafor"), add("Wei", "Chen")
    field = make(admin, rows, "Time", kind, choices="Mornings\nNoon\nEvenings")
    for each, key in ((amina, "mornings"), (wei, "noon")):
        data = {f"custom_{field}": key, "seen": _seen(admin, each), f"custom_{field}-here": "1"}
        admin.post(f"/lists/contacts/own/{each}", data=data)

    def change(lines: str, **more: str) -> Any:
        return admin.post(f"/lists/fields/{field}/edit", data={"label": "Time", "choices": lines, **more})

    def held() -> list[Any]:
        found = [custom_of(rows, each)["time"] for each in (amina, wei)]
        return [each[0] if isinstance(each, list) else each for each in found]

    assert change("mornings\nNoon\nEvenings").status_code == 303, "only written in another way"
    asked = change("Early\nNoon\nEvenings")
    assert (asked.status_code, "“mornings” in 1 record" in asked.text) == (422, True)
    assert '<option value="Early" selected>' in asked.text
    again = change("Earlier\nNoon\nEvenings", **{"becomes-mornings": "Early"})
    assert (again.status_code, "is now “Earlier”" in again.text) == (422, True), "its new name was corrected"
    assert "differ by capitals only" in change("Early\nNoon\nnoon").text
    assert change("Early\nNoon\nEvenings", **{"becomes-mornings": "Early"}).status_code == 303
    listed = admin.get(f"/contacts?f=custom_{field}:is:mornings&columns=custom_{field}").text
    assert (names(listed), "Early" in listed) == (["Amina Okafor"], True)
    assert change("Early\nEvenings", **{"becomes-noon": "Early"}).status_code == 303
    assert held() == ["mornings", "mornings"]
    take_back(app, rows)
    assert held() == ["mornings", "noon"]
    assert change("Early\nEvenings", **{"becomes-noon": ""}).status_code == 303
    assert held() == ["mornings", "noon"]
    other = make(admin, rows, "Other", "text")
    left = {**inputs(admin.get(f"/lists/contacts/own/{wei}").text, "own-"), f"custom_{other}": "x"}
    assert admin.post(f"/lists/contacts/own/{wei}", data=left).status_code == 303, "it was left alone"
    assert custom_of(rows, wei)["other"] == "x"
    assert held() == ["mornings", "noon"]


def test_each_own_field_is_undone_by_itself(admin: PageClient, add: Add, rows: Rows, app: Flask) -> None:
    amina = add("Amina", "Okafor")
    ward, hours = make(admin, rows, "Ward", "text"), make(admin, rows, "Hours", "number")

    def fill(field: int, value: str) -> int:
        data = {"field": str(field), "value": value, "do": "apply", "ids": str(amina)}
        assert admin.post("/lists/contacts/fill", data=data).status_code == 303
        return int(max(rows(select(ChangeSet.id))))

    first = fill(ward, "North")
    fill(hours, "1")
    assert admin.post(f"/changes/{first}/undo").status_code == 303
    assert custom_of(rows, amina) == {"hours": 1}
    assert admin.post(f"/changes/{int(max(rows(select(ChangeSet.id))))}/undo").status_code == 303
    assert custom_of(rows, amina) == {"hours": 1, "ward": "North"}, "and undoing that"
    fill(hours, "2")
    second = int(max(rows(select(ChangeSet.id))))
    admin.post(f"/lists/fields/{hours}/kind", data={"kind": "text", "apply": "1"})
    fill(ward, "South")
    blocked = re.findall(r"changed this on [^<]*", admin.get(f"/changes/{second}/undo").text)
    assert [each.rpartition(": ")[2].strip() for each in blocked] == ["Hours"], blocked
    assert custom_of(rows, amina) == {"hours": "2", "ward": "South"}


def test_many_values_are_changed_in_the_background(
    admin: PageClient, add: Add, rows: Rows, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AT_ONCE", 2)
    ids = [add(name, "Okafor") for name in ("Amina", "Bo", "Chi", "Dee", "Eve")]
    field = make(admin, rows, "Hours", "text")

    def done(answer: Any, status: str = "done") -> None:
        assert answer.status_code == 303
        assert "/jobs/" in answer.location
        job = run_waiting(app)[-1]
        assert job.status == status, job.error

    def held() -> list[Any]:
        return [custom_of(rows, each) for each in ids]

    texts = ["1", "a few", "3", "4", "5"]
    done(admin.post("/lists/contacts/fill", data={"ids": ids, "field": field, "value": "1", "do": "apply"}))
    assert held() == [{"hours": "1"}] * 5
    for each, text in zip(ids, texts, strict=True):
        admin.post("/lists/contacts/fill", data={"ids": each, "field": field, "value": text, "do": "apply"})
    begun = admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "apply": "1"})
    admin.post("/lists/contacts/fill", data={"ids": ids[4], "field": field, "value": "50", "do": "apply"})
    busy = admin.post(f"/lists/fields/{field}/remove")
    assert (busy.status_code, "being changed just now" in busy.text) == (409, True)
    done(begun)
    wanted = [{"hours": 1}, {"Hours to check": "a few"}, {"hours": 3}, {"hours": 4}, {"hours": 50}]
    assert held() == wanted, "what somebody wrote meanwhile is of the new kind already"
    done(admin.post(f"/lists/fields/{field}/remove"))
    assert "This broke off" not in admin.get("/lists/fields").text
    assert held() == [{}, {"Hours to check": "a few"}, {}, {}, {}]
    take_back(app, rows)
    assert held() == wanted
    kind = rows(select(ChangeSet.id).where(ChangeSet.summary.like("Made%another kind%")))[-1]
    with app.app_context():
        undo(kind, Actor.system(), keep=True)
    assert held() == [{"hours": text} for text in texts[:4]] + [{"hours": "50"}]


@on_sqlite
def test_what_was_stopped_half_way_goes_on(
    admin: PageClient, add: Add, rows: Rows, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [add(name, "Okafor") for name in ("Amina", "Bo", "Chi")]
    field = make(admin, rows, "Hours", "text")
    admin.post("/lists/contacts/fill", data={"ids": ids, "field": field, "value": "7", "do": "apply"})
    monkeypatch.setattr(work, "AT_ONCE", 1)
    begun = admin.post(f"/lists/fields/{field}/kind", data={"kind": "number", "apply": "1"})
    job_id = int(begun.location.rpartition("/")[2])

    def stop_after_one(_job: Any) -> None:
        admin.post(f"/jobs/{job_id}/cancel")

    with here(app) as process:
        process.run(job_id, stop_after_one)
    held = [custom_of(rows, each)["hours"] for each in ids]
    assert sorted(held, key=str) == [7, "7", "7"]
    page = admin.get("/lists/fields").text
    assert "This broke off: 1 of 3 are done" in page
    assert "Make it a field" not in page
    undecided = admin.post(f"/lists/fields/{field}/remove")
    assert (undecided.status_code, "undo it, first" in undecided.text) == (409, True)
    assert admin.post(f"/lists/fields/work/{job_id}/go-on").status_code == 303
    assert admin.post(f"/lists/fields/work/{job_id}/go-on").status_code == 409, "pressed twice is once"
    assert run_waiting(app)[-1].status == "done"
    assert [custom_of(rows, each)["hours"] for each in ids] == [7, 7, 7]
    assert "This broke off" not in admin.get("/lists/fields").text
    take_back(app, rows)
    assert [custom_of(rows, each)["hours"] for each in ids] == ["7", "7", "7"]


def test_a_removal_that_broke_off_offers_nothing_of_it_until_it_is_left_so(
    admin: PageClient, add: Add, rows: Rows, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [add(name, "Okafor") for name in ("Amina", "Bo", "Chi")]
    field = make(admin, rows, "Hours", "text")
    admin.post("/lists/contacts/fill", data={"ids": ids, "field": field, "value": "7", "do": "apply"})
    monkeypatch.setattr(work, "AT_ONCE", 1)
    begun = admin.post(f"/lists/fields/{field}/remove")
    job_id = int(begun.location.rpartition("/")[2])
    again, own = "/lists/fields/contacts/new?key=hours", {"label": "Hours", "kind": "text"}
    assert "Make it a field" not in admin.get("/lists/fields").text, "the removal takes them away yet"
    assert admin.post(again, data=own).status_code == 404

    def stop_after_one(_job: Any) -> None:
        admin.post(f"/jobs/{job_id}/cancel")

    with here(app) as process:
        process.run(job_id, stop_after_one)
    page = admin.get("/lists/fields").text
    assert ("This broke off" in page, "Make it a field" in page) == (True, False)
    assert admin.post(again, data=own).status_code == 404
    assert admin.post(f"/lists/fields/work/{job_id}/leave").status_code == 303
    assert admin.post(f"/lists/fields/work/{job_id}/leave").status_code == 409, "pressed twice is once"
    page = admin.get("/lists/fields").text
    assert ("This broke off" in page, "Make it a field" in page) == (False, True)
    assert admin.post(again, data=own).status_code == 303
    assert admin.post(f"/lists/fields/work/{job_id}/go-on").status_code == 409
    assert [custom_of(rows, each) for each in ids] == [{}, {"hours": "7"}, {"hours": "7"}]


@on_sqlite
def test_choices_stay_as_they_are_while_work_with_them_is_unfinished(
    admin: PageClient, add: Add, rows: Rows, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the rest of it would make a choice of what is none any more, or of another."""
    ids = [add(name, "Okafor") for name in ("Amina", "Bo", "Chi")]
    field = make(admin, rows, "Color", "choice", choices="Red\nBlue")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    begun = admin.post(
        "/lists/contacts/fill", data={"ids": ids, "field": field, "value": "red", "do": "apply"}
    )
    job_id = int(begun.location.rpartition("/")[2])

    def stop_after_one(_job: Any) -> None:
        admin.post(f"/jobs/{job_id}/cancel")

    with here(app) as process:
        process.run(job_id, stop_after_one)
    told = {"label": "Color", "choices": "Green\nBlue", "becomes-red": "Green"}
    assert "leave it so, first" in admin.post(f"/lists/fields/{field}/edit", data=told).text
    assert admin.post(f"/lists/fields/{field}/edit", data={**told, "choices": "Red\nBlue"}).status_code == 303
    assert admin.post(f"/lists/fields/work/{job_id}/go-on").status_code == 303
    assert run_waiting(app)[-1].status == "done"
    assert [custom_of(rows, each) for each in ids] == [{"color": "red"}] * 3
    assert admin.post(f"/lists/fields/{field}/edit", data=told).status_code == 303


@on_sqlite
def test_numbers_are_read_as_they_are_written(app: Flask) -> None:
    field = CustomField(label="Hours", kind="number", choices=[])
    read = {"1,000": 1000, "1,000.5": 1000.5, "1.234,50": 1234.5, "1.234": 1.234, "0,125": 0.125, "2,5": 2.5,
            "1.234.567": 1234567, "-1 234,5": -1234.5, "1E3": 1000}  # fmt: skip
    with app.test_request_context():
        assert {text: kinds.value_of(field, text) for text in read} == read
        for text in ("03.12.2026", "1.2.3", "555.123.4567", "10.5,", "12.5,3", "1,2,3", "nan", "inf"):
            with pytest.raises(UserError, match="is not a number"):
                kinds.value_of(field, text)


def test_values_that_imports_left_become_a_field(admin: PageClient, app: Flask, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor")
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        from crm.access.guard import system

        with system("test"):
            db.session().get_one(Contact, amina).custom = {"Best time": "evening"}
    assert "Best time" in admin.get(f"/contacts/{amina}").text
    assert "Make it a field" in admin.get("/lists/fields").text
    named = {"label": "When to call", "kind": "choice", "choices": "Morning\nEvening"}
    answer = admin.post("/lists/fields/contacts/new?key=Best+time", data=named)
    assert answer.status_code == 303
    page = admin.get(f"/contacts/{amina}").text
    assert ("When to call" in page, "Evening" in page, "Best time" in page) == (True, True, False)
    assert custom_of(rows, amina) == {"Best time": "evening"}


def take_back(app: Flask, rows: Rows) -> None:
    """Undo what was done last."""
    with app.app_context():
        undo(max(rows(select(ChangeSet.id))), Actor.system())


def test_many_get_the_same_value_after_a_preview_and_undo_takes_it_back(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina", "Okafor"), add("Wei", "Chen")]
    field = make(admin, rows, "Since", "date")
    chosen: dict[str, Any] = {"ids": ids, "field": field, "value": "3/14/2026"}
    wrong = admin.post("/lists/contacts/fill", data={**chosen, "value": "soon", "do": "apply"})
    assert (wrong.status_code, "“soon” is not a date" in wrong.text) == (422, True)
    preview = admin.post("/lists/contacts/fill", data={**chosen, "do": "preview"}).text
    assert "2 records get “2026-03-14”." in preview
    assert custom_of(rows, ids[0]) == {}
    admin.post("/lists/contacts/fill", data={**chosen, "do": "apply"})
    assert [custom_of(rows, each) for each in ids] == [{"since": "2026-03-14"}] * 2
    admin.post("/lists/contacts/fill", data={**chosen, "value": "", "do": "apply"})
    assert [custom_of(rows, each) for each in ids] == [{}, {}]
    take_back(app, rows)
    assert [custom_of(rows, each) for each in ids] == [{"since": "2026-03-14"}] * 2


@on_sqlite
def test_who_may_manage_and_fill_in(sign_in: SignIn, admin: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor")
    harbor = add(organization="Harbor")
    field = make(admin, rows, "Ward")
    organizer, viewer = sign_in(role="organizer"), sign_in(role="viewer")
    partner = sign_in(role="viewer", scope=harbor)
    for address in ("/lists/fields", "/lists/fields/contacts/new", f"/lists/fields/{field}/edit"):
        assert organizer.get(address).status_code == 403
    assert organizer.get(f"/lists/contacts/own/{amina}").status_code == 200
    assert viewer.get(f"/lists/contacts/own/{amina}").status_code == 403
    assert partner.get(f"/lists/contacts/own/{amina}").status_code == 404
    filled = viewer.post(
        "/lists/contacts/fill", data={"ids": amina, "field": field, "value": "x", "do": "apply"}
    )
    assert (filled.status_code, custom_of(rows, amina)) == (403, {})
    assert partner.post("/lists/contacts/fill", data={"ids": amina}).status_code in {404, 422}
    assert admin.get("/lists/fields/garden/new").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "given, sentence",
    [
        ({"label": " "}, "Give the field a name"),
        ({"label": "A: B"}, "Leave out the colon"),
        ({"label": "Color", "kind": "choice"}, "Write the choices"),
        ({"label": "Color", "kind": "choices", "choices": "a; b"}, "Leave out the semicolon"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(
    admin: PageClient, rows: Rows, given: dict[str, str], sentence: str
) -> None:
    answer = admin.post("/lists/fields/contacts/new", data={"kind": "text", **given})
    assert (answer.status_code, sentence in answer.text, rows(select(CustomField.id))) == (422, True, [])


def test_who_joins_gets_what_the_form_says_of_own_fields(admin: PageClient, add: Add, rows: Rows) -> None:
    color = make(admin, rows, "Color", "choice", on="memberships", choices="Red\nBlue", required="1")
    admin.post("/coalitions/new", data={"name": "North", "level": "local"})
    coalition = rows(select(Coalition.id))[0]
    address = f"/coalitions/{coalition}/members/new"
    assert "Color" in admin.get(address).text
    ids = [f"#{add(*name)}" for name in (("Amina", "Okafor"), ("Wei", "Chen"))]
    chosen: dict[str, Any] = {"contacts": ids, "status": "active", "role": "member", f"custom_{color}": ""}
    missing = admin.post(address, data=chosen)
    assert (missing.status_code, "“Color” must be filled in" in missing.text) == (422, True)
    assert admin.post(address, data={**chosen, f"custom_{color}": "blue"}).status_code == 303
    assert rows(select(Membership.custom)) == [{"color": "blue"}] * 2
    assert "Blue" in admin.get(f"/coalitions/members?columns=contact,custom_{color}").text
    file = admin.post("/exports/memberships", data={"format": "csv", "columns": "all"}).text
    assert (file.splitlines()[0].count("Color"), file.count("Blue")) == (1, 2)


@on_sqlite
def test_an_own_field_of_each_kind_of_record_is_a_column_a_filter_and_in_the_export(
    admin: PageClient, rows: Rows
) -> None:
    for each in ("contacts", *TYPES):
        field = make(admin, rows, f"Color of {each}", on=each)
        assert f"custom_{field}" in admin.get(f"/lists/{each}/columns").text, each
        assert f"Color of {each}" in admin.get(f"/lists/{each}/filter").text, each
        assert (each, admin.get(f"/exports/{each}/new").status_code) == (each, 200)
