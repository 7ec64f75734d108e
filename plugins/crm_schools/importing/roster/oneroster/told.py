"""What is told of the rows of an archive that cannot be used: which file and line, at whom, and why."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from crm.plugin_api.transfer import Problem
from crm_schools.importing.roster import records

Found = tuple[records.Record | None, list[Problem], Sequence[str]]
"""What is brought in, None of what cannot be used, with its problems; where it stands, and what is there."""
LINE: Final = "line in the file"
"""Beside the columns of a file, the row of it that this was; no file calls a column so."""
NUMBERED: Final = f'SELECT _rowid_ AS "{LINE}", * FROM'


def place_of(name: str, row: sqlite3.Row) -> str:
    """Where a row stands that was read as NUMBERED: `enrollments.csv:12`, as a spreadsheet counts."""
    return f"{name}.csv:{row[LINE]}"


class Told:
    """Takes enrolments that are left out: each is a row of the plan of its own, and said at its student."""

    def __init__(self, problems: list[Problem], rows: list[Found]) -> None:
        """`problems` are those of the student, `rows` where what cannot be used is gathered."""
        self.problems, self._rows = problems, rows
        self.is_short = False
        """Whether an enrolment was left out, so that the others are not all there are."""

    def leave_out(self, row: sqlite3.Row, code: str, value: str) -> None:
        self.is_short = True
        self.problems.append(Problem(code, place_of("enrollments", row), value))
        self.refuse(row, code, value)

    def refuse(self, row: sqlite3.Row, code: str, value: str) -> None:
        """The same where the student needs no more words."""
        self._rows.append(refused("enrollments", row, code, value))


def refused(name: str, row: sqlite3.Row, code: str, value: str) -> Found:
    at = place_of(name, row)
    return None, [Problem(code, at, value, fatal=True)], [at, *(str(cell) for cell in tuple(row)[1:])]


def of_nobody(database: sqlite3.Connection, *, is_whole: bool) -> Iterator[Found]:
    """Enrolments that name no user, as where a line is cut short, and, where the users are all there are
    (`is_whole`), those of students who are not among them."""
    unknown = " OR userSourcedId NOT IN (SELECT sourcedId FROM users)" if is_whole else ""
    rows = database.execute(
        f"{NUMBERED} enrollments WHERE lower(trim(role)) IN ('student', '') "
        f"AND (trim(userSourcedId) = ''{unknown}) ORDER BY _rowid_"
    )
    for row in rows:
        user = str(row["userSourcedId"]).strip()
        code = "schools_class_of_nobody" if user else "schools_class_short"
        yield refused("enrollments", row, code, user)
