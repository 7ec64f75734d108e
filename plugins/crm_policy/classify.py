"""What an action means, read from its words where the source gives no class.

The classes are those of Open States; LegiScan's files have words only. Rules are tried in order, all that
fit count. They are guesses from how clerks write, so `crm_policy.stages` guards what it makes of them.
"""

import re
from functools import lru_cache
from typing import Final

_RULES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (
            (
                r"^(?!.*\b(fail\w*|lost|defeated|not|sustain\w*|motion to)\b)"
                r".*(\bpassed over (the )?veto|\bveto(ed)?\b.*\b(overrid|notwithstanding)"
                r"|overrid\w+ .*veto|veto overrid)"
            ),
            "veto-override-passage",
        ),
        (
            (
                r"\boverrid\w*\b.*\b(fail\w*|lost|defeated)|\b(fail\w*|refus\w*) to override"
                r"|\bveto (was )?sustained|\bsustain(s|ed) .*\bveto"
            ),
            "veto-override-failure",
        ),
        (
            r"\b(line[- ]item|partial(ly)?)\b.*\bveto|\bveto\w*\b.*\b(line[- ]item|partial(ly)?|in part)\b",
            "executive-veto-line-item",
        ),
        (
            (
                r"^(?!.*\b(overrid|notwithstanding|sustain|line[- ]item|motion|partial|in part))"
                r"(.*\b(?<!not )vetoed\b|governor'?s? veto\b)"
            ),
            "executive-veto",
        ),
        (
            (
                r"\b(presented|sent|transmitted|delivered|forwarded|submitted|enrolled and sent|laid before) "
                r"(to )?(the )?(governor|executive|president of the united states|mayor)"
            ),
            "executive-receipt",
        ),
        (
            (
                r"\b(approved|signed) by (the )?(governor|president|executive|mayor)|^governor "
                r"(signed|approved)|^governor'?s? action:? (approv|sign)"
                r"|^signed by gov"
            ),
            "executive-signature",
        ),
        (
            (
                r"\bassigned (pa|public act)\b|(^|became |signed.*)\bpublic act\b.*\d|\bchapter(ed)? "
                r"(number|no|\d)|^act (no|number)\b"
                r"|became (public )?law|becomes? law (w/o|without)|filed without the governor"
                r"|effective date .*chapter|\bsession law\b"
                r"|filed with secretary of state|\bsigned chap|^chaptered by|^public law \d|^act \d"
                r"|^effective (on )?\d|^effective without governor|^approved p\.l\.|\bis now act \d"
            ),
            "became-law",
        ),
        (r"\b(ordered )?enrolled\b|\bcorrectly enrolled|\benrollment (of|complete)", "enrolled"),
        (
            (
                r"(?<!not )(?<!non)(?<!non-)\bconcurr(ed|ence|s)\b|\brecede\w* from\b.*amendment"
                r"|conference report adopted"
            ),
            "concurrence",
        ),
        (
            (
                r"\bnot passed\b|^unfavorable report\b|^failed to advance\b|\bfailed (to pass|on|of) "
                r"|\bdefeated\b|\bdoes not pass|motion to pass failed"
            ),
            "failure",
        ),
        (
            (
                r"\bpassed\b(?!.*\b(for the day|temporarily|over|by for))"
                r"|third (reading|consideration),? (and )?final passage|^final passage"
                r"|\badopted\b(?=.*roll call)|\bresolution adopted|^adopted\b"
            ),
            "passage",
        ),
        (
            (
                r"^(?!.*\b(do not pass|ought not to pass|unfavorabl)).*(\breported?\b(?!.*\bprogress)"
                r"|committee (report|discharged)|rpt\b|returned by the committee|discharge committee"
                r"|recommended do pass|do pass\b)|^advanced to enrollment and review"
            ),
            "reported-out-of-committee",
        ),
        (r"\bhearing\b(?!.*\b(cancel|withdrawn))", "hearing-held"),
        (r"\b(re-?)?referred\b|\breferrals?\b|\bcommitted to\b|\bto committee\b", "referral-committee"),
        (
            (
                r"^(?!.*\b(amendment|motion|substitute|request|report|hearing|(co-?)?sponsor|author)\w*\b.*"
                r"\bwithdrawn)(?!.*\bwithdrawn as (a )?(co-?)?(sponsor|author))"
                r"(?!.*\b(re-?commit|re-?refer|referred|reference|referral))"
                r".*\bwithdrawn\b(?! from (?!the files|further consideration))"
                r"|^enacting clause stricken|^stricken at (the )?request of"
            ),
            "withdrawal",
        ),
        (r"\bintroduced\b|\bread (the |a )?first\b|first reading", "introduction"),
        (r"\bpre-?filed?\b", "filing"),
        (r"\bread (the |a )?second\b|(second|2nd) reading|passed to engross", "reading-2"),
        (r"\bread (the |a )?third\b|(third|3rd) reading", "reading-3"),
        (
            r"\breceived (in|from|by) (the )?(senate|house|assembly)|message from (the )?(senate|house)",
            "receipt",
        ),
        (r"\bcarried over\b|carry[- ]?over|\bcontinued to (20\d\d|the next)", "carried-over"),
        (r"\b(postponed|tabled|laid (on|over)|deferred)\b|indefinite", "deferral"),
        (r"\bsubstitute\b", "substitution"),
        (r"\bamend(ed|ment)", "amendment-passage"),
        (
            (
                r"companion\b.*\b(passed|see)|\bsee (cs/)?[sh]b\b|^accompanied\b|\bsuperseded\b|in lieu of"
                r"|^substituted by [a-z]{1,4} ?\d|\breplaced by [a-z]{1,4} ?\d"
            ),
            "superseded",
        ),
    )
)
_SHORT_OF_PASSAGE: Final = re.compile(
    r"\bpassed (to (?!be )|over\b|by (indefinitely|temporarily|for)\b)|\bpassed (the )?committee\b"
    r"|\bcommittee passed\b|\b(first|second|1st|2nd) reading\b|\b(amendment|companion)\b.*\bpassed\b",
    re.IGNORECASE,
)
"""A step on the floor of a chamber: Texas passes bills to third reading and to engrossment, North Carolina on
second reading; Virginia passes by what it means to kill."""
_PASSAGE_AFTER_ALL: Final = re.compile(
    r"\b(third|3rd|final)\b.*\bpass|\bpassed\b(?! to\b).*\b(third|3rd|final) reading"
    r"|\bfinal passage\b|\bpassed (the )?(house|senate|assembly)\b",
    re.IGNORECASE,
)
_DEATH: Final = re.compile(
    r"^(?!.*\b(fail\w*|lost|reconsider\w*|amendment|companion)\b)"
    r"(.*(\bpassed by indefinitely\b|\bindefinitely postponed\b|\bpostponed? indefinitely\b"
    r"|\binexpedient to legislate\b.*\b(adopted|passed|accepted)\b|\bought not to pass pursuant\b"
    r"|\bstricken from (the )?(docket|calendar)\b|\(dead\))|left in (?!.*\bstudy)|(\([hs]\) )?died\b)",
    re.IGNORECASE,
)
"""How Virginia, Colorado, Florida, New Hampshire and Maine say that a bill is over without saying failed."""
_NO_PASSAGE: Final = re.compile(
    r"motion|amendment|vote|rules? (were )?suspended|given immediate effect$|title amendment|"
    r"placed on|postponed|consider|reading calendar",
    re.IGNORECASE,
)

