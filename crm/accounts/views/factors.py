"""Setting up the second step: an authenticator app, passkeys, recovery codes."""

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for
from flask import session as page_session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.accounts import sessions
from crm.accounts.forms import CodeForm, PasskeyForm
from crm.accounts.freshness import fresh
from crm.accounts.models import User
from crm.accounts.services import passkeys, second_factor
from crm.accounts.views.blueprint import blueprint
from crm.accounts.views.sign_in import Page
from crm.errors import UserError
from crm.pages import say


@blueprint.post("/account/app/begin")
@access.signed_in
@fresh
def begin_app() -> Response:
    """Think of a secret, then show it."""
    if second_factor.has_app(sessions.account()):
        raise UserError(_("An authenticator app is set up already. Remove it before you set up another."))
    with db.transaction(access.current_actor(), "accounts.begin_app"):
        second_factor.begin_app(sessions.account())
    return htmx.go(url_for("accounts.set_up_app"))


@blueprint.route("/account/app", methods=["GET", "POST"])
@access.signed_in
@fresh
def set_up_app() -> Page | str:
    """Show the secret to the phone's camera and ask for a code of it."""
    user: User = sessions.account()
    secret = second_factor.drafted(user)
    if secret is None:
        return redirect(url_for("accounts.my_account"), 303)
    form = CodeForm()
    status = form.status
    if form.sent():
        try:
            with db.transaction(access.current_actor(), "accounts.add_app") as change:
                codes = second_factor.finish_app(user, form.code.data or "")
                change.summary = _("%(name)s set up an authenticator app", name=user.name)
            say(_("From now on, signing in asks for a code of your app."))
            return _added(codes)
        except UserError as error:
            form.code.errors = [error.message]
            status = error.status
    picture = second_factor.as_qr(user, secret)
    return render_template("accounts/set_up_app.html", form=form, secret=secret, picture=picture), status


@blueprint.post("/account/app/remove")
@access.signed_in
@fresh
def remove_app() -> Response:
    user: User = sessions.account()
    with db.transaction(access.current_actor(), "accounts.remove_app") as change:
        second_factor.remove_app(user)
        change.summary = _("%(name)s removed the authenticator app", name=user.name)
    say(_("The authenticator app is removed."))
    return htmx.go(url_for("accounts.my_account"))


@blueprint.post("/account/codes")
@access.signed_in
@fresh
def renew_codes() -> Page | str:
    """Ten new recovery codes; the page with them cannot be opened again."""
    user: User = sessions.account()
    if not second_factor.has_any(user):
        raise UserError(_("Recovery codes stand in for a second step. Set up an app or a passkey first."))
    with db.transaction(access.current_actor(), "accounts.renew_codes") as change:
        codes = second_factor.renew_codes(user)
        change.summary = _("%(name)s made new recovery codes", name=user.name)
    return render_template("accounts/recovery_codes.html", codes=codes)


@blueprint.post("/account/passkeys/options")
@access.signed_in
@fresh
def new_passkey_options() -> FlaskResponse:
    """What the browser needs to make a passkey."""
    with db.transaction(access.current_actor(), "accounts.begin_passkey"):
        token, options = passkeys.begin_registration(sessions.account())
    page_session["passkey"] = token
    return FlaskResponse(options, mimetype="application/json")


@blueprint.post("/account/passkeys")
@access.signed_in
@fresh
def add_passkey() -> Page | str:
    form = PasskeyForm()
    if not form.sent():
        raise UserError(_("Your browser made no passkey. Go back and try again."))
    user: User = sessions.account()
    with db.transaction(access.current_actor(), "accounts.add_passkey") as change:
        codes = passkeys.finish_registration(
            user, page_session.pop("passkey", ""), form.credential.data or "", form.name.data or ""
        )
        change.summary = _("%(name)s added a passkey", name=user.name)
    say(_("The passkey is added. You can sign in with it from now on."))
    return _added(codes)


@blueprint.post("/account/passkeys/<int:passkey_id>/remove")
@access.signed_in
@fresh
def remove_passkey(passkey_id: int) -> Response:
    user: User = sessions.account()
    with db.transaction(access.current_actor(), "accounts.remove_passkey") as change:
        passkeys.remove(user, passkey_id)
        change.summary = _("%(name)s removed a passkey", name=user.name)
    say(_("The passkey is removed. Delete it on your device too."))
    return htmx.go(url_for("accounts.my_account"))


def _added(codes: list[str]) -> Page | str:
    """The first second step comes with recovery codes, shown this once."""
    if codes:
        return render_template("accounts/recovery_codes.html", codes=codes)
    return redirect(url_for("accounts.my_account"), 303)
