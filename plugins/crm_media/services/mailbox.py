"""The mailbox that mail comes back to, read by itself. Nothing in it is marked, moved or removed, so one that
people read, too, stays as it is; how far it was read is kept here, written with what each message said."""

import logging
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, JobRun, UserError, db, jobs, now, setting, system
from crm.plugin_api import gettext as _
from crm.plugin_api.mailbox import (
    FAILURES,
    LOCAL,
    UNAVAILABLE,
    Place,
    checked,
    connect,
    raw_of,
    size_of,
    words_of,
)
from crm_media.models import Mailbox
from crm_media.reading import bounces
from crm_media.services import returns

log = logging.getLogger(__name__)
JOB: Final = "media.returns"
AT_ONCE: Final = 20
LARGEST: Final = 10 * 1024 * 1024
BACK: Final = timedelta(days=30)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def place() -> Place | None:
    """Where administrators say that mail comes back to; None while they say nothing. Passwords go over TLS
    only, unless the server is this machine (`imap://127.0.0.1:1143`)."""
    server, user = setting("media.returns_server").strip(), setting("media.returns_user").strip()
    if not server or not user:
        return None
    plain = server.startswith("imap://")
    host, _colon, port = server.removeprefix("imap://").removeprefix("imaps://").strip("/").partition(":")
    if not host or (port and not port.isdecimal()):
        raise UserError(_("Write the server of the mailbox like imap.example.org or imap.example.org:993."))
    if plain and host not in LOCAL:
        raise UserError(_("The password of the mailbox would cross the net for all to read. Use TLS."))
    folder = setting("media.returns_folder").strip() or "INBOX"
    number = int(port) if port else (143 if plain else 993)
    return Place(host, number, user, setting("media.returns_password"), folder, not plain, False, "")


def state() -> Mailbox | None:
    with system("how far the mailbox is read that mail comes back to"):
        return db.session().scalars(select(Mailbox).order_by(Mailbox.id)).first()


def ask(actor: Actor) -> None:
    """Read it now. Inside a transaction."""
    if place() is None:
        raise UserError(_("An administrator must say first in which mailbox mail comes back."))
    jobs.enqueue(JOB, {}, _("Read mail that came back"), actor)


def step(run: JobRun) -> bool:
    """The next messages, each with its mark in one transaction; True when none is left. What goes wrong
    stands on the page, and the next run tries again."""
    left, error = 0, ""
    try:
        where = place()
        if where is not None:
            left = _read_some(where, run)
    except UserError as refused:
        error = refused.message
    except FAILURES as broken:
        error = _("The mailbox does not answer: %(why)s", why=words_of(broken))
    else:
        if where is None:
            return _finish(run)
    with db.transaction(run.actor, JOB):
        row = _row()
        row.checked_at, row.error = now(), error[:500]
        run.result["summary"] = error or _("%(count)s noted", count=run.cursor.get("noted", 0))
        if not left or error:
            run.finish()
    return bool(error) or not left


def _finish(run: JobRun) -> bool:
    with db.transaction(run.actor, JOB):
        run.finish()
    return True


def _row() -> Mailbox:
    row = state() or Mailbox()
    db.session().add(row)
    return row


def _read_some(where: Place, run: JobRun) -> int:
    """How many are left after the next ones."""
    with connect(where) as server:
        validity = int((server.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
        after = _begin(where, validity, run)
        since = (now() - BACK).date()
        day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"
        found = checked(server.uid("SEARCH", f"UID {after + 1}:* SINCE {day}"))
        uids = sorted(int(each) for each in (found[0] or b"").split())
        uids = [each for each in uids if each > after]  # "9:*" gives the last one even where it is the 8th.
        for uid in uids[:AT_ONCE]:
            too_large = size_of(server, str(uid)) > LARGEST
            _take(uid, b"" if too_large else raw_of(server, str(uid)), run)
    return max(len(uids) - AT_ONCE, 0)


def _begin(where: Place, validity: int, run: JobRun) -> int:
    """After which UID to go on: none, where it is another mailbox or was made anew."""
    told = f"{where.user}@{where.host}/{where.folder}"
    with db.transaction(run.actor, JOB):
        row = _row()
        if (row.place, row.uid_validity) != (told, validity):
            row.place, row.uid_validity, row.last_uid = told, validity, 0
        db.session().flush()
        return row.last_uid


def _take(uid: int, raw: bytes, run: JobRun) -> None:
    """Note a message; whatever it does to us, those behind it must not wait."""
    try:
        _note(uid, raw, run)
    except UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001
        # Its words may be in the error's, so only what kind it is goes to the log.
        log.error("message %s of the mailbox was passed over: %s", uid, type(error).__name__)  # noqa: TRY400
        _note(uid, b"", run)


def _note(uid: int, raw: bytes, run: JobRun) -> None:
    noted = returns.Noted()
    action = returns.action_of(bounces.complains(raw))
    with db.transaction(run.actor, action, _("Noted mail that came back")):
        returns.take(raw, noted)
        row = _row()
        row.last_uid, row.noted = uid, (row.noted or 0) + noted.noted
        run.cursor["noted"] = run.cursor.get("noted", 0) + noted.noted


def shown() -> dict[str, Any]:
    """For the page: whether a mailbox is set, and how far it was read."""
    return {"is_set": bool(setting("media.returns_server") and setting("media.returns_user")), "row": state()}
