"""Releases and pitches: versions, approval, who gets them, and why somebody does not."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import (
    Actor,
    Affiliation,
    Conflict,
    Contact,
    UserError,
    apply_custom,
    day_here,
    db,
    now,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.files import Upload, keep
from crm.plugin_api.outside import begin_mail_at, delivery
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_note, day, fold, squash
from crm_media.models import Clip, Outlet, Recipient, Release, ReleaseFile, Reporter, Version
from crm_media.services import addresses, approval, bills, exclusives, returns
from crm_media.services.comparing import areas_alike, areas_differ, beats_alike, beats_differ
from crm_media.services.press import words
from crm_media.services.turns import lock
from crm_media.times import here, zoned
from crm_media.words import CHANNELS, LANGUAGE_NAMES, last_fresh

FIELDS: Final = ("given_name", "name", "outlet", "beats")
MOST_FILES: Final = 10
REST: Final = timedelta(days=2)
"""Nobody is reminded sooner."""
UNDER_WAY: Final = frozenset({"queued", "handing", "waiting"})
"""Of a message in the outbox that has still to leave."""
LATELY: Final = timedelta(days=7)
_FIELD: Final = re.compile(r"\{([^{}\n]{0,40})\}")
ANSWERED: Final = frozenset({"replied", "covered", "declined"})


def save(release: Release, values: Mapping[str, Any], actor: Actor) -> None:
    """Keep what a release is; UserError for times that make no sense."""
    lock(release)
    release.name, release.kind = squash(values["name"]), values["kind"]
    release.language = values.get("language") or release.language or "en"
    release.topics, release.areas = words(values["topics"]), words(values["areas"])
    release.follow_ups = values["follow_ups"] or 0
    apply_custom(release, values)
    release.bill = release.bill or ""
    bills.keep(release, values.get("bill") or "", actor)
    if "campaign_id" in values:
        release.campaign_id = values["campaign_id"]
    going = under_way(release)
    if going and values["embargo_until"] != release.embargo_until:
        raise UserError(_("It is on its way already. Press Hold first, then its embargo can be changed."))
    _refuse_past(release, "embargo_until", values, _("The embargo ends in the past. Write a later moment."))
    _refuse_past(
        release, "exclusive_until", values, _("The exclusive ends in the past. Write a later moment.")
    )
    outlet_id = values.get("exclusive_outlet_id", release.exclusive_outlet_id) or None
    exclusive = (outlet_id, values["exclusive_until"])
    if going and exclusive != (release.exclusive_outlet_id, release.exclusive_until):
        raise UserError(_("It is on its way already. Press Hold first, then its exclusive can be changed."))
    approved_times = approval.times(release)
    release.embargo_until = values["embargo_until"]
    if bool(outlet_id) != bool(values["exclusive_until"]):
        raise UserError(_("An exclusive needs an outlet and a day on which it ends."))
    release.exclusive_outlet_id = outlet_id
    release.exclusive_until = values["exclusive_until"]
    if approval.times(release) != approved_times:
        approval.changed(release, actor)
    db.session().add(release)
    db.session().flush()


def _refuse_past(release: Release, name: str, values: Mapping[str, Any], sentence: str) -> None:
    """A moment that is over is a slip of the pen, unless it was there before."""
    moment = values.get(name)
    if moment is not None and moment != getattr(release, name) and moment < now():
        raise UserError(sentence)


def write(release: Release, subject: str, body: str, actor: Actor) -> Version | None:
    """A new version; what was approved before is approved no more. None where nothing changed."""
    subject, body = squash(subject), clean_note(body)
    unknown = [each for each in _FIELD.findall(f"{subject} {body}") if each not in FIELDS]
    if unknown:
        known = ", ".join(f"{{{each}}}" for each in FIELDS)
        raise UserError(
            _("“{%(name)s}” is no personal field. There are %(known)s.", name=unknown[0], known=known)
        )
    lock(release)
    last = newest_version(release.id)
    if last is not None and (last.subject, last.body) == (subject, body):
        return None
    if release.sending or has_left(release):
        raise UserError(_("It is on its way already. Make a new release for other words."))
    row = Version(release_id=release.id, number=(last.number if last else 0) + 1, subject=subject, body=body)
    row.author = actor.label
    db.session().add(row)
    release.status, release.approved_number, release.approved_by = "draft", None, ""
    release.approved_at = None
    db.session().flush()
    return row


def has_left(release: Release) -> bool:
    """Whether any message of a release was made, whether or not it is being sent now, and even where nobody
    who got it is among the contacts any more."""
    if release.status == "sent":
        return True
    with system("the recipients of a release that was loaded for the actor"):
        statement = select(Recipient.id).where(
            Recipient.release_id == release.id, Recipient.mail_id.is_not(None)
        )
        return db.session().scalars(statement.limit(1)).first() is not None


def under_way(release: Release) -> bool:
    """Whether anything of it may leave by itself: what is still to be made, or waits in the outbox."""
    if release.sending or release.id is None:
        return release.sending
    with system("the messages of a release that was loaded for the actor"):
        made = select(Recipient.mail_id, Recipient.reminder_id).where(
            Recipient.release_id == release.id, Recipient.mail_id.is_not(None)
        )
        rows = db.session().execute(made).all()
    states = delivery([each for row in rows for each in row if each])
    return any(state in UNDER_WAY for state, _why in states.values())


def newest_version(release_id: int) -> Version | None:
    with system("the text of a release that was loaded for the actor"):
        statement = select(Version).where(Version.release_id == release_id).order_by(Version.number.desc())
        return db.session().scalars(statement.limit(1)).first()


def approved(release: Release) -> Version | None:
    """The text that may go out."""
    with system("the text of a release that was loaded before"):
        statement = select(Version).where(
            Version.release_id == release.id, Version.number == (release.approved_number or 0)
        )
        return db.session().scalars(statement).first()


def files_of(release_id: int) -> Sequence[ReleaseFile]:
    with system("the files of a release that was loaded before"):
        statement = select(ReleaseFile).where(ReleaseFile.release_id == release_id).order_by(ReleaseFile.id)
        return db.session().scalars(statement).all()


def attach(release: Release, upload: Upload, actor: Actor) -> None:
    """A file that recipients get a link to; what has left cannot get another."""
    lock(release)
    if release.sending or has_left(release):
        raise UserError(_("It is on its way already, so its files stay as they are."))
    if len(files_of(release.id)) >= MOST_FILES:
        raise UserError(_("At most %(most)s files go with a release.", most=MOST_FILES))
    approval.changed(release, actor)
    db.session().add(
        ReleaseFile(
            release_id=release.id,
            storage_key=keep(upload.content),
            file_name=upload.file_name,
            media_type=upload.media_type,
        )
    )
    db.session().flush()


def detach(release: Release, file: ReleaseFile, actor: Actor) -> None:
    lock(release)
    if release.sending or has_left(release):
        raise UserError(_("It is on its way already, so its files stay as they are."))
    approval.changed(release, actor)
    db.session().delete(file)
    db.session().flush()


def versions(release_id: int) -> Sequence[Version]:
    with system("the texts of a release that was loaded for the actor"):
        statement = select(Version).where(Version.release_id == release_id).order_by(Version.number.desc())
        return db.session().scalars(statement).all()


def move(release: Release, to: str, actor: Actor, *, may_approve: bool, number: int | None = None) -> None:
    """Draft, review, approved: the newest version is what is approved; `number` is the one they read."""
    lock(release)
    last = newest_version(release.id)
    if last is None:
        raise UserError(_("Write its text first."))
    if has_left(release):
        raise UserError(_("It was sent as it was approved, so that stays."))
    if to == "approved":
        if not may_approve:
            raise UserError(_("Somebody who may approve releases must do this."))
        if number is not None and number != last.number:
            raise Conflict(_("Somebody wrote another version in the meantime. Read it first."))
        release.approved_number, release.approved_by = last.number, actor.label
        release.approved_at = now()
    elif to not in {"draft", "review"} or release.sending:
        raise UserError(_("It is on its way already."))
    else:
        release.approved_number, release.approved_by, release.approved_at = None, "", None
    release.status = to
    db.session().flush()


def add(release: Release, contact_ids: Sequence[int], sought: Sequence[str] = ()) -> int:
    """More recipients; whoever is among them stays as they are. `sought` are the beats and areas by which
    they were looked for. Returns how many are new."""
    lock(release)
    if release.sending:
        raise UserError(_("It is on its way already, so nobody can be added. Make a new release for them."))
    with system("the recipients of a release that was loaded for the actor"):
        there = set(
            db.session().scalars(select(Recipient.contact_id).where(Recipient.release_id == release.id))
        )
        is_reporter = select(Reporter.contact_id).where(db.among(Reporter.contact_id, contact_ids))
        reporters = set(db.session().scalars(is_reporter))
    fresh = [each for each in dict.fromkeys(contact_ids) if each in reporters and each not in there]
    by = words(", ".join(sought))
    db.session().add_all([Recipient(release_id=release.id, contact_id=each, sought=by) for each in fresh])
    db.session().flush()
    return len(fresh)


@dataclass
class Line:
    """A recipient with what is known about reaching them. `stops` says why nothing goes to them, `warns`
    what one should look at first."""

    row: Recipient
    name: str
    given_name: str
    reporter: Reporter
    outlet: str = ""
    outlet_ids: set[int] = field(default_factory=set)
    languages: str = ""
    """In which they write, as far as somebody noted it."""
    address: str = ""
    stops: str = ""
    waits: bool = False
    """Whether it stops for now only, until an embargo or an exclusive is over."""
    warns: list[str] = field(default_factory=list)
    mail: str = ""


def lines(release: Release, actor: Actor, only: Sequence[int] | None = None) -> list[Line]:
    """The recipients whom the reader may see, with what stops or warns."""
    statement = (
        visible(Recipient, actor)
        .join(Contact, Contact.id == Recipient.contact_id)
        .join(Reporter, Reporter.contact_id == Contact.id)
        .where(Recipient.release_id == release.id)
        .order_by(Contact.sort_name, Recipient.id)
        .with_only_columns(Recipient, Contact.name, Contact.given_name, Reporter)
    )
    if only is not None:
        statement = statement.where(db.among(Recipient.id, only))
    found = [Line(row[0], row[1], row[2] or "", row[3]) for row in db.session().execute(statement)]
    _outlets(found)
    _reach(found)
    _pitched_lately(release, found)
    states = delivery([each.row.mail_id for each in found if each.row.mail_id])
    text = approved(release) or newest_version(release.id)
    fields = set(_FIELD.findall(f"{text.subject} {text.body}")) if text is not None else set()
    for each in found:
        state, why = states.get(each.row.mail_id or 0, ("", ""))
        each.mail = f"{state} {_plain(why)}"
        each.waits = not each.stops and bool(gate(release, each))
        each.stops = each.stops or gate(release, each)
        if did_not_leave(each):
            each.warns.append(_("A message was made before and did not leave: %(why)s", why=each.row.reason))
        _warn(release, each)
        _warn_of_reading(release, each, fields)
    _once_an_address(release, found)
    return found


def _plain(why: str) -> str:
    """What went wrong, without the words of programs (`ConnectionRefusedError: …`)."""
    said = re.match(r"(?!ValueError|Unicode)[A-Z]\w+: ", why)
    return _("The mail server could not be reached, or it broke off.") if said else why


def did_not_leave(line: Line) -> bool:
    """Whether somebody's message failed for a reason of ours: with the next sending another is made."""
    return line.row.status == "left_out" and line.mail.startswith("failed")


