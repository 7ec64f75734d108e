"""Coverage: the list, a clip, the ways in."""

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Contact,
    UserError,
    current_actor,
    db,
    go,
    load,
    render,
    requires,
    say,
    show_list,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.files import accept, answer_file
from crm.plugin_api.records import Campaign
from crm_media import words
from crm_media.forms.common import keep_unseen, values_of, whole
from crm_media.forms.coverage import ClipForm, FileForm, JoinForm, LookForm, PersonForm
from crm_media.models import Clip, ClipFile, ClipPerson, Opinion, Outlet, Release
from crm_media.permissions import EDIT, OUTREACH, VIEW
from crm_media.reading import sentences
from crm_media.services import bills, coverage
from crm_media.views.blueprint import blueprint, do, save


def page_of(clip_id: int) -> str:
    return url_for("media.clip", clip_id=clip_id)


@blueprint.get("/coverage")
@requires(VIEW)
def clips() -> Response:
    return show_list("media_clip", "media/clips.html")


@blueprint.get("/coverage/<int:clip_id>")
@requires(VIEW)
def clip(clip_id: int) -> Response:
    """A piece with the sentences that frame it, its messages, people, files and copies."""
    row: Clip = load(Clip, clip_id)
    actor = current_actor()
    statement = visible(Campaign, actor).where(Campaign.id == (row.campaign_id or 0))
    return render(
        "media/clip.html",
        None,
        clip=row,
        said=coverage.said_in(row),
        messages=coverage.messages_in(row.id, actor),
        people=coverage.people_in(row.id, actor),
        files=coverage.files_of(row.id, actor),
        copies=coverage.copies(row, actor),
        campaign=db.session().scalars(statement).first(),
        outlet=_outlet(row.outlet_id),
        release=_release(row.release_id),
        opinion=_opinion(row.opinion_id),
        bill=bills.shown(row, actor),
        words=words,
        can_edit=actor.can_everywhere(EDIT),
    )


def _release(release_id: int | None) -> Release | None:
    statement = visible(Release, current_actor()).where(Release.id == (release_id or 0))
    return db.session().scalars(statement).first() if release_id else None


def _opinion(opinion_id: int | None) -> Opinion | None:
    statement = visible(Opinion, current_actor()).where(Opinion.id == (opinion_id or 0))
    return db.session().scalars(statement).first() if opinion_id else None


def _outlet(outlet_id: int | None) -> Outlet | None:
    statement = visible(Outlet, current_actor()).where(Outlet.id == (outlet_id or 0))
    return db.session().scalars(statement).first()


@blueprint.route("/coverage/new", methods=["GET", "POST"])
@requires(EDIT)
def new_clip() -> Response:
    """By its address: the page is read, then what it says can be mended before it is kept."""
    if request.method == "POST" and "title" in request.form:
        return _write(Clip(), ClipForm(), _("New coverage"))
    form = LookForm()
    if form.sent():
        try:
            found = coverage.look(form.url.data or "", current_actor())
        except coverage.AlreadyKept as error:
            say(error.message)
            return go(page_of(error.clip_id))
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            return _suggest(found)
    status = 422 if form.form_errors or form.errors else 200
    return render("media/look.html", None, status, form=form, back=url_for("media.clips"))


def _suggest(found: coverage.Suggested) -> Response:
    """The form with what the page said; nothing is kept yet."""
    values = {"messages": [], **found.values}
    text = f"{values.get('title', '')}.\n{values.get('text', '')}"
    values["messages"] = list(sentences.carried(text, coverage.active_phrases()))
    form = ClipForm(formdata=None, data=values)
    return render(
        "media/clip_form.html", None, 200, form=form, title=_("New coverage"), warnings=found.notes,
        back=url_for("media.new_clip"), save=_("Keep"), looked=True,
    )  # fmt: skip


