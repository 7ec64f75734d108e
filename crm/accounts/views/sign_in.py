"""Signing in, with or without a second step, and out again; showing again who one is."""

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, url_for
from flask import session as page_session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access.actor import Actor
from crm.accounts import sessions
from crm.accounts.forms import CodeForm, ConfirmForm, PasskeyForm, RecoveryCodeForm, SignInForm
from crm.accounts.models import User
from crm.accounts.redirects import HOME, next_path, safe_path
from crm.accounts.services import passkeys, second_factor
from crm.accounts.services import sign_in as signing_in
from crm.accounts.services.setup import is_set_up
from crm.accounts.views.blueprint import blueprint
from crm.errors import UserError
from crm.i18n import LANGUAGES

Page = Response | tuple[str, int]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> Page:
    """Email and password; a second step follows where there is one."""
    if access.current_actor().user_id is not None:
        return redirect(next_path(), 303)
    form = SignInForm(next=safe_path(request.args.get("next")) or "")
    status = form.status
    if form.sent():
        try:
            return enter(signing_in.sign_in(form.email.data or "", form.password.data or ""))
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/sign_in.html", form=form, is_set_up=is_set_up()), status


def enter(signed_in: signing_in.SignedIn) -> Response:
    """On to the page that was asked for, or to the second step; the page's own memory begins anew."""
    target = next_path()
    if signed_in.stage == sessions.SECOND_FACTOR:
        target = url_for("accounts.second_step", next=target if target != HOME else None)
    response = redirect(target, 303)
    _forget_page()
    sessions.set_cookie(response, signed_in.token)
    return response


def _forget_page() -> None:
    """Whatever the page remembered of whoever was here before, the forgery token too; not the language."""
    language = page_session.get("language")
    page_session.clear()
    if language is not None:
        page_session["language"] = language


def half_signed_in() -> User:
    """Who has shown a password and still has to show a second thing; 401 for everybody else."""
    row = sessions.current()
    user = db.session().get(User, row.user_id) if row is not None else None
    if row is None or user is None or row.stage != sessions.SECOND_FACTOR:
        abort(401)
    return user


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@access.public
def second_step() -> Page:
    """The code of an authenticator app, a recovery code, or a passkey."""
    if access.current_actor().user_id is not None:
        return redirect(next_path(), 303)
    user = half_signed_in()
    recovery = request.args.get("way") == "recovery"
    form = (RecoveryCodeForm if recovery else CodeForm)(next=safe_path(request.args.get("next")) or "")
    status = form.status
    if form.sent():
        try:
            return enter(signing_in.second_step(user, form.code.data or "", recovery=recovery))
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return (
        render_template(
            "accounts/second_step.html",
            form=form,
            recovery=recovery,
            has_app=second_factor.has_app(user),
            has_passkeys=bool(passkeys.of_user(user)),
            passkey_form=PasskeyForm(formdata=None, next=form.next.data),
        ),
        status,
    )


@blueprint.post("/sign-in/passkey/options")
@access.public
def passkey_options() -> FlaskResponse:
    """What the browser needs to show a passkey: of whoever is half or fully signed in, else of anybody."""
    row = sessions.current()
    user = db.session().get(User, row.user_id) if row is not None else None
    with db.transaction(Actor.nobody(), "accounts.try"):
        token, options = passkeys.begin_use(user)
    page_session["passkey"] = token
    return FlaskResponse(options, mimetype="application/json")


@blueprint.post("/sign-in/passkey")
@access.public
def sign_in_with_passkey() -> Response:
    """A passkey signs in alone, and serves as the second step too."""
    form = PasskeyForm()
    row = sessions.current()
    user = half_signed_in() if row is not None and row.stage == sessions.SECOND_FACTOR else None
    if not form.sent():
        raise UserError(_("Your browser showed no passkey. Go back and try again."))
    token = page_session.pop("passkey", "")
    return enter(signing_in.with_passkey(token, form.credential.data or "", user))


@blueprint.post("/sign-out")
@access.public
def sign_out() -> Response:
    """End this session; the cookie is worth nothing afterwards."""
    with db.transaction(access.current_actor(), "accounts.sign_out"):
        sessions.end_current()
    response = htmx.go(url_for("accounts.sign_in"))
    _forget_page()
    sessions.clear_cookie(response)
    return response


@blueprint.route("/confirm", methods=["GET", "POST"])
@access.signed_in
def confirm() -> Page:
    """Show again who you are, before changes that somebody at an open screen must not make."""
    user: User = sessions.account()
    form = ConfirmForm(next=safe_path(request.args.get("next")) or "")
    status = form.status
    if form.sent():
        try:
            signing_in.prove(user, form.password.data or "", form.code.data or "")
            return _confirmed()
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return (
        render_template(
            "accounts/confirm.html",
            form=form,
            has_app=second_factor.has_app(user),
            has_passkeys=bool(passkeys.of_user(user)),
            passkey_form=PasskeyForm(formdata=None, next=form.next.data),
        ),
        status,
    )


@blueprint.post("/confirm/passkey")
@access.signed_in
def confirm_with_passkey() -> Response:
    form = PasskeyForm()
    if not form.sent():
        raise UserError(_("Your browser showed no passkey. Go back and try again."))
    token = page_session.pop("passkey", "")
    signing_in.prove_with_passkey(sessions.account(), token, form.credential.data or "")
    return _confirmed()


def _confirmed() -> Response:
    response = redirect(next_path(), 303)
    with db.transaction(access.current_actor(), "accounts.prove"):
        sessions.set_cookie(response, sessions.renew())
    return response


@blueprint.post("/language")
@access.public
def choose_language() -> Response:
    """The language of the pages before signing in."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        page_session["language"] = chosen
    return redirect(safe_path(request.form.get("next")) or url_for("accounts.sign_in"), 303)
