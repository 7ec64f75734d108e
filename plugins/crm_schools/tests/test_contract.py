"""What every plugin owes; see docs/plugins.md."""

from collections.abc import Callable
from datetime import date

import pytest

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm_schools.models import District, Guardian, School, Student


@pytest.fixture
def plugin_name() -> str:
    return "schools"


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    """A district and a school that are this contact, and a student for whom it cares."""

    def write(contact: Contact) -> None:
        district = District(contact_id=contact.id, name="Example", local_id=f"D{contact.id}", state="CT")
        db.session().add(district)
        db.session().flush()
        school = School(
            district_id=district.id,
            contact_id=contact.id,
            name="East",
            local_id="E1",
            nces_id="7",
            grades="K",
        )
        student = Student(district_id=district.id, local_id="1", birth_date=date(2016, 1, 1))
        db.session().add_all([school, student])
        db.session().flush()
        db.session().add(
            Guardian(student_id=student.id, contact_id=contact.id, relation="Aunt", note="Evenings")
        )

    return write
