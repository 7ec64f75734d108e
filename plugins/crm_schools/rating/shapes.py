"""What ratings are made of: what is known of a student, what is added up of it, and what comes out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple


@dataclass(slots=True)
class Span:
    """An enrolment: from `begins` to `ends`, both included; None while it lasts."""

    school_id: int
    grade: str
    begins: date
    ends: date | None


@dataclass(slots=True)
class Known:
    """What is known of one student in one year: their spans in order of time, the packed marks by school, and
    by school the summary (half days enrolled, absent, excused, unexcused; day) where only that came."""

    student_id: int
    spans: list[Span] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)
    summaries: dict[int, tuple[int, int, int | None, int | None, date | None]] = field(default_factory=dict)
    last_band: str = ""
    born_on: date | None = None
    helped_on: date | None = None
    """When the first intervention of tier 2 began in this year."""


@dataclass(slots=True)
class Sum:
    """What is added up for one school, or for all of them."""

    school_id: int
    grade: str = ""
    months_enrolled: list[int] = field(default_factory=lambda: [0] * 12)
    months_absent: list[int] = field(default_factory=lambda: [0] * 12)
    weekdays_absent: list[int] = field(default_factory=lambda: [0] * 7)
    begun: set[int] = field(default_factory=set)
    """The months in which they were enrolled, where only a summary is known, too."""
    by_kind: dict[str, int] = field(default_factory=dict)
    tardies: int = 0
    long_tardies: int = 0
    uncounted: int = 0
    unexcused_days: list[tuple[date, int]] = field(default_factory=list)
    basis: str = "calendar"
    through: date | None = None
    summary: tuple[int, int, int, int] | None = None
    once: list[int] = field(default_factory=lambda: [0] * 12)
    """Of `months_enrolled` what counts for all schools together, where no day counts twice."""
    stay: "Stay | None" = None

    def add(self, other: "Sum") -> None:
        """Put another school's to this one's."""
        self.months_enrolled = [a + b for a, b in zip(self.months_enrolled, other.once, strict=True)]
        self.months_absent = [a + b for a, b in zip(self.months_absent, other.months_absent, strict=True)]
        self.weekdays_absent = [
            a + b for a, b in zip(self.weekdays_absent, other.weekdays_absent, strict=True)
        ]
        for kind, halves in other.by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, 0) + halves
        self.begun |= other.begun
        self.tardies += other.tardies
        self.long_tardies += other.long_tardies
        self.uncounted += other.uncounted
        self.unexcused_days += other.unexcused_days
        if other.summary is not None:
            mine = self.summary or (0, 0, 0, 0)
            a, b, c, d = (x + y for x, y in zip(mine, other.summary, strict=True))
            self.summary = (a, b, c, d)
        if other.basis != "calendar" and self.basis != "summary":
            self.basis = other.basis
        self.school_id, self.grade, self.through = other.school_id, other.grade, other.through


class Absence(NamedTuple):
    """One day on which a student was not simply present; made of `Attendance` whenever it is asked for.

    `halves` is how many half days were missed (0 for tardy). `counted` is false for a day that no calendar
    knows as a day of school, such as a Sunday, or on which they were not enrolled: it is shown and counts for
    nothing."""

    student_id: int
    school_id: int
    school_year: int
    on_date: date
    code_id: int
    kind: str
    halves: int
    counted: bool


Judged = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]
"""The values of `Absence`, plain since there are millions, and rows of `Rating` as RATING_COLUMNS name
them."""

RATING_COLUMNS = (
    "student_id", "district_id", "school_id", "school_year", "part", "grade", "enrolled", "absent", "excused",
    "unexcused", "suspended", "unstated", "tardies", "uncounted", "band", "is_chronic", "tier", "tier_reason",
    "is_truant", "truancy_reason", "basis", "through_on", "months_enrolled", "months_absent", "months_band",
    "weekdays_absent",
)  # fmt: skip
TIER: Final = RATING_COLUMNS.index("tier")
"""Where the tier and its reason stand."""
ENROLLED: Final = RATING_COLUMNS.index("enrolled")
ABSENT: Final = RATING_COLUMNS.index("absent")


Part = tuple[date, date, frozenset[date]]
"""The first and last day of a part of a stay that has passed, and the days of school."""


class Stay(NamedTuple):
    """When a student was enrolled in a school: half days by month, the months that begun, and the parts."""

    months: tuple[int, ...]
    begun: frozenset[int]
    grade: str
    basis: str
    parts: Sequence[Part]


Meaning = tuple[date, int, str, int, int, int]
"""A day, its code, kind and half days, the place of its month in the school year and its weekday."""


_THREE_DIGITS: Final = [f"{halves:03d}" for halves in range(1000)]


def digits(months: Iterable[int]) -> str:
    """Numbers as `Rating` keeps those of months and weekdays: three digits each."""
    return "".join(map(_THREE_DIGITS.__getitem__, months))
