"""How far a bill has come, and what has become of it: the same scale for every state.

Stages: 0 idea, 1 prefiled, 2 introduced, 3 in committee, 4 out of committee, 5 crossed over, 6 in
committee of the other chamber, 7 on its floor, 8 passed the legislature, 9 with the executive, 10 law (a
resolution: adopted). The stage is a high-water mark: nothing later moves a bill back. What became of it is
told apart from that.

Classes of actions are other people's guesses, so some are guarded by the words of the action: Texas files
"Transmitted to the Governor" as a signature, Virginia "Governor's recommendation adopted", and California
"enrolled" as received by the governor.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from crm_policy.classify import classes_of

LIVE: Final = "live"
LAW: Final = 10
_SENT: Final = re.compile(r"\b(sent|transmitted|presented|delivered|forwarded|enrolled and)\b", re.IGNORECASE)
_SIGNED: Final = re.compile(
    r"\b(signed|approved) by (the )?(governor|executive|mayor|president)", re.IGNORECASE
)
_NOT_SIGNED: Final = re.compile(r"recommendation|amendment|returned|hearing", re.IGNORECASE)
_ENROLLED: Final = re.compile(r"\benroll", re.IGNORECASE)
_EXECUTIVE: Final = re.compile(r"governor|executive|mayor|president of the united", re.IGNORECASE)
_OF_A_PART: Final = re.compile(
    r"\b(amendment|motion|substitute|request|report|hearing|(co-?)?sponsor|author)\w*\b.*\bwithdrawn"
    r"|\bwithdrawn as (a )?(co-?)?(sponsor|author)",
    re.IGNORECASE,
)
"""What was withdrawn was this, not the bill; who or whose wish withdrew the bill stands behind the word."""
_COMPANION: Final = re.compile(
    r"companion\b.*\b(passed|see)|^accompanied\b|superseded|^substituted by [a-z]{1,4} ?\d"
    r"|\breplaced by [a-z]{1,4} ?\d|^comp\. became pub|^incorporated (by|into)\b",
    re.IGNORECASE,
)

IN_COMMITTEE: Final = frozenset({"referral", "referral-committee", "hearing-held", "work-session"})
ON_FLOOR: Final = frozenset(
    {
        "committee-passage", "committee-passage-favorable", "committee-passage-unfavorable",
        "reported-out-of-committee", "reading-2", "reading-3",
    }
)  # fmt: skip
REVIVING: Final = ON_FLOOR | IN_COMMITTEE | {"passage"}
"""What nobody does with a bill that is over, so it was taken up again."""
INTRODUCED: Final = frozenset({"introduction", "reading-1"})
FIXED: Final = {
    "filing": 1, "enrolled": 8, "executive-receipt": 9, "executive-veto": 9, "executive-signature": LAW,
    "became-law": LAW, "law": LAW,
}  # fmt: skip
"""Steps that mean the same stage wherever a bill is."""
WAY: Final = INTRODUCED | IN_COMMITTEE | ON_FLOOR | {"filing", "passage", "receipt", "concurrence"}
"""Steps on the way through the chambers, none of which decides what becomes of a bill."""
FAILED: Final = frozenset({"failure", "committee-failure"})
SIMPLE: Final = ("resolution", "memorial", "proclamation", "commemoration")
"""Measures of one chamber; those with "joint" or "concurrent" in their name need both."""
SOON: Final = 90
"""Days before the end of a session in which what is carried over goes to the next one."""
LEGISCAN_PROGRESS: Final = {
    0: "filing", 1: "introduction", 2: "crossed", 3: "enrolled", 4: "law", 5: "executive-veto",
    6: "failure", 7: "veto-override-passage", 8: "law", 9: "referral-committee",
    10: "reported-out-of-committee", 11: "reported-out-of-committee", 12: "draft",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Step:
    """Something that happened: the day, its place among those of the day, the chamber (`upper`, `lower` or
    empty), its words and classes."""

    on: date
    position: int = 0
    chamber: str = ""
    text: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A bill as far as the rules look at it. `ended` says that its session is over, `last_day` when that was
    or will be, `executive_open` that the executive may still sign what it holds."""

    chamber: str = "lower"
    kind: str = "bill"
    unicameral: bool = False
    ended: bool = False
    last_day: date | None = None
    carries_over: bool = False
    executive_open: bool = False
    replaced: bool = False
    steps: Sequence[Step] = field(default_factory=tuple)


