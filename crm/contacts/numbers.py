"""How many contacts there are, how many came, and what is missing; each number opens its list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from flask_babel import format_date, get_timezone
from sqlalchemy import func, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import ORGANIZATION, PERSON, Contact
from crm.fields.filters import Filter
from crm.fields.listing import COUNT_LIMIT, Listing, ListState
from crm.i18n import lazy_gettext as _
from crm.journal.models import ChangeSet, JournalEntry

MONTHS = 12


@dataclass(frozen=True)
class Totals:
    """Counts over what the asker may see; `before` is the last day of the month before this one."""

    people: int
    organizations: int
    new: int
    before: date


@dataclass(frozen=True)
class Month:
    """How many were added in a month: its short and its full name, and the share of the fullest month."""

    short: str
    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Gap:
    """Something that is missing for `count` contacts; `more` says that there are more than were counted."""

    label: Any
    query: str
    count: int
    more: bool


def totals(actor: Actor) -> Totals:
    this_month = _month_begins(0)
    counted = visible(Contact, actor).with_only_columns(
        func.count().filter(Contact.kind == PERSON),
        func.count().filter(Contact.kind == ORGANIZATION),
        func.count().filter(Contact.created_at >= _midnight(this_month)),
    )
    people, organizations, new = db.session().execute(counted).one()
    return Totals(people, organizations, new, this_month - timedelta(days=1))


def added_by_month(actor: Actor) -> Sequence[Month]:
    """The last twelve months, oldest first."""
    begins = [_month_begins(back) for back in range(MONTHS - 1, -2, -1)]
    moments = [_midnight(each) for each in begins]
    spans = [
        func.count().filter(Contact.created_at >= start, Contact.created_at < end)
        for start, end in pairwise(moments)
    ]
    statement = visible(Contact, actor).where(Contact.created_at >= moments[0]).with_only_columns(*spans)
    counts = [int(each) for each in db.session().execute(statement).one()]
    fullest = max(counts) or 1
    return [
        Month(format_date(day, "LLL"), format_date(day, "LLLL y"), count, count / fullest)
        for day, count in zip(begins, counts, strict=False)
    ]


def _month_begins(back: int) -> date:
    """The first day of the month so many months ago, in the reader's time zone; -1 is next month."""
    today = datetime.now(get_timezone()).date()
    months = today.year * 12 + today.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), get_timezone()).astimezone(UTC)


_MANY = (".bulk", ".import", ".undo", ".redo", ".load", ".restore")
_LOOKED_AT, _FEW_ENTRIES = 200, 50


def changed_last(actor: Actor, most: int) -> list[tuple[Contact, datetime]]:
    """Whom people changed last one by one: an import or a change of many at once would fill the list with
    those of whom nobody thinks just now. With the moment of that change."""
    few = [~ChangeSet.action.endswith(ending) for ending in _MANY]
    newest = (
        select(ChangeSet.id)
        .where(ChangeSet.entries <= _FEW_ENTRIES, ChangeSet.subject_tables.contains(",contact,"), *few)
        .order_by(ChangeSet.id.desc())
        .limit(_LOOKED_AT)
    )
    with system("which contacts were changed last; names are asked for by who may see them"):
        change_sets = list(db.session().execute(newest).scalars())
        entries, latest = db.table(JournalEntry).c, func.max(ChangeSet.at)
        subjects = (
            select(entries.subject_id, latest)
            .join(ChangeSet, ChangeSet.id == entries.change_set_id)
            .where(entries.subject_table == "contact", db.among(entries.change_set_id, change_sets))
            .group_by(entries.subject_id)
        )
        moments = {row[0]: row[1] for row in db.session().execute(subjects)}
    found = db.session().scalars(visible(Contact, actor).where(db.among(Contact.id, moments))).all()
    return sorted(((each, moments[each.id]) for each in found), key=lambda pair: pair[1], reverse=True)[:most]


_PERSON, _ORGANIZATION = Filter("kind", "is", PERSON), Filter("kind", "is", ORGANIZATION)
GAPS: tuple[tuple[Any, tuple[Filter, ...]], ...] = (
    (
        _("People nobody can reach: no email, phone or address"),
        (_PERSON, Filter("email", "empty"), Filter("phone", "empty"), Filter("street", "empty")),
    ),
    (_("People without an organization"), (_PERSON, Filter("organization", "empty"))),
    (_("Organizations without a sector"), (_ORGANIZATION, Filter("sector", "empty"))),
)


def gaps(actor: Actor) -> Sequence[Gap]:
    """What is missing, counted by the very lists that the numbers open."""
    found = []
    for label, filters in GAPS:
        state = ListState("contacts", filters=filters)
        count = Listing(state, actor).count()
        found.append(Gap(label, state.query(), min(count, COUNT_LIMIT), count > COUNT_LIMIT))
    return [each for each in found if each.count]
