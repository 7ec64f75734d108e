"""What people wrote of stays, over several nights in which the system of the district comes to know of it."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import Enrolment, Student
from crm_schools.tests import test_days_before, test_days_by_hand, test_partial_files
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_days_before import of_ben
from crm_schools.tests.test_days_by_hand import (
    CAME,
    CORRECTED,
    FIRST,
    LAST,
    LEFT,
    THEN,
    Bring,
    of_ana,
    write,
)
from crm_schools.tests.test_deltas import HEAD, MANIFEST

pytestmark = on_sqlite
bring, bring_table = test_days_before.bring, test_days_by_hand.bring_table
bring_ed_fi_of, made = test_partial_files.bring, test_partial_files.made


@pytest.mark.parametrize("ends", ["", "2025-06-06"])
def test_a_move_that_people_wrote_before_the_archive_knows(app: Flask, bring: Bring, ends: str) -> None:
    bring(f"3,e,{FIRST},{ends}")
    write(app, FIRST, "East", FIRST, LAST)
    write(app, THEN, "West", THEN, None)
    for _night in range(2):
        bring(f"3,e,{FIRST},{ends}")
        assert of_ben(app) == CORRECTED
    for _night in range(2):
        bring("9,w,2024-11-14,2025-06-06")
        assert of_ben(app) == CORRECTED


def test_a_move_that_people_wrote_before_ed_fi_knows(app: Flask, bring_ed_fi_of: Bring) -> None:
    bring_ed_fi_of(("1", "2025-09-02", ""))
    for number in ("s1", "s2"):
        write(app, CAME, "Dune", CAME, LEFT, number)
        write(app, date(2025, 11, 14), "Pier", date(2025, 11, 14), None, number)
    for _night in range(2):
        bring_ed_fi_of(("1", "2025-09-02", ""))
        with app.app_context(), system("test"):
            of = select(Student.id).where(Student.local_id == "s1").scalar_subquery()
            rows = scalars(select(Enrolment).where(Enrolment.student_id == of).order_by(Enrolment.begins_on))
            assert [(row.begins_on, row.ends_on) for row in rows] == [
                (CAME, LEFT),
                (date(2025, 11, 14), None),
            ]


def test_a_last_day_outlasts_a_first_day_that_the_district_corrects(app: Flask, bring_table: Bring) -> None:
    bring_table("1,9/2/2025,")
    write(app, CAME, "Dune", CAME, LEFT, "00000")
    for _night in range(3):
        bring_table("1,9/8/2025,")
        assert of_ana(app) == [("Dune", date(2025, 9, 8), LEFT)]


def test_who_comes_back_after_the_district_said_a_last_day_of_its_own(app: Flask, bring_table: Bring) -> None:
    bring_table("1,9/2/2025,")
    write(app, CAME, "Dune", CAME, LEFT, "00000")
    for row, last in (("1,9/2/2025,", LEFT), ("1,9/2/2025,11/14/2025", date(2025, 11, 14))):
        for _night in range(2):
            bring_table(row)
            assert of_ana(app) == [("Dune", CAME, last)]
    bring_table("1,9/2/2025,")
    assert of_ana(app) == [("Dune", CAME, None)]


def test_what_was_corrected_at_one_school_says_nothing_of_another(app: Flask, bring_table: Bring) -> None:
    bring_table("1,9/2/2025,")
    write(app, CAME, "Dune", CAME, date(2025, 11, 2), "00000")
    bring_table("2,11/4/2025,")
    write(app, date(2025, 11, 4), "Pier", date(2025, 11, 3), None, "00000")
    bring_table("2,11/4/2025,1/30/2026")
    assert of_ana(app)[-1] == ("Pier", date(2025, 11, 3), date(2026, 1, 30))
    bring_table("2,11/4/2025,")
    assert of_ana(app)[-1] == ("Pier", date(2025, 11, 3), None)


def test_a_stay_that_people_removed_and_the_list_says_still_is_said_to_be_back(
    app: Flask, sign_in: SignIn, bring_table: Bring
) -> None:
    bring_table("1,9/2/2025,")
    with app.app_context(), system("test"):
        of = select(Student.id).where(Student.local_id == "00000").scalar_subquery()
        stay = db.session().scalars(select(Enrolment.id).where(Enrolment.student_id == of)).one()
    assert sign_in(role="administrator").post(f"/schools/enrolment/{stay}/remove").status_code == 303
    outcome = bring_table("1,9/2/2025,")
    assert "so it is here again" in str(outcome.noticed)
    assert of_ana(app) == [("Dune", CAME, None)]


def test_two_stays_that_people_wrote_over_one_class(app: Flask, tmp_path: Path, bring: Bring) -> None:
    """Left in October and back in November, of which the system knows nothing: deltas and archives change
    nothing more than once."""
    stays = [("East", FIRST, date(2024, 10, 25)), ("East", date(2024, 11, 4), None)]
    bring(f"3,e,{FIRST},")
    write(app, FIRST, "East", FIRST, date(2024, 10, 25))
    write(app, date(2024, 11, 4), "East", date(2024, 11, 4), None)

    def delta(files: dict[str, str]) -> None:
        files.clear()
        row = f"3,active,2025-01-14T00:00:00Z,c3,e,u2,student,,{FIRST},\n"
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    def another_class(files: dict[str, str]) -> None:
        files.clear()
        row = "7,active,2025-01-14T00:00:00Z,c7,e,u2,student,,2025-01-14,\n"
        files.update({"manifest.csv": MANIFEST, "enrollments.csv": HEAD + row})

    with app.app_context():
        for night in range(4):
            outcome = bring_in("roster", roster_zip(tmp_path / "delta.zip", delta), {})
            assert of_ben(app) == stays
            assert night == 0 or outcome.counts["update"] == 0
        for _night in range(2):
            bring_in("roster", roster_zip(tmp_path / "delta.zip", another_class), {})
            assert of_ben(app) == stays
    bring(f"3,e,{FIRST},")
    assert bring(f"3,e,{FIRST},").counts["update"] == 0
    assert of_ben(app) == stays


def test_a_second_term_that_was_dropped_before_it_began_is_no_no_show(
    app: Flask, tmp_path: Path, bring: Bring
) -> None:
    outcome = bring(f"3,e,{FIRST},2025-01-17", "4,e,2025-01-20,2024-12-15")
    assert of_ben(app) == [("East", FIRST, date(2025, 1, 17))]
    assert "never came" not in str(outcome.noticed)


def test_days_that_people_wrote_hold_in_a_school_that_they_wrote_before(
    app: Flask, bring_table: Bring
) -> None:
    """The stay is one row throughout: what people wrote of it last is of the school where it is by now."""
    bring_table("1,9/2/2025,")
    write(app, CAME, "Pier", CAME, None, "00000")
    bring_table("2,9/2/2025,6/12/2026")
    write(app, CAME, "Pier", date(2025, 9, 15), None, "00000")
    for _night in range(2):
        bring_table("2,9/2/2025,6/12/2026")
        assert of_ana(app)[-1][:2] == ("Pier", date(2025, 9, 15))
