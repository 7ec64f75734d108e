"""The states of a referral and the only steps between them.

The table is the reference's superset of FHIR's Task (`draft requested accepted in-progress on-hold
completed failed rejected cancelled entered-in-error`). Nothing changes a state but
`crm_referrals.services.stepping`, which asks here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.plugin_api import lazy_gettext as _

SCHOOL, AGENCY, FAMILY, SYSTEM = "school", "agency", "family", "system"
BEFORE = frozenset({"draft", "awaiting_consent"})
WAITING = frozenset({"sent", "reviewing", "info_needed"})
AT_WORK = frozenset({"accepted", "waitlisted", "in_progress", "on_hold"})
OPEN = BEFORE | WAITING | AT_WORK
ENDED = frozenset(
    {"completed", "failed", "declined", "forwarded", "withdrawn", "expired", "entered_in_error"}
)
STATES = OPEN | ENDED
LOCKED = frozenset({"withdrawn", "expired", "entered_in_error"})
"""What an agency was sent is shown to it no more."""

FHIR = {
    "draft": "draft",
    "awaiting_consent": "draft",
    "sent": "requested",
    "reviewing": "requested",
    "info_needed": "requested",
    "accepted": "accepted",
    "waitlisted": "on-hold",
    "in_progress": "in-progress",
    "on_hold": "on-hold",
    "completed": "completed",
    "failed": "failed",
    "declined": "rejected",
    "forwarded": "rejected",
    "withdrawn": "cancelled",
    "expired": "cancelled",
    "entered_in_error": "entered-in-error",
}


@dataclass(frozen=True)
class Step:
    """One step: what it says on its button, whose it is, from which states, to which, and what must be
    said."""

    label: Any
    sides: frozenset[str]
    before: frozenset[str]
    after: str
    needs: tuple[str, ...] = ()


def _step(label: Any, sides: str, before: frozenset[str] | str, after: str, *needs: str) -> Step:
    found = before if isinstance(before, frozenset) else frozenset(before.split())
    return Step(label, frozenset(sides.split()), found, after, needs)


STEPS: Mapping[str, Step] = {
    "ask_consent": _step(_("Ask for consent"), "school", "draft", "awaiting_consent"),
    "consented": _step(_("Consent given"), "family", "awaiting_consent", "draft"),
    "send": _step(_("Send"), "school", BEFORE, "sent"),
    "open": _step(_("Open"), "agency", "sent", "reviewing"),
    "ask": _step(_("Ask a question"), "agency", "sent reviewing", "info_needed", "note"),
    "answer": _step(_("Answer"), "school", "info_needed", "reviewing", "note"),
    "accept": _step(_("Accept"), "agency", WAITING | {"waitlisted"}, "accepted", "assignee", "next_on"),
    "unaccept": _step(_("Take the acceptance back"), "agency", "accepted", "reviewing"),
    "waitlist": _step(
        _("Put on the waiting list"),
        "agency",
        WAITING | {"accepted", "waitlisted"},
        "waitlisted",
        "next_on",
        "family_agrees",
    ),
    "decline": _step(_("Decline"), "agency", WAITING, "declined", "reason", "note"),
    "forward": _step(_("Propose a better place"), "agency", WAITING, "forwarded", "suggested"),
    "start": _step(_("Help has begun"), "agency", "accepted waitlisted on_hold", "in_progress", "started_on"),
    "hold": _step(_("Put on hold"), "agency", "accepted in_progress on_hold", "on_hold", "note", "next_on"),
    "complete": _step(_("Done"), "agency", "accepted in_progress on_hold", "completed", "outcome"),
    "fail": _step(_("Did not work out"), "agency", AT_WORK, "failed", "reason"),
    "end": _step(_("It has ended"), "agency", AT_WORK, "completed"),
    "withdraw": _step(_("Withdraw"), "school family system", OPEN, "withdrawn", "note"),
    "expire": _step(_("Ran out"), "system", BEFORE | WAITING, "expired"),
    "mistake": _step(
        _("Made by mistake"), "school", STATES - {"entered_in_error"}, "entered_in_error", "note"
    ),
}

WHOSE = {
    "draft": SCHOOL,
    "awaiting_consent": FAMILY,
    "sent": AGENCY,
    "reviewing": AGENCY,
    "info_needed": SCHOOL,
    "accepted": AGENCY,
    "waitlisted": AGENCY,
    "in_progress": AGENCY,
    "on_hold": AGENCY,
    "completed": SCHOOL,
    "failed": SCHOOL,
    "declined": SCHOOL,
    "forwarded": SCHOOL,
    "expired": SCHOOL,
}
"""Whose move it is; nobody's in the states that are not here."""

MOVES = {
    "draft": _("complete it and send it"),
    "awaiting_consent": _("sign the consent"),
    "sent": _("open it and answer"),
    "reviewing": _("accept or decline"),
    "info_needed": _("answer the question"),
    "accepted": _("reach the family for the first time"),
    "waitlisted": _("look whether there is room"),
    "in_progress": _("say how it goes"),
    "on_hold": _("go on or end it"),
    "completed": _("acknowledge the outcome"),
    "failed": _("refer to another place"),
    "declined": _("refer to another place"),
    "forwarded": _("send it to the proposed place"),
    "expired": _("decide what to do now"),
}


def allowed(side: str, state: str) -> list[str]:
    """The steps that a side can take from a state, in the order of the table."""
    return [name for name, step in STEPS.items() if side in step.sides and state in step.before]
