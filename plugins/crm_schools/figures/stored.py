"""Tallies of large districts as they were counted once, for every process.

Work in the background counts them when an import has ended; a page takes what was kept as long as the ratings
are those of which it was counted, and counts by itself otherwise."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm.plugin_api import Actor, JobRun, db, gettext, jobs, system
from crm_schools.figures import guarding
from crm_schools.figures.places import BANDS, UNRATED, WHY, Count
from crm_schools.figures.tally import DIMENSIONS, Tally, state_of
from crm_schools.models import Counted, Rating
from crm_schools.suppression import Cell

LARGE: Final = 5000
"""Of fewer ratings in a year a page counts as fast as it would read."""
KIND: Final = "schools.count"


def ask(district_id: int) -> None:
    """Ask for what pages of a district begin with, where it is large. Inside a transaction."""
    years = _large_years(district_id)
    if not all(_is_kept(district_id, year, once) for year in years for once in (True, False)):
        title = gettext("Count the numbers of a district for its pages")
        jobs.enqueue(KIND, {"district_id": district_id}, title, Actor.system())


def _large_years(district_id: int) -> list[int]:
    statement = (
        select(Rating.school_year)
        .where(Rating.district_id == district_id)
        .group_by(Rating.school_year)
        .having(func.count(Rating.id) >= LARGE)
        .order_by(Rating.school_year.desc())
    )
    with system(WHY):
        return list(db.session().execute(statement).scalars())


def work(run: JobRun) -> bool:
    """The step of `schools.count`: one school year, counted in both ways where what is kept is not of now."""
    district_id, done = run.args["district_id"], run.cursor.get("done", [])
    years = [year for year in _large_years(district_id) if year not in done]
    ways = [once for once in (True, False) if years and not _is_kept(district_id, years[0], once)]
    found = [(once, *_count(district_id, years[0], once=once)) for once in ways]
    db.session().rollback()
    with db.transaction(run.actor, KIND):
        for once, state, content in found:
            _keep(district_id, years[0], once, state, content)
        run.cursor["done"] = [*done, *years[:1]]
    return len(years) < 2


@cache
def _program() -> str:
    """A text that differs as soon as the program counts or hides in another way: what an older one decided
    not to hide must not be shown any longer."""
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *(here.parent / "suppression").glob("*.py")])
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _is_kept(district_id: int, school_year: int, once: bool) -> bool:
    with system(WHY):
        row = _row(district_id, school_year, once)
    return row is not None and row.state == f"{_program()} {state_of(district_id, school_year)}"


def _count(district_id: int, school_year: int, *, once: bool) -> tuple[str, str]:
    """The state of the ratings before they were counted, and the numbers as JSON."""
    state = state_of(district_id, school_year)
    content = _content(Tally(district_id, school_year, None, once))
    return state, orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS).decode()


def _keep(district_id: int, school_year: int, once: bool, state: str, content: str) -> None:
    values = {"state": f"{_program()} {state}", "content": content, "made_at": db.now()}
    with system(WHY):
        row = _row(district_id, school_year, once)
        if row is None:
            row = _begun(district_id, school_year, once, values)
        for name, value in values.items():
            setattr(row, name, value)
        db.session().flush()


def _begun(district_id: int, school_year: int, once: bool, values: Mapping[str, Any]) -> Counted:
    """The row, which another process may have begun meanwhile."""
    made = Counted(district_id=district_id, school_year=school_year, once=once, **values)
    try:
        with db.session().begin_nested():
            db.session().add(made)
            db.session().flush()
    except IntegrityError:
        row = _row(district_id, school_year, once)
        assert row is not None
        return row
    return made


def fill(tally: Tally, state: str) -> None:
    """Give a tally that was just begun what was kept of its ratings, if anything was."""
    if tally.school_id is not None:
        return
    with system(WHY):
        row = _row(tally.district_id, tally.school_year, tally.once)
    if row is not None and row.state == f"{_program()} {state}":
        tally.kept.update(_read(orjson.loads(row.content)))


def _row(district_id: int, school_year: int, once: bool) -> Counted | None:
    statement = select(Counted).where(
        Counted.district_id == district_id, Counted.school_year == school_year, Counted.once == once
    )
    return db.session().scalars(statement).one_or_none()


def _content(made: Tally) -> dict[str, Any]:
    content: dict[str, Any] = {
        "schools": {school: _packed(count) for school, count in made.schools().items()},
        "values": {
            name: [[school, value, _packed(count)] for (school, value), count in made.values(name).items()]
            for name in DIMENSIONS
        },
        "months": made.months(),
        "weekdays": made.weekdays(),
    }
    if made.once:
        key, hidden = guarding.usual_hidden(made.district_id, made.school_year)
        content[guarding.HIDDEN] = [list(key), sorted(list(cell) for cell in hidden)]
    return content


def _read(content: Mapping[str, Any]) -> dict[Any, Any]:
    kept: dict[Any, Any] = {
        "schools": {int(school): _unpacked(count) for school, count in content["schools"].items()},
        "values": {
            name: {(school, value): _unpacked(count) for school, value, count in groups}
            for name, groups in content["values"].items()
        },
        "months": {
            int(school): [(month[0], month[1]) for month in months]
            for school, months in content["months"].items()
        },
        "weekdays": {int(school): list(days) for school, days in content["weekdays"].items()},
    }
    if guarding.HIDDEN in content:
        key, hidden = content[guarding.HIDDEN]
        kept[guarding.HIDDEN] = tuple(key), frozenset(Cell(*cell) for cell in hidden)
    return kept


def _packed(count: Count) -> list[Any]:
    bands = [count.bands[band] for band in (*BANDS, *UNRATED)]
    return [bands, count.tiers, count.unrated_tiers, count.truant, count.both, count.absent, count.enrolled]


def _unpacked(packed: list[Any]) -> Count:
    bands, tiers, unrated_tiers, *rest = packed
    return Count(
        dict(zip((*BANDS, *UNRATED), bands, strict=True)),
        {int(tier): number for tier, number in tiers.items()},
        {int(tier): number for tier, number in unrated_tiers.items()},
        *rest,
    )
