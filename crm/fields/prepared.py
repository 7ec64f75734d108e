"""Statements of lists that ask for something, put together once for all who ask the same for a while.

To put one together takes longer than to run it. It may depend on anything that is recorded (choices, own
fields, who is in a list by hand), so it is kept until the next change of anything, and a minute at most for
what depends on the hour.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, Final, TypeVar

from flask import g
from flask_babel import get_locale
from sqlalchemy import func, select

from crm import db, i18n
from crm.access.guard import system
from crm.i18n import choose_time_zone
from crm.journal.models import JournalEntry
from crm.runtime import kept

SECONDS: Final = 60.0
MOST: Final = 128
_Made = TypeVar("_Made")
_Known = OrderedDict[Hashable, tuple[Any, float]]


def prepared(key: Hashable, make: Callable[[], _Made], *, keep: Callable[[], bool]) -> _Made:
    """What `make` gives, or gave for the same key a while ago; `keep` says after making whether to keep it.
    The key must name the reader, for what one may see another may not."""
    if db.current_change() is not None:
        return make()
    known: _Known = kept(("prepared lists",), OrderedDict)
    full = (key, _newest_entry(), i18n.today(), choose_time_zone(), str(get_locale()))
    found = known.get(full)
    if found is not None and monotonic() - found[1] <= SECONDS:
        known.move_to_end(full)
        made: _Made = found[0]
        return made
    made = make()
    if keep():
        known[full] = (made, monotonic())
        while len(known) > MOST:
            known.popitem(last=False)
    return made


def _newest_entry() -> int:
    """Known since who asks is known (`crm.fields.custom.mark`); else asked once."""
    if "crm_newest_entry" not in g:
        g.crm_newest_entry = _ask()
    found: int = g.crm_newest_entry
    return found


def _ask() -> int:
    statement = kept(("newest entry",), lambda: select(func.max(JournalEntry.id)))
    with system("whether anything changed since a list was put together"):
        return db.session().execute(statement).scalar_one() or 0
