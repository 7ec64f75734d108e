"""What every plugin owes; see docs/plugins.md of Rollcall."""

from collections.abc import Callable
from datetime import date

import pytest

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm_media.models import (
    Booking,
    Carries,
    Clip,
    ClipPerson,
    Message,
    Opinion,
    Outlet,
    Recipient,
    Release,
    Reporter,
    Spokesperson,
)


@pytest.fixture
def plugin_name() -> str:
    return "media"


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    def write(contact: Contact) -> None:
        db.session().add(Outlet(contact_id=contact.id, areas="Harbor County", owner="Its readers"))
        db.session().add(Reporter(contact_id=contact.id, beats="education", hours="before ten"))
        speaker = Spokesperson(contact_id=contact.id, topics="kindergarten", training="Radio")
        message = Message(name=f"It starts early {contact.id}")
        db.session().add_all([speaker, message])
        db.session().flush()
        db.session().add(Carries(spokesperson_id=speaker.id, message_id=message.id))
        clip = Clip(title="Attend", url_key=f"a{contact.id}")
        db.session().add(clip)
        db.session().flush()
        db.session().add(ClipPerson(clip_id=clip.id, contact_id=contact.id, words="Every day counts"))
        release = Release(name="September")
        db.session().add(release)
        db.session().flush()
        db.session().add(Recipient(release_id=release.id, contact_id=contact.id, note="Likes figures"))
        db.session().add(Opinion(title="Two days a month", contact_id=contact.id, outlet_name="Ledger"))
        booking = {"spokesperson_id": speaker.id, "title": "Morning show", "on_day": date(2026, 9, 1)}
        db.session().add(Booking(**booking, note="Live"))

    return write