def _once_an_address(release: Release, found: list[Line]) -> None:
    """Two who share an address, such as that of a desk, get one message there."""
    statement = select(Recipient.address).where(
        Recipient.release_id == release.id, Recipient.mail_id.is_not(None)
    )
    with system("to which addresses a release went that was loaded before"):
        taken = {each.lower(): "" for each in db.session().scalars(statement)}
    taken |= {each.row.address.lower(): each.name for each in found if each.row.mail_id is not None}
    for each in found:
        if each.row.status != "chosen" or each.row.mail_id is not None or (each.stops and not each.waits):
            continue
        key = each.address.lower()
        if key not in taken:
            taken |= {} if each.waits else {key: each.name}
        elif taken[key]:
            each.waits = False
            each.stops = _("It goes to the same address for %(name)s.", name=taken[key])
        else:
            each.waits = False
            each.stops = _("It went to the same address for somebody else.")


def _outlets(found: list[Line]) -> None:
    by_person = {each.row.contact_id: each for each in found}
    with system("where recipients work who were loaded for the actor"):
        statement = (
            select(Affiliation.person_id, Contact.name, Outlet.id, Outlet.languages)
            .join(Contact, Contact.id == Affiliation.organization_id)
            .join(Outlet, Outlet.contact_id == Contact.id)
            .where(db.among(Affiliation.person_id, list(by_person)), Affiliation.is_current)
            .order_by(Affiliation.is_primary, Affiliation.id.desc())
        )
        for person_id, name, outlet_id, languages in db.session().execute(statement):
            by_person[person_id].outlet = name
            by_person[person_id].languages = languages
            by_person[person_id].outlet_ids.add(outlet_id)
    for each in found:
        each.languages = each.reporter.languages or each.languages


