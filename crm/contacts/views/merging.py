"""Merging contacts, side by side."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.contacts.choosing import described
from crm.contacts.duplicates import comparison, former, queue, uniting
from crm.contacts.models import Contact
from crm.contacts.permissions import MERGE
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.errors import UserError
from crm.fields.choosing import chosen_ids
from crm.fields.filters import as_id
from crm.pages import say
from crm.transfer.cleaning.text import fold

FOUND = 12


@blueprint.post("/bulk/merge")
@requires(MERGE)
def bulk_merge() -> Response:
    """The rows chosen in a list, side by side."""
    ids = chosen_ids("contacts", current_actor(), MERGE)
    uniting.together(ids, current_actor())
    return htmx.go(url_for("contacts.merge", ids=",".join(map(str, ids))))


@blueprint.get("/<int:contact_id>/merge")
@requires(MERGE)
def merge_with(contact_id: int) -> Response:
    """Choose whom a contact is to be merged with: likely ones first, or any by name."""
    contact = contact_or_404(contact_id, MERGE, whole=False)
    typed = request.args.get("name", "")[:200]
    found = _named(contact, typed)
    return htmx.render(
        "contacts/duplicates/merge_with.html",
        None,
        contact=contact,
        typed=typed,
        likely=queue.of_contact(contact.id, current_actor()),
        found=found,
        # Of “María Jackson · Families of Wren Hollow · #100” the name stands above.
        places={each: text.partition(" · ")[2] for each, text in described([other.id for other in found])},
    )


def _named(contact: Contact, typed: str) -> list[Contact]:
    if not (words := fold(typed).split()):
        return []
    statement = visible(Contact, current_actor(), MERGE).where(
        Contact.id != contact.id,
        Contact.kind == contact.kind,
        *(Contact.sort_name.contains(word, autoescape=True) for word in words),
    )
    return list(db.session().scalars(statement.order_by(Contact.sort_name, Contact.id).limit(FOUND)))


@blueprint.route("/merge", methods=["GET", "POST"])
@requires(MERGE)
def merge() -> Response:
    """Everything side by side, with a choice for each field in which they differ; then it is done."""
    ids = _ids()
    if request.method == "POST":
        survivor_id = as_id(request.form.get("survivor", ""))
        try:
            return _merge(ids, survivor_id)
        except UserError as error:
            if not _all_here(ids):
                raise
            return _page(ids, error.status, error=error.message)
    return (None if _all_here(ids) else _led_on(ids)) or _page(ids)


def _led_on(ids: list[int]) -> Response | None:
    """Where the records of an old link are one by now, that one is shown."""
    now = {former.heir_of(each) or each for each in ids}
    if len(now) != 1 or len(set(ids)) < 2:
        return None
    contact = contact_or_404(now.pop(), MERGE, whole=False)
    say(_("These records are one already: somebody merged them."))
    return htmx.go(url_for("contacts.show", contact_id=contact.id))


def _ids() -> list[int]:
    texts = request.values.get("ids", "").split(",")[:50]
    return [int(each) for each in texts if each.isdecimal() and len(each) < 19]


def _all_here(ids: list[int]) -> bool:
    statement = visible(Contact, current_actor(), MERGE).where(db.among(Contact.id, ids))
    found = db.session().execute(statement.with_only_columns(Contact.id)).scalars().all()
    return len(found) == len(ids) > 1 and len(ids) <= uniting.MOST


def _merge(ids: list[int], survivor_id: int) -> Response:
    chosen = {
        name.removeprefix("field-"): int(value)
        for name, value in request.form.items()
        if name.startswith("field-") and value.isdecimal() and len(value) < 19
    }
    actor = current_actor()
    with db.transaction(actor, "contacts.merge", alone=True) as change:
        survivor = uniting.merge(survivor_id, ids, chosen, actor, request.form.get("seen"))
        name, contact_id = survivor.name, survivor.id
        change.summary = _("Merged %(count)s records into %(name)s", count=len(ids), name=name)
    say(_("%(name)s is one record now. Undo makes it %(count)s again.", name=name, count=len(ids)), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


def _page(ids: list[int], status: int = 200, error: str = "") -> Response:
    contacts = uniting.together(ids, current_actor())
    survivor_id = as_id(request.values.get("survivor", ""))
    survivor = next((each for each in contacts if each.id == survivor_id), contacts[0])
    pair = len(contacts) == 2
    return htmx.render(
        "contacts/duplicates/merge.html",
        None,
        status,
        contacts=contacts,
        survivor=survivor,
        ids=",".join(map(str, ids)),
        lines=comparison.lines([survivor, *(each for each in contacts if each is not survivor)]),
        kept=comparison.kept(contacts, current_actor()),
        referring=comparison.referring(contacts),
        seen=uniting.seen_mark(contacts),
        why=queue.why(ids[0], ids[1]) if pair else ([], []),
        error=error,
    )
