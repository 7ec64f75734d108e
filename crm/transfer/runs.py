"""Imports from the first upload to the last row: what may be done with one, and by whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy import update as update_statement

from crm import db
from crm.access import NotAllowed
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.errors import UserError
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.journal.models import ChangeSet
from crm.plugin_api.types import Importer, JobRun
from crm.runtime import runtime
from crm.transfer import mapping as columns
from crm.transfer import own, remembered, sources, storage
from crm.transfer.cleaning import squash
from crm.transfer.errors import BadFile
from crm.transfer.kinds import (
    UNSAID,
    AsksColumns,
    ImportHandler,
    KeepsColumns,
    KeepsToReaders,
    OpensFiles,
    Settings,
    SumsUp,
)
from crm.transfer.layout import REASON_HEADER, ROW_HEADER
from crm.transfer.models import ImportRun
from crm.transfer.readers import TableSource
from crm.transfer.vcard import CardSource

PLAN: Final = "transfer.plan"
APPLY: Final = "transfer.apply"
CHANGE: Final = "contacts.import"
TAG: Final = "tag"
"""Beside how a file is read stands what everybody in it is tagged with."""
LONGEST_TAG: Final = 80
ALONG: Final = "along"
"""Among the notices of a run, what its plan makes besides the rows."""
_LOOKED_AT_FOR_UNIQUENESS: Final = 50_000


def importers(actor: Actor) -> list[Importer]:
    """The kinds of import that the actor may do."""
    return [each for each in runtime().importers.values() if actor.can_everywhere(each.permission)]


def meant_instead(run: ImportRun) -> Importer | None:
    """The kind of import as whose the file of a run looks, where its rows would become contacts."""
    if run.kind != own.KIND:
        return None
    kinds = runtime().importers.values()
    return next((each for each in kinds if each.recognizes and each.recognizes(run.headers)), None)


def importer(kind: str) -> Importer:
    """A kind of import; UserError when the plugin that declares it is gone."""
    found = runtime().importers.get(kind)
    if found is None:
        raise UserError(_("There is no kind of import called “%(kind)s”.", kind=kind))
    return found


def handler_of(run: ImportRun) -> ImportHandler:
    handler: ImportHandler = importer(run.kind).handler
    return handler


def require(kind: str, actor: Actor) -> Importer:
    """The kind of import, if the actor may do it over everything; else NotAllowed."""
    found = importer(kind)
    if not actor.can_everywhere(found.permission):
        raise NotAllowed(_("You may not import here. Ask an administrator for the permission."))
    return found


def require_to_read(run: ImportRun, actor: Actor) -> None:
    """NotAllowed for whoever may not import this kind, and of a kind that keeps its files to some readers for
    all but them and whoever brought the file."""
    handler = require(run.kind, actor).handler
    is_own = run.actor_user_id is not None and run.actor_user_id == actor.user_id
    if isinstance(handler, KeepsToReaders) and not is_own and not handler.may_read(actor):
        raise NotAllowed(
            _(
                "Somebody else brought this file or looked through it anew, and what is in it is not for "
                "everybody who may import."
            )
        )


# Uploading and mapping.


def begin(
    kind: str,
    stream: IO[bytes],
    name: str,
    actor: Actor,
    *,
    most: int,
    options: Mapping[str, Any] | None = None,
) -> ImportRun:
    """Store a file and look into it; raises BadFile when it cannot be imported. `options` are for a kind that
    reads files itself. Inside a transaction."""
    handler: ImportHandler = require(kind, actor).handler
    name = Path(name).name.strip()[:200] or _("file")
    stored = storage.keep(stream, name, most)
    try:
        run = ImportRun(
            kind=kind,
            file_name=name,
            file_key=stored.key,
            file_size=stored.size,
            sha256=stored.sha256,
            actor_user_id=actor.user_id,
            actor_label=actor.label,
            match_key=next(iter(handler.match_keys), ""),
            mode="replace",
            keep_unmapped=True,
            reading=dict(options or {}),
        )
        look_into(run, handler)
    except BaseException:
        storage.remove("imports", stored.key)
        raise
    db.session().add(run)
    db.session().flush()
    return run


def has_columns(run: ImportRun) -> bool:
    """Whether people say what the columns of its file hold, or may say it."""
    return bool(run.headers) and (bool(run.mapping) or not isinstance(handler_of(run), OpensFiles))


def asks_columns(run: ImportRun) -> bool:
    """Whether people must say what the columns hold before there can be a plan."""
    handler = handler_of(run)
    if not isinstance(handler, OpensFiles):
        return has_columns(run)
    source = sources.source_of(run, handler)
    return isinstance(source, AsksColumns) and bool(source.lacks)


def look_into(run: ImportRun, handler: ImportHandler) -> None:
    """Read the headers, and map them as the last time or as their names and values suggest."""
    source = sources.source_of(run, handler)
    if not isinstance(source, TableSource):
        run.headers = [] if isinstance(source, CardSource) else source.headers
        asked = source.mapping if isinstance(source, AsksColumns) else {}
        run.mapping = columns.mapping_by_header(asked, run.headers)
        return
    known = remembered.find(run.kind, source.headers)
    if known is not None:
        run.match_key, run.mode, run.keep_unmapped = known.match_key, known.mode, known.keep_unmapped
    run.headers = source.headers
    run.notices = [[notice.code, notice.values] for notice in source.notices]
    chosen = known.mapping if known is not None else {}
    suggest(run, source, handler, chosen)


def suggest(run: ImportRun, source: TableSource, handler: ImportHandler, known: Mapping[str, str]) -> None:
    """Map every column; one that must be unique and is not becomes a field of its own."""
    known = {ROW_HEADER: columns.IGNORE, REASON_HEADER: columns.IGNORE, **known}
    mapping = handler.suggest(source.headers, source.sample(), known, keep_unmapped=run.keep_unmapped)
    for index in handler.unique_columns(mapping):
        if source.headers[index] not in known and not is_unique(source, index):
            mapping[index] = columns.CUSTOM + source.headers[index] if run.keep_unmapped else columns.IGNORE
    run.mapping = columns.mapping_by_header(mapping, source.headers)


def is_unique(source: TableSource, index: int) -> bool:
    """Whether the first 50,000 rows have a value of their own in a column, where they have one at all."""
    seen: set[str] = set()
    for number, (_line, cells) in enumerate(source.rows()):
        value = cells[index].strip()
        if value in seen:
            return False
        if number >= _LOOKED_AT_FOR_UNIQUENESS:
            break
        if value:
            seen.add(value)
    return True


@dataclass(frozen=True)
class Choice:
    """What somebody chose for a run: targets by header, and how rows are recognized and written."""

    mapping: Mapping[str, str]
    match_key: str
    mode: str
    keep_unmapped: bool = True
    tag: str = ""
    answers: Mapping[str, str] | None = None
    """To the questions of a kind that reads files itself; None leaves them as they are."""


def tags_everybody(handler: ImportHandler) -> bool:
    """Whether a kind can tag all records of a file."""
    return bool(getattr(handler, "tags_everybody", False))


def choose(run: ImportRun, choice: Choice) -> None:
    """Keep what was chosen, checked. Inside a transaction."""
    _hold_open(run)
    handler = handler_of(run)
    if has_columns(run):
        columns.mapping_from_headers(choice.mapping, run.headers)
        for target in choice.mapping.values():
            if target not in {columns.IGNORE, UNSAID}:
                handler.target_label(target)
        if all(target == columns.IGNORE for target in choice.mapping.values()):
            raise BadFile(_("Choose for at least one column what it holds."))
    if handler.match_keys and choice.match_key not in handler.match_keys:
        known = ", ".join(handler.match_keys)
        raise UserError(_("Choose by what rows are recognized: %(known)s.", known=known))
    if choice.mode not in {"replace", "fill"}:
        raise UserError(_("Choose whether the file wins or only fills gaps."))
    run.mapping = dict(choice.mapping)
    run.match_key, run.mode = choice.match_key, choice.mode  # type: ignore[assignment]  # Checked above.
    run.keep_unmapped = choice.keep_unmapped
    tag = squash(choice.tag)[:LONGEST_TAG] if tags_everybody(handler) else ""
    run.reading = {
        **{name: value for name, value in (run.reading or {}).items() if name != TAG},
        **({TAG: tag} if tag else {}),
    }
    if isinstance(handler, KeepsColumns):
        _choose_own(run, handler, choice.answers)


def _choose_own(run: ImportRun, handler: Any, answers: Mapping[str, str] | None) -> None:
    """The same for a kind that reads files itself: its answers are kept, and what it still lacks is said."""
    if answers is not None:
        known = {each.name: dict(each.choices) for each in handler.questions(sources.options_of(run))}
        kept = {name: value for name, value in answers.items() if value in known.get(name, {})}
        run.reading = {**(run.reading or {}), **kept}
    source = sources.source_of(run, handler)
    if not isinstance(source, AsksColumns):
        return
    if source.lacks:
        raise BadFile(" ".join(source.lacks))
    run.mapping = columns.mapping_by_header(source.mapping, run.headers)
    if answers is not None:
        handler.keep_columns(run.headers, sources.options_of(run))


# The two jobs.


def hold(run: ImportRun) -> None:
    """Read it anew and keep it from everybody else until the transaction ends, so that of two who press the
    same button one comes second. UserError where it was discarded meanwhile."""
    db.session().flush()
    with system("an import as it is now"):
        found = db.session().get(ImportRun, run.id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UserError(_("This import was discarded."))


def ask_for_plan(run: ImportRun, actor: Actor, *, runner: str | None = None) -> Job:
    """Begin to plan, or plan anew. Inside a transaction."""
    require(run.kind, actor)
    _hold_open(run)
    if has_columns(run) and not isinstance(handler_of(run), OpensFiles):
        remembered.keep(run)
    _take_over(run, actor)
    title = _("Look through “%(file)s”", file=run.file_name)
    job = enqueue(PLAN, {"run_id": run.id}, title, actor, runner=runner)
    run.status, run.job_id = "planning", job.id
    return job


def _take_over(run: ImportRun, actor: Actor) -> None:
    """A plan that is kept to some readers shows what whoever asked for it may see: whoever brought the file
    and may see less reads no more of it then."""
    handler = handler_of(run)
    if not isinstance(handler, KeepsToReaders) or run.actor_user_id == actor.user_id:
        return
    with system("whether whoever brought a file may read a plan that somebody else made of it"):
        who = db.session().get(User, run.actor_user_id) if run.actor_user_id else None
    if who is not None and not handler.may_read(actor_for(who)):
        run.actor_user_id, run.actor_label = actor.user_id, actor.label


def _hold_open(run: ImportRun) -> None:
    hold(run)
    if run.status not in {"uploaded", "planning", "planned"} or is_busy(run):
        raise UserError(_("This import is under way already."))


def ask_to_apply(run: ImportRun, actor: Actor, *, runner: str | None = None, confirmed: bool = False) -> Job:
    """Begin to write what was planned, or go on with what broke off. UserError where the plan has something
    that must be `confirmed`. Inside a transaction."""
    require(run.kind, actor)
    hold(run)
    if run.status not in {"planned", "applying"} or is_busy(run):
        raise UserError(_("There is no plan to carry out here, or it is being carried out already."))
    if undone_by(run) is not None:
        raise UserError(_("This import was taken back. Upload the file again to begin anew."))
    if run.status == "planned" and not confirmed and (asked := to_confirm(run)):
        said = " ".join(asked)
        raise UserError(
            _("Not imported: confirm it on the page of this import, or with --confirm. %(what)s", what=said)
        )
    title = _("Import “%(file)s”", file=run.file_name)
    job = enqueue(APPLY, {"run_id": run.id}, title, actor, runner=runner)
    run.status, run.job_id = "applying", job.id
    return job


def discard(run: ImportRun) -> None:
    """Forget a file that was not imported. Inside a transaction."""
    from crm.transfer import rows

    hold(run)
    if run.status not in {"uploaded", "planning", "planned"} or is_busy(run):
        raise UserError(_("This import has begun, so it cannot be discarded. Undo it instead."))
    while not rows.forget(run.id):
        pass
    db.after_commit(partial(storage.remove, "imports", run.file_key))
    db.session().delete(run)


def is_busy(run: ImportRun) -> bool:
    """Whether a worker has it."""
    job = job_of(run)
    return job is not None and not job.is_finished


def job_of(run: ImportRun) -> Job | None:
    """The job that was last asked for; None when there was none, or it was forgotten since."""
    if run.job_id is None:
        return None
    with system("whoever may see an import may see how far it is"):
        return db.session().get(Job, run.job_id)


def undone_by(run: ImportRun) -> int | None:
    """The change set that took this import back, if one did."""
    if run.change_set_id is None:
        return None
    statement = select(ChangeSet.undone_by_id).where(ChangeSet.id == run.change_set_id)
    return db.session().execute(statement).scalar_one_or_none()


# For the jobs themselves.


def of_job(job: JobRun) -> ImportRun:
    """The run that a job is about, which its actor must still be allowed to import. UserError where another
    job has it now."""
    with system("the import that this job was asked for"):
        run = db.session().get(ImportRun, job.args["run_id"])
    if run is None:
        raise UserError(_("This import was discarded."))
    if run.job_id != job.job_id:
        raise UserError(_("This import is under way already."))
    require(run.kind, job.actor)
    return run


def settings(run: ImportRun, actor: Actor, *, recheck: bool = False) -> Settings:
    return Settings(run.id, actor, run.file_name, run.match_key, run.mode, recheck, tag_of(run))


def tag_of(run: ImportRun) -> str:
    """What everybody in the file is tagged with; empty for nothing."""
    return str((run.reading or {}).get(TAG, ""))


def update(run_id: int, **values: Any) -> None:
    """Set columns of a run inside a transaction."""
    with system("a job writes how far its import is"):
        db.session().execute(update_statement(ImportRun).where(ImportRun.id == run_id).values(**values))


def to_confirm(run: ImportRun) -> Sequence[str]:
    """What of the plan somebody must agree to before it is carried out, in sentences."""
    handler = handler_of(run)
    return _sentences(run, handler.confirms) if isinstance(handler, SumsUp) else []


def notices(run: ImportRun) -> Sequence[str]:
    """What was odd about the file, in sentences."""
    return _sentences(run)


def _sentences(run: ImportRun, codes: Collection[str] | None = None) -> list[str]:
    """The notices of a run, or those of them with these codes. One whose sentence is empty is only kept for
    imports to come."""
    from crm.transfer.messages import NOTICES, Notice

    handler = handler_of(run)
    found = (
        handler.notice(code, values)
        if isinstance(handler, OpensFiles) and code not in NOTICES
        else Notice(code, values).sentence
        for code, values in run.notices
        if code != ALONG and (codes is None or code in codes)
    )
    return [sentence for sentence in found if sentence]


def along(run: ImportRun) -> list[dict[str, Any]]:
    """What the plan makes besides its rows."""
    return next((values for code, values in run.notices if code == ALONG), [])
