"""Files and plans that nobody needs any more go away by themselves."""

import time
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from crm import db
from crm.access.guard import system
from crm.plugin_api.types import JobRun
from crm.transfer import rows, runs, storage
from crm.transfer.models import ExportRun, ImportRun

ABANDONED: Final = timedelta(days=30)
"""After so long a file that was uploaded and not imported is forgotten."""
ROWS_KEPT: Final = timedelta(days=90)
"""For so long the rows of an import can be looked at; what they became is known for good."""
EXPORTS_KEPT: Final = timedelta(days=7)
_YOUNG: Final = 24 * 3600
"""Seconds during which a file may be on its way into the database."""


def step(job: JobRun) -> bool:
    """One piece of tidying; see `JobKind`."""
    with db.transaction(job.actor, "transfer.tidy"), system("tidying up files and plans"):
        done = _forget_abandoned() and _forget_rows()
        if done:
            _forget_exports()
            _remove_strays()
            job.finish()
    return done


def _forget_abandoned() -> bool:
    """One abandoned import; true when there was none."""
    statement = select(ImportRun).where(
        ImportRun.status.in_(("uploaded", "planning", "planned")),
        ImportRun.created_at < db.now() - ABANDONED,
    )
    for run in db.session().scalars(statement):
        if not runs.is_busy(run):
            runs.discard(run)
            return False
    return True


def _forget_rows() -> bool:
    """Some rows of old imports; true when there were none."""
    old = select(ImportRun.id).where(ImportRun.status == "done", ImportRun.created_at < db.now() - ROWS_KEPT)
    statement = select(rows.ROWS.c.run_id).where(rows.ROWS.c.run_id.in_(old)).limit(1)
    found = db.session().scalar(statement)
    if found is not None:
        rows.forget(found)
    return found is None


def _forget_exports() -> None:
    old = ExportRun.created_at < db.now() - EXPORTS_KEPT
    for key in db.session().scalars(select(ExportRun.file_key).where(old)):
        storage.remove("exports", key)
    db.session().execute(delete(ExportRun).where(old))


def _remove_strays() -> None:
    """Files that no row names: what a killed process left."""
    keys = set(db.session().scalars(select(ImportRun.file_key)))
    keys |= set(db.session().scalars(select(ExportRun.file_key)))
    before = time.time() - _YOUNG
    folders: tuple[storage.Folder, ...] = ("imports", "exports")
    for name in folders:
        for path in storage.folder(name).iterdir():
            if path.name.split(".")[0] not in keys and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
