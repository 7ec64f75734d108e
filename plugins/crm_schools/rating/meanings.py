"""What packed marks mean by the codes of a district."""

from collections.abc import Mapping

from crm_schools.marks import unpack
from crm_schools.rating.shapes import Meaning
from crm_schools.terms import month_index


class Meanings(dict[str, Meaning]):
    """By packed mark, in one school year, where exactly half a day counts as `half`. Each is made out when it
    is first asked for: a year has few different ones, and a district millions of days."""

    def __init__(self, codes: Mapping[int, tuple[str, int]], school_year: int, half: int) -> None:
        super().__init__()
        self._codes, self._school_year, self._half = codes, school_year, half

    def __missing__(self, token: str) -> Meaning:
        day, code_id, own_halves = next(unpack(token, self._school_year))
        kind, halves = self._codes.get(code_id, ("", 0))
        halves = halves if own_halves is None else own_halves
        if halves == 1:
            halves = self._half
        meaning = self[token] = (day, code_id, kind, halves, month_index(day), day.weekday())
        return meaning
