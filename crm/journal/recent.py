"""Recent changes: the newest change sets that somebody may see, with filters, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask_babel import to_utc
from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.journal.change_sets import KINDS
from crm.journal.history import Act, acts_of
from crm.journal.models import ChangeSet
from crm.journal.permissions import Reach, is_administrator
from crm.journal.reading import rows_of
from crm.journal.recorder import ENTRIES

PAGE = 30
FIRST_ENTRIES = 2000
"""So many entries of a change are looked through for one about somebody who is not kept from the reader: what
brought a hundred thousand families is told to nobody else, and is not read whole for each page."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
NOBODY = "rollcall"
"""Stands for work that no user did: the command line, schedules."""


@dataclass(frozen=True)
class Filters:
    """What the page shows. Empty texts leave nothing out; what makes no sense does neither."""

    person: str = ""
    kind: str = ""
    day: date | None = None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Filters":
        try:
            chosen = date.fromisoformat(values.get("day", ""))
        except ValueError:
            chosen = None
        if chosen is not None and not FIRST_YEAR <= chosen.year <= LAST_YEAR:
            chosen = None
        return cls(values.get("person", ""), values.get("kind", ""), chosen)

    @property
    def arguments(self) -> dict[str, str]:
        """As the page's address carries them."""
        day = self.day.isoformat() if self.day else ""
        found = {"person": self.person, "kind": self.kind, "day": day}
        return {name: value for name, value in found.items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.person == NOBODY:
            found.append(ChangeSet.actor_user_id.is_(None))
        elif self.person.isdecimal() and len(self.person) < 16:
            found.append(ChangeSet.actor_user_id == int(self.person))
        if kind := next((kind for kind in KINDS if kind.name == self.kind), None):
            found.append(or_(*(ChangeSet.action.endswith(each) for each in kind.endings)))
        if self.day is not None:
            begin, end = _limits(self.day)
            found += [ChangeSet.at >= begin, ChangeSet.at < end]
        return found


def _limits(day: date) -> tuple[datetime, datetime]:
    """When a day begins and ends where the reader is."""
    midnights = (datetime.combine(each, time()) for each in (day, day + timedelta(days=1)))
    begin, end = (to_utc(each).replace(tzinfo=UTC) for each in midnights)
    return begin, end


@dataclass(frozen=True)
class Page:
    """Acts, newest first; `next_id` is where the next page begins."""

    acts: list[Act]
    next_id: int | None


def page(
    actor: Actor, filters: Filters, before_id: int | None = None, size: int = PAGE, *, folded: bool = False
) -> Page:
    """The change sets with at least one record that the actor may see, and their own. `folded` leaves out
    what was undone since: the undo says it."""
    reach = Reach(actor)
    statement = select(ChangeSet.id).where(may_see(actor, reach), *filters.conditions())
    if folded:
        statement = statement.where(ChangeSet.undone_by_id.is_(None))
    if before_id is not None:
        statement = statement.where(ChangeSet.id < before_id)
    found = [each[0] for each in rows_of(statement.order_by(ChangeSet.id.desc()).limit(size + 1))]
    return Page(acts_of(found[:size], actor, reach), found[size - 1] if len(found) > size else None)


def may_see(actor: Actor, reach: Reach) -> ColumnElement[bool]:
    """The condition on change sets that the actor may see something of them."""
    if is_administrator(actor):
        return true()
    own = ChangeSet.actor_user_id == actor.user_id if actor.user_id is not None else false()
    mixed = reach.mixed
    told = [_touches(name, reach) for name in sorted(reach.whole)]
    parts = [
        ChangeSet.id.in_(
            select(ENTRIES.c.change_set_id).where(
                ENTRIES.c.subject_table == name,
                ENTRIES.c.subject_id.in_(reach.records(name)),
                *([reach.rows_told_with(name)] if name in mixed else []),
            )
        )
        for name in sorted(reach.parts)
    ]
    return or_(own, *told, *parts)


def _touches(table_name: str, reach: Reach) -> ColumnElement[bool]:
    """The condition on change sets that they did anything to records of a table but what is beyond reach."""
    says = ChangeSet.subject_tables.contains(f",{table_name},", autoescape=True)
    mine = [ENTRIES.c.change_set_id == ChangeSet.id, ENTRIES.c.subject_table + "" == table_name]
    if table_name in reach.mixed:
        mine.append(reach.rows_told_with(table_name))
    first = select(ENTRIES).where(*mine).order_by(ENTRIES.c.id)
    those = first.correlate(ChangeSet).limit(FIRST_ENTRIES).subquery()
    withheld = reach.withheld(table_name, those.c.subject_id)
    if withheld is None:
        return says & exists().where(*mine) if table_name in reach.mixed else says
    return says & exists(select(those.c.id).where(not_(withheld)))


def people(actor: Actor) -> Sequence[tuple[int, str]]:
    """Those who changed anything, for the filter; whoever sees only a part of the records sees no list."""
    if Reach(actor).parts:
        return []
    acted = exists().where(ChangeSet.actor_user_id == User.id)
    found = db.session().execute(select(User.id, User.name).where(acted).order_by(User.name))
    return [(each[0], each[1]) for each in found]


def find(change_set_id: int, actor: Actor) -> ChangeSet | None:
    """A change set that the actor may see something of, or None."""
    seen = and_(ChangeSet.id == change_set_id, may_see(actor, Reach(actor)))
    statement = select(ChangeSet.id).where(seen)
    found = next(rows_of(statement), None)
    return None if found is None else db.session().get(ChangeSet, found[0])
