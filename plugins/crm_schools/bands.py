"""Who misses how much, in exact integers. Half days throughout; no fraction is ever computed."""

from typing import Final

APART: Final = "pre_k"
"""In place of a band for children in prekindergarten, where these stand in no rate."""
LETTERS: Final = {
    "satisfactory": "s", "at_risk": "a", "moderate": "m", "severe": "v", "short": "x", APART: "p",
}  # fmt: skip
BAND_OF_LETTER: Final = {letter: band for band, letter in LETTERS.items()}


def is_chronic(absent: int, enrolled: int) -> bool:
    """Absent for ten percent or more of the days enrolled, whatever the reason.

    Source: Attendance Works, *The Attendance Imperative* (2013); Conn. Gen. Stat. §10-198c: “equal to or
    greater than ten per cent”. Exactly ten percent is chronic, so it is `10 · absent ≥ enrolled`: `1 -
    present / enrolled >= 0.1` in doubles misses each of the 49 exact cases from 10 to 250 days."""
    return enrolled > 0 and 10 * absent >= enrolled


def is_severe(absent: int, enrolled: int) -> bool:
    """Absent for twenty percent or more. Source: Attendance Works, early warning toolkit (tier 3: 20 % and
    over)."""
    return enrolled > 0 and 5 * absent >= enrolled


def band_of(absent: int, enrolled: int, minimum_days: int) -> str:
    """The band of a student: below 5 % satisfactory, below 10 % at risk, below 20 % moderate, else severe;
    `short` below the minimum enrolment.

    Source: EDU (edanalytics) seed `absentee_categories.csv`: attendance >95, >90–95, >80–90, ≤80, the same
    edges. Minimum enrolment: a state's own, see `settings.RULES`."""
    if enrolled <= 0 or enrolled < 2 * minimum_days:
        return "short"
    if 5 * absent >= enrolled:
        return "severe"
    if 10 * absent >= enrolled:
        return "moderate"
    return "at_risk" if 20 * absent >= enrolled else "satisfactory"


def shown_band(band: str, grade: str, *, apart: bool) -> str:
    """The band in which a student of a grade stands: none for prekindergarten where the district's rule sets
    it `apart`.

    Source: chronic absence is measured from kindergarten on (EDFacts FS195: kindergarten to grade 12)."""
    return APART if apart and grade == "PK" else band


def school_band(chronic: int, students: int) -> str:
    """How a school stands by its share of chronically absent students: extreme from 30 %, high from 20 %.

    Source: Education Week on Attendance Works (2017); significant, modest and low are in common use.
    """
    if students <= 0:
        return "none"
    for percent, name in ((30, "extreme"), (20, "high"), (10, "significant"), (5, "modest")):
        if 100 * chronic >= percent * students:
            return name
    return "low"


def half_days_until(absent: int, enrolled: int, percent: int) -> int:
    """How many more days in a row, all of them missed, put the student at `percent` or above, in half days;
    each is a day enrolled more. 0 when they are there already. Exact: the least n with
    `100 · (absent + 2 n) ≥ percent · (enrolled + 2 n)`. What would change a rating, as the page of a student
    says it."""
    missing = percent * enrolled - 100 * absent
    return 2 * -(-missing // (2 * (100 - percent))) if missing > 0 else 0


def days_until_below(absent: int, enrolled: int, percent: int) -> int:
    """How many days in a row without absence bring the student below `percent`, each a day enrolled more; 0
    when they are below already. Exact: the least n with `100 · absent < percent · (enrolled + 2 n)`."""
    if 100 * absent < percent * enrolled:
        return 0
    missing = 100 * absent - percent * enrolled
    return missing // (2 * percent) + 1