def _reach(found: list[Line]) -> None:
    """The address that each is written to: the main one, or the next where that one wants no mail."""
    known = addresses.of([each.row.contact_id for each in found])
    for each in found:
        theirs = known[each.row.contact_id]
        each.address, each.stops = theirs.best(), theirs.stops()
        if each.row.mail_id is not None and each.row.status != "left_out" and not each.stops:
            each.address, each.stops = each.row.address, _elsewhere(each.row.address, theirs)
        elif each.address and each.row.status == "chosen":
            each.warns += theirs.passed_over()


def _elsewhere(address: str, theirs: addresses.Addresses) -> str:
    """Why nothing more goes to the address that somebody was written to; nobody is chased at another one,
    which may be that of another paper."""
    if address.lower() not in {each.lower() for each in theirs.listed}:
        return _("They are not at this address any more. Make a new release, or write to them.")
    return theirs.silent.get(address.lower(), "")


def gate(release: Release, line: Line, at: datetime | None = None) -> str:
    """Why nothing may go to somebody yet: the embargo and the exclusive are kept here, before each
    message."""
    moment = at or now()
    if exclusives.holds(release, moment) and release.exclusive_outlet_id not in line.outlet_ids:
        outlet, until = exclusives.outlet_of(release), zoned(release.exclusive_until)
        return _("%(outlet)s has it alone until %(moment)s.", outlet=outlet, moment=until)
    if release.embargo_until is not None and moment < release.embargo_until and not line.row.early:
        return _("Waits for the end of the embargo.")
    return ""


