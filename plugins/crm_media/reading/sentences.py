"""What a text says: its framing, and which messages are in it. By words alone, so that everybody can see
why."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from crm.plugin_api.words import fold

MOST: Final = 400
"""Sentences of one text that are looked at."""
LONGEST_TEXT: Final = 100_000
LONGEST: Final = 2000
"""Letters of a sentence: behind them a dot ends it, whatever stands before."""
_END: Final = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’)]))\s+(?=[\"'“‘(¿¡]*[A-Z0-9ÁÉÍÓÚÑ¿¡])|\n+")
_SHORT: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Jr|Sr|Prof|No|vs|etc|a\.m|p\.m|U\.S|[A-Z]"
    r"|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.$"
)
CHRONIC: Final = re.compile(
    r"\b(?:chronic|persistent)(?:ally|ly)?[\s-]+(?:(?:school|student|pupil|early)[\s-]+){0,2}(?:absen\w*|missing|miss(?:es|ed)?\b)"
    r"(?!\w| of (?!(?:[\w-]+ ){0,3}(?:students?|pupils?|child\w*|kids|teens|learners|graders|kindergart\w*)))"
    r"|\babsen\w+ (?:is|are|was|were) chronic"
    r"|\bmiss(?:ed|es|ing)? (?:too much|(?:at least |more than |about )?(?:10|ten)(?: percent|%)"
    r"(?: or more)?(?: of)?(?: the)?) (?:of )?(?:the )?(?:school|class|instruction|days|year)"
    r"|\bmiss(?:ed|es|ing)? (?:at least |more than |about )?(?:1[5-9]|[2-9]\d) (?:or more )?"
    r"(?:days of (?:school|class|instruction)|school days)"
    r"|\bmiss(?:ed|es|ing)? too (?:much|many)(?: days(?: of)?)? school"
    r"|\bausenti?smo (?:escolar )?cronico|\babsentismo (?:escolar )?cronico|\bcronicamente ausente"
    r"|\bausencias? (?:escolar(?:es)? )?cronicas?|\binasistencias? (?:escolar(?:es)? )?cronicas?"
)
_STAFF: Final = (
    r"(?:teachers?|educators?|staff|employees?|workers?|faculty|lawmakers?|legislators?|maestr[oa]s?"
    r"|docentes?)"
)
_OF_STAFF: Final = re.compile(
    rf"\b{_STAFF}(?: who)?(?: (?:are|is|were|was|be))? chronically (?:absent|missing)"
    rf"|\b{_STAFF}(?: who)? miss(?:ed|es|ing)? "
    rf"|\bchronic \w+ (?:among|by) (?:[\w-]+ ){{0,2}}{_STAFF}\b"
)
_PUPILS: Final = re.compile(
    r"\b(?:students?|pupils?|child\w*|kids?|teens?|learners?|\w*graders?|kindergart\w*|alumn[oa]s?|estudiantes?)\b"
)
"""Absence of those who work at a school is not ours, unless the sentence speaks of pupils, too."""
_SPELL: Final = re.compile(
    r"\bmiss(?:ed|es|ing)? (?:a|one|two) (?:full |whole )?(?:month|days? (?:a|each|every|per) month)\b"
)
_SCHOOL: Final = re.compile(
    r"\b(?:school\w*|class(?:es|room\w*)?|students?|pupils?|child\w*|kids?|kindergart\w*|grade\w*|attend\w*"
    r"|absen\w*)\b"
)
"""A spell is absence from school only where the sentence speaks of school: players miss a month, too."""
_OTHERWISE: Final = (
    r"(?! (?:boards?|uniforms?|lunch\w*|bus\w*|meetings?|supplies|budgets?|districts?|sizes?|times?|photos?"
    r"|pictures?|rings?|presidents?|reunions?|fees?|events?|plays?|dances?|choice|offerings?)\b)"
)
"""What makes the school or class before it part of something else."""
TRUANCY: Final = re.compile(
    rf"\btruan(?:t|ts|cy|cies)\b"
    rf"|\b(?:skip(?:s|ped|ping)?|ditch(?:es|ed|ing)?) (?:school|class(?:es)?)\b{_OTHERWISE}"
    rf"|\bplay(?:s|ed|ing)? hooke?y\b|\bbunk(?:s|ed|ing)? off\b|\bcut(?:s|ting)? class\b{_OTHERWISE}"
    r"|\b(?:students?|pupils?|kids|teen\w*|youths?|child\w*|who|they)(?: \w+)? cut(?:ting)? classes\b"
    r"|\bunexcused absen\w+|\bausenti?smo injustificado|\babsentismo injustificado"
    r"|\b(?:ausencia|falta)s? injustificadas?|\b(?:hace\w*|hizo|hicieron) novillos"
    r"|\bfalta\w* (?:a clases? |a la escuela )?sin permiso|\b(?:irse|se van|se fue\w*) de pinta"
    r"|\bhabitual(?:ly)? (?:absent|absence\w*)\b"
)
_NAMED: Final = (
    r"(?:truan\w+|skipping (?:school|class)|hacer novillos|unexcused|(?:ausenti?smo|absentismo) injustificado"
    r"|faltar sin permiso)"
)
_JOINED: Final = re.compile(
    r"(?:\bnot|n't|\brather than|\binstead of|\bunlike|\bdifferent from|\bdiffers from|\bmore than"
    r"|\bother than|\bconfus\w+ with|\bno es|\bno son|\bdistint[oa]s? de|\ben lugar de|\bno es lo mismo que)"
    r"(?: (?:just|only|simply|merely|mere|about|a matter of|the same(?: thing)? as|to be confused with))?"
    rf"(?: (?:kids|students|children|teens))? {_NAMED}|\bmyth\b"
    r"|\bexcused (?:and|or|as well as) unexcused"
    r"|\btruancy (?:counts?|covers?|includes?|means?) only unexcused"
)
_APART: Final = re.compile(
    rf"\b{_NAMED}[^.;]{{0,60}}(?:(?:\bnot|n't)(?: \w+){{0,4}} (?:chronic\w*|absen\w*)"
    r"|\bdifferent\b|\bdiffers\b|\b(?:is|counts|covers) only\b)"
)
_POINTED: Final = re.compile(
    r"\b(?:it|this|that|these|those)(?:'s not| is not| isn't| are not| aren't| was not| wasn't)"
    rf"(?: just| only| simply| the same as)? {_NAMED}|\b(?:esto|eso)? ?no es (?:lo mismo que )?{_NAMED}"
)
"""A sentence that tells the two apart joins them by a “not”: just before the one (with absence named, or
pointed at), or between both. A “not” somewhere in a sentence about truants tells nothing apart."""


@dataclass(frozen=True)
class Said:
    """A sentence and how it frames absence: `chronic`, `truancy`, or `contrast` where it tells the two
    apart."""

    text: str
    frame: str


def split(text: str) -> list[str]:
    """The sentences of a text; a dot behind a title or an initial ends none."""
    found: list[str] = []
    for part in _END.split(text[:LONGEST_TEXT]):
        piece = " ".join(part.split())
        if not piece:
            continue
        if found and len(found[-1]) < LONGEST and _SHORT.search(found[-1][-20:]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
        if len(found) > MOST:
            break
    return found[:MOST]


def frame(sentence: str) -> str:
    """How a sentence frames absence; empty where it says neither."""
    text = fold(sentence)
    ours = text if _PUPILS.search(text) else _OF_STAFF.sub(" ", text)
    chronic = CHRONIC.search(ours) or (_SCHOOL.search(ours) and _SPELL.search(ours))
    truancy = TRUANCY.search(text)
    absence = bool(chronic) or "absen" in text or "ausen" in text or bool(_POINTED.search(text))
    if truancy and ((absence and _JOINED.search(text)) or (chronic and _APART.search(text))):
        return "contrast"
    if chronic and truancy:
        return "both"
    return "chronic" if chronic else "truancy" if truancy else ""


def framing(text: str) -> list[Said]:
    """The sentences that frame absence one way or the other."""
    return [Said(each, found) for each in split(text) if (found := frame(each))]


def verdict(said: Iterable[Said]) -> str:
    """`chronic`, `truancy`, `both` or `neither`. Telling the two apart is what we ask for, so it counts as
    chronic."""
    frames = {each.frame for each in said}
    chronic, truancy = frames & {"chronic", "contrast", "both"}, frames & {"truancy", "both"}
    if chronic and truancy:
        return "both"
    return "chronic" if chronic else "truancy" if truancy else "neither"


def _word(word: str) -> str:
    """A star counts at the end of a word alone: several within one would keep the search busy for ever."""
    return re.escape(word.replace("*", "")) + (r"[\w'-]*" if word.endswith("*") else "")


@lru_cache(maxsize=2000)
def pattern(words: str) -> re.Pattern[str] | None:
    """Finds any of the words or phrases (commas or line ends between them; a star stands for any ending) in
    folded text; None for no words."""
    found = []
    for phrase in re.split(r"[,;\n]", words):
        text = " ".join(fold(phrase).split())
        if len(text.replace("*", "").strip()) < 2:
            continue
        found.append(r"[\s,-]+".join(_word(each) for each in text.split(" ") if each.strip("*")))
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)") if found else None


def finds(words: str, text: str) -> bool:
    """Whether any of the words or phrases stands in the text."""
    made = pattern(words)
    return made is not None and made.search(fold(text)) is not None


@dataclass(frozen=True)
class Sought:
    """What a message is found by: any of its `phrases`, and, where `also` names words, only in a text that
    has one of those, too."""

    phrases: str
    also: str = ""


def carried(text: str, wanted: Mapping[int, Sought]) -> dict[int, str]:
    """By the id of a message the first sentence that has one of its phrases."""
    sentences: Sequence[str] = split(text)
    found: dict[int, str] = {}
    for number, sought in wanted.items():
        if pattern(sought.also) is not None and not finds(sought.also, text[:LONGEST_TEXT]):
            continue
        sentence = next((each for each in sentences if finds(sought.phrases, each)), "")
        if sentence:
            found[number] = sentence
    return found
