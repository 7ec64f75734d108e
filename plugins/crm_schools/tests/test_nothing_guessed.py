"""What a file does not say is asked for, and what it says is kept, before any day counts."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import Attendance, Day, Enrolment, Rating, Year
from crm_schools.rating import settling
from crm_schools.tests.made_up import make, school_days
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_importing import attend, rating_of

pytestmark = on_sqlite
ASPEN = "local_id,absence,tardy,dismissed,excused,event_date,school_local_id\n"


@pytest.mark.parametrize("head, excused", [(ASPEN, ","), (ASPEN.replace("excused,", ""), "")])
def test_an_absence_of_which_nobody_said_whether_it_was_excused_is_asked_for(
    app: Flask, tmp_path: Path, head: str, excused: str
) -> None:
    """Aspen has a column for it, which one system leaves empty for no and another where nobody knows."""
    text = head + f"0001,1,0,0{excused},2024-09-10,E1\n0001,0,1,0{excused},2024-09-11,E1\n"
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        with pytest.raises(UserError, match="“absence”"):
            attend(tmp_path, text, {})
        with system("a test looks"):
            assert scalars(select(Attendance.id)) == []
        attend(tmp_path, text, {"codes": "absence,absent\n"})
        rating = rating_of("0001")
        assert (rating.absent, rating.unexcused, rating.unstated, rating.tardies) == (2, 0, 2, 1)


def test_what_aspen_says_of_excuses_is_known(app: Flask, tmp_path: Path) -> None:
    rows = "0001,1,0,0,1,2024-09-10,E1\n0001,1,0,0,N,2024-09-11,E1\n"
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        attend(tmp_path, ASPEN + rows, {})
        assert (rating_of("0001").excused, rating_of("0001").unexcused) == (2, 2)


def test_who_comes_behind_the_last_day_that_counts_has_a_grade_and_no_calendar_of_their_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, days = make(app, students=2), school_days()
    monkeypatch.setattr("crm_schools.rating.settling.day_here", lambda: days[60])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Year)).one().through_on = days[50]
        of_first = Enrolment.student_id == made.students[0]
        stay = db.session().scalars(select(Enrolment).where(of_first)).one()
        stay.begins_on, stay.grade = days[80], "2"
        for day in db.session().scalars(select(Day)):
            db.session().delete(day)
    with app.app_context(), system("test"):
        row = db.session().scalars(select(Rating).where(Rating.student_id == made.students[0])).one()
        assert (row.band, row.enrolled, row.grade) == ("short", 0, "2")
        assert set(scalars(select(Rating.basis))) == {"weekdays"}


def test_a_grade_that_an_earlier_version_left_empty_comes_by_night(app: Flask) -> None:
    made = make(app, students=2)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        of_first = Rating.student_id == made.students[0]
        db.session().execute(update(Rating).where(of_first).values(grade=""))
    with app.app_context(), system("test"):
        year = scalars(select(Year))[0]
        assert settling.behind(year, 9) == [made.students[0]]
        with db.transaction(Actor.system(), "test"):
            settling.settle([made.students[0]])
        assert settling.behind(year, 9) == []
        assert scalars(select(Rating.grade).where(of_first)) == ["K"]
