"""A plugin with job kinds for these tests. Its table `job_effect` is made by the tests, without any
constraint that would hide a piece done twice."""

import os
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import text

from crm.plugin_api import JobKind, JobRun, PluginInfo, UserError, db, hookimpl

tries: Counter[int] = Counter()
INSERT = text("INSERT INTO job_effect (job_id, number, process) VALUES (:job_id, :number, :process)")


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("counting", "Counting", "1")


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (
        JobKind("counting.count", "Count", count, result_endpoint="jobs.show"),
        JobKind("counting.once", "Do one thing", once),
        JobKind("counting.poison", "Stop the process", poison),
        JobKind("counting.broken", "Make a mistake", broken),
        JobKind("counting.hasty", "Fail the first time", hasty),
        JobKind("counting.refused", "Refuse", refused),
        JobKind("counting.strayed", "Forget the rule", strayed),
        JobKind("counting.guarded", "Ask for a permission", once, permission="jobs.manage"),
        JobKind("counting.early", "Every morning", once, schedule="0 6 * * *"),
    )


def note(run: JobRun, number: int) -> None:
    values = {"job_id": run.job_id, "number": number, "process": os.getpid()}
    db.session().execute(INSERT, values)


def count(run: JobRun) -> bool:
    """Write the numbers below `n`, two a piece."""
    first, n = run.cursor.get("next", 0), run.args["n"]
    numbers = range(first, min(first + 2, n))
    with db.transaction(run.actor, "counting.count"):
        for number in numbers:
            note(run, number)
        run.cursor["next"] = numbers.stop
        run.progress(numbers.stop, n)
        run.result["link"] = {"job_id": run.job_id}
        run.result["summary"] = f"{numbers.stop} numbers written."
    return bool(numbers.stop == n)


def once(run: JobRun) -> bool:
    """Would do its work again if it were called again, so it says in its transaction that it is done."""
    with db.transaction(run.actor, "counting.once"):
        note(run, 0)
        run.finish()
    return True


def poison(run: JobRun) -> bool:
    os._exit(9)


def broken(run: JobRun) -> bool:
    with db.transaction(run.actor, "counting.broken"):
        note(run, 0)
        raise ValueError("the secret canary")


def hasty(run: JobRun) -> bool:
    """Writes, and then trips over what it wrote, until it was tried three times."""
    tries[run.job_id] += 1
    with db.transaction(run.actor, "counting.hasty"):
        note(run, 0)
        if tries[run.job_id] < 3:
            raise ValueError
        run.finish()
    return True


def refused(run: JobRun) -> bool:
    with db.transaction(run.actor, "counting.refused"):
        note(run, 0)
        raise UserError("Row 7 has no name; add one and try again.")


def strayed(run: JobRun) -> bool:
    with db.transaction(run.actor, "counting.strayed"):
        note(run, 0)
    run.cursor["next"] = 1
    return False
