"""Rows of a OneRoster archive that cannot be used: each is left out with its file and line, the student says
what follows, and nobody is enrolled for a whole year in place of days that nobody can read."""

import csv
import zipfile
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, UserError, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.importing.roster.guessed import FEW
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_deltas import Delta, delta, stays
from crm_schools.tests.test_partial_files import upload_bytes
from crm_schools.tests.test_who_left_an_archive import without_classes

__all__ = ["delta"]  # The fixture.
pytestmark = on_sqlite
FIRST, LAST = date(2024, 9, 2), date(2025, 6, 6)
BEN = "3,,,c1,e,u2,student,,2024-09-02,2025-06-06"
ASK = "no class enrolment"
Change = Callable[[dict[str, str]], None]
Bring = Callable[..., Outcome]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    def done(change: Change = lambda files: None, *, confirmed: bool = False) -> Outcome:
        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {}, confirmed=confirmed)

    return done


def class_of_ben(row: str) -> Change:
    """The archive with this line in place of the one of Ben's class, which is the fourth."""

    def change(files: dict[str, str]) -> None:
        assert BEN in files["enrollments.csv"]
        files["enrollments.csv"] = files["enrollments.csv"].replace(BEN, row)

    return change


def said(outcome: Outcome) -> str:
    return " ".join(text for _line, text in outcome.noticed)


