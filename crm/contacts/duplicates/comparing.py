"""How alike two contacts are, with reasons. Pure functions: no database, no words.

Each part that both have adds points for agreeing and takes some for differing, roughly the binary logarithm
of how much likelier that is for one contact than for two (Fellegi and Sunter, 1969). A part that one of them
lacks says nothing. Of a name that many have, any two are the less likely one (Winkler, 1989).
"""

from dataclasses import dataclass
from functools import cache
from math import log2
from typing import Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from crm.contacts.duplicates.nicknames import may_be_called
from crm.transfer.cleaning.text import match_key

ENOUGH: Final = 12.0
"""Points from which a pair is proposed."""


class Place(NamedTuple):
    """A postal address, folded. `key` is that of imports."""

    street: str
    street2: str
    city: str
    postal: str
    key: str


class Side(NamedTuple):
    """What is compared of a contact. Names are match keys; emails, phones and links as they are stored. A
    look makes millions of these, and a tuple takes a seventh of the time of a frozen dataclass."""

    id: int
    kind: str
    name: str
    given: str = ""
    middle: str = ""
    family: str = ""
    generation: str = ""
    birth: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    namesakes: int = 1
    """How many contacts have this name, this one included."""
    places: tuple[Place, ...] = ()


@dataclass(slots=True, frozen=True)
class Verdict:
    """Points, the reasons by the names of `words.REASONS`, the weightiest first, and whether that is
    enough for the queue."""

    points: float
    reasons: tuple[str, ...]
    proposed: bool = True

    @property
    def score(self) -> int:
        """Below 50 what is not enough to be proposed; from 50 to 99 what is."""
        found = int(max(1, min(99, 50 + (self.points - ENOUGH) * 2.5)))
        return found if self.proposed else min(found, 49)


Evidence = tuple[float, tuple[str, ...]]
NONE: Final[Evidence] = (0.0, ())
_AGREE: Final = frozenset({"same", "similar"})


def compare(one: Side, other: Side) -> Verdict | None:
    """The verdict on two contacts of one kind; None when they are not worth proposing. What cannot become
    enough any more is given up early: nearly all pairs are."""
    if one.kind != other.kind or _contradict(one, other):
        return None
    names = _names(one, other)
    if names is None or not _may_be_enough(one, other, names[0]):
        return None
    verdict = _verdict(names, _rest(one, other))
    return verdict if verdict.proposed else None


def judge(one: Side, other: Side) -> Verdict | None:
    """The same verdict where it is not enough as well, for somebody who is asked about one contact; None for
    two that cannot be one."""
    if one.kind != other.kind or _contradict(one, other):
        return None
    names = _names(one, other)
    rest = _rest(one, other)
    if names is not None:
        return _verdict(names, rest)
    found = _verdict((-8.0, ("name_different",)), rest)
    return Verdict(found.points, found.reasons, proposed=False)


def _names(one: Side, other: Side) -> Evidence | None:
    return _organizations(one, other) if one.kind == "organization" else _people(one, other)


def _rest(one: Side, other: Side) -> list[Evidence]:
    """What everything but the names says."""
    return [
        _births(one.birth, other.birth),
        _emails(one, other),
        _phones(one, other),
        _links(one, other),
        _places(one, other),
    ]


def _verdict(names: Evidence, rest: list[Evidence]) -> Verdict:
    if not any(reasons for _points, reasons in rest) and "name_same" in names[1]:
        rest = [*rest, (_NOTHING_ELSE, ("nothing_else",))]
    points = names[0] + sum(each for each, _reasons in rest)
    reasons = (*names[1], *(reason for _points, reasons in rest for reason in reasons))
    return Verdict(points, reasons, points >= ENOUGH and _stands(names, rest))


_EMAIL: Final = 7.0
_PHONE: Final = 6.0
_LINK: Final = 5.0
_PLACE: Final = 9.0
"""The most that each of these can add."""
_ALIKE: Final = 4.0
"""What emails or phones add that are not the same but for a slip."""
_NOTHING_ELSE: Final = 1.5
_TELLING: Final = 5.0
"""From so many points on a part tells by itself that two may be one."""
_NAMES_TELL: Final = 6.0


