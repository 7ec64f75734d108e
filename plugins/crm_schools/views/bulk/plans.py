"""What an action would do for each of many students, and what is left out and why."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Form, UserError, current_actor, db, system, visible
from crm.plugin_api import gettext as _
from crm_schools.models import Student
from crm_schools.views.known import Known, known_each


@dataclass(frozen=True)
class Line:
    """What is done for one student. `shown` is what the plan says of it beside the name, `act` does it and
    answers with the row to be written, if there is one."""

    student: Student
    shown: tuple[str, ...] = ()
    act: Callable[[], Any] = lambda: None
    is_already: bool = False
    refusal: str = ""


Decide = Callable[[Known], Line]
"""Says what is done for a student; UserError with the reason where nothing can be."""


@dataclass(frozen=True)
class Action:
    """Something to do for many students.

    `prepare` reads for all of them what decides, and answers with what decides about one. `choose` gives the
    form its choices. `sentence` is the summary in the journal for so many students, without any name; `said`
    what is said after, `after` the page that follows, where it is not the list."""

    name: str
    label: Any
    icon: str
    form: type[Form]
    prepare: Callable[[Any, Sequence[Known]], Decide]
    columns: tuple[Any, ...]
    will: Any
    button: Callable[[int], str]
    sentence: Callable[[int], str]
    said: Callable[[int], str]
    first: Callable[[], dict[str, Any]] = dict
    choose: Callable[[Any, Sequence[int]], None] = lambda form, ids: None
    after: Callable[[Sequence[Any]], str] | None = None


@dataclass(frozen=True)
class Plan:
    """What would happen to each of those chosen, by name."""

    lines: Sequence[Line]

    @cached_property
    def will(self) -> list[Line]:
        return [line for line in self.lines if not line.refusal and not line.is_already]

    @cached_property
    def already(self) -> list[Line]:
        return [line for line in self.lines if line.is_already]

    @cached_property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.refusal]

    @property
    def reasons(self) -> dict[str, list[Line]]:
        """Who is left out, by why."""
        found: dict[str, list[Line]] = {}
        for line in self.refused:
            found.setdefault(line.refusal, []).append(line)
        return found

    @property
    def mark(self) -> str:
        """Tells whether a plan is still the one that somebody has seen."""
        told = [(line.student.id, line.shown, line.is_already, line.refusal) for line in self.lines]
        return sha256(repr(told).encode()).hexdigest()[:32]

    def carry_out(self) -> list[Any]:
        """Do it; the rows that were written. Inside a transaction."""
        rows = [row for line in self.will if (row := line.act()) is not None]
        db.session().add_all(rows)
        db.session().flush()
        return rows


def made(action: Action, form: Any, student_ids: Collection[int]) -> Plan:
    """The plan for these students, as far as the reader may see them: whom they see and may not act for is
    left out like whomever the action cannot be done for."""
    abouts = known_each(student_ids)
    decide = action.prepare(form, abouts)
    lines = [_line(decide, about) for about in abouts]
    seen = visible(Student, current_actor()).where(db.among(Student.id, student_ids))
    allowed = {about.student.id for about in abouts}
    lines += [
        Line(student, refusal=_("Your role does not let you act for this student."))
        for student in db.session().scalars(seen)
        if student.id not in allowed
    ]
    return Plan(sorted(lines, key=lambda line: (line.student.sort_name, line.student.id)))


def _line(decide: Decide, about: Known) -> Line:
    try:
        return decide(about)
    except UserError as error:
        return Line(about.student, refusal=error.message)


def hold(student_ids: Collection[int]) -> None:
    """Let others who write about these students, or act for them, wait for the end of the transaction."""
    statement = select(Student.id).where(db.among(Student.id, student_ids)).order_by(Student.id)
    with system("students are held before it is decided what can be done for them"):
        db.session().execute(statement.with_for_update(key_share=True)).all()
