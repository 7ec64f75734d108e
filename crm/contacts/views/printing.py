"""Contacts on paper and in phones: the print view, the vCard and its QR code."""

from io import BytesIO

from flask import Response, send_file
from sqlalchemy import select

from crm import db, htmx
from crm.access import current_actor, load, requires
from crm.contacts import visiting_cards
from crm.contacts.editing import FIELDS, GROUPS
from crm.contacts.files.accepting import safe_name
from crm.contacts.models import Contact, Note
from crm.contacts.permissions import EXPORT, VIEW
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.contacts.views.records import affiliations_of, children_of, parent_of
from crm.contacts.words import CHANNELS
from crm.fields.choosing import chosen_ids, chosen_state
from crm.fields.listing import Listing

MOST_PRINTED = 2000


@blueprint.get("/<int:contact_id>/print")
@requires(VIEW)
def print_view(contact_id: int) -> Response:
    """Everything about one contact, for paper."""
    contact = contact_or_404(contact_id)
    notes = select(Note).where(Note.contact_id == contact_id).order_by(Note.id.desc()).limit(200)
    return htmx.render(
        "contacts/print/contact.html",
        None,
        contact=contact,
        affiliations=affiliations_of(contact),
        parent=parent_of(contact),
        children=children_of(contact),
        fields=[
            each for each in FIELDS.values() if contact.kind in each.kinds and getattr(contact, each.name)
        ],
        groups=[each for each in GROUPS.values() if getattr(contact, each.attribute)],
        notes=db.session().scalars(notes).all(),
        channels=CHANNELS,
    )


@blueprint.post("/bulk/print")
@requires(EXPORT)
def bulk_print() -> Response:
    """The chosen rows with the columns of their list, for paper."""
    actor = current_actor()
    ids = chosen_ids("contacts", actor, EXPORT)
    listing = Listing(chosen_state("contacts", actor), actor)
    columns = listing.chosen_columns()
    return htmx.render(
        "contacts/print/list.html",
        None,
        columns=columns,
        rows=listing.rows(columns, listing.in_order(ids, MOST_PRINTED)),
        total=len(ids),
        most=MOST_PRINTED,
        record_type=listing.record_type,
    )


@blueprint.get("/<int:contact_id>/card.vcf")
@requires(VIEW)
def vcard(contact_id: int) -> Response:
    contact: Contact = load(Contact, contact_id)
    content = BytesIO(visiting_cards.vcard(contact_id, current_actor()))
    name = safe_name(contact.name.replace("/", "-") + ".vcf")
    return send_file(content, "text/vcard", as_attachment=True, download_name=name)


@blueprint.get("/<int:contact_id>/qr")
@requires(VIEW)
def qr(contact_id: int) -> Response:
    """The QR code with a word on what to do with it."""
    contact: Contact = load(Contact, contact_id)
    return htmx.render("contacts/print/qr_page.html", "contacts/print/_qr.html", contact=contact)


@blueprint.get("/<int:contact_id>/qr.svg")
@requires(VIEW)
def qr_image(contact_id: int) -> Response:
    load(Contact, contact_id)
    return Response(visiting_cards.qr_code(contact_id, current_actor()), mimetype="image/svg+xml")
