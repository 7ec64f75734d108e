"""What the law of truancy asks, and why somebody with days without an excuse is not truant by it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext, ngettext
from crm_schools import truancy
from crm_schools.models import Student
from crm_schools.rating import Absence

_CT_FIRST, _CT_LAST = truancy.AGES["ct"]
LAWS: Final[Mapping[str, Any]] = {
    "ct": lazy_gettext(
        "The rule: four full days without an excuse in one month or ten in a school year, from %(first)s to "
        "%(last)s years of age.",
        first=_CT_FIRST,
        last=_CT_LAST,
    ),
    "ca": lazy_gettext(
        "The rule: three full days without an excuse, three tardies of more than 30 minutes, or three of "
        "both together."
    ),
    "sc": lazy_gettext(
        "The rule: three full days of school in a row without an excuse, or five in all."
    ),
}  # fmt: skip


def reasons(law: str, student: Student, grade: str, absences: Iterable[Absence]) -> list[str]:
    """Which days without an excuse do not count for the law and why, then what is left; nothing where there
    are no such days."""
    days = _unexcused(absences)
    if law not in LAWS or not days:
        return []
    left, said = days, []
    if law in truancy.AGES:
        left = truancy.of_age(law, days, student.birth_date, grade)
        said += _of_age(law, days, student.birth_date, grade)
    halves = sum(1 for _day, halves in left if halves < truancy.FULL_DAY)
    if halves:
        said.append(
            ngettext(
                "One day was missed only in part, and the rule counts full days.",
                "%(count)s days were missed only in part, and the rule counts full days.",
                halves,
                count=halves,
            )
        )
    return [*said, _left(len(left) - halves)]


def _unexcused(absences: Iterable[Absence]) -> list[tuple[date, int]]:
    """Each such day once, by the longest absence that a school reported; see `rater`."""
    found: dict[date, int] = {}
    for each in absences:
        if each.counted and each.kind == "unexcused" and each.halves:
            found[each.on_date] = max(each.halves, found.get(each.on_date, 0))
    return sorted(found.items())


def _of_age(law: str, days: Sequence[tuple[date, int]], born: date | None, grade: str) -> list[str]:
    """The days on which the law does not hold because of the student's age."""
    first, last = truancy.AGES[law]
    if born is None:
        unknown = _("The rule does not hold before kindergarten unless a date of birth says that it does.")
        return [unknown] if grade in truancy.YOUNG else []
    ages = [truancy.age_on(born, day) for day, _halves in days]
    young, old = sum(1 for age in ages if age < first), sum(1 for age in ages if age > last)
    return [*_counted(young, _too_young, first), *_counted(old, _too_old, last + 1)]


def _counted(count: int, words: Callable[[int, int], str], age: int) -> list[str]:
    return [words(count, age)] if count else []


def _too_young(count: int, age: int) -> str:
    return ngettext(
        "One of these days was before the student was %(age)s years old; the rule does not hold then.",
        "%(count)s of these days were before the student was %(age)s years old; the rule does not hold then.",
        count,
        count=count,
        age=age,
    )


def _too_old(count: int, age: int) -> str:
    return ngettext(
        "On one of these days the student was %(age)s years old or more; the rule does not hold then.",
        "On %(count)s of these days the student was %(age)s years old or more; the rule does not hold then.",
        count,
        count=count,
        age=age,
    )


def _left(count: int) -> str:
    if not count:
        return _("No day is left that counts for the rule.")
    return ngettext(
        "One full day counts for the rule: not as many, or not as close together, as it asks for.",
        "%(count)s full days count for the rule: not as many, or not as close together, as it asks for.",
        count,
        count=count,
    )