@dataclass(frozen=True)
class Verdict:
    """Stage and disposition, and the name of the rule that decided on the disposition."""

    stage: int
    disposition: str
    why: str


def assess(case: Case) -> Verdict:
    """Apply the rules; the order in which the steps came to us does not matter."""
    run = _Run(case)
    for step in sorted(set(case.steps)):
        run.take(step)
    return run.verdict()


class _Run:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.stage = 0
        self.passed: set[str] = set()
        self.overriding: set[str] = set()
        self.end = ""
        self.superseded = case.replaced
        self.carried = False

    def take(self, step: Step) -> None:
        for name in sorted(_guarded(step)):
            before = self.stage
            self._override(name, step.chamber)
            self._advance(name, step.chamber)
            self._close(name, before)
            self.carried = self.carried or (name == "carried-over" and self._near_the_end(step.on))
        self.superseded = self.superseded or bool(_COMPANION.search(step.text))

    def _near_the_end(self, on: date) -> bool:
        """Whether what is carried over that day goes beyond this session, not into its second year."""
        last = self.case.last_day
        return last is None or on.year >= last.year or (last - on).days <= SOON

    def _override(self, name: str, chamber: str) -> None:
        """Each chamber overrides a veto for itself; who is told without a chamber did it together."""
        if name == "veto-override-passage":
            self.overriding |= {chamber} if chamber in {"upper", "lower"} else {"upper", "lower"}
        elif name in {"veto-override-failure", "executive-veto"}:
            self.overriding.clear()

    @property
    def _overridden(self) -> bool:
        return len(self.overriding) >= (1 if self.case.unicameral else 2)

    @property
    def _other(self) -> str:
        return {"upper": "lower", "lower": "upper"}.get(self.case.chamber, "")

    def _in_second(self, chamber: str) -> bool:
        """Whether the step was in the chamber that got the bill from the other one."""
        if self.case.unicameral:
            return False
        return chamber == self._other != "" or (not chamber and self.stage >= 5)

    def _advance(self, name: str, chamber: str) -> None:
        reached = self._reached(name, chamber)
        self.stage = max(self.stage, reached)

    def _reached(self, name: str, chamber: str) -> int:
        second = self._in_second(chamber)
        if name in INTRODUCED:
            return 5 if second and self.passed else 2
        if name in IN_COMMITTEE:
            return 6 if second and self.stage >= 5 else 3
        if name in ON_FLOOR:
            return 7 if second and self.stage >= 5 else 4
        if name in {"passage", "concurrence", "crossed", "receipt"}:
            return self._passed(name, chamber)
        fixed = {**FIXED, "veto-override-passage": LAW if self._overridden else 9}
        return fixed.get(name, 0)

    def _passed(self, name: str, chamber: str) -> int:
        if name == "concurrence":
            return self._final() if len(self.passed) > 1 or self._comes_back(chamber) else 0
        if name == "receipt":
            return 5 if self._in_second(chamber) and self.passed else 0
        if name == "crossed" and self.case.unicameral:
            return 4  # LegiScan's "engrossed" is no passage where there is one chamber.
        if name == "crossed":
            self.passed.add(self.case.chamber)
        else:
            self.passed.add(chamber or (self._other if self.stage >= 5 else self.case.chamber))
        enough = 1 if self.case.unicameral or self._is_simple() else 2
        if len(self.passed) >= enough:
            return self._final()
        return 5 if self.case.chamber in self.passed or not self.case.chamber else 4

    def _comes_back(self, chamber: str) -> bool:
        """Whether its own chamber has it back: before the other one votes, it concurs in its committee's."""
        return self.stage >= 7 and chamber in {"", self.case.chamber}

    def _is_simple(self) -> bool:
        kind = self.case.kind
        return any(each in kind for each in SIMPLE) and "joint" not in kind and "concurrent" not in kind

    def _final(self) -> int:
        """A resolution that passed for good is adopted; a bill goes to the executive. Nebraska's too."""
        return (
            LAW if any(each in self.case.kind for each in SIMPLE) and not self._is_joint_resolution() else 8
        )

    def _is_joint_resolution(self) -> bool:
        """What is voted on like a bill, by the executive or by the people."""
        kind = self.case.kind
        return ("joint" in kind and "resolution" in kind) or "constitutional" in kind

    def _close(self, name: str, before: int) -> None:
        """What ends a bill, unless something later advances it."""
        if name == "executive-veto":
            self.end = "vetoed"
        elif name == "executive-veto-line-item":
            self.end = "line_item_vetoed"
        elif name == "withdrawal":
            self.end = "withdrawn"
        elif name in FAILED and self.end != "vetoed" and self.stage < 8:
            self.end = "failed"  # Once both chambers have passed it, what fails is the other one's change.
        elif self.end in {"failed", "withdrawn"} and (self.stage > before or name in REVIVING):
            self.end = ""
        if self.end == "vetoed" and (name in {"law", "became-law"} or self._overridden):
            self.end = ""

    def verdict(self) -> Verdict:
        law = self.stage == LAW
        if self.end == "line_item_vetoed":
            return Verdict(self.stage, self.end, "action")
        if self.end == "vetoed":
            return Verdict(min(self.stage, 9), self.end, "action")
        if law:
            return Verdict(self.stage, LIVE, "law")
        if self.end:
            return Verdict(self.stage, self.end, "action")
        return self._after_the_session()

    def _after_the_session(self) -> Verdict:
        if self.superseded:
            return Verdict(self.stage, "superseded", "companion")
        if not self.case.ended:
            return Verdict(self.stage, LIVE, "session_open")
        if self.case.carries_over or self.carried:
            return Verdict(self.stage, "carried_over", "carries_over")
        if self.stage in {8, 9} and (self.case.executive_open or self._is_joint_resolution()):
            return Verdict(self.stage, LIVE, "with_executive" if self.case.executive_open else "with_voters")
        return Verdict(self.stage, "died_at_session_end", "session_ended")


