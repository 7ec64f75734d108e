"""Releases and pitches: writing, approving, choosing who gets them, sending, answers."""

from typing import Any, BinaryIO, cast

from flask import abort, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    UserError,
    current_actor,
    db,
    go,
    load,
    ngettext,
    now,
    public,
    render,
    requires,
    say,
    show_list,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import chosen_ids, looked_for
from crm.plugin_api.files import accept, answer_file
from crm.plugin_api.outside import read_signed
from crm_media import words
from crm_media.forms.common import keep_unseen, values_of, whole
from crm_media.forms.outreach import (
    ChaseForm,
    EnclosedForm,
    ReleaseForm,
    StatusForm,
    TextForm,
)
from crm_media.models import Recipient, Release, ReleaseFile, Reporter
from crm_media.permissions import APPROVE, OUTREACH
from crm_media.services import (
    answering,
    approval,
    bills,
    coverage,
    exclusives,
    leaving,
    outreach,
    sending,
    tally,
    turns,
)
from crm_media.views.blueprint import blueprint, do, save


def page_of(release_id: int) -> str:
    return url_for("media.release", release_id=release_id)


@blueprint.get("/releases")
@requires(OUTREACH)
def releases() -> Response:
    return show_list("media_release", "media/releases.html")


@blueprint.route("/releases/<int:release_id>/files", methods=["GET", "POST"])
@requires(OUTREACH)
def release_file(release_id: int) -> Response:
    """Add a picture or a report: recipients get a link to it."""
    row: Release = load(Release, release_id, OUTREACH)

    def write(_change: Any) -> None:
        given = request.files.get("file")
        if given is None or not given.filename:
            raise UserError(_("Choose a file first."))
        outreach.attach(row, accept(given.filename, cast("BinaryIO", given.stream)), current_actor())

    return save(
        EnclosedForm(), write, "media.release", _("Added a file to “%(name)s”", name=row.name),
        page_of(row.id), _("Add a file"), label=_("Add"), upload=True,
    )  # fmt: skip


def _file(release_id: int, file_id: int, permission: str | None = None) -> tuple[Release, ReleaseFile]:
    row: Release = load(Release, release_id, permission)
    found: ReleaseFile = load(ReleaseFile, file_id, permission)
    if found.release_id != row.id:
        abort(404)
    return row, found


@blueprint.get("/releases/<int:release_id>/files/<int:file_id>")
@requires(OUTREACH)
def download_release_file(release_id: int, file_id: int) -> Response:
    _row, found = _file(release_id, file_id)
    return answer_file(found.storage_key, found.media_type, found.file_name)


@blueprint.post("/releases/<int:release_id>/files/<int:file_id>/remove")
@requires(OUTREACH)
def remove_release_file(release_id: int, file_id: int) -> Response:
    row, found = _file(release_id, file_id, OUTREACH)
    sentence, actor = _("Removed a file of “%(name)s”", name=row.name), current_actor()
    return do(lambda _change: outreach.detach(row, found, actor), "media.release", sentence, page_of(row.id))


@blueprint.get("/enclosed/<token>")
@public
def enclosed(token: str) -> Response:
    """A file of a release, by the link in its mail; nothing notes who opens it."""
    found = read_signed(token, sending.ENCLOSED)
    if not found or not isinstance(found[0], int):
        abort(404)
    with system("a file whose link was sent to whoever opens it"):
        row = db.session().get(ReleaseFile, found[0]) or abort(404)
    return answer_file(row.storage_key, row.media_type, row.file_name)


@blueprint.get("/releases/<int:release_id>")
@requires(OUTREACH)
def release(release_id: int) -> Response:
    row: Release = load(Release, release_id)
    actor = current_actor()
    lines = outreach.lines(row, actor)
    waiting = [each for each in lines if each.row.status == "chosen"]
    found = tally.count(row, lines)
    return render(
        "media/release.html",
        "media/_on_its_way.html",
        release=row,
        progress=tally.sentence(found),
        under_way=outreach.under_way(row),
        moves=tally.moves(found, sending=row.sending),
        exclusive=exclusives.in_words(row),
        answers=answering.of(row, None if row.sending else actor.user_id),
        version=outreach.newest_version(row.id),
        versions=outreach.versions(row.id),
        files=outreach.files_of(row.id),
        lines=lines,
        waiting=waiting,
        anew=sum(1 for each in lines if _is_left_out(each) and not each.stops),
        chase={each.row.id for each in lines if not sending.may_chase(row, each.row, each)},
        clips=[(each, "") for each in coverage.recent(actor, 20, release_id=row.id)],
        bill=bills.shown(row, actor),
        under_embargo=row.embargo_until is not None and now() < row.embargo_until,
        words=words,
        can_approve=actor.can(APPROVE),
    )


