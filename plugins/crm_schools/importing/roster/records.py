"""What a line of a roster says, whatever its form: plain data that fits JSON."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson

Record = dict[str, Any]
"""One line. `kind` is one of KINDS; the other entries are as the functions here write them."""

KINDS: Final = ("district", "school", "year", "session", "days", "student", "guardian")
"""In the order in which they are written: each may refer to those before it."""

FIELDS: Final = (
    "state_id", "source_id", "given_name", "middle_name", "family_name", "suffix", "preferred_name",
    "birth_date", "gender", "race", "english_learner", "disability", "disadvantaged", "housing",
)  # fmt: skip
"""What a roster may say of a student; what it does not say stays as it is."""

BY_SCHOOL: Final = "schools"
"""As `delta`: a table says all of a student's stay in the schools that it names, and nothing of others."""

REMOVES: Final = "schools.keep"
"""The act by which people remove a stay or a guardian on the page of a student."""

ADDS: Final = REMOVES
"""The act by which they add one."""


def district(key: str, name: str, *, state: str = "", nces_id: str = "") -> Record:
    return {"kind": "district", "key": key, "name": name, "state": state, "nces_id": nces_id}


def school(key: str, name: str, of: str, **more: str) -> Record:
    """`of` is the key of its district, empty for the only one there is."""
    return {"kind": "school", "key": key, "name": name, "district": of, **more}


def year(of: str, school_year: int, begins: date, ends: date) -> Record:
    return {
        "kind": "year",
        "key": str(school_year),
        "district": of,
        "year": school_year,
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
    }


def session(of: str, school_year: int, name: str, begins: date, ends: date, stated: int | None) -> Record:
    """A term of the school `of`."""
    return {
        "kind": "session",
        "key": name,
        "school": of,
        "year": school_year,
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "stated": stated,
    }


def days(of: str, school_year: int, name: str, found: Mapping[date, str], grade: str = "") -> Record:
    """A calendar of the school `of`: kinds of days, see `models.Day`."""
    listed = sorted((day.isoformat(), kind) for day, kind in found.items())
    return {"kind": "days", "key": name, "school": of, "year": school_year, "grade": grade, "days": listed}


def student(
    key: str, of: str, fields: Mapping[str, Any], spans: Sequence[Sequence[Any]], *, delta: bool
) -> Record:
    """`spans` are [school key, school year, begin, end or None, grade, classes], days as ISO texts and the
    classes as `packed` gives them, left out where nobody names any. With `delta` they come to those that are
    known, else they are all there are of their school years."""
    return {
        "kind": "student",
        "key": key,
        "district": of,
        "fields": said(fields),
        "spans": [list(span) for span in spans],
        "delta": delta,
    }


def said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of which anything is said."""
    return {name: value for name, value in fields.items() if value not in {None, ""}}


GUESSED: Final = "?"
"""In place of the id of a class: nobody named any, so a stay counts for the year until an archive does."""
InClass = tuple[str, date, date | None]
"""The enrolment of a class, by its own id (empty for what has none), from its first to its last day."""


def unions(classes: Iterable[InClass]) -> list[tuple[date, date | None, list[InClass]]]:
    """The stays that class enrolments make together, each with those of which it is made."""
    listed = sorted(classes, key=lambda each: (each[1], each[0]))
    found: list[tuple[date, date | None, list[InClass]]] = [
        (begins, ends, []) for begins, ends in joined((each[1], each[2]) for each in listed)
    ]
    for each in listed:
        next(stay for stay in reversed(found) if stay[0] <= each[1])[2].append(each)
    return found


def packed(classes: Iterable[InClass]) -> str:
    """Class enrolments as one text; empty for a single one without an id."""
    listed = [
        [source, begins.isoformat(), ends.isoformat() if ends else ""] for source, begins, ends in classes
    ]
    return orjson.dumps(listed).decode() if any(each[0] for each in listed) else ""


def unpacked(text: str) -> list[InClass]:
    """What `packed` made one text of."""
    return [
        (source, date.fromisoformat(begins), date.fromisoformat(ends) if ends else None)
        for source, begins, ends in orjson.loads(text or "[]")
    ]


def parts_of(classes: str, begins: date, ends: date | None) -> list[InClass]:
    """The class enrolments of a stay; one of which nobody named any is one without an id."""
    return unpacked(classes) or [("", begins, ends)]


def cut(classes: str, begins: date, ends: date | None, *, named: bool) -> str:
    """Class enrolments of a stay as far as they lie in these days; without their ids unless they are `named`
    here, for a delta means by an id one of them alone."""
    last = ends or date.max
    parts = (
        (source, max(first, begins), min(until or date.max, last))
        for source, first, until in unpacked(classes)
    )
    return packed(
        (source if named else "", first, None if until == date.max else until)
        for source, first, until in parts
        if first <= until
    )


def is_guessed(classes: str) -> bool:
    """Whether nobody knew since when the stay of these classes is."""
    return bool(classes) and all(source == GUESSED for source, *_days in unpacked(classes))


def folded(*names: str) -> str:
    """Names without capitals and accents, for sorting."""
    text = " ".join(" ".join(names).split()).casefold()
    if text.isascii():
        return text
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


def joined(spans: Iterable[tuple[date, date | None]]) -> list[tuple[date, date | None]]:
    """The union of spans: those that overlap or follow one another become one; None is an end that is
    open."""
    found: list[tuple[date, date | None]] = []
    for begins, ends in sorted(spans, key=lambda span: span[0]):
        if found and (found[-1][1] is None or begins.toordinal() <= found[-1][1].toordinal() + 1):
            last = found[-1][1]
            found[-1] = found[-1][0], None if last is None or ends is None else max(last, ends)
        else:
            found.append((begins, ends))
    return found


def race_of(flags: Mapping[str, bool], hispanic: bool | None) -> str:
    """The federal group: Hispanic of any race, one race, several, or nothing said.

    Source: U.S. Department of Education, Final Guidance on race and ethnicity (2007), which the EDFacts
    groups use."""
    if hispanic:
        return "hispanic"
    chosen = [name for name, said in flags.items() if said]
    if len(chosen) > 1:
        return "several"
    return chosen[0] if chosen else ""