_SENT_ON: Final = re.compile(
    r"re-?commit|re-?refer|re-?assign|referred|committed|reference|referral", re.IGNORECASE
)
"""A bill that is taken from one committee for another one is not withdrawn."""
_PARTLY: Final = re.compile(
    r"\bpartial(ly)?\b.*\bveto|\bveto\w*\b.*\b(partial(ly)?|in part)\b", re.IGNORECASE
)


def _guarded(step: Step) -> set[str]:
    """The classes of a step, put right by its words."""
    found = {*(step.classes or classes_of(step.text))}
    if "executive-signature" in found:
        if _SIGNED.search(step.text):
            pass  # And then sent on, to whoever numbers the laws.
        elif _SENT.search(step.text):
            found = found - {"executive-signature"} | {"executive-receipt"}
        elif _NOT_SIGNED.search(step.text):
            found -= {"executive-signature"}
    found = _ends(found, step.text)
    if "executive-receipt" in found and _ENROLLED.search(step.text) and not _EXECUTIVE.search(step.text):
        found = found - {"executive-receipt"} | {"enrolled"}
    if "executive-receipt" in found and "passage" in found:
        found -= {"passage"}
    return found


def _ends(found: set[str], text: str) -> set[str]:
    """What ends a bill, put right: one that is sent elsewhere goes on, a veto in part leaves the rest."""
    moved = found & IN_COMMITTEE and _SENT_ON.search(text)
    if "withdrawal" in found and (moved or _OF_A_PART.search(text)):
        found = found - {"withdrawal"}
    if "executive-veto" in found and _PARTLY.search(text):
        found = found - {"executive-veto"} | {"executive-veto-line-item"}
    return found


def lasting(step: Step) -> Step | None:
    """What a step that its source tells no more still says: how far the bill had come, since sources lose
    actions, but neither that it is law nor how it ended, since they also put right what was wrong."""
    names = tuple(sorted(_guarded(step) & WAY))
    return Step(step.on, step.position, step.chamber, "", names) if names else None


def progress_steps(events: Iterable[tuple[date, int]]) -> list[Step]:
    """LegiScan's `progress` (and its status, which has the first numbers) as steps."""
    return [
        Step(on, -1, "", "", (LEGISCAN_PROGRESS[event],))
        for on, event in events
        if event in LEGISCAN_PROGRESS
    ]
