"""Letters to many families at once: each in its language, on its own sheet, by the rules of a single one."""

import html
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm_schools.models import (
    Attendance,
    Guardian,
    Letter,
    Look,
    Wording,
    Year,
)
from crm_schools.tests.bulk import (
    NUDGE,
    applied,
    district_of,
    families,
    left_out,
    planned,
    the,
)
from crm_schools.tests.made_up import MadeUp


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return district_of(app)


@pytest.fixture
def staff(sign_in: SignIn, made: MadeUp) -> PageClient:
    return sign_in(role="school", scope=made.school_contacts[0])


def test_each_family_gets_the_letter_in_its_language_and_each_letter_its_own_sheet(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    ids = made.students[0:8:2]
    families(app, {ids[0]: {"name": "Luz Piedra", "language": "Spanish"}, ids[1]: {"name": "Eva Oak"}})
    plan = planned(staff, made, "letters", ids, **NUDGE).text
    assert "Luz Piedra" in plan
    assert "Spanish" in plan
    assert the(app, select(Letter.id)) == [], "a plan writes nothing"
    answer = applied(staff, made, "letters", ids, **NUDGE)
    page = staff.get(answer.location).text
    assert page.count('<article class="sch-letter"') == 4
    assert "Extrañamos a Given0" in page
    assert "Apreciable Luz Piedra" in page
    assert "Dear Eva Oak" in page
    assert "Dear family of Given4 Family4" in page
    assert page.count("has missed 4 days of school") == 3
    rows = the(app, select(Letter).order_by(Letter.student_id))
    assert [(row.student_id, row.language) for row in rows] == [
        (ids[0], "es"), (ids[1], "en"), (ids[2], "en"), (ids[3], "en"),
    ]  # fmt: skip
    assert {row.status for row in rows} == {"draft"}
    ways = the(app, select(Look.what).where(Look.student_id == ids[3]))
    assert sorted(ways) == ["letter", "list", "list"], "each plan and each sheet is a look"


def test_a_letter_of_many_is_the_same_as_a_single_one(app: Flask, staff: PageClient, made: MadeUp) -> None:
    families(app, {made.absent: {"name": "Luz Piedra", "language": "es"}})
    applied(staff, made, "letters", [made.absent], **NUDGE)
    [many] = the(app, select(Letter))
    single = {**NUDGE, "language": "es", "guardian_id": str(many.guardian_id)}
    staff.post(f"/schools/student/{made.absent}/letter", data=single)
    one = the(app, select(Letter).where(Letter.id != many.id))[0]
    for name in ("student_id", "school_year", "stage", "language", "title", "text", "guardian_id", "user_id"):
        assert getattr(one, name) == getattr(many, name), name


def test_whom_no_letter_can_be_written_to_is_left_out_and_named_with_the_reason(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    can, none_missed, barred, again, tongue, both = made.students[0:12:2]
    families(
        app,
        {
            barred: {"name": "Tom Ash", "contact_prohibited": True},
            tongue: {"name": "Ines Mar", "language": "Portuguese"},
            both: {"name": "Ida Elm", "contact_prohibited": True},
        },
    )
    families(app, {both: {"name": "Uwe Elm"}})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        marks = select(Attendance).where(Attendance.student_id == none_missed)
        db.session().scalars(marks).one().marks = ""
    applied(staff, made, "letters", [again], **NUDGE)
    plan = planned(staff, made, "letters", made.students[0:12:2], **NUDGE).text
    reasons = left_out(plan)
    assert [names for reason, names in reasons.items() if "has missed no day" in reason] == [["Given2"]]
    assert reasons["Nobody who cares for this student may be contacted."] == ["Given4"]
    assert [names for reason, names in reasons.items() if "This letter was written on" in reason] == [
        ["Given6"]
    ]
    assert [names for reason, names in reasons.items() if "reads Portuguese" in reason] == [["Given8"]]
    assert "Uwe Elm" in plan
    assert "Ida Elm" not in plan
    answer = applied(staff, made, "letters", made.students[0:12:2], **NUDGE)
    assert staff.get(answer.location).text.count("<article") == 2
    written = the(app, select(Letter.student_id).order_by(Letter.student_id))
    assert written == sorted([can, again, both])
    english = applied(staff, made, "letters", [tongue], **NUDGE, in_english="y")
    assert "Dear Ines Mar" in staff.get(english.location).text
    later = planned(staff, made, "letters", [can], **{**NUDGE, "stage": "plan"}).text
    assert "First send “Nudge”" in html.unescape(later)


def test_a_letter_that_a_district_worded_itself_goes_in_that_language(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    families(app, {made.absent: {"name": "Ines Mar", "language": "Portuguese"}})
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        words = {"district_id": made.district_id, "stage": "nudge", "language": "pt"}
        db.session().add(Wording(**words, title="Sentimos falta", text="Cara {family}: {days} dias."))
    answer = applied(staff, made, "letters", [made.absent], **NUDGE)
    assert "Cara Ines Mar: 4 dias." in staff.get(answer.location).text
    sent = planned(staff, made, "letters", [made.absent], **{**NUDGE, "stage": "personal"}).text
    assert "First send" in sent


def test_no_letter_tells_of_the_days_of_a_year_that_is_over(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        new = {"school_year": 2027, "begins_on": date(2026, 8, 31), "ends_on": date(2027, 6, 11)}
        db.session().add(Year(district_id=made.district_id, **new))
    plan = planned(staff, made, "letters", made.students[0:4:2], **NUDGE).text
    assert [names for reason, names in left_out(plan).items() if "are of 2025–26" in reason] == [
        ["Given0", "Given2"]
    ]
    assert "There is nothing to change." in plan
    assert 'value="apply"' not in plan


def test_all_letters_are_one_step_that_is_taken_back_at_once(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    answer = applied(staff, made, "letters", made.students[0:12:2], **NUDGE)
    acts = the(app, select(ChangeSet).where(ChangeSet.action == "schools.bulk"))
    assert [each.summary for each in acts] == ["Wrote letters to 6 families"]
    entries = select(func.count(JournalEntry.id)).where(JournalEntry.change_set_id == acts[0].id)
    assert the(app, entries) == [6]
    staff.post(f"/changes/{acts[0].id}/undo", data={"seen": "yes"})
    assert the(app, select(Letter.id)) == []
    gone = staff.get(answer.location)
    assert gone.status_code == 404
    assert "No letters" in gone.text


def test_letters_that_were_printed_are_marked_as_sent_at_once(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    ids = made.students[0:6:2]
    families(app, {ids[0]: {"name": "Luz Piedra"}})
    sheets = applied(staff, made, "letters", ids, **NUDGE).location
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().scalars(select(Guardian)).one().contact_prohibited = True
    page = staff.get(sheets).text
    assert page.count("<article") == 2
    assert "must not be contacted" in page
    assert "Given0 Family0" in page.partition("must not be contacted")[2].partition("</div>")[0]
    sent = staff.post(f"{sheets}/sent", follow_redirects=True).text
    assert "2 letters are marked as sent" in sent
    assert "They are sent" not in sent
    status = {row.student_id: row.status for row in the(app, select(Letter))}
    assert [status[each] for each in ids] == ["draft", "sent", "sent"]
    assert staff.post(f"{sheets}/sent").status_code == 422
    next_one = planned(staff, made, "letters", ids, **{**NUDGE, "stage": "personal"}).text
    assert list(left_out(next_one).values()) == [["Given0"]]
    assert "<dd>2</dd>" in next_one
