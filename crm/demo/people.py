"""Made-up people: who they are, and how a second record of one of them looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from crm.contacts import names
from crm.contacts.duplicates.nicknames import short_for
from crm.demo import words
from crm.demo.rows import Dice
from crm.transfer.cleaning.text import match_key

FEW: Final = 1000
"""Up to so many people the usual names are enough."""
OFTEN: Final = 50
SELDOM: Final = 100
"""One in so many is there twice, in a small coalition and beyond FEW."""


@dataclass(frozen=True)
class Home:
    street: str
    city: str
    postal_code: str

    @property
    def key(self) -> str:
        return names.address_key(self.street, self.postal_code)


@dataclass(frozen=True)
class Facts:
    """What is known of a person; empty texts and None for what is not."""

    given: str
    middle: str
    family: str
    birth_date: str | None
    email: str
    phone: str
    home: Home | None


class Names:
    """Names of people. Among few the usual ones come again and again, as in life; among many there are a
    thousand family names, and some have two, so that of 100,000 no more have one name than in life."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._many = words.FAMILY_NAMES + tuple(
            begin + end for begin, end in product(words.NAME_BEGINNINGS, words.NAME_ENDS)
        )

    def pick(self, number: int) -> tuple[str, str]:
        """Given and family name of the person of that number."""
        dice = self._dice
        if number < FEW:
            return dice.often_first(words.GIVEN_NAMES), dice.often_first(words.FAMILY_NAMES)
        return self._double(words.GIVEN_NAMES, 0.3), self._double(self._many, 0.4)

    def _double(self, choices: Sequence[str], share: float) -> str:
        name = self._dice.pick(choices)
        if not self._dice.chance(share):
            return name
        return f"{name} {self._dice.pick(choices)}"


def is_again(number: int) -> bool:
    """Whether the person of that number is somebody who is there already."""
    return (number + 1) % _every(number) == 0


def _every(number: int) -> int:
    return OFTEN if number < FEW else SELDOM


def again(facts: Facts, number: int) -> Facts:
    """The same person as somebody else wrote them down: in turns by a short name and the same phone, with
    a slip of the keyboard and the same email, with the names swapped, without a middle name in one house."""
    ways = (_called_shortly, _mistyped, _swapped, _from_the_same_house)
    return ways[number // _every(number) % len(ways)](facts)


def _called_shortly(facts: Facts) -> Facts:
    given = short_for(match_key(facts.given)).title() or f"{facts.given[0]}."
    return replace(facts, given=given, email="", home=None)


def _mistyped(facts: Facts) -> Facts:
    family = facts.family
    return replace(facts, family=family[:-3] + family[-2] + family[-3] + family[-1], home=None)


def _swapped(facts: Facts) -> Facts:
    return replace(facts, given=facts.family, family=facts.given, middle="", home=None)


def _from_the_same_house(facts: Facts) -> Facts:
    return replace(facts, middle="", email="", phone="")
