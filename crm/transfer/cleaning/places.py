"""Postal codes, regions and countries."""

import re
from functools import lru_cache
from typing import Final

from crm.transfer.cleaning.text import fold, match_key, squash

_ZIP: Final = re.compile(r"\d{5}(?:-\d{4})?", re.ASCII)
_CANADIAN: Final = re.compile(r"([A-Z]\d[A-Z]) ?(\d[A-Z]\d)", re.ASCII)

STATES: Final = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "U.S. Virgin Islands",
}
PROVINCES: Final = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Quebec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}
# The traditional abbreviations that still stand in address books.
_OLD_ABBREVIATIONS: Final = {
    "ala": "AL",
    "ariz": "AZ",
    "ark": "AR",
    "calif": "CA",
    "colo": "CO",
    "conn": "CT",
    "del": "DE",
    "fla": "FL",
    "ill": "IL",
    "ind": "IN",
    "kans": "KS",
    "mass": "MA",
    "mich": "MI",
    "minn": "MN",
    "miss": "MS",
    "mont": "MT",
    "nebr": "NE",
    "nev": "NV",
    "okla": "OK",
    "ore": "OR",
    "penn": "PA",
    "penna": "PA",
    "tenn": "TN",
    "tex": "TX",
    "wash": "WA",
    "wis": "WI",
    "wisc": "WI",
    "wyo": "WY",
    "virginislands": "VI",
    "washingtondc": "DC",
}
_REGIONS: Final = {
    "US": {match_key(name): code for code, name in STATES.items()} | _OLD_ABBREVIATIONS,
    "CA": {match_key(name): code for code, name in PROVINCES.items()},
}
_REGION_CODES: Final = {"US": frozenset(STATES), "CA": frozenset(PROVINCES)}
_COUNTRY_ALIASES: Final = {
    "usa": "US",
    "unitedstatesofamerica": "US",
    "america": "US",
    "eeuu": "US",
    "estadosunidosdeamerica": "US",
    "uk": "GB",
    "greatbritain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northernireland": "GB",
    "holland": "NL",
    "czechrepublic": "CZ",
    "turkey": "TR",
    "southkorea": "KR",
    "ivorycoast": "CI",
}


def clean_postal_code(raw: str, country: str = "US") -> tuple[str, str]:
    """`(code, "")`, or the value as it was typed with `postal_code_invalid`.

    In the United States (and where no country is given) a ZIP code regains what a spreadsheet took from
    it: `2134` → `02134`, `20024.0` → `20024`, `200241234` → `20024-1234`. A Canadian code gets its space.
    """
    value = raw.strip()
    if _ZIP.fullmatch(value):
        return value, ""
    return _clean_postal_code(value, country)


@lru_cache(maxsize=1024)
def _clean_postal_code(value: str, country: str) -> tuple[str, str]:
    value = squash(value).upper().removesuffix(".0").lstrip("'")
    if found := _CANADIAN.fullmatch(value):
        return f"{found[1]} {found[2]}", ""
    if country not in {"US", ""} or not value:
        return value, ""
    digits = value.replace("-", "").replace(" ", "").replace("+", "")
    if digits.isascii() and digits.isdigit():
        if 3 <= len(digits) <= 5:
            return digits.zfill(5), ""
        if 7 <= len(digits) <= 9:
            digits = digits.zfill(9)
            return f"{digits[:5]}-{digits[5:]}", ""
    return value, "postal_code_invalid" if country == "US" else ""


def clean_region(raw: str, country: str = "US") -> str:
    """The two-letter code of a state or province where one is meant (`Mich.` → `MI`), else as typed."""
    value = raw.strip()
    if country in {"US", ""} and value in STATES:
        return value
    return _clean_region(value, country)


@lru_cache(maxsize=1024)
def _clean_region(value: str, country: str) -> str:
    value = squash(value)
    key = match_key(value)
    for home in (country,) if country else ("US", "CA"):
        if key.upper() in _REGION_CODES.get(home, ()):
            return key.upper()
        if code := _REGIONS.get(home, {}).get(key):
            return code
    return value


@lru_cache(maxsize=1024)
def clean_country(raw: str) -> tuple[str, str]:
    """`(alpha-2, "")`, or the name as it was typed with `country_unknown`. English and Spanish names."""
    value = squash(raw)
    key = match_key(value)
    if not key:
        return "", ""
    if len(key) == 2 and key.upper() in _territories().values():
        return key.upper(), ""
    code = _COUNTRY_ALIASES.get(key) or _territories().get(key)
    return (code, "") if code else (value, "country_unknown")


@lru_cache(maxsize=1)
def _territories() -> dict[str, str]:
    from babel import Locale

    found: dict[str, str] = {}
    for language in ("es", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"ZZ", "EU", "UN", "EZ", "XA", "XB"}:
                found[match_key(name)] = code
    return found


_SINGLE_LINE: Final = re.compile(
    r"(?P<street>[^,\n]{1,200}(?:,[^,\n]{1,60})?)\s*[,\n]\s*(?P<city>[^,\n\d]{2,60}?)\s*,\s*"
    r"(?P<region>[A-Za-z][A-Za-z. ]{1,30}?),?\s+(?P<zip>\d{5}(?:-\d{4})?)"
    r"(?:\s*,\s*(?P<country>[A-Za-z. ]{2,40}))?"
)


def split_address(raw: str) -> tuple[str, str, str, str, str]:
    """Street, city, region, postal code and country of an address in one cell; all in street if unclear.

    `401 I St. SW, Washington, DC 20024` is the form that is understood, with or without a country.
    """
    value = "\n".join(squash(line) for line in raw[:400].splitlines() if line.strip())
    found = _SINGLE_LINE.fullmatch(value)
    if found is None or clean_region(found["region"]) not in STATES:
        return raw.strip(), "", "", "", ""
    return (
        found["street"],
        found["city"],
        clean_region(found["region"]),
        found["zip"],
        (found["country"] or "").strip(),
    )


def normal_place(text: str) -> str:
    """A street or city as match keys compare it; common street words count like their abbreviations."""
    words = _WORD.findall(fold(text))
    return " ".join(_STREET_WORDS.get(word, word) for word in words)


_WORD: Final = re.compile(r"\w+")
_STREET_WORDS: Final = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "boulevard": "blvd",
    "court": "ct",
    "place": "pl",
    "square": "sq",
    "terrace": "ter",
    "circle": "cir",
    "highway": "hwy",
    "parkway": "pkwy",
    "apartment": "apt",
    "suite": "ste",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
    "saint": "st",
    "mount": "mt",
    "fort": "ft",
}
