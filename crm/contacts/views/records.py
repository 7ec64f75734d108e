"""The page of one contact, and changing it in place."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, Select, bindparam, literal_column, not_, select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import Actor, current_actor, requires, sees_all, visible
from crm.contacts import services, tags
from crm.contacts.editing import (
    FIELDS,
    GROUPS,
    EditableField,
    RowGroup,
    fingerprint,
    hold,
    require_seen,
    set_field,
    set_rows,
    tags_mark,
    wishes_mark,
)
from crm.contacts.forms import posted_rows, split_tags
from crm.contacts.models import Affiliation, Contact, Note, Organization
from crm.contacts.permissions import DELETE, EDIT, VIEW
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.contacts.words import CHANNELS, NOT_BY, SECTORS
from crm.errors import UserError
from crm.journal.recorder import Change
from crm.pages import offered, say
from crm.plugin_api.types import Action
from crm.runtime import kept

MOST_NOTES: Final = 5
LIGHT: Final = 50


@blueprint.get("/<int:contact_id>")
@requires(VIEW)
def show(contact_id: int) -> Response:
    contact = contact_or_404(contact_id)
    actor = current_actor()
    return htmx.render(
        "contacts/show.html",
        None,
        contact=contact,
        can_edit=actor.can(EDIT),
        can_delete=actor.can(DELETE),
        affiliations=affiliations_of(contact),
        parent=parent_of(contact),
        children=children_of(contact),
        **_facts(contact),
        groups=GROUPS.values(),
        panels=offered("crm_contact_panels", contact=contact),
        **_actions(contact),
        channels=CHANNELS,
        sectors=SECTORS,
        notes=notes_of(contact),
        most_notes=MOST_NOTES,
    )


SHOWN_FIRST: Final = {
    "person": {"given_name", "family_name", "job_title", "birth_date", "language", "description"},
    "organization": {"name", "sector", "language", "description"},
}
"""What a page has a place for even where nothing is known."""


def _facts(contact: Contact) -> dict[str, Any]:
    """What is known and what should be, and apart from it what else could be."""
    fields = [field for field in FIELDS.values() if contact.kind in field.kinds]
    always = SHOWN_FIRST[contact.kind]
    first = [field for field in fields if field.name in always or getattr(contact, field.name)]
    return {"facts_first": first, "facts_more": [field for field in fields if field not in first]}


def _actions(contact: Contact) -> dict[str, Any]:
    """Light ones stand as buttons, the others in a menu; dangerous ones last in it."""
    found = [each for each in offered("crm_contact_actions", contact=contact) if isinstance(each, Action)]
    menu = [each for each in found if each.weight >= LIGHT]
    return {
        "light_actions": [each for each in found if each.weight < LIGHT],
        "menu_actions": [each for each in menu if not each.danger],
        "dangerous_actions": [each for each in menu if each.danger],
    }


_NOTE = db.table(Note).c
_NOTES = (
    select(_NOTE.id, _NOTE.body, _NOTE.author_label, _NOTE.created_at)
    .where(_NOTE.contact_id == bindparam("contact_id"))
    .order_by(_NOTE.id.desc())
    .limit(literal_column(str(MOST_NOTES)))
    .execution_options(**db.KEPT_PLAN)
)


def notes_of(contact: Contact) -> Sequence[Row[Any]]:
    """What a page shows of the newest notes; older ones are in the timeline."""
    return db.plain(_NOTES, {"contact_id": contact.id}).all()


def affiliations_of(contact: Contact) -> list[tuple[Affiliation, Contact]]:
    """Affiliations with the one at their other end, as far as it may be seen; current ones first."""
    of_organization, actor = isinstance(contact, Organization), current_actor()
    make = partial(_affiliations, actor, of_organization=of_organization)
    if sees_all(Contact, actor):
        key = ("affiliations", of_organization)
        statement = kept(key, lambda: make().execution_options(**db.KEPT_PLAN))
    else:
        statement = make()
    return [(row[1], row[0]) for row in db.session().execute(statement, {"own_id": contact.id})]


def _affiliations(actor: Actor, *, of_organization: bool) -> Select[Any]:
    own, other = Affiliation.person_id, Affiliation.organization_id
    if of_organization:
        own, other = other, own
    return (
        visible(Contact, actor)
        .join(Affiliation, other == Contact.id)
        .where(own == bindparam("own_id"))
        .order_by(not_(Affiliation.is_current), Affiliation.is_primary.desc(), Contact.sort_name)
        .limit(literal_column("200"))
        .add_columns(Affiliation)
    )


def parent_of(contact: Contact) -> Contact | None:
    if not contact.parent_id:
        return None
    statement = visible(Contact, current_actor()).where(Contact.id == contact.parent_id)
    return db.session().scalars(statement).first()


def children_of(contact: Contact) -> list[Contact]:
    if contact.kind != "organization":
        return []
    statement = visible(Contact, current_actor()).where(Contact.parent_id == contact.id)
    return list(db.session().scalars(statement.order_by(Contact.sort_name).limit(100)))


@blueprint.route("/<int:contact_id>/field/<name>", methods=["GET", "POST"])
@requires(EDIT)
def field(contact_id: int, name: str) -> Response:
    """One field: the form to change it, then what it says."""
    contact = contact_or_404(contact_id, EDIT)
    editable = FIELDS.get(name)
    if editable is None or contact.kind not in editable.kinds:
        abort(404)
    if request.method == "GET":
        template = "contacts/_fact.html" if "cancel" in request.args else "contacts/_fact_form.html"
        return _fact(template, contact, editable)
    return _save_field(contact, editable)


def _save_field(contact: Contact, editable: EditableField) -> Response:
    text, seen = request.form.get("value", ""), request.form.get("seen", "")
    actor = current_actor()
    try:
        with db.transaction(actor, "contacts.edit") as change:
            change.summary = _("%(field)s of %(name)s", field=editable.label, name=contact.name)
            clash = set_field(contact, editable, text, seen, actor)
    except UserError as error:
        return _fact("contacts/_fact_form.html", contact, editable, 422, error=error.message, typed=text)
    if clash is not None:
        return _fact("contacts/_fact_clash.html", contact, editable, 409, clash=clash)
    _say_saved(editable.label, change)
    answer = _fact("contacts/_fact.html", contact, editable, saved=True)
    answer.headers["HX-Trigger"] = "contact:changed"
    return answer


def _fact(
    template: str, contact: Contact, editable: EditableField, status: int = 200, **values: object
) -> Response:
    page = "contacts/fact_page.html"
    return htmx.render(
        page, template, status, contact=contact, field=editable, part=template, can_edit=True, **values
    )


@blueprint.route("/<int:contact_id>/rows/<name>", methods=["GET", "POST"])
@requires(EDIT)
def rows(contact_id: int, name: str) -> Response:
    """Emails, phones, addresses or links: the form for the whole group."""
    contact = contact_or_404(contact_id, EDIT)
    group = GROUPS.get(name)
    if group is None:
        abort(404)
    if request.method == "GET":
        return _rows_form(contact, group)
    return _save_rows(contact, group)


def _save_rows(contact: Contact, group: RowGroup) -> Response:
    typed = posted_rows((*(name for name, _label in (*group.columns, *group.marks)), "label"))
    try:
        with db.transaction(current_actor(), "contacts.edit") as change:
            change.summary = _("%(field)s of %(name)s", field=group.label, name=contact.name)
            saved = set_rows(contact, group, typed, request.form.get("seen", ""))
    except UserError as error:
        return _rows_form(contact, group, 422, error=error.message, typed=typed)
    if not saved:
        message = _("Somebody else changed this while you were typing. Below is what it says now.")
        return _rows_form(contact, group, 409, error=message)
    _say_saved(group.label, change)
    return htmx.go(url_for("contacts.show", contact_id=contact.id))


def _say_saved(what: object, change: Change) -> None:
    """Say it, with undo, when there was something to save."""
    if change.id is not None:
        say(_("%(field)s is saved.", field=what), change)


def _rows_form(contact: Contact, group: RowGroup, status: int = 200, **values: object) -> Response:
    # A transaction that was refused has thrown away what was loaded.
    contact = contact_or_404(contact.id, EDIT)
    return htmx.render(
        "contacts/rows_page.html",
        "contacts/_rows_form.html",
        status,
        contact=contact,
        group=group,
        seen=fingerprint(contact, group),
        **values,
    )


@blueprint.route("/<int:contact_id>/tags", methods=["GET", "POST"])
@requires(EDIT)
def contact_tags(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT)
    if request.method == "POST":
        actor = current_actor()
        with db.transaction(actor, "contacts.tag") as change:
            change.summary = _("Tags of %(name)s", name=contact.name)
            hold(contact)
            require_seen(request.form.get("seen"), tags_mark(contact))
            made = tags.set_tags(contact, split_tags(request.form.get("tags", "")), actor)
            services.touch(contact)
        say(_("The tags are saved.") + tags.made_words(made), change)
        return htmx.go(url_for("contacts.show", contact_id=contact.id))
    names = [tag.name for tag in tags.known(current_actor())]
    return htmx.render(
        "contacts/tags_page.html",
        "contacts/_tags_form.html",
        contact=contact,
        names=names,
        seen=tags_mark(contact),
    )


@blueprint.route("/<int:contact_id>/do-not-contact", methods=["GET", "POST"])
@requires(EDIT)
def do_not_contact(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT)
    if request.method == "POST":
        chosen = {
            channel: request.form.get(f"reason-{channel}", "")[:500]
            for channel in CHANNELS
            if request.form.get(channel)
        }
        with db.transaction(current_actor(), "contacts.do_not_contact") as change:
            change.summary = _("How %(name)s may be contacted", name=contact.name)
            hold(contact)
            require_seen(request.form.get("seen"), wishes_mark(contact))
            services.set_do_not_contact(contact, chosen)
        say(_("It is noted how %(name)s may be contacted.", name=contact.name), change)
        return htmx.go(url_for("contacts.show", contact_id=contact.id))
    return htmx.render(
        "contacts/do_not_contact_page.html",
        "contacts/_do_not_contact_form.html",
        contact=contact,
        channels=NOT_BY,
        present={row.channel: row for row in contact.do_not_contact},
        seen=wishes_mark(contact),
    )


@blueprint.route("/<int:contact_id>/delete", methods=["GET", "POST"])
@requires(DELETE)
def delete(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, DELETE, whole=False)
    if request.method == "POST":
        name = contact.name
        with db.transaction(current_actor(), "contacts.delete", _("Deleted %(name)s", name=name)) as change:
            services.delete([contact_id])
        say(_("%(name)s is deleted.", name=name), change)
        return htmx.go(url_for("contacts.index"))
    return htmx.render("contacts/delete_page.html", "contacts/_delete_form.html", contact=contact)
