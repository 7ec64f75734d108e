"""Which committee a hearing's words mean: `Senate Education Committee` is Education of the Senate. Where two
could be meant nobody guesses."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.words import fold
from crm_policy.models import Committee, Hearing

_CHAMBERS: Final = (
    ("house of representatives ", "lower"),
    ("house of delegates ", "lower"),
    ("general assembly ", "lower"),
    ("assembly ", "lower"),
    ("house ", "lower"),
    ("senate ", "upper"),
    ("joint ", "legislature"),
)
_SIGNS: Final = ("committee on ", "standing ", "the ")


def committees_of(state: str, names: Iterable[str]) -> dict[str, int]:
    """By the names as they were told the ids of the committees; what is unknown or uncertain is left out."""
    read = {name: _read(fold(name)) for name in names}
    wanted = {each for _chamber, keys in read.values() for each in keys}
    with system("which committee a hearing is of"):
        found = select(Committee.id, Committee.chamber, Committee.name_key).where(
            Committee.state == state, Committee.name_key.in_(sorted(wanted))
        )
        rows = db.session().execute(found).all()
    meant: dict[str, int] = {}
    for name, (chamber, keys) in read.items():
        same = [row for row in rows if row.name_key in keys]
        if chamber:
            same = [row for row in same if row.chamber == chamber] or [
                row for row in same if row.chamber not in ("upper", "lower")
            ]
        exact = [row for row in same if row.name_key == fold(name)]
        ids = {row.id for row in (exact or same)}
        if len(ids) == 1:
            meant[name] = ids.pop()
    return meant


def committee_of(state: str, name: str) -> int | None:
    """The same for one name."""
    return committees_of(state, [name]).get(name)


def _read(key: str) -> tuple[str, set[str]]:
    """The chamber that a name says, and the names under which its committee may stand."""
    chamber, plain = "", key
    for begin, place in _CHAMBERS:
        if plain.startswith(begin):
            chamber, plain = place, plain.removeprefix(begin)
            break
    for sign in _SIGNS:
        plain = plain.removeprefix(sign)
    plain = plain.removesuffix(" committee")
    return chamber, {key, plain, f"{plain} committee", f"committee on {plain}"}


def join_hearings(states: Collection[str]) -> None:
    """Hearings that were here before their committee was."""
    with system("hearings that wait for their committee"):
        waiting = select(Hearing).where(Hearing.state.in_(sorted(states)), Hearing.committee_id.is_(None))
        hearings = list(db.session().scalars(waiting))
    for state in states:
        here = [each for each in hearings if each.state == state]
        meant = committees_of(state, {each.committee_name for each in here}) if here else {}
        for each in here:
            each.committee_id = meant.get(each.committee_name)
    db.session().flush()