@blueprint.route("/releases/new", methods=["GET", "POST"], defaults={"release_id": None})
@blueprint.route("/releases/<int:release_id>/edit", methods=["GET", "POST"])
@requires(OUTREACH)
def edit_release(release_id: int | None) -> Response:
    mine = str(get_locale() or "en")[:2]
    row: Release = (
        load(Release, release_id, OUTREACH)
        if release_id is not None
        else Release(follow_ups=1, status="draft", language=mine)
    )
    form = ReleaseForm(row)
    keep_unseen(row, form, "campaign_id", "exclusive_outlet_id")

    def write(_change: Any) -> None:
        moments = {
            "embargo_until": form.embargo_until.moment(),
            "exclusive_until": form.exclusive_until.moment(),
        }
        outreach.save(row, {**values_of(form), **moments}, current_actor())

    sentence = _("Saved “%(name)s”", name=form.name.data or "")
    cancel = page_of(release_id) if release_id is not None else url_for("media.releases")
    title = row.name or _("New release or pitch")
    again = row.status == "approved" and not current_actor().can(APPROVE)
    warnings = [_("Other times must be approved again.")] if again else []
    return save(
        form, write, "media.release", sentence, lambda: page_of(row.id), title, cancel=cancel,
        warnings=warnings,
    )  # fmt: skip


@blueprint.route("/releases/<int:release_id>/text", methods=["GET", "POST"])
@requires(OUTREACH)
def release_text(release_id: int) -> Response:
    """A new version; what was approved must be approved again."""
    row: Release = load(Release, release_id, OUTREACH)
    form = TextForm(outreach.newest_version(row.id))
    warnings = [_("Approved words that change must be approved again.")] if row.status == "approved" else []
    return save(
        form,
        lambda _change: outreach.write(row, form.subject.data or "", form.body.data or "", current_actor()),
        "media.release",
        _("Wrote “%(name)s”", name=row.name),
        page_of(row.id),
        _("Text of “%(name)s”", name=row.name),
        warnings=warnings,
        wide=True,
    )


@blueprint.post("/releases/<int:release_id>/move")
@requires(OUTREACH)
def move_release(release_id: int) -> Response:
    row: Release = load(Release, release_id, OUTREACH)
    to, actor = request.form.get("to", ""), current_actor()
    may_approve, number = actor.can(APPROVE), request.form.get("number", 0, type=whole)
    sentence = f"{row.name}: {words.RELEASE_STATUSES.get(to, to)}"
    return do(
        lambda _change: outreach.move(row, to, actor, may_approve=may_approve, number=number),
        "media.release",
        sentence,
        page_of(row.id),
    )


@blueprint.post("/releases/<int:release_id>/remove")
@requires(OUTREACH)
def remove_release(release_id: int) -> Response:
    row: Release = load(Release, release_id, OUTREACH)
    sentence = _("Removed “%(name)s”", name=row.name)
    return do(
        lambda change: outreach.remove(row, change), "media.release", sentence, url_for("media.releases")
    )


@blueprint.post("/releases/add")
@requires(OUTREACH)
def pitch_many() -> Response:
    """Reporters chosen in a list become recipients of a release that is chosen next."""
    actor = current_actor()
    ids = chosen_ids("media_reporter", actor)
    number = request.form.get("release_id", 0, type=whole)
    if not number:
        statement = visible(Release, actor).where(Release.sending.is_(False))
        rows = db.session().scalars(statement.order_by(Release.id.desc()).limit(50)).all()
        query = request.form.get("query", "")
        return render("media/pitch_many.html", None, releases=rows, ids=ids, words=words, query=query,
                      exclusive_for=exclusives.in_words)  # fmt: skip
    row: Release = load(Release, number, OUTREACH)
    people = visible(Reporter, actor).where(db.among(Reporter.id, ids)).with_only_columns(Reporter.contact_id)
    contact_ids = list(db.session().scalars(people))
    with db.transaction(actor, "media.recipients", alone=True) as change:
        count = outreach.add(row, contact_ids, looked_for("media_reporter", ("beats", "areas"), actor))
        change.summary = ngettext(
            "Added %(num)s recipient to “%(name)s”",
            "Added %(num)s recipients to “%(name)s”",
            count,
            name=row.name,
        )
    say(change.summary, change)
    return go(page_of(row.id))


def _recipient(release_id: int, recipient_id: int) -> tuple[Release, Recipient]:
    row: Release = load(Release, release_id, OUTREACH)
    found: Recipient = load(Recipient, recipient_id, OUTREACH)
    if found.release_id != row.id:
        abort(404)
    return row, found


@blueprint.post("/releases/<int:release_id>/recipients/<int:recipient_id>/early")
@requires(APPROVE)
def recipient_early(release_id: int, recipient_id: int) -> Response:
    """Whether somebody may have it under embargo."""
    row, found = _recipient(release_id, recipient_id)
    wanted = not found.early

    def write(_change: Any) -> None:
        turns.lock(row, found)
        found.early = wanted
        db.session().flush()
        if found.early and row.sending:
            sending.ask(row, current_actor())

    sentence = (
        _("They wait for the end of the embargo") if found.early else _("They may have it under embargo")
    )
    return do(write, "media.recipients", sentence, page_of(row.id))