def _may_be_enough(one: Side, other: Side, names: float) -> bool:
    """Whether two whose names have so many points could still be one. Most pairs are given up here, before
    any texts but their names are compared."""
    births = _births(one.birth, other.birth)[0]
    most, telling = names + births + _NOTHING_ELSE, int(births >= _TELLING)
    for mine, theirs, same, alike in (
        (one.emails, other.emails, _EMAIL, _ALIKE),
        (one.phones, other.phones, _PHONE, _ALIKE),
        (one.links, other.links, _LINK, 0.0),
    ):
        if mine and theirs:
            shared = not mine.isdisjoint(theirs)
            most += same if shared else alike
            telling += shared
    if one.places and other.places:
        most += _PLACE
        telling += 1
    return most >= ENOUGH and (names >= _NAMES_TELL or telling >= 2)


def _stands(names: Evidence, rest: list[Evidence]) -> bool:
    """A shared email or phone never proves by itself that two are one; nor does one house."""
    if names[0] >= _NAMES_TELL:
        return True
    return sum(points >= _TELLING for points, _reasons in rest) >= 2


def _contradict(one: Side, other: Side) -> bool:
    """Senior and junior are two; so are those whose middle names cannot be one."""
    if one.generation and other.generation and one.generation != other.generation:
        return True
    if not (one.middle and other.middle):
        return False
    begins = one.middle.startswith(other.middle) or other.middle.startswith(one.middle)
    return not begins and not _typo(one.middle, other.middle)


def _typo(one: str, other: str) -> bool:
    """Whether a slip or two of the keyboard make one word the other; the longer the word, the more."""
    if len(one) > len(other):  # Half the time of `min`, and a look does this a million times.
        one, other = other, one
    shorter = len(one)
    if shorter < 3:
        return False
    most = 1 if shorter < 6 else 2 if shorter < 10 else 3
    return OSA.distance(one, other, score_cutoff=most) <= most


def _word(one: str, other: str) -> str:
    if not one or not other:
        return "missing"
    if one == other:
        return "same"
    return "similar" if _typo(one, other) else "different"


_GIVEN: Final = {"same": 6.0, "similar": 4.5, "short": 3.5, "missing": 0.0, "different": -5.0}
_FAMILY: Final = {"same": 7.0, "similar": 5.5, "missing": 0.0, "different": -6.0}


def _same_name(points: float, one: Side, other: Side) -> Evidence:
    """A name that many have says as much less; with 64 namesakes no more than a family name."""
    others = max(one.namesakes, other.namesakes, 2) - 1
    return max(_FAMILY["same"], points - log2(others)), ("name_same",)


def _people(one: Side, other: Side) -> Evidence | None:
    if not (one.given or one.family) or not (other.given or other.family):
        return _same_name(13.0, one, other) if one.name and one.name == other.name else NONE
    straight = _straight(one, other)
    if straight[0] >= 11.5:
        return straight
    crossed = _crossed(one, other)
    return crossed if crossed[0] > straight[0] else straight


def _straight(one: Side, other: Side) -> Evidence:
    given, family = _given(one.given, other.given), _word(one.family, other.family)
    if given == "same" == family:
        return _same_name(13.0, one, other)
    return _of_parts(given, family, not (one.given or other.given), not (one.family or other.family))


@cache
def _of_parts(given: str, family: str, lack_given: bool, lack_family: bool) -> Evidence:
    """What two parts of a name say; of a part that both lack nothing is told."""
    both_lack = {"given": lack_given, "family": lack_family}
    said = [
        f"{part}_{how}"
        for part, how in (("family", family), ("given", given))
        if not (both_lack[part] and how == "missing")
    ]
    return _GIVEN[given] + _FAMILY[family], tuple(said)


def _given(one: str, other: str) -> str:
    how = _word(one, other)
    if how == "different" and may_be_called(one, other):
        return "short"
    return how


def _crossed(one: Side, other: Side) -> Evidence:
    """Somebody wrote the family name first; a name alone in the other field counts less."""
    ways = (_word(one.given, other.family), _word(one.family, other.given))
    agree = (ways[0] in _AGREE) + (ways[1] in _AGREE)
    if not agree:
        return -99.0, ()
    if "different" in ways:
        return 1.0, ("name_swapped",)
    return (11.5 if agree == 2 else 5.0), ("name_swapped",)


def _organizations(one: Side, other: Side) -> Evidence | None:
    if one.name == other.name:
        return _same_name(14.0, one, other)
    if _typo(one.name, other.name) and _digits(one.name) == _digits(other.name):
        return 9.5, ("name_similar",)
    short, long = sorted((one.name, other.name), key=len)
    if len(short) >= 6 and long.startswith(short) and _digits(short) == _digits(long):
        return 7.0, ("name_within",)
    return None


