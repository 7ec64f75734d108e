"""Sending a release: each recipient's message is written into the outbox in the transaction that says so, so
nobody gets two, whatever is killed when. Consent, embargo and exclusive are looked at anew for each."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import force_locale
from sqlalchemy import select, update

from crm.plugin_api import Actor, Conflict, JobRun, UserError, day_here, db, jobs, ngettext, now, system
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import address_of, delivery, send, signed, withdraw
from crm_media.models import Recipient, Release, ReleaseFile, Version
from crm_media.services import answering, exclusives, outreach, past, returns
from crm_media.services.turns import lock
from crm_media.times import zoned
from crm_media.words import GOES

ACTION: Final = "media.send"
DUE: Final = "media.due"
SOME: Final = 20
PURPOSE: Final = "media_release"
NO_MAIL: Final = "media no mail"
ENCLOSED: Final = "media enclosed"
LOOKED_AT: Final = timedelta(days=14)
"""So long after it was written a message may still be refused."""
_NOBODY: Final = re.compile(
    r"\b5\.1\.(1|2|3|6|10)\b"
    r"|^55[01]\b(?!.*\b5\.\d\.\d)"
    r"(?=.*(no such|unknown|not found|does ?n.t exist|no mailbox|invalid (recipient|mailbox)))",
    re.IGNORECASE,
)
"""What a server says of whom a message was for (RFC 3463), not of us who sent it."""
_REFUSES_US: Final = re.compile(
    r"\b5\.7\.(?!8\b)\d+|relay(?:ing)? (?:access )?denied|not authori[sz]ed|blocked using", re.IGNORECASE
)
"""What it says of us, or of the server that we send by."""


def ask(release: Release, actor: Actor, number: int | None = None) -> None:
    """Begin to send the approved version; `number` is the one that was looked at. Inside a transaction."""
    lock(release)
    if release.status not in GOES or release.approved_number is None:
        raise UserError(_("It must be approved first."))
    if number is not None and number != release.approved_number:
        raise Conflict(_("Another version was approved in the meantime. Look at it first."))
    release.sending = True
    if number is not None and actor.user_id is not None:
        release.sender_id = actor.user_id
    with system("recipients who were left out are looked at anew"):
        left = select(Recipient).where(Recipient.release_id == release.id, Recipient.status == "left_out")
        held = left.order_by(Recipient.id).with_for_update().execution_options(populate_existing=True)
        rows = db.session().scalars(held).all()
    if number is not None:  # Somebody looked at who gets it, and why they did not before.
        take_back(rows)
    for row in rows:
        if row.mail_id is None:
            row.status, row.reason = "chosen", ""
    db.session().flush()
    _enqueue(release, actor)


def take_back(rows: Sequence[Recipient]) -> None:
    """A message that certainly did not leave, for a reason of ours, goes from the outbox and makes room for
    another; past the journal, since no undo brings it back."""
    gone = withdraw([each.mail_id for each in rows if each.mail_id and each.status == "left_out"])
    for each in rows:
        if each.mail_id in gone:
            past.keep(each, mail_id=None, version_id=None, sent_at=None, address="")


def _enqueue(release: Release, actor: Actor) -> None:
    jobs.enqueue(ACTION, {"release_id": release.id}, _("Send a release"), actor)


def due(run: JobRun) -> bool:
    """Releases whose embargo or exclusive is over go on by themselves."""
    with db.transaction(run.actor, DUE):
        moment = now()
        _note_refused()
        with system("releases that wait"):
            waiting = select(Recipient.release_id).where(Recipient.status == "chosen")
            statement = select(Release).where(Release.sending.is_(True), Release.id.in_(waiting))
            rows = list(db.session().scalars(statement))
        for each in rows:
            lines = outreach.lines(each, Actor.system())
            if any(line.row.status == "chosen" and not outreach.gate(each, line, moment) for line in lines):
                _enqueue(each, Actor.system())
        run.finish()
    return True


def _note_refused() -> None:
    """Messages that never left, for the server or the person would not have them: the recipient says so, and
    an address that is none is used no more. What left after all, tried again from the outbox, is sent."""
    with system("recipients whose message did not leave"):
        lately = select(Recipient).where(
            Recipient.status.in_(["sent", "left_out"]),
            Recipient.mail_id.is_not(None),
            Recipient.sent_at > now() - LOOKED_AT,
        )
        rows = db.session().scalars(lately.order_by(Recipient.id)).all()
    states = delivery([each.mail_id for each in rows if each.mail_id])
    changed = [each for each in rows if _differs(each, states)]
    with system("nobody answers while they are noted"):
        for row in changed:
            db.session().refresh(row, with_for_update=True)
    failed = [(row, states[row.mail_id or 0][1]) for row in changed
              if _differs(row, states) and row.status == "sent"]  # fmt: skip
    for row in changed:
        if row.status == "left_out" and _differs(row, states):
            row.status, row.reason = "sent", ""
    for row, why in failed:
        row.status, row.reason = ("left_out", _in_words(why)) if _is_ours(why) else ("bounced", why[:300])
    dead = [row for row, why in failed if _NOBODY.search(why) and not returns.NOT_DEAD.search(why)]
    returns.end([row.address for row in dead], [row.contact_id for row in dead])
    db.session().flush()


def _differs(row: Recipient, states: Mapping[int, tuple[str, str]]) -> bool:
    """Whether somebody says otherwise than their message in the outbox."""
    state = states.get(row.mail_id or 0, ("", ""))[0]
    if not state or row.status not in {"sent", "left_out"}:
        return False
    return (state == "failed") == (row.status == "sent")


def _is_ours(why: str) -> bool:
    """Whether a message did not leave for a reason of our own, such as that somebody wanted none meanwhile or
    that our mail server was away: not what a server says of it, which begins with a number, but for those
    that speak of the server itself or of our account there (RFC 5321, 4.2.2; RFC 4954, 6), or that do not let
    us send (RFC 3463, 3.8)."""
    return re.match(r"(?!421|454|53[0-8])\d{3}\b", why) is None or _REFUSES_US.search(why) is not None


def _in_words(why: str) -> str:
    """An error on the way to the server begins with its name, such as `ConnectionRefusedError: `."""
    if why.startswith("MAIL FROM: ") or _REFUSES_US.search(why):
        return _("A mail server takes no mail from us: %(why)s", why=why.removeprefix("MAIL FROM: ")[:200])
    if re.match(r"(?!ValueError|Unicode)\w+: |\d{3}\b|\d\.\d\.\d", why):
        return _("Our mail server could not be reached or did not let us in. You can send it again.")
    return why[:300]


def step(run: JobRun) -> bool:
    """The next few recipients, each looked at anew."""
    with db.transaction(run.actor, ACTION, _("Sent a release")):
        with system("the release that is being sent"):
            release = db.session().get(
                Release, run.args["release_id"], populate_existing=True, with_for_update=True
            )
            rows = _next(release, run.cursor.get("after", 0)) if release is not None else []
        version = outreach.approved(release) if release is not None else None
        if release is None or version is None or not (release.sending and release.status in GOES):
            run.finish()
            return True
        found = outreach.lines(release, Actor.system(), rows)
        _settle_orphans(rows, {each.row.id for each in found})
        for line in found:
            run.cursor["sent"] = run.cursor.get("sent", 0) + _send(release, version, line)
        run.cursor["after"] = rows[-1] if rows else run.cursor.get("after", 0)
        made = run.cursor.get("sent", 0)
        run.result["summary"] = ngettext(
            "%(num)s message went into the outbox", "%(num)s messages went into the outbox", made
        )
        done = len(rows) < SOME
        if done:
            _arrive(release)
            run.finish()
    return done


def _next(release: Release, after: int) -> list[int]:
    statement = (
        select(Recipient.id)
        .where(Recipient.release_id == release.id, Recipient.status == "chosen", Recipient.id > after)
        .where(Recipient.mail_id.is_(None))
        .order_by(Recipient.id)
        .limit(SOME)
    )
    return list(db.session().scalars(statement))


def _settle_orphans(rows: list[int], found: set[int]) -> None:
    """Whoever is no reporter any more gets nothing, and nothing waits for them for ever."""
    gone = [each for each in rows if each not in found]
    if gone:
        reason = _("They are not among the press contacts any more.")
        with system("recipients who are no reporters any more"):
            for row in db.session().scalars(select(Recipient).where(db.among(Recipient.id, gone))):
                row.status, row.reason = "left_out", reason
            db.session().flush()


def _send(release: Release, version: Version, line: outreach.Line) -> int:
    """One message, or why there is none. Who waits for an embargo stays chosen."""
    row = line.row
    if row.mail_id is not None:
        return 0
    if outreach.gate(release, line):
        row.reason = line.stops
        return 0
    if line.stops:
        row.status, row.reason = "left_out", line.stops
        return 0
    try:
        mail = _mail(release, version, line, answers=answering.of(release).address)
    except UserError as error:
        row.status, row.reason = "left_out", error.message
        return 0
    past.keep(row, status="sent", reason="", address=line.address, mail_id=mail.id, version_id=version.id,
          sent_at=now())  # fmt: skip
    _has_left(release)
    return 1


def _arrive(release: Release) -> None:
    """Where nobody waits any more it is not on its way; written past the journal, as with what left."""
    with system("whether somebody waits for a release"):
        waits = select(Recipient.id).where(Recipient.release_id == release.id, Recipient.status == "chosen")
        if db.session().scalars(waits.limit(1)).first() is None:
            db.session().execute(update(Release).where(Release.id == release.id).values(sending=False))
            db.session().refresh(release)


def _has_left(release: Release) -> None:
    """What the press was told stays, as it was approved: also written past the journal, so that an undo of
    the approval finds it changed since, and one of the text finds that somebody got it."""
    if release.status != "sent":
        with system("a release that leaves"):
            db.session().execute(update(Release).where(Release.id == release.id).values(status="sent"))
            db.session().refresh(release)


def _mail(
    release: Release,
    version: Version,
    line: outreach.Line,
    before: str = "",
    *,
    answers: str,
    again: bool = False,
) -> Any:
    """The message of one; answers to it go to `answers`."""
    way_out = no_mail_address(line.row.contact_id, line.address)
    subject, text = written(release, version, line, way_out, before, again=again)
    return send(line.address, subject, text, PURPOSE, contact_id=line.row.contact_id, unsubscribe=way_out,
                reply_to=answers)  # fmt: skip


def written(  # All that makes up a mail.
    release: Release,
    version: Version,
    line: outreach.Line,
    way_out: str = "",
    before: str = "",
    *,
    again: bool = False,
) -> tuple[str, str]:
    """Subject and text of the message of one, in the language of the release, whoever sends it and wherever
    they are: the page before sending shows the same, with three dots for the way out."""
    with force_locale(release.language):
        subject, head = _marked(release, version.subject, again=again)
        body = outreach.personal(version.body, line)
        foot = _("No more mail from us: %(address)s", address=way_out or "…")
    text = f"{head}{before}{body}{_enclosed(release)}\n\n-- \n{foot}\n"
    return outreach.personal(subject, line), text


def _marked(release: Release, subject: str, *, again: bool) -> tuple[str, str]:
    """The subject with what a reporter must know before they open it, and the lines that begin the text."""
    head = ""
    if again:
        subject = _("Following up: %(subject)s", subject=subject)
    if release.embargo_until is not None and now() < release.embargo_until:
        moment = zoned(release.embargo_until)
        head = _("UNDER EMBARGO until %(moment)s. Please do not publish before.", moment=moment) + "\n\n"
        subject = _("[Embargo until %(moment)s] %(subject)s", moment=moment, subject=subject)
    if exclusives.holds(release):
        outlet, moment = exclusives.outlet_of(release), zoned(release.exclusive_until)
        alone = _("EXCLUSIVE: %(outlet)s has it alone until %(moment)s.", outlet=outlet, moment=moment)
        head = f"{alone}\n\n{head}"
        subject = _("[Exclusive] %(subject)s", subject=subject)
    return subject, head


def _enclosed(release: Release) -> str:
    """The links to the files that go with it: newsrooms throw mail with attachments away."""
    files = outreach.files_of(release.id)
    links = "\n".join(f"{each.file_name}: {file_address(each)}" for each in files)
    return f"\n\n{links}" if links else ""


def file_address(file: ReleaseFile) -> str:
    return address_of("media.enclosed", token=signed([file.id], ENCLOSED))


def no_mail_address(contact_id: int, address: str) -> str:
    return address_of("media.no_mail", token=signed([contact_id, address], NO_MAIL))


def may_chase(release: Release, row: Recipient, line: outreach.Line) -> str:
    """Why somebody is not reminded; empty when they may be."""
    if row.status != "sent" or row.sent_at is None:
        return _("There is nothing to remind of.")
    if line.mail and not line.mail.startswith("sent"):
        return _("The first message has not left yet.")
    return _unasked(release, row, line, row.sent_at) or line.stops


def _unasked(release: Release, row: Recipient, line: outreach.Line, sent_at: datetime) -> str:
    """Why a reminder would be one too many."""
    if line.reporter.do_not_chase:
        return _("They do not want to be chased.")
    if row.chased >= release.follow_ups:
        return _("They were reminded as often as this release allows.")
    if now() - (row.chased_at or sent_at) < outreach.REST:
        return _("It is too early: wait two days after the last message.")
    if line.reporter.away_until is not None and line.reporter.away_until >= day_here():
        return _("They are away.")
    return ""


def chase(release: Release, line: outreach.Line, words: str, actor: Actor) -> None:
    """One reminder with the release below it; where whoever sends it gets the answers, that is the actor."""
    lock(release, line.row)
    why = may_chase(release, line.row, line)
    if why:
        said = f"{line.name}: {why}"
        raise UserError(said)
    version = outreach.approved(release)
    if version is None:
        raise UserError(_("It must be approved first."))
    before = f"{outreach.personal(words.strip(), line)}\n\n---\n\n" if words.strip() else ""
    answers = answering.of(release, actor.user_id).address
    mail = _mail(release, version, line, before, answers=answers, again=True)
    past.keep(line.row, chased=line.row.chased + 1, chased_at=now(), reminder_id=mail.id)


def hold_all() -> None:
    """A backup was brought back: what waited there may have left since, so somebody must send it anew."""
    with system("nothing goes by itself after a restore"):
        db.session().execute(update(Release).values(sending=False))
