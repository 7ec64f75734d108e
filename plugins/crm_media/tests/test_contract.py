"""What every plugin owes; see docs/plugins.md of Rollcall."""

from collections.abc import Callable

import pytest

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm_media.models import Outlet, Reporter


@pytest.fixture
def plugin_name() -> str:
    return "media"


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    def write(contact: Contact) -> None:
        db.session().add(Outlet(contact_id=contact.id, areas="Harbor County", owner="Its readers"))
        db.session().add(Reporter(contact_id=contact.id, beats="education", hours="before ten"))

    return write
