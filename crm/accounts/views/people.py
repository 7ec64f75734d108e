"""The people who sign in: list, invite, change, disable, give roles, and see what they see."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor
from crm.access.actor import EVERYTHING
from crm.accounts import permissions, sessions
from crm.accounts.devices import device_name, is_phone
from crm.accounts.forms import AccountForm, GrantForm, InviteForm
from crm.accounts.freshness import fresh
from crm.accounts.models import Role, RoleGrant, User
from crm.accounts.services import (
    authority,
    invitations,
    passkeys,
    people,
    resets,
    roles,
    second_factor,
    users,
)
from crm.accounts.views.blueprint import blueprint
from crm.accounts.views.sign_in import Page
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.forms import options
from crm.pages import number, say
from crm.runtime import runtime


@blueprint.get("/users", endpoint="users")
@access.requires(permissions.VIEW)
def index() -> Response:
    """Everybody who can sign in, and who was invited."""
    text, disabled = request.args.get("q", ""), request.args.get("disabled") == "1"
    rows = people.everybody(text, disabled=disabled)
    return htmx.render("accounts/users.html", "accounts/_users.html", rows=rows, q=text, disabled=disabled)


@blueprint.route("/users/new", methods=["GET", "POST"])
@access.requires(permissions.MANAGE)
@fresh
def invite() -> Page:
    """Invite somebody, with a role."""
    form = _with_roles(InviteForm())
    status = _status(form)
    if not _searches() and form.sent():
        try:
            with db.transaction(current_actor(), "accounts.invite") as change:
                user = invitations.invite(
                    current_actor(), form.email.data or "", form.name.data or "", *_chosen(form)
                )
                change.summary = _("Invited %(name)s", name=user.name)
            say(_sent_words(user.email))
            return redirect(url_for("accounts.user", user_id=user.id), 303)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/invite.html", form=form, **_scope_choices(form)), status


@blueprint.post("/users/scopes")
@access.requires(permissions.MANAGE)
def scopes() -> str:
    """Records that a role can be limited to, for the one who is typing a name. Posted, since the whole form
    comes along: no email address stands in the address of a page."""
    return render_template("accounts/_scopes.html", **_scope_choices(GrantForm()))


@blueprint.get("/users/<int:user_id>")
@access.requires(permissions.VIEW)
def user(user_id: int) -> str:
    """One account: roles, sessions, second step."""
    return _page(_load(user_id))


def _page(account: User, **more: Any) -> str:
    actor = current_actor()
    [row] = people.described([account])
    return render_template(
        "accounts/user.html",
        **more,
        account=account,
        row=row,
        grants=roles.of_user(account),
        grant_label=people.grant_label,
        sessions=sessions.of_user(account.id),
        has_app=second_factor.has_app(account),
        passkeys=passkeys.of_user(account),
        codes_left=second_factor.codes_left(account),
        may_manage=actor.can(permissions.MANAGE) and authority.may_manage(actor, account),
        myself=actor.user_id == account.id,
        device_name=device_name,
        is_phone=is_phone,
    )


@blueprint.route("/users/<int:user_id>/edit", methods=["GET", "POST"])
@access.requires(permissions.MANAGE)
@fresh
def edit_user(user_id: int) -> Page:
    """Another name or address; a notice goes to the old address."""
    account = _load(user_id)
    form = AccountForm(obj=account)
    status = form.status
    if form.sent():
        try:
            with db.transaction(current_actor(), "accounts.edit") as change:
                users.rename(current_actor(), account, form.name.data or "")
                users.change_email(current_actor(), account, form.email.data or "")
                change.summary = _("Changed the account of %(name)s", name=account.name)
            say(_("Saved."), change)
            return redirect(url_for("accounts.user", user_id=user_id), 303)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/edit_user.html", form=form, account=account), status


@blueprint.post("/users/<int:user_id>/disable")
@access.requires(permissions.MANAGE)
def disable_user(user_id: int) -> Response:
    """Out, at once and everywhere."""
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.disable") as change:
        users.disable(current_actor(), account)
        change.summary = _("Disabled the account of %(name)s", name=account.name)
    say(_("%(name)s is signed out everywhere and cannot sign in any more.", name=account.name))
    return _back(user_id)


@blueprint.post("/users/<int:user_id>/enable")
@access.requires(permissions.MANAGE)
def enable_user(user_id: int) -> Response:
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.enable") as change:
        users.enable(current_actor(), account)
        change.summary = _("Enabled the account of %(name)s", name=account.name)
    say(_("%(name)s can sign in again.", name=account.name))
    return _back(user_id)


@blueprint.post("/users/<int:user_id>/invite")
@access.requires(permissions.MANAGE)
def invite_again(user_id: int) -> Response:
    """A new link; the earlier one stops working."""
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.invite"):
        invitations.send_invitation(current_actor(), account)
    say(_sent_words(account.email))
    return _back(user_id)


@blueprint.post("/users/<int:user_id>/invitation-link")
@access.requires(permissions.MANAGE)
def invitation_link(user_id: int) -> str:
    """A new link to hand over by hand, shown once; the one that went out by mail stops working."""
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.invite"):
        authority.require_may_manage(current_actor(), account)
        link = invitations.new_link(account)
    return _page(account, link=link)


def _sent_words(email: str) -> str:
    """Without a mail server nothing goes anywhere, and nobody should wait for it."""
    if runtime().config.smtp_url:
        return _("The invitation to %(email)s is on its way.", email=email)
    return _(
        "The invitation to %(email)s was written to a file, since no mail server is set. Copy the invitation "
        "link below and hand it over.",
        email=email,
    )


@blueprint.post("/users/<int:user_id>/reset")
@access.requires(permissions.MANAGE)
def send_reset(user_id: int) -> Response:
    """A link for a new password; nobody but its owner sets one."""
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.send_reset"):
        authority.require_may_manage(current_actor(), account)
        if not account.active:
            raise UserError(_("%(name)s is disabled. Enable the account first.", name=account.name))
        resets.send_link(account)
    say(_("A link for a new password is on its way to %(email)s.", email=account.email))
    return _back(user_id)


@blueprint.post("/users/<int:user_id>/second-step/remove")
@access.requires(permissions.MANAGE)
@fresh
def remove_second_step(user_id: int) -> Response:
    """For somebody who lost phone, passkeys and codes."""
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.remove_second_step") as change:
        authority.require_may_manage(current_actor(), account)
        second_factor.remove_all(account)
        sessions.shut_out(account.id)
        change.summary = _("Removed the second step of %(name)s", name=account.name)
        change.require_id()
    say(_("%(name)s signs in with the password alone until there is a new second step.", name=account.name))
    return _back(user_id)


@blueprint.post("/users/<int:user_id>/sessions/end")
@access.requires(permissions.MANAGE)
def end_user_sessions(user_id: int) -> Response:
    account = _load(user_id)
    with db.transaction(current_actor(), "accounts.end_sessions") as change:
        authority.require_may_manage(current_actor(), account)
        count = sessions.shut_out(account.id)
        change.summary = _("Signed out %(name)s everywhere", name=account.name)
        if count:
            change.require_id()
    say(_("%(name)s is signed out everywhere.", name=account.name))
    return _back(user_id)


@blueprint.route("/users/<int:user_id>/roles", methods=["GET", "POST"])
@access.requires(permissions.MANAGE)
@fresh
def give_role(user_id: int) -> Page:
    """Give somebody a role over everything or over one record."""
    account = _load(user_id)
    form = _with_roles(GrantForm())
    status = _status(form)
    if not _searches() and form.sent():
        try:
            role, scope_kind, scope_id = _chosen(form)
            with db.transaction(current_actor(), "accounts.grant") as change:
                authority.require_may_give(current_actor(), role)
                given = roles.grant(account, role, scope_kind, scope_id)
                label = people.grant_label(given, role)
                change.summary = _("Made %(name)s %(role)s", name=account.name, role=label)
            say(_("%(name)s is %(role)s now.", name=account.name, role=label))
            return redirect(url_for("accounts.user", user_id=user_id), 303)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template(
        "accounts/give_role.html", form=form, account=account, **_scope_choices(form)
    ), status


@blueprint.post("/users/<int:user_id>/roles/<int:grant_id>/remove")
@access.requires(permissions.MANAGE)
@fresh
def take_role(user_id: int, grant_id: int) -> Response:
    account = _load(user_id)
    given = db.session().get(RoleGrant, grant_id)
    if given is None or given.user_id != user_id:
        abort(404)
    role = db.session().get_one(Role, given.role_id)
    with db.transaction(current_actor(), "accounts.revoke") as change:
        label = people.grant_label(given, role)
        roles.revoke(current_actor(), given, role)
        change.summary = _("%(name)s is not %(role)s any more", name=account.name, role=label)
    say(_("%(name)s is not %(role)s any more.", name=account.name, role=label))
    return _back(user_id)


@blueprint.get("/users/<int:user_id>/sees")
@access.requires(permissions.VIEW)
def sees(user_id: int) -> str:
    """What can this person see?"""
    account = _load(user_id)
    return render_template(
        "accounts/sees.html",
        account=account,
        features=people.permissions_of(account),
        visible=people.visible_to(account, current_actor()),
    )


def _load(user_id: int) -> User:
    return db.session().get(User, user_id) or abort(404)


def _back(user_id: int) -> Response:
    return htmx.go(url_for("accounts.user", user_id=user_id))


def _with_roles(form: Any) -> Any:
    given = [role for role in roles.all_roles() if authority.may_give(current_actor(), role)]
    form.role.choices = options((role.id, roles.role_label(role)) for role in given)
    if form.role.data is None and not form.is_submitted():
        form.role.data = next((role.id for role in given if role.name == "viewer"), None)
    return form


def _searches() -> bool:
    """Whether only a name was looked for: the form comes again with what was typed, nothing is done yet."""
    return "search" in request.form


def _status(form: Any) -> int:
    return 200 if _searches() else int(form.status)


def _chosen(form: Any) -> tuple[Role, str, int | None]:
    """The role and the scope of a form; UserError when the scope is none."""
    role = db.session().get_one(Role, form.role.data)
    kind, _colon, number = (form.scope.data or "").partition(":")
    if kind == EVERYTHING:
        return role, EVERYTHING, None
    declared = runtime().access.scope_kinds.get(kind)
    scope_id = as_id(number)
    if declared is None or not scope_id or declared.label_of(scope_id) is None:
        raise UserError(_("Choose what the role is over: everything, or only one organization."))
    return role, kind, scope_id


def _scope_choices(form: Any) -> dict[str, Any]:
    """What the form's list of scopes shows: everything, the chosen one, and what the typed text finds."""
    text = request.values.get("q", "").strip()
    chosen = form.scope.data or ""
    found: dict[str, str] = {}
    kind, _colon, number = chosen.partition(":")
    if scope_id := as_id(number):
        found[chosen] = roles.scope_label(kind, scope_id)
    if text:
        for each in runtime().access.scope_kinds.values():
            for record_id, label in each.search(current_actor(), text):
                found[f"{each.name}:{record_id}"] = label
    return {
        "scopes": found,
        "chosen": chosen,
        "q": text,
        "scope_kinds": runtime().access.scope_kinds,
        "will_see": _will_see(form, chosen, found.get(chosen, "")),
    }


def _will_see(form: Any, chosen: str, label: str) -> str:
    """What the person would see, in a sentence; nothing while it is not chosen yet."""
    kind, _colon, number_ = chosen.partition(":")
    role = db.session().get(Role, form.role.data) if form.role.data else None
    if role is None or (kind != EVERYTHING and not label):
        return ""
    seen = people.would_see(role, kind, None if kind == EVERYTHING else int(number_))
    count = ngettext("%(count)s record", "%(count)s records", seen, count=number(seen))
    name = " ".join((request.values.get("name") or "").split()[:1]) or _("This person")
    if kind == EVERYTHING:
        return _("%(name)s will see everything: %(count)s.", name=name, count=count)
    return _("%(name)s will see %(scope)s and its people: %(count)s.", name=name, scope=label, count=count)
