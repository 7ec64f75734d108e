"""One's own account: profile, password, address, sessions."""

from typing import Any

from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.accounts import sessions
from crm.accounts.devices import device_name, is_phone
from crm.accounts.forms import ChangePasswordForm, EmailForm, PasskeyForm, ProfileForm
from crm.accounts.freshness import fresh
from crm.accounts.models import User
from crm.accounts.services import passkeys, people, resets, roles, second_factor, users
from crm.accounts.services import sign_in as signing_in
from crm.accounts.views.blueprint import blueprint
from crm.accounts.views.sign_in import Page
from crm.errors import UserError
from crm.pages import say


@blueprint.get("/account")
@access.signed_in
def my_account() -> str:
    """Everything about one's own account on one page."""
    return _page()


def _page(**changed: Any) -> str:
    user: User = sessions.account()
    forms: dict[str, Any] = {
        "profile_form": ProfileForm(obj=user, formdata=None),
        "password_form": ChangePasswordForm(formdata=None),
        "email_form": EmailForm(formdata=None),
        "passkey_form": PasskeyForm(formdata=None),
    }
    return render_template(
        "accounts/my_account.html",
        **(forms | changed),
        account=user,
        labels=[people.grant_label(grant, role) for grant, role in roles.of_user(user)],
        has_app=second_factor.has_app(user),
        passkeys=passkeys.of_user(user),
        codes_left=second_factor.codes_left(user),
        sessions=sessions.of_user(user.id),
        current=sessions.current(),
        device_name=device_name,
        is_phone=is_phone,
    )


@blueprint.post("/account/profile")
@access.signed_in
def change_profile() -> Page | str:
    form = ProfileForm()
    if not form.sent():
        return _page(profile_form=form), 422
    user: User = sessions.account()
    with db.transaction(access.current_actor(), "accounts.profile") as change:
        user.name = users.checked_name(form.name.data or "")
        user.language, user.time_zone = form.language.data or None, form.time_zone.data or None
        user.theme = form.theme.data
        change.summary = _("%(name)s changed their profile", name=user.name)
    say(_("Saved."))
    return redirect(url_for("accounts.my_account"), 303)


@blueprint.post("/account/password")
@access.signed_in
def change_password() -> Page | str:
    """Every other session ends."""
    form = ChangePasswordForm()
    if not form.sent():
        return _page(password_form=form), 422
    user: User = sessions.account()
    try:
        signing_in.check_password(user, form.current.data or "")
        with db.transaction(access.current_actor(), "accounts.change_password") as change:
            resets.change_password(user, form.password.data or "")
            change.summary = _("%(name)s changed their password", name=user.name)
            token = sessions.renew()
    except UserError as error:
        wrong = form.current if isinstance(error, signing_in.WrongPassword) else form.password
        wrong.errors = [error.message]
        return _page(password_form=form), error.status
    say(_("Your password is changed. You were signed out everywhere else."))
    response = redirect(url_for("accounts.my_account"), 303)
    sessions.set_cookie(response, token)
    return response


@blueprint.post("/account/email")
@access.signed_in
@fresh
def change_my_email() -> Page | str:
    form = EmailForm()
    if not form.sent():
        return _page(email_form=form), 422
    try:
        with db.transaction(access.current_actor(), "accounts.request_email"):
            email = users.request_email_change(sessions.account(), form.email.data or "")
    except UserError as error:
        form.email.errors = [error.message]
        return _page(email_form=form), error.status
    say(_("We have sent a link to %(email)s. Open it to change your address.", email=email))
    return redirect(url_for("accounts.my_account"), 303)


@blueprint.post("/account/sessions/<int:session_id>/end")
@access.signed_in
def end_my_session(session_id: int) -> Response:
    """Sign out one of one's own browsers."""
    current = sessions.current()
    if current is not None and current.id == session_id:
        raise UserError(_("This is the session that you are in. Use “Sign out” to end it."))
    with db.transaction(access.current_actor(), "accounts.end_session"):
        ended = sessions.end_one(g.crm_user.id, session_id)
    say(_("Signed out there.") if ended else _("That session had ended already."))
    return htmx.go(url_for("accounts.my_account"))


@blueprint.post("/account/sessions/end")
@access.signed_in
def end_my_sessions() -> Response:
    """Sign out everywhere but here."""
    current = sessions.current()
    with db.transaction(access.current_actor(), "accounts.end_sessions"):
        sessions.end_all(g.crm_user.id, but=current.id if current else None)
    say(_("You are signed out everywhere but here."))
    return htmx.go(url_for("accounts.my_account"))
