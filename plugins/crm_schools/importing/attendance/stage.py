"""Where the rows of a file are put together by student: a small database beside the upload.

A file of a district stands in the order of days, and what is written is what each student missed. A database
of its own sorts millions of rows without memory, is the same whatever the application's is, and goes with the
upload."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from crm.plugin_api import bulk

HALVES_BITS: Final = 2
NOT_SAID: Final = 3
"""In place of half days (0, 1, 2) where the row does not state them."""
DAY_SHIFT: Final = 24
"""A mark is one number: the ordinal of its day before what was said of it."""

Row = tuple[int, str, int, int, int]
"""Line, student, school (place in a list), ordinal of the day, and what was said of it: the code (place in a
list) before HALVES_BITS of half days."""
Group = tuple[str, int, int, int, str]
"""A student, the least and the greatest school (places in a list), the first line, and all marks."""
Bad = tuple[int, str, str, str]
"""Line, code of the reason, column, value."""
Totals = Mapping[tuple[int, int], int]
"""By school and code (places in lists), how many rows there are."""
_SCHEMA: Final = """
CREATE TABLE raw (line INTEGER PRIMARY KEY, student TEXT, school INTEGER, day INTEGER, said INTEGER);
CREATE TABLE word (kind TEXT, place INTEGER, text TEXT);
CREATE TABLE total (school INTEGER, code INTEGER, rows INTEGER);
CREATE TABLE alias (student TEXT, place INTEGER, written TEXT, has_zeros INTEGER);
CREATE TABLE bad (line INTEGER PRIMARY KEY, code TEXT, shown TEXT, value TEXT);
CREATE TABLE seen (school INTEGER, year INTEGER, student INTEGER, PRIMARY KEY (school, year, student))
  WITHOUT ROWID;
