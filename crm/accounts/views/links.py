"""Pages behind links: setup, invitations, a new password, a new address."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from crm import access, db
from crm.access.actor import Actor
from crm.accounts import sessions, tokens
from crm.accounts.forms import ForgotForm, InvitationForm, NewPasswordForm, SetupForm
from crm.accounts.models import User
from crm.accounts.services import invitations, resets, setup, users
from crm.accounts.services import sign_in as signing_in
from crm.accounts.views.blueprint import blueprint
from crm.accounts.views.sign_in import Page, enter
from crm.errors import UserError
from crm.pages import say


@blueprint.route("/setup/<token>", methods=["GET", "POST"], endpoint="setup")
@access.public
def setup_page(token: str) -> Page:
    """The first administrator."""
    tokens.find(tokens.SETUP, token)
    form = SetupForm()
    status = form.status
    if form.sent():
        try:
            with db.transaction(Actor.system(), "accounts.set_up") as change:
                user = setup.set_up(
                    token, form.email.data or "", form.name.data or "", form.password.data or ""
                )
                change.summary = _("Set up the site; %(name)s is its first administrator", name=user.name)
                signed_in = signing_in.complete(user)
            return enter(signed_in)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/setup.html", form=form, token=token), status


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@access.public
def invitation(token: str) -> Page:
    """An invited person chooses a password and is in."""
    user = invitations.invited(token)
    form = InvitationForm(name=user.name)
    status = form.status
    if form.sent():
        try:
            with db.transaction(_as(user), "accounts.accept") as change:
                user = invitations.accept(token, form.name.data or "", form.password.data or "")
                change.summary = _("%(name)s accepted the invitation", name=user.name)
                signed_in = signing_in.open_half(user)
            return enter(signed_in)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/invitation.html", form=form, token=token, email=user.email), status


@blueprint.route("/forgot", methods=["GET", "POST"])
@access.public
def forgot() -> Page:
    """Ask for a link; what comes back is the same for every address."""
    form = ForgotForm()
    if form.sent():
        with db.transaction(Actor.nobody(), "accounts.forgot"):
            resets.request_reset(form.email.data or "")
        return redirect(url_for("accounts.forgot_sent"), 303)
    return render_template("accounts/forgot.html", form=form), form.status


@blueprint.get("/forgot/sent")
@access.public
def forgot_sent() -> str:
    return render_template("accounts/forgot_sent.html")


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@access.public
def new_password(token: str) -> Page:
    """Choose a new password by a link; a second step still has to be shown."""
    user = resets.owner(token)
    form = NewPasswordForm()
    status = form.status
    if form.sent():
        try:
            with db.transaction(_as(user), "accounts.reset_password") as change:
                user = resets.reset(token, form.password.data or "")
                change.summary = _("%(name)s chose a new password by a link", name=user.name)
                signed_in = signing_in.open_half(user)
            return enter(signed_in)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/new_password.html", form=form, token=token, email=user.email), status


@blueprint.route("/email/<token>", methods=["GET", "POST"])
@access.public
def new_email(token: str) -> Page:
    """Confirm a new address; a button, for mail programs open links by themselves."""
    row = tokens.find(tokens.EMAIL, token)
    if request.method == "POST":
        user = db.session().get_one(User, row.user_id)
        with db.transaction(_as(user), "accounts.change_email") as change:
            user = users.confirm_email_change(token)
            change.summary = _("%(name)s changed their email address", name=user.name)
        say(_("From now on you sign in with %(email)s.", email=user.email))
        return redirect(url_for("accounts.my_account" if sessions.current() else "accounts.sign_in"), 303)
    return render_template("accounts/new_email.html", token=token, email=row.data["email"]), 200


def _as(user: User) -> Actor:
    return Actor(user.id, user.name)
