"""Looking for duplicates as background work: first the keys of whoever changed, then the pairs they make.

Some thousand contacts a piece, so memory does not grow with the address book. Who changed is read from the
journal, so a look after a few edits is over at once, and one that was cut off does the same again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask_babel import ngettext
from sqlalchemy import delete, func, select, text

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.collecting import many_objects
from crm.contacts.duplicates import queue, sides
from crm.contacts.duplicates.comparing import compare
from crm.contacts.duplicates.keys import MOST_SHARING, keys_of
from crm.contacts.models import Contact, DuplicateKey, DuplicatePair, DuplicateScan
from crm.i18n import lazy_gettext
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.journal.models import JournalEntry
from crm.plugin_api.types import JobRun

JOB: Final = "contacts.duplicates"
RULES: Final = 2
"""Rises when keys or points change, so that everybody is looked at anew."""
AT_ONCE: Final = {"keys": 2000, "pairs": 1000}
"""Contacts a piece: each has some dozen to be compared with."""
TITLE: Final = lazy_gettext("Look for duplicates")


def scan() -> DuplicateScan:
    """How far the look is; inside a transaction it is held."""
    statement = select(DuplicateScan).order_by(DuplicateScan.id).limit(1)
    if db.current_change() is not None:
        statement = statement.with_for_update()
    known = db.session().scalars(statement).first()
    found = known or DuplicateScan(entry_id=0, rules=0)
    if db.current_change() is not None and known is None:
        db.session().add(found)
        db.session().flush()
    return found


def running() -> Job | None:
    """The look that is going on, if one is."""
    statement = select(Job).where(Job.kind == JOB, Job.finished_at.is_(None)).order_by(Job.id.desc()).limit(1)
    with system("whether duplicates are looked for right now"):
        return db.session().scalars(statement).first()


def ask(actor: Actor, runner: str | None = None) -> Job:
    """Begin a look, or the one that is going on. Inside a transaction."""
    return running() or enqueue(JOB, {}, str(TITLE), actor, runner=runner)


def is_due() -> bool:
    """Whether somebody changed since the last look."""
    known = scan()
    with system("whether anybody changed since"):
        return known.rules != RULES or known.entry_id < _newest_entry()


def step(run: JobRun) -> bool:
    """One piece; the cursor holds the stage, the last contact done, and which entries are looked at."""
    begins = not run.cursor
    with many_objects(), db.transaction(run.actor, "contacts.duplicates", alone=begins):
        if begins and not _begin(run):
            run.finish()
            return True
        ids = _next(run.cursor)
        if run.cursor["stage"] == "keys":
            held = sides.known_of(run.job_id, anew=not run.cursor["last"]) if run.cursor["whole"] else None
            write_keys(ids, known=not run.cursor["whole"], held=held)
        else:
            _compare(run, ids)
        run.cursor["done"] += len(ids)
        run.progress(run.cursor["done"], 2 * run.cursor["total"])
        if len(ids) == AT_ONCE[run.cursor["stage"]]:
            run.cursor["last"] = ids[-1]
            return False
        if run.cursor["stage"] == "keys":
            run.cursor.update(stage="pairs", last=0)
            if run.cursor["whole"] and db.dialect() == "postgresql":
                # Its plans for a table that was just filled rest on what it knew of the empty one.
                db.session().execute(text("ANALYZE contact_duplicate_key"))
            return False
        _end(run)
    return True


def _compare(run: JobRun, ids: Sequence[int]) -> None:
    whole = run.cursor["whole"]
    known = sides.known_of(run.job_id, anew=not whole and not run.cursor["last"])
    if whole and ids:
        known.done_with(ids[0])
    # With one more of a name the pairs of the others say less, and with one fewer more.
    others = [] if whole else _namesakes_of(ids)
    if others:
        _forget_pairs(others)
    write_pairs([*ids, *others], later_only=whole, known=known)


def _namesakes_of(ids: Sequence[int]) -> list[int]:
    """Those with the names of these contacts; of a name that more have, one more makes no difference."""
    contact = db.table(Contact)
    mine = db.among(contact.c.id, ids)
    with system("duplicates are looked for among everybody"):
        names = select(contact.c.name_key).where(mine, contact.c.name_key != "").distinct()
        rare = select(contact.c.name_key).where(contact.c.name_key.in_(names)).group_by(contact.c.name_key)
        rare = rare.having(func.count().between(2, MOST_SHARING))
        statement = select(contact.c.id).where(contact.c.name_key.in_(rare), ~mine)
        return list(db.session().execute(statement).scalars())


def _begin(run: JobRun) -> bool:
    """Take the turn; another look that is still going on has it."""
    known = scan()
    with system("the journal says who changed"):
        other = db.session().get(Job, known.job_id) if known.job_id not in {None, run.job_id} else None
        newest = _newest_entry()
        if (other is not None and not other.is_finished) or (
            known.rules == RULES and newest == known.entry_id
        ):
            return False
        known.job_id = run.job_id
        whole = known.rules != RULES
        run.cursor.update(stage="keys", last=0, done=0, whole=whole, since=known.entry_id, upto=newest)
        run.cursor["total"] = (
            db.session()
            .execute(select(func.count()).select_from(_changed(run.cursor).order_by(None).subquery()))
            .scalar_one()
        )
        if whole:
            db.session().execute(delete(DuplicateKey))
            db.session().execute(delete(DuplicatePair))
    return True


def _newest_entry() -> int:
    return int(db.session().execute(select(func.coalesce(func.max(JournalEntry.id), 0))).scalar_one())


def _changed(cursor: dict[str, Any]) -> Any:
    if cursor["whole"]:
        return select(Contact.id).where(Contact.id > cursor["last"]).order_by(Contact.id)
    entries = db.table(JournalEntry)
    return (
        select(entries.c.subject_id)
        .where(
            entries.c.id > cursor["since"],
            entries.c.id <= cursor["upto"],
            entries.c.subject_table == "contact",
            entries.c.subject_id > cursor["last"],
        )
        .distinct()
        .order_by(entries.c.subject_id)
    )


def _next(cursor: dict[str, Any]) -> list[int]:
    with system("duplicates are looked for among everybody"):
        statement = _changed(cursor).limit(AT_ONCE[cursor["stage"]])
        return list(db.session().execute(statement).scalars())


def _end(run: JobRun) -> None:
    sides.forget()
    known = scan()
    known.entry_id, known.rules, known.finished_at = run.cursor["upto"], RULES, db.now()
    # The page of the job tells the number to whoever asked, who may not know of every pair.
    count = queue.how_many(run.actor)
    run.result.update(
        pairs=count,
        summary=ngettext("%(count)s possible pair.", "%(count)s possible pairs.", count, count=count),
        link={},
    )
    run.finish()


def write_keys(ids: Sequence[int], *, known: bool = True, held: sides.Known | None = None) -> None:
    """The keys of contacts anew; their pairs are forgotten until `write_pairs`, and what was read for it is
    kept in `held`, which is to compare them. Inside a transaction."""
    keys = db.table(DuplicateKey)
    with system("duplicates are looked for among everybody"):
        if known:
            _forget_pairs(ids)
            db.session().execute(delete(keys).where(db.among(keys.c.contact_id, ids)))
        read = sides.load(ids, counted=held is not None)
        if held is not None:
            held.keep(read)
        # In the order of their index, which then takes them page by page.
        rows = sorted((key, side.id) for side in read.values() for key in keys_of(side))
        bulk.insert(keys, ("key", "contact_id"), rows)


def _forget_pairs(ids: Sequence[int]) -> None:
    pairs = db.table(DuplicatePair)
    with system("duplicates are looked for among everybody"):
        for column in (pairs.c.first_id, pairs.c.second_id):
            db.session().execute(delete(pairs).where(db.among(column, ids)))


def write_pairs(ids: Sequence[int], *, later_only: bool = False, known: sides.Known | None = None) -> None:
    """Compare contacts with whoever shares a key; with `later_only` only with those of a higher id, which
    is enough where all are compared. What was read before is taken from `known`."""
    with system("duplicates are looked for among everybody"):
        candidates = _candidates(ids, later_only=later_only)
        found = _judged(candidates, known or sides.Known())
        table = db.table(DuplicatePair)
        if not later_only:
            firsts = sorted({first for first, _second, _score, _reasons in found})
            there = select(table.c.first_id, table.c.second_id).where(db.among(table.c.first_id, firsts))
            present = {(row[0], row[1]) for row in db.session().execute(there)}
            found = [each for each in found if (each[0], each[1]) not in present]
        bulk.insert(table, ("first_id", "second_id", "score", "reasons"), found)


def _candidates(ids: Sequence[int], *, later_only: bool) -> list[tuple[int, int]]:
    keys = db.table(DuplicateKey)
    statement = select(keys.c.key, keys.c.contact_id).where(db.among(keys.c.key, _telling(ids)))
    if later_only and ids:
        statement = statement.where(keys.c.contact_id >= min(ids))
    sharing: dict[int, list[int]] = defaultdict(list)
    # All of a piece's rows at once: one by one PostgreSQL's driver takes a third of the time of this.
    for key, contact_id in db.session().connection().execute(statement).all():
        sharing[key].append(contact_id)
    mine, partners = set(ids), defaultdict[int, set[int]](set)
    for shared in sharing.values():
        for one in mine.intersection(shared):
            partners[one].update(shared)
    if later_only:
        return [(one, other) for one in sorted(partners) for other in sorted(partners[one]) if other > one]
    pairs = ((one, other) for one, others in partners.items() for other in others if other != one)
    return sorted({(min(pair), max(pair)) for pair in pairs})


def _telling(ids: Sequence[int]) -> list[int]:
    """The keys of these contacts that somebody else has, and few. Most keys are of one alone or of very many,
    and none is looked at beyond the first that is too many."""
    keys, theirs = db.table(DuplicateKey), db.table(DuplicateKey).alias()
    own = select(theirs.c.key).where(db.among(theirs.c.contact_id, ids)).distinct().subquery()
    sharing = select(keys.c.contact_id).where(keys.c.key == own.c.key).limit(1)
    statement = select(own.c.key).where(sharing.offset(1).exists(), ~sharing.offset(MOST_SHARING).exists())
    return list(db.session().connection().execute(statement).scalars())


def _judged(
    candidates: Sequence[tuple[int, int]], known: sides.Known
) -> list[tuple[int, int, int, list[str]]]:
    """Those worth proposing, with score and reasons; sides are read some thousand at a time."""
    judged = []
    for chunk in _chunks(candidates):
        read = known.read({each for pair in chunk for each in pair})
        for first, second in chunk:
            one, other = read.get(first), read.get(second)
            verdict = compare(one, other) if one is not None and other is not None else None
            if verdict is not None:
                judged.append((first, second, verdict.score, list(verdict.reasons)))
    return judged


def _chunks(pairs: Sequence[tuple[int, int]], size: int = 6000) -> Iterable[Sequence[tuple[int, int]]]:
    return (pairs[start : start + size] for start in range(0, len(pairs), size))
