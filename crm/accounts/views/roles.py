"""Roles: what each of them allows."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor
from crm.accounts import permissions
from crm.accounts.forms import RoleForm
from crm.accounts.freshness import fresh
from crm.accounts.models import Role, RoleGrant
from crm.accounts.services import people, roles
from crm.accounts.views.blueprint import blueprint
from crm.accounts.views.sign_in import Page
from crm.errors import UserError
from crm.pages import say


@blueprint.get("/roles", endpoint="roles")
@access.requires(permissions.VIEW)
def index() -> str:
    """Every role, what it is for, and how many have it."""
    counted = select(RoleGrant.role_id, func.count(RoleGrant.user_id.distinct())).group_by(RoleGrant.role_id)
    holders = {row[0]: row[1] for row in db.session().execute(counted)}
    return render_template(
        "accounts/roles.html",
        roles=roles.all_roles(),
        holders=holders,
        label=roles.role_label,
        description=roles.role_description,
        groups=people.by_feature(),
    )


@blueprint.route("/roles/new", methods=["GET", "POST"])
@access.requires(permissions.ROLES)
@fresh
def new_role() -> Page:
    """A name first; what the role allows is chosen on its page."""
    form = RoleForm()
    status = form.status
    if form.sent():
        try:
            with db.transaction(current_actor(), "accounts.new_role") as change:
                role = roles.make_role(current_actor(), form.label.data or "", form.description.data or "")
                change.summary = _("Added the role %(role)s", role=role.label)
            return redirect(url_for("accounts.role", role_id=role.id), 303)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    return render_template("accounts/new_role.html", form=form), status


@blueprint.get("/roles/<int:role_id>")
@access.requires(permissions.VIEW)
def role(role_id: int) -> str:
    """What a role allows, by feature."""
    found = _load(role_id)
    return _page(found, _form_of(found))


def _form_of(found: Role) -> RoleForm:
    return RoleForm(
        record=found,
        label=roles.role_label(found),
        description=roles.role_description(found),
        permissions=found.permissions,
    )


@blueprint.post("/roles/<int:role_id>")
@access.requires(permissions.ROLES)
@fresh
def change_role(role_id: int) -> Page | str:
    found = _load(role_id)
    form = _form_of(found)
    if not form.sent():
        return _page(found, form), form.status
    try:
        with db.transaction(current_actor(), "accounts.change_role") as change:
            roles.change_role(
                current_actor(),
                found,
                form.label.data or "",
                form.description.data or "",
                request.form.getlist("permissions"),
            )
            change.summary = _("Changed what the role %(role)s allows", role=roles.role_label(found))
    except UserError as error:
        form.form_errors.append(error.message)
        return _page(found, form), error.status
    say(_("Saved. It holds from each person’s next click."), change)
    return redirect(url_for("accounts.role", role_id=role_id), 303)


@blueprint.post("/roles/<int:role_id>/delete")
@access.requires(permissions.ROLES)
@fresh
def delete_role(role_id: int) -> Response:
    found = _load(role_id)
    with db.transaction(current_actor(), "accounts.delete_role") as change:
        label = roles.role_label(found)
        roles.delete_role(found)
        change.summary = _("Deleted the role %(role)s", role=label)
    say(_("The role %(role)s is deleted.", role=label), change)
    return htmx.go(url_for("accounts.roles"))


def _load(role_id: int) -> Role:
    return db.session().get(Role, role_id) or abort(404)


def _page(found: Role, form: Any) -> str:
    actor = current_actor()
    return render_template(
        "accounts/role.html",
        role=found,
        title=roles.role_label(found),
        form=form,
        chosen=set(form.permissions.data or ()),
        groups=people.by_feature(),
        editable=actor.can(permissions.ROLES) and not found.everything,
        may_change=actor.can_everywhere,
    )