_NO_FAILURE: Final = re.compile(
    r"immediate effect|amendment|substitute|override|suspen|title|reconsider|adjourn|postpone|discharge",
    re.IGNORECASE,
)
"""What failed was this, not the bill."""


@lru_cache(maxsize=65_536)
def classes_of(text: str) -> tuple[str, ...]:
    """The classes of an action by its words; none for what says nothing about the way of a bill."""
    found = tuple(name for rule, name in _RULES if rule.search(text))
    if "failure" in found and _NO_FAILURE.search(text):
        found = tuple(name for name in found if name != "failure")
    if _DEATH.search(text):
        found = (*(name for name in found if name not in {"failure", "passage"}), "failure")
    if "passage" in found and _is_about_something_else(text, found):
        found = tuple(name for name in found if name != "passage")
    return found


def _is_about_something_else(text: str, found: tuple[str, ...]) -> bool:
    """A motion or an amendment that passed is no passage of the bill."""
    if {"veto-override-passage", "concurrence"} & {*found}:
        return True
    if _SHORT_OF_PASSAGE.search(text) and not _PASSAGE_AFTER_ALL.search(text):
        return True
    return bool(_NO_PASSAGE.match(text)) or re.search(r"\bmotion\b.*passed", text, re.IGNORECASE) is not None
