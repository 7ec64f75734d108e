"""Importing in a browser without scripts: file, columns, plan, import; and who may."""

import csv
import io
import re
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from crm import db
from crm.access import system
from crm.jobs.inline import run_waiting
from crm.jobs.models import Job
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from crm.transfer import exports, reasons
from crm.transfer.models import ImportMapping, ImportRow, ImportRun
from tests.transfer.conftest import Importing, contents, count, everybody
from tests.transfer.workbooks import sheet, text_row, workbook

PEOPLE = (
    "First Name,Last Name,Email,Phone,Ward\n"
    "Ana,López,ana@example.org,202-555-0123,5\n"
    "Ben,Ode,ben@example.org,,6\n"
    ",,,,\n"
    " , ,nonsense,,7\n"
)


def upload(client: PageClient, content: bytes | str, name: str = "people.csv") -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/imports/new", data={"file": (io.BytesIO(data), name)})


def address(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def chosen(**changes: str) -> dict[str, str]:
    targets = ("given_name", "family_name", "emails.1", "phones.1", "custom:")
    form = {f"column-{number}": target for number, target in enumerate(targets)}
    return {**form, "match_key": "best", "mode": "replace", **changes}


def planned(app: Flask, client: PageClient, text: str = PEOPLE, **changes: str) -> str:
    """The address of an import whose plan is ready."""
    at = address(upload(client, text))
    assert address(client.post(f"{at}/plan", data=chosen(**changes))) == at
    run_waiting(app)
    return at


def test_from_the_file_to_the_people_and_back(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    before = contents(app)
    at = address(upload(client, PEOPLE))
    page = client.get(at).text
    assert "First Name" in page
    assert "Ana López" in page, "the first rows are shown as they would come in"
    client.post(f"{at}/plan", data=chosen())
    assert "Ward" in str(only(app, ImportMapping).mapping)
    run_waiting(app)
    page = client.get(at).text
    assert "Import 2 rows" in page
    assert contents(app)["contact"] == before["contact"], "the plan writes nothing"
    assert address(client.post(f"{at}/apply")) == at
    run_waiting(app)
    assert "Imported as planned" in client.get(at).text
    assert everybody(app)["Ana López"].custom == {"Ward": "5"}
    change_set = only(app, ImportRun).change_set_id
    client.post(f"/changes/{change_set}/undo")
    run_waiting(app)
    assert everybody(app) == {}
    assert "taken back" in client.get(at).text


def only(app: Flask, model: Any) -> Any:
    with app.app_context(), system("a test"):
        found = db.session().scalars(select(model)).one()
        db.session().expunge(found)
        return found


def test_the_plan_can_be_read_by_what_happens(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing("First Name,Last Name,Email\nAna,López,ana@example.org\n")
    client = sign_in(role="organizer")
    at = planned(app, client)
    update = client.get(f"{at}?show=update").text
    assert "Phone" in update
    assert "+12025550123" in update
    assert "Ben" not in update
    rejected = client.get(f"{at}?show=rejected").text
    assert "This row names nobody" in rejected
    assert "Ana" not in client.get(f"{at}?show=create").text


def test_our_own_export_comes_back_through_the_pages_without_a_change(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing(
        "First Name,Last Name,Email,Phone,Ward,T-shirt size\n"
        "Ana,López,ana@example.org,12,5,M\nBen,Ode,ben@example.org,,6,\n"
    )
    assert everybody(app)["Ana López"].custom == {"Ward": "5", "T-shirt size": "M", "Phone to check": "12"}
    client = sign_in(role="administrator")
    exported = client.post("/exports/contacts", data={"format": "csv", "columns": "all", "query": ""})
    at = address(upload(client, exported.data, "export.csv"))
    page = client.get(at).text
    assert "Custom: Ward" in page
    form = {f"column-{n}": value for n, value in enumerate(_chosen_targets(page))}
    client.post(f"{at}/plan", data={**form, "match_key": "best", "mode": "replace"})
    run_waiting(app)
    counts = newest_run(app).counts
    assert (counts["unchanged"], counts["update"], counts["create"], counts["rejected"]) == (2, 0, 0, 0)


def _chosen_targets(page: str) -> list[str]:
    """What a browser would send for each column where nobody touches anything."""
    selects = re.findall(r'<select[^>]*name="column-\d+">(.*?)</select>', page, re.DOTALL)
    return [re.findall(r'value="([^"]*)" selected', each)[0] for each in selects]


def newest_run(app: Flask) -> ImportRun:
    with app.app_context(), system("a test"):
        found = db.session().scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
        assert found is not None
        db.session().expunge(found)
        return found


def test_left_out_rows_come_back_with_their_reason_and_can_be_corrected(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = planned(app, client)
    answer = client.get(f"{at}/left-out")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    beside = ["Row in the file", "Why it was not imported"]
    assert rows[0] == ["First Name", "Last Name", "Email", "Phone", "Ward", *beside]
    assert rows[1][:6] == [" ", " ", "nonsense", "", "7", "5"]
    assert "names nobody" in rows[1][6]
    corrected = answer.data.decode("utf-8-sig").replace('" "," ","nonsense"', "Eva,Kim,eva@example.org")
    again = address(upload(client, corrected))
    client.post(f"{again}/plan", data=chosen(**{"column-5": "ignore", "column-6": "ignore"}))
    run_waiting(app)
    client.post(f"{again}/apply")
    run_waiting(app)
    assert everybody(app)["Eva Kim"].custom == {"Ward": "7"}


def test_however_many_rows_are_left_out_all_come_back(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons, "AT_ONCE", 2)
    client = sign_in(role="organizer")
    at = planned(app, client, PEOPLE + " , ,nonsense,,7\n" * 4)
    rows = list(csv.reader(io.StringIO(client.get(f"{at}/left-out").data.decode("utf-8-sig"))))
    assert len(rows) == 1 + 5


def test_the_reason_is_not_imported_by_itself(app: Flask, importing: Importing) -> None:
    importing("First Name,Last Name,Row in the file,Why it was not imported\nAna,López,7,Because\n")
    assert everybody(app)["Ana López"].custom == {}


def test_what_is_chosen_is_shown_before_it_is_kept(sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = address(upload(client, PEOPLE))
    page = client.post(f"{at}/preview", data=chosen(**{"column-0": "family_name", "column-1": "given_name"}))
    assert "López Ana" in page.text
    assert "Ana López" in client.get(at).text


def test_cards_need_no_columns(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    card = "BEGIN:VCARD\nVERSION:3.0\nN:López;Ana;;;\nFN:Ana López\nEMAIL:ana@example.org\nEND:VCARD\n"
    at = address(upload(client, card, "ana.vcf"))
    run_waiting(app)
    assert "Import 1 row" in client.get(at).text


def test_a_file_can_be_discarded(app: Flask, config: Any, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = planned(app, client)
    address(client.post(f"{at}/discard"))
    assert client.get(at).status_code == 404
    assert (count(app, ImportRun), count(app, ImportRow)) == (0, 0)
    assert list((config.data_dir / "imports").iterdir()) == []


def test_once_imported_it_is_not_discarded_but_undone(app: Flask, config: Any, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = planned(app, client)
    client.post(f"{at}/apply")
    run_waiting(app)
    assert client.post(f"{at}/discard").status_code == 422
    assert client.post(f"{at}/apply").status_code == 422
    assert list((config.data_dir / "imports").iterdir()) == [], "the file is gone once it is imported"


def test_stopped_in_the_middle_it_can_go_on(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = planned(app, client)
    client.post(f"{at}/apply")
    with app.app_context(), system("a test"):
        job = db.session().scalars(select(Job.id).where(Job.kind == "transfer.apply")).one()
    client.post(f"/jobs/{job}/cancel")
    assert "Go on with the import" in client.get(at).text
    client.post(f"{at}/apply")
    run_waiting(app)
    assert set(everybody(app)) == {"Ana López", "Ben Ode"}


def test_a_choice_that_makes_no_sense_gets_a_sentence(sign_in: SignIn) -> None:
    client = sign_in(role="organizer")
    at = address(upload(client, PEOPLE))
    for wrong in ({"column-0": "nonsense"}, {"match_key": "nonsense"}, {"mode": "nonsense"}):
        answer = client.post(f"{at}/plan", data=chosen(**wrong))
        assert answer.status_code == 422
        assert "alert" in answer.text
    nothing = {f"column-{number}": "ignore" for number in range(5)}
    assert "Choose for at least one column" in client.post(f"{at}/plan", data=chosen(**nothing)).text


# Who may.


def test_nobody_else_sees_an_import(app: Flask, sign_in: SignIn) -> None:
    at = planned(app, sign_in(role="organizer"))
    outsider, viewer = sign_in(), sign_in(role="viewer")
    for client in (outsider, viewer):
        for path in ("/imports/new", "/imports"):
            assert client.get(path).status_code == 403
        assert upload(client, PEOPLE).status_code == 403
        for path in (at, f"{at}/left-out"):
            assert client.get(path).status_code == 404
        for path in ("plan", "preview", "apply", "discard"):
            assert client.post(f"{at}/{path}", data=chosen()).status_code == 404
    assert sign_in(role="organizer").get(at).status_code == 200, "whoever may import sees all imports"
    assert count(app, ImportRun) == 1


def test_a_role_over_one_organization_does_not_import(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing("Kind,Name\norganization,Lincoln School\n")
    scoped = sign_in(role="organizer", scope=everybody(app)["Lincoln School"].id)
    assert scoped.get("/imports/new").status_code == 403
    assert "/imports/new" not in scoped.get("/contacts").text


def test_without_the_permission_the_work_stops(app: Flask, sign_in: SignIn, make_user: Any) -> None:
    from crm.accounts.models import RoleGrant
    from tests.transfer.conftest import ACTOR

    user = make_user(role="organizer")
    client = sign_in(user)
    at = address(upload(client, PEOPLE))
    client.post(f"{at}/plan", data=chosen())
    with app.app_context(), db.transaction(ACTOR, "test"), system("a test"):
        db.session().query(RoleGrant).filter_by(user_id=user.id).delete()
    run_waiting(app)
    assert only(app, ImportRun).status == "planning"
    assert count(app, ImportRow) == 0
    assert [client.get(f"{at}{part}").status_code for part in ("", "/left-out")] == [403, 403]
    steps = ("plan", "preview", "apply", "discard")
    assert [client.post(f"{at}/{part}").status_code for part in steps] == [403] * 4
    assert count(app, ImportRun) == 1


# Bad files: a sentence, and nothing is kept.


def lying_archive() -> bytes:
    """A workbook of a few kilobytes that unpacks to 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return out.getvalue()


BAD: dict[str, tuple[str, bytes]] = {
    "empty": ("people.csv", b""),
    "only a header": ("people.csv", b"First Name,Last Name\n"),
    "a picture": ("people.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
    "a workbook that is none": ("people.xlsx", b"First Name,Last Name\nAna,Lopez\n"),
    "a page": ("people.csv", b"<!doctype html><html><body>Sign in</body></html>"),
    "too many columns": ("people.csv", b",".join(b"c%d" % n for n in range(3000)) + b"\n1\n"),
    "an old workbook": ("people.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
}


@pytest.mark.parametrize("what", [*BAD, "a bomb"])
def test_a_bad_file_gets_a_sentence_and_leaves_nothing(
    app: Flask, config: Any, sign_in: SignIn, what: str
) -> None:
    name, content = BAD.get(what) or ("people.xlsx", lying_archive())
    answer = upload(sign_in(role="organizer"), content, name)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert name.split(".")[0] in answer.text
    assert count(app, ImportRun) == 0
    assert list((config.data_dir / "imports").iterdir()) == []


@pytest.mark.parametrize("size", [5_000, 300_000])
def test_more_than_is_allowed(app: Flask, config: Any, sign_in: SignIn, size: int) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 4_000
    answer = upload(sign_in(role="organizer"), "First Name\n" + "Ana\n" * (size // 4))
    assert answer.status_code == 413
    assert "too large" in answer.text
    assert count(app, ImportRun) == 0


def test_nothing_chosen(sign_in: SignIn) -> None:
    answer = sign_in(role="organizer").post("/imports/new", data={})
    assert answer.status_code == 422
    assert "Choose a file" in answer.text


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "is empty"),
        (b"\r\n\r\n", "is empty"),
        (b" , \n , \n", "is empty"),
        (b"Student ID,Date,Code\n", "Add the rows"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not a list"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "not a list"),
    ],
)
def test_what_no_list_is_in_is_refused_in_words_for_any_kind_of_list(
    sign_in: SignIn, data: bytes, said: str
) -> None:
    page = upload(sign_in(role="organizer"), data, "days.csv").text
    head = page[page.index('<header class="page-header') :]
    told = head[: head.index("<form")]
    assert said in told
    assert "contact" not in told.lower(), "it may be a list of days or of students"
    assert "Imports</a>" in told


def test_a_quote_that_never_ends_is_found_before_anything_is_written(app: Flask, sign_in: SignIn) -> None:
    rows = [f"Given{n},Family{n},mail{n}@example.org,,5" for n in range(300)]
    text = "\n".join(["First Name,Last Name,Email,Phone,Ward", *rows, '"open,quote', *rows])
    answer = upload(sign_in(role="organizer"), text)
    assert answer.status_code == 422
    assert "In row 302 of “people.csv” a quote is opened" in answer.text
    assert everybody(app) == {}


def test_odd_files_come_in_with_a_word(app: Flask, sign_in: SignIn, tmp_path: Any) -> None:
    """Duplicate headers, NULs, a cell of 10,000 characters, 500 columns: none of it is in the way."""
    client = sign_in(role="organizer")
    headers = ["First Name", "Last Name", "Email", "Email", *(f"Column {n}" for n in range(496))]
    cells = ["Ana\0", "López", "ana@example.org", "more@example.org", "x" * 10_000, *[""] * 495]
    at = address(upload(client, ",".join(headers) + "\n" + ",".join(cells) + "\n"))
    page = client.get(at).text
    assert "is the header of more than one column" in page
    assert page.count("<select") == 501
    form = {
        "column-0": "given_name",
        "column-1": "family_name",
        "column-2": "emails.1",
        "column-3": "emails.2",
    }
    client.post(f"{at}/plan", data={**form, "column-4": "custom:", "match_key": "best", "mode": "replace"})
    run_waiting(app)
    client.post(f"{at}/apply")
    run_waiting(app)
    ana = everybody(app)["Ana López"]
    assert ana.emails == ["ana@example.org", "more@example.org"]
    assert len(ana.custom["Column 0"]) == 10_000


def test_a_workbook_that_lies_about_its_size_is_read_to_its_end(
    app: Flask, sign_in: SignIn, tmp_path: Any
) -> None:
    rows = "".join(text_row(n + 2, f"Given{n}", f"Family{n}") for n in range(50))
    body = sheet(text_row(1, "First Name", "Last Name") + rows, before='<dimension ref="A1:B2"/>')
    file = workbook(tmp_path / "people.xlsx", {"People": body})
    client = sign_in(role="organizer")
    at = address(upload(client, file.read_bytes(), "people.xlsx"))
    client.post(f"{at}/plan", data={"column-0": "given_name", "column-1": "family_name", "match_key": "best"})
    run_waiting(app)
    assert "Import 50 rows" in client.get(at).text


@pytest.mark.parametrize("how", ["uploaded", "planning", "planned"])
def test_erasing_removes_files_that_name_somebody(
    app: Flask, config: Any, admin_client: PageClient, importing: Importing, monkeypatch: Any, how: str
) -> None:
    monkeypatch.setattr(exports, "LARGE", 0)
    importing("First Name,Last Name,Email\nAna,López,ana@example.org\n")
    (ana,) = [person.id for person in everybody(app).values()]
    made = address(admin_client.post("/exports/contacts", data={"format": "csv"}))
    run_waiting(app)
    waiting = address(admin_client.post("/exports/contacts", data={"format": "xlsx"}))
    other = address(upload(admin_client, "First Name,Last Name\nBen,Ode\n"))
    at = address(upload(admin_client, "Nachname,Vorname\nLOPEZ,Ana\nOde,Ben\n"))
    if how != "uploaded":
        targets = {
            "column-0": "family_name",
            "column-1": "given_name",
            "match_key": "best",
            "mode": "replace",
        }
        admin_client.post(f"{at}/plan", data=targets)
    if how == "planned":
        run_waiting(app)
    with admin_client.get(f"{made}/file") as answer:
        assert "López" in answer.get_data(as_text=True)
    admin_client.post(f"/contacts/{ana}/erase", data={"name": "Ana López", "sure": "1"})
    assert [admin_client.get(each).status_code for each in (made, waiting, at, other)] == [404, 404, 404, 200]
    run_waiting(app)
    assert list((config.data_dir / "exports").iterdir()) == []
    assert len([path for path in (config.data_dir / "imports").iterdir() if "." not in path.name]) == 1
    assert count(app, ImportRun) == 2


def test_the_plan_names_all_that_comes_along(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing("Name,Organization,Tags,Ward\nAna López,Families of Mossbridge,Volunteers,5\n")
    client = sign_in(role="organizer")
    text = "Name,Organization,Tags,Ward,Shoe size\nBen Ode,Familes of Mossbridge,Volunters;Drivers,5,9\n"
    at = address(upload(client, text))
    form = {f"column-{n}": value for n, value in enumerate(_chosen_targets(client.get(at).text))}
    client.post(f"{at}/plan", data={**form, "match_key": "best", "mode": "replace"})
    run_waiting(app)
    said = " ".join(re.sub(r"<[^>]+>", " ", client.get(at).text).split())
    assert "This also makes 1 organization Familes of Mossbridge Families of Mossbridge?" in said
    assert "2 tags Drivers, Volunters Volunteers?" in said
    assert "1 field Shoe size" in said
    assert "Ward: " not in said.partition("This also makes")[2].partition("Row")[0]
    assert "Tags Volunters, Drivers" in said, "every value of a new row is shown with what it is"


def test_a_zip_code_alone_is_no_second_address(app: Flask, importing: Importing) -> None:
    importing("Name,Email,Street,City,Zip\nAna López,ana@example.org,401 I St,Washington,20024-1234\n")
    run = importing.plan("Name,Email,Zip\nAna López,ana@example.org,20024\n")
    assert run.counts["unchanged"] == 1, importing.lines(run)
    run = importing.plan("Name,Email,Zip\nAna López,ana@example.org,20009\n")
    assert run.counts["update"] == 1, "another ZIP code is something new"


def test_the_result_leads_to_the_people_of_the_file(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing("First Name,Last Name,Email\nZoe,Else,zoe@example.org\n")
    client = sign_in(role="organizer")
    at = planned(app, client)
    assert 'aria-current="step">Plan' in client.get(at).text
    client.post(f"{at}/apply")
    assert 'aria-current="step">Plan' in client.get(at).text, "the last step is reached when it is done"
    run_waiting(app)
    page = client.get(at).text
    assert 'aria-current="step">Done' in page
    assert "Imported: people.csv" in page
    ana = everybody(app)["Ana López"].id
    assert f'href="/contacts/{ana}">Ana López' in page
    people = re.search(r'href="(/contacts\?f=imported_with[^"]*)"', page)
    assert people is not None
    listed = client.get(people[1].replace("&amp;", "&")).text
    assert "Ana López" in listed
    assert "Zoe Else" not in listed
    said = " ".join(re.sub(r"<[^>]+>", " ", client.get("/imports").text).split())
    assert "people.csv Imported 2 0 1" in said, "the list of imports says what each brought"
    client.post(f"/changes/{newest_run(app).change_set_id}/undo")
    page = client.get(at).text
    assert "See the contacts" not in page
    assert f'href="/contacts/{ana}"' not in page


def test_everybody_in_a_file_can_be_tagged(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing("First Name,Last Name,Email\nAna,López,ana@example.org\n")
    before = contents(app)
    client = sign_in(role="organizer")
    at = planned(app, client, tag="  Spring   drive ")
    assert "gets the tag “Spring drive”" in client.get(at).text
    client.post(f"{at}/apply")
    run_waiting(app)
    assert {name: person.tags for name, person in everybody(app).items()} == {
        "Ana López": ["Spring drive"],
        "Ben Ode": ["Spring drive"],
    }
    client.post(f"/changes/{newest_run(app).change_set_id}/undo")
    for table in ("contact_tag", "tag", "contact"):
        assert len(contents(app)[table]) == len(before[table])


def test_whom_a_file_says_nothing_new_about_is_tagged_too(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing("First Name,Last Name,Email\nAna,López,ana@example.org\n")
    client = sign_in(role="organizer")
    at = planned(
        app, client, "First Name,Last Name,Email,Phone,Ward\nAna,López,ana@example.org,,\n", tag="Met"
    )
    page = client.get(at).text
    assert "Import 1 row" in page
    client.post(f"{at}/apply")
    run_waiting(app)
    assert everybody(app)["Ana López"].tags == ["Met"]
    client.post(f"/changes/{newest_run(app).change_set_id}/undo")
    assert everybody(app)["Ana López"].tags == []


@pytest.mark.parametrize("cells, at", [("[]", ""), ("", ""), ('["users.csv:4","x","y"]', "users.csv:4")])
def test_a_row_left_out_may_have_no_cells(cells: str, at: str) -> None:
    row: Any = SimpleNamespace(cells=cells, record=None, line=7)
    handler: Any = SimpleNamespace(cards=False)
    assert reasons._where(row, handler) == (at, "x, y" if at else "")
