"""Saved searches for bills: words of which one must be there, words that speak against a bill, and the inbox.

A word with a star stands for all that begin like it; several words between commas are a phrase. They are
looked for as whole words in title, description and subjects: "attendance" drowns in election bills unless
`without` names what those have in common.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from crm.plugin_api import Actor, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change, insert, reserve
from crm.plugin_api.words import day_here, fold, squash
from crm_policy.models import Bill, Hit, SavedSearch
from crm_policy.places import PLACES
from crm_policy.words import DEAD, LAW
from crm_policy.writing import delete_rows, update_rows

MOST: Final = 20_000
LONG_AGO: Final = timedelta(days=365)
_PART: Final = re.compile(r"[\w*]+")


@lru_cache(maxsize=256)
def pattern(words: str) -> re.Pattern[str] | None:
    """The words of a field as one regular expression over folded text; None for none."""
    parts = []
    for phrase in re.split(r"[,;\n]", fold(words.replace("“", "").replace("”", "").replace('"', ""))):
        tokens = _PART.findall(phrase)
        if tokens:
            parts.append(r"\W+".join(re.escape(token).replace(r"\*", r"\w*") for token in tokens))
    return re.compile(rf"\b(?:{'|'.join(parts)})\b") if parts else None


def text_of(row: Any) -> str:
    return fold(f"{row.title} {row.description} {' '.join(str(each) for each in row.subjects or ())}")


def fits(row: Any, words: str, also: str, without: str) -> bool:
    """Whether a bill has what a search wants and nothing that speaks against it."""
    text = text_of(row)
    wanted, needed, barred = pattern(words), pattern(also), pattern(without)
    if wanted is None or not wanted.search(text):
        return False
    if needed is not None and not needed.search(text):
        return False
    return barred is None or not barred.search(text)


def _stems(words: str) -> list[str]:
    """The beginnings that SQL looks for first, so that not every bill has to be read: as they are compared
    and, where they have accents, as they are written."""
    found: dict[str, None] = {}
    for phrase in re.split(r"[,;\n]", words):
        for text in (fold(phrase), phrase.lower()):
            tokens = [token.strip("*").split("*")[0] for token in _PART.findall(text)]
            if longest := max(tokens, key=len, default=""):
                found[longest] = None
    return [*found]


def _roughly(words: str) -> ColumnElement[bool]:
    columns = (Bill.title, Bill.description, cast(Bill.subjects, String))
    return or_(*(_has(column, stem) for stem in _stems(words) for column in columns))


def _has(column: Any, stem: str) -> ColumnElement[bool]:
    """Whether a text holds a beginning, small or capital. SQLite's own LIKE knows A to Z alone, and is many
    times as quick as ours, which knows all letters."""
    if db.dialect() == "sqlite" and stem.isascii():
        return column.contains(stem, autoescape=True)  # type: ignore[no-any-return]  # A column of any kind.
    return func.lower(column).contains(stem, autoescape=True)


def preview(values: Mapping[str, Any], actor: Actor) -> tuple[list[Any], int]:
    """The bills that a search finds, newest first, and how many its negatives keep away."""
    rows = _candidates(values, actor)
    hits = [row for row in rows if fits(row, values["words"], values["also"], values["without"])]
    kept_away = sum(1 for row in rows if fits(row, values["words"], values["also"], "")) - len(hits)
    return hits, kept_away


def hits_of(search: SavedSearch, actor: Actor, limit: int) -> tuple[list[Any], int]:
    """What a saved search found, the newest first, and how many."""
    found = visible(Bill, actor).join(Hit, Hit.bill_id == Bill.id).where(Hit.search_id == search.id)
    newest = found.order_by(Bill.last_action_on.desc(), Bill.id.desc()).limit(limit)
    columns = (Bill.id, Bill.state, Bill.identifier, Bill.title)
    rows = list(db.session().execute(newest.with_only_columns(*columns)))
    return rows, db.session().execute(found.with_only_columns(func.count(Bill.id))).scalar_one()


def _candidates(
    values: Mapping[str, Any], actor: Actor, among: Collection[int] | None = None
) -> Sequence[Any]:
    if not _stems(values["words"]):
        return ()
    statement = visible(Bill, actor).where(_roughly(values["words"]))
    if among is not None:
        statement = statement.where(db.among(Bill.id, list(among)))
    chosen = states_of(values["states"])
    if chosen:
        statement = statement.where(Bill.state.in_(chosen))
    columns = (
        Bill.id,
        Bill.state,
        Bill.identifier,
        Bill.title,
        Bill.description,
        Bill.subjects,
        Bill.stage,
        Bill.disposition,
        Bill.triage,
        Bill.last_action_on,
    )
    ordered = statement.order_by(Bill.last_action_on.desc(), Bill.id.desc()).limit(MOST)
    return db.session().execute(ordered.with_only_columns(*columns)).all()


def states_of(text: Any) -> list[str]:
    if isinstance(text, list):
        return [each for each in text if each in PLACES]
    found = [each.strip().upper() for each in re.split(r"[,; ]+", text or "") if each.strip()]
    if unknown := [each for each in found if each not in PLACES]:
        raise UserError(
            _("“%(code)s” is not the code of a state. Write codes such as MI, OH.", code=unknown[0])
        )
    return found


def save(search: SavedSearch, values: Mapping[str, Any], actor: Actor) -> None:
    """Keep a search."""
    search.name, search.words = squash(values["name"]), squash(values["words"])
    search.also, search.without = squash(values["also"] or ""), squash(values["without"] or "")
    search.states = states_of(values["states"])
    if pattern(search.words) is None:
        raise UserError(_("Give at least one word to look for."))
    search.user_id = search.user_id or actor.user_id
    db.session().add(search)
    db.session().flush()


def run(search: SavedSearch, change: Change, among: Collection[int] | None = None) -> int:
    """Keep what a search finds anew, among some bills or all, and put into the inbox what is not over yet;
    bills that were looked at already stay as they are. Returns how many are new in the inbox."""
    values = {"words": search.words, "also": search.also, "without": search.without, "states": search.states}
    with system("saved searches look at every bill"):
        rows = _candidates(values, Actor.system(), among)
        hits = [row for row in rows if fits(row, search.words, search.also, search.without)]
        old = select(Hit.bill_id).where(Hit.search_id == search.id)
        if among is not None:
            old = old.where(db.among(Hit.bill_id, [row.id for row in hits]))
        known = set(db.session().scalars(old)) if hits or among is None else set()
    fresh = [row for row in hits if row.id not in known]
    if fresh:
        table = db.table(Hit)
        ids = reserve(table, len(fresh))
        made = [(number, search.id, row.id, db.now()) for number, row in zip(ids, fresh, strict=True)]
        insert(table, ("id", "search_id", "bill_id", "found_at"), made)
        change.created(table, ids)
    if among is None and len(rows) < MOST:
        _forget(search, known - {row.id for row in hits}, change)
    unseen = [row.id for row in fresh if row.triage == "" and not _is_over(row)]
    update_rows(change, Bill, unseen, {"triage": "inbox"})
    return len(unseen)


def _forget(search: SavedSearch, bill_ids: Collection[int], change: Change) -> None:
    """What a search found as it was before and does not find any more. Bills that only it had put into the
    inbox, and that nobody looked at, leave it."""
    if not bill_ids:
        return
    with system("what a search finds no more"):
        rows: list[int] = []
        waiting: list[int] = []
        for some in db.chunks(sorted(bill_ids)):
            mine = select(Hit.id).where(Hit.search_id == search.id, db.among(Hit.bill_id, some))
            rows += db.session().scalars(mine)
            others = select(Hit.bill_id).where(db.among(Hit.bill_id, some), Hit.search_id != search.id)
            inbox = select(Bill.id).where(db.among(Bill.id, some), Bill.triage == "inbox")
            waiting += db.session().scalars(inbox.where(Bill.id.not_in(others)))
    delete_rows(change, Hit, rows)
    update_rows(change, Bill, waiting, {"triage": ""})


def _is_over(row: Any) -> bool:
    """Whether nothing is left to decide about a bill: it died, or was law long ago."""
    old = row.last_action_on is not None and row.last_action_on < day_here() - LONG_AGO
    return row.disposition in DEAD or (row.stage == LAW and old)


def look_at(bill_ids: Collection[int], change: Change) -> None:
    """Run every search that is in use over bills that just came in or changed."""
    if not bill_ids:
        return
    with system("saved searches"):
        searches = list(db.session().scalars(select(SavedSearch).where(SavedSearch.active.is_(True))))
    for each in searches:
        run(each, change, bill_ids)


IN_INBOX: Final = ("inbox", "later")


def waiting(
    statement: Any, search_id: int | None = None, today: Any = None, stand: Sequence[Any] = IN_INBOX
) -> Any:
    """Of some bills those to be looked at, all or what one search found; those put off come back on their
    day. A statement that is put together once gives `today` and `stand` (`IN_INBOX`) as it says them."""
    due = or_(Bill.triage == stand[0], Bill.later_until <= (day_here() if today is None else today))
    statement = statement.where(Bill.triage.in_(stand), due)
    if search_id:
        statement = statement.where(Bill.id.in_(select(Hit.bill_id).where(Hit.search_id == search_id)))
    return statement


def inbox(actor: Actor, limit: int = 50, search_id: int | None = None) -> list[tuple[Bill, list[str]]]:
    """Bills to be looked at, with the searches that found them."""
    statement = waiting(visible(Bill, actor), search_id)
    bills = (
        db.session()
        .scalars(statement.order_by(Bill.last_action_on.desc(), Bill.id.desc()).limit(limit))
        .all()
    )
    names: dict[int, list[str]] = {}
    rows = (
        visible(Hit, actor)
        .join(SavedSearch, SavedSearch.id == Hit.search_id)
        .where(db.among(Hit.bill_id, [each.id for each in bills]))
        .with_only_columns(Hit.bill_id, SavedSearch.name)
    )
    for bill_id, name in db.session().execute(rows):
        names.setdefault(bill_id, []).append(name)
    return [(each, names.get(each.id, [])) for each in bills]


def count_inbox(actor: Actor, search_id: int | None = None) -> int:
    statement = waiting(visible(Bill, actor), search_id).with_only_columns(func.count(Bill.id))
    return int(db.session().execute(statement).scalar_one())


def mark_of_inbox(actor: Actor, search_id: int | None = None) -> str:
    """A short text that tells whether the same bills wait as when a page was shown."""
    columns = (func.count(Bill.id), func.max(Bill.id), func.sum(Bill.id))
    row = db.session().execute(waiting(visible(Bill, actor), search_id).with_only_columns(*columns)).one()
    return "-".join(str(each or 0) for each in row)