def _digits(text: str) -> str:
    """P.S. 12 is not P.S. 21."""
    return "".join(sign for sign in text if sign.isdecimal())


def _births(one: str, other: str) -> Evidence:
    if not one or not other:
        return NONE
    first, second = parts_of(one), parts_of(other)
    known = [(a, b) for a, b in zip(first, second, strict=True) if a and b]
    apart = [(a, b) for a, b in known if a != b]
    if not apart:
        return (12.0 if len(known) == 3 else 2.5 * len(known)), (("birth_same",) if known else ())
    if len(known) < 3:
        return -6.0, ("birth_different",)
    if first[0] == second[0] and first[1:] == (second[2], second[1]):
        return 7.0, ("birth_swapped",)
    if len(apart) > 1:
        return -6.0, ("birth_different",)
    near = OSA.distance(*apart[0]) == 1
    return (4.0, ("birth_digit",)) if near else (-2.0, ("birth_part",))


def parts_of(date: str) -> tuple[str, str, str]:
    """Year, month and day of `1976-02-03`, `--02-03`, `1976-02`, `1976`; empty where unknown."""
    if date.startswith("--"):
        return "", date[2:4], date[5:7]
    return date[:4], date[5:7], date[8:10]


def _emails(one: Side, other: Side) -> Evidence:
    if shared := one.emails & other.emails:
        # One that is made of the name says again what the name says.
        telling = any(not _made_of_name(each, one, other) for each in shared)
        return (_EMAIL if telling else 1.0), ("email_same",)
    for first in one.emails:
        for second in other.emails:
            if len(first) > 8 and OSA.distance(first, second, score_cutoff=1) == 1:
                return (1.0 if _made_of_name(first, one) or _made_of_name(second, other) else _ALIKE), (
                    "email_similar",
                )
    return NONE


def _made_of_name(email: str, *sides: Side) -> bool:
    local = match_key(email.partition("@")[0])
    return any(side.given in local and side.family in local for side in sides if side.given and side.family)


def _phones(one: Side, other: Side) -> Evidence:
    if one.phones & other.phones:
        return _PHONE, ("phone_same",)
    for first in one.phones:
        for second in other.phones:
            if len(first) > 7 and OSA.distance(first, second, score_cutoff=1) == 1:
                return _ALIKE, ("phone_digit",)
    return NONE


def _links(one: Side, other: Side) -> Evidence:
    return (_LINK, ("link_same",)) if one.links & other.links else NONE


def _places(one: Side, other: Side) -> Evidence:
    if not one.places or not other.places:
        return NONE
    pairs = (_place(a, b) for a in one.places for b in other.places)
    return max(pairs, key=lambda each: each[0])


def _place(one: Place, other: Place) -> Evidence:
    """Where the street agrees, the town must not contradict it; a number may be mistyped."""
    if one.key and one.key == other.key:
        return _PLACE, ("address_same",)
    near = _near(one, other)
    if near is not False and one.street and other.street and (found := _streets(one, other)):
        return found
    return {True: (2.5, ("place_same",)), False: (-2.0, ("address_different",)), None: NONE}[near]


def _streets(one: Place, other: Place) -> Evidence | None:
    if one.street == other.street:
        return 8.0, ("address_same",)
    alike = max(
        fuzz.ratio(one.street, other.street),
        fuzz.token_sort_ratio(f"{one.street} {one.street2}", f"{other.street} {other.street2}"),
    )
    if alike >= 84:
        return 7.0, ("address_similar",)
    if _second_line(one, other):
        return 7.0, ("address_part",)
    first, second = _without_number(one.street), _without_number(other.street)
    if first and second and (first == second or _typo(first, second)):
        return 5.0, ("street_same",)
    return None


def _second_line(one: Place, other: Place) -> bool:
    """The same number and second line, such as a building, where the street was written otherwise."""
    lines = one.street2, other.street2
    number = one.street.split(" ")[0]
    same = number.isdecimal() and number == other.street.split(" ")[0]
    return same and min(map(len, lines)) >= 5 and fuzz.ratio(*lines) >= 84


def _near(one: Place, other: Place) -> bool | None:
    """Whether two places are in one town; None when nothing says so either way."""
    postal = bool(one.postal and other.postal)
    city = bool(one.city and other.city)
    if postal and one.postal == other.postal:
        return True
    if city and (one.city == other.city or _typo(one.city, other.city)):
        return True
    return False if postal or city else None


def _without_number(street: str) -> str:
    return street.lstrip("0123456789 -/")
