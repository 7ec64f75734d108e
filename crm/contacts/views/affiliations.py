"""Who belongs to which organization, in which role, since when."""

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.contacts import services
from crm.contacts.editing import affiliation_mark, hold, mark, require_seen
from crm.contacts.forms import AffiliationForm
from crm.contacts.models import Affiliation, Contact, Organization
from crm.contacts.permissions import EDIT
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.errors import Conflict, UserError
from crm.pages import say
from crm.transfer.cleaning.text import squash

CHANGEABLE = ("role", "department", "start_date", "end_date", "is_primary")


def _affiliation(contact: Contact, affiliation_id: int) -> Affiliation:
    statement = select(Affiliation).where(
        Affiliation.id == affiliation_id, Affiliation.person_id == contact.id
    )
    return db.session().scalars(statement).one_or_none() or abort(404)


def _held(affiliation_id: int) -> Affiliation:
    """The affiliation as it is now that nobody else can change it; Conflict when it was removed."""
    statement = select(Affiliation).where(Affiliation.id == affiliation_id).with_for_update()
    found = db.session().scalars(statement).one_or_none()
    if found is None:
        raise Conflict(_("Somebody else removed this meanwhile. Reload the page to see what is there now."))
    return found


@blueprint.route("/<int:contact_id>/affiliations/new", methods=["GET", "POST"])
@requires(EDIT)
def add_affiliation(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    form = AffiliationForm()
    if form.sent():
        actor = current_actor()
        known = services.find_organization(form.organization.data or "")
        try:
            with db.transaction(actor, "contacts.affiliate") as change:
                change.summary = _(
                    "%(name)s belongs to %(organization)s",
                    name=contact.name,
                    organization=form.organization.data,
                )
                services.add_affiliation(contact, form.data, actor)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            words = {"name": contact.name, "organization": squash(form.organization.data or "")}
            say(
                _("%(name)s belongs to %(organization)s.", **words)
                if known
                else _("%(name)s belongs to the new organization %(organization)s.", **words),
                change,
            )
            return htmx.go(url_for("contacts.show", contact_id=contact_id))
    return _form(contact, form, None)


@blueprint.route("/<int:contact_id>/affiliations/<int:affiliation_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_affiliation(contact_id: int, affiliation_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    affiliation = _affiliation(contact, affiliation_id)
    form = AffiliationForm(data={name: getattr(affiliation, name) for name in CHANGEABLE})
    del form.organization
    if form.sent():
        try:
            with db.transaction(
                current_actor(), "contacts.affiliate", _("Affiliation of %(name)s", name=contact.name)
            ) as change:
                hold(contact)
                present = _held(affiliation_id)
                require_seen(request.form.get("seen"), affiliation_mark(present))
                services.change_affiliation(contact, present, form.data)
        except Conflict:
            raise
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The affiliation is saved."), change)
            return htmx.go(url_for("contacts.show", contact_id=contact_id))
        contact = contact_or_404(contact_id, EDIT)
        affiliation = _affiliation(contact, affiliation_id)
    return _form(contact, form, affiliation)


@blueprint.route("/<int:contact_id>/affiliations/<int:affiliation_id>/leave", methods=["GET", "POST"])
@requires(EDIT)
def leave_affiliation(contact_id: int, affiliation_id: int) -> Response:
    """Ask whether somebody left or never was there; leaving keeps that they were."""
    contact = contact_or_404(contact_id, EDIT)
    affiliation = _affiliation(contact, affiliation_id)
    organization = _organization_of(affiliation)
    if request.method == "GET":
        return htmx.render(
            "contacts/leave_page.html",
            "contacts/_leave_form.html",
            contact=contact,
            affiliation=affiliation,
            organization=organization,
        )
    with db.transaction(
        current_actor(),
        "contacts.affiliate",
        _("%(name)s left %(organization)s", name=contact.name, organization=organization),
    ) as change:
        services.end_affiliation(contact, affiliation)
    say(_("%(name)s left today; the history stays.", name=contact.name), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


def _organization_of(affiliation: Affiliation) -> str:
    """The name of the other end, as far as it may be seen."""
    statement = visible(Contact, current_actor()).where(Contact.id == affiliation.organization_id)
    found = db.session().scalars(statement).first()
    return found.name if found else _("an organization")


@blueprint.post("/<int:contact_id>/affiliations/<int:affiliation_id>/delete")
@requires(EDIT)
def delete_affiliation(contact_id: int, affiliation_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    _affiliation(contact, affiliation_id)
    with db.transaction(
        current_actor(), "contacts.affiliate", _("Removed an affiliation of %(name)s", name=contact.name)
    ) as change:
        hold(contact)
        services.remove_affiliation(contact, _held(affiliation_id))
    say(_("The affiliation is removed."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.route("/<int:contact_id>/parent", methods=["GET", "POST"])
@requires(EDIT)
def parent(contact_id: int) -> Response:
    """The organization that an organization is part of."""
    contact = contact_or_404(contact_id, EDIT, whole=False)
    if not isinstance(contact, Organization):
        abort(404)
    error = ""
    if request.method == "POST":
        actor = current_actor()
        try:
            with db.transaction(actor, "contacts.edit", _("Parent of %(name)s", name=contact.name)) as change:
                hold(contact)
                require_seen(request.form.get("seen"), mark(contact.parent_id))
                services.set_parent_named(contact, request.form.get("organization", ""), actor)
            say(_("Saved what %(name)s is part of.", name=contact.name), change)
            return htmx.go(url_for("contacts.show", contact_id=contact_id))
        except Conflict:
            raise
        except UserError as problem:
            error = problem.message
    return htmx.render(
        "contacts/parent_page.html",
        "contacts/_parent_form.html",
        422 if error else 200,
        contact=contact,
        error=error,
        seen=mark(contact.parent_id),
    )


def _form(contact: Contact, form: AffiliationForm, affiliation: Affiliation | None) -> Response:
    return htmx.render(
        "contacts/affiliation_page.html",
        "contacts/_affiliation_form.html",
        form.status,
        contact=contact,
        form=form,
        affiliation=affiliation,
        seen=affiliation_mark(affiliation) if affiliation else "",
        organization=_organization_of(affiliation) if affiliation else "",
    )