@pytest.mark.parametrize("days", ["27.02.2026,", "2025-13-45,", "2024-09-02,someday", ",6.6.2025"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_class_whose_days_cannot_be_read_enrols_nobody(
    app: Flask, bring: Bring, days: str, is_new: bool
) -> None:
    if not is_new:
        bring()
    before = [] if is_new else stays(app, "0002")
    outcome = bring(class_of_ben(f"3,,,c1,e,u2,student,,{days}"))
    assert stays(app, "0002") == before
    assert stays(app, "0003")
    assert outcome.counts["rejected"] == 1
    day = next(text for text in days.split(",") if text and text != "2024-09-02")
    told = [text for _line, text in outcome.noticed if f"enrollments.csv:4: “{day}” is not a day" in text]
    assert len(told) == 2  # Of the line, and of the student.
    assert "No class enrolment of this student in the archive can be used" in said(outcome)
    assert any("no class enrolment in this archive can be used: 1" in text for text in outcome.notices)


def test_another_class_still_counts(app: Flask, bring: Bring) -> None:
    outcome = bring(class_of_ben(f"3,,,c1,e,u2,student,,27.02.2026,\n9,,,c2,e,u2,student,,2024-10-01,{LAST}"))
    assert [stay[:2] for stay in stays(app, "0002")] == [(date(2024, 10, 1), None)]
    assert outcome.counts["rejected"] == 1
    assert "can be used" not in said(outcome)


SEMESTER = "9,,,c2,e,u2,student,,2024-09-02,2025-01-17"
LEFT_OUT = [
    "3,,,c1,e,u2,student,,2024-09-02,06.06.2025",
    "3,,,c1,e,u2,pupil,,2024-09-02,2025-06-06",
    "3,,,c1,e,u2,student,,2025-05-05,2024-09-02",
]


@pytest.mark.parametrize("row", LEFT_OUT)
@pytest.mark.parametrize("was", [BEN, f"{BEN}\n{SEMESTER}", BEN.replace("3,", "old,", 1)])
def test_classes_beside_one_that_is_left_out_cut_no_stay(
    app: Flask, bring: Bring, row: str, was: str
) -> None:
    bring(class_of_ben(was))
    before = stays(app, "0002")
    outcome = bring(class_of_ben(f"{row}\n{SEMESTER}"))
    assert stays(app, "0002") == before == [(FIRST, None, before[0][2])]
    assert "no stay of theirs that is known was ended" in said(outcome)
    assert bring(class_of_ben(f"{row}\n{SEMESTER}")).counts["update"] == 0
    # As soon as all can be read, the archive counts.
    assert "no stay of theirs" not in said(bring(class_of_ben(SEMESTER)))
    assert [stay[:2] for stay in stays(app, "0002")] == [(FIRST, date(2025, 1, 17))]


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("row", LEFT_OUT)
def test_a_class_that_is_left_out_in_another_school_removes_no_stay(
    app: Flask, bring: Bring, row: str, confirmed: bool
) -> None:
    west = "9,,,c3,w,u2,student,,2024-11-01,2025-06-06"
    bring(class_of_ben(f"{BEN.replace(str(LAST), '2024-10-31')}\n{west}"))
    before = stays(app, "0002")
    assert len(before) == 2
    outcome = bring(class_of_ben(f"{row}\n9,,,c3,w,u2,student,,2024-10-01,2025-06-06"), confirmed=confirmed)
    assert outcome.notices == []
    assert [stay[:2] for stay in stays(app, "0002")] == [
        (FIRST, date(2024, 10, 31)),
        (date(2024, 10, 1), None),
    ]


def test_who_never_came_to_one_class_may_be_in_one_that_is_left_out(app: Flask, bring: Bring) -> None:
    bring()
    before = stays(app, "0002")
    bring(class_of_ben(f"{LEFT_OUT[0]}\n9,,,c2,e,u2,student,,2024-09-02,2024-08-20"))
    assert stays(app, "0002") == before


def test_a_day_that_cannot_be_read_changes_no_stay_of_a_delta(app: Flask, delta: Delta) -> None:
    before = stays(app, "0002")
    outcome = delta("3,active,2024-11-15,c1,e,u2,student,,2024-09-02,15.11.2024\n")
    assert stays(app, "0002") == before
    assert outcome.counts["rejected"] == 1
    assert "enrollments.csv:2: “15.11.2024” is not a day" in said(outcome)


@pytest.mark.parametrize(
    "row, told",
    [
        (
            "3,,,c1,e,u2,student,,2025-05-05,2024-09-02",
            "enrollments.csv:4: the enrolment ends before it begins",
        ),
        ("3,,,c1,e,u-9,student,,2024-09-02,2025-06-06", "enrollments.csv:4: users.csv has no user “u-9”"),
        ("3,,,c1,e,u2,teacher,,2024-09-02,2025-06-06", "enrollments.csv:4: the role is “teacher”"),
        ("3,,,c1,e,u2,pupil,,2024-09-02,2025-06-06", "enrollments.csv:4: the role is “pupil”"),
        ("3,,,c1,e", "enrollments.csv:4: the line names no user or is cut short"),
        ("3,,,c1,zz,u2,student,,2024-09-02,2025-06-06", "enrollments.csv:4: nobody knows the school “zz”"),
    ],
)
def test_each_class_that_cannot_be_used_is_left_out_with_its_line(
    app: Flask, bring: Bring, row: str, told: str
) -> None:
    outcome = bring(class_of_ben(row))
    assert outcome.counts["rejected"] == 1
    assert told in said(outcome)
    if ",u2," in row:
        assert stays(app, "0002") == []
    else:  # Nothing in the archive is known to be of his, so a stay is guessed, and told.
        assert [stay[:2] for stay in stays(app, "0002")] == [(FIRST, None)]
        assert "taken to be enrolled for the whole of it in the school of their user: East School" in said(
            outcome
        )
        assert f"Students of whom this archive has {ASK}: 1 of 4." in outcome.notices[-1]


def test_lines_that_are_shorter_than_the_header_are_counted(bring: Bring) -> None:
    outcome = bring(class_of_ben("3,,,c1,e,u2,student"))
    assert "Lines of enrollments.csv with fewer cells than its header: 1 (the first is line 4)." in str(
        outcome.notices
    )


def test_lines_are_counted_as_they_stand(bring: Bring) -> None:
    """Empty ones, too."""
    outcome = bring(class_of_ben("\n\n3,,,c1,e,u2,student,,27.02.2026,"))
    assert "enrollments.csv:6: " in said(outcome)


def test_whom_no_class_names_is_flagged_and_counted_while_it_is_new(app: Flask, bring: Bring) -> None:
    """An archive comes each night, and asks of nobody twice."""
    outcome = bring(without_classes("u2"))
    assert f"Students of whom this archive has {ASK}: 1 of 4." in outcome.notices[-1]
    assert "in the school of their user: East School" in said(outcome)
    assert [stay[:2] for stay in stays(app, "0002")] == [(FIRST, None)]
    again = bring(without_classes("u2"))
    assert (again.counts["update"], again.notices) == (0, [])
    assert "in the school of their user: East School" in said(again)


def absent(files: dict[str, str]) -> None:
    del files["enrollments.csv"]
    files["manifest.csv"] = files["manifest.csv"].replace("enrollments,bulk", "enrollments,absent")


def test_an_archive_without_classes_is_asked_about_once(app: Flask, bring: Bring) -> None:
    with pytest.raises(UserError, match=f"{ASK}: 4 of 4"):
        bring(absent)
    assert stays(app, "0002") == []
    bring(absent, confirmed=True)
    assert [stay[:2] for stay in stays(app, "0002")] == [(FIRST, None)]
    assert bring(absent).counts["update"] == 0


def test_an_archive_that_lacks_classes_of_many_is_asked_about(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        for number in range(5 * FEW):
            user = f"v{number}"
            files["users.csv"] += f"{user},,,true,e,student,a,,Ana,Oak,,9{number:03},,,,,03,\n"
            if number % 4:
                files["enrollments.csv"] += f"k{number},,,c1,e,{user},student,,2024-09-02,2025-06-06\n"

    with pytest.raises(UserError, match=f"{ASK}: 25 of 104"):
        bring(change)


def test_whom_neither_class_nor_school_names_is_flagged(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        without_classes("u2")(files)
        files["users.csv"] = files["users.csv"].replace("u2,,,true,e,", "u2,,,true,,")

    outcome = bring(change)
    assert stays(app, "0002") == []
    assert "The archive names neither a class nor a school of this student" in said(outcome)
    assert "names neither a class nor a school: 1." in outcome.notices[-1]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_school_that_nobody_knows_is_told_of_whoever_is_new_as_of_others(
    app: Flask, bring: Bring, is_new: bool
) -> None:
    if not is_new:
        bring()
    outcome = bring(class_of_ben("3,,,c1,zz,u2,student,,2024-09-02,2025-06-06"))
    assert outcome.counts["rejected"] == 1
    assert outcome.counts["create" if is_new else "unchanged"] >= 1
    assert "enrollments.csv:4: nobody knows the school “zz”" in said(outcome)
    assert "The school “zz” is unknown" in said(outcome)


def test_several_grades_of_a_student_are_told(app: Flask, bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace(",,03,\n", ',,"03,04",\n')

    assert "“03,04” names several grades; only “03” was noted." in said(bring(change))
    assert stays(app, "0001")[0][2] == "3"


def test_students_without_a_number_are_counted(bring: Bring) -> None:
    def change(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace(",0002,", ",,").replace(",0003,", ",,")

    assert "Students without an identifier in users.csv: 2." in str(bring(change).notices)
    assert "identifier" not in str(bring().notices)


@pytest.mark.parametrize("is_new", [True, False])
def test_two_students_with_one_number_are_two(app: Flask, bring: Bring, is_new: bool) -> None:
    def change(files: dict[str, str]) -> None:
        files["users.csv"] = files["users.csv"].replace("Cleo,Ash,,0003", "Cleo,Ash,,0002")

    if not is_new:
        bring(lambda files: without_user("u3", files))
    outcome = bring(change)
    assert outcome.counts["rejected"] == 1
    assert "This is another student than that of users.csv:3, with the same number" in said(outcome)
    assert "about the same student" not in said(outcome)
    assert "Cleo" not in said(outcome)


def test_an_archive_that_is_cut_short_is_to_be_downloaded_again(app: Flask, tmp_path: Path) -> None:
    path = roster_zip(tmp_path / "roster.zip")
    path.write_bytes(path.read_bytes()[:-900])
    with app.app_context(), pytest.raises(UserError, match="is an archive that is cut short") as caught:
        bring_in("roster", path, {})
    assert "Excel" not in str(caught.value)
    book = tmp_path / "roster.xlsx"
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("[Content_Types].xml", "x" * 5000)
    book.write_bytes(book.read_bytes()[:3000])
    with app.app_context(), pytest.raises(UserError, match="begins like an Excel workbook"):
        bring_in("roster", book, {})


def test_what_is_left_out_comes_back_with_its_file_and_line(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    def change(files: dict[str, str]) -> None:
        class_of_ben("3,,,c1,e,u2,student,,27.02.2026,")(files)
        files["users.csv"] = files["users.csv"].replace("Cleo,Ash,,0003", "Cleo,Ash,,0002")

    staff = sign_in(role="administrator")
    at = upload_bytes(app, staff, roster_zip(tmp_path / "roster.zip", change).read_bytes(), "roster.zip")
    file = staff.get(f"{at}/left-out").data.decode("utf-8-sig")
    head, *rows = csv.reader(StringIO(file))
    assert head == ["Line", "Name", "Why it was not imported"]
    assert [row[:2] for row in rows] == [
        ["users.csv:4", "Student 0002"],
        ["enrollments.csv:4", "3, c1, e, u2, student, 27.02.2026"],
    ]


def test_a_delta_that_is_older_than_what_was_imported_is_asked_about(app: Flask, delta: Delta) -> None:
    """Deltas of a system come in a row; one that comes again is no older one."""
    newer = "3,active,2024-11-15T12:00:00.000Z,c1,e,u2,student,,2024-09-02,2025-03-07\n"
    delta(newer)
    delta(newer)
    with pytest.raises(
        UserError, match="changed up to 2024-11-14 12:00 UTC, and an archive with changes up to"
    ):
        delta("3,active,2024-11-14T12:00:00.000Z,c1,e,u2,student,,2024-09-02,2025-01-17\n")
    assert [stay[1] for stay in stays(app, "0002")] == [date(2025, 3, 7)]
    delta("3,active,2024-11-16,c1,e,u2,student,,2024-09-02,2025-03-14\n")
    delta("3,active,,c1,e,u2,student,,2024-09-02,2025-03-21\n")  # Says nothing of when.
    assert [stay[1] for stay in stays(app, "0002")] == [date(2025, 3, 21)]


def test_a_day_without_a_time_makes_no_delta_of_the_same_day_older(app: Flask, delta: Delta) -> None:
    delta("3,active,2024-11-15,c1,e,u2,student,,2024-09-02,2025-03-07\n")
    delta("3,active,2024-11-15T12:00:00Z,c1,e,u2,student,,2024-09-02,2025-03-14\n")
    delta("3,active,2024-11-15,c1,e,u2,student,,2024-09-02,2025-03-21\n")
    assert [stay[1] for stay in stays(app, "0002")] == [date(2025, 3, 21)]
    with pytest.raises(UserError, match="changed up to 2024-11-14 23:59 UTC"):
        delta("3,active,2024-11-14,c1,e,u2,student,,2024-09-02,2025-01-17\n")


def test_a_delta_that_was_undone_makes_none_older(app: Flask, delta: Delta) -> None:
    delta("3,active,2024-11-15T12:00:00Z,c1,e,u2,student,,2024-09-02,2025-03-07\n")
    with app.app_context(), system("test"):
        undo(scalars(select(func.max(ChangeSet.id)))[0], Actor.system())
    delta("3,active,2024-11-14T12:00:00Z,c1,e,u2,student,,2024-09-02,2025-01-17\n")
    assert [stay[1] for stay in stays(app, "0002")] == [date(2025, 1, 17)]


def without_user(user: str, files: dict[str, str]) -> None:
    without_classes(user)(files)
    kept = [line for line in files["users.csv"].splitlines() if not line.startswith(f"{user},")]
    files["users.csv"] = "\n".join([*kept, ""])
