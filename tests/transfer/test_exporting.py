"""Taking lists out: what is in the file, who gets it, and that bringing it back changes nothing."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from crm import db
from crm.access import Actor, system
from crm.coalitions.models import Coalition
from crm.contacts.models import (
    Address,
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Link,
    Note,
    Phone,
    Tag,
)
from crm.errors import UserError
from crm.fields.custom import services as own
from crm.jobs.inline import here, run_waiting
from crm.jobs.pieces import advance, begin
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.runtime import runtime
from crm.search.models import SearchDocument
from crm.transfer import exporting, exports
from crm.transfer.exporting import Export, Wanted
from crm.transfer.kinds import Line, Settings
from crm.transfer.models import ExportRun, ImportedRow
from crm.transfer.people.handler import ContactImport
from crm.transfer.record import ContactRecord
from crm.transfer.record import Email as WrittenEmail
from tests.transfer.conftest import ACTOR, Importing, everybody
from tests.transfer.strategies import records

TABLES = (
    ImportedRow, SearchDocument, Email, Phone, Address, Link, Affiliation, ContactTag, Tag, Note,
    DoNotContact, Contact,
)  # fmt: skip
PEOPLE = (
    "ID,First Name,Last Name,Email,Phone,Street,City,State,Zip,Organization,Title,Tags,Notes,Do not call\n"
    'A-1,Ana,López,ana@example.org,202-555-0123,401 I St,Washington,DC,20024,Lincoln School,Principal,"a, b",'
    '"Two\nlines",yes\n'
    ",Ben,Ode,,,,,,,,=1+1,,,\n"
    ",Eva,Kim,eva@example.org,,,,,,Lincoln School,,,,\n"
)


def written(app: Flask, form: str, columns: str = "all", query: str = "") -> bytes:
    with app.app_context():
        made = Export(Wanted("contacts", form, columns, query), ACTOR)
        ids = made.ids()
        if form != "vcf":
            made.prepare(ids)
        out = io.BytesIO()
        made.write(ids, out)
        return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_what_goes_out_and_comes_back_changes_nothing(app: Flask, importing: Importing, form: str) -> None:
    importing(PEOPLE)
    file = importing.file(written(app, form), f"list.{form}")
    run = importing.plan(file)
    assert run.counts == {"create": 0, "update": 0, "unchanged": 4, "rejected": 0}, importing.lines(run)


def forget_everybody() -> None:
    with db.transaction(ACTOR, "test"), system("a test"):
        for model in TABLES:
            db.session().execute(delete(db.table(model)))


def store(people: Sequence[ContactRecord], folder: Path) -> None:
    """Write the records as an import does."""
    handler = ContactImport()
    lines = []
    for number, record in enumerate(people, 2):
        handler.settle_card(record, [])
        lines.append(Line(number, record, text=handler.dump(record)))
    wishes = Settings(1, ACTOR, "test", "best")
    with db.transaction(ACTOR, "test") as change:
        handler.plan(lines, wishes)
        handler.together(wishes)([(1, line) for line in lines])
        handler.apply([line for line in lines if line.action != "rejected"], wishes, change)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=st.lists(records(), min_size=1, max_size=5), form=st.sampled_from(["csv", "xlsx", "vcf"]))
def test_whatever_stands_in_the_database(
    app: Flask, importing: Importing, tmp_path: Path, people: list[ContactRecord], form: str
) -> None:
    with app.app_context():
        forget_everybody()
        store(people, tmp_path)
    file = importing.file(written(app, form), f"list.{form}")
    run = importing.plan(file)
    assert run.counts["unchanged"] == sum(run.counts.values()), [
        (line.action, line.record, line.changes, importing.why(run, line.number))
        for line in importing.lines(run)
        if line.action != "unchanged"
    ]


@pytest.mark.parametrize("name", ["´", "''+", "...", "日本"])
def test_a_name_of_signs_alone_is_recognized_too(
    app: Flask, importing: Importing, tmp_path: Path, name: str
) -> None:
    shop = ContactRecord(kind="organization", name=name, emails=[WrittenEmail("", "signs@example.org")])
    with app.app_context():
        store([shop], tmp_path)
    run = importing.plan(importing.file(written(app, "csv"), "list.csv"))
    assert run.counts["unchanged"] == sum(run.counts.values()) == 1, importing.lines(run)


def test_a_formula_is_text(app: Flask, importing: Importing) -> None:
    importing(PEOPLE)
    rows = list(csv.DictReader(io.StringIO(written(app, "csv").decode("utf-8-sig"))))
    assert next(row for row in rows if row["Given name"] == "Ben")["Job title"] == "'=1+1"


def test_the_columns_of_the_list_in_its_order(app: Flask, importing: Importing) -> None:
    importing(PEOPLE)
    text = written(app, "csv", "shown", "columns=name,job_title,tags&sort=-name&f=kind:is:person")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows == [
        ["Name", "Job title", "Tags"],
        ["Ben Ode", "'=1+1", ""],
        ["Ana López", "Principal", "a, b"],
        ["Eva Kim", "", ""],
    ]


def test_a_filter_that_nobody_understands_gives_no_file(app: Flask, importing: Importing) -> None:
    importing(PEOPLE)
    with app.app_context(), pytest.raises(UserError):
        Export(Wanted("contacts", "csv", query="f=nonsense:is:1"), ACTOR).ids()


# Pages.


def test_a_small_list_comes_at_once(app: Flask, importing: Importing, sign_in: SignIn) -> None:
    importing(PEOPLE)
    client = sign_in(role="organizer")
    page = client.get("/exports/contacts/new?f=kind:is:person")
    assert "The whole list" in page.text
    answer = client.post("/exports/contacts", data={"format": "csv", "query": "f=kind:is:person"})
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["Name"] for row in rows} == {"Ana López", "Ben Ode", "Eva Kim"}


def test_those_alone_that_were_chosen(app: Flask, importing: Importing, sign_in: SignIn) -> None:
    importing(PEOPLE)
    client = sign_in(role="organizer")
    wanted = str(everybody(app)["Eva Kim"].id)
    page = client.post("/exports/contacts/chosen", data={"ids": [wanted], "query": ""})
    assert "1 chosen" in page.text
    answer = client.post("/exports/contacts", data={"format": "vcf", "ids": [wanted], "query": ""})
    assert answer.text.count("BEGIN:VCARD") == 1
    assert "Eva" in answer.text


def test_a_wrong_choice_gets_a_sentence(app: Flask, importing: Importing, sign_in: SignIn) -> None:
    importing(PEOPLE)
    answer = sign_in(role="organizer").post("/exports/contacts", data={"format": "exe"})
    assert answer.status_code == 422
    assert "Choose one of the formats" in answer.text


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_a_large_list_is_written_by_a_worker(
    app: Flask, importing: Importing, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    importing(PEOPLE)
    monkeypatch.setattr(exports, "LARGE", 2)
    client = sign_in(role="organizer")
    at = client.post("/exports/contacts", data={"format": form}).headers["Location"]
    assert "being written" in client.get(at).text
    assert client.get(f"{at}/file").status_code == 422
    run_waiting(app)
    assert "4 rows are ready" in client.get(at).text
    with client.get(f"{at}/file") as answer:
        data = answer.data
    run = importing.plan(importing.file(data, f"list.{form}"))
    assert run.counts["unchanged"] == 4


def test_a_file_is_only_for_whoever_asked(
    app: Flask, importing: Importing, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing(PEOPLE)
    monkeypatch.setattr(exports, "LARGE", 2)
    at = sign_in(role="organizer").post("/exports/contacts", data={"format": "csv"}).headers["Location"]
    run_waiting(app)
    other = sign_in(role="organizer")
    assert other.get(at).status_code == 404
    assert other.get(f"{at}/file").status_code == 404


def test_rights_are_asked_for_again(
    app: Flask, importing: Importing, sign_in: SignIn, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.accounts.models import RoleGrant

    importing(PEOPLE)
    monkeypatch.setattr(exports, "LARGE", 2)
    user = make_user(role="organizer")
    client = sign_in(user)
    ready = client.post("/exports/contacts", data={"format": "csv"}).headers["Location"]
    run_waiting(app)
    late = client.post("/exports/contacts", data={"format": "csv"}).headers["Location"]
    with app.app_context(), db.transaction(ACTOR, "test"), system("a test"):
        grant = db.session().query(RoleGrant).filter_by(user_id=user.id).one()
        grant.scope_kind, grant.scope_id = "organization", everybody(app)["Lincoln School"].id
    run_waiting(app)
    assert client.get(f"{ready}/file").status_code == 403
    assert "has changed since" in client.get(late).text
    answer = client.post("/exports/contacts", data={"format": "csv"})
    run_waiting(app)
    with client.get(answer.headers["Location"] + "/file") as file:
        rows = file.get_data(as_text=True)
    assert "Eva" in rows
    assert "Ben" not in rows


def test_nobody_else_exports(sign_in: SignIn) -> None:
    viewer, outsider = sign_in(role="viewer"), sign_in()
    for client, status in ((viewer, 403), (outsider, 404)):
        assert client.get("/exports/contacts/new").status_code == status
        assert client.post("/exports/contacts", data={"format": "csv"}).status_code == status
        assert client.post("/exports/contacts/chosen", data={"ids": ["1"]}).status_code == status
        assert client.get("/exports/1").status_code == 404
        assert client.get("/exports/1/file").status_code == 404
        assert client.get("/exports").status_code == 403
    assert sign_in(role="organizer").get("/exports/nothing/new").status_code == 404


def test_somebody_limited_to_an_organization_gets_its_people(
    app: Flask, importing: Importing, sign_in: SignIn
) -> None:
    importing(PEOPLE)
    school = everybody(app)["Lincoln School"].id
    answer = sign_in(role="organizer", scope=school).post("/exports/contacts", data={"format": "csv"})
    names = {row["Name"] for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}
    assert names == {"Ana López", "Eva Kim", "Lincoln School"}
    assert isinstance(ACTOR, Actor)


@on_sqlite
def test_a_field_added_meanwhile_shifts_no_column(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    with app.app_context(), here(app) as process, db.transaction(ACTOR, "test"), system("a test"):
        own.add(runtime().fields.type("coalitions"), {"label": "Meets on", "kind": "text"})
        db.session().add_all(
            Coalition(name=f"C{n}", sort_name=f"c{n}", level="local", custom={"meets_on": f"day {n}"})
            for n in range(5)
        )
        run = exports.ask(Export(Wanted("coalitions", "csv"), ACTOR), ACTOR)
        run_id, job_id = run.id, run.job_id
    assert job_id is not None
    begin(app, job_id, process.place)
    assert [advance(app, job_id, process.place) for _ in range(2)] == ["more", "more"]
    with app.test_request_context(), db.transaction(ACTOR, "test"), system("a test"):
        own.move(own.add(runtime().fields.type("coalitions"), {"label": "A", "kind": "text"}), True)
    while advance(app, job_id, process.place) == "more":
        pass
    with app.app_context(), system("a test"):
        text = exports.path_of(db.session().get_one(ExportRun, run_id)).read_text("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [each["Meets on"] for each in found] == [f"day {n}" for n in range(5)]
    assert "A" not in found[0]
