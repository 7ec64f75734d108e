"""What lies in the database and beside it: accounts, unfinished work, mail, files."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.models import OutgoingMail, Role, RoleGrant, User
from crm.cli.support import counted
from crm.contacts.files import storage
from crm.contacts.models import Attachment
from crm.doctor.finding import Finding, fail, ok, warn
from crm.jobs.models import Job
from crm.jobs.places import PREFIX, occupied
from crm.journal.models import ChangeSet
from crm.runtime import runtime

RECENT = timedelta(days=7)
LONG = timedelta(minutes=10)
ABANDONED = timedelta(days=1)
WORKERS = 8


def findings() -> Iterator[Finding]:
    with system("the doctor looks at everything"):
        yield _administrator()
        yield _change_sets()
        yield from _jobs()
        yield _mail()
        yield from _files()


def _count(statement: object) -> int:
    return int(db.session().execute(statement).scalar_one())  # type: ignore[call-overload]  # Always a SELECT of one number.


def _administrator() -> Finding:
    statement = (
        select(func.count(User.id.distinct()))
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(User.active, Role.everything)
    )
    if count := _count(statement):
        return ok("Administrators", str(count))
    return warn(
        "Administrators", "nobody can sign in as one", "Run `rollcall init` for a link to begin with."
    )


def _change_sets() -> Finding:
    unfinished = (
        select(ChangeSet.id)
        .where(ChangeSet.finished.is_(False), ChangeSet.at < db.now() - ABANDONED)
        .order_by(ChangeSet.id)
    )
    ids = list(db.session().execute(unfinished.limit(10)).scalars())
    if not ids:
        return ok("Changes", "all finished")
    return warn(
        "Changes",
        f"{len(ids)} stopped half way more than a day ago, the first number {ids[0]}",
        f"Look at it under Recent changes, then take it back: rollcall undo {ids[0]}",
    )


def _jobs() -> Iterator[Finding]:
    running = any(occupied(runtime(), f"{PREFIX}{number}") for number in range(1, WORKERS + 1))
    waiting = _count(
        select(func.count(Job.id)).where(Job.finished_at.is_(None), Job.created_at < db.now() - LONG)
    )
    if waiting and not running:
        yield fail(
            "Worker",
            f"none runs, and {counted(waiting, 'job waits', 'jobs wait')}",
            "Start `rollcall serve` or `rollcall worker`.",
        )
    else:
        yield ok("Worker", "running" if running else "not running, and nothing waits for it")
    recent = Job.finished_at > db.now() - RECENT
    if failed := _count(select(func.count(Job.id)).where(Job.status == "failed", recent)):
        advice = "Look at them under Background work."
        yield warn("Jobs", f"{failed} failed in the last seven days", advice)
    else:
        yield ok("Jobs", "none failed in the last seven days")


def _mail() -> Finding:
    unsent = OutgoingMail.status.in_((mail.FAILED, mail.UNCLEAR))
    recent = OutgoingMail.created_at > db.now() - RECENT
    if failed := _count(select(func.count(OutgoingMail.id)).where(unsent, recent)):
        unsent_mail = counted(failed, "message", "messages")
        return warn("Outbox", f"{unsent_mail} did not go out", "Look at them under Outgoing mail.")
    return ok("Outbox", "nothing stuck")


def _files() -> Iterator[Finding]:
    keys = db.session().execute(select(Attachment.storage_key)).scalars()
    if missing := sum(not storage.path_of(key).exists() for key in keys):
        advice = "Bring the folder files back from a backup."
        lost = counted(missing, "file is", "files are")
        yield fail("Attachments", f"{lost} missing from {storage.folder()}", advice)
    else:
        yield ok("Attachments", "every file is there")
    if orphans := storage.orphan_files():
        advice = "They only take room; the nightly tidying removes them."
        yield warn("Files", f"{counted(len(orphans), 'file belongs', 'files belong')} to nothing", advice)
