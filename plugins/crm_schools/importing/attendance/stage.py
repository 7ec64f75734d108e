"""Where the rows of a file are put together by student: a small database beside the upload.

A file of a district stands in the order of days, and what is written is what each student missed. Rows are
put together in memory, some at a time, and kept in a database of its own: it holds millions of them, is the
same whatever the application's is, and goes with the upload."""

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from crm.plugin_api import bulk

HALVES_BITS: Final = 2
NOT_SAID: Final = 3
"""In place of half days (0, 1, 2) where the row does not state them."""
SAID_BITS: Final = 16
"""What was said of a day is one number: the code (place in a list) before HALVES_BITS of half days."""
MOST_CODES: Final = 1 << (SAID_BITS - HALVES_BITS)
LINE_BITS: Final = 28
"""A mark is one number of 64 bits: the ordinal of its day, what was said of it, and the line of the file."""
MOST_LINES: Final = 1 << LINE_BITS
DAY_SHIFT: Final = SAID_BITS + LINE_BITS
_LINE: Final = MOST_LINES - 1
_SAID: Final = (1 << SAID_BITS) - 1

Row = tuple[int, str, int, int, int]
"""Line, student, school (place in a list), ordinal of the day, and what was said of it."""
Read = tuple[Sequence[str], Sequence[int], Sequence[int]]
"""Of rows, in the order of the file, the students, schools (places in a list) and marks."""
Group = tuple[str, int, int, int, list[int]]
"""A student, the least and the greatest school (places in a list), the first line, and all marks, sorted."""
Bad = tuple[int, str, str, str]
"""Line, code of the reason, column, value."""
Totals = Mapping[tuple[int, int], int]
"""By school and code (places in lists), how many rows there are."""
_KEPT: Final = 64 * 1024 * 1024
"""About so many bytes of rows are put together in memory."""
_BYTES_OF_STUDENT, _BYTES_OF_ROW = 320, 10
_SCHEMA: Final = """
CREATE TABLE said (student TEXT, school INTEGER, begins INTEGER, last INTEGER, marks BLOB);
CREATE TABLE word (kind TEXT, place INTEGER, text TEXT);
CREATE TABLE total (school INTEGER, code INTEGER, rows INTEGER);
CREATE TABLE alias (student TEXT, place INTEGER, written TEXT, has_zeros INTEGER);
CREATE TABLE bad (line INTEGER PRIMARY KEY, code TEXT, shown TEXT, value TEXT);
CREATE TABLE seen (school INTEGER, year INTEGER, student INTEGER, PRIMARY KEY (school, year, student))
  WITHOUT ROWID;
CREATE TABLE done (what TEXT PRIMARY KEY, last_line INTEGER);
"""
_WHOLE: Final = "journal_mode=DELETE"
_STUDENT: Final = itemgetter(0)
_BEGINS: Final = itemgetter(2)
_DAY_AND_LINE: Final = itemgetter(3, 0)
_Marks = partial(array, "Q")


