"""Whether the beats of two, or their areas, mean the same."""

import re
from typing import Final

from crm.plugin_api.words import STATES, fold

_NO_HEAD: Final = frozenset(
    {
        "the",
        "of",
        "and",
        "in",
        "for",
        "news",
        "policy",
        "issue",
        "reporter",
        "desk",
        "district",
        "board",
        "system",
    }
)
"""Words behind that which a beat is about: a “school board” is about schools."""
_ANY_BEAT: Final = frozenset({"assignment", "general", "all", "everything"})
_PLACES: Final = frozenset(
    {"local", "statewide", "state", "nationwide", "national", "regional", "everywhere"}
)
"""Say where somebody looks, not at what."""
_SCHOOLING: Final = frozenset({
    "education", "school", "schooling", "student", "pupil", "attendance", "absence", "absenteeism", "truancy",
    "kindergarten", "prek", "k12", "child", "children", "childhood", "kid", "youth", "learning", "literacy",
    "educacion", "escuela", "escolar", "asistencia", "ausentismo", "inasistencia", "ninez",
})  # fmt: skip
_SAME: Final = {**dict.fromkeys(_SCHOOLING, "education"), "salud": "health", "familia": "family"}
"""What newsrooms call the same beat."""
_EVERYWHERE: Final = _PLACES | {"all", "us", "usa", "united states"}
_KIND_OF_PLACE: Final = re.compile(
    r"\b(?:county of|city of|town of|state of|the|greater|county|city|town|state|district|area|region)\b"
)
_STATES: Final = {
    **{fold(each): fold(name) for code, name in STATES.items() for each in (code, name)},
}


def beats_alike(ours: str, theirs: str) -> bool:
    """Whether one of our beats, with commas between, is one of theirs. The last word of each says what it is
    about: “K-12 education” is education, “school sports” are sports. Whoever is on general assignment, or has
    noted nothing but where they look (“local”), takes everything."""
    said = {_head(each) for each in _terms(theirs)}
    if said & _ANY_BEAT or (said and said <= _PLACES):
        return True
    return bool((said - _PLACES) & {_head(each) for each in _terms(ours)})


def areas_alike(ours: str, theirs: str) -> bool:
    """Whether one of our areas, with commas between, is one of theirs, but for words like “county”. Where
    both name states, one state must be the same. A state and a place that is none are alike, for no map is
    kept here and a town lies in some state; not where the place is only a piece of the state's name, as York
    is of New York, and Kent of Kentucky."""
    mine, others = set(_terms(ours)), set(_terms(theirs))
    if (mine | others) & _EVERYWHERE:
        return bool(mine and others)
    ours_in, theirs_in = _states(mine), _states(others)
    if ours_in and theirs_in:
        return bool(ours_in & theirs_in)
    if {_place(each) for each in mine} & {_place(each) for each in others}:
        return True
    places = others if ours_in else mine
    return any(_place(place) not in state for state in ours_in | theirs_in for place in places)


def beats_differ(ours: str, theirs: str) -> bool:
    """Whether both name beats and none is alike."""
    return bool(_terms(ours) and _terms(theirs)) and not beats_alike(ours, theirs)


def areas_differ(ours: str, theirs: str) -> bool:
    """Whether both name areas and none is alike."""
    return bool(_terms(ours) and _terms(theirs)) and not areas_alike(ours, theirs)


def _terms(text: str) -> list[str]:
    """What stands between commas, each in small letters without accents and signs."""
    joined = re.sub(r"\b(k|pre)-(?=\d|k\b)", r"\1", fold(text))
    joined = re.sub(r"\bwashington,? d\.? ?c\b\.?", "dc", joined)
    parts = re.split(r"[,;/&]|\by\b|\band\b", joined)
    return [found for each in parts if (found := " ".join(re.findall(r"\w+", each)))]


def _head(term: str) -> str:
    """The last word of a beat that says something, in the singular; what newsrooms call the same is one."""
    spoken = term.split()
    said = [each for each in spoken if not {each, _singular(each)} & _NO_HEAD] or spoken
    word = _singular(said[-1])
    return _SAME.get(word, word)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _states(terms: set[str]) -> set[str]:
    """The states among areas; “Washington County” and “New York City” are none."""
    return {
        _STATES[each]
        for each in (re.sub(r"^state of | state$", "", each) for each in terms)
        if each in _STATES
    }


def _place(term: str) -> str:
    """A place without what kind of place it is."""
    bare = " ".join(_KIND_OF_PLACE.sub(" ", term).split())
    return bare or term
