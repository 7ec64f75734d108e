"""The page of a contact: all that hangs on it in few statements, nothing of it as markup."""

import re

from flask import Flask
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.contacts.models import Contact, Email, Link, Person
from crm.contacts.services import load_parts, set_do_not_contact
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add
from tests.fields.conftest import Counting, statements

__all__ = ["statements"]


def test_all_that_hangs_on_a_contact_comes_at_once(app: Flask, add: Add, statements: Counting) -> None:
    emails, phones = [{"address": "amina@example.org"}], [{"number": "(202) 555-0143"}]
    add("Amina", emails=emails, phones=phones, tags=["Board", "Assembly"])
    add("Wei", emails=[{"address": "wei@example.org"}])
    with app.app_context():
        with system("the test looks"), db.transaction(Actor.system(), "test.add"):
            amina = db.session().scalars(select(Person).where(Person.given_name == "Amina")).one()
            load_parts(amina)
            first = amina.emails[0]
            first.is_primary = False
            db.session().flush()
            second = {"address": "a@example.net", "address_key": "a@example.net"}
            db.session().add(Email(contact_id=amina.id, label="home", is_primary=True, source="", **second))
            db.session().add(Link(contact_id=amina.id, label="", url="https://example.org", source=""))
            set_do_not_contact(amina, {"email": "asked"})
        db.session().expunge_all()
        with system("the test looks"):
            found = db.session().get_one(Contact, amina.id)
            with statements() as asked:
                load_parts(found)
            assert len(asked) == 1
    assert [each.address for each in found.emails] == ["a@example.net", "amina@example.org"]
    assert [each.number for each in found.phones] == ["+12025550143"]
    assert [each.url for each in found.links] == ["https://example.org"]
    assert [each.channel for each in found.do_not_contact] == ["email"]
    assert sorted(each.tag.name for each in found.tags) == ["Assembly", "Board"]
    assert found.addresses == []


@on_sqlite
def test_the_page_asks_little_and_shows_text_as_text(
    organizer_client: PageClient, sign_in: SignIn, add: Add, statements: Counting
) -> None:
    number = add("<b>Amina</b>", job_title='"nurse" & <i>', note="well")
    address = f"/contacts/{number}"
    organizer_client.get(address)
    with statements() as asked:
        page = organizer_client.get(address).text
    assert len(asked) <= 7
    assert "<b>" not in page
    assert "&#34;nurse&#34; &amp; &lt;i&gt;" in page
    assert 'class="rc-editable"' in page
    seen = sign_in(role="viewer").get(address).text
    assert 'class="rc-editable"' not in seen
    assert re.search(r"<dt>Job title</dt>\s*<dd><span class=\"rc-note\">&#34;nurse", seen)


@on_sqlite
def test_what_the_reader_chose_counts_from_the_next_page_on(
    app: Flask, organizer_client: PageClient, add: Add
) -> None:
    address = f"/contacts/{add('Amina')}"
    assert "Job title" in organizer_client.get(address).text
    with app.app_context(), db.transaction(Actor.system(), "test.change"):
        db.session().execute(update(User).values(language="es", theme="dark"))
    page = organizer_client.get(address).text
    assert 'data-bs-theme="dark"' in page
    assert '<html lang="es"' in page
    assert "Job title" not in page
