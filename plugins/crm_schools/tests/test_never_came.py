"""Who was on the list in August and withdrew before the first day is not enrolled all year."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Enrolment, Rating, Student
from crm_schools.tests import test_nightly, test_partial_files
from crm_schools.tests.nights import FIRST, Nights
from crm_schools.tests.support import roster_zip

nights = test_nightly.nights
bring_ed_fi_of, made = test_partial_files.bring, test_partial_files.made
HEAD = "student_id,first name,last name,school,entry date,exit date\n"
OPEN = ("2024-09-03", "")


def stays(app: Flask, number: str) -> list[tuple[str, str]]:
    with app.app_context(), system("a test looks"):
        statement = (
            select(Enrolment.begins_on, Enrolment.ends_on)
            .join(Student, Student.id == Enrolment.student_id)
            .where(Student.local_id == number)
            .order_by(Enrolment.begins_on)
        )
        return [(str(row[0]), str(row[1] or "")) for row in db.session().execute(statement)]


def absent(app: Flask) -> int:
    """Half days that Zoe missed."""
    with app.app_context(), system("a test looks"):
        zoe = select(Student.id).where(Student.local_id == "0901")
        rows = db.session().scalars(select(Rating.absent).where(Rating.student_id.in_(zoe))).all()
        return max(rows, default=0)


@pytest.fixture
def table(app: Flask, tmp_path: Path) -> Callable[..., Outcome]:
    """Imports rows of a table, after the archive that brings the schools and the year."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})

    def done(*rows: str) -> Outcome:
        path = tmp_path / "roster.csv"
        path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def test_a_last_day_before_the_first_ends_the_stay_that_was_expected(
    app: Flask, table: Callable[..., Outcome]
) -> None:
    table("0901,Zoe,Elm,E1,9/3/2024,", "0902,Max,Elm,E1,9/3/2024,")
    assert stays(app, "0901") == [OPEN]
    outcome = table("0901,Zoe,Elm,E1,9/3/2024,8/28/2024", "0902,Max,Elm,E1,9/3/2024,")
    assert (stays(app, "0901"), stays(app, "0902")) == ([], [OPEN])
    assert "The student left on Aug 28, 2024, before the first day, so they never came" in str(
        outcome.noticed
    )
    again = table("0901,Zoe,Elm,E1,9/3/2024,8/28/2024", "0902,Max,Elm,E1,9/3/2024,")
    assert (again.counts["update"], stays(app, "0901")) == (0, [])


@on_sqlite
def test_who_never_came_and_is_not_here_is_not_made(app: Flask, table: Callable[..., Outcome]) -> None:
    assert table("0903,Lee,Elm,E1,9/3/2024,8/28/2024").counts["rejected"] == 1
    with app.app_context(), system("a test looks"):
        assert db.session().scalars(select(Student).where(Student.local_id == "0903")).all() == []


@on_sqlite
def test_a_last_day_long_before_the_first_is_a_mistake(app: Flask, table: Callable[..., Outcome]) -> None:
    table("0901,Zoe,Elm,E1,9/3/2024,")
    assert table("0901,Zoe,Elm,E1,9/3/2024,9/30/2023").counts["rejected"] == 1
    assert stays(app, "0901") == [OPEN]


@on_sqlite
def test_who_came_later_after_all_is_enrolled_from_then_on(app: Flask, table: Callable[..., Outcome]) -> None:
    table("0901,Zoe,Elm,E1,9/3/2024,")
    table("0901,Zoe,Elm,E1,9/3/2024,8/28/2024", "0901,Zoe,Elm,E1,10/7/2024,")
    assert stays(app, "0901") == [("2024-10-07", "")]


@on_sqlite
def test_what_people_wrote_stays(app: Flask, table: Callable[..., Outcome]) -> None:
    table("0901,Zoe,Elm,E1,9/3/2024,")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        zoe = db.session().scalars(select(Student).where(Student.local_id == "0901")).one()
        stay = db.session().scalars(select(Enrolment).where(Enrolment.student_id == zoe.id)).one()
        stay.begins_on, stay.source = date(2024, 9, 5), "hand"
    table("0901,Zoe,Elm,E1,9/3/2024,8/28/2024")
    assert stays(app, "0901") == [("2024-09-05", "")]


@on_sqlite
def test_who_was_marked_absent_until_the_school_knew_stops_nobodys_list(
    app: Flask, tmp_path: Path, table: Callable[..., Outcome]
) -> None:
    table("0901,Zoe,Elm,E1,9/3/2024,")
    days = tmp_path / "days.csv"
    days.write_text("student_id,school_id,date,code\n0901,E1,2024-09-03,A\n0901,E1,2024-09-04,A\n")
    with app.app_context():
        bring_in("attendance", days, {"codes": "A,unexcused\n"})
    assert absent(app) == 4
    table("0901,Zoe,Elm,E1,9/3/2024,8/28/2024", "0902,Max,Elm,E1,9/3/2024,")
    assert (stays(app, "0901"), stays(app, "0902"), absent(app)) == ([], [OPEN], 0)
    table("0901,Zoe,Elm,E1,9/3/2024,", "0902,Max,Elm,E1,9/3/2024,")
    assert (stays(app, "0901"), absent(app)) == ([OPEN], 4)


