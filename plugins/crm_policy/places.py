"""The states and territories: names, chambers, and where each stands on a map of tiles.

Rows and columns are those of the usual tile grid of news rooms, with the territories in a row below.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
_SEATS: Final = (
    "AL 35 105,AK 20 40,AZ 30 60,AR 35 100,CA 40 80,CO 35 65,CT 36 151,DE 21 41,DC 13 0,FL 40 120,GA 56 180,"
    "HI 25 51,ID 35 70,IL 59 118,IN 50 100,IA 50 100,KS 40 125,KY 38 100,LA 39 105,ME 35 151,MD 47 141,"
    "MA 40 160,MI 38 110,MN 67 134,MS 52 122,MO 34 163,MT 50 100,NE 49 0,NV 21 42,NH 24 400,NJ 40 80,"
    "NM 42 70,NY 63 150,NC 50 120,ND 47 94,OH 33 99,OK 48 101,OR 30 60,PA 50 203,RI 38 75,SC 46 124,"
    "SD 35 70,TN 33 99,TX 31 150,UT 29 75,VT 30 150,VA 40 100,WA 49 98,WV 34 100,WI 33 99,WY 31 62,US 100 435"
)
"""Seats of the upper and the lower chamber, by the states' constitutions and laws."""
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
SEATS: Final = {
    code: (int(upper), int(lower)) for code, upper, lower in (each.split() for each in _SEATS.split(","))
}
STATES: Final = tuple(code for code in PLACES if code != "US")


def chambers_like(state: str, chamber: str) -> tuple[str, ...]:
    """All that sources call a chamber: where there is one alone, `upper` to some and `legislature` to
    others."""
    alone = state in PLACES and PLACES[state].unicameral and chamber in _ALONE
    return _ALONE if alone else (chamber,)


_ALONE: Final = ("upper", "legislature")


def seats_of(code: str, chamber: str) -> int:
    """How many seats a chamber has, filled or not; 0 where we do not know, and for both together."""
    upper, lower = SEATS.get(code, (0, 0))
    if code in PLACES and PLACES[code].unicameral:
        return upper
    return {"upper": upper, "lower": lower}.get(chamber, 0)


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


_ZONES: Final = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC US VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_ZONE_OF: Final = {code: zone for zone, codes in _ZONES.items() for code in codes.split()}


def zone_of(state: str) -> ZoneInfo:
    """The zone of a state's capitol."""
    try:
        return ZoneInfo(_ZONE_OF.get(state, "UTC"))
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")


_FIPS: Final = """
01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA
26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX
49UT 50VT 51VA 53WA 54WV 55WI 56WY 60AS 66GU 69MP 72PR 78VI
"""
BY_FIPS: Final = {each[:2]: each[2:] for each in _FIPS.split()}
"""The codes of the states by the numbers that the Census Bureau gives them."""
ZIP: Final = "zip"
"""Before a ZIP code where otherwise the number of a school district stands."""
