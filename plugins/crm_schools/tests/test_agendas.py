"""What a team finds on its agenda, in which order, and that its minutes stay as they were."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.acting import agenda, noting
from crm_schools.marks import pack
from crm_schools.models import (
    AgendaItem,
    Attendance,
    Code,
    Enrolment,
    Intervention,
    Meeting,
    Rating,
    Student,
)
from crm_schools.tests.made_up import BEGINS, MadeUp, make, school_days

pytestmark = on_sqlite
NAME = "Given0 Family0"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


@pytest.fixture
def staff(sign_in: SignIn, made: MadeUp) -> PageClient:
    return sign_in(role="school", scope=made.school_contacts[0])


def misses(app: Flask, made: MadeUp, days: list[date]) -> None:
    """The first student misses these days and no others."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        code_id = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent)).one()
        row.marks = pack([(day, code_id, None) for day in days])


def plan(staff: PageClient, made: MadeUp, day: date) -> str:
    """A meeting of the first school; the address of its page."""
    address = f"/schools/meetings/new?school_id={made.schools[0]}&year=2026"
    return str(staff.post(address, data={"held_on": day.isoformat()}).headers["Location"])


def point_of(app: Flask, made: MadeUp, page: str) -> int:
    with app.app_context(), system("test"):
        of = AgendaItem.meeting_id == int(page.rsplit("/", 1)[1]), AgendaItem.student_id == made.absent
        return db.session().scalars(select(AgendaItem.id).where(*of)).one()


def shown(staff: PageClient, page: str, name: str = NAME) -> str:
    """What the page says of one student, from the name to the next point."""
    before, _name, after = staff.get(page).text.partition(f">{name}<")
    return before.rpartition('class="sch-agenda"')[2] + after.partition('class="sch-agenda"')[0]


