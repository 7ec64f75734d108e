"""A form for something new makes it once, also when a second click or the back button sends it twice.

Such a form carries a key. What it made is remembered with its session under the key and what was typed, in
the transaction that made it; the same again leads to what is there. The same key with other words is a new
record: nothing that somebody typed is lost.
"""

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from flask import Response, abort, after_this_request, g, has_request_context, request, session
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db, htmx

if TYPE_CHECKING:
    from crm.journal.recorder import Change

NAME: Final = "_once"
"""The hidden input with the key."""

_LENGTH: Final = 16
_LOOKED_AT: Final = 1_000_000
"""So many bytes of a file tell it from another one of its name and size."""
_PAGES: Final = "pages"
_PAGES_KEPT: Final = 6


def key_for(form: Any) -> str:
    """The key of a form that is shown: the one that it came back with while mistakes are mended."""
    posted = request.form.get(NAME, "")
    return posted if form.is_submitted() and len(posted) == _LENGTH else secrets.token_hex(_LENGTH // 2)


def sent() -> None:
    """What came makes sense: the next transaction of this request happens once."""
    key = request.form.get(NAME, "")
    if len(key) == _LENGTH:
        g.crm_once = f"{key}{_digest()}"


def _digest() -> str:
    """A short text for all that was typed and chosen, and where."""
    told = sha256(request.path.encode())
    for name in sorted(request.form):
        if name not in {NAME, "csrf_token"}:
            told.update(repr((name, request.form.getlist(name))).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        place = file.stream.tell()
        file.stream.seek(0)
        told.update(repr((name, file.filename)).encode() + file.stream.read(_LOOKED_AT))
        told.update(repr(file.stream.seek(0, 2)).encode())
        file.stream.seek(place)
    return told.hexdigest()[:16]


def refuse_second(_change: "Change") -> None:
    """A transaction begins: of two that are sent at the same moment the second waits here, and is sent on to
    what the first has made."""
    from crm.accounts import sessions

    mark = g.get("crm_once") if has_request_context() else None
    if mark is None:
        return
    before = sessions.made_with(mark)
    if before is not None and not _is_undone(before):
        from crm.pages import say

        say(_("This was saved already. Nothing was made a second time."))
        abort(htmx.go(_page_after(mark) or _page_of(before)))


def _is_undone(change_set_id: int) -> bool:
    """Whether what a form made was taken back since; then it may make it again."""
    from crm.journal import change_sets

    found = change_sets.find(change_set_id)
    return found is None or found.undone_by_id is not None


def remember(change: "Change") -> None:
    """A transaction that wrote something ends."""
    from crm.accounts import sessions

    if change.id is None or not has_request_context() or not (mark := g.pop("crm_once", None)):
        return
    sessions.note_made(mark, change.id)

    @after_this_request
    def keep_page(response: Response) -> Response:
        if page := response.headers.get("HX-Redirect") or response.location:
            session[_PAGES] = [*session.get(_PAGES, ()), [mark[:_LENGTH], page]][-_PAGES_KEPT:]
        return response


def _page_after(mark: str) -> str:
    """Where the first one led, as this browser knows unless both were sent at the same moment."""
    return str(dict(session.get(_PAGES, ())).get(mark[:_LENGTH], ""))


def _page_of(change_set_id: int) -> str:
    """The page of the first record that a change set made, else of what its first row is about."""
    from crm.access.guard import system
    from crm.journal.names import url_of
    from crm.journal.recorder import ENTRIES

    columns = (ENTRIES.c.table_name, ENTRIES.c.row_id, ENTRIES.c.subject_table, ENTRIES.c.subject_id)
    statement = select(*columns).where(ENTRIES.c.change_set_id == change_set_id).order_by(ENTRIES.c.id)
    with system("where a form that came twice leads; the page asks who may see it"):
        rows = db.session().execute(statement.limit(20)).all()
    pages = [url_of(row[0], row[1]) for row in rows] + [url_of(row[2], row[3]) for row in rows]
    return next(filter(None, pages), "/")