class Together(dict[int, dict[str, "array[int]"]]):
    """By school and student, the marks of the rows read since the last part was written."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = 0

    def __missing__(self, school: int) -> dict[str, "array[int]"]:
        found = self[school] = defaultdict(_Marks)
        return found

    def add(self, read: Read) -> None:
        for student, school, mark in zip(*read, strict=True):
            self[school][student].append(mark)
        self._rows += len(read[0])

    @property
    def size(self) -> int:
        """About how many bytes that takes."""
        return _BYTES_OF_STUDENT * sum(map(len, self.values())) + _BYTES_OF_ROW * self._rows

    def rows(self) -> list[tuple[str, int, int, int, "array[int]"]]:
        """Rows of `said`, in the order of their first lines."""
        found = [
            (student, school, marks[0] & _LINE, max(marks) >> DAY_SHIFT, marks)
            for school, those in self.items()
            for student, marks in those.items()
        ]
        return sorted(found, key=_BEGINS)


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
        # What is half read is read anew; from then on a kill must leave it whole.
        journal = "journal_mode=OFF" if self.is_new else _WHOLE
        for pragma in (journal, "synchronous=OFF", "cache_size=-16000", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._together, self._last_line = Together(), 0
        if self.is_new:
            self._database.executescript(_SCHEMA)

    def add(self, read: Read, bad: Iterable[Bad]) -> None:
        """Add rows; they are written with those of other calls."""
        self._together.add(read)
        if read[2]:
            self._last_line = read[2][-1] & _LINE
        if self._together.size > _KEPT:
            self._write()
        self.reject(bad)

    def _write(self) -> None:
        """Write what was put together, in one transaction."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?)", self._together.rows())
        self._database.execute("COMMIT")
        self._together = Together()

    def reject(self, bad: Iterable[Bad]) -> None:
        """Note rows that are not imported; the first reason stays."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO bad VALUES (?, ?, ?, ?)", bad)
        self._database.execute("COMMIT")

    def close_reading(self, words: Mapping[str, Sequence[str]], totals: Totals) -> None:
        """All of the file is here; `words` by their kind, `totals` as `Reading` counted them."""
        self._write()
        run = self._database.executemany
        found = [(kind, *each) for kind, those in words.items() for each in enumerate(those)]
        run("INSERT INTO word VALUES (?, ?, ?)", found)
        run("INSERT INTO total VALUES (?, ?, ?)", [(*key, count) for key, count in totals.items()])
        self._database.execute("CREATE INDEX by_student ON said (student)")
        self._database.execute("INSERT INTO done VALUES ('read', ?)", (self._last_line,))
        self._database.execute(f"PRAGMA {_WHOLE}")

    def close(self) -> None:
        """Let go of the file, to begin it anew."""
        self._database.close()

    def words(self, kind: str) -> list[str]:
        """The texts to which places of schools or codes refer, or which were kept by another kind."""
        rows = self._database.execute("SELECT text FROM word WHERE kind = ? ORDER BY place", (kind,))
        return [row[0] for row in rows]

    def pairs(self) -> list[tuple[int, int, int]]:
        """For each school and code, how many rows there are."""
        return self._database.execute("SELECT school, code, rows FROM total").fetchall()

    def put_in_order(self) -> None:
        """Let students follow each other as they first stand in the file; after `write_as`."""
        run = self._database.execute
        run(
            "UPDATE said SET begins = whole.begins FROM (SELECT student, min(begins) AS begins FROM said "
            "GROUP BY student HAVING count(*) > 1) AS whole WHERE whole.student = said.student"
        )
        run("CREATE INDEX IF NOT EXISTS by_line ON said (begins)")

    def students(self, after: int) -> Iterator[Group]:
        """All that the file says of one student, and then of the next: of those whose first line is behind
        another."""
        found = self._database.execute(
            "SELECT student, school, begins, marks FROM said WHERE begins > ? ORDER BY begins", (after,)
        )
        for student, those in groupby(found, _STUDENT):
            (_student, school, begins, marks), *more = those
            all_marks, least, greatest = _Marks(marks), school, school
            for _student, other, _begins, others in more:
                all_marks.frombytes(others)
                least, greatest = min(least, other), max(greatest, other)
            yield student, least, greatest, begins, sorted(all_marks)

    def newest(self) -> Iterator[Row]:
        """All rows, the last day first: mostly the first of them says what is asked."""
        (last,) = self._database.execute("SELECT max(last) FROM said").fetchone()
        found = self._database.execute("SELECT student, school, marks FROM said WHERE last = ?", (last,))
        yield from [row for row in _apart(found) if row[3] == last]
        yield from self._by_day("WHERE day < ? ORDER BY day DESC", last)

    def oldest(self) -> Iterator[Row]:
        """The same, the first day first."""
        yield from self._by_day("WHERE day > ? ORDER BY day", 0)

    def _by_day(self, some: str, day: int | None) -> Iterator[Row]:
        """Rows as they stood in the file, in an order of days; outside of the file that a kill must leave
        whole."""
        run = self._database.execute
        if not run("SELECT 1 FROM sqlite_temp_master WHERE name = 'by_day'").fetchone():
            run(
                "CREATE TEMP TABLE by_day "
                "(line INTEGER, student TEXT, school INTEGER, day INTEGER, said INTEGER)"
            )
            run("BEGIN")
            bulk.fill(
                self._database,
                "INSERT INTO by_day",
                5,
                _apart(run("SELECT student, school, marks FROM said")),
            )
            run("COMMIT")
        yield from run(f"SELECT line, student, school, day, said FROM by_day {some}", (day,))  # noqa: S608  # Ours.

    def written(self, places: Iterable[int]) -> Iterator[str]:
        """How students of some schools are written, each once."""
        listed = ", ".join(map(str, places))
        rows = self._database.execute(f"SELECT DISTINCT student FROM said WHERE school IN ({listed})")  # noqa: S608  # Numbers.
        return (row[0] for row in rows)

    def write_as(self, places: Sequence[int], known: Mapping[str, str], bare: Collection[str]) -> None:
        """Let students that are written in several ways be one: `known` says for each other way how. `bare`
        are those that lost their leading zeros."""
        listed = ", ".join(map(str, places))
        self._database.execute("BEGIN")
        for other, student in known.items():
            self._database.execute(
                f"UPDATE said SET student = ? WHERE student = ? AND school IN ({listed})",  # noqa: S608  # Numbers.
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
        found = self._database.execute(
            "SELECT student, school, marks FROM said WHERE student = ?", (student,)
        )
        return sorted(_apart(found), key=_DAY_AND_LINE)

    def begins_of(self, line: int) -> int | None:
        """The first line of the student whose row a line is, if it is a good one."""
        run = self._database.execute
        if run("SELECT 1 FROM bad WHERE line = ?", (line,)).fetchone():
            return None
        for begins, marks in run("SELECT begins, marks FROM said WHERE begins <= ?", (line,)):
            if any(mark & _LINE == line for mark in _Marks(marks)):
                return int(begins)
        return None

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
            "SELECT max((SELECT last_line FROM done), (SELECT coalesce(max(line), 0) FROM bad))"
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


def _apart(found: Iterable[tuple[str, int, bytes]]) -> Iterator[Row]:
    """The rows of students, schools and marks."""
    for student, school, marks in found:
        for mark in _Marks(marks):
            yield mark & _LINE, student, school, mark >> DAY_SHIFT, mark >> LINE_BITS & _SAID


def _is_whole(path: Path) -> bool:
    """Whether a process that was killed had read all of the file."""
    try:
        with sqlite3.connect(path) as database:
            return database.execute("SELECT last_line FROM done").fetchone() is not None
    except sqlite3.Error:
        return False
