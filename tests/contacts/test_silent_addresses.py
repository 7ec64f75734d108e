"""What somebody asked of one address holds for that address, however it is typed again."""

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import emailing, reach
from crm.contacts.models import Email
from crm.plugin_api import contacts

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
