"""The list of contacts and adding one, with a warning of likely duplicates while typing."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import Actor, current_actor, requires, visible
from crm.contacts import choosing, services, tags
from crm.contacts.forms import ContactForm, split_tags
from crm.contacts.likeness import Typed, likely
from crm.contacts.models import ORGANIZATION, PERSON, Organization
from crm.contacts.permissions import EDIT, VIEW
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.errors import UserError
from crm.fields.pages import show_list
from crm.pages import say
from crm.transfer.cleaning.text import fold, squash


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    return show_list("contacts", page="contacts/index.html")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    form = ContactForm()
    if (form.kind.data or request.args.get("kind")) == "organization":
        form.organization.label.text = _("Part of")
    if request.method == "GET":
        form.kind.data = "organization" if request.args.get("kind") == "organization" else "person"
        form.organization.data = request.args.get("organization", "")
        # As somebody typed it into the search box.
        given, _space, family = request.args.get("person", "")[:200].strip().rpartition(" ")
        form.given_name.data, form.family_name.data = given, family
    if form.sent():
        try:
            contact_id, kind = _add(form)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            if request.form.get("another"):
                return htmx.go(url_for("contacts.new", kind=kind))
            return htmx.go(url_for("contacts.show", contact_id=contact_id))
    return htmx.render("contacts/new.html", None, form.status, form=form)


def _add(form: ContactForm) -> tuple[int, str]:
    """Id and kind of the new contact."""
    actor, values = current_actor(), form.values()
    made = _made_on_the_way(values, actor)
    with db.transaction(actor, "contacts.create") as change:
        contact = services.create(values, actor)
        found, name = (contact.id, contact.kind), contact.name  # After the commit they would be read again.
        change.summary = _("Added %(name)s", name=name)
    say(_("%(name)s is added.", name=name) + made, change)
    return found


def _made_on_the_way(values: Mapping[str, Any], actor: Actor) -> str:
    """What the form makes besides the contact, to be said: a misspelled name is seen at once."""
    said = tags.made_words(tags.new_among(values["tags"]))
    name = squash(values["organization"])
    if name and services.find_organization(name, actor) is None:
        said += " " + _("New organization: %(name)s.", name=name)
    return said


@blueprint.post("/<int:contact_id>/use")
@requires(EDIT)
def use_existing(contact_id: int) -> Response:
    """Somebody who was about to be entered is here already: what was typed comes to them."""
    contact, form, actor = contact_or_404(contact_id, EDIT), ContactForm(), current_actor()
    if not form.sent():
        return htmx.render("contacts/new.html", None, form.status, form=form)
    try:
        with db.transaction(actor, "contacts.edit") as change:
            change.summary = _("Added what was known of %(name)s", name=contact.name)
            services.carry_all_over(contact, form.values(), actor)
    except UserError as error:
        form.form_errors.append(error.message)
        return htmx.render("contacts/new.html", None, form.status, form=form)
    if change.id is None:
        say(_("All of it was known of %(name)s already.", name=contact.name))
    else:
        say(_("What you typed is added to %(name)s.", name=contact.name), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.get("/duplicates")
@requires(VIEW)
def duplicates() -> Response:
    """Who may be meant, while somebody types; shown beside the form."""
    typed = Typed(**{each.name: request.args.get(each.name, "")[:200] for each in dataclasses.fields(Typed)})
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
    typed = squash(request.args.get("organization", ""))[:200]
    known = any(fold(name) == start for name in names)
    return htmx.render("contacts/_organization_names.html", None, names=names, new="" if known else typed)


@blueprint.get("/tag-offers")
@requires(VIEW)
def tag_offers() -> Response:
    """Tags in use that go on as the last word does, and those of the words that would make a new tag."""
    text = request.args.get("tags", "")[:2000]
    words = split_tags(text)
    begun = "" if text.rstrip().endswith(",") or not words else words[-1]
    return htmx.render(
        "contacts/_tag_offers.html", None, offers=tags.offers(begun, words), made=tags.new_among(words)
    )


@blueprint.get("/names")
@requires(VIEW)
def names() -> Response:
    """Contacts that fit what is being typed into a field that chooses one, as options of its list."""
    wanted = request.args.get("kind", "")
    kinds = (wanted,) if wanted in {PERSON, ORGANIZATION} else (PERSON, ORGANIZATION)
    known = {"kind", "lists"}
    typed = next((each for name, each in request.args.items(multi=True) if name not in known and each), "")
    lists = choosing.offered_lists(typed) if request.args.get("lists") and typed.strip() else []
    return htmx.render("contacts/_names.html", None, names=[*choosing.offers(typed, kinds), *lists])


@blueprint.get("/names/line")
@requires(VIEW)
def names_line() -> Response:
    """One more input of a field that chooses several."""
    name, kind = request.args.get("name", "")[:60], request.args.get("kind", "")
    number = max(1, min(request.args.get("number", 1, type=int), 1000))
    return htmx.render("contacts/_names_line.html", None, name=name, kind=kind, number=number)
