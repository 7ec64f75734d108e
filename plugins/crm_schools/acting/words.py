"""The words of acting: causes, interventions, ways to reach a family, stages of letters, milestones."""

from typing import Final

from crm.plugin_api import lazy_gettext as _
from crm.plugin_api import lazy_pgettext

CAUSES: Final = {
    "barriers": _("Barriers: illness, transport, housing, work, safety"),
    "aversion": _("Aversion: bad experiences at school, worry, bullying"),
    "disengagement": _("Disengagement: school does not speak to them"),
    "misconceptions": _("Misconceptions: absences seem harmless, or only unexcused ones seem to count"),
}
"""The four kinds of causes of Attendance Works, to be confirmed with families."""

INTERVENTIONS: Final = {
    1: {
        "nudge": _("Letters and messages to families"),
        "home_visit": _("Home visit"),
        "greeting": _("Greeting at the door"),
        "incentive": _("Recognition and incentives"),
        "school_health": _("School health, telehealth"),
        "transit": _("Transit passes, safe ways to school"),
        "breakfast": _("Breakfast for everybody"),
        "laundry": _("Laundry"),
        "recess": _("Recess and clubs"),
        "restorative": _("Restorative discipline"),
    },
    2: {
        "mentor": _("Mentor who checks in"),
        "early_warning": _("Early warning and check-ins"),
        "engagement": _("Youth engagement"),
        "asthma": _("Asthma and chronic illness"),
        "transport": _("Transport for this student"),
        "disability": _("Support for a disability"),
        "refusal": _("Help with school refusal"),
        "immigration": _("Help for newcomers"),
    },
    3: {
        "case_management": _("Case management by several agencies"),
        "housing": _("Help with housing"),
        "truancy_board": _("Attendance review board"),
    },
}
"""By tier; the headings of the Attendance Playbook of FutureEd and Attendance Works."""
KIND_WORDS: Final = {kind: label for kinds in INTERVENTIONS.values() for kind, label in kinds.items()}

WAYS: Final = {
    "call": _("Phone call"),
    "text": _("Text message"),
    "visit": _("Home visit"),
    "in_person": _("In person at school"),
    "email": _("Email"),
    "letter": _("Letter"),
}
OUTCOMES: Final = {
    "reached": _("Reached"),
    "message": _("Left a message"),
    "no_answer": _("Nobody answered"),
    "wrong_number": _("Wrong number or address"),
    "declined": _("Did not want to talk"),
}
COMPLETE: Final = frozenset({"reached"})
"""Only who was spoken with is reached: a message left is an attempt (logs of KIPP and Miami, teamster)."""

STAGES: Final = {
    "nudge": _("Nudge"),
    "personal": _("Personal letter"),
    "invitation": _("Invitation to a meeting"),
    "plan": _("Plan of support"),
}
"""In order: a stage comes after the one before it was sent."""

REASONS: Final = {
    "new": _("Newly flagged"),
    "worse": _("Misses more than before"),
    "better": _("Better than before"),
    "no_action": _("Flagged, and nothing is being done yet"),
    "last_20": _("Missed 20 % or more last year, and nothing is being done yet"),
    "last_10": _("Missed 10 % or more last year, and nothing is being done yet"),
    "checkpoint": _("A checkpoint is due"),
    "open": _("Decided earlier, not done yet"),
    "added": _("Added by the team"),
}
RESULTS: Final = {"met": _("Goal met"), "partly": _("Partly met"), "missed": _("Not met")}
PLAN_STATES: Final = {"open": lazy_pgettext("plan", "Open"), "met": _("Goal met"), "ended": _("Ended")}
LETTER_STATES: Final = {"draft": _("Draft"), "sent": _("Sent"), "dropped": _("Dropped")}
MEETING_STATES: Final = {
    "planned": lazy_pgettext("meeting", "Planned"),
    "held": lazy_pgettext("meeting", "Held"),
}
MILESTONES: Final = {
    "two_weeks": _("Two weeks at school without a day missed"),
    "month": _("A month at school without a day missed"),
    "improved": _("Misses half as much as before"),
    "out_of_risk": _("No longer chronically absent"),
    "other": _("Something else worth celebrating"),
}
