"""What every plugin owes; see docs/plugins.md."""

from collections.abc import Callable

import pytest

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm_referrals.models import Consent, Need
from crm_referrals.services import entries
from crm_schools.public import District, Student

DIRECTORY = frozenset(
    f"referrals_{name}"
    for name in ("agency", "service", "service_term", "location", "placing", "capacity", "proposal", "unmet")
)


@pytest.fixture
def plugin_name() -> str:
    return "referrals"


@pytest.fixture
def everybodys_tables() -> frozenset[str]:
    """The directory is public, and unmet needs name nobody."""
    return DIRECTORY


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    def write(contact: Contact) -> None:
        entries.save_agency(None, {"name": f"Agency {contact.id}", "contact_id": contact.id})
        district = District(name="D", state="TN", local_id=str(contact.id))
        db.session().add(district)
        db.session().flush()
        student = Student(district_id=district.id, local_id="1")
        db.session().add(student)
        db.session().flush()
        need = Need(student_id=student.id, category="food")
        db.session().add(need)
        db.session().flush()
        db.session().add(
            Consent(
                student_id=student.id, need_id=need.id, contact_id=contact.id, method="paper",
                status="signed", expires_on=db.now().date(), parties=[], disclosed=[],
            )
        )  # fmt: skip

    return write
