"""What is stored in short, in words."""

import textwrap
import zlib
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_time
from flask_babel import get_locale, get_timezone

from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.words import day
from crm_policy import shipped

LAW: Final = 10
shown = shipped.shown
"""The name of an element in the reader's language."""

STAGES: Final = {
    0: _("Draft"),
    1: _("Prefiled"),
    2: _("Introduced"),
    3: _("In committee"),
    4: _("Out of committee"),
    5: _("Crossed over"),
    6: _("In committee, other chamber"),
    7: _("On the floor, other chamber"),
    8: _("Passed the legislature"),
    9: _("With the executive"),
    10: _("Law or adopted"),
}
STAGE_NAMES: Final = (
    "draft", "prefiled", "introduced", "committee", "floor", "crossed_over", "other_committee", "other_floor",
    "passed", "executive", "law",
)  # fmt: skip
"""Stages as the command line calls them, by their number."""
DISPOSITIONS: Final = {
    "live": _("Alive"),
    "vetoed": _("Vetoed"),
    "line_item_vetoed": _("Vetoed in part"),
    "failed": _("Failed"),
    "withdrawn": _("Withdrawn"),
    "superseded": _("Replaced by another bill"),
    "died_at_session_end": _("Died at the end of the session"),
    "carried_over": _("Carried over"),
}
DEAD: Final = ("vetoed", "failed", "withdrawn", "superseded", "died_at_session_end")
DONE: Final = _("Done: law or adopted")
"""What became of a bill that came all the way: nothing can happen to it any more, so it is not “alive”."""
WHY: Final = {
    "action": _("an action says so"),
    "law": _("it became law or was adopted"),
    "companion": _("another bill took its place"),
    "session_open": _("its session is not over"),
    "carries_over": _("bills of this session live on into the next"),
    "with_executive": _("the session is over, and the executive may still sign it"),
    "with_voters": _("both chambers passed it, and it is no bill that dies with its session"),
    "session_ended": _("its session is over, and it is neither law nor carried over"),
}
POSITIONS: Final = {
    "support": _("Support"),
    "oppose": _("Oppose"),
    "watch": _("Watch"),
    "neutral": _("Neutral"),
    "mixed": _("Mixed"),
}
SIGNS: Final = {"support": "+", "oppose": "−", "watch": "◦", "neutral": "○", "mixed": "±", "": "?"}
"""A position at a glance, readable without colour."""
PRIORITIES: Final = {0: _("None"), 1: _("Low"), 2: _("Middle"), 3: _("High")}
TRIAGE: Final = {
    "": _("Not looked at"),
    "inbox": _("In the inbox"),
    "tracked": _("Tracked"),
    "later": _("Later"),
    "ignored": _("Ignored"),
}
CHAMBERS: Final = {
    "upper": _("Senate"),
    "lower": _("House"),
    "legislature": _("Legislature"),
    "joint": _("Both chambers"),
    "executive": _("Executive"),
    "": "",
}
KINDS: Final = {
    "bill": _("Bill"),
    "resolution": _("Resolution"),
    "joint resolution": _("Joint resolution"),
    "concurrent resolution": _("Concurrent resolution"),
    "memorial": _("Memorial"),
    "joint memorial": _("Joint memorial"),
}
ROLES: Final = {
    "primary": _("Primary sponsor"),
    "joint": _("Joint sponsor"),
    "sponsor": _("Sponsor"),
    "cosponsor": _("Cosponsor"),
}
OPTIONS: Final = {
    "yes": _("Yes"),
    "no": _("No"),
    "absent": _("Absent"),
    "abstain": _("Abstained"),
    "not voting": _("Not voting"),
    "paired": _("Paired"),
    "excused": _("Excused"),
    "other": _("Other"),
}
RELATIONS: Final = {
    "companion": _("Companion"),
    "same-as": _("Companion"),
    "similar": _("Similar"),
    "prior-session": _("Earlier session"),
    "replaced-by": _("Replaced by"),
    "replaces": _("Replaces"),
    "carry-over": _("Carried over"),
    "related": _("Related"),
}
LEANS: Final = {
    2: _("Firm yes"),
    1: _("Leans yes"),
    0: _("Undecided"),
    -1: _("Leans no"),
    -2: _("Firm no"),
}
LEAN_SIGNS: Final = {2: "++", 1: "+", 0: "○", -1: "−", -2: "−−"}
SIGN_OFFS: Final = {
    "": _("Not asked"),
    "asked": _("Asked"),
    "signed": _("Signed on"),
    "declined": _("Declined"),
}
HEARING_STATUSES: Final = {
    "tentative": _("Tentative"),
    "confirmed": _("Confirmed"),
    "passed": _("Over"),
    "cancelled": _("Cancelled"),
}
TESTIMONY_STATUSES: Final = {
    "draft": _("Draft"),
    "review": _("To be approved"),
    "approved": _("Approved"),
    "given": _("Given"),
}
LOBBYING: Final = {
    "direct": _("Direct lobbying"),
    "grassroots": _("Grassroots lobbying"),
    "none": _("No lobbying"),
}
FORMS: Final = {
    "meeting": _("Meeting"),
    "call": _("Call"),
    "email": _("Email"),
    "testimony": _("Testimony"),
    "event": _("Event"),
    "alert": _("Action alert"),
    "research": _("Research"),
    "other": _("Other"),
}
ELEMENT_STATUSES: Final = {
    "none": _("Nothing"),
    "proposed": _("Proposed"),
    "enacted": _("Enacted, not in force yet"),
    "effective": _("In force"),
    "repealed": _("Repealed"),
}
SOURCES: Final = {"legiscan": "LegiScan", "openstates": "Open States", "staff": _("Us"), "": _("Us")}


def cut(text: str, most: int) -> str:
    """A long text up to its last whole word within so many letters."""
    return textwrap.shorten(text, most, placeholder=" …")


def outcome(bill: Any) -> str:
    """What became of a bill."""
    over = bill.stage == LAW and bill.disposition == "live"
    return str(DONE if over else DISPOSITIONS[bill.disposition])


def has_moved(bill: Any) -> bool:
    """Whether the source says something else than when staff overruled it."""
    return bill.overruled_stage is not None and (bill.overruled_stage, bill.overruled_disposition) != (
        bill.source_stage,
        bill.source_disposition,
    )


def said_of(bill: Any) -> str:
    """A short text that tells whether we and the source still say of a bill what a page showed."""
    ours = (bill.stage_override, bill.disposition_override or None, bill.override_reason, bill.override_by)
    return format(zlib.crc32(repr((*ours, bill.source_stage, bill.source_disposition)).encode()), "08x")


def held_on(hearing: Any) -> date:
    """The day of a hearing where it is held."""
    zone = ZoneInfo(hearing.time_zone) if hearing.time_zone else get_timezone()
    return hearing.starts_at.astimezone(zone).date()  # type: ignore[no-any-return]  # A column of any hearing.


def held(hearing: Any) -> str:
    """When a hearing is, by the clock of its place: `Dec 2, 2026, 10:00 AM`."""
    zone = ZoneInfo(hearing.time_zone) if hearing.time_zone else get_timezone()
    local = hearing.starts_at.astimezone(zone)
    clock = (
        "" if hearing.all_day else format_time(local, "short", tzinfo=zone, locale=str(get_locale() or "en"))
    )
    return ", ".join(filter(None, (day(local.date()), clock)))
