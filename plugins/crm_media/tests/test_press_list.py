"""The press list that people keep as a spreadsheet: imported once, nobody twice, nothing lost."""

from csv import DictReader
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Affiliation, Contact, contacts, db, system
from crm.plugin_api.records import DoNotContact, Email, Phone
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import bring_in
from crm_media.models import Outlet, Reporter
from crm_media.tests.test_outreach import rows

LIST = """Name,Outlet,Type,Office phone,Cell phone,Email,Beat,Internal contact,Notes
Sasha Birch,Valley Courier,Newspaper,202-555-0134,202-555-0135,sasha@courier.example,"education, families",Marisol V.,met in May
,Valley Courier,Newspaper,,,desk@courier.example,,,
"Tindall, Uma",KQZX,Radio,12,,not-a-mail,health,,
Sasha Birch,Valley Courier,Newspaper,,,SASHA@courier.example,,,
Ada Lane,KQZX,Radio,,,ada@kqzx.example,health,,
,,,,,,health,,
"""  # noqa: E501  # A row as it stands in the file.


def test_a_press_list_becomes_reporters_with_outlets_and_sources(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        about = {"kind": "person", "given_name": "Ada", "family_name": "Lane"}
        contacts.create({**about, "emails": [{"address": "ada@kqzx.example"}]}, Actor.system())
        contacts.create({**about, "emails": [{"address": "ada@elsewhere.example"}]}, Actor.system())
    with app.app_context():
        first, again = bring_in("reporters", path, {}), bring_in("reporters", path, {})
        assert (first.counts["create"], first.counts["rejected"]) == (4, 2)
        assert again.counts.get("create", 0) == 0
    name = {row[0]: row[1] for row in rows(app, Contact.id, Contact.name)}
    found = {name[row[0]]: row[1:] for row in rows(app, Reporter.contact_id, Reporter.kind, Reporter.beats)}
    assert found == {
        "Sasha Birch": ("reporter", "education, families"), "Desk of Valley Courier": ("desk", ""),
        "Uma Tindall": ("reporter", "health"), "Ada Lane": ("reporter", "health"),
    }  # fmt: skip
    assert list(name.values()).count("Ada Lane") == 2, "the one of that address became a reporter, no third"
    kinds = {name[row[0]]: row[1] for row in rows(app, Outlet.contact_id, Outlet.kind)}
    assert kinds == {"Valley Courier": "newspaper", "KQZX": "radio"}
    notes = " ".join(row[0] for row in rows(app, Reporter.note))
    for kept in ("Internal contact: Marisol V.", "met in May", "Office phone: 12", "Email: not-a-mail"):
        assert kept in notes, kept
    with app.app_context(), system("the test reads"):
        sources = set(db.session().scalars(select(Email.source).where(Email.address.like("%courier%"))))
        numbers = set(db.session().scalars(select(Phone.number)))
    assert sources == {"list.csv"}
    assert numbers == {"+12025550134", "+12025550135"}


def test_a_list_of_reporters_read_as_outlets_takes_the_outlets(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    with app.app_context():
        bring_in("outlets", path, {})
    assert {row[0] for row in rows(app, Contact.name)} == {"Valley Courier", "KQZX"}


def test_the_lists_lead_to_the_import_of_their_kind(sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for address, kind in (("/media/", "outlets"), ("/media/reporters", "reporters")):
        assert f"/imports/new?kind={kind}" in staff.get(address).text
        assert f'value="{kind}" selected' in staff.get(f"/imports/new?kind={kind}").text
    assert "/imports/new" not in sign_in(role="viewer").get("/media/reporters").text


AGAIN = """Name,Outlet,Email,Cell,Beat,Title,Do not email,Do not chase,Best reached by,Verified on
Sasha Birch,River Herald,sasha@courier.example,202-555-0177,"Families, schools",Bureau chief,,1,call,11/2/2026
Uma Tindall,KQZX,uma@kqzx.example,,,,asked in June,,,
Ada Lane,KQZX,ada@kqzx.example,,,,no,,,
"""


def test_a_list_that_comes_again_brings_what_is_new_in_it_and_who_wants_no_mail(
    app: Flask, tmp_path: Path
) -> None:
    first, second = tmp_path / "list.csv", tmp_path / "again.csv"
    first.write_text(LIST)
    second.write_text(AGAIN)
    with app.app_context():
        bring_in("reporters", first, {})
    assert set(rows(app, Reporter.verified_on)) == {(None,)}  # Nobody has looked whether it is still so.
    with app.app_context():
        done, again = bring_in("reporters", second, {}), bring_in("reporters", second, {})
    assert (done.counts["update"], done.counts["unchanged"], done.counts.get("create", 0)) == (2, 1, 0)
    assert (again.counts.get("update", 0), again.counts["unchanged"]) == (0, 3)
    name = {row[0]: row[1] for row in rows(app, Contact.id, Contact.name)}
    sasha = next(
        row for row in rows(app, Reporter.contact_id, Reporter.channel, Reporter.do_not_chase,
                            Reporter.verified_on) if name[row[0]] == "Sasha Birch"
    )  # fmt: skip
    assert sasha[1:] == ("phone", True, date(2026, 11, 2))
    post = Affiliation
    posts = rows(app, post.id, post.person_id, post.organization_id, post.end_date, post.role)
    mine = [(name[each[2]], each[3] is None, each[4]) for each in posts if each[1] == sasha[0]]
    assert mine == [("Valley Courier", False, ""), ("River Herald", True, "Bureau chief")]
    assert ("+12025550177", "again.csv") in rows(app, Phone.number, Phone.source)
    asked = [(name[each[0]], *each[1:]) for each in rows(
        app, DoNotContact.contact_id, DoNotContact.channel, DoNotContact.reason, DoNotContact.source
    )]  # fmt: skip
    assert asked == [("Uma Tindall", "email", "asked in June", "again.csv")]
    assert ("uma@kqzx.example",) in rows(app, Email.address)


def test_a_press_list_shows_how_to_reach_somebody_and_comes_in_again(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    first = tmp_path / "list.csv"
    first.write_text(LIST + "Inés Ñusta,Radio Puente,Radio,,202-555-0136,ines@puente.example,,,\n")
    with app.app_context():
        bring_in("reporters", first, {})
    staff = sign_in(role="media")
    who = {row[1]: row[0] for row in rows(app, Contact.id, Contact.name)}
    staff.post(f"/media/contact/{who['Radio Puente']}/edit", data={"kind": "radio", "languages": "Spanish"})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        db.session().add(DoNotContact(contact_id=who["Uma Tindall"], channel="email", since=date(2026, 6, 1)))
    page = staff.get("/media/reporters").text
    assert "sasha@courier.example" in page
    for found in ("q=puente", "q=ines", "q=PUENTE.example", "f=languages:contains:span",
                  "f=email:starts:ines", "f=phone:contains:5550136"):  # fmt: skip
        listed = staff.get(f"/media/reporters?{found}").text
        assert ("Inés Ñusta" in listed, "Sasha Birch" in listed) == (True, False), found
    refusing = staff.get("/media/reporters?f=do_not_email:is:yes").text
    assert ("Uma Tindall" in refusing, "Inés Ñusta" in refusing) == (True, False)
    written = staff.post("/exports/media_reporter", data={"format": "csv"})
    lines = {row["Name"]: row for row in DictReader(written.text.lstrip("\ufeff").splitlines())}
    ines = lines["Inés Ñusta"]
    assert (ines["Email"], ines["Outlet"], ines["Languages"]) == (
        "ines@puente.example",
        "Radio Puente",
        "Spanish",
    )
    assert (lines["Uma Tindall"]["Do not email"], ines["Do not email"]) == ("Yes", "")
    second = tmp_path / "again.csv"
    second.write_text(written.text)
    with app.app_context():
        done = bring_in("reporters", second, {})
    assert (done.counts.get("create", 0), done.counts.get("rejected", 0)) == (0, 0)
    assert len(rows(app, DoNotContact.id)) == 1


def test_a_list_of_outlets_completes_those_that_are_here(app: Flask, tmp_path: Path) -> None:
    """They often came with a list of reporters, which knows their name and kind alone."""
    path, fuller = tmp_path / "list.csv", tmp_path / "outlets.csv"
    path.write_text(LIST)
    fuller.write_text(
        'Outlet,Type,Languages,Circulation,Source,Owner\nKQZX,Radio,English,"45,000",,\n'
        'Valley Courier,Weekly of sorts,"English, Spanish",12000,AAM 2026,Lee\n'
    )
    with app.app_context():
        bring_in("reporters", path, {})
        done, again = bring_in("outlets", fuller, {}), bring_in("outlets", fuller, {})
    assert (done.counts["update"], done.counts.get("create", 0)) == (2, 0)
    assert (again.counts.get("update", 0), again.counts["unchanged"]) == (0, 2)
    known = (Outlet.kind, Outlet.languages, Outlet.circulation, Outlet.circulation_source, Outlet.owner)
    assert set(rows(app, *known)) == {
        ("radio", "English", None, "", ""),
        ("newspaper", "English, Spanish", 12000, "AAM 2026", "Lee"),
    }
