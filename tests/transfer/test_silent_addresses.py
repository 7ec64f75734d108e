"""That nothing may be mailed to an address goes with it into a file and out of one."""

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access import system
from crm.contacts import emailing
from crm.contacts.models import Email
from tests.transfer.conftest import ACTOR, Importing
from tests.transfer.test_exporting import forget_everybody, written

HEADER = "First Name,Last Name,Email,Email 2,Email no mail"
PEOPLE = f"{HEADER}\nAna,Ruiz,ana@x.example,ana@y.example,\nBen,Cole,ben@x.example,,\n"


def silent(app: Flask) -> dict[str, str | None]:
    """Why each address wants no mail, for those that do."""
    with app.app_context(), system("a test"):
        rows = db.session().execute(select(Email.address, Email.no_mail_since, Email.no_mail_why))
        found = {address: why for address, since, why in rows if since is not None}
        assert all(found.values())
        return found


def end(app: Flask, address: str, why: str) -> None:
    with app.app_context(), db.transaction(ACTOR, "test"):
        emailing.end_mail_at([address], why)


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_it_goes_out_beside_the_address_and_comes_back(app: Flask, importing: Importing, form: str) -> None:
    importing(PEOPLE)
    end(app, "ana@y.example", emailing.ASKED)
    end(app, "ben@x.example", emailing.BOUNCED)
    made = written(app, form)
    file = importing.file(made, f"list.{form}")
    if form == "vcf":
        # Whoever takes the card into a telephone reads it, too.
        assert "No mail to this address: ana@y.example" in made.decode().replace("\r\n ", "")
    assert importing.plan(file).counts == {"create": 0, "update": 0, "unchanged": 2, "rejected": 0}
    with app.app_context():
        forget_everybody()
    importing(file)
    assert silent(app) == {"ana@y.example": "asked", "ben@x.example": "bounced"}
    assert importing.plan(file).counts["unchanged"] == 2


def test_a_file_of_the_columns_of_the_list_says_it_too(app: Flask, importing: Importing) -> None:
    importing(PEOPLE)
    end(app, "ben@x.example", emailing.ASKED)
    shown = written(app, "csv", "shown", "columns=name,email").decode("utf-8-sig")
    rows = {row["Name"]: row for row in csv.DictReader(io.StringIO(shown))}
    assert rows["Ben Cole"]["Email: no mail"] == "No mail to this address"
    assert rows["Ana Ruiz"]["Email: no mail"] == ""
    with app.app_context():
        forget_everybody()
    importing(shown)
    assert silent(app) == {"ben@x.example": "asked"}


@pytest.mark.parametrize("mode", ["replace", "fill"])
def test_a_file_ends_mail_and_never_begins_it(app: Flask, importing: Importing, mode: str) -> None:
    importing(PEOPLE)
    end(app, "ana@x.example", emailing.BOUNCED)
    for cell, expected in (
        ("", "bounced"),
        ("no", "bounced"),
        ("yes", "asked"),
        ("bounced", "asked"),
        ("", "asked"),
    ):
        run = importing(f"{HEADER}\nAna,Ruiz,ana@x.example,,{cell}\n", mode=mode)
        changed = int(cell == "yes")
        assert (run.counts["update"], run.counts["unchanged"]) == (changed, 1 - changed), cell
        assert silent(app) == {"ana@x.example": expected}, cell


def test_the_mark_belongs_to_the_only_address_whatever_it_is_called(app: Flask, importing: Importing) -> None:
    importing("Name,Work Email,Email no mail\nAna Ruiz,ana@x.example,asked\n")
    assert silent(app) == {"ana@x.example": "asked"}


def test_rows_about_one_person_say_it_of_an_address_that_is_new(app: Flask, importing: Importing) -> None:
    rows = [
        "Ana,Ruiz,ana@x.example,ana@y.example,",
        "Ana,Ruiz,ana@x.example,,x",
        "Eva,Kim,eva@x.example,,asked",
    ]
    importing("\n".join([HEADER, *rows, ""]))
    assert silent(app) == {"ana@x.example": "asked", "eva@x.example": "asked"}
    run = importing(f"{HEADER}\nEva,Kim,eva@x.example,,what\n")
    assert run.counts["update"] == 1, "kept to be looked at"
    assert silent(app)["eva@x.example"] == "asked"