CREATE TABLE done (what TEXT PRIMARY KEY);
"""


class Stage:
    """The database of one file."""

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        """What was read before is taken again, unless it is to be read `anew`: by other columns, or since
        what rows are judged by has changed."""
        self.path = path
        if path.exists() and (anew or not _is_whole(path)):
            path.unlink()
        self.is_new = not path.exists()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16000", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        if self.is_new:
            self._database.executescript(_SCHEMA)

    def add(self, rows: Iterable[Row], bad: Iterable[Bad]) -> None:
        """Add rows in one transaction."""
        self._database.execute("BEGIN")
        bulk.fill(self._database, "INSERT INTO raw", 5, rows)
        self._database.execute("COMMIT")
        self.reject(bad)

    def reject(self, bad: Iterable[Bad]) -> None:
        """Note rows that are not imported; the first reason stays."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO bad VALUES (?, ?, ?, ?)", bad)
        self._database.execute("COMMIT")

    def close_reading(self, schools: Sequence[str], codes: Sequence[str], totals: Totals) -> None:
        """All of the file is here; `totals` as `Reading` counted them."""
        words = [("school", *each) for each in enumerate(schools)] + [
            ("code", *each) for each in enumerate(codes)
        ]
        run = self._database.executemany
        run("INSERT INTO word VALUES (?, ?, ?)", words)
        run("INSERT INTO total VALUES (?, ?, ?)", [(*key, count) for key, count in totals.items()])
        self._database.execute("CREATE INDEX by_student ON raw (student, day, line, school, said)")
        self._database.execute("INSERT INTO done VALUES ('read')")

    def words(self, kind: str) -> list[str]:
        """The texts to which places of schools or codes refer."""
        rows = self._database.execute("SELECT text FROM word WHERE kind = ? ORDER BY place", (kind,))
        return [row[0] for row in rows]

    def pairs(self) -> list[tuple[int, int, int]]:
        """For each school and code, how many rows there are."""
        return self._database.execute("SELECT school, code, rows FROM total").fetchall()

    def students(self, after: str) -> Iterator[Group]:
        """One student after the other, with all that the file says of them."""
        return self._database.execute(
            "SELECT student, min(school), max(school), min(line), group_concat(day << ? | said) FROM raw "
            "WHERE student > ? GROUP BY student ORDER BY student",
            (DAY_SHIFT, after),
        )

    def newest(self) -> Iterator[Row]:
        """All rows, the last day first: mostly the first of them says what is asked."""
        last = self._database.execute("SELECT max(day) FROM raw").fetchone()[0]
        columns = "SELECT line, student, school, day, said FROM raw "
        yield from self._database.execute(columns + "WHERE day = ?", (last,)).fetchall()
        yield from self._database.execute(columns + "WHERE day < ? ORDER BY day DESC", (last,))

    def oldest(self) -> Iterator[Row]:
        """The same, the first day first."""
        yield from self._database.execute("SELECT line, student, school, day, said FROM raw ORDER BY day")

    def written(self, places: Iterable[int]) -> Iterator[str]:
        """How students of some schools are written, each once."""
        listed = ", ".join(map(str, places))
        rows = self._database.execute(f"SELECT DISTINCT student FROM raw WHERE school IN ({listed})")  # noqa: S608  # Numbers.
        return (row[0] for row in rows)

    def write_as(self, places: Sequence[int], known: Mapping[str, str], bare: Collection[str]) -> None:
        """Let students that are written in several ways be one: `known` says for each other way how. `bare`
        are those that lost their leading zeros."""
        listed = ", ".join(map(str, places))
        self._database.execute("BEGIN")
        for other, student in known.items():
            self._database.execute(
                f"UPDATE raw SET student = ? WHERE student = ? AND school IN ({listed})",  # noqa: S608  # Numbers.
                (student, other),
            )
            values = [(student, place, other, other in bare) for place in places]
            self._database.executemany("INSERT INTO alias VALUES (?, ?, ?, ?)", values)
        self._database.execute("COMMIT")

    def aliases(self) -> dict[tuple[str, int], list[str]]:
        """By student and school, how else they are written, where leading zeros were lost."""
        found: dict[tuple[str, int], list[str]] = {}
        for student, place, written in self._database.execute(
            "SELECT student, place, written FROM alias WHERE has_zeros ORDER BY written"
        ):
            found.setdefault((student, place), []).append(written)
        return found

    def rows_of(self, student: str) -> list[Row]:
        """The rows of a student, days in order, rows of a day as they stand in the file."""
        return self._database.execute(
            "SELECT line, student, school, day, said FROM raw WHERE student = ? ORDER BY day, line",
            (student,),
        ).fetchall()

    def student_of(self, line: int) -> str | None:
        """Whose row a line is, if it is a good one."""
        found = self._database.execute(
            "SELECT student FROM raw WHERE line = ? AND line NOT IN (SELECT line FROM bad)", (line,)
        ).fetchone()
        return found[0] if found else None

    def bad(self, after: int) -> Iterator[Bad]:
        """The rows that are not imported, in the order of the file."""
        return self._database.execute(
            "SELECT line, code, shown, value FROM bad WHERE line > ? ORDER BY line", (after,)
        )

    def see(self, students: Iterable[tuple[int, int, int]]) -> None:
        """Note of which schools (ids), school years and students (ids) the file says anything."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", students)
        self._database.execute("COMMIT")

    def seen(self, school: int, year: int) -> set[int]:
        """The students of a school and year of whom the file says anything."""
        rows = self._database.execute(
            "SELECT student FROM seen WHERE school = ? AND year = ?", (school, year)
        )
        return {row[0] for row in rows}

    def last_line(self) -> int:
        """The line behind which lines of our own are counted."""
        found = self._database.execute(
            "SELECT max((SELECT coalesce(max(line), 0) FROM raw), (SELECT coalesce(max(line), 0) FROM bad))"
        ).fetchone()
        return int(found[0])

    def commonest_bad(self) -> Bad | None:
        """The first row of the reason for which most are not imported."""
        found: Bad | None = self._database.execute(
            "SELECT line, code, shown, value FROM bad WHERE code = (SELECT code FROM bad GROUP BY code "
            "ORDER BY count(*) DESC, code LIMIT 1) ORDER BY line LIMIT 1"
        ).fetchone()
        return found

    def bad_by_code(self) -> list[tuple[str, int]]:
        return self._database.execute("SELECT code, count(*) FROM bad GROUP BY code").fetchall()


def _is_whole(path: Path) -> bool:
    """Whether a process that was killed had read all of the file."""
    try:
        with sqlite3.connect(path) as database:
            return database.execute("SELECT 1 FROM done").fetchone() is not None
    except sqlite3.Error:
        return False