def _warn(release: Release, line: Line) -> None:
    """What one would want to know; of what nobody has noted anything there is no warning, nor of a beat or
    an area that somebody looked for on purpose."""
    reporter, sought = line.reporter, line.row.sought
    if beats_differ(release.topics, reporter.beats) and not beats_alike(sought, reporter.beats):
        line.warns.append(_("Their beats: %(beats)s.", beats=reporter.beats))
    if areas_differ(release.areas, reporter.areas) and not areas_alike(sought, reporter.areas):
        line.warns.append(_("Their area: %(areas)s.", areas=reporter.areas))
    if reporter.away_until is not None and reporter.away_until >= day_here():
        line.warns.append(_("Away until %(day)s.", day=day(reporter.away_until)))
    if (reporter.verified_on or here(reporter.created_at)) < last_fresh():
        line.warns.append(_("Nobody has verified them for half a year."))


def _warn_of_reading(release: Release, line: Line, fields: Collection[str]) -> None:
    """What makes a mail useless to somebody: a gap where their outlet should stand, words that they do not
    write in, a channel that they do not look at."""
    reporter, empty = line.reporter, [each for each in FIELDS if each in fields and not _known(line)[each]]
    if empty:
        gaps = ", ".join(f"{{{each}}}" for each in empty)
        line.warns.append(_("Nothing is known of them for %(fields)s: there will be a gap.", fields=gaps))
    said = {fold(each) for each in re.findall(r"\w+", line.languages)}
    if said and not said & LANGUAGE_NAMES.get(release.language, said):
        line.warns.append(_("They write in: %(languages)s.", languages=line.languages))
    if reporter.channel != "email":
        channel = " · ".join(filter(None, (str(CHANNELS.get(reporter.channel, "")), reporter.hours)))
        line.warns.append(_("Best reached by: %(channel)s.", channel=channel))