@blueprint.route("/coverage/by-hand", methods=["GET", "POST"])
@requires(EDIT)
def clip_by_hand() -> Response:
    """Print, radio and television, and whatever cannot be read from here; `opinion` is a piece of ours that
    was printed."""
    found = _opinion(request.args.get("opinion", 0, type=whole))
    if found is None or request.method == "POST":
        return _write(Clip(), ClipForm(), _("Coverage by hand"))
    values = {"title": found.title, "outlet_name": found.outlet_name, "piece": found.kind, "medium": "print",
              "text": found.body, "opinion_id": found.id, "published_on": found.answered_on}  # fmt: skip
    return _write(Clip(), ClipForm(formdata=None, data=values), _("Coverage by hand"))


@blueprint.route("/coverage/<int:clip_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_clip(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)
    ticked = [each.id for each in coverage.messages_in(row.id, current_actor())]
    return _write(row, ClipForm(row, messages=ticked), row.title)


def _write(row: Clip, form: ClipForm, title: str) -> Response:
    is_new = row.id is None
    keep_unseen(row, form, "campaign_id", "release_id", "opinion_id")

    def write(change: Any) -> None:
        values = values_of(form)
        if is_new and not values["messages"] and not request.form.get("looked"):
            values["messages"] = None
        coverage.save(row, values, current_actor(), change)

    sentence = _("Saved the coverage “%(title)s”", title=form.title.data or "")
    cancel = url_for("media.clips") if is_new else page_of(row.id)
    try:
        return save(
            form, write, "media.clip", sentence, lambda: page_of(row.id), title, label=_("Keep"),
            cancel=cancel, template="media/clip_form.html", looked=request.form.get("looked"),
            alone=True,  # The same address clipped by two at once is one piece.
        )  # fmt: skip
    except coverage.AlreadyKept as error:
        say(error.message)
        return go(page_of(error.clip_id))


@blueprint.post("/coverage/<int:clip_id>/remove")
@requires(EDIT)
def remove_clip(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)
    sentence = _("Removed the coverage “%(title)s”", title=row.title)
    return do(lambda change: coverage.remove(row, change), "media.clip", sentence, url_for("media.clips"))


@blueprint.route("/coverage/<int:clip_id>/people", methods=["GET", "POST"])
@requires(EDIT)
def clip_person(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)
    form = PersonForm()

    def write(_change: Any) -> None:
        person: Contact = load(Contact, form.contact_id.data)
        coverage.add_person(row, person.id, form.role.data, form.words.data or "")

    sentence = _("Somebody is in “%(title)s”", title=row.title)
    return save(form, write, "media.clip", sentence, page_of(row.id), _("Who is in it"), label=_("Add"))


@blueprint.post("/coverage/<int:clip_id>/people/<int:person_id>/remove")
@requires(EDIT)
def remove_clip_person(clip_id: int, person_id: int) -> Response:
    load(Clip, clip_id, EDIT)
    found: ClipPerson = load(ClipPerson, person_id, EDIT)
    return _gone(found, clip_id, _("Took somebody out of the coverage"))


def _gone(found: Any, clip_id: int, sentence: str) -> Response:
    if found.clip_id != clip_id:
        abort(404)

    def write(_change: Any) -> None:
        db.session().delete(found)
        db.session().flush()

    return do(write, "media.clip", sentence, page_of(clip_id))


@blueprint.route("/coverage/<int:clip_id>/files", methods=["GET", "POST"])
@requires(EDIT)
def clip_file(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)

    def write(_change: Any) -> None:
        given = request.files.get("file")
        if given is None or not given.filename:
            raise UserError(_("Choose a file first."))
        coverage.attach(row, accept(given.filename, cast("BinaryIO", given.stream)))

    sentence = _("Added a file to “%(title)s”", title=row.title)
    return save(
        FileForm(),
        write,
        "media.clip",
        sentence,
        page_of(row.id),
        _("Add a file"),
        label=_("Add"),
        upload=True,
    )


@blueprint.get("/coverage/<int:clip_id>/files/<int:file_id>")
@requires(VIEW)
def download_clip_file(clip_id: int, file_id: int) -> Response:
    load(Clip, clip_id)
    found: ClipFile = load(ClipFile, file_id)
    if found.clip_id != clip_id:
        abort(404)
    return answer_file(found.storage_key, found.media_type, found.file_name)


@blueprint.post("/coverage/<int:clip_id>/files/<int:file_id>/remove")
@requires(EDIT)
def remove_clip_file(clip_id: int, file_id: int) -> Response:
    load(Clip, clip_id, EDIT)
    return _gone(load(ClipFile, file_id, EDIT), clip_id, _("Removed a file of the coverage"))


@blueprint.post("/coverage/<int:clip_id>/apart")
@requires(EDIT)
def clip_apart(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)
    sentence = _("“%(title)s” stands for itself", title=row.title)
    return do(lambda _change: coverage.set_apart(row), "media.clip", sentence, page_of(row.id))


@blueprint.route("/coverage/<int:clip_id>/join", methods=["GET", "POST"])
@requires(EDIT)
def join_clip(clip_id: int) -> Response:
    row: Clip = load(Clip, clip_id, EDIT)
    form = JoinForm()

    def write(_change: Any) -> None:
        other = (
            db.session()
            .scalars(visible(Clip, current_actor(), EDIT).where(Clip.id == form.number.data))
            .first()
        )
        if other is None:
            raise UserError(_("There is no piece with this number."))
        coverage.join(row, other)

    sentence = _("“%(title)s” prints the same as another", title=row.title)
    return save(form, write, "media.clip", sentence, page_of(row.id), _("It prints the same as another"))


@blueprint.get("/contact/<int:contact_id>/coverage")
@requires(VIEW)
def clips_of_contact(contact_id: int) -> Response:
    """The coverage somebody is in, on their page; of an outlet what it printed."""
    person: Contact = load(Contact, contact_id)
    actor = current_actor()
    rows = [(each[0], each[1]) for each in coverage.of_contact(person.id, actor)]
    found = db.session().scalars(visible(Outlet, actor).where(Outlet.contact_id == person.id)).first()
    if found is not None:
        rows += [(each, "") for each in coverage.recent(actor, 10, outlet_id=found.id)]
    return _panel(rows, person.name, url_for("contacts.show", contact_id=person.id))


@blueprint.get("/bill/<int:bill_id>/coverage")
@requires(VIEW)
def clips_of_bill(bill_id: int) -> Response:
    """What was printed about a bill, on its page."""
    actor = current_actor()
    if not bills.tracked(actor):
        abort(404)
    from crm_policy import public

    bill_id = bills.standing(bill_id)
    found = public.names_of([bill_id], actor).get(bill_id) or abort(404)
    own = visible(Clip, actor).where(bills.about(Clip, found), Clip.copy_of_id.is_(None))
    newest = own.order_by(*coverage.newest()).limit(10)
    rows = [(each, "") for each in db.session().scalars(newest)]
    return render(
        "media/clips_panel.html", "media/_clips_of_bill.html", rows=rows, title=found.name, back=found.url,
        words=words, bill_id=bill_id, releases=_releases_of(found), part="bill",
    )  # fmt: skip


def _releases_of(bill: Any) -> Sequence[Release]:
    if not current_actor().can(OUTREACH):
        return ()
    statement = visible(Release, current_actor()).where(bills.about(Release, bill))
    return db.session().scalars(statement.order_by(Release.id.desc()).limit(10)).all()


@blueprint.get("/campaign/<int:campaign_id>/coverage")
@requires(VIEW)
def clips_of_campaign(campaign_id: int) -> Response:
    found: Campaign = load(Campaign, campaign_id)
    rows = [(each, "") for each in coverage.recent(current_actor(), 10, campaign_id=found.id)]
    return _panel(rows, found.name, url_for("campaigns.show", campaign_id=found.id))


def _panel(rows: list[tuple[Clip, str]], title: str, back: str) -> Response:
    return render(
        "media/clips_panel.html", "media/_clips.html", rows=rows, title=title, back=back, words=words
    )


@blueprint.get("/card")
@requires(VIEW)
def card() -> Response:
    """The newest coverage, for the home page."""
    rows = [(each, "") for each in coverage.recent(current_actor())]
    return _panel(rows, _("New coverage"), url_for("media.clips"))
