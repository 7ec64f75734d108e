"""Taking messages out of the outbox: to an SMTP server, or to files while no server is set.

A server has accepted a message when it answers the line with the single dot. So everything up to that
line may be said again after a crash, and the mark that it was said is committed just before it: a message
is never sent twice. Should the answer never come, because this process or the server died, the message may
have arrived; the outbox says so and lets a person decide.
"""

import hmac
import re
import smtplib
import ssl
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import Policy
from email.utils import format_datetime, parseaddr
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import idna
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select, update

from crm import db
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.models import OutgoingMail
from crm.errors import ConfigurationError
from crm.jobs.models import Job
from crm.plugin_api.types import JobRun
from crm.runtime import runtime

TIMEOUT, PATIENCE = 60, 300
"""Seconds to wait for an answer; longer for the last one, which must not be missed."""
PAUSES = [1, 5, 15, 60, 180, 360, 720, 1440]
"""Minutes until the next try; after the last one the message has failed."""
MOST_IDS = 50
NOT_LEFT: Final = (mail.QUEUED, mail.WAITING)
"""Of a message that has still to leave, and is at nobody's door now."""
_MESSAGE_ID = re.compile(r"rollcall-(\d{1,18})-([0-9a-fA-F]{32})@")


class Refused(Exception):
    """The server will not take this message, now or ever."""


class Recalled(Exception):
    """The message was taken back while it was at the door."""


def send_one(run: JobRun) -> bool:
    """The step of `accounts.send_mail`: deliver the message `mail_id`."""
    row = _row(run.args["mail_id"])
    if row is None or row.status not in {mail.QUEUED, mail.HANDING_OVER}:
        return True
    if row.status == mail.HANDING_OVER:
        _mark(run, row.id, mail.UNCLEAR)
        return True
    with suppress(Recalled):  # Whoever made it noted what became of it.
        if not _is_taken_back(run, row):
            _deliver(run, row)
    return True


def _deliver(run: JobRun, row: OutgoingMail) -> None:
    try:
        _ask_consent(row)
        message = as_message(row)
        if runtime().config.smtp_url:
            _to_server(run, row.id, message)
        else:
            _to_file(row.id, message)
    except Refused as error:
        _mark(run, row.id, mail.FAILED, str(error))
    except (OSError, smtplib.SMTPException, ConfigurationError, ValueError) as error:
        _try_later(run, row.id, error)
    else:
        _mark(run, row.id, mail.SENT)


def _is_taken_back(run: JobRun, row: OutgoingMail) -> bool:
    """Whether the feature that made a message lets it go no more: it notes that itself, and the message goes
    in the same transaction. Asked at each try, for it may wait for days."""
    with db.transaction(run.actor, mail.SEND_MAIL):
        reasons = runtime().plugins.collect("crm_mail_leaves", mail_id=row.id, purpose=row.purpose)
        return bool(list(reasons)) and bool(withdraw([row.id], waiting=True))


def _ask_consent(row: OutgoingMail) -> None:
    """A message that one can unsubscribe from goes to nobody who did so while it waited."""
    from crm.contacts.emailing import refusal

    if row.unsubscribe and row.contact_id is not None and (why := refusal(row.contact_id, row.recipient)):
        raise Refused(why)


def queue_waiting(run: JobRun) -> bool:
    """The step of `accounts.send_waiting_mail`: what could not be sent and is due again, and what a job
    that was given up left behind."""
    with db.transaction(run.actor, mail.SEND_WAITING):
        at_work = _at_work()
        waiting = OutgoingMail.status == mail.WAITING
        left = OutgoingMail.status.in_([mail.QUEUED, mail.HANDING_OVER])
        due = select(OutgoingMail).where(waiting | left, OutgoingMail.next_try_at <= db.now()).limit(500)
        for row in db.session().scalars(due).all():
            if row.status == mail.HANDING_OVER and row.id not in at_work:
                row.status = mail.UNCLEAR
            elif row.id not in at_work:
                mail.queue(row)
    return True


def _at_work() -> set[int]:
    """The messages that an unfinished job is to send."""
    unfinished = select(Job.args).where(Job.kind == mail.SEND_MAIL, Job.finished_at.is_(None))
    with system("which messages have a job"):
        return {args["mail_id"] for args in db.session().scalars(unfinished)}


