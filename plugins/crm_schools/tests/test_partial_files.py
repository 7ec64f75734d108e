"""An Ed-Fi file that names a new stay of a student and not the earlier ones: nothing goes unawares."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.cli import run
from crm.jobs.inline import run_waiting
from crm.plugin_api import UserError, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm.runtime import runtime
from crm_schools.models import Enrolment, Student
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite
AUTUMN, SPRING = ("1", "2025-09-01", "2025-12-01"), ("2", "2025-12-01", "")
ASKED = "Stays that are removed and have none in their place: 2, of 2 students"
Bring = Callable[..., Outcome]


def ed_fi(*stays: tuple[str, str, str]) -> str:
    """Ben and Cleo, each with the stays given."""
    found: list[dict[str, Any]] = []
    for key in ("s1", "s2"):
        found.append({"studentUniqueId": key, "firstName": key, "lastSurname": "Oak"})
        for school, begins, ends in stays:
            of = {"studentReference": {"studentUniqueId": key}, "schoolReference": {"schoolId": school}}
            days = {"entryDate": begins, **({"exitWithdrawDate": ends} if ends else {})}
            found.append({**of, "schoolYear": 2026, **days})
    return json.dumps(found)


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=2)


@pytest.fixture
def bring(app: Flask, made: MadeUp, tmp_path: Path) -> Bring:
    def done(*stays: tuple[str, str, str], confirmed: bool = False) -> Outcome:
        path = tmp_path / "roster.json"
        path.write_text(ed_fi(*stays))
        with app.app_context():
            return bring_in("roster", path, {}, confirmed=confirmed)

    return done


def begun(app: Flask) -> list[tuple[str, str]]:
    """Each stay of the two as the student and its first day."""
    with app.app_context(), system("test"):
        named = select(Student.local_id).where(Student.id == Enrolment.student_id).scalar_subquery()
        rows = scalars(select(Enrolment).where(named.in_(("s1", "s2"))).order_by(Enrolment.id))
        names = {row.id: row.local_id for row in scalars(select(Student))}
        return sorted((names[row.student_id], row.begins_on.isoformat()) for row in rows)


def test_stays_that_a_file_leaves_out_go_only_when_somebody_says_so(app: Flask, bring: Bring) -> None:
    bring(AUTUMN, SPRING)
    both = begun(app)
    assert len(both) == 4
    with pytest.raises(UserError, match="2, of 2 students"):
        bring(SPRING)
    assert begun(app) == both
    outcome = bring(SPRING, confirmed=True)
    assert [text for _line, text in outcome.noticed if "the file does not name, and that go" in text]
    assert ASKED in "".join(outcome.notices)
    assert begun(app) == [("s1", "2025-12-01"), ("s2", "2025-12-01")]


@pytest.mark.parametrize(
    "stays, said",
    [
        ((AUTUMN, SPRING), False),
        ((AUTUMN, SPRING, ("1", "2026-03-01", "")), False),
        ((("1", "2025-09-08", "2025-11-01"), ("2", "2025-11-01", "")), False),
        ((("2", "2025-09-01", ""),), True),
    ],
)
def test_a_file_that_says_what_became_of_each_stay_asks_nothing(
    app: Flask, bring: Bring, stays: tuple[tuple[str, str, str], ...], said: bool
) -> None:
    """The same again, one more, other days, and the other school for all of the time."""
    bring(AUTUMN, SPRING)
    outcome = bring(*stays)
    assert ("others over the same days: 2, of 2 students" in "".join(outcome.notices)) == said
    assert len(begun(app)) == 2 * len(stays)


def upload(app: Flask, staff: FlaskClient, text: str, name: str = "new.json") -> str:
    """Where the plan of a file is."""
    return upload_bytes(app, staff, text.encode(), name)


def upload_bytes(app: Flask, staff: FlaskClient, content: bytes, name: str) -> str:
    data = {"kind": "roster", "file": (BytesIO(content), name)}
    at = staff.post("/imports/new", data=data, content_type="multipart/form-data").headers["Location"]
    run_waiting(app)
    return str(at)


def confirmed(page: str) -> dict[str, str]:
    """The box of a plan, ticked."""
    return {"confirmed": re.findall(r'name="confirmed" value="(\d+)"', page)[0]}


def test_the_page_of_the_plan_warns_and_asks(app: Flask, sign_in: SignIn, bring: Bring) -> None:
    bring(AUTUMN, SPRING)
    staff, both = sign_in(role="administrator"), begun(app)
    at = upload(app, staff, ed_fi(SPRING))
    plan = staff.get(at).text
    assert plan.count(ASKED) == 1
    assert "Confirm this first" in plan
    for box in ({}, {"confirmed": "0"}):
        refused = staff.post(f"{at}/apply", data=box)
        run_waiting(app)
        assert (refused.status_code, begun(app)) == (422, both)
    assert staff.post(f"{at}/apply", data=confirmed(plan)).status_code == 303
    run_waiting(app)
    assert begun(app) == [("s1", "2025-12-01"), ("s2", "2025-12-01")]
    done = staff.get(at).text
    assert "Confirm this first" not in done
    assert ASKED in done


def test_who_may_not_see_students_is_asked_alike_whatever_is_stored(
    app: Flask, sign_in: SignIn, bring: Bring
) -> None:
    """Numbers would say of one student whether there are other stays, and when."""
    bring(SPRING)
    staff = sign_in(role="organizer")
    same = staff.get(upload(app, staff, ed_fi(SPRING))).text
    bring(AUTUMN, SPRING)
    at = upload(app, staff, ed_fi(SPRING))
    plan = staff.get(at).text
    for page in (same, plan):
        assert ("Confirm this first" in page, "Stays that are removed" in page) == (True, False)
    staff.post(f"{at}/apply", data=confirmed(plan))
    run_waiting(app)
    assert begun(app) == [("s1", "2025-12-01"), ("s2", "2025-12-01")]


def test_stays_that_came_after_a_plan_are_not_removed_unasked(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Two files of new stays, both looked through before either is imported."""
    staff = sign_in(role="administrator")
    plans = [upload(app, staff, ed_fi(stays), f"{stays[1]}.json") for stays in (AUTUMN, SPRING)]
    for at in plans:
        assert "Confirm this first" not in staff.get(at).text
        assert staff.post(f"{at}/apply").status_code == 303
        run_waiting(app)
    assert begun(app) == [("s1", AUTUMN[1]), ("s2", AUTUMN[1])]
    assert (
        "stays of this student came that the file would remove" in staff.get(f"{plans[1]}?show=skipped").text
    )


def test_the_command_line_says_it_and_stops(
    app: Flask,
    bring: Bring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    bring(AUTUMN, SPRING)
    both, path = begun(app), tmp_path / "part.json"
    path.write_text(ed_fi(SPRING))
    with app.app_context():
        config = runtime().config
    monkeypatch.setenv("CRM_DATABASE_URL", config.database_url)
    monkeypatch.setenv("CRM_DATA_DIR", str(config.data_dir))

    def command(*more: str) -> tuple[int, str]:
        capfd.readouterr()
        code, said = run(("import", "roster", str(path), *more)), capfd.readouterr()
        return code, said.out + said.err

    assert ASKED in command("--plan")[1]
    code, said = command()
    assert code != 0
    assert "Not imported: confirm it" in said
    assert ASKED in said
    assert begun(app) == both
    code, said = command("--confirm", "--json")
    assert code == 0
    assert ASKED in "".join(json.loads(said)["notices"])
    assert len(begun(app)) == 2