@on_sqlite
def test_a_day_of_registration_before_the_year(app: Flask, table: Callable[..., Outcome]) -> None:
    table("0901,Zoe,Elm,E1,8/12/2024,")
    table("0901,Zoe,Elm,E1,8/12/2024,8/28/2024")
    assert stays(app, "0901") == []


@on_sqlite
def test_who_never_came_since_they_are_at_another_school(
    app: Flask, tmp_path: Path, table: Callable[..., Outcome]
) -> None:
    """Marked absent at the old school until it knew; the new one has them from the first day on."""
    table("0901,Zoe,Elm,E1,9/3/2024,")
    days = tmp_path / "days.csv"
    days.write_text("student_id,school_id,date,code\n0901,E1,2024-09-03,A\n0901,E1,2024-09-04,A\n")
    with app.app_context():
        bring_in("attendance", days, {"codes": "A,unexcused\n"})
    moved = "0901,Zoe,Elm,E1,9/3/2024,8/28/2024", "0901,Zoe,Elm,W1,9/3/2024,"
    for night in range(2):
        outcome = table(*moved)
        assert (stays(app, "0901"), night == 0 or outcome.counts["update"] == 0) == ([OPEN], True)


@on_sqlite
def test_a_row_of_last_year_beside_the_one_of_this_year(app: Flask, table: Callable[..., Outcome]) -> None:
    """A list of all stays, also of a year that nobody set up: who comes by it is enrolled."""
    outcome = table("0904,Ivy,Elm,E1,8/28/2023,6/12/2024", "0904,Ivy,Elm,E1,9/3/2024,")
    assert stays(app, "0904") == [OPEN]
    assert "never came" not in str(outcome.noticed)


@on_sqlite
@pytest.mark.parametrize("left", ["2025-09-02", "2025-08-28"])
def test_an_exit_on_the_day_of_entry_or_before_in_ed_fi(
    app: Flask, bring_ed_fi_of: Callable[..., Outcome], left: str
) -> None:
    bring_ed_fi_of(("1", "2025-09-02", ""))
    assert stays(app, "s1") == [("2025-09-02", "")]
    for _night in range(2):
        bring_ed_fi_of(("1", "2025-09-02", left))
        assert stays(app, "s1") == []


@on_sqlite
def test_a_return_that_was_called_off_in_ed_fi(app: Flask, bring_ed_fi_of: Callable[..., Outcome]) -> None:
    autumn = ("1", "2025-09-02", "2025-10-10")
    bring_ed_fi_of(autumn, ("1", "2025-11-17", ""))
    assert stays(app, "s1") == [("2025-09-02", "2025-10-09"), ("2025-11-17", "")]
    for _night in range(2):
        bring_ed_fi_of(autumn, ("1", "2025-11-17", "2025-11-17"))
        assert stays(app, "s1") == [("2025-09-02", "2025-10-09")]


@pytest.mark.parametrize("users", ["u1", "u2"])
def test_a_class_that_ends_before_it_begins(app: Flask, tmp_path: Path, users: str) -> None:
    """In a whole archive: somebody with that class alone is not enrolled, not even by the school that the
    archive says they belong to."""

    def never(files: dict[str, str]) -> None:
        head, *rows = files["enrollments.csv"].splitlines()
        kept = [row for row in rows if f",{users}," not in row]
        taken = next(row for row in rows if f",{users}," in row).split(",")
        files["enrollments.csv"] = "\n".join(
            [head, *kept, ",".join([*taken[:8], "2024-09-03", "2024-08-29"]), ""]
        )

    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "1.zip"), {})
        number = {"u1": "0001", "u2": "0002"}[users]
        assert stays(app, number)
        outcome = bring_in("roster", roster_zip(tmp_path / "2.zip", never), {})
    assert stays(app, number) == []
    assert "so they never came" in str(outcome.noticed)


@pytest.mark.parametrize("named", ["dropped alone", "moved"])
def test_a_class_that_was_dropped_in_august_takes_no_autumn_of_other_classes(
    nights: Nights, named: str
) -> None:
    """The archive leaves out classes that ended, and still has the one that was dropped before it began."""
    users = [f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,,03" for n in range(3)]
    others = [f"c{n},,,a,e,u{n},student,{FIRST},2027-06-11" for n in (1, 2)]
    dropped = f"c9,,,a,e,u0,student,{FIRST},2026-08-28"
    nights.archive(users, [dropped, f"c0,,,a,e,u0,student,{FIRST},2027-06-11", *others])
    nights.attend("0100,1,10/1/2026")
    moved = ["c7,,,a,w,u0,student,2026-11-16,2027-06-11"] if named == "moved" else []
    for _night in range(2):
        nights.archive(users, [dropped, *moved, *others])
        if moved:
            assert nights.stays("0100") == [
                ("Dune", FIRST, date(2026, 11, 15)), ("Pier", date(2026, 11, 16), None),
            ]  # fmt: skip
        else:
            assert nights.stays("0100") == [("Dune", FIRST, None)]


def test_who_never_came_to_some_of_their_classes(nights: Nights) -> None:
    """A class of those that were expected in August says it of the stay."""
    users = [f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,,03" for n in range(3)]
    classes = [f"c{n},,,a,e,u{n % 3},student,{FIRST},2027-06-11" for n in range(4)]
    nights.archive(users, classes)
    nights.archive(users, [f"c0,,,a,e,u0,student,{FIRST},2026-08-28", *classes[1:3]])
    assert nights.stays("0100") == []