def _pitched_lately(release: Release, found: list[Line]) -> None:
    ids = [each.row.contact_id for each in found]
    with system("what recipients got lately who were loaded for the actor"):
        statement = select(Recipient.contact_id).where(
            db.among(Recipient.contact_id, ids),
            Recipient.release_id.not_in([release.id, release.corrects_id or 0]),  # A correction must follow.
            Recipient.sent_at > now() - LATELY,
            Recipient.status != "left_out",
        )
        lately = set(db.session().scalars(statement))
    for each in found:
        if each.row.contact_id in lately and each.row.status == "chosen":
            each.warns.append(_("They got something else from us within a week."))


def personal(text: str, line: Line) -> str:
    """The text for one: fields in braces become what is known; nothing else in braces means anything."""
    known = _known(line)
    return _FIELD.sub(lambda found: squash(known.get(found[1], found[0])), text)


def _known(line: Line) -> dict[str, str]:
    """The personal fields of somebody."""
    return {
        "given_name": line.given_name or line.name,
        "name": line.name,
        "outlet": line.outlet,
        "beats": line.reporter.beats,
    }


def got(contact_id: int, actor: Actor, limit: int = 8) -> Sequence[Any]:
    """(recipient, release) of what somebody got from us or is to get, the newest first."""
    statement = (
        visible(Recipient, actor)
        .join(Release, Release.id == Recipient.release_id)
        .where(Recipient.contact_id == contact_id)
        .order_by(Recipient.id.desc())
        .limit(limit)
        .with_only_columns(Recipient, Release)
    )
    return db.session().execute(statement).all()


def set_status(release: Release, row: Recipient, shown: tuple[str, str], status: str, note: str) -> None:
    """Note what became of it; Conflict where somebody noted something since status and note were `shown`."""
    lock(release, row)
    if (row.status, row.note) != shown:
        raise Conflict(_("Somebody else noted something meanwhile. Look at it first."))
    if row.sent_at is None or row.status == "left_out":
        raise UserError(_("Nothing was sent to them yet."))
    if status == "bounced":
        returns.end([row.address], [row.contact_id])
    elif row.status == "bounced":
        begin_mail_at(row.address)
    row.status, row.note = status, squash(note)
    db.session().flush()


def remove(release: Release, change: Change) -> None:
    """A release goes with its texts and recipients; nothing may have left."""
    lock(release)
    if release.sending or has_left(release):
        raise UserError(_("It was sent, so it stays."))
    with system("a release that was loaded for the actor goes with what hangs on it"):
        clips = db.session().scalars(select(Clip.id).where(Clip.release_id == release.id)).all()
        change.update(db.table(Clip), clips, {"release_id": None})
        for model in (Recipient, ReleaseFile, Version):
            ids = db.session().scalars(select(model.id).where(model.release_id == release.id)).all()
            change.delete(db.table(model), ids)
    db.session().delete(release)
    db.session().flush()
