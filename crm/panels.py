"""Which panels of a record's page have anything to show: asked in one statement for all of them."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm import db
from crm.access.guard import system
from crm.plugin_host.host import Failure, heal_session
from crm.runtime import kept, runtime

log = logging.getLogger(__name__)
When = Callable[[], ColumnElement[bool]]


def worth_showing(hook: str, found: Sequence[tuple[str, Any]], record_id: int) -> list[Any]:
    """Of these answers, each with the name of its plugin, those whose condition holds for this record or that
    have none. A condition that cannot be asked costs its own panel and no more."""
    conditions = [each.when for _plugin, each in found if getattr(each, "when", None) is not None]
    if not conditions:
        return [each for _plugin, each in found]
    try:
        holds = _ask(conditions, record_id)
    except (Exception, SystemExit):
        if runtime().plugins.raise_failures:
            raise
        heal_session()
        return _alone(hook, found, record_id)
    return [each for _plugin, each in found if getattr(each, "when", None) is None or holds[each.when]]


def _ask(conditions: Sequence[When], record_id: int) -> dict[When, bool]:
    key = ("panels", *conditions)
    statement = kept(key, lambda: _asking(conditions))
    with system("whether a record that was loaded for the reader has anything to show in a panel"):
        row = db.plain(statement, {"record_id": record_id}).one()
    return dict(zip(conditions, row, strict=True))


def _asking(conditions: Sequence[When]) -> Select[Any]:
    columns: list[Any] = [make().label(f"c{number}") for number, make in enumerate(conditions)]
    return select(*columns).execution_options(**db.KEPT_PLAN)


def _alone(hook: str, found: Sequence[tuple[str, Any]], record_id: int) -> list[Any]:
    """The same with a statement for each panel, so that only those are lost whose condition fails."""
    shown: list[Any] = []
    for plugin, each in found:
        when = getattr(each, "when", None)
        try:
            if when is None or _ask([when], record_id)[when]:
                shown.append(each)
        except (Exception, SystemExit):
            log.exception("plugin %s failed in %s", plugin, hook)
            heal_session()
            shown.append(Failure(plugin, hook))
    return shown
