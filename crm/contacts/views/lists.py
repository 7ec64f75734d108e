"""The list of contacts and adding one, with a warning of likely duplicates while typing."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.accounts import sessions
from crm.contacts import services
from crm.contacts.forms import ContactForm
from crm.contacts.likeness import Typed, likely
from crm.contacts.models import Organization
from crm.contacts.permissions import EDIT, VIEW
from crm.contacts.views.blueprint import blueprint
from crm.errors import UserError
from crm.fields.pages import show_list
from crm.pages import say
from crm.transfer.cleaning.text import fold


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    return show_list("contacts", page="contacts/index.html")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    form = ContactForm()
    if request.method == "GET":
        form.kind.data = "organization" if request.args.get("kind") == "organization" else "person"
        form.organization.data = request.args.get("organization", "")
    if form.sent():
        try:
            return htmx.go(url_for("contacts.show", contact_id=_add(form)))
        except UserError as error:
            form.form_errors.append(error.message)
    return htmx.render("contacts/new.html", None, form.status, form=form)


def _add(form: ContactForm) -> int:
    """The id of the new contact; of the one from before when the same form comes twice."""
    actor, key = current_actor(), form.once.data or ""
    with db.transaction(actor, "contacts.create") as change:
        if (before := sessions.made_with(key)) is not None:
            return before
        contact = services.create(form.values(), actor)
        change.summary = _("Added %(name)s", name=contact.name)
        sessions.note_made(key, contact.id)
    say(_("%(name)s is added.", name=contact.name), change)
    return contact.id


@blueprint.get("/duplicates")
@requires(VIEW)
def duplicates() -> Response:
    """Who may be meant, while somebody types; shown beside the form."""
    names = ("given_name", "family_name", "name", "email", "phone")
    typed = Typed(**{name: request.args.get(name, "")[:200] for name in names})
    found = likely(typed, current_actor())
    return htmx.render("contacts/duplicates.html", "contacts/_duplicates.html", found=found)


@blueprint.get("/organization-names")
@requires(VIEW)
def organization_names() -> Response:
    """Names for the organization field, as options of its list."""
    start = fold(request.args.get("organization", ""))
    statement = (
        visible(Organization, current_actor())
        .where(Organization.kind == "organization", db.begins_with(Organization.sort_name, start))
        .order_by(Organization.sort_name)
        .limit(12)
        .with_only_columns(Organization.name)
    )
    names = db.session().execute(statement).scalars().all() if start else []
    return htmx.render("contacts/_organization_names.html", None, names=names)
