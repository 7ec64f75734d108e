"""Rows of a table, and those of one student put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crm.plugin_api.transfer import Problem
from crm_schools.words import fold


@dataclass(slots=True)
class Row:
    """What a row says: the record, and why it is odd."""

    number: int
    cells: Sequence[str]
    record: dict[str, Any]
    problems: list[Problem]


def joined(rows: Sequence[Row]) -> Row:
    """Rows of one student as one: later rows win over earlier ones, and every stay counts once."""
    good = [row for row in rows if not any(problem.fatal for problem in row.problems)] or list(rows)
    last, fields = good[-1], dict[str, Any]()
    spans: dict[Any, Any] = {}
    for row in good:
        fields |= row.record["fields"]
        for span in row.record["spans"]:
            spans[fold(span[0]), span[1], span[2]] = span
    record = {**last.record, "fields": fields, "spans": list(spans.values())}
    for name in ("undated", "dated", "never", "in_summer"):
        if places := [place for row in good for place in row.record.get(name, ())]:
            record[name] = places
    if any(row.record.get("left_before_term") for row in good):
        record["left_before_term"] = True
    return Row(rows[-1].number, last.cells, record, [*_problems(rows, good), *_grades(good)])


def _grades(rows: Sequence[Row]) -> Iterator[Problem]:
    """Where rows say different grades of a student in one school and year: one of them may be mistyped."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for row in rows:
        for span in row.record["spans"]:
            if span[4]:
                found.setdefault((fold(span[0]), span[1]), {})[span[4]] = row.number
    for grades in found.values():
        if len(grades) > 1:
            lines = ", ".join(str(line) for line in sorted(grades.values()))
            yield Problem("schools_two_grades", lines, ", ".join(grades))


def _problems(rows: Sequence[Row], good: Sequence[Row]) -> list[Problem]:
    problems: list[Problem] = []
    for row in rows:
        for each in row.problems:
            # A row that cannot be leaves the others of the same student as they are, and is said.
            problem = Problem(each.code, each.column, each.value, fatal=each.fatal and row in good)
            if problem not in problems:
                problems.append(problem)
    return problems
