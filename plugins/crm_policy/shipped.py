"""The elements of policy that come with Rollcall. They are kept in English, as the words of a coalition would
be, and shown in the reader's language as long as nobody has changed them."""

from typing import Any, Final

from crm.plugin_api import gettext


def _l(text: str) -> str:
    """Marks a text for the catalogue; it stays as it is."""
    return text


YES_NO: Final[list[Any]] = [["yes", _l("Yes"), 2], ["partly", _l("Partly"), 1], ["no", _l("No"), 0]]
ELEMENTS: Final[tuple[tuple[str, str, str, int, list[Any]], ...]] = (
    (
        "definition",
        _l("Definition of chronic absence"),
        _l("How does the state define chronic absence?"),
        3,
        [
            ["10pct", _l("10% of days absent"), 2],
            ["90pct_present", _l("Under 90% of days present"), 2],
            ["days", _l("A number of days"), 1],
            ["other", _l("Another definition"), 1],
        ],
    ),
    (
        "counts",
        _l("All absences count"),
        _l("Do excused, unexcused, suspensions and transfers all count?"),
        2,
        YES_NO,
    ),
    (
        "day",
        _l("Day of attendance"),
        _l("Does the state say how much of a day makes a day of attendance?"),
        1,
        YES_NO,
    ),
    (
        "daily",
        _l("Attendance taken daily"),
        _l("Must attendance be taken each day or class?"),
        1,
        YES_NO,
    ),
    (
        "indicator",
        _l("Accountability indicator"),
        _l("Is chronic absence an indicator of school quality?"),
        3,
        YES_NO,
    ),
    (
        "reporting",
        _l("Public reporting"),
        _l("Is chronic absence published, for schools, before the year ends?"),
        3,
        [
            ["school", _l("By school, each year"), 2],
            ["district", _l("By district only"), 1],
            ["state", _l("For the state only"), 1],
            ["none", _l("Not published"), 0],
        ],
    ),
    (
        "early",
        _l("Early warning and tiered support"),
        _l("Are early warning, tiers of support or review teams required?"),
        3,
        YES_NO,
    ),
    (
        "nonpunitive",
        _l("No exclusion for absence"),
        _l("Is it barred to expel, suspend or detain for absence?"),
        2,
        YES_NO,
    ),
    (
        "truancy",
        _l("Truancy and courts"),
        _l("Must schools offer help before a court is involved?"),
        2,
        YES_NO,
    ),
    (
        "funding",
        _l("Funding basis"),
        _l("Is money given by membership or by attendance?"),
        1,
        [
            ["attendance", _l("By attendance"), 2],
            ["membership", _l("By membership"), 1],
            ["other", _l("Otherwise"), 1],
        ],
    ),
    (
        "kindergarten",
        _l("Kindergarten is compulsory"),
        _l("Must children attend kindergarten?"),
        1,
        YES_NO,
    ),
    (
        "notice",
        _l("Notice to families"),
        _l("Must families be told early, in their language?"),
        2,
        YES_NO,
    ),
    (
        "taskforce",
        _l("Task force or study"),
        _l("Is there a task force or a study on attendance?"),
        1,
        YES_NO,
    ),
    (
        "excused",
        _l("New excused absences"),
        _l("Are there newer excuses, such as days for mental health?"),
        1,
        YES_NO,
    ),
    (
        "assistance",
        _l("Help and partners"),
        _l("Does the state give technical help, and name partner agencies?"),
        1,
        YES_NO,
    ),
)


def _texts() -> frozenset[str]:
    found: set[str] = set()
    for _key, name, question, _weight, choices in ELEMENTS:
        found |= {name, question, *(each[1] for each in choices)}
    return frozenset(found)


_SHIPPED: Final = _texts()


def shown(text: str) -> str:
    """What came with Rollcall in the reader's language, anything else as it was written."""
    return gettext(text) if text in _SHIPPED else text
