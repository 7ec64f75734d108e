"""Legislators: the list, the page of one, names that wait to be matched, who of ours lives where."""

from datetime import date
from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Contact,
    Organization,
    UserError,
    apply_custom,
    current_actor,
    db,
    load,
    render,
    requires,
    show_list,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.words import day, day_here, squash
from crm_policy import words
from crm_policy.forms import LegislatorForm, NewLegislatorForm, OfficeForm, RelationshipForm
from crm_policy.importing.people import settle
from crm_policy.models import Ballot, Bill, Legislator, Lobbying, Office, Sponsor, Term, Unmatched, Vote
from crm_policy.models.people import office_key
from crm_policy.permissions import EDIT, VIEW
from crm_policy.places import name_of
from crm_policy.placing import districts_form
from crm_policy.services import people, work
from crm_policy.services.bills import user_name
from crm_policy.views.blueprint import blueprint, do, for_all, save


@blueprint.get("/legislators")
@requires(VIEW)
def legislators() -> Response:
    return show_list(
        "policy_legislator", page="policy/legislators.html", waiting=len(work.open_names(current_actor()))
    )


def _facts(found: Legislator) -> dict[str, Any]:
    actor = current_actor()

    def rows(model: Any, *order: Any) -> list[Any]:
        return list(
            db.session().scalars(
                visible(model, actor).where(model.legislator_id == found.id).order_by(*order)
            )
        )

    sponsored = (
        visible(Bill, actor)
        .join(Sponsor, Sponsor.bill_id == Bill.id)
        .where(Sponsor.legislator_id == found.id, Bill.triage == "tracked")
        .order_by(Bill.last_action_on.desc())
        .limit(20)
        .add_columns(Sponsor.role)
    )
    voted = (
        visible(Ballot, actor)
        .join(Vote, Vote.id == Ballot.vote_id)
        .join(Bill, Bill.id == Vote.bill_id)
        .where(Ballot.legislator_id == found.id, Bill.triage == "tracked")
        .order_by(Vote.voted_on.desc(), Vote.id.desc())
        .limit(20)
        .with_only_columns(Ballot.option, Vote.motion, Vote.voted_on, Bill.id, Bill.identifier)
    )
    met = (
        visible(Lobbying, actor)
        .where(Lobbying.contact_id == found.contact_id)
        .order_by(Lobbying.worked_on.desc())
    )
    here = work.partners_in(found, actor)
    ours = work.ours_among(here)
    return {
        "legislator": found,
        "terms": rows(Term, Term.starts_on.desc()),
        "offices": [
            each
            for each in rows(Office, Office.kind, Office.id)
            if each.archived_on is None and not each.closed
        ],
        "seats": work.seats(found.id, actor),
        "sponsored": list(db.session().execute(sponsored)),
        "voted": list(db.session().execute(voted)),
        "meetings": list(db.session().scalars(met.limit(10))),
        "partners": ours,
        "others": [each for each in here if each not in ours],
        "holder": user_name(found.relationship_user_id),
        "state": name_of(found.state),
        "chamber": work.chamber_words(found.state, found.chamber),
        "words": words,
        "can_edit": actor.can_everywhere(EDIT),
        "today": day_here(),
    }


@blueprint.get("/legislators/<int:legislator_id>")
@requires(VIEW)
def legislator(legislator_id: int) -> Response:
    return render("policy/legislator.html", None, **_facts(load(Legislator, legislator_id)))


@blueprint.route("/legislators/new", methods=["GET", "POST"])
@requires(EDIT)
def new_legislator() -> Response:
    """Somebody who sits there before any source says so."""
    for_all()
    form = NewLegislatorForm(state=request.args.get("state", ""))
    return save(
        form,
        lambda _change: apply_custom(people.by_hand(form.values()), form.values()),
        "policy.legislator",
        _("Added %(name)s", name=" ".join(filter(None, (form.given.data, form.family.data)))),
        url_for("policy.legislators"),
        _("Add a legislator"),
    )


