"""Everything that is held about somebody: handed over whole, erased without a trace; and merged rows."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Table, func, select, text, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import SignInSession, User
from crm.config import Config
from crm.contacts import erasing, merging, services
from crm.contacts.models import Affiliation, Attachment, Contact, DoNotContact, Email, Phone
from crm.contacts.services import CHILDREN
from crm.db import Base
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.journal import undo as undoing
from crm.journal.models import ChangeSet, UndoKept
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows, change_sets, tags_of
from tests.contacts.test_files import PDF, picture, send

CANARY = "Xanthippe"


def full_contact(client: PageClient, add: Add, rows: Rows) -> int:
    """Somebody with a row in every table, with history, and with a name of their own everywhere."""
    earlier = add("Wei", "Chen")
    somebody = add(
        CANARY,
        "Quagmire",
        emails=[{"address": f"{CANARY}@example.org"}],
        phones=[{"number": "202-555-0199"}],
        addresses=[{"street": f"1 {CANARY} Lane", "city": "Riverbend"}],
        links=[{"url": f"https://example.org/{CANARY}"}],
        tags=["school"],
        note=f"{CANARY} called.",
        at="Harbor",
        description=f"About {CANARY}",
    )
    for each in (earlier, add("Noor", "Haddad")):
        client.post(f"/contacts/duplicates/{somebody}/{each}/two")
    merge_by_page(client, somebody, add(CANARY, "Twice"))
    here = f"/contacts/{somebody}"
    client.post(f"{here}/do-not-contact", data={"email": "1", "reason-email": f"{CANARY} asked"})
    client.post(f"{here}/photo/change", data={"photo": (BytesIO(picture()), "me.jpg")})
    client.post(f"{here}/photo/change", data={"photo": (BytesIO(picture()), "me.jpg")})
    send(client, somebody, (PDF, f"{CANARY}.pdf"), (PDF, "b.pdf"))
    file_id = rows(select(Attachment.id).where(Attachment.file_name == "b.pdf"))[0]
    client.post(f"{here}/files/{file_id}/delete")
    client.post(f"{here}/field/family_name", data={"value": "Former", "seen": "Quagmire"})
    client.post(f"{here}/field/family_name", data={"value": "Quagmire", "seen": "Former"})
    return somebody


def traces(app: Flask, config: Config, word: str) -> list[str]:
    """Every column of every table, and every file, in which a word stands."""
    files = (path for path in (config.data_dir / "files").rglob("*") if path.is_file())
    return traces_in_tables(app, word) + [str(path) for path in files]


def traces_in_tables(app: Flask, word: str) -> list[str]:
    found = []
    with app.app_context(), system("test"):
        present = set(db.session().connection().dialect.get_table_names(db.session().connection()))
        for table in Base.metadata.sorted_tables:
            if table.name in present:
                found += _columns_with(table, word)
    return found


def _columns_with(table: Table, word: str) -> list[str]:
    found = []
    for row in db.session().execute(text(f'SELECT * FROM "{table.name}"')).mappings():
        found += [f"{table.name}.{name}" for name, value in row.items() if word.lower() in str(value).lower()]
    return found


def test_everything_is_handed_over_as_a_page_and_as_a_file(
    admin_client: PageClient, app: Flask, add: Add, rows: Rows
) -> None:
    somebody = full_contact(admin_client, add, rows)
    for child, column in CHILDREN[:-1]:
        with app.app_context(), system("test"):
            own = select(func.count()).where(getattr(child, column) == somebody)
            assert db.session().execute(own).scalar_one(), f"the test makes no row of {child.__name__}"
    page = admin_client.get(f"/contacts/{somebody}/data").text
    answer = admin_client.get(f"/contacts/{somebody}/data.json")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=contact-{somebody}.json"
    held = json.loads(answer.data)["held"]
    titles = [part["title"] for part in held]
    assert titles[:1] == ["Record"]
    for title in (
        "Email addresses",
        "Phone numbers",
        "Postal addresses",
        "Web pages",
        "Do not contact",
        "Notes",
        "Files",
        "Merged records",
        "Tags",
        "Affiliations",
        "Not duplicates",
        "History",
    ):
        assert title in titles
        assert title in page
    content = json.dumps(held)
    for fact in (
        f"{CANARY.lower()}@example.org",
        "+12025550199",
        f"1 {CANARY} Lane",
        f"{CANARY} asked",
        "Former",
        f"{CANARY}.pdf",
        "school",
        "Harbor",
        f"{CANARY} called.",
        f"About {CANARY}",
    ):
        assert fact in content
        assert fact.replace("+12025550199", "(202) 555-0199") in page


def index_of(app: Flask) -> bytes:
    """The words that the index of SQLite keeps, as they stand in its file."""
    with app.app_context(), system("test"):
        if db.dialect() != "sqlite":
            return b""
        read = "SELECT block FROM search_index_data UNION ALL SELECT block FROM search_title_index_data"
        return b"".join(db.session().execute(text(read)).scalars())


def test_erasing_asks_twice_and_leaves_no_trace(
    app: Flask, config: Config, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    somebody = full_contact(admin_client, add, rows)
    other = add("Somebody", "Else", tags=["school"], at="Harbor")
    assert {"contact.name", "journal_entry.before", "change_set.summary", "search_document.title"} <= set(
        traces(app, config, CANARY)
    )
    page = f"/contacts/{somebody}/erase"
    assert "Notes: 1" in admin_client.get(page).text
    wrong = admin_client.post(page, data={"name": "somebody else", "sure": "1"})
    assert (wrong.status_code, "not the name" in wrong.text) == (422, True)
    asked = admin_client.post(page, data={"name": f"{CANARY.lower()} quagmire"})
    assert "Last question" in asked.text
    assert admin_client.get(f"/contacts/{somebody}").status_code == 200
    assert admin_client.post(page, data={"name": f"{CANARY} Quagmire", "sure": "1"}).location == "/contacts"
    assert traces(app, config, CANARY) == []
    assert traces(app, config, "Quagmire") == []
    assert b"uagmire" not in index_of(app)
    assert admin_client.get(f"/contacts/{somebody}").status_code == 404
    assert tags_of(rows, other) == ["school"]
    assert change_sets(rows)[-1] == ("contacts.erase", "Erased somebody for good", 0)


def test_a_change_set_about_several_keeps_the_others(
    app: Flask, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    """The bulk change stays in the history of those who are still here."""
    gone, stays = add(CANARY), add("Wei")
    address = str(admin_client.post("/contacts/bulk/tag", data={"ids": [gone, stays]}).location)
    admin_client.post(address, data={"tag": "x"})
    admin_client.post(f"{address}/apply")
    (entries,) = rows(select(ChangeSet.entries).where(ChangeSet.action == "contacts.bulk"))
    admin_client.post(f"/contacts/{gone}/erase", data={"name": CANARY, "sure": "1"})
    assert rows(select(ChangeSet.entries).where(ChangeSet.action == "contacts.bulk")) == [entries - 2]
    assert tags_of(rows, stays) == ["x"]
    assert admin_client.get(address).status_code == 404


def test_only_whole_words_of_a_name_are_taken_out(
    app: Flask, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    ann, stays = add("Ann"), add("Wei")
    with app.app_context(), db.transaction(Actor.system(), "contacts.bulk", "Annual list with Ann"):
        with system("test"):
            for each in (ann, stays):
                db.session().get_one(Contact, each).nickname = "x"
        for title in ("Import “Annual report.csv”", "Change Ann: nickname"):
            job = enqueue("transfer.tidy", {}, title, Actor.system())
            job.result = {"summary": "Ann", "link": {"run_id": 1}}
    admin_client.post(f"/contacts/{ann}/erase", data={"name": "Ann", "sure": "1"})
    summaries = [summary for _action, summary, _count in change_sets(rows)]
    assert "Annual list with somebody erased" in summaries
    found = rows(select(Job.title, Job.result).where(Job.kind == "transfer.tidy").order_by(Job.id))
    assert found[0] == ("Import “Annual report.csv”", {"summary": "Ann", "link": {"run_id": 1}})
    assert found[1] == ("Change somebody erased: nickname", {"link": {"run_id": 1}})


def test_reasons_that_an_undo_kept_forget_the_erased(
    app: Flask, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    gone, stays = add(CANARY), add("Wei")
    (made,) = rows(select(func.max(ChangeSet.id)))
    with app.app_context(), db.transaction(Actor.system(), "test") as change:
        change.undoes_id = made
        change.require_id()
        values = {"change_set_id": change.id, "table_name": "contact", "subject_table": "contact"}
        reason = f"Ana added this: affiliation ({CANARY})"
        db.session().add(UndoKept(row_id=stays, subject_id=stays, reason=reason, **values))
    admin_client.post(f"/contacts/{gone}/erase", data={"name": CANARY, "sure": "1"})
    assert rows(select(UndoKept.reason)) == ["Ana added this: affiliation (somebody erased)"]
    assert traces_in_tables(app, CANARY) == []


def test_somebody_who_was_deleted_is_erased_from_their_history(
    app: Flask, config: Config, admin_client: PageClient, sign_in: SignIn, add: Add, rows: Rows
) -> None:
    somebody, harbor = full_contact(admin_client, add, rows), add(organization="Other")
    history, page = f"/history/contact/{somebody}", f"/contacts/{somebody}/erase"
    assert page not in admin_client.get(history).text
    admin_client.post(f"/contacts/{somebody}/delete")
    assert page in admin_client.get(history).text
    viewer = sign_in(role="viewer")
    assert (page in viewer.get(history).text, viewer.get(page).status_code) == (False, 403)
    assert sign_in(role="administrator", scope=harbor).get(page).status_code == 404
    assert "History: " in admin_client.get(page).text
    assert admin_client.post(page, data={"name": "Wrong", "sure": "1"}).status_code == 422
    answer = admin_client.post(page, data={"name": f"{CANARY} Quagmire", "sure": "1"})
    assert answer.location == "/contacts"
    assert traces(app, config, CANARY) == []
    assert [admin_client.get(each).status_code for each in (history, page)] == [404, 404]


def test_an_organization_is_erased_and_those_below_stand_alone(
    admin_client: PageClient, add: Add, rows: Rows
) -> None:
    district = add(organization=CANARY)
    school = add(organization="Lincoln", at=CANARY)
    amina = add("Amina", at=CANARY)
    admin_client.post(f"/contacts/{district}/erase", data={"name": CANARY, "sure": "1"})
    found = rows(select(Contact.id, Contact.parent_id).order_by(Contact.id))
    assert found == [(school, None), (amina, None)]
    assert rows(select(Affiliation.id)) == []


def test_what_must_be_kept_stops_the_whole_erasing(
    app: Flask, config: Config, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    """Somebody who can sign in: the account has to be dealt with first."""
    somebody = full_contact(admin_client, add, rows)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        user = db.session().scalars(select(User)).first()
        assert user is not None
        user.contact_id = somebody
    before = traces(app, config, CANARY)
    answer = admin_client.post(
        f"/contacts/{somebody}/erase", data={"name": f"{CANARY} Quagmire", "sure": "1"}
    )
    assert (answer.status_code, "can sign in. Disable the account first" in answer.text) == (422, True)
    assert traces(app, config, CANARY) == before


def test_a_failing_plugin_stops_the_whole_erasing(
    app: Flask,
    config: Config,
    admin_client: PageClient,
    add: Add,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    somebody = full_contact(admin_client, add, rows)
    before = traces(app, config, CANARY)

    def fail(_contact: Contact) -> None:
        raise RuntimeError("a plugin cannot")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_remove", fail)
        with pytest.raises(RuntimeError):
            admin_client.post(f"/contacts/{somebody}/erase", data={"name": f"{CANARY} Quagmire", "sure": "1"})
    assert traces(app, config, CANARY) == before


def test_erasing_and_handing_over_ask_for_a_fresh_sign_in(
    app: Flask, admin_client: PageClient, add: Add, rows: Rows
) -> None:
    somebody = add(CANARY)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().execute(update(SignInSession).values(fresh_at=db.now() - timedelta(hours=1)))
    for part in ("data.json", "erase"):
        asked = admin_client.get(f"/contacts/{somebody}/{part}")
        assert asked.location == f"/confirm?next=/contacts/{somebody}/{part}"
    asked = admin_client.post(f"/contacts/{somebody}/erase", data={"name": CANARY, "sure": "1"})
    assert asked.location.startswith("/confirm")
    assert rows(select(Contact.id)) == [somebody]


@on_sqlite
def test_permissions(organizer_client: PageClient, sign_in: SignIn, add: Add) -> None:
    somebody = add(CANARY)
    for part in ("data", "data.json", "erase"):
        assert organizer_client.get(f"/contacts/{somebody}/{part}").status_code == 403
    lincoln = add(organization="Lincoln")
    outside = sign_in(role="administrator", scope=lincoln)
    for part in ("data", "data.json", "erase"):
        assert outside.get(f"/contacts/{somebody}/{part}").status_code == 404
    page = organizer_client.get(f"/contacts/{somebody}").text
    assert ("Erase for good" in page, "Everything we hold" in page) == (False, False)


def merge(app: Flask, survivor: int, loser: int) -> None:
    with app.app_context(), db.transaction(Actor.system(), "contacts.merge"):
        with system("test"):
            stays, goes = (db.session().get_one(Contact, each) for each in (survivor, loser))
        merging.move_rows(stays, goes)


def test_merging_moves_every_row_and_keeps_none_twice(app: Flask, add: Add, rows: Rows) -> None:
    stays = add(
        "Amina",
        "Okafor",
        emails=[{"address": "amina@example.org"}],
        phones=[{"number": "202-555-0142"}],
        tags=["school"],
        at="Harbor",
        role="Counselor",
    )
    goes = add(
        "A.",
        "Okafor",
        emails=[{"address": "AMINA@example.org"}, {"address": "old@example.org"}],
        phones=[{"number": "202-555-0143"}],
        links=[{"url": "https://example.org"}],
        addresses=[{"street": "5 Oak Lane"}],
        tags=["school", "steering"],
        note="Knows Wei.",
        at="Harbor",
        role="Counselor",
    )
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        contact = db.session().get_one(Contact, goes)
        services.set_do_not_contact(contact, {"phone": "asked"})
        contact.custom = {"Bus": "12"}
    merge(app, stays, goes)
    for model, column in CHILDREN[:-1]:
        assert rows(select(model.id).where(getattr(model, column) == goes)) == [], model.__name__
    emails = select(Email.address, Email.is_primary).where(Email.contact_id == stays).order_by(Email.id)
    assert rows(emails) == [("amina@example.org", True), ("old@example.org", False)]
    assert rows(select(func.count()).where(Phone.is_primary)) == [1]
    assert tags_of(rows, stays) == ["school", "steering"]
    assert rows(select(func.count(Affiliation.id))) == [1]
    assert rows(select(DoNotContact.channel)) == ["phone"]
    assert rows(select(Contact.custom).where(Contact.id == stays)) == [{"Bus": "12"}]


def test_merging_organizations_moves_people_and_those_below(app: Flask, add: Add, rows: Rows) -> None:
    stays, goes = add(organization="Riverbend SD"), add(organization="Riverbend School District")
    school = add(organization="Lincoln", at="Riverbend School District")
    amina = add("Amina", at="Riverbend School District")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        services.affiliate(
            db.session().get_one(Contact, amina), stays, start_date=date(2020, 1, 1), is_primary=False
        )
        db.session().get_one(Contact, stays).parent_id = goes
    merge(app, stays, goes)
    parents = dict(rows(select(Contact.id, Contact.parent_id)))
    assert (parents[school], parents[stays]) == (stays, None)
    found = rows(select(Affiliation.organization_id, Affiliation.start_date).order_by(Affiliation.id))
    assert found == [(stays, None), (stays, date(2020, 1, 1))]


def merge_by_page(client: PageClient, survivor: int, loser: int, **chosen: int) -> None:
    data = {"ids": f"{survivor},{loser}", "survivor": str(survivor)}
    data |= {f"field-{name}": str(value) for name, value in chosen.items()}
    assert client.post("/contacts/merge", data=data).status_code == 303


def erase(app: Flask, contact_id: int) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "contacts.erase", alone=True):
        with system("test"):
            contact = db.session().get_one(Contact, contact_id)
        erasing.erase(contact)


def test_who_was_merged_is_erased_with_all_that_they_were(
    admin_client: PageClient, app: Flask, add: Add, rows: Rows
) -> None:
    """The record that went is the same person: nothing of it stays in history, by any of its names."""
    somebody = full_contact(admin_client, add, rows)
    stays = add("Zuleika", "Quagmire", job_title="Nurse")
    merge_by_page(admin_client, stays, somebody)
    erase(app, stays)
    for word in (CANARY, "Zuleika", "Quagmire"):
        assert traces_in_tables(app, word) == []
    assert admin_client.get(f"/contacts/{somebody}").status_code == 404


def test_a_merge_that_was_taken_back_keeps_no_name_of_who_is_erased(
    admin_client: PageClient, app: Flask, add: Add, rows: Rows
) -> None:
    stays = add("Amina", "Okafor")
    somebody = add(CANARY, "Quagmire", description=f"About {CANARY}")
    merge_by_page(admin_client, stays, somebody, given_name=somebody, family_name=somebody)
    newest = select(ChangeSet.id).where(ChangeSet.action == "contacts.merge")
    with app.test_request_context():
        undoing.undo(rows(newest)[0], Actor.system())
    erase(app, somebody)
    assert traces_in_tables(app, CANARY) == []
    assert admin_client.get(f"/contacts/{stays}").status_code == 200
    assert rows(select(Contact.name).where(Contact.id == stays)) == ["Amina Okafor"]
