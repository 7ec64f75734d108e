"""Members of coalitions: the list, joining, the page of a membership and changing it."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, may, requires, visible
from crm.coalitions.forms import AddMembersForm, MembershipForm
from crm.coalitions.models import Coalition, Membership
from crm.coalitions.permissions import EDIT, VIEW
from crm.coalitions.services import memberships as services
from crm.coalitions.views.blueprint import asked_id, blueprint, dialog, save
from crm.coalitions.views.coalitions import seen_names
from crm.contacts import choosing
from crm.contacts.models import ORGANIZATION, Affiliation, Contact
from crm.errors import UserError
from crm.fields.pages import show_list
from crm.i18n import today
from crm.pages import say
from crm.transfer.cleaning.text import squash


@blueprint.get("/members")
@requires(VIEW)
def members() -> Response:
    """Memberships of all coalitions; filters choose one, and who, in which role."""
    return show_list("memberships", page="coalitions/members.html")


@blueprint.route("/<int:coalition_id>/members/new", methods=["GET", "POST"])
@requires(EDIT)
def add_members(coalition_id: int) -> Response:
    """One or several join at once."""
    coalition: Coalition = load(Coalition, coalition_id, EDIT)
    form = AddMembersForm()
    if request.method == "GET":
        form.start_date.data = today()
        given = asked_id("contact_id")
        form.contacts.data = [given] if given in seen_names([given]) else []
    address = url_for("coalitions.show", coalition_id=coalition_id)
    if form.sent():
        name = coalition.name
        joined: list[services.Joined] = []
        summary = _("Members of %(name)s", name=name)
        change = save(
            form, "coalitions.join", summary, lambda change: joined.append(_join(coalition, form, change))
        )
        if change is not None:
            say(_added_sentence(name, joined[0]), change)
            return htmx.go(address)
    action = url_for("coalitions.add_members", coalition_id=coalition_id)
    title = _("Add members to %(name)s", name=coalition.name)
    return dialog(title, form, action, address, save=_("Add"))


def _join(coalition: Coalition, form: AddMembersForm, change: Any) -> services.Joined:
    chosen = form.contacts.data or []
    if not chosen:
        raise UserError(_("Say who joins: type a name and choose from what is offered."))
    joined = services.add_many(coalition, chosen, form.values())
    if not joined.made:
        raise UserError(
            ngettext(
                "They belong to this coalition already at that time. Change the membership that is there.",
                "All of them belong to this coalition already at that time.",
                len(joined.already),
            )
        )
    change.summary = _joined_summary(coalition.name, len(joined.made))
    return joined


def _joined_summary(name: str, count: int) -> str:
    return str(
        ngettext(
            "Added %(count)s member to %(name)s", "Added %(count)s members to %(name)s", count,
            count=count, name=name,
        )
    )  # fmt: skip


def _added_sentence(name: str, joined: services.Joined) -> str:
    done = _joined_summary(name, len(joined.made)) + "."
    if not joined.already:
        return done
    kept = ngettext(
        "%(count)s belongs already and stays as it is.", "%(count)s belong already and stay as they are.",
        len(joined.already), count=len(joined.already),
    )  # fmt: skip
    return f"{done} {kept}"


@blueprint.get("/members/<int:membership_id>")
@requires(VIEW)
def membership(membership_id: int) -> Response:
    found: Membership = load(Membership, membership_id)
    coalition = visible(Coalition, current_actor()).where(Coalition.id == found.coalition_id)
    people = [found.contact_id, found.delegate_id, found.alternate_id, found.invited_by_contact_id]
    return htmx.render(
        "coalitions/membership.html",
        None,
        membership=found,
        coalition=db.session().scalars(coalition).one_or_none(),
        names=seen_names(people),
        kind=_kind(found),
        left=set(_left(found)),
        can_edit=may(Membership, membership_id, EDIT),
    )


def _kind(found: Membership) -> str | None:
    statement = visible(Contact, current_actor()).where(Contact.id == found.contact_id)
    return db.session().execute(statement.with_only_columns(Contact.kind)).scalar_one_or_none()


def _left(found: Membership) -> list[int]:
    """Those who speak for the organization and have no part in it any more."""
    seats = [each for each in (found.delegate_id, found.alternate_id) if each is not None]
    belongs = select(Affiliation.person_id).where(Affiliation.organization_id == found.contact_id)
    current = set(db.session().execute(belongs.where(Affiliation.is_current)).scalars())
    ever = set(db.session().execute(belongs).scalars())
    return [each for each in seats if each in ever - current]


@blueprint.route("/members/<int:membership_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_membership(membership_id: int) -> Response:
    found: Membership = load(Membership, membership_id, EDIT)
    form = MembershipForm(found)
    if request.method == "GET":
        form.remember(found)
    organization = _kind(found) == ORGANIZATION
    if not organization:
        del form.delegate_id, form.alternate_id
        form.changeable = tuple(n for n in form.changeable if n not in {"delegate_id", "alternate_id"})
    name = seen_names([found.contact_id]).get(found.contact_id, _("Member"))
    address = url_for("coalitions.show", coalition_id=found.coalition_id)
    if form.sent():
        before = (found.delegate_id, found.alternate_id)
        summary = _("Membership of %(name)s", name=name)
        change = save(form, "coalitions.membership.edit", summary,
                      lambda _c: services.change(found, form.values()), found)  # fmt: skip
        if change is not None:
            say(
                " ".join([_("The membership of %(name)s is saved.", name=name), *_warnings(found, before)]),
                change,
            )
            return htmx.go(address)
    action = url_for("coalitions.edit_membership", membership_id=membership_id)
    return dialog(_("Membership of %(name)s", name=name), form, action, address,
                  delegates_of=membership_id if organization else None,
                  offered=_affiliated(found.contact_id) if organization else [],
                  delete=url_for("coalitions.delete_membership", membership_id=membership_id))  # fmt: skip


def _warnings(found: Membership, before: tuple[int | None, int | None]) -> list[str]:
    """What to know of new delegates who have no part in the organization."""
    new = [each for each in (found.delegate_id, found.alternate_id) if each not in before]
    return [
        _(
            "%(name)s has no part in this organization at present; add it on their page if they have.",
            name=name,
        )
        for name in services.strangers(found.contact_id, new)
    ]


def _affiliated(organization_id: int, start: str = "") -> list[str]:
    """People who belong to an organization at present, as the fields of a form offer them."""
    statement = (
        visible(Contact, current_actor())
        .join(Affiliation, Affiliation.person_id == Contact.id)
        .where(Affiliation.organization_id == organization_id, Affiliation.is_current)
        .order_by(Contact.sort_name)
        .limit(200)
        .with_only_columns(Contact.id)
    )
    ids = list(dict.fromkeys(db.session().execute(statement).scalars()))
    wanted = start.lower()
    return [text for _id, text in choosing.described(ids) if wanted in text.lower()]


@blueprint.get("/members/<int:membership_id>/names")
@requires(EDIT)
def delegate_names(membership_id: int) -> Response:
    """Who may be meant as delegate: people of the organization first, then everybody who fits."""
    found: Membership = load(Membership, membership_id)
    typed = squash(next((each for each in request.args.values() if each), ""))[:200]
    first = _affiliated(found.contact_id, typed)[: choosing.OFFERED]
    more = choosing.offers(typed, ("person",)) if len(first) < choosing.OFFERED else []
    names = list(dict.fromkeys([*first, *more]))
    return htmx.render("contacts/_organization_names.html", None, names=names)


@blueprint.post("/members/<int:membership_id>/delete")
@requires(EDIT)
def delete_membership(membership_id: int) -> Response:
    """For a membership that was a mistake; one that is over is ended instead."""
    found: Membership = load(Membership, membership_id, EDIT)
    coalition_id = found.coalition_id
    name = seen_names([found.contact_id]).get(found.contact_id, _("Member"))
    summary = _("Removed the membership of %(name)s", name=name)
    with db.transaction(current_actor(), "coalitions.membership.delete", summary) as change:
        services.delete(found)
    say(_("The membership of %(name)s is removed.", name=name), change)
    return htmx.go(url_for("coalitions.show", coalition_id=coalition_id))
