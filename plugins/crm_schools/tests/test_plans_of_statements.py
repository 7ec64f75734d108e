"""How SQLite goes about what the pages of a district ask, whose tables are long: none is looked through again
for each row of another, which takes minutes in a district of 100,000."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from crm.plugin_api import db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests.made_up import make

pytestmark = on_sqlite

LONG = ("schools_rating", "schools_student", "schools_attendance", "schools_enrolment", "schools_absence")
PAGES = (
    "/schools/district/{district}",
    "/schools/school/{school}",
    "/schools/weekdays?district_id={district}",
    "/schools/compare?district_id={district}",
    "/schools/kindergarten?district_id={district}",
    "/schools/reports/risks?school_id={school}",
    "/schools/reports/schools?district_id={district}",
    "/schools/students?district_id={district}&band=chronic",
    "/schools/students?school_id={school}&band=chronic",
    "/schools/students?district_id={district}&no_action=1&after={student}",
    "/schools/students?school_id={school}&band=severe&after={student}",
    "/schools/students?district_id={district}&report=1",
    "/schools/students.csv?district_id={district}&band=chronic",
    "/schools/students?school_id={school}&early=1",
    "/schools/mine",
    "/schools/checkpoints",
    "/schools/meetings?school_id={school}",
    "/schools/student/{student}",
    "/schools/student/{student}/why",
)


@contextmanager
def asked(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs that are sent meanwhile, each with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            found.append((statement, values))

    engine = app.extensions["crm"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def looks_again(steps: list[tuple[int, int, str]]) -> list[str]:
    """The steps of a plan that scan a long table behind another step of the same loop."""
    found, begun = [], set[int]()
    for _number, parent, step in steps:
        words = step.split()
        if words[0] not in {"SCAN", "SEARCH"}:
            continue
        if words[0] == "SCAN" and parent in begun and words[1].rstrip("_0123456789") in LONG:
            found.append(step)
        begun.add(parent)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_no_page_looks_through_a_long_table_for_each_row(app: Flask, sign_in: SignIn, page: str) -> None:
    made = make(app)
    address = page.format(district=made.district_id, school=made.schools[0], student=made.students[0])
    administrator = sign_in(role="administrator")
    with asked(app) as statements:
        assert administrator.get(address).status_code == 200
    assert any(name in text for text, _values in statements for name in LONG)
    with app.app_context():
        connection = db.session().connection()
        for text, values in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            assert not looks_again([(row[0], row[1], row[3]) for row in plan]), text
