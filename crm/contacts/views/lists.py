"""The list of contacts and adding one, with a warning of likely duplicates while typing."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
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
        # As somebody typed it into the search box.
        given, _space, family = request.args.get("person", "")[:200].strip().rpartition(" ")
        form.given_name.data, form.family_name.data = given, family
    if form.sent():
        actor = current_actor()
        try:
            with db.transaction(actor, "contacts.create") as change:
                contact = services.create(form.values(), actor)
                change.summary = _("Added %(name)s", name=contact.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("%(name)s is added.", name=contact.name), change)
            return htmx.go(url_for("contacts.show", contact_id=contact.id))
    return htmx.render("contacts/new.html", None, form.status, form=form)


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