@blueprint.post("/releases/<int:release_id>/recipients/<int:recipient_id>/remove")
@requires(OUTREACH)
def remove_recipient(release_id: int, recipient_id: int) -> Response:
    row, found = _recipient(release_id, recipient_id)

    def write(_change: Any) -> None:
        turns.lock(row, found)
        sending.take_back([found])
        if found.mail_id is not None:
            raise UserError(_("Their message has left already, so they stay in the list."))
        db.session().delete(found)
        db.session().flush()

    return do(write, "media.recipients", _("Took somebody off the recipients"), page_of(row.id))


@blueprint.route("/releases/<int:release_id>/recipients/<int:recipient_id>", methods=["GET", "POST"])
@requires(OUTREACH)
def recipient(release_id: int, recipient_id: int) -> Response:
    """What became of it with somebody."""
    row, found = _recipient(release_id, recipient_id)
    form, shown = StatusForm(found, standing=found.status), (found.status, found.note)
    return save(
        form,
        lambda _change: outreach.set_status(row, found, shown, form.standing.data, form.note.data or ""),
        "media.recipients",
        _("Noted an answer to “%(name)s”", name=row.name),
        page_of(row.id),
        _("What became of it"),
    )


@blueprint.route("/releases/<int:release_id>/recipients/<int:recipient_id>/chase", methods=["GET", "POST"])
@requires(APPROVE)
def chase(release_id: int, recipient_id: int) -> Response:
    """A reminder, as often as the release allows and never to those who do not want it."""
    row, found = _recipient(release_id, recipient_id)
    line = next(iter(outreach.lines(row, current_actor(), [found.id])), None) or abort(404)
    form = ChaseForm()
    return save(
        form,
        lambda _change: sending.chase(row, line, form.words.data or "", current_actor()),
        "media.send",
        _("Reminded %(name)s", name=line.name),
        page_of(row.id),
        _("Remind %(name)s", name=line.name),
        label=_("Send"),
    )


@blueprint.route("/releases/<int:release_id>/send", methods=["GET", "POST"])
@requires(APPROVE)
def send_release(release_id: int) -> Response:
    """First who gets it, who waits, who is left out and what one should look at; then it goes."""
    row: Release = load(Release, release_id, OUTREACH)
    lines = _reached(row)
    if request.method == "POST":
        warned = [each for each in lines if each.warns and (each.waits or not each.stops)]
        if warned and not request.form.get("looked"):
            raise UserError(_("Look at the warnings first, and tick that you did."))
        sentence = _("“%(name)s” is on its way", name=row.name)
        return do(lambda _change: _begin(row), "media.send", sentence, page_of(row.id))
    approved = outreach.approved(row)
    text = approved or outreach.newest_version(row.id)
    first = next((each for each in lines if not each.stops), None)
    sample = (text.subject, text.body) if text else ("", "")
    if text and first:
        sample = sending.written(row, text, first)
    answers = answering.of(row, current_actor().user_id)
    return render(
        "media/send.html", None, release=row, lines=lines, version=approved, text=text,
        sample=sample, first=first,
        answers=answers, sender=answering.house(), exclusive=exclusives.in_words(row),
        seen=approval.seen(row, lines, str(answers)),
    )  # fmt: skip


def _is_left_out(line: outreach.Line) -> bool:
    """Whether somebody got nothing who may get it with the next sending: no message was made, or it
    certainly did not leave."""
    return line.row.status == "left_out" and (line.row.mail_id is None or outreach.did_not_leave(line))


def _reached(release: Release) -> list[outreach.Line]:
    """Those to whom nothing has gone yet."""
    found = outreach.lines(release, current_actor())
    return [each for each in found if each.row.status == "chosen" or _is_left_out(each)]


def _begin(release: Release) -> None:
    """It goes as the page before showed it, or not at all."""
    turns.lock(release)
    seen = request.form.get("seen", "")
    answers = str(answering.of(release, current_actor().user_id))
    if seen and seen != approval.seen(release, _reached(release), answers):
        raise Conflict(
            _("Its times, its files, those who get it or who gets the answers changed meanwhile. Look again.")
        )
    sending.ask(release, current_actor(), request.form.get("number", 0, type=whole))


@blueprint.post("/releases/<int:release_id>/hold")
@requires(APPROVE)
def hold_release(release_id: int) -> Response:
    """Nothing more of it leaves by itself."""
    row: Release = load(Release, release_id, OUTREACH)
    sentence = _("“%(name)s” is held; nothing more of it leaves", name=row.name)
    return do(lambda _change: leaving.hold(row), "media.hold", sentence, page_of(row.id))
