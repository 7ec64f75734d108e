"""The pages of open letters for everybody: reading, signing, confirming and withdrawing."""

from io import BytesIO
from typing import Any

from flask import Response, abort, make_response, request, send_file
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import InvalidRequestError
from werkzeug.wrappers import Response as BaseResponse

from crm import db, public_pages
from crm.access import public
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.contacts.files import accepting, pictures, storage
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.i18n import LANGUAGES
from crm.signons import invitations, services
from crm.signons.models import Letter, Signature
from crm.signons.views.blueprint import blueprint
from crm.signons.words import APPROVED, WAITING

MOST_OF_A_LOGO = 5 * accepting.MEGABYTE
LOGO = (600, 200)
"""Pixels: sharp beside a name, also in print, and light where many stand below one letter."""


def _language(letter: Letter) -> str:
    """Of the page around a letter: what was chosen on it, else what the browser asks for. English is what
    browsers ask for unless somebody told them otherwise, so then it is the letter's own."""
    asked = public_pages.language_of()
    return asked if request.args.get("language") in LANGUAGES or asked != "en" else letter.language


def _public(key: str) -> Letter:
    return services.by_key(key) or abort(404)


@blueprint.route("/letters/<key>", methods=["GET", "POST"])
@public
@public_pages.without_session(
    "Signers have no account; the page's signed stamp of one use stands for the token of a session."
)
def read(key: str) -> Response:
    if request.method == "POST" and services.by_key(key) is None:
        return public_pages.gone_while_writing()
    letter = _public(key)
    language = _language(letter)
    with force_locale(language):
        if request.method == "GET":
            return _letter_page(letter, language)
        try:
            return _signed(letter, language)
        except InvalidRequestError:  # It was removed between two looks at it.
            if services.by_key(key) is not None:
                raise
            return public_pages.gone_while_writing()


@blueprint.get("/letters/invitation/<token>")
@public
def invited(token: str) -> Response:
    """The letter for an organization that was invited: the page knows its name. Nothing is recorded."""
    found = invitations.of_token(token)
    if found is None:
        return public_pages.page("intake/public/unknown.html", 404, language=public_pages.language_of())
    _row, letter, name = found
    language = _language(letter)
    with force_locale(language):
        return _letter_page(letter, language, values={"organization": name}, invitation=token, invited=name)


def _letter_page(letter: Letter, language: str, status: int = 200, **told: Any) -> Response:
    """The letter with its form: `values` that were typed, what is `wrong` by field, an `error` above all, the
    token of an `invitation` and the name of who was `invited`."""
    return public_pages.page(
        "signons/public/letter.html", status, letter=letter, text=services.text_of(letter.id),
        signers=services.signed(letter), earlier=services.earlier(letter),
        open=services.is_open(letter), language=language,
        stamp=public_pages.stamp_again(letter.public_key),
        **{"values": {}, "wrong": {}, "error": "", "invitation": "", "invited": "", **told},
    )  # fmt: skip


def _signed(letter: Letter, language: str) -> Response:
    typed, wrong = services.cleaned(request.form)
    values: dict[str, Any] = {**typed, "shows_logo": bool(request.form.get("shows_logo")),
                              "authorized": bool(request.form.get("authorized")),
                              "had_logo": _has_logo()}  # fmt: skip
    if not values["authorized"]:
        wrong["authorized"] = _("Please confirm that you may sign for your organization.")
    token = request.form.get("invitation", "")
    try:
        public_pages.require_short()
        key = public_pages.read_stamp(letter.public_key, request.form.get("stamp", ""))
        if services.is_sent(key):
            return _sent_page(letter, language, values, again=True)
        if wrong:
            return _letter_page(letter, language, 422, values=values, wrong=wrong, invitation=token)
        _keep(letter, values, language, key, token)
    except UserError as error:
        status = max(error.status, 422)
        return _letter_page(letter, language, status, values=values, wrong=wrong, error=error.message,
                            invitation=token)  # fmt: skip
    return _sent_page(letter, language, values)


def _sent_page(letter: Letter, language: str, values: Any, *, again: bool = False) -> Response:
    return public_pages.page("signons/public/sent.html", letter=letter, language=language, again=again,
                             email=values["signer_email"])  # fmt: skip


def _has_logo() -> bool:
    file = request.files.get("logo")
    return file is not None and bool(file.filename)


