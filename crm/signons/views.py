"""The pages of open letters: for staff, and the public page where organizations sign."""

from typing import Any

from flask import Blueprint, Response, abort, make_response, request, send_file, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from crm import db, htmx, public_pages
from crm.access import current_actor, load, may, public, requires, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.tokens import address_of
from crm.campaigns.models import Campaign
from crm.coalitions.forms import campaign_options, coalition_options
from crm.coalitions.models import Coalition
from crm.contacts.choosing import ContactsField
from crm.contacts.files import accepting, pictures, storage
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.fields.pages import show_list
from crm.forms import Form
from crm.i18n import LANGUAGES
from crm.i18n import lazy_gettext as lazy
from crm.pages import say
from crm.signons import pdf, services
from crm.signons.models import Letter, LetterText, Signature
from crm.signons.permissions import EDIT, VIEW
from crm.signons.words import SIGNATURE_STATUSES

blueprint = Blueprint("signons", __name__)


def _id(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() else None


class LetterForm(Form):
    title = StringField(lazy("Title"), [InputRequired(lazy("Give the letter a title.")), Length(max=200)])
    addressee = StringField(lazy("To whom"), [Length(max=200)])
    language = SelectField(lazy("Language"), choices=lambda: list(LANGUAGES.items()))
    closes_on = DateField(lazy("Signatures until"), [Optional()])
    coalition_id = SelectField(lazy("Coalition"), coerce=_id, choices=coalition_options)
    campaign_id = SelectField(lazy("Campaign"), coerce=_id, choices=campaign_options)
    body = TextAreaField(
        lazy("Text"), [InputRequired(lazy("Write the text.")), Length(max=20_000)], render_kw={"rows": 14}
    )


class VersionForm(Form):
    body = TextAreaField(lazy("Text"), [InputRequired(), Length(max=20_000)], render_kw={"rows": 14})
    changes = TextAreaField(lazy("What changed"), [Length(max=2000)], render_kw={"rows": 3})


class SignForForm(Form):
    organization = StringField(
        lazy("Organization"), [InputRequired(lazy("Name the organization.")), Length(max=200)]
    )
    signer_name = StringField(lazy("Authorized signer"), [Length(max=200)])
    signer_title = StringField(lazy("Title"), [Length(max=200)])
    evidence = TextAreaField(lazy("How you know"), [Length(max=2000)], render_kw={"rows": 3})


class InviteForm(Form):
    organizations = ContactsField(lazy("Organizations"), kinds=("organization",))


@blueprint.get("/signons")
@requires(VIEW)
def index() -> BaseResponse:
    return show_list("signons", page="signons/index.html")


@blueprint.route("/signons/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> BaseResponse:
    form = LetterForm(data={"campaign_id": as_id(request.args.get("campaign_id", "")) or None})
    if form.sent():
        with db.transaction(current_actor(), "signons.create") as change:
            letter = services.save(None, form.data, current_actor())
            change.summary = _("Wrote the letter “%(title)s”", title=letter.title)
        say(_("The letter can be signed. Share its link or invite organizations."), change)
        return _to(letter.id)
    return htmx.render("signons/edit.html", None, form.status, form=form, letter=None, name=_("New letter"))


def _to(letter_id: int) -> BaseResponse:
    return htmx.go(url_for("signons.show", letter_id=letter_id))


@blueprint.route("/signons/<int:letter_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(letter_id: int) -> BaseResponse:
    letter: Letter = load(Letter, letter_id, EDIT)
    form = LetterForm(obj=letter)
    del form.body  # The text is frozen; a new version is a step of its own.
    if form.sent():
        with db.transaction(current_actor(), "signons.change", _("Changed a letter")) as change:
            services.save(load(Letter, letter_id, EDIT), form.data, current_actor())
        say(_("Saved."), change)
        return _to(letter_id)
    return htmx.render(
        "signons/edit.html", None, form.status, form=form, letter=letter, name=_("Change the letter")
    )


@blueprint.route("/signons/<int:letter_id>/version", methods=["GET", "POST"])
@requires(EDIT)
def new_version(letter_id: int) -> BaseResponse:
    letter: Letter = load(Letter, letter_id, EDIT)
    form = VersionForm(data={"body": services.text_of(letter_id).body})
    if form.sent():
        return _do(form, letter, "signons.version", lambda each: _asked(
            services.publish(each, form.body.data or "", form.changes.data or "")),
            _("New version of the text"))  # fmt: skip
    return _dialog(form, letter, _("New version of the text"))


def _asked(count: int) -> str:
    return ngettext(
        "%(shown)s signer is asked to sign again.",
        "%(shown)s signers are asked to sign again.",
        count,
        shown=count,
    )


@blueprint.route("/signons/<int:letter_id>/sign-for", methods=["GET", "POST"])
@requires(EDIT)
def sign_for(letter_id: int) -> BaseResponse:
    letter: Letter = load(Letter, letter_id, EDIT)
    form = SignForForm()
    if form.sent():

        def act(each: Letter) -> str:
            with system("staff sign for an organization"):
                services.sign_for(each, form.data)
            return _("Signed.")

        return _do(form, letter, "signons.sign_for", act, _("Sign for an organization"))
    return _dialog(form, letter, _("Sign for an organization"))


@blueprint.route("/signons/<int:letter_id>/invite", methods=["GET", "POST"])
@requires(EDIT)
def invite(letter_id: int) -> BaseResponse:
    letter: Letter = load(Letter, letter_id, EDIT)
    form = InviteForm()
    if form.sent():

        def act(each: Letter) -> str:
            sent, unmailed = services.invite(each, form.organizations.data or [])
            told = ngettext(
                "%(shown)s invitation is mailed.", "%(shown)s invitations are mailed.", sent, shown=sent
            )
            return told + (" " + _("No mail to: %(names)s", names=", ".join(unmailed)) if unmailed else "")

        return _do(form, letter, "signons.invite", act, _("Invite organizations"))
    return _dialog(form, letter, _("Invite organizations"))


def _dialog(form: Form, letter: Letter, name: str) -> BaseResponse:
    return htmx.render("signons/edit.html", None, form.status, form=form, letter=letter, name=name)


def _do(form: Form, letter: Letter, action: str, act: Any, name: str) -> BaseResponse:
    try:
        with db.transaction(current_actor(), action, name, alone=True) as change:
            told = act(load(Letter, letter.id, EDIT))
    except UserError as error:
        form.form_errors.append(error.message)
        return _dialog(form, load(Letter, letter.id), name)
    say(told, change)
    return _to(letter.id)


@blueprint.post("/signons/<int:letter_id>/remind")
@requires(EDIT)
def remind(letter_id: int) -> BaseResponse:
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.remind", _("Reminded organizations")):
        count = services.remind(load(Letter, letter_id, EDIT))
    say(ngettext("%(shown)s reminder is mailed.", "%(shown)s reminders are mailed.", count, shown=count))
    return _to(letter_id)


@blueprint.post("/signons/<int:letter_id>/status")
@requires(EDIT)
def set_status(letter_id: int) -> BaseResponse:
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.status", _("Closed or opened a letter")) as change:
        letter = load(Letter, letter_id, EDIT)
        letter.status = "closed" if letter.status == "open" else "open"
    say(_("Saved."), change)
    return _to(letter_id)


@blueprint.post("/signons/<int:letter_id>/signatures/<int:signature_id>")
@requires(EDIT)
def decide(letter_id: int, signature_id: int) -> BaseResponse:
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.decide", _("Decided about a signature")) as change:
        row = load(Signature, signature_id, EDIT)
        if row.letter_id != letter_id:
            abort(404)
        services.decide(row, load(Letter, letter_id, EDIT), request.form.get("what", ""))
    say(_("Saved."), change)
    return _to(letter_id)


@blueprint.get("/signons/<int:letter_id>")
@requires(VIEW)
def show(letter_id: int) -> BaseResponse:
    letter: Letter = load(Letter, letter_id)
    text = services.text_of(letter_id)
    rows = visible(Signature, current_actor()).where(Signature.letter_id == letter_id)
    texts = visible(LetterText, current_actor()).where(LetterText.letter_id == letter_id)
    return htmx.render(
        "signons/show.html", None, letter=letter, text=text, statuses=SIGNATURE_STATUSES,
        rows=db.session().scalars(rows.order_by(Signature.name_key, Signature.id)).all(),
        numbers={each.id: each.number for each in db.session().scalars(texts)},
        unanswered=services.unanswered(letter), address=address_of("signons.read", key=letter.public_key),
        may_edit=may(Letter, letter_id, EDIT), open=services.is_open(letter),
    )  # fmt: skip


def _panel(model: Any, record_id: int, condition: Any) -> BaseResponse:
    load(model, record_id)
    statement = visible(Letter, current_actor()).where(condition).order_by(Letter.id.desc())
    letters = db.session().scalars(statement.limit(20)).all()
    counted = (
        visible(Signature, current_actor()).where(Signature.status == "approved")
        .with_only_columns(Signature.letter_id, func.count(func.distinct(Signature.name_key)))
        .group_by(Signature.letter_id)
    )  # fmt: skip
    return htmx.render("signons/panel_page.html", "signons/_panel.html", letters=letters,
                       counts={row[0]: row[1] for row in db.session().execute(counted)})  # fmt: skip


@blueprint.get("/signons/of-campaign/<int:campaign_id>")
@requires(VIEW)
def of_campaign(campaign_id: int) -> BaseResponse:
    return _panel(Campaign, campaign_id, Letter.campaign_id == campaign_id)


@blueprint.get("/signons/of-coalition/<int:coalition_id>")
@requires(VIEW)
def of_coalition(coalition_id: int) -> BaseResponse:
    return _panel(Coalition, coalition_id, Letter.coalition_id == coalition_id)


@blueprint.get("/signons/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> BaseResponse:
    theirs = select(Signature.letter_id).where(
        Signature.contact_id == contact_id, Signature.status == "approved"
    )
    return _panel(Contact, contact_id, Letter.id.in_(theirs))


# What everybody sees.


def _public(key: str) -> Letter:
    return services.by_key(key) or abort(404)


@blueprint.route("/letters/<key>", methods=["GET", "POST"])
@public
@public_pages.without_session
def read(key: str) -> Response:
    letter = _public(key)
    language = public_pages.language_of("" if request.args.get("language") else letter.language)
    with force_locale(language):
        if request.method == "GET":
            return _letter_page(letter, language)
        return _signed(letter, language)


def _letter_page(letter: Letter, language: str, values: Any = None, wrong: Any = None, error: str = "",
                 status: int = 200) -> Response:  # fmt: skip
    return public_pages.page(
        "signons/public/letter.html", status, letter=letter, text=services.text_of(letter.id),
        signers=services.signed(letter), open=services.is_open(letter), language=language,
        values=values or {}, wrong=wrong or {}, error=error,
        stamp=request.form.get("stamp") or public_pages.stamp(letter.public_key),
    )  # fmt: skip


def _signed(letter: Letter, language: str) -> Response:
    typed, wrong = services.cleaned(request.form)
    values: dict[str, Any] = {**typed}
    if not request.form.get("authorized"):
        wrong["authorized"] = _("Please confirm that you may sign for your organization.")
    try:
        public_pages.require_short()
        key = public_pages.read_stamp(letter.public_key, request.form.get("stamp", ""))
        if wrong:
            return _letter_page(letter, language, values, wrong, status=422)
        values |= {"logo_key": _logo(), "shows_logo": bool(request.form.get("shows_logo"))}
        if not public_pages.is_robot():
            _keep(letter, values, language, key)
    except UserError as error:
        return _letter_page(letter, language, values, wrong, error.message, max(error.status, 422))
    return public_pages.page("signons/public/sent.html", letter=letter, language=language,
                             email=values["signer_email"])  # fmt: skip


def _logo() -> str | None:
    """The picture that was chosen, drawn anew as a PNG, JPEG or WebP, so that nothing hides in it."""
    file = request.files.get("logo")
    if file is None or not file.filename:
        return None
    content = file.stream.read(5 * accepting.MEGABYTE + 1)
    if len(content) > 5 * accepting.MEGABYTE:
        raise UserError(_("The logo may have at most 5 MB. Please make it smaller."))
    return storage.keep(pictures.clean(content, accepting.safe_name(file.filename)))


def _keep(letter: Letter, values: dict[str, Any], language: str, key: str) -> None:
    with db.transaction(Actor.nobody(), "signons.limit"):
        limits.begin_public(f"letter {letter.id}", values["signer_email"].lower())
    said = system("an organization signs an open letter")
    with db.transaction(Actor.nobody(), "signons.sign", _("An organization signed"), alone=True), said:
        services.sign(db.session().get_one(Letter, letter.id), values, language, key)


@blueprint.get("/letters/<key>/letter.pdf")
@public
def as_pdf(key: str) -> Response:
    letter = _public(key)
    with force_locale(letter.language):
        content = pdf.make(letter, services.text_of(letter.id), services.signed(letter))
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'attachment; filename="letter.pdf"'
    return response


@blueprint.get("/letters/<key>/logos/<int:signature_id>")
@public
def logo(key: str, signature_id: int) -> BaseResponse:
    """The logo of a published signature whose signer allowed it to be shown."""
    for row in services.signed(_public(key)):
        if row.id == signature_id and row.shows_logo and row.logo_key:
            from io import BytesIO

            content = storage.read(row.logo_key)
            kind = (
                "image/png"
                if content[:4] == b"\x89PNG"
                else "image/jpeg"
                if content[:2] == b"\xff\xd8"
                else "image/webp"
            )
            return send_file(BytesIO(content), mimetype=kind)
    return abort(404)


@blueprint.route("/letters/signature/<token>", methods=["GET", "POST"])
@public
@public_pages.without_session
def signature(token: str) -> Response:
    """Confirm or withdraw a signature. Opening the page changes nothing; its buttons do."""
    found = services.of_token(token)
    if found is None:
        return public_pages.page("intake/public/unknown.html", 404, language=public_pages.language_of())
    row, letter = found
    error = ""
    with force_locale(row.language):
        if request.method == "POST":
            try:
                _act(row, letter, request.form.get("what", ""))
            except UserError as problem:
                error = problem.message
                row, letter = services.of_token(token) or abort(404)
        return public_pages.page(
            "signons/public/signature.html", 422 if error else 200, row=row, letter=letter, error=error,
            language=row.language, text=services.text_of(letter.id),
        )  # fmt: skip


def _act(row: Signature, letter: Letter, what: str) -> None:
    said = system("a signer confirms or withdraws")
    with db.transaction(Actor.nobody(), "signons.answer", _("A signer confirmed or withdrew")), said:
        if what == "confirm":
            services.confirm(row, letter)
        elif what == "withdraw":
            services.withdraw(row)
