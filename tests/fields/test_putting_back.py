"""Values of own fields that merges, undo and restores put back while a field becomes another, or after."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.custom import work
from crm.fields.models import CustomField
from crm.jobs.inline import here, run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api.testing.application import PageClient
from tests.contacts.conftest import Add, Rows
from tests.fields.test_building import names
from tests.fields.test_custom import admin, custom_of, make, take_back

__all__ = ["admin"]
People = list[int]


@pytest.fixture
def people(add: Add) -> People:
    return [add(name, "Okafor") for name in ("Amina", "Bo", "Chi")]


def newest(rows: Rows) -> int:
    return int(max(rows(select(ChangeSet.id))))


def held(rows: Rows, people: People) -> list[dict[str, Any]]:
    return [custom_of(rows, each) for each in people]


def fill(client: PageClient, ids: Any, field: int, value: str) -> None:
    data = {"ids": ids, "field": field, "value": value, "do": "apply"}
    assert client.post("/lists/contacts/fill", data=data).status_code == 303


def become(client: PageClient, field: int, kind: str, **more: str) -> Any:
    return client.post(f"/lists/fields/{field}/kind", data={"kind": kind, "apply": "1", **more})


def merge(client: PageClient, survivor: int, loser: int) -> None:
    data = {"ids": f"{survivor},{loser}", "survivor": str(survivor), "do": "merge"}
    assert client.post("/contacts/merge", data=data).status_code == 303


def take_back_this(app: Flask, change_set: int) -> None:
    with app.app_context():
        undo(change_set, Actor.system(), keep=True)


def stop_after_one(app: Flask, client: PageClient, answer: Any) -> int:
    """Run one piece of the job that an answer leads to, then stop it; the job's id."""
    job_id = int(answer.location.rpartition("/")[2])

    def stop(_job: Any) -> None:
        client.post(f"/jobs/{job_id}/cancel")

    with here(app) as process:
        process.run(job_id, stop)
    return job_id


def go_on(app: Flask, client: PageClient, job_id: int) -> None:
    assert client.post(f"/lists/fields/work/{job_id}/go-on").status_code == 303
    job = run_waiting(app)[-1]
    assert job.status == "done", job.error