@blueprint.route("/legislators/<int:legislator_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_legislator(legislator_id: int) -> Response:
    """What staff knows better than the sources."""
    found: Legislator = load(Legislator, legislator_id, EDIT)
    form = LegislatorForm(obj=found)
    source = people.told(found)
    for name in found.staff_fields:
        if name in source:
            form[name].description = _("The source says: %(value)s", value=_in_words(source[name]))

    def write(_change: Any) -> None:
        people.correct(found, form.values())
        apply_custom(found, form.values())

    return save(
        form,
        write,
        "policy.legislator",
        _("Corrected %(name)s", name=found.name),
        url_for("policy.legislator", legislator_id=legislator_id),
        _("What we know better"),
        note=_("What you change here wins over every import, until it says the same as the source again."),
    )


def _in_words(value: Any) -> str:
    if isinstance(value, date):
        return day(value)
    return str(words.CHAMBERS.get(value, value)) if value else _("nothing")


@blueprint.get("/legislators/<int:legislator_id>/district")
@requires(VIEW)
def district(legislator_id: int) -> Response:
    """Whom we know in a legislator's district: our organizations, and the people of each."""
    found: Legislator = load(Legislator, legislator_id)
    actor = current_actor()
    partners = work.partners_in(found, actor)
    ours = work.ours_among(partners)
    return render(
        "policy/district.html",
        None,
        legislator=found,
        groups=[
            (_("Members of the coalition"), ours),
            (_("Others on file there"), [each for each in partners if each not in ours]),
        ],
        partners=partners,
        people=work.people_of([each.id for each in partners], actor),
        seats=work.seats(found.id, actor),
        state=name_of(found.state),
        chamber=work.chamber_words(found.state, found.chamber),
        holder=user_name(found.relationship_user_id),
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.route("/legislators/<int:legislator_id>/relationship", methods=["GET", "POST"])
@requires(EDIT)
def relationship(legislator_id: int) -> Response:
    """Who of us holds the relationship."""
    found: Legislator = load(Legislator, legislator_id, EDIT)
    form = RelationshipForm(obj=found)

    def write(_change: Any) -> None:
        found.relationship_user_id = form.relationship_user_id.data

    return save(
        form,
        write,
        "policy.relationship",
        _("Who knows %(name)s", name=found.name),
        url_for("policy.legislator", legislator_id=legislator_id),
        _("Who of us holds the relationship"),
    )


@blueprint.get("/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """The panel of a contact: their seat, or the districts in which a partner lies and who sits there."""
    contact: Contact = load(Contact, contact_id)
    actor = current_actor()
    statement = visible(Legislator, actor).where(Legislator.contact_id == contact_id)
    found = db.session().scalars(statement).first()
    if found is not None:
        return render(
            "policy/panel_page.html",
            "policy/_legislator.html",
            part="legislator",
            title=contact.name,
            **_facts(found),
        )
    places = work.districts_of(contact)
    return render(
        "policy/panel_page.html",
        "policy/_districts.html",
        part="districts",
        title=contact.name,
        contact=contact,
        places=places,
        sits=work.represented_by(places, actor),
        words=words,
        chamber_words=work.chamber_words,
        can_edit=db.session().scalars(visible(Contact, actor, EDIT).where(Contact.id == contact_id)).first()
        is not None,
    )


@blueprint.route("/of-contact/<int:contact_id>/districts", methods=["GET", "POST"])
@requires(EDIT)
def constituency(contact_id: int) -> Response:
    contact: Contact = load(Contact, contact_id, EDIT)
    if not isinstance(contact, Organization):
        abort(404)
    form = districts_form(contact)
    return save(
        form,
        lambda _change: work.set_constituency(contact, form.values()),
        "policy.district",
        _("Legislative districts of %(name)s", name=contact.name),
        url_for("contacts.show", contact_id=contact_id),
        _("Legislative districts"),
        note=_("What belongs to this organization lies there, too."),
    )


@blueprint.route(
    "/legislators/<int:legislator_id>/offices/new", methods=["GET", "POST"], defaults={"office_id": None}
)
@blueprint.route("/legislators/<int:legislator_id>/offices/<int:office_id>", methods=["GET", "POST"])
@requires(EDIT)
def office(legislator_id: int, office_id: int | None) -> Response:
    """An office as staff knows it: it wins over every import."""
    found: Legislator = load(Legislator, legislator_id, EDIT)
    one = load(Office, office_id, EDIT) if office_id else Office(legislator_id=legislator_id)
    if one.legislator_id != legislator_id:
        abort(404)
    form = OfficeForm(obj=one)
    known: Any = form.kind.choices
    if one.kind and one.kind not in {value for value, *_rest in form.kind.iter_choices()}:
        form.kind.choices = [*known, *options([(one.kind, one.kind)])]  # Kinds that a source alone has.

    def write(_change: Any) -> None:
        if office_id and not one.staff:
            one.stands_for = office_key(one.kind, one.address)
        for key, value in form.values().items():
            setattr(one, key, squash(value or ""))
        one.staff, one.verified_on, one.source = True, day_here(), "staff"
        db.session().add(one)

    return save(
        form,
        write,
        "policy.office",
        _("An office of %(name)s", name=found.name),
        url_for("policy.legislator", legislator_id=legislator_id),
        _("Office"),
        delete_address=url_for("policy.close_office", legislator_id=legislator_id, office_id=office_id)
        if office_id
        else "",
    )


@blueprint.post("/legislators/<int:legislator_id>/offices/<int:office_id>/close")
@requires(EDIT)
def close_office(legislator_id: int, office_id: int) -> Response:
    """An office that is no more; no import brings it back."""
    one: Office = load(Office, office_id, EDIT)
    if one.legislator_id != legislator_id:
        abort(404)

    def write(_change: Any) -> None:
        one.stands_for = one.stands_for or office_key(one.kind, one.address)
        one.staff, one.closed, one.verified_on = True, True, day_here()

    return do(
        write,
        "policy.office",
        _("Removed an office"),
        url_for("policy.legislator", legislator_id=legislator_id),
    )


@blueprint.post("/legislators/<int:legislator_id>/offices/<int:office_id>/verify")
@requires(EDIT)
def verify_office(legislator_id: int, office_id: int) -> Response:
    one: Office = load(Office, office_id, EDIT)
    if one.legislator_id != legislator_id:
        abort(404)

    def write(_change: Any) -> None:
        one.verified_on = day_here()

    return do(
        write, "policy.office", _("Verified today"), url_for("policy.legislator", legislator_id=legislator_id)
    )


@blueprint.get("/names")
@requires(VIEW)
def names() -> Response:
    """Names that sources gave and that nobody placed yet."""
    waiting = work.open_names(current_actor())
    ids = {int(each) for row in waiting for each in row.candidates}
    known = {
        each.id: each
        for each in db.session().scalars(
            visible(Legislator, current_actor()).where(db.among(Legislator.id, ids))
        )
    }
    return render(
        "policy/names.html",
        None,
        waiting=waiting,
        known=known,
        words=words,
        chamber_words=work.chamber_words,
        can_edit=current_actor().can_everywhere(EDIT),
    )


@blueprint.post("/names/<int:name_id>")
@requires(EDIT)
def settle_name(name_id: int) -> Response:
    """Somebody says who it is: one of the candidates, or somebody new."""
    waiting: Unmatched = load(Unmatched, name_id, EDIT)
    if waiting.status != "open":
        raise UserError(_("Somebody has said so already. Reload the page."))
    chosen = request.form.get("legislator", "")
    if chosen != "new" and (not chosen.isdecimal() or int(chosen) not in waiting.candidates):
        raise UserError(_("Choose who it is."))
    one = load(Legislator, int(chosen)) if chosen != "new" else None
    sentence = _("Said who “%(name)s” is", name=waiting.name)
    return do(lambda change: settle(waiting, one, change), "policy.match", sentence, url_for("policy.names"))
