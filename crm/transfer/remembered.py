"""What was chosen for files with the same headers, offered again the next time."""

from collections.abc import Sequence

from sqlalchemy import select

from crm import db
from crm.accounts.turns import take_turn
from crm.transfer.mapping import fingerprint
from crm.transfer.models import ImportMapping, ImportRun


def find(kind: str, headers: Sequence[str]) -> ImportMapping | None:
    """What was chosen the last time."""
    statement = select(ImportMapping).where(
        ImportMapping.kind == kind, ImportMapping.signature == fingerprint(headers)
    )
    return db.session().scalars(statement).one_or_none()


def keep(run: ImportRun) -> None:
    """Remember what was chosen for this run. Inside a transaction."""
    take_turn("import mapping")
    known = find(run.kind, run.headers)
    if known is None:
        known = ImportMapping(kind=run.kind, signature=fingerprint(run.headers))
        db.session().add(known)
    known.mapping, known.keep_unmapped = dict(run.mapping), run.keep_unmapped
    known.match_key, known.mode, known.used_at = run.match_key, run.mode, db.now()
    db.session().flush()
