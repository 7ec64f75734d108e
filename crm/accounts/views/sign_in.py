"""Signing in and out."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.accounts import sessions
from crm.accounts.forms import SignInForm
from crm.accounts.redirects import next_path, safe_path
from crm.accounts.services import sign_in as signing_in
from crm.accounts.views.blueprint import blueprint
from crm.errors import UserError


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> Response | tuple[str, int]:
    """Email and password; a second factor follows where there is one."""
    if access.current_actor().user_id is not None:
        return redirect(next_path(), 303)
    form = SignInForm()
    if request.method == "GET":
        form.next.data = safe_path(request.args.get("next")) or ""
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                return _enter(signing_in.sign_in(form.email.data or "", form.password.data or ""))
            except UserError as error:
                form.form_errors.append(error.message)
                status = error.status
    return render_template("accounts/sign_in.html", form=form), status


def _enter(signed_in: signing_in.SignedIn) -> Response:
    target = next_path()
    if signed_in.stage == sessions.SECOND_FACTOR:
        target = url_for("accounts.second_factor", next=safe_path(request.values.get("next")))
    response = redirect(target, 303)
    sessions.set_cookie(response, signed_in.token)
    return response


@blueprint.post("/sign-out")
@access.public
def sign_out() -> Response:
    """End this session; the cookie is worth nothing afterwards."""
    with db.transaction(access.current_actor(), "accounts.sign_out"):
        sessions.end_current()
    response = htmx.go(url_for("accounts.sign_in"))
    sessions.clear_cookie(response)
    return response
