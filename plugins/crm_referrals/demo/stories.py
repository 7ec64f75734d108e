"""What happened to a dozen made-up students, and how many needs nobody met."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Story:
    """One need and how far its referral has come. `steps` are taken in turn, a day or so apart, the
    first one so many days ago; `ends` is how the need was closed, and why."""

    category: str
    service: str
    note: str
    days_ago: int
    steps: tuple[tuple[str, dict[str, Any]], ...]
    urgency: str = "normal"
    language: str = "en"
    ends: tuple[str, str] = ("", "")


_ACCEPT = ("accept", {"assignee": "Noor Talbot", "next_on": date.max})
_START = ("start", {"started_on": date.min})
_SEND: tuple[str, dict[str, Any]] = ("send", {})
STORIES = (
    Story("transport", "Ride to School", "Missed the bus on eleven mornings.", 1, (_SEND,), "urgent", "es"),
    Story("food", "Weekend Backpacks", "Comes to school hungry on Mondays.", 2, (_SEND, ("open", {}))),
    Story("transport", "Ride to School", "The car broke down in October.", 9, (_SEND, ("open", {}))),
    Story(
        "tutoring",
        "Homework Hour",
        "Stays at home on days of tests.",
        6,
        (_SEND, ("ask", {"note": "On which afternoons could he come?"})),
    ),
    Story(
        "health",
        "School Health Visits",
        "Asthma, eight days in September.",
        8,
        (_SEND, ("open", {}), _ACCEPT),
        "normal",
        "es",
    ),
    Story(
        "mental_health",
        "Calm Mornings",
        "Dreads the first hour.",
        12,
        (_SEND, ("waitlist", {"next_on": date.max, "family_agrees": True, "note": "About three weeks."})),
    ),
    Story(
        "mentoring",
        "Lunch Mentors",
        "Says that nobody would notice.",
        30,
        (_SEND, ("open", {}), _ACCEPT, _START),
    ),
    Story(
        "transport",
        "Ride to School",
        "Two jobs, no car in the morning.",
        55,
        (_SEND, _ACCEPT, _START, ("complete", {"outcome": "enrolled"})),
        "normal",
        "es",
        ("met", ""),
    ),
    Story(
        "clothing",
        "Laundry and Shoes",
        "No winter coat.",
        40,
        (_SEND, _ACCEPT, ("complete", {"outcome": "one_off"})),
    ),
    Story(
        "housing",
        "Rent Bridge",
        "Was told to leave by the end of the month.",
        20,
        (
            _SEND,
            ("open", {}),
            ("decline", {"reason": "no_funds", "note": "The fund is used up until January."}),
        ),
        "urgent",
    ),
    Story(
        "family_support",
        "Parent Circle",
        "Mother asked to meet other parents.",
        18,
        (("ask_consent", {}),),
        "normal",
        "ar",
    ),
    Story("dental", "School Health Visits", "Toothache for two weeks.", 3, ()),
)
CLOSED = (
    ("housing", "no_funds", 14, "000"),
    ("housing", "income", 11, "000"),
    ("transport", "outside_area", 12, "000"),
    ("mental_health", "no_capacity", 17, "000"),
    ("child_care", "no_capacity", 10, "000"),
    ("dental", "documents", 4, "000"),
)
"""Needs that nobody met: kind, reason, how many, first digits of the ZIP code."""
