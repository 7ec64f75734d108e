"""What an act on custom fields does to the values of many records: a piece at a time, at once where they are
few, else as background work that shows how far it is and goes on after a crash."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Table, func, select

from crm import access, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import Conflict, UserError
from crm.fields.custom import fields, kinds, settling
from crm.fields.custom.words import filled_words, unfit_words
from crm.fields.models import CustomField
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.journal.models import ChangeSet
from crm.journal.recorder import Change
from crm.plugin_api.types import JobRun
from crm.runtime import runtime

JOB: Final = "fields.values"
AT_ONCE: Final = 1000
"""Records that are changed while somebody waits; more become background work in steps of this many."""
COUNTS: Final = ("after", "again", "done", "changed", "unfit")
"""What the cursor says, and `from` in the arguments of work that goes on where other work broke off. `again`
is 1 while it looks at every record once more: a merge may have put a value where the work had been."""
Args = Mapping[str, Any]
"""What is done, as JSON. `do` is fill, kind, choices or remove; `type` the record type; `field` the id of the
field, `key` where its values stand and `label` what it is called. Besides: `ids` (`runs`) and `value` to fill
in; `old` and `new` (kind and choices) and `aside` for another kind; `moved` for choices. A removal with `ids`
takes values from these records alone: what is put aside elsewhere meanwhile nobody agreed to drop."""


@dataclass
class Outcome:
    """What came of an act so far, or the job that goes on with it. `unfit` values stand aside."""

    changed: int = 0
    unfit: int = 0
    job_id: int | None = None


def begin(args: Args, count: int, change: Change, actor: Actor) -> Outcome:
    """Do it, or hand it to a worker when there are many. Inside a transaction."""
    if count > AT_ONCE:
        change.finished = change.id is None
        job = enqueue(JOB, {**args, "change_set": change.id}, _title(args, count), actor)
        job.progress_total = count
        return Outcome(job_id=job.id)
    cursor: dict[str, Any] = {}
    while not _piece(args, cursor, change, actor):
        pass
    db.session().expire_all()
    return Outcome(cursor.get("changed", 0), cursor.get("unfit", 0))


def step(run: JobRun) -> bool:
    """The next records; the cursor says where, in the same transaction."""
    begun: int | None = run.cursor.get("change_set") or run.args.get("change_set")
    with db.transaction(run.actor, _action(run.args), change_set_id=begun) as change:
        finished = _piece(run.args, run.cursor, change, run.actor)
        change.finished = finished
        if run.args["do"] == "fill":
            change.summary = filled_words(run.args["label"], run.cursor["changed"])
        run.cursor["change_set"] = change.id
        run.progress(run.cursor["done"])
        if change.id is not None:
            run.result["link"] = {"change_set_id": change.id}
        run.result["summary"] = _result(run.args, run.cursor)
    return finished


def left_over(record_type: str) -> list[Job]:
    """Work on the fields of a record type that was stopped, or failed, before its last record, as far as it
    can still go on; the newest first."""
    newest: dict[int, Job] = {}
    for change_set_id, job in _unfinished(record_type):
        newest.setdefault(change_set_id, job)
    with system("work on fields that broke off"):
        return [job for job in newest.values() if job.is_finished and _still_fits(job.args)]


def being_removed(record_type: str) -> set[str]:
    """The names whose values a removal has still to take away, or broke off before it had; and those under
    which another kind still puts aside what does not fit."""
    acts = [job.args for _id, job in _unfinished(record_type)]
    return {args["key"] for args in acts if args["do"] == "remove"} | {
        args["aside"] for args in acts if args.get("aside")
    }


def _unfinished(record_type: str) -> Sequence[tuple[int, Job]]:
    """Jobs of acts that are neither finished nor undone, with the change sets that they write; the newest
    first. An act that goes on has several jobs."""
    written = [values["change_set"].as_integer() for values in (Job.cursor, Job.args)]
    statement = (
        select(ChangeSet.id, Job)
        .join(Job, func.coalesce(*written) == ChangeSet.id)
        .where(
            ChangeSet.finished.is_(False), ChangeSet.undone_by_id.is_(None), Job.kind == JOB,
            Job.args["type"].as_string() == record_type,
        )
        .order_by(Job.id.desc())
    )  # fmt: skip
    with system("work on fields that is not finished"):
        return [(row[0], row[1]) for row in db.session().execute(statement)]


def _still_fits(args: Args) -> bool:
    kept = db.session().get(CustomField, args["field"])
    if args["do"] == "remove":  # Somebody may have made a field of the values that were left.
        return kept is None and args["key"] not in {each.key for each in fields.defined(args["type"])}
    kind = {"fill": args.get("kind"), "kind": args.get("new", {}).get("kind")}.get(args["do"])
    return kept is not None and kept.key == args["key"] and kind in {None, kept.kind}


def go_on(job: Job, actor: Actor) -> Job:
    """Ask for the rest of work that broke off. Inside a transaction; Conflict when somebody did already."""
    change_set_id = _broken_off(job)
    before = job.args.get("from", {})  # It may have been stopped before its first piece.
    counts = {name: job.cursor.get(name, before.get(name, 0)) for name in COUNTS}
    again = enqueue(JOB, {**job.args, "change_set": change_set_id, "from": counts}, job.title, actor)
    again.progress_done, again.progress_total = counts["done"], job.progress_total
    return again


def leave(job: Job) -> None:
    """Say that work that broke off stays as it is. Inside a transaction; Conflict when somebody went on with
    it already, and for another kind, which is for all values or none."""
    change_set_id = _broken_off(job)
    if job.args["do"] == "kind":
        raise Conflict(
            _("The values of “%(name)s” would be of two kinds. Go on with it, or undo what was done.",
              name=job.args["label"])
        )  # fmt: skip
    db.session().get_one(ChangeSet, change_set_id).finished = True


def _broken_off(job: Job) -> int:
    if job.id not in {each.id for each in left_over(job.args["type"])}:
        raise Conflict(_("This was finished, undone or begun again meanwhile."))
    return int(job.cursor.get("change_set") or job.args["change_set"])


def runs(ids: Iterable[int]) -> list[list[int]]:
    """Ids as pairs of the first and the last of each run: so the ids of a whole list are little to keep."""
    found: list[list[int]] = []
    for each in sorted(set(ids)):
        if found and found[-1][1] == each - 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found


def _is_in(found: Sequence[Sequence[int]], record_id: int) -> bool:
    """Whether an id is among these `runs`."""
    place = bisect_right(found, record_id, key=lambda run: run[0])
    return place > 0 and record_id <= found[place - 1][1]


def refuse_dropped(kept: CustomField, name: str) -> None:
    """Conflict while background work takes away what stands under a name, and where it broke off: what is put
    aside there now would go with the rest."""
    statement = select(Job).where(Job.kind == JOB, Job.finished_at.is_(None))
    with system("whether values are dropped right now"):
        goes_on = db.session().scalars(statement).all()

    def drops(job: Job) -> bool:
        return bool((job.args["do"], job.args["type"], job.args["key"]) == ("remove", kept.record_type, name))

    if any(map(drops, goes_on)):
        raise Conflict(
            _("Values of “%(name)s” are being changed just now. Wait until that is done.", name=name)
        )
    if any(map(drops, left_over(kept.record_type))):
        raise Conflict(_("Work on “%(name)s” broke off. Go on with it, or leave it so, first.", name=name))


def refuse_busy(kept: CustomField) -> None:
    """Conflict while background work goes on with the values of a field, and where some broke off: what is
    said of the field meanwhile would hold for a part of its values."""
    statement = select(Job).where(Job.kind == JOB, Job.finished_at.is_(None))
    with system("whether work with a field goes on"):
        goes_on = any(job.args.get("field") == kept.id for job in db.session().scalars(statement))
    if goes_on:
        said = _("Values of “%(name)s” are being changed just now. Wait until that is done.", name=kept.label)
        raise Conflict(said)
    broken = next((job for job in left_over(kept.record_type) if job.args["field"] == kept.id), None)
    if broken is not None and broken.args["do"] == "kind":
        raise Conflict(_("Work on “%(name)s” broke off. Go on with it, or undo it, first.", name=kept.label))
    if broken is not None:
        raise Conflict(
            _("Work on “%(name)s” broke off. Go on with it, or leave it so, first.", name=kept.label)
        )


def _action(args: Args) -> str:
    return "fields.fill" if args["do"] == "fill" else "fields.custom"


def _title(args: Args, count: int) -> str:
    words = {
        "fill": _("Fill in “%(name)s”", name=args["label"]),
        "kind": _("Another kind for “%(name)s”", name=args["label"]),
        "choices": _("Choices of “%(name)s”", name=args["label"]),
        "remove": _("Remove “%(name)s”", name=args["label"]),
    }[args["do"]]
    number = ngettext("%(shown)s record", "%(shown)s records", count, shown=f"{count:,}")
    return f"{words}: {number}"


def _result(args: Args, cursor: Mapping[str, Any]) -> str:
    if args["do"] == "fill":
        return filled_words(args["label"], cursor["changed"]) + "."
    changed = cursor["changed"]
    if args["do"] == "remove":
        said = ngettext("%(shown)s value is removed.", "%(shown)s values are removed.", changed,
                        shown=f"{changed:,}")  # fmt: skip
        return str(said)
    words = ngettext("%(shown)s value changed.", "%(shown)s values changed.", changed, shown=f"{changed:,}")
    return " ".join(filter(None, (words, unfit_words(args["label"], cursor["unfit"]))))


# A piece.


def _piece(args: Args, cursor: dict[str, Any], change: Change, actor: Actor) -> bool:
    """Change the next records and move the cursor on; whether those were the last."""
    for name in COUNTS:
        cursor.setdefault(name, args.get("from", {}).get(name, 0))
    table = db.table(runtime().fields.type(args["type"]).model)
    ids, last = _given(args, cursor) if args["do"] == "fill" else _with_values(args, cursor, table)
    if args["do"] == "remove" and "ids" in args:
        ids = [each for each in ids if _is_in(args["ids"], each)]
    rows = settling.held(table, _theirs(args, table, ids, actor))
    patches = _patches(args, rows, again=bool(cursor["again"]))
    cursor["changed"] += settling.write(table, patches, change)
    cursor["unfit"] += sum(1 for each in patches.values() if args.get("aside") in each)
    cursor["done"] += 0 if cursor["again"] else len(ids)
    if last and args["do"] != "fill" and not cursor["again"]:
        cursor["again"], cursor["after"], last = 1, 0, False
    return last


def _given(args: Args, cursor: dict[str, Any]) -> tuple[list[int], bool]:
    ids = [each for first, last in args["ids"] for each in range(first, last + 1)]
    first = cursor["after"]
    cursor["after"] = first + AT_ONCE
    return ids[first : first + AT_ONCE], cursor["after"] >= len(ids)


def _with_values(args: Args, cursor: dict[str, Any], table: Table) -> tuple[Sequence[int], bool]:
    filled = fields.Value(table.c.custom, args["key"]).filled()
    statement = select(table.c.id).where(filled, table.c.id > cursor["after"])
    with system("the values of a field are changed"):
        ids = db.session().execute(statement.order_by(table.c.id).limit(AT_ONCE)).scalars().all()
    cursor["after"] = ids[-1] if ids else cursor["after"]
    return ids, len(ids) < AT_ONCE


def _theirs(args: Args, table: Table, ids: Sequence[int], actor: Actor) -> Sequence[int]:
    """Of records to fill in, the ones that the actor may still change."""
    if args["do"] != "fill":
        return ids
    record_type = runtime().fields.type(args["type"])
    with system("the field, or the records, were chosen by somebody who may change them"):
        theirs = access.visible(record_type.model, actor, record_type.edit_permission)
        theirs = theirs.where(db.among(table.c.id, ids)).with_only_columns(table.c.id)
        return db.session().execute(theirs).scalars().all()


def _patches(args: Args, rows: settling.Rows, *, again: bool) -> dict[int, settling.Patch]:
    key = args["key"]
    if args["do"] == "fill":
        _refuse_changed(args)
        return {row_id: {key: args["value"]} for row_id, _custom in rows}
    if args["do"] == "remove":
        _refuse_made_again(args)
        return {row_id: {key: None} for row_id, _custom in rows}
    if args["do"] == "choices":
        return {row_id: {key: _moved(custom.get(key), args["moved"])} for row_id, custom in rows}
    old, new = (CustomField(key=key, label=args["label"], **args[name]) for name in ("old", "new"))
    if again and old.kind == "choice" and new.kind in {"text", "long_text"}:
        # A name that the first look has written can read like the key of another choice.
        names = {label for _key, label in old.choices}
        rows = [(row_id, custom) for row_id, custom in rows if custom.get(key) not in names]
    return {row_id: _as_new_kind(args, old, new, custom) for row_id, custom in rows}


def _refuse_changed(args: Args) -> None:
    kept = db.session().get(CustomField, args["field"])
    if kept is None or (kept.kind, kept.key) != (args["kind"], args["key"]):
        raise UserError(
            _("“%(name)s” was removed or given another kind meanwhile. Choose anew.", name=args["label"])
        )


def _refuse_made_again(args: Args) -> None:
    made = select(CustomField.id).where(
        CustomField.record_type == args["type"], CustomField.key == args["key"]
    )
    if db.session().scalar(made) is not None:
        raise UserError(_("Another field has these values now, so the rest of them stays."))


def _moved(value: Any, moved: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return list(dict.fromkeys(moved.get(each, each) for each in value))
    return moved.get(value, value)


def _as_new_kind(args: Args, old: CustomField, new: CustomField, custom: Mapping[str, Any]) -> settling.Patch:
    """What is of the new kind already, since somebody wrote it meanwhile, comes out as it is."""
    key, value = args["key"], custom.get(args["key"])
    try:
        return {key: settling.settled(new, [old], value, {})}
    except UserError:
        return settling.set_aside(key, kinds.text_of(old, value), args["aside"], custom)
