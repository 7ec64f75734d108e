"""Handing over what somebody answers for when they leave."""

from collections.abc import Sequence

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, load, requires
from crm.coalitions import handing_over
from crm.coalitions.forms import HandOverForm
from crm.coalitions.permissions import EDIT
from crm.coalitions.views.blueprint import asked_id, blueprint, save
from crm.coalitions.views.coalitions import seen_names
from crm.contacts.models import Contact
from crm.pages import say
from crm.plugin_api.types import Heirs, Responsibility


@blueprint.route("/hand-over/<int:contact_id>", methods=["GET", "POST"])
@requires(EDIT)
def hand_over(contact_id: int) -> Response:
    """All that a person answers for, each with a box; with an organization only what they do for it."""
    contact: Contact = load(Contact, contact_id)
    organization = asked_id("organization")
    organization_name = seen_names([organization]).get(organization) if organization else None
    organization_id = organization if organization_name else None
    form = HandOverForm()
    address = url_for("contacts.show", contact_id=contact_id)
    if form.sent():
        count: list[int] = []
        name = contact.name
        summary = _("Handed over what %(name)s answered for", name=name)
        change = save(form, "coalitions.hand_over", summary,
                      lambda _c: count.append(_give(contact, organization_id, form)))  # fmt: skip
        if change is not None:
            say(ngettext("%(count)s thing is handed over.", "%(count)s things are handed over.", count[0],
                         count=count[0]), change)  # fmt: skip
            return htmx.go(address)
    items = handing_over.everything(contact, organization_id, current_actor())
    return htmx.render(
        "coalitions/hand_over.html",
        None,
        form.status,
        contact=contact,
        organization_id=organization_id,
        organization_name=organization_name,
        form=form,
        kinds=by_label(items),
        key=key,
        chosen=set(request.form.getlist("items")) if request.method == "POST" else {key(i) for i in items},
        people=any(item.heir == "person" for item in items),
        users=any(item.heir == "user" for item in items),
        back=address,
    )


def key(item: Responsibility) -> str:
    """What tells an item from all others, in a form."""
    return f"{item.kind}:{item.record_id}"


def by_label(items: Sequence[Responsibility]) -> list[tuple[str, list[Responsibility]]]:
    """Items under what they are called, in the order in which features tell them."""
    found: dict[str, list[Responsibility]] = {}
    for item in items:
        found.setdefault(str(item.label), []).append(item)
    return list(found.items())


def _give(contact: Contact, organization_id: int | None, form: HandOverForm) -> int:
    """Only what is still theirs is given away: the items are asked for again inside the transaction."""
    actor = current_actor()
    wanted = set(request.form.getlist("items"))
    items = [i for i in handing_over.everything(contact, organization_id, actor) if key(i) in wanted]
    heirs = Heirs(form.heir.data, form.heir_user.data)
    handing_over.hand_over(contact, items, heirs, actor)
    return len(items)
