"""The states and territories: names, chambers, and where each stands on a map of tiles.

Rows and columns are those of the usual tile grid of news rooms, with the territories in a row below.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_GRID: Final = """
AK . . . . . . . . . . ME
. . . . . . . . . . VT NH
. WA ID MT ND MN IL WI MI NY RI MA
. OR NV WY SD IA IN OH PA NJ CT .
. CA UT CO NE MO KY WV VA MD DE .
. . AZ NM KS AR TN NC SC DC . .
. . . . OK LA MS AL GA . . .
HI . . . TX . . . . FL . .
. . . . AS GU MP PR VI . . .
"""
_NAMES: Final = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,"
    "DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,"
    "KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,"
    "MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,"
    "NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,"
    "PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,"
    "VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,AS American Samoa,"
    "GU Guam,MP Northern Mariana Islands,PR Puerto Rico,VI U.S. Virgin Islands,US United States"
)
_UNICAMERAL: Final = frozenset({"NE", "DC", "GU", "VI"})
_LOWER: Final = {
    **dict.fromkeys(("CA", "NV", "NY", "WI"), "Assembly"),
    **dict.fromkeys(("MD", "VA", "WV"), "House of Delegates"),
    "NJ": "General Assembly",
}
_DIVISION: Final = re.compile(r"/(?:state|territory|district):([a-z]{2})\b")


@dataclass(frozen=True)
class Place:
    """A state, the District, a territory, or the nation (`US`, which has no tile)."""

    code: str
    name: str
    row: int | None
    column: int | None
    unicameral: bool

    @property
    def upper(self) -> str:
        return "Council" if self.code == "DC" else "Legislature" if self.unicameral else "Senate"

    @property
    def lower(self) -> str:
        return "" if self.unicameral else _LOWER.get(self.code, "House")


def _made() -> Mapping[str, Place]:
    tiles = {
        code: (row, column)
        for row, line in enumerate(_GRID.strip().splitlines())
        for column, code in enumerate(line.split())
        if code != "."
    }
    found = {}
    for each in _NAMES.split(","):
        code, _space, name = each.partition(" ")
        row, column = tiles.get(code, (None, None))
        found[code] = Place(code, name, row, column, code in _UNICAMERAL)
    return found


PLACES: Final = _made()
BY_NAME: Final = {place.name.lower(): code for code, place in PLACES.items()}
TILES: Final = tuple(place for place in PLACES.values() if place.row is not None)
STATES: Final = tuple(code for code in PLACES if code != "US")


def state_of(text: str) -> str:
    """The code of a state by its code, name or Open Civic Data id; empty when it is none."""
    text = (text or "").strip()
    if text.upper() in PLACES:
        return text.upper()
    if found := _DIVISION.search(text):
        return found[1].upper() if found[1].upper() in PLACES else ""
    if text.startswith("ocd-") and "country:us/government" in text:
        return "US"
    return BY_NAME.get(text.lower(), "")


def name_of(code: str) -> str:
    return PLACES[code].name if code in PLACES else code


def jurisdiction_of(code: str) -> str:
    """Its Open Civic Data id: `ocd-jurisdiction/country:us/state:nc/government`."""
    if code == "US":
        return "ocd-jurisdiction/country:us/government"
    sort = {"DC": "district"}.get(code, "territory" if code in ("AS", "GU", "MP", "PR", "VI") else "state")
    return f"ocd-jurisdiction/country:us/{sort}:{code.lower()}/government"
