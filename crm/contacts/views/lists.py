"""The list of contacts and adding one, with a warning of likely duplicates while typing."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.contacts import choosing, services
from crm.contacts.forms import ContactForm
from crm.contacts.likeness import Typed, likely
from crm.contacts.models import ORGANIZATION, PERSON, Organization
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


@blueprint.get("/names")
@requires(VIEW)
def names() -> Response:
    """Contacts that fit what is being typed into a field that chooses one, as options of its list."""
    wanted = request.args.get("kind", "")
    kinds = (wanted,) if wanted in {PERSON, ORGANIZATION} else (PERSON, ORGANIZATION)
    typed = next((each for name, each in request.args.items(multi=True) if name != "kind" and each), "")
    return htmx.render("contacts/_organization_names.html", None, names=choosing.offers(typed, kinds))


@blueprint.get("/names/line")
@requires(VIEW)
def names_line() -> Response:
    """One more input of a field that chooses several."""
    name, kind = request.args.get("name", "")[:60], request.args.get("kind", "")
    number = max(1, min(request.args.get("number", 1, type=int), 1000))
    return htmx.render("contacts/_names_line.html", None, name=name, kind=kind, number=number)
