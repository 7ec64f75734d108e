"""How rows of daily attendance are put together by student: the same in one part or in many, and after a
break."""

import random
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api.transfer import bring_in
from crm_schools.importing.attendance import filling, reading, source, stage
from crm_schools.importing.attendance.source import AttendanceSource
from crm_schools.models import Attendance
from crm_schools.tests.made_up import MadeUp, make

FIRST_DAY = 739_000
Rows = list[stage.Row]


def _some_rows(seed: int) -> Rows:
    """Line, student, school, day, what was said; the lines rise and some are left out."""
    dice = random.Random(seed)
    lines = sorted(dice.sample(range(2, 500), 200))
    pick = dice.randrange
    return [(line, f"{pick(30):03d}", pick(2), FIRST_DAY + pick(40), pick(9)) for line in lines]


def _mark(row: stage.Row) -> int:
    return row[3] << stage.DAY_SHIFT | row[4] << stage.LINE_BITS | row[0]


def _staged(path: Path, rows: Rows, kept: int, monkeypatch: pytest.MonkeyPatch) -> stage.Stage:
    monkeypatch.setattr(stage, "_KEPT", kept)
    found = stage.Stage(path, anew=True)
    for start in range(0, len(rows), 7):
        some = rows[start : start + 7]
        found.add(([row[1] for row in some], [row[2] for row in some], [_mark(row) for row in some]), [])
    found.close_reading({"school": ["a", "b"], "code": ["x"]}, {})
    found.put_in_order()
    return found


@pytest.mark.parametrize("kept", [0, 3000, 1 << 30])
@pytest.mark.parametrize("seed", range(4))
def test_rows_of_a_student_are_together(
    kept: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _some_rows(seed)
    found = _staged(tmp_path / "work", rows, kept, monkeypatch)
    groups = list(found.students(0))
    assert [group[0] for group in groups] == list(dict.fromkeys(row[1] for row in rows))
    for student, least, greatest, line, marks in groups:
        own = [row for row in rows if row[1] == student]
        assert (least, greatest, line) == (min(r[2] for r in own), max(r[2] for r in own), own[0][0])
        assert marks == sorted(map(_mark, own))
        assert found.rows_of(student) == sorted(own, key=lambda row: (row[3], row[0]))
        for row in own:
            assert found.begins_of(row[0]) == line
    assert sorted(found.newest()) == sorted(found.oldest()) == sorted(rows)
    newest, oldest = [row[3] for row in found.newest()], [row[3] for row in found.oldest()]
    assert (newest, oldest) == (sorted(newest, reverse=True), sorted(oldest))
    assert found.last_line() == rows[-1][0]
    assert found.begins_of(1) is None
    middle = groups[len(groups) // 2]
    assert list(found.students(middle[3])) == groups[len(groups) // 2 + 1 :]


def test_students_whose_number_is_written_in_two_ways_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(2, "42", 0, FIRST_DAY, 0), (3, "7", 0, FIRST_DAY, 0), (4, "0042", 0, FIRST_DAY + 1, 0)]
    found = _staged(tmp_path / "work", rows, 1 << 30, monkeypatch)
    found.write_as([0], {"42": "0042"}, {"42"})
    found.put_in_order()
    assert [(group[0], group[3]) for group in found.students(0)] == [("0042", 2), ("7", 3)]
    assert [row[0] for row in found.rows_of("0042")] == [2, 4]


def test_a_stage_that_was_read_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "work"
    rows = _some_rows(1)
    groups = list(_staged(path, rows, 0, monkeypatch).students(0))
    again = stage.Stage(path)
    assert not again.is_new
    assert list(again.students(0)) == groups
    half = stage.Stage(tmp_path / "half", anew=True)
    half.add((["1"], [0], [_mark(rows[0])]), [])
    assert stage.Stage(tmp_path / "half").is_new, "what is half read is read anew"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=8)


@pytest.fixture
def file(tmp_path: Path, made: MadeUp) -> Callable[[int], Path]:
    def written(seed: int) -> Path:
        dice = random.Random(seed)
        path = tmp_path / f"days{seed}.csv"
        lines = [
            f"{dice.randrange(9):05d},2025-09-{day:02d},E" for day in (*range(2, 30), 14) for _row in range(6)
        ]
        path.write_text("\n".join(["student,date,code", *lines, "00001,nonsense,E", "99,2025-09-03,E", ""]))
        return path

    return written


def _lines(path: Path, work: Path, after: int = 0) -> Iterator[list[tuple[int, str]]]:
    for some in AttendanceSource(path, path.name, {"codes": "E,excused\n"}, work).lines(after):
        if some:
            yield [(line.number, line.text or str(line.cells)) for line in some]


def test_planning_goes_on_where_it_broke_off(
    app: Flask, file: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "STUDENTS_AT_ONCE", 2)
    path, work = file(1), tmp_path / "work"
    with app.app_context(), system("test"):
        whole = list(_lines(path, work))
        assert len(whole) > 2
        numbers = [number for some in whole for number, _text in some]
        assert len(set(numbers)) == len(numbers)
        for place, some in enumerate(whole):
            assert list(_lines(path, work, some[-1][0])) == whole[place + 1 :]


def test_parts_make_no_difference(
    app: Flask, file: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(2)
    with app.app_context(), system("test"):
        in_one = list(chain.from_iterable(_lines(path, tmp_path / "one")))
        monkeypatch.setattr(stage, "_KEPT", 0)
        monkeypatch.setattr("crm_schools.importing.attendance.rows.CHUNK", 5)
        assert list(chain.from_iterable(_lines(path, tmp_path / "many"))) == in_one


def test_a_column_of_remarks_is_none_of_codes(
    app: Flask, made: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_CODES", 1)
    path = tmp_path / "days.csv"
    path.write_text("student,date,code\n00001,2025-09-03,E\n00001,2025-09-04,was late by bus\n")
    with app.app_context():
        outcome = bring_in("attendance", path, {"codes": "E,excused\n"})
        assert outcome.counts["rejected"] == 1
        assert "many thousand different codes" in dict(outcome.noticed)[3]
        with system("test"):
            first = select(Attendance.marks).where(Attendance.student_id == made.students[1])
            assert "0903:" in db.session().scalars(first).one()


def test_a_file_of_too_many_lines_is_refused(
    app: Flask, made: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "MOST_LINES", 3)
    path = tmp_path / "days.csv"
    path.write_text("student,date,code\n00001,2025-09-03,E\n00001,2025-09-04,E\n")
    with app.app_context(), pytest.raises(UserError, match="too many lines"):
        bring_in("attendance", path, {"codes": "E,excused\n"})
