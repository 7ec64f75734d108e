"""Which students need which tier of support. Tiers add up: tier 3 gets what tier 2 gets, too."""

from typing import Any, Final

from crm.plugin_api import lazy_gettext as _

REASONS: Final[dict[str, Any]] = {
    "": _("No sign of trouble: what everybody gets."),
    "pace": _("Missed two days or more for each month of school so far."),
    "rate_10": _("Missed 10 % or more of this year."),
    "last_10": _("Missed 10 % or more of last year."),
    "no_response": _("No less is missed since early help began, two weeks of school ago or more."),
    "rate_20": _("Missed 20 % or more of this year."),
    "last_20": _("Missed 20 % or more of last year."),
}


UNKNOWN: Final = _("No day of this year is counted yet: what everybody gets.")


def reason(code: str, enrolled: int) -> Any:
    """Why somebody is in a tier, in words. No sign of trouble is none where nothing is known."""
    return UNKNOWN if code == "" and enrolled == 0 else REASONS.get(code, "")


def tier_of(band: str, last_band: str, absent: int, months: int) -> tuple[int, str]:
    """The tier and why, a code of REASONS. `absent` are half days so far, `months` how many months of school
    have begun, `last_band` the band of the year before (empty where it is not known).

    Source: Attendance Works: tier 2 at 10 % last year, or 2 days missed in month 1, 4 by month 2, 6 by month
    3; tier 3 at 20 % last year or this. Its third trigger is `not_better`."""
    if band == "severe":
        return 3, "rate_20"
    if last_band == "severe":
        return 3, "last_20"
    if band == "moderate":
        return 2, "rate_10"
    if last_band == "moderate":
        return 2, "last_10"
    return (2, "pace") if months > 0 and absent >= 4 * months else (1, "")


def not_better(before: int, after: int) -> bool:
    """Whether half days missed over equally many days of school, before tier 2 help began and since, show no
    improvement; somebody who misses no whole day is better.

    Source: Attendance Works: tier 3 where there is no improvement under tier 2."""
    return after >= max(before, 2)