def test_minutes_keep_the_numbers_of_the_day_of_the_meeting(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    misses(app, made, days[:12] + days[60:70])
    page = plan(staff, made, days[49])
    assert "22 of 100 days" in shown(staff, page)
    staff.post(f"{page}/save", data={"held": "on"})
    assert "12 of 50 days · 24.0%" in shown(staff, page)
    assert "up to" in shown(staff, page)
    rate = staff.get(page).text.partition(" chronically absent")[0].rpartition(" ")[2]
    misses(app, made, days[5:9] + days[60:61])
    assert "12 of 50 days · 24.0%" in shown(staff, page)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            row.marks = ""
    assert staff.get(page).text.partition(" chronically absent")[0].rpartition(" ")[2] == rate
    assert "Look at the data again" not in staff.get(page).text
    staff.post(f"{page}/agenda")
    assert "12 of 50 days · 24.0%" in shown(staff, page)


def test_what_nobody_can_tell_of_that_day_is_said_as_of_today(
    app: Flask, staff: PageClient, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = plan(staff, made, school_days()[49])
    monkeypatch.setattr(noting, "MOST", 1)
    staff.post(f"{page}/save", data={"held": "on"})
    head = staff.get(page).text.partition('id="agenda-title"')[0]
    assert "chronically absent (as of today)" in head


def test_nobody_is_called_severe_by_numbers_of_another_day(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    misses(app, made, days[:40])
    page = plan(staff, made, days[-1])
    assert "Severe chronic absence" in staff.get(page).text.partition(f">{NAME}<")[0][-400:]
    misses(app, made, days[:11])
    staff.post(f"{page}/save", data={"held": "on"})
    assert "Severe chronic absence" not in staff.get(page).text.partition(f">{NAME}<")[0][-400:]


def test_minutes_from_before_numbers_were_kept_say_that_they_are_of_today(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        of = {"district_id": made.district_id, "school_id": made.schools[0], "school_year": 2026}
        meeting = Meeting(**of, held_on=school_days()[49], status="held")
        db.session().add(meeting)
        db.session().flush()
        db.session().add(AgendaItem(meeting_id=meeting.id, student_id=made.absent, reason="new"))
        page = f"/schools/meeting/{meeting.id}"
    assert "10 of 100 days · 10.0% (as of today)" in shown(staff, page)


def test_who_misses_most_without_help_stands_first_then_what_is_open(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    misses(app, made, days[:40])
    first = plan(staff, made, days[59])
    point = point_of(app, made, first)
    staff.post(f"{first}/save", data={f"decision-{point}": "Call the grandmother", "topic": "The bus"})
    with app.app_context(), system("test"):
        topic = db.session().scalars(select(AgendaItem.id).where(AgendaItem.topic != "")).one()
    staff.post(f"{first}/save", data={f"decision-{topic}": "Ask the company", "held": "on"})
    second = plan(staff, made, days[89])
    page = staff.get(second).text
    names = [part.partition("<")[0] for part in page.split('class="rc-name"')[1:]]
    assert names[0].endswith(NAME)
    assert page.index("Call the grandmother") < page.index("Ask the company")
    assert "Nothing is being done yet ·" in shown(staff, second)
    assert "family not reached yet" in shown(staff, second)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        of = {"student_id": made.absent, "school_id": made.schools[0], "school_year": 2026}
        db.session().add(Intervention(**of, tier=2, kind="mentor", begins_on=BEGINS))
    assert "Mentor who checks in" in shown(staff, second)
    staff.post(f"{second}/save", data={f"done-{point}": "on", f"was-done-{point}": ""})
    assert "Call the grandmother" not in staff.get(second).text
    with app.app_context(), system("test"):
        assert db.session().get_one(AgendaItem, point).is_done


def test_an_agenda_that_is_cut_says_how_many_are_not_on_it(
    app: Flask, staff: PageClient, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), system("test"):
        here = Rating.school_id == made.schools[0], Rating.is_chronic
        chronic = len(db.session().scalars(select(Rating.id).where(*here)).all())
    page = plan(staff, made, school_days()[-1])
    assert "who need it most" not in staff.get(page).text
    monkeypatch.setattr(agenda, "MOST", 2)
    page = plan(staff, made, school_days()[-1])
    assert staff.get(page).text.count('class="sch-agenda"') == 2
    assert f"reasons to talk about {chronic - 2} more" in staff.get(page).text


def test_looking_at_the_data_again_keeps_what_was_typed(app: Flask, staff: PageClient, made: MadeUp) -> None:
    page = plan(staff, made, school_days()[-1])
    point = point_of(app, made, page)
    typed = {f"decision-{point}": "A seat on the early bus", "notes": "Long", "was-notes": ""}
    again = staff.post(f"{page}/agenda", data=typed, follow_redirects=True)
    assert "A seat on the early bus" in again.text
    assert "Long" in again.text
    topic = staff.post(f"{page}/agenda", data={**typed, "topic": "The bell"}, follow_redirects=True)
    assert "1 point is added." in topic.text
    assert "A seat on the early bus" in topic.text


def test_who_misses_a_smaller_part_than_before_is_not_said_to_miss_more(app: Flask, made: MadeUp) -> None:
    days = school_days()
    for missed, reason in (
        (days[:10] + days[20:40:2] + days[40:42], "no_action"),  # 10 of 20 days, then 12 of 40.
        (days[:2] + days[20:60:4], "worse"),  # 2 of 20 days, then 10 of 40.
    ):
        misses(app, made, missed)
        with app.app_context(), system("test"):
            meeting = Meeting(
                district_id=made.district_id, school_id=made.schools[0], school_year=2026,
                held_on=days[59], since_on=days[19],
            )  # fmt: skip
            lines = {line.student_id: line for line in agenda.made(meeting, Actor.system())}
        assert lines[made.absent].reason == reason


def test_a_meeting_is_moved_and_what_is_to_come_was_not_held(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    plan(staff, made, days[19])
    with app.app_context():
        next_week = day_here() + timedelta(7)
    page = plan(staff, made, next_week)
    refused = staff.post(f"{page}/save", data={"held": "on"}, follow_redirects=True)
    assert "still to come" in refused.text
    said = {"held_on": days[59].isoformat(), "place": "Library", "people": "Chair: A. Reed"}
    assert staff.post(f"{page}/change", data=said).status_code == 303
    shown = staff.get(page).text
    assert "Library" in shown
    with app.app_context(), system("test"):
        moved = db.session().scalars(select(Meeting).where(Meeting.place == "Library")).one()
        assert (moved.held_on, moved.since_on) == (days[59], days[19])
    other_year = staff.post(f"{page}/change", data={**said, "held_on": "2027-10-05"})
    assert "in another school year" in other_year.text
    staff.post(f"{page}/save", data={"held": "on"})
    staff.post(f"{page}/change", data={**said, "held_on": days[60].isoformat(), "place": "Gym"})
    with app.app_context(), system("test"):
        kept = db.session().scalars(select(Meeting).where(Meeting.place == "Gym")).one()
        assert kept.held_on == days[59]


def test_a_meeting_is_removed_with_its_agenda_and_undo_brings_both_back(
    app: Flask, staff: PageClient, sign_in: SignIn, made: MadeUp
) -> None:
    page = plan(staff, made, school_days()[59])
    with app.app_context(), system("test"):
        points = len(db.session().scalars(select(AgendaItem)).all())
    assert points
    other = sign_in(role="school", scope=made.school_contacts[1])
    assert other.post(f"{page}/remove").status_code == 404
    staff.post(f"{page}/remove")
    assert staff.get(page).status_code == 404
    with app.app_context(), system("test"):
        assert not db.session().scalars(select(AgendaItem)).all()
        of_meetings = select(func.max(ChangeSet.id)).where(ChangeSet.action == "schools.meeting")
        removed = db.session().scalars(of_meetings).one()
    staff.post(f"/changes/{removed}/undo")
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(AgendaItem)).all()) == points


def test_a_meeting_that_is_moved_says_why_students_are_on_it_by_its_new_day(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    misses(app, made, days[10:20] + days[80:96])
    plan(staff, made, days[79])
    page = plan(staff, made, days[99])
    assert "Misses more than before" in shown(staff, page)
    staff.post(f"{page}/change", data={"held_on": days[59].isoformat()})
    assert "Misses more than before" not in shown(staff, page)


def test_meetings_compare_with_whichever_is_before_them_now(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    days = school_days()
    misses(app, made, days[10:20] + days[60:66])
    page = plan(staff, made, days[79])
    last = plan(staff, made, days[99])

    def compared(page: str) -> date | None:
        with app.app_context(), system("test"):
            return db.session().get_one(Meeting, int(page.rsplit("/", 1)[1])).since_on

    staff.post(f"{page}/change", data={"held_on": days[59].isoformat()})
    assert compared(last) == days[59]
    assert "Misses more than before" in shown(staff, last), "six days since the first, none before it"
    between = plan(staff, made, days[89])
    assert (compared(last), compared(between)) == (days[89], days[59])
    staff.post(f"{between}/remove")
    assert compared(last) == days[59]
    staff.post(f"{last}/save", data={"held": "on"})
    staff.post(f"{page}/change", data={"held_on": days[69].isoformat()})
    assert compared(last) == days[59], "what was held stays as it was"


def test_a_meeting_of_the_summer_is_moved_within_it(app: Flask, staff: PageClient, made: MadeUp) -> None:
    page = plan(staff, made, date(2026, 8, 20))
    assert staff.post(f"{page}/change", data={"held_on": "2026-08-25"}).status_code == 303
    assert "Choose a day between 1990" in staff.post(f"{page}/change", data={"held_on": "0001-01-05"}).text


def missed_last_year(app: Flask, made: MadeUp, reasons: dict[int, str]) -> None:
    """These students miss nothing this year, and are in their tier by the year before."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            row.marks = ""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for rating in db.session().scalars(select(Rating)):
            rating.tier_reason = reasons.get(rating.student_id, "")
            rating.tier = {"last_20": 3, "last_10": 2}.get(rating.tier_reason, 1)


def test_the_first_meeting_of_a_year_has_who_missed_much_the_year_before(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    mine = made.students[::2]
    missed_last_year(app, made, {mine[1]: "last_10", mine[2]: "last_20", mine[3]: "last_20"})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        of = {"student_id": mine[3], "school_id": made.schools[0], "school_year": 2026}
        db.session().add(Intervention(**of, tier=2, kind="mentor", begins_on=BEGINS))

    def reasons(page: str) -> list[tuple[int | None, str]]:
        with app.app_context(), system("test"):
            of = AgendaItem.meeting_id == int(page.rsplit("/", 1)[1])
            points = agenda.in_order(db.session().scalars(select(AgendaItem).where(of)))
            return [(point.student_id, point.reason) for point in points]

    days = school_days()
    first = plan(staff, made, days[9])
    assert reasons(first) == [(mine[2], "last_20"), (mine[1], "last_10")], "without whom is helped"
    assert "Missed 20 % or more last year, and nothing is being done yet" in staff.get(first).text
    again = plan(staff, made, days[29])
    assert len(reasons(again)) == 2, "nobody has met yet"
    staff.post(f"{first}/save", data={"held": "on"})
    assert reasons(plan(staff, made, days[49])) == []


def test_an_open_decision_says_more_than_last_year(app: Flask, staff: PageClient, made: MadeUp) -> None:
    missed_last_year(app, made, {made.absent: "last_20"})
    days = school_days()
    page = plan(staff, made, days[9])
    point = point_of(app, made, page)
    staff.post(f"{page}/save", data={f"decision-{point}": "Call the grandmother"})
    second = plan(staff, made, days[29])
    assert "Decided earlier, not done yet" in shown(staff, second)


def test_minutes_name_the_grade_of_the_day_of_the_meeting(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    page = plan(staff, made, school_days()[49])

    def write(**stay: object) -> None:
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            db.session().get_one(Student, made.absent).grade = "9"
            of = Enrolment.student_id == made.absent
            for name, value in stay.items():
                setattr(db.session().scalars(select(Enrolment).where(of)).one(), name, value)

    write(grade="3")
    assert "Grade 9" in shown(staff, page)
    staff.post(f"{page}/save", data={"held": "on"})
    assert "Grade 3 · " in shown(staff, page)
    assert "Grade 9" not in shown(staff, page)
    write(begins_on=school_days()[60])
    assert "Grade" not in shown(staff, page)
    assert "No grade" not in shown(staff, page)


def test_a_meeting_that_is_still_to_come_is_compared_with_by_none(
    app: Flask, staff: PageClient, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = school_days()
    misses(app, made, days[10:20] + days[60:76])
    monkeypatch.setattr(noting, "today", lambda: days[79])
    plan(staff, made, days[49])
    later = plan(staff, made, days[99])

    def reasons() -> tuple[date | None, list[tuple[int | None, str]]]:
        with app.app_context(), system("test"):
            meeting = db.session().get_one(Meeting, int(later.rsplit("/", 1)[1]))
            of = select(AgendaItem.student_id, AgendaItem.reason).where(AgendaItem.meeting_id == meeting.id)
            rows = db.session().execute(of.order_by(AgendaItem.student_id))
            return meeting.since_on, [(row[0], row[1]) for row in rows]

    before = reasons()
    assert before[0] == days[49]
    plan(staff, made, days[89])
    assert reasons() == before
    monkeypatch.setattr(noting, "today", lambda: days[95])
    staff.post(f"{later}/agenda")
    assert reasons()[0] == days[89]