def test_a_merge_in_the_middle_of_another_kind_leaves_no_value_of_the_old_one(
    app: Flask, admin: PageClient, people: People, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has no value when the work passes, and gets one of the old kind by the merge after that."""
    hours = make(admin, rows, "Hours", "text")
    size = make(admin, rows, "Size", "choice", choices="Big one\nSmall")
    fill(admin, people[1:], hours, "7")
    fill(admin, people[1:], size, "big_one")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    jobs = [stop_after_one(app, admin, become(admin, *to)) for to in ((hours, "number"), (size, "text"))]
    merge(admin, people[0], people[2])
    assert custom_of(rows, people[0]) == {"hours": "7", "size": "big_one"}
    for job in jobs:
        go_on(app, admin, job)
    assert held(rows, people[:2]) == [{"hours": 7, "size": "Big one"}] * 2
    assert len(names(admin.get(f"/contacts?f=custom_{hours}:is:7").text)) == 2
    assert len(names(admin.get(f"/contacts?f=custom_{size}:is:Big+one").text)) == 2


def test_values_put_back_after_another_kind_are_of_that_kind(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    """Cleared, deleted and merged before; brought back after."""
    hours, size = (
        make(admin, rows, "Hours", "text"),
        make(admin, rows, "Size", "choice", choices="Big one\nSmall"),
    )
    fill(admin, people, hours, "7")
    fill(admin, people[2], hours, "a few")
    fill(admin, people, size, "big_one")
    admin.post(
        f"/lists/fields/{size}/edit",
        data={"label": "Size", "choices": "Large\nSmall", "becomes-big_one": "Large"},
    )
    fill(admin, people[0], hours, "")
    fill(admin, people[0], size, "")
    cleared = newest(rows) - 1, newest(rows)
    merge(admin, people[0], people[1])
    merged = newest(rows)
    assert admin.post(f"/contacts/{people[2]}/delete").status_code == 303
    deleted = newest(rows)
    become(admin, hours, "number")
    become(admin, size, "text")
    assert held(rows, people[:1]) == [{"hours": 7, "size": "Large"}]
    take_back_this(app, merged)
    assert held(rows, people[1:2]) == [{"hours": 7, "size": "Large"}], "unmerged"
    answer = admin.post(f"/changes/{deleted}/undo", follow_redirects=True)
    assert held(rows, people[2:]) == [{"Hours to check": "a few", "size": "Large"}]
    assert "1 value did not fit" in answer.text
    fill(admin, people[0], hours, "")
    fill(admin, people[0], size, "")
    for each in cleared:
        with app.app_context():
            undo(each, Actor.system())
    assert held(rows, people[:1]) == [{"hours": 7, "size": "Large"}]
    take_back(app, rows)
    assert custom_of(rows, people[0]) == {"hours": 7}, "and taking that back leaves nothing of it"


def test_undoing_another_kind_takes_along_what_was_written_since(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    hours = make(admin, rows, "Hours", "text")
    fill(admin, people[:2], hours, "7")
    become(admin, hours, "number")
    kind = newest(rows)
    fill(admin, people[1:], hours, "50")
    take_back_this(app, kind)
    assert held(rows, people) == [{"hours": "7"}, {"hours": "50"}, {"hours": "50"}]
    take_back(app, rows)
    assert held(rows, people) == [{"hours": 7}, {"hours": 50}, {"hours": 50}], "and doing it again"
    assert len(names(admin.get(f"/contacts?f=custom_{hours}:more:6").text)) == 3


def test_what_only_reads_like_a_choice_is_as_it_was_after_the_undo(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    """“small” is the key of “Small”; who was given the choice since holds its name."""
    size = make(admin, rows, "Size", "text")
    fill(admin, people[:2], size, "small")
    become(admin, size, "choice", choices="Big\nSmall")
    kind = newest(rows)
    fill(admin, people[2], size, "small")
    admin.post(f"/contacts/{people[1]}/edit", data={"given_name": "Bo", "family_name": "Diallo"})
    take_back_this(app, kind)
    assert held(rows, people) == [{"size": "small"}, {"size": "small"}, {"size": "Small"}]
    take_back(app, rows)
    assert held(rows, people) == [{"size": "small"}] * 3, "and doing it again"
    take_back(app, rows)
    assert held(rows, people) == [{"size": "small"}, {"size": "small"}, {"size": "Small"}]


def test_after_an_undo_every_form_knows_the_fields_as_they_are_again(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    """Also where another field was changed later than the one that is as it was before."""
    hours, other = make(admin, rows, "Hours", "text"), make(admin, rows, "Size", "text")
    become(admin, hours, "number")
    kind = newest(rows)
    admin.post(f"/lists/fields/{hours}/edit", data={"label": "Workload"})
    renamed = newest(rows)
    admin.post(f"/lists/fields/{other}/edit", data={"label": "Width"})
    assert "Workload" in admin.get("/lists/contacts/filter").text
    take_back_this(app, renamed)
    page = admin.get("/lists/contacts/filter").text
    assert ("Hours" in page, "Workload" in page) == (True, False)
    take_back_this(app, kind)
    fill(admin, people, hours, "8")
    assert held(rows, people) == [{"hours": "8"}] * 3


def test_a_field_that_comes_back_is_called_as_no_other_is(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    """Files could not tell two of one name apart."""
    old = make(admin, rows, "Hours", "number")
    fill(admin, people, old, "7")
    assert admin.post(f"/lists/fields/{old}/remove").status_code == 303
    removed = newest(rows)
    new = make(admin, rows, "hours", "text")
    answer = admin.post(f"/changes/{removed}/undo", follow_redirects=True)
    assert "There is another field “Hours” now, so this one is called “Hours (brought back)”." in answer.text
    labels = {each.id: each.label for each in rows(select(CustomField))}
    assert labels == {old: "Hours (brought back)", new: "hours"}
    assert held(rows, people) == [{"hours": 7}] * 3
    fill(admin, people[0], new, "a few")
    header = admin.post("/exports/contacts", data={"format": "csv", "columns": "all"}).text.splitlines()[0]
    assert (header.count("Hours (brought back)"), header.lower().count("hours")) == (1, 2)
    admin.post(f"/lists/fields/{new}/edit", data={"label": "Time"})
    renamed = newest(rows)
    third = make(admin, rows, "Hours", "text")
    take_back_this(app, renamed)
    labels = {each.id: each.label for each in rows(select(CustomField))}
    assert labels == {old: "Hours (brought back)", new: "hours (brought back, 2)", third: "Hours"}


def test_what_was_stopped_undone_redone_and_gone_on_with_is_undone_as_a_whole(
    app: Flask, admin: PageClient, people: People, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = make(admin, rows, "Hours", "text")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    data = {"ids": people, "field": field, "value": "7", "do": "apply"}
    job = stop_after_one(app, admin, admin.post("/lists/contacts/fill", data=data))
    whole = newest(rows)
    take_back(app, rows)
    take_back(app, rows)
    again = newest(rows)
    assert [len(each) for each in held(rows, people)] == [1, 0, 0]
    go_on(app, admin, job)
    assert held(rows, people) == [{"hours": "7"}] * 3
    with app.app_context(), pytest.raises(UserError, match="went on after this"):
        undo(again, Actor.system())
    assert held(rows, people) == [{"hours": "7"}] * 3
    with app.app_context():
        undo(whole, Actor.system())
    assert held(rows, people) == [{}] * 3


def test_another_kind_is_for_all_values_or_none(
    app: Flask, admin: PageClient, people: People, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters would find a part of them only, so what broke off cannot be left so."""
    field = make(admin, rows, "Hours", "text")
    fill(admin, people, field, "7")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    job = stop_after_one(app, admin, become(admin, field, "number"))
    page = admin.get("/lists/fields").text
    assert ("Go on" in page, "Leave it so" in page) == (True, False)
    refused = admin.post(f"/lists/fields/work/{job}/leave")
    assert (refused.status_code, "would be of two kinds" in refused.text) == (409, True)
    busy = admin.post(f"/lists/fields/{field}/remove")
    assert (busy.status_code, "or undo it, first" in busy.text) == (409, True)
    take_back(app, rows)
    assert held(rows, people) == [{"hours": "7"}] * 3
    take_back(app, rows)
    assert held(rows, people) == [{"hours": 7}] * 3, "done again, it is done for all"
    assert admin.post(f"/lists/fields/work/{job}/go-on").status_code == 303
    assert run_waiting(app)[-1].status == "done"
    take_back_this(app, rows(select(ChangeSet.id).where(ChangeSet.summary.like("Made “Hours”%")))[0])
    assert held(rows, people) == [{"hours": "7"}] * 3


def test_a_choice_that_is_gone_gives_its_key_to_no_other(
    admin: PageClient, people: People, rows: Rows
) -> None:
    """Records hold values under it; who comes back by its own name has them again."""
    field = make(admin, rows, "Skill", "choice", choices="C++\nBasic")

    def edit(choices: str) -> None:
        data = {"label": "Skill", "choices": choices, "becomes-c": "", "becomes-c_2": ""}
        assert admin.post(f"/lists/fields/{field}/edit", data=data).status_code == 303

    fill(admin, people[0], field, "c")
    edit("Basic")
    edit("Basic\nC#")
    assert "C#" not in admin.get(f"/contacts/{people[0]}").text
    edit("Basic\nC#\nC++")
    assert "C++" in admin.get(f"/contacts/{people[0]}").text
    assert rows(select(CustomField.choices)) == [[["basic", "Basic"], ["c_2", "C#"], ["c", "C++"]]]


SCALE = ("-2", "-1", "0", "1", "2")


@pytest.mark.parametrize("kind", ["text", "number"])
def test_a_scale_keeps_its_signs_when_it_becomes_of_another_kind(
    app: Flask, admin: PageClient, add: Add, rows: Rows, kind: str
) -> None:
    people = [add(name, "Okafor") for name in "ABCDE"]
    field = make(admin, rows, "Rating", "choice", choices="\n".join(SCALE))
    keys = {label: key for key, label in rows(select(CustomField.choices))[0]}
    for person, label in zip(people, SCALE, strict=True):
        fill(admin, [person], field, keys[label])
    become(admin, field, kind)
    assert tuple(str(custom_of(rows, each)["rating"]) for each in people) == SCALE


def test_undoing_an_edit_of_something_else_leaves_a_field_alone(
    app: Flask, admin: PageClient, add: Add, rows: Rows
) -> None:
    person, note = add("Amina", "Okafor"), make(admin, rows, "Note")
    field = make(admin, rows, "Rating", "choice", choices="-1\n0\n1")
    fill(admin, [person], note, "tall")
    old = newest(rows)
    become(admin, field, "text")
    fill(admin, [person], field, "1")
    take_back_this(app, old)
    assert custom_of(rows, person) == {"rating": "1"}


AS_NUMBER, AS_YES = ("5\n7", "number", 5), ("yes\nno", "boolean", True)


@pytest.mark.parametrize("case", [AS_NUMBER, AS_YES], ids=["number", "yes"])
def test_what_a_merge_brings_in_between_is_of_the_new_kind_however_it_reads(
    app: Flask, admin: PageClient, people: People, rows: Rows, monkeypatch: pytest.MonkeyPatch, case: Any
) -> None:
    labels, kind, value = case
    size = make(admin, rows, "Size", "choice", choices=labels)
    fill(admin, people[1:], size, labels.split("\n")[0])
    monkeypatch.setattr(work, "AT_ONCE", 1)
    job = stop_after_one(app, admin, become(admin, size, kind))
    merge(admin, people[0], people[2])
    go_on(app, admin, job)
    assert [custom_of(rows, each)["size"] for each in people[:2]] == [value, value]


def test_names_of_choices_that_read_like_keys_stay_when_another_kind_is_done_again(
    app: Flask, admin: PageClient, people: People, rows: Rows
) -> None:
    field = make(admin, rows, "Size", "choice", choices="small\nbig")
    fill(admin, people[:1], field, "small")
    for choices in ("tiny\nbig", "tiny\nsmall\nbig"):
        data = {"label": "Size", "choices": choices, "becomes-small": "tiny"}
        assert admin.post(f"/lists/fields/{field}/edit", data=data).status_code == 303
    keys = {label: key for key, label in rows(select(CustomField.choices))[0]}
    for person, label in zip(people[1:], ("small", "big"), strict=True):
        fill(admin, [person], field, keys[label])
    become(admin, field, "text")
    for _undo_and_redo in range(2):
        take_back_this(app, newest(rows))
    assert [each["size"] for each in held(rows, people)] == ["tiny", "small", "big"]
