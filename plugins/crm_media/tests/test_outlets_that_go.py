"""An outlet that was written about, or that has something alone, is merged and removed without a fault."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.contacts import erasing
from crm.contacts.duplicates import uniting
from crm.plugin_api import Actor, Contact, db, now, system
from crm.plugin_api.records import DoNotContact
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Opinion, Outlet, Recipient, Release
from crm_media.services import press, refusals
from tests.access.walking import everything


def made(app: Flask, **release: Any) -> tuple[int, int]:
    """Two outlets' contacts; the first has a clip and, if asked for, an exclusive."""
    with app.app_context(), db.transaction(Actor.system(), "test.outlets"), system("the test writes"):
        found = []
        for name in ("Ledger", "Ledger Daily"):
            about: dict[str, Any] = {"name": name, "kind": "newspaper", "areas": "", "languages": []}
            found.append(press.new_outlet(about, Actor.system()))
        db.session().flush()
        db.session().add(Clip(title="Two days", outlet_id=found[0].id))
        if release:
            db.session().add(Release(name="September", exclusive_outlet_id=found[0].id, **release))
        return found[0].contact_id, found[1].contact_id


def rows(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context(), system("the test looks"):
        return [tuple(row) for row in db.session().execute(select(*columns).order_by(columns[0]))]


def remove(app: Flask, contact_id: int) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test.remove"), system("the test writes"):
        press.remove(contact_id)


def test_coverage_stays_when_its_outlet_goes(app: Flask) -> None:
    first, _second = made(app)
    remove(app, first)
    assert rows(app, Clip.id, Clip.outlet_id) == [(1, None)]


def test_an_outlet_that_has_something_alone_does_not_go_unseen(app: Flask, sign_in: SignIn) -> None:
    first, _second = made(app, exclusive_until=now() + timedelta(days=2))
    staff = sign_in(role="organizer")
    answer = staff.post(f"/contacts/{first}/delete")
    assert answer.status_code < 500
    assert len(rows(app, Outlet.id)) == 2
    assert rows(app, Release.id, Release.exclusive_outlet_id) == [(1, 1)]


def test_who_refuses_mail_after_a_merge_is_heard(app: Flask) -> None:
    first, second = made(app)
    with app.app_context(), db.transaction(Actor.system(), "test.merge"), system("the test writes"):
        uniting.merge(second, [second, first], {}, Actor.system())
    with app.app_context(), db.transaction(Actor.system(), "test.refuse"):
        assert refusals.refuse_mail(first, "ada@press.example")
    assert rows(app, DoNotContact.id, DoNotContact.contact_id) == [(1, second)]
    assert rows(app, Clip.id, Clip.outlet_id) == [(1, 2)]


def test_who_is_forgotten_is_in_no_history_of_the_press(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test.reporter"), system("the test writes"):
        about = {
            "given_name": "Quirina",
            "family_name": "Vell",
            "email": "quirina@press.example",
            "phone": "",
        }
        about |= {"outlet": "Ledger", "role": "", "beats": "", "areas": "", "kind": "reporter"}
        person = press.new_reporter({**about, "do_not_chase": False}, Actor.system()).contact_id
        release = Release(name="September")
        db.session().add(release)
        db.session().flush()
        db.session().add(
            Recipient(release_id=release.id, contact_id=person, note="Quirina Vell wants charts")
        )
        db.session().add(Opinion(title="By Quirina Vell", contact_id=person, body="I am Quirina Vell"))
    with app.app_context(), db.transaction(Actor.system(), "contacts.erase"):
        with system("the test erases"):
            contact = db.session().get_one(Contact, person)
        erasing.erase(contact)
    left = str(everything(app)).lower()
    assert "quirina vell" not in left
    assert "quirina@press" not in left
