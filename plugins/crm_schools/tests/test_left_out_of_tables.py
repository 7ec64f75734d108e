"""Tables of who is enrolled today, without whoever left: the plan says how many stay enrolled."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment
from crm_schools.tests import test_nightly
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.nights import FIRST, Nights
from crm_schools.tests.support import scalars
from crm_schools.tests.test_partial_files import upload_bytes

HEAD = "Student_Number,Last_Name,First_Name,Grade_Level,SchoolID,EntryDate,ExitDate\n"
SAID = "in a school of this table whom it does not name there: {}."
nights = test_nightly.nights
Bring = Callable[..., list[str]]


@pytest.fixture
def made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """Students 00000, 00002 … are in school 1, the others in school 2, by a roster."""
    monkeypatch.setattr("crm_schools.importing.roster.table.day_here", lambda: date(2025, 10, 1))
    return make(app, students=8)


def row(number: int, school: int | None = None, last: str = "") -> str:
    at = school or number % 2 + 1
    return f"{number:05},Family{number},Given{number},1,{at},9/2/2025,{last}"


@pytest.fixture
def bring(app: Flask, made: MadeUp, tmp_path: Path) -> Bring:
    """What is said of a table of these rows."""

    def done(*rows: str) -> list[str]:
        path = tmp_path / "students.csv"
        path.write_text(HEAD + "".join(f"{each}\n" for each in rows))
        with app.app_context():
            outcome: Outcome = bring_in("roster", path, {})
        return [str(said) for said in outcome.notices if "whom it does not name" in str(said)]

    return done


def test_who_is_not_in_the_table_of_today_stays_enrolled_and_is_counted(app: Flask, bring: Bring) -> None:
    (said,) = bring(*map(row, (0, 1, 2, 4, 5, 7)))
    assert SAID.format(2) in said
    with app.app_context(), system("test"):
        assert [each.ends_on for each in scalars(select(Enrolment))] == [None] * 8


@pytest.mark.parametrize(
    "rows",
    [
        tuple(map(row, range(8))),
        (row(0), "00008,New,Student,1,1,9/2/2025,"),
        (row(0, 2), *map(row, range(1, 8))),
        (*map(row, range(7)), row(7, last="9/30/2025")),
        (*map(row, range(2, 8)), row(1), row(0).removeprefix("0000")),
    ],
    ids=["all", "a part of a school", "one who moved", "one with the last day", "zeros lost"],
)
def test_nothing_is_said_where_nobody_is_left_out(bring: Bring, rows: tuple[str, ...]) -> None:
    assert bring(*rows) == []


def test_whoever_left_before_or_was_added_by_hand_is_not_counted(
    app: Flask, made: MadeUp, bring: Bring
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stays = {each.student_id: each for each in scalars(select(Enrolment))}
        stays[made.students[0]].ends_on = date(2025, 9, 20)
        stays[made.students[2]].source = "hand"
    assert bring(*map(row, (1, 3, 4, 5, 6, 7))) == []


def test_a_table_of_an_earlier_year_says_nothing_of_who_is_enrolled_now(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_schools.importing.roster.table.day_here", lambda: date(2026, 7, 1))
    assert bring(*map(row, (0, 1, 2, 4, 5, 7))) == []


def test_whoever_may_not_see_students_gets_no_such_number(app: Flask, made: MadeUp, sign_in: SignIn) -> None:
    text = (HEAD + "".join(f"{row(each)}\n" for each in (0, 1, 2, 4, 5, 7))).encode()
    told = {
        role: (staff := sign_in(role=role)).get(upload_bytes(app, staff, text, "today.csv")).text
        for role in ("administrator", "organizer")
    }
    assert SAID.format(2) in told["administrator"]
    assert "whom it does not name" not in told["organizer"]


def test_who_is_not_named_at_a_second_school_any_more_stays_there_and_is_counted(nights: Nights) -> None:
    """As at a career center. Whom a table names at a school where they were not has moved, so nobody counts
    them."""
    head = "Student_Number,Last_Name,First_Name,SchoolID,EntryDate"
    own = [f"010{each},Family{each},Given{each},1,{FIRST}" for each in range(4)]
    second = [f"010{each},Family{each},Given{each},2,{FIRST}" for each in range(3)]

    def said(*rows: str) -> list[str]:
        notices = map(str, nights.table(head, rows).notices)
        return [each for each in notices if "whom it does not name there" in each]

    assert said(*own, *second) == []
    both = [("Dune", FIRST, None), ("Pier", FIRST, None)]
    for _night in range(2):
        (notice,) = said(*own, *second[1:])
        assert SAID.format(1) in notice
        assert sorted(nights.stays("0100")) == both
    moved = own[3].replace(f",1,{FIRST}", ",2,2026-11-16")
    assert said(*own[:3], moved, *second) == []
