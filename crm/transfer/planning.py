"""Planning an import as background work: read and decide, then look at rows that may mean the same."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.collecting import many_objects
from crm.journal.models import JournalEntry
from crm.plugin_api.types import JobRun
from crm.transfer import rows, runs, sources
from crm.transfer.errors import BadFile
from crm.transfer.keyfile import KeyFile
from crm.transfer.kinds import ALIKE, Concludes, ImportHandler, Line, MakesAlong, SumsUp
from crm.transfer.left_out import as_they_stand
from crm.transfer.models import ImportRun
from crm.transfer.storage import path_of

ACTION: Final = "transfer.plan"
TOGETHER: Final = 2000

_groups: dict[int, tuple[int, Iterator[list[int]]]] = {}
"""By run: the groups that are still to be looked at, and the first line of the last one that was."""


def step(job: JobRun) -> bool:
    """One piece of planning; see `JobKind`. The cursor holds the phase and how far it is."""
    run = runs.of_job(job)
    handler = runs.handler_of(run)
    phase = {"": _begin, "read": _read, "together": _together}[job.cursor.get("phase", "")]
    try:
        with many_objects():
            return phase(job, run, handler)
    except BaseException:
        # A source that broke off would say at the next attempt that the file ends here.
        sources.close(run.id)
        raise


def _keys(run: ImportRun, length: int) -> KeyFile:
    return KeyFile(path_of("imports", run.file_key, ".keys"), length)


def _begin(job: JobRun, run: ImportRun, _handler: ImportHandler) -> bool:
    """Forget an earlier plan, and note where the journal stands while nobody else writes."""
    with db.transaction(job.actor, ACTION, alone=True):
        if rows.forget(run.id):
            newest = select(func.coalesce(func.max(JournalEntry.id), 0))
            runs.update(run.id, status="planning", counts={}, seen_entry_id=db.session().scalar(newest))
            job.cursor.update(phase="read", line=0, rows=0, keys=0)
    return False


def _read(job: JobRun, run: ImportRun, handler: ImportHandler) -> bool:
    """The next lines of the file: cleaned, matched, noted."""
    reader = sources.reader(run, handler, job.cursor["line"])
    lines = reader.next()
    keys = _keys(run, job.cursor["keys"])
    with db.transaction(job.actor, ACTION):
        _decide(lines, run, handler, job)
        rows.insert(run.id, lines)
        keys.append((line.number, line.keys) for line in lines if line.action != "rejected")
        job.cursor.update(line=reader.position, rows=job.cursor["rows"] + len(lines), keys=keys.length)
        job.progress(job.cursor["rows"], _estimate(job.cursor["rows"], reader.fraction))
        if reader.ended:
            job.cursor.update(phase="together", group=0)
            runs.update(run.id, notices=[[notice.code, notice.values] for notice in reader.notices])
            sources.close(run.id)
    return False


def _estimate(done: int, fraction: float) -> int:
    """How many rows there will be, by how much of the file they took so far."""
    return max(done, round(done / fraction)) if fraction > 0 else done


def _decide(lines: Sequence[Line], run: ImportRun, handler: ImportHandler, job: JobRun) -> None:
    good = []
    for line in lines:
        fatal = [problem for problem in line.problems if problem.fatal]
        if fatal:
            line.action, line.text = "rejected", ""
            line.reasons = [[problem.code, problem.column, problem.value] for problem in fatal]
        else:
            good.append(line)
    if good:
        handler.plan(good, runs.settings(run, job.actor))


def _together(job: JobRun, run: ImportRun, handler: ImportHandler) -> bool:
    """The next groups of rows that share keys; at the end, the plan is ready."""
    groups = _continue_groups(job, run)
    pairs = _some(groups)
    decide = handler.together(runs.settings(run, job.actor))
    with db.transaction(job.actor, ACTION):
        for start in range(0, len(pairs), TOGETHER):
            part = pairs[start : start + TOGETHER]
            found = rows.by_lines(run.id, [number for _group, number in part], handler)
            rows.update(run.id, decide([(group, found[number]) for group, number in part if number in found]))
        if pairs:
            job.cursor["group"] = pairs[-1][0]
            _groups[run.id] = (pairs[-1][0], groups)
        else:
            _finish(job, run, handler)
    return not pairs


def _some(groups: Iterator[list[int]]) -> list[tuple[int, int]]:
    """(group, line) of the next groups, all lines of each: a group is decided in one piece."""
    pairs: list[tuple[int, int]] = []
    for group in groups:
        pairs += [(group[0], number) for number in group]
        if len(pairs) >= TOGETHER:
            break
    return pairs


def _continue_groups(job: JobRun, run: ImportRun) -> Iterator[list[int]]:
    position, groups = _groups.pop(run.id, (-1, iter(())))
    if position == job.cursor["group"]:
        return groups
    found = _keys(run, job.cursor["keys"]).groups(job.cursor["line"])
    return (group for group in found if group[0] > job.cursor["group"])


def _finish(job: JobRun, run: ImportRun, handler: ImportHandler) -> None:
    rows.keep_cells(run.id, as_they_stand(run, handler, rows.without_cells(run.id)))
    counts = rows.counts(run.id)
    if not any(counts.values()):
        raise BadFile(_("“%(name)s” holds nothing that could be imported.", name=run.file_name))
    if alike := rows.count_alike(run.id):
        counts[ALIKE] = alike
    notices = [each for each in run.notices if each[0] != runs.ALONG]
    if isinstance(handler, MakesAlong) and (along := handler.along(run.id)):
        notices.append([runs.ALONG, along])
    notices += _totals(run, handler)
    runs.update(run.id, status="planned", counts=counts, notices=notices)
    _groups.pop(run.id, None)
    _keys(run, job.cursor["keys"]).remove()
    job.progress(job.cursor["rows"], job.cursor["rows"])
    job.result.update(summary=summary(counts), link={"run_id": run.id})
    job.finish()


def _totals(run: ImportRun, handler: ImportHandler) -> list[list[Any]]:
    """What the rows do together, as notices."""
    notices: list[list[Any]] = []
    if isinstance(handler, SumsUp):
        found = [(notice, *rows.total(run.id, code)) for code, notice in handler.totals.items()]
        notices += [[notice, {"rows": count, "count": total}] for notice, count, total in found if count]
    if isinstance(handler, Concludes):
        notices += [[each.code, each.values] for each in handler.conclude(partial(rows.reasons, run.id))]
    return notices


def summary(counts: dict[str, Any]) -> str:
    """The plan in one sentence."""
    return _(
        "New: %(create)s, changed: %(update)s, unchanged: %(unchanged)s, rejected: %(rejected)s.", **counts
    )
