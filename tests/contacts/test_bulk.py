"""One change of many contacts: the plan says what will happen, and that happens."""

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import services as accounts
from crm.accounts.models import RoleGrant, User
from crm.contacts import services
from crm.contacts.bulk import plans
from crm.contacts.models import (
    Affiliation,
    BulkPlan,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Note,
    Tag,
)
from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.contacts.conftest import Add, Rows, change_sets, names, tags_of


def choose(client: PageClient, action: str, **form: object) -> str:
    """Post what the bar of a list posts; returns the address of the plan."""
    answer = client.post(f"/contacts/bulk/{action}", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def plan(client: PageClient, action: str, ids: list[int], **arguments: str) -> tuple[str, str]:
    """Choose, answer the form, and read the preview; returns its address and its text."""
    address = choose(client, action, ids=ids)
    if arguments:
        answer = client.post(address, data=arguments)
        assert answer.status_code == 303, answer.text
    return address, plain(client.get(address).text)


def plain(html: str) -> str:
    """What a reader sees of a page's main part."""
    main = html[html.index("<main") :].replace("<wbr>", "")
    return " ".join(re.sub(r"<[^>]+>", " ", main).split()).replace(" ,", ",")


def apply(client: PageClient, address: str) -> str:
    answer = client.post(f"{address}/apply")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_the_plan_counts_and_names_before_anything_changes(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina", "Okafor"), add("Wei", "Chen", tags=["School"]), add(organization="Lincoln")]
    before = change_sets(rows)
    address, text = plan(organizer_client, "tag", ids, tag="school")
    assert "will change 2 are like that already 1 stay as they are 0" in text
    assert "Lincoln, Amina Okafor" in text
    assert change_sets(rows) == before
    assert apply(organizer_client, address) == "/contacts"
    assert [tags_of(rows, each) for each in ids] == [["School"]] * 3
    assert change_sets(rows)[-1] == ("contacts.bulk", "Tagged 2 contacts “School”", 4)


def test_a_new_tag_is_made_with_the_first_contact_that_gets_it(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina")]
    address, text = plan(organizer_client, "tag", ids, tag="  Steering   group ")
    assert "The tag “Steering group” is new" in text
    assert tags_of(rows, ids[0]) == []
    apply(organizer_client, address)
    assert tags_of(rows, ids[0]) == ["Steering group"]


def test_a_tag_is_taken_off_those_who_have_it(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    ids = [add("Amina", tags=["old", "school"]), add("Wei")]
    form = organizer_client.get(choose(organizer_client, "untag", ids=ids)).text
    (tag_id,) = re.findall(r'value="(\d+)">old<', form)
    address, text = plan(organizer_client, "untag", ids, tag=tag_id)
    assert "will change 1" in text
    apply(organizer_client, address)
    assert tags_of(rows, ids[0]) == ["school"]


def test_a_field_shows_what_each_says_now_and_will_say(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina", job_title="Nurse"), add("Wei"), add(organization="Lincoln")]
    address, text = plan(organizer_client, "field", ids, field="job_title", job_title="School nurse")
    assert "Amina Nurse School nurse Wei – School nurse" in text
    assert "1 stays as it is. Only people have this field; these are organizations. Lincoln" in text
    apply(organizer_client, address)
    found = rows(select(Contact.name, Contact.job_title).order_by(Contact.name))
    assert found == [("Amina", "School nurse"), ("Lincoln", None), ("Wei", "School nurse")]


def test_emptying_a_field_and_a_sector_in_words(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    ids = [add(organization="Lincoln", sector="school")]
    _address, text = plan(organizer_client, "field", ids, field="sector", sector="health")
    assert "Lincoln School Health" in text
    address, text = plan(organizer_client, "field", ids, field="sector", sector="")
    assert "Empty the field “Sector”" in text
    apply(organizer_client, address)
    assert rows(select(Contact.sector)) == [None]


def test_do_not_contact_keeps_the_reason_and_asks_for_one(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina"), add("Wei")]
    address = choose(organizer_client, "wish", ids=ids)
    refused = organizer_client.post(address, data={"channel": "email", "reason": " "})
    assert (refused.status_code, "Write down why" in refused.text) == (422, True)
    organizer_client.post(address, data={"channel": "email", "reason": "Asked in May"})
    apply(organizer_client, address)
    found = rows(select(DoNotContact.contact_id, DoNotContact.channel, DoNotContact.reason))
    assert sorted(found) == [(each, "email", "Asked in May") for each in ids]
    _address, text = plan(organizer_client, "wish", ids, channel="email", reason="Again")
    assert "will change 0" in text


def test_people_and_organizations_are_put_into_an_organization(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    district, school = add(organization="Riverbend"), add(organization="Lincoln")
    amina, wei = add("Amina", at="Harbor"), add("Wei")
    ids = [district, school, amina, wei]
    address, text = plan(organizer_client, "organization", ids, organization="riverbend", role="Partner")
    assert "will change 3" in text
    assert "cannot become part of itself or of what belongs to it. Riverbend" in text
    apply(organizer_client, address)
    assert rows(select(Contact.parent_id).where(Contact.id == school)) == [district]
    made = select(Affiliation.person_id, Affiliation.role, Affiliation.is_primary)
    assert rows(made.where(Affiliation.organization_id == district).order_by(Affiliation.person_id)) == [
        (amina, "Partner", False),
        (wei, "Partner", True),
    ]
    _address, text = plan(organizer_client, "organization", ids, organization="Riverbend")
    assert ("will change 0" in text, "are like that already 3" in text) == (True, True)


def test_a_parent_is_never_put_below_its_own_child(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    district = add(organization="Riverbend")
    add(organization="Lincoln", at="Riverbend")
    _address, text = plan(organizer_client, "organization", [district], organization="Lincoln")
    assert "will change 0" in text
    assert "cannot become part of itself" in text


def test_whoever_changed_or_vanished_meanwhile_is_named_and_left_alone(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    kept, edited, gone = add("Amina", job_title="Nurse"), add("Wei"), add("José")
    address, _text = plan(
        organizer_client, "field", [kept, edited, gone], field="job_title", job_title="Counselor"
    )
    with app.app_context(), db.transaction(Actor.system(), "test"):
        services.delete([gone])
        db.session().get_one(Contact, edited, execution_options={"crm_scoped": True}).job_title = "Principal"
    result = apply(organizer_client, address)
    text = plain(organizer_client.get(result).text)
    assert "Somebody changed these after the plan was made, so they were left alone. Wei" in text
    assert "These were gone when the plan was applied. José" in text
    found = rows(select(Contact.name, Contact.job_title).order_by(Contact.name))
    assert found == [("Amina", "Counselor"), ("Wei", "Principal")]


def test_somebody_edited_after_the_plan_is_not_deleted(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina"), add("Wei", email="wei@example.org")]
    address, text = plan(organizer_client, "delete", ids)
    assert "will be deleted 2" in text
    organizer_client.post(f"/contacts/{ids[1]}/notes", data={"body": "Still with us."})
    result = apply(organizer_client, address)
    assert names(rows) == ["Wei"]
    assert "left alone. Wei" in plain(organizer_client.get(result).text)


def test_what_is_in_use_elsewhere_stays_and_says_so(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [add("Amina"), add("Wei")]
    with app.app_context(), db.transaction(Actor.system(), "test"):
        user = db.session().scalars(select(User)).first()
        assert user is not None
        user.contact_id = ids[0]
    address, text = plan(organizer_client, "delete", ids)
    assert "Another part of Rollcall still refers to them. Remove or move that first. Amina" in text
    apply(organizer_client, address)
    assert names(rows) == ["Amina"]


def test_a_plan_is_applied_once(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    address, _text = plan(organizer_client, "tag", [add("Amina")], tag="x")
    apply(organizer_client, address)
    again = organizer_client.post(f"{address}/apply")
    assert (again.status_code, "This was done already" in again.text) == (409, True)
    assert organizer_client.post(address, data={"tag": "y"}).status_code in {200, 409}
    assert [action for action, *_rest in change_sets(rows)].count("contacts.bulk") == 1


def test_the_whole_list_is_what_its_address_says(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    for number in range(60):
        add("Ana", f"Person{number:02}", emails=[{"address": f"p{number}@example.org"}])
    other = add(organization="Lincoln")
    address = choose(organizer_client, "tag", whole_list="1", query="f=kind%3Ais%3Aperson", ids=[other])
    organizer_client.post(address, data={"tag": "everyone"})
    assert "will change 60" in plain(organizer_client.get(address).text)
    apply(organizer_client, address)
    assert tags_of(rows, other) == []


def test_a_list_whose_filter_is_gone_is_never_taken_whole(organizer_client: PageClient, add: Add) -> None:
    add("Amina")
    answer = organizer_client.post(
        "/contacts/bulk/delete", data={"whole_list": "1", "query": "f=shoe_size%3Ais%3A9"}
    )
    assert (answer.status_code, "There is no field “shoe_size”" in answer.text) == (422, True)


def test_nothing_chosen_is_said(organizer_client: PageClient) -> None:
    answer = organizer_client.post("/contacts/bulk/tag", data={"ids": ["x", "99"]})
    assert (answer.status_code, "Choose at least one" in answer.text) == (422, True)


def test_long_work_is_one_change_set_in_the_background(
    app: Flask, organizer_client: PageClient, add: Add, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "AT_ONCE", 3)
    ids = [add("Ana", f"P{number}") for number in range(8)]
    address, text = plan(organizer_client, "tag", ids, tag="many")
    assert "This takes a while" in text
    assert apply(organizer_client, address).startswith("/jobs/")
    assert [tags_of(rows, each) for each in ids] == [[]] * 8
    add_more = change_sets(rows)
    (job,) = run_waiting(app)
    assert (job.status, job.progress_done, job.progress_total) == ("done", 8, 8)
    assert [tags_of(rows, each) for each in ids] == [["many"]] * 8
    assert change_sets(rows)[len(add_more) :] == [("contacts.bulk", "Tagged 8 contacts “many”", 17)]
    assert "Tagged 8 contacts" in plain(organizer_client.get(address).text)


def test_whoever_may_only_see_some_changes_only_the_others(
    app: Flask, sign_in: SignIn, make_user: object, add: Add, rows: Rows
) -> None:
    """An organizer of one organization, a viewer of everything."""
    mine, others = add("Amina", at="Harbor"), add("Wei", at="Lincoln")
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    user = make_user(role="organizer", scope=harbor)  # type: ignore[operator]  # A fixture's function.
    with app.app_context(), db.transaction(Actor.system(), "test"):
        viewer = accounts.role_named("viewer")
        assert viewer is not None
        db.session().add(RoleGrant(user_id=user.id, role_id=viewer.id, scope_kind="everything"))
    client = sign_in(user)
    address, text = plan(client, "tag", [mine, others], tag="x")
    assert "will change 1" in text
    assert "You may see them, but not change them. Wei" in text
    apply(client, address)
    assert (tags_of(rows, mine), tags_of(rows, others)) == (["x"], [])


def test_an_outsider_cannot_choose_what_is_not_theirs(sign_in: SignIn, add: Add, rows: Rows) -> None:
    mine, others = add("Amina", at="Harbor"), add("Wei")
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="organizer", scope=harbor)
    assert client.post("/contacts/bulk/delete", data={"ids": [others]}).status_code == 422
    _address, text = plan(client, "delete", [mine, others])
    assert "will be deleted 1" in text
    assert "Wei" not in text


@on_sqlite
def test_a_plan_belongs_to_who_made_it(organizer_client: PageClient, sign_in: SignIn, add: Add) -> None:
    address, _text = plan(organizer_client, "delete", [add("Amina")])
    other = sign_in(role="administrator")
    assert other.get(address).status_code == 404
    assert other.post(f"{address}/apply").status_code == 404
    assert other.post(f"{address}/forget").status_code == 404


@on_sqlite
def test_permissions(viewer_client: PageClient, outsider_client: PageClient, add: Add) -> None:
    contact = add("Amina")
    for action in ("tag", "untag", "field", "organization", "wish", "delete", "emails"):
        for client in (viewer_client, outsider_client):
            assert client.post(f"/contacts/bulk/{action}", data={"ids": [contact]}).status_code == 403
    assert "/contacts/bulk/" not in viewer_client.get("/contacts").text


def test_a_right_that_was_taken_away_stops_the_plan(
    app: Flask, sign_in: SignIn, make_user: object, add: Add, rows: Rows
) -> None:
    from crm.accounts.models import RoleGrant

    user = make_user(role="organizer")  # type: ignore[operator]  # A fixture's function.
    client = sign_in(user)
    address, _text = plan(client, "delete", [add("Amina")])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().delete(db.session().scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one())
    assert client.post(f"{address}/apply").status_code == 403
    assert names(rows) == ["Amina"]


@on_sqlite
def test_leaving_a_plan_changes_nothing(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    address, _text = plan(organizer_client, "delete", [add("Amina")])
    assert organizer_client.post(f"{address}/forget").location == "/contacts"
    assert organizer_client.get(address).status_code == 404
    assert names(rows) == ["Amina"]


@on_sqlite
def test_old_plans_are_forgotten(app: Flask, organizer_client: PageClient, add: Add, rows: Rows) -> None:
    plan(organizer_client, "delete", [add("Amina")])
    plan(organizer_client, "tag", [add("Wei")], tag="x")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        old = db.now() - plans.KEPT - plans.KEPT
        db.session().execute(update(BulkPlan).where(BulkPlan.action == "tag").values(created_at=old))
        assert plans.forget_old() == 1
    assert rows(select(BulkPlan.action)) == ["delete"]


def test_addresses_leave_out_who_does_not_want_mail(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [
        add("Amina", "Okafor, Dr.", emails=[{"address": "amina@example.org"}]),
        add(
            "José",
            "Núñez",
            emails=[{"address": "old@example.org"}, {"address": "j@example.org", "primary": "1"}],
        ),
        add("Wei", "Chen", emails=[{"address": "shared@example.org"}]),
        add("Wen", "Chen", emails=[{"address": "shared@example.org"}]),
        add("Nobody", "Reachable"),
    ]
    organizer_client.post(f"/contacts/{ids[3]}/do-not-contact", data={"email": "1", "reason-email": "asked"})
    page = organizer_client.post("/contacts/bulk/emails", data={"ids": ids}).text
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert shown is not None
    assert shown.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"') == (
        'José Núñez <j@example.org>, "Amina Okafor, Dr." <amina@example.org>'
    )
    assert ("2 do not want email" in page, "1 has no email" in page) == (True, True)


@pytest.mark.parametrize("step", ["emails", "print"])
def test_whoever_may_take_out_some_gets_no_others(
    app: Flask, sign_in: SignIn, make_user: MakeUser, add: Add, rows: Rows, step: str
) -> None:
    """An organizer of one organization, a viewer of everything."""
    mine = add("Amina", at="Harbor", emails=[{"address": "amina@example.org"}])
    others = add("Wei", at="Lincoln", emails=[{"address": "wei@example.org"}])
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    user = make_user(role="organizer", scope=harbor)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        viewer = accounts.role_named("viewer")
        assert viewer is not None
        db.session().add(RoleGrant(user_id=user.id, role_id=viewer.id, scope_kind="everything"))
    client = sign_in(user)
    for chosen in ({"ids": [mine, others]}, {"whole_list": "1"}):
        page = client.post(f"/contacts/bulk/{step}", data=chosen).text
        assert ("Amina" in page, "Wei" in page) == (True, False)
    refused = client.post(f"/contacts/bulk/{step}", data={"ids": [others]})
    assert (refused.status_code, "take them out" in refused.text) == (403, True)


def undo_last(client: PageClient, rows: Rows) -> None:
    last = rows(select(ChangeSet.id).order_by(ChangeSet.id.desc()).limit(1))[0]
    answer = client.post(f"/changes/{last}/undo")
    assert answer.status_code == 303, answer.text


def test_undo_takes_back_every_kind_of_bulk_change(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    ids = [
        add("Amina", "Okafor", tags=["old"], job_title="Nurse", emails=[{"address": "a@example.org"}]),
        add("Wei", "Chen", at="Harbor", note="Late bus."),
        add(organization="Lincoln"),
    ]
    tag_id = str(rows(select(Tag.id))[0])
    before = everything(rows)
    for action, arguments in (
        ("tag", {"tag": "new"}),
        ("untag", {"tag": tag_id}),
        ("field", {"field": "job_title", "job_title": "Counselor"}),
        ("organization", {"organization": "Riverbend", "role": "Partner"}),
        ("wish", {"channel": "all", "reason": "asked"}),
        ("delete", {}),
    ):
        address, _text = plan(organizer_client, action, ids, **arguments)
        apply(organizer_client, address)
        assert everything(rows) != before, action
        undo_last(organizer_client, rows)
        assert everything(rows) == before, action


def everything(rows: Rows) -> dict[str, list[object]]:
    """All rows of contacts, what follows every edit left out."""
    found: dict[str, list[object]] = {}
    for model in (Contact, Email, Note, ContactTag, DoNotContact, Affiliation, Tag):
        table = db.table(model)
        columns = [each for each in table.columns if each.name not in {"version", "updated_at"}]
        found[table.name] = rows(select(*columns).order_by(table.c.id))
    return found


@on_sqlite
def test_one_comes_back_to_the_list_one_came_from(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", job_title="Nurse")
    query = "f=job_title%3Ais%3Anurse&sort=-name&list=people"
    for step in ("forget", "apply"):
        chosen = organizer_client.post("/contacts/bulk/tag", data={"ids": [amina], "query": query})
        organizer_client.post(chosen.location, data={"tag": "steering"})
        assert query.replace("&", "&amp;") in organizer_client.get(chosen.location).text
        answer = organizer_client.post(f"{chosen.location}/{step}")
        assert answer.location == f"/contacts?{query}"


@on_sqlite
def test_a_field_is_chosen_before_it_is_changed(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina, lincoln = add("Amina"), add(organization="Lincoln")
    plan = organizer_client.post("/contacts/bulk/field", data={"ids": [amina, lincoln]}).location
    form = organizer_client.get(plan).text
    assert "Choose a field" in form
    assert re.findall(r'<optgroup label="([^"]+)"', form) == ["People and organizations", "People alone"]
    refused = organizer_client.post(plan, data={"field": "", "sector": "school"})
    assert (refused.status_code, "Choose" in refused.text) == (422, True)
    organizer_client.post(plan, data={"field": "pronouns", "pronouns": "they/them"})
    organizer_client.post(f"{plan}/apply")
    assert rows(select(Contact.name, Contact.pronouns).order_by(Contact.id)) == [
        ("Amina", "they/them"),
        ("Lincoln", None),
    ]
