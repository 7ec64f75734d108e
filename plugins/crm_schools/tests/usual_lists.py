"""Lists of students as districts send them each night: two schools with fifteen others in each, and Ana."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.transfer import Outcome
from crm_schools.models import Rating, Student
from crm_schools.tests.nights import FIRST, Nights

HEAD = "Student_Number,Last_Name,First_Name,SchoolID,EntryDate,ExitDate,DOB"
TERM = date(2027, 1, 25)
ANA = "0100"
OTHERS = 15


def on(month: int, day: int) -> date:
    """A day of the school year, or of the summer behind it."""
    return date(2026 if month > 8 else 2027, month, day)


@dataclass
class Lists:
    """Imports them, and says what became of Ana."""

    nights: Nights

    def bring(
        self,
        *of_ana: tuple[int, date | str, date | str],
        came: date | str = FIRST,
        left: date | str = "",
        terms_from: int = OTHERS,
    ) -> Outcome:
        """Her rows (school, entry, exit), and the day of entry and the last day of all others; those behind
        `terms_from` in their school are there since the first day of school."""
        rows = [f"{ANA},Oak,Ana,{school},{entry},{exits},2017-05-04" for school, entry, exits in of_ana]
        for school in (1, 2):
            for place in range(OTHERS):
                entry = came if place < terms_from else FIRST
                names = f"{1000 * school + place},Fam{school}x{place},Giv{place}"
                rows.append(f"{names},{school},{entry},{left},2017-04-05")
        return self.nights.table(HEAD, rows)

    def without_days(self, *of_ana: tuple[int, date | str]) -> Outcome:
        """The same without a day of entry; her rows are (school, exit)."""
        rows = [f"{ANA},Oak,Ana,{school},{exits},2017-05-04" for school, exits in of_ana]
        rows += [
            f"{1000 * school + place},Fam{school}x{place},Giv{place},{school},,2017-04-05"
            for school in (1, 2)
            for place in range(OTHERS)
        ]
        return self.nights.table(HEAD.replace("EntryDate,", ""), rows)

    def missed(self, days: Iterable[tuple[int, date]], through: date) -> None:
        """Schools and days on which Ana missed; attendance of both schools is known up to a day."""
        rows = [f"{ANA},{school},{day:%m/%d/%Y}" for school, day in days]
        self.nights.attend(*rows, *(f"{1000 * school},{school},{through:%m/%d/%Y}" for school in (1, 2)))

    def stays(self) -> list[tuple[str, date, date | None]]:
        return self.nights.stays(ANA)

    def days_absent(self) -> float:
        """How many days count that she missed this year, at all schools."""
        with self.nights.app.app_context(), system("test"):
            statement = select(Rating.absent).join(Student, Student.id == Rating.student_id)
            of_ana = statement.where(Student.local_id == ANA, Rating.school_year == 2027)
            return max(db.session().scalars(of_ana), default=0) / 2