def _logo() -> str | None:
    """The picture that was chosen, drawn anew as a PNG, JPEG or WebP, so that nothing hides in it. What a
    robot sends is not looked at."""
    file = request.files.get("logo")
    if file is None or not file.filename or public_pages.is_robot():
        return None
    content = file.stream.read(MOST_OF_A_LOGO + 1)
    if len(content) > MOST_OF_A_LOGO:
        raise UserError(_("The logo may have at most 5 MB. Please make it smaller."))
    return storage.keep(pictures.clean(content, accepting.safe_name(file.filename), LOGO))


def _keep(letter: Letter, values: dict[str, Any], language: str, key: str, token: str) -> None:
    """Within the limits and the letter's time; only then is the picture looked at and stored."""
    letter_id = letter.id
    with db.transaction(Actor.nobody(), "signons.limit"):
        mails = limits.begin_public(f"letter {letter_id}", values["signer_email"].lower())
    if not services.is_open(letter):
        raise UserError(_("This letter is closed."))
    logo_key = _logo()
    try:
        _write(letter_id, {**values, "logo_key": logo_key}, language, key, token, mails=mails)
    except Exception:
        with system("a logo that no signature keeps"):
            storage.remove_unused([logo_key] if logo_key else [])
        raise


def _write(
    letter_id: int, values: dict[str, Any], language: str, key: str, token: str, *, mails: bool
) -> None:
    said = system("an organization signs an open letter")
    with db.transaction(Actor.nobody(), "signons.sign", _("An organization signed"), alone=True), said:
        found = invitations.of_token(token) if token else None
        invited = found[0].contact_id if found is not None and found[1].id == letter_id else None
        services.sign(db.session().get_one(Letter, letter_id), values, language, key,
                      contact_id=invited, robot=public_pages.is_robot(), mails=mails)  # fmt: skip


@blueprint.get("/letters/<key>/letter.pdf")
@public
def as_pdf(key: str) -> Response:
    from crm.signons import pdf  # Importing what draws takes a tenth of the start.

    letter = _public(key)
    with db.transaction(Actor.nobody(), "signons.pdf"):
        # Drawing a thousand signers takes a worker for seconds; signing is counted apart.
        limits.begin_download(f"letter {letter.id} as a file")
    with force_locale(letter.language):
        content = pdf.make(
            letter, services.text_of(letter.id), services.signed(letter), services.earlier(letter)
        )
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'attachment; filename="letter.pdf"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/letters/<key>/logos/<int:signature_id>")
@public
def logo(key: str, signature_id: int) -> BaseResponse:
    """The logo of a published signature whose signer allowed it to be shown."""
    logo_key = services.published_logo(_public(key), signature_id) or abort(404)
    content = storage.read(logo_key)
    response = send_file(BytesIO(content), mimetype=_kind(content))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _kind(content: bytes) -> str:
    if content[:4] == b"\x89PNG":
        return "image/png"
    return "image/jpeg" if content[:2] == b"\xff\xd8" else "image/webp"


@blueprint.route("/letters/signature/<token>", methods=["GET", "POST"])
@public
@public_pages.without_session(
    "The mailed link is signed for one signature and stands for the token; its page has no session."
)
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
                _act(row, letter, request.form.get("what", ""), as_id(request.form.get("text", "")))
            except UserError as problem:
                error = problem.message
                row, letter = services.of_token(token) or abort(404)
        text = services.text_of(letter.id)
        changes = services.changes_since if row.text_id == text.id else services.changes_after
        return public_pages.page(
            "signons/public/signature.html", 422 if error else 200, row=row, letter=letter, error=error,
            language=row.language, text=text, newer=services.newer(row),
            open=services.is_open(letter),
            changes=changes(row), others=services.published_by_others(row),
            standing={each.status for each in services.standing(row)} & {WAITING, APPROVED},
        )  # fmt: skip


def _act(row: Signature, letter: Letter, what: str, seen: int) -> None:
    said = system("a signer confirms or withdraws")
    if what == "confirm":
        with db.transaction(Actor.nobody(), "signons.confirm", _("A signer confirmed a signature")), said:
            services.confirm(row, letter, seen)
    elif what == "withdraw":
        with db.transaction(Actor.nobody(), "signons.withdraw", _("A signer withdrew a signature")), said:
            services.withdraw(row, letter)
