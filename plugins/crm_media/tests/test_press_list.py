"""The press list that people keep as a spreadsheet: imported once, nobody twice, nothing lost."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Contact, contacts, db, system
from crm.plugin_api.records import Email, Phone
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
