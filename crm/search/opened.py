"""The records that somebody opened last. Their browser remembers which, by ids alone; what they are called
is asked for anew each time, so nobody reads a name that they may not see any more."""

import sys
from typing import Final

from flask import has_request_context, request
from sqlalchemy import and_, or_, select

from crm import db
from crm.access import Actor
from crm.access.guard import SCOPED
from crm.runtime import runtime
from crm.search.indexing import DOCUMENTS
from crm.search.services import Hit, hit_of, open_providers, visible_documents

MOST: Final = 5


def record_here() -> str:
    """The record whose page this is, as `contact:12`; empty on other pages."""
    # On the page of an error nothing was opened, and it must look the same whether the record is there.
    if not has_request_context() or sys.exc_info()[0] is not None:
        return ""
    for provider in runtime().search.values():
        if request.endpoint == provider.endpoint and request.view_args:
            return f"{provider.subject_table}:{request.view_args[provider.id_argument]}"
    return ""


def last_opened(text: str, actor: Actor) -> list[Hit]:
    """Those of `contact:12,contact:7` that the actor may see, in this order."""
    wanted = [pair for pair in map(_pair, text[:200].split(",")) if pair is not None][:MOST]
    providers = open_providers(actor, None)
    if not wanted or not providers:
        return []
    chosen = []
    for table, record_id in wanted:
        kinds = [each.kind for each in providers.values() if each.subject_table == table]
        chosen.append(and_(DOCUMENTS.c.kind.in_(kinds), DOCUMENTS.c.record_id == record_id))
    statement = select(DOCUMENTS).where(or_(*chosen), visible_documents(providers, actor))
    rows = db.session().execute(statement.execution_options(**{SCOPED: True})).all()
    found = {(providers[row.kind].subject_table, row.record_id): row for row in rows}
    return [hit_of(found[each], providers[found[each].kind], actor) for each in wanted if each in found]


def _pair(text: str) -> tuple[str, int] | None:
    table, _colon, number = text.partition(":")
    return (table, int(number)) if number.isdecimal() and len(number) < 16 else None
