"""What somebody asked of one address holds for that address, however it is typed again."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import emailing, reach
from crm.contacts.models import Contact, Email
from crm.contacts.records_of import records_of
from crm.fields.listing import Listing, ListState
from crm.plugin_api import contacts
from crm.runtime import runtime

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_SQLITE
def test_a_refused_address_stays_so_when_it_is_swapped_or_typed_anew(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        addresses = [{"address": "a@x.example"}, {"address": "b@x.example"}]
        ada = contacts.create(
            {"kind": "person", "given_name": "Ada", "family_name": "Lane", "emails": addresses},
            Actor.system(),
        )
        emailing.end_mail_at(["a@x.example"], emailing.ASKED)
        one, two = (str(row.id) for row in reach.present(ada, Email))

        def silent() -> set[str]:
            return {row.address for row in reach.present(ada, Email) if row.no_mail}

        swapped = [
            {"id": one, "address": "b@x.example", "no_mail": True},
            {"id": two, "address": "a@x.example", "no_mail": False},
        ]
        reach.set_emails(ada, swapped)
        assert silent() == {"a@x.example"}
        reach.set_emails(ada, [{"address": "a@x.example", "no_mail": False}])
        assert silent() == {"a@x.example"}, "typed anew it is the same address"
        (row,) = reach.present(ada, Email)
        reach.set_emails(ada, [{"id": str(row.id), "address": "a@x.example", "no_mail": False}])
        assert silent() == set(), "somebody took the tick away"


def test_who_refused_the_address_that_leads_is_written_to_nowhere(app: Flask) -> None:
    """Whether or not any of the addresses is marked as the main one."""
    with app.app_context(), db.transaction(Actor.system(), "test") as change, system("test"):
        ada = contacts.create({"kind": "person", "given_name": "Ada", "family_name": "Lane"}, Actor.system())
        first, second = (
            Email(contact_id=ada.id, address=address, address_key=address)
            for address in ("a@x.example", "b@x.example")
        )
        change.session.add_all([first, second])
        change.session.flush()

        def written_to() -> tuple[str, ...]:
            change.session.flush()
            return emailing.addresses_of([ada.id], Actor.system()).plain

        assert written_to() == ("a@x.example",)
        emailing.end_mail([first], emailing.BOUNCED)
        assert written_to() == ("b@x.example",)
        emailing.end_mail([first], emailing.ASKED)
        assert written_to() == ()
        second.is_primary = True
        assert written_to() == ("b@x.example",)
        emailing.end_mail([second], emailing.ASKED)
        assert written_to() == ()


def test_a_file_says_what_whoever_shares_the_address_asked_for(app: Flask) -> None:
    """A second record of somebody, or somebody in the same house, is written to no more than the first."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        emails = [{"address": "Both@x.example", "label": "home", "is_primary": True}]
        one, other = (
            contacts.create({"kind": "person", "given_name": name, "emails": emails}, Actor.system()).id
            for name in ("Ada", "Ben")
        )
        emailing.end_mail_at(["both@x.example"], emailing.ASKED, [one])
        db.session().flush()
        said = {each: records_of([each], Actor.system())[each].no_mail for each in (one, other)}
        assert list(said.values()) == [{"both@x.example": emailing.ASKED}] * 2
        fields = {each.name: each for each in runtime().fields.fields("contacts", Actor.system())}
        listing = Listing(ListState("contacts"), Actor.system())
        rows = listing.rows([fields["email"], fields["email_no_mail"]], [one, other])
        assert [row["email_no_mail"] for row in rows] == [emailing.ASKED] * 2
        fits = fields["email_no_mail"].filter
        assert fits is not None
        statement = select(Contact.id).where(fits("is", [emailing.ASKED]))
        assert set(db.session().scalars(statement)) == {one, other}
