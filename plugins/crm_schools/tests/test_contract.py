"""What every plugin owes; see docs/plugins.md."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm.plugin_host import migrations
from crm_schools.models import District, Guardian, Rating, School, Student


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


def test_a_student_who_counted_twice_counts_once(fresh: Any, plugin_name: str) -> None:
    """Two wrote the ratings of one student at once, the one before a change of school and the other after."""
    config, engine = fresh
    migrations.upgrade(config, engine)
    branch = next(each for each in migrations.branches(config) if each.name == plugin_name)
    table = db.table(Rating)
    whole: dict[str, Any] = {column.name: 0 for column in table.c if column.name != "id"}
    texts = ("grade", "band", "tier_reason", "truancy_reason", "basis", "weekdays_absent")
    whole |= dict.fromkeys((*texts, "months_enrolled", "months_absent", "months_band"), "")
    whole |= {"through_on": None, "is_chronic": False, "is_truant": False, "school_year": 2026}

    def row(student: int, school: int, part: str, day: int, absent: int = 0) -> dict[str, Any]:
        about = {"student_id": student, "school_id": school, "part": part, "absent": absent}
        return {**whole, **about, "made_at": datetime(2026, 1, day, tzinfo=UTC)}

    rows = [
        row(1, 1, "only", 3, 5),
        row(1, 1, "school", 4, 6), row(1, 2, "school", 4), row(1, 2, "district", 4, 6),
        row(2, 1, "only", 3, 1), row(2, 1, "only", 3, 2), row(3, 1, "only", 2),
    ]  # fmt: skip
    with migrations.writing(engine) as connection:
        command.downgrade(migrations._settings(branch, connection), "schools_0006")
        connection.execute(table.insert(), rows)
    migrations.upgrade(config, engine)
    with engine.connect() as connection:
        columns = (table.c.student_id, table.c.school_id, table.c.part, table.c.absent)
        found = {tuple(each) for each in connection.execute(select(*columns))}
        assert found == {
            (1, 1, "school", 6), (1, 2, "school", 0), (1, 2, "district", 6),
            (2, 1, "only", 2), (3, 1, "only", 0),
        }  # fmt: skip
        if engine.dialect.name == "sqlite":
            made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'schools_rating'")
            assert "AUTOINCREMENT" in str(made.scalar())
    for part in ("only", "district"):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(table.insert(), [row(3, 1, part, 5)])