class _Whole(UnstructuredHeader, BaseHeader):
    """A header that programs read, such as an address between brackets. Python would break a long one into
    encoded words, which RFC 2369 forbids and no mail program undoes there."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Whole)
_POLICY: Final = SMTP_POLICY.clone(cte_type="7bit", header_factory=_HEADERS)


def as_message(row: OutgoingMail) -> EmailMessage:
    """The message as it travels; its id stays the same however often it is tried."""
    config = runtime().config
    message = EmailMessage(policy=_POLICY)
    message["From"] = config.mail_from
    message["To"] = _as_servers_take_it(row.recipient)
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    domain = parseaddr(config.mail_from)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<rollcall-{row.id}-{_proof(row, config.secret_key)}@{domain}>"
    if row.reply_to:  # A person wrote it: programs may answer, and answers reach that person.
        message["Reply-To"] = _as_servers_take_it(row.reply_to)
    else:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing answers by itself.
    if row.unsubscribe:
        message["List-Unsubscribe"] = f"<{row.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(row.body)
    if row.html:
        message.add_alternative(row.html, subtype="html")
    if row.calendar:
        _add_calendar(message, row.calendar)
    return message


def _as_servers_take_it(address: str) -> str:
    """An address with its domain as DNS has it (IDNA 2008, RFC 5891; older rules lead to other people's
    domains, `straße.example` to `strasse.example`). Refused where letters before the @ would need more
    of each server on the way than most give (RFC 6531)."""
    name, _at, domain = address.rpartition("@")
    if address.isascii():
        return address
    try:
        return name.encode("ascii").decode() + "@" + idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:
        said = _("%(address)s has letters that mail servers do not take.", address=address)
        raise Refused(said) from error


def _proof(row: OutgoingMail, key: str) -> str:
    """What nobody else can write into a Message-ID: who returns it has seen the message."""
    told = f"rollcall message {row.id} {row.created_at:%Y%m%d%H%M%S%f}"
    return hmac.new(key.encode(), told.encode(), sha256).hexdigest()[:32]


def of_message_ids(text: str) -> list[OutgoingMail]:
    """The messages of ours whose Message-ID stands in a text; one that was made up finds none."""
    config = runtime().config
    old = [key.strip() for key in config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",") if key.strip()]
    found = {}
    for number, proof in dict.fromkeys(_MESSAGE_ID.findall(text)[:MOST_IDS]):
        row = _row(int(number))
        if row is not None and any(
            hmac.compare_digest(_proof(row, key), proof.lower()) for key in (config.secret_key, *old)
        ):
            found[row.id] = row
    return list(found.values())


def _add_calendar(message: EmailMessage, text: str) -> None:
    """The event as a file that calendar programs open; mail programs show it by its method (RFC 6047)."""
    found = re.search(r"^METHOD:(\w+)", text, re.MULTILINE)
    message.add_attachment(
        text,
        subtype="calendar",
        filename="event.ics",
        params={"method": found[1] if found else "PUBLISH"},
        cte="base64",
    )


def mail_folder() -> Path:
    """Where messages go while no server is set."""
    return runtime().config.data_dir / "mail"


def file_of(mail_id: int) -> Path:
    """The file of a message that went to one."""
    return mail_folder() / f"{mail_id:08d}.eml"


def forget(mails: ColumnElement[bool]) -> set[int]:
    """Remove messages for good, their files with them once that is committed, and say which these were.
    Inside a transaction."""
    gone = db.session().execute(delete(OutgoingMail).where(mails).returning(OutgoingMail.id)).scalars().all()
    for mail_id in gone:
        db.after_commit(partial(file_of(mail_id).unlink, missing_ok=True))
    return set(gone)


def withdraw(mail_ids: Collection[int], *, waiting: bool = False) -> set[int]:
    """Remove messages that failed, with `waiting` also those that have still to leave, so that nobody sends
    them any more, and say which of these they were: they certainly never left. One that is being handed over
    stays, and may arrive. Inside a transaction."""
    found, states = set[int](), (mail.FAILED, *(NOT_LEFT if waiting else ()))
    for some in db.chunks(mail_ids):
        found |= forget(OutgoingMail.id.in_(some) & OutgoingMail.status.in_(states))
    return found


def answer_to(mails: ColumnElement[bool], address: str) -> None:
    """Let answers to those of these messages that have still to leave go to another address. Inside a
    transaction."""
    waiting = update(OutgoingMail).where(mails, OutgoingMail.status.in_(NOT_LEFT))
    db.session().execute(waiting.values(reply_to=address))


def _to_file(mail_id: int, message: EmailMessage) -> None:
    """Written whole or not at all; writing it again changes nothing."""
    file = file_of(mail_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".eml.new")
    fresh.write_bytes(message.as_bytes())
    fresh.replace(file)


def _to_server(run: JobRun, mail_id: int, message: EmailMessage) -> None:
    server = connect(runtime().config.smtp_url)
    try:
        _check(server.mail(parseaddr(runtime().config.mail_from)[1]), at="MAIL FROM")
        _check(server.rcpt(parseaddr(str(message["To"]))[1]))
        _check(server.docmd("DATA"), good=354)
        server.send(_dotted(message.as_bytes()))
        _mark(run, mail_id, mail.HANDING_OVER)
        if server.sock is not None:
            server.sock.settimeout(PATIENCE)
        server.send(b".\r\n")
        _check(server.getreply())
    except BaseException:
        server.close()  # A message that broke off must not wait for an answer to QUIT.
        raise
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def connect(url: str) -> smtplib.SMTP:
    """A session with the server of `smtp://user:password@host:587?tls=starttls` or `smtps://host`.

    Passwords go over TLS only, unless the server is this machine."""
    parts = urlsplit(url)
    port = _port(parts)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port is None:
        raise ConfigurationError("CRM_SMTP_URL must look like smtp://user:password@host:587?tls=starttls.")
    wants_tls = parse_qs(parts.query).get("tls", [""])[0] == "starttls"
    if parts.scheme == "smtps":
        # It reads all authorities there are, so no mail without TLS waits for it.
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(parts.hostname, port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(parts.hostname, port, timeout=TIMEOUT)
    try:
        if wants_tls:
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        _sign_in(server, parts, encrypted=wants_tls or parts.scheme == "smtps")
    except BaseException:
        server.close()
        raise
    return server


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or (465 if parts.scheme == "smtps" else 587)
    except ValueError:
        return None


def _sign_in(server: smtplib.SMTP, parts: SplitResult, *, encrypted: bool) -> None:
    if not parts.username:
        return
    if not encrypted and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ConfigurationError("CRM_SMTP_URL has a password but no TLS; add ?tls=starttls or use smtps://.")
    server.login(unquote(parts.username), unquote(parts.password or ""))


def _dotted(raw: bytes) -> bytes:
    """As RFC 5321, 4.5.2 wants it between DATA and the final dot."""
    stuffed = re.sub(rb"(?m)^\.", b"..", raw)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _check(answer: tuple[int, bytes], good: int = 250, at: str = "") -> None:
    """A refusal for ever (5xx) ends it, one for now (4xx) is tried again. `at` is said before the refusal of
    a command that is about us, not about whom the message is for."""
    code, text = answer
    if code in {good, 251}:
        return
    said = f"{code} {text.decode('utf-8', 'replace')}"[:500]
    if 500 <= code < 600:
        raise Refused(f"{at}: {said}" if at else said)
    raise smtplib.SMTPResponseException(code, said)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"[:500]
    return f"{type(error).__name__}: {error}"[:500]


def _row(mail_id: int) -> OutgoingMail | None:
    return db.session().get(OutgoingMail, mail_id, populate_existing=True)


def _held(mail_id: int) -> OutgoingMail:
    """The row until the transaction ends; Recalled where somebody took it back."""
    row = db.session().get(OutgoingMail, mail_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise Recalled
    return row


def _mark(run: JobRun, mail_id: int, status: str, error: str = "") -> None:
    with db.transaction(run.actor, mail.SEND_MAIL):
        row = _held(mail_id)
        row.status, row.last_error = status, error
        if status == mail.HANDING_OVER:
            row.attempts += 1
        if status == mail.SENT:
            row.sent_at = db.now()
        if status in {mail.SENT, mail.FAILED}:
            _forget_link(row)


def _forget_link(row: OutgoingMail) -> None:
    """A text that opens an account does not stay once it has no way to go any more."""
    if mail.is_secret(row.purpose):
        row.body, row.html = "", None


def _try_later(run: JobRun, mail_id: int, error: Exception) -> None:
    with db.transaction(run.actor, mail.SEND_MAIL):
        row = _held(mail_id)
        row.last_error = _reason(error)
        handed_over = row.status == mail.HANDING_OVER
        if handed_over and not isinstance(error, smtplib.SMTPResponseException):
            row.status = mail.UNCLEAR
            return
        row.attempts += 0 if handed_over else 1
        if row.attempts > len(PAUSES):
            row.status = mail.FAILED
            _forget_link(row)
        else:
            row.status = mail.WAITING
            row.next_try_at = db.now() + timedelta(minutes=PAUSES[row.attempts - 1])
