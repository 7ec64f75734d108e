"""Hearings: the list, one of them, testimony for it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import apply_custom, current_actor, db, load, render, requires, show_list, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm_policy import words
from crm_policy.forms import AgendaForm, HearingForm, TestimonyForm, UniteHearingsForm
from crm_policy.models import Bill, Hearing, HearingBill, Testimony
from crm_policy.permissions import APPROVE, EDIT, VIEW
from crm_policy.places import name_of, zone_of
from crm_policy.services import bills, removing, work
from crm_policy.views.bills import name, page_of
from crm_policy.views.blueprint import blueprint, do, for_all, load_bill, number_of, save


@blueprint.get("/hearings")
@requires(VIEW)
def hearings() -> Response:
    return show_list("policy_hearing", page="policy/hearings.html")


@blueprint.get("/hearings/<int:hearing_id>")
@requires(VIEW)
def hearing(hearing_id: int) -> Response:
    found: Hearing = load(Hearing, hearing_id)
    actor = current_actor()
    agenda = (
        visible(Bill, actor)
        .join(HearingBill, HearingBill.bill_id == Bill.id)
        .where(HearingBill.hearing_id == hearing_id)
    )
    given = visible(Testimony, actor).where(Testimony.hearing_id == hearing_id).order_by(Testimony.id)
    others = work.at_that_time(found, actor) if actor.can_everywhere(EDIT) else []
    return render(
        "policy/hearing.html",
        None,
        hearing=found,
        bills=list(db.session().scalars(agenda)),
        state=name_of(found.state),
        testimonies=list(db.session().scalars(given)),
        words=words,
        can_edit=actor.can_everywhere(EDIT),
        others=others,
        twins=work.twins(found, others) if others else [],
    )


@blueprint.route("/hearings/<int:hearing_id>/unite", methods=["GET", "POST"])
@requires(EDIT)
def unite_hearings(hearing_id: int) -> Response:
    """Two records are one hearing, which its sources call by two names."""
    for_all()
    keep: Hearing = load(Hearing, hearing_id, EDIT)
    others = {each.id: each for each in work.at_that_time(keep, current_actor())}
    form = UniteHearingsForm()
    named = [(each.id, f"{each.committee_name}, {words.held(each)}") for each in others.values()]
    form.other_id.choices = options([("", _("Choose")), *named])
    return save(
        form,
        lambda _change: work.unite_hearings(keep, others[form.other_id.data or 0]),
        "policy.hearing",
        _("“%(name)s” and another record are one hearing", name=keep.committee_name),
        url_for("policy.hearing", hearing_id=hearing_id),
        _("Is “%(name)s” here twice?", name=keep.committee_name),
        submit=_("They are one"),
        note=_("Both agendas, testimony and notes stay. You can undo this.")
        if others
        else _("No other hearing is known at that time."),
    )


@blueprint.route("/hearings/<int:hearing_id>/agenda", methods=["GET", "POST"])
@requires(EDIT)
def add_to_agenda(hearing_id: int) -> Response:
    for_all()
    found: Hearing = load(Hearing, hearing_id, EDIT)
    form = AgendaForm()
    return save(
        form,
        lambda _change: work.add_to_agenda(found, load(Bill, form.bill.data)),
        "policy.hearing",
        _("A bill on the agenda of “%(name)s”", name=found.committee_name),
        url_for("policy.hearing", hearing_id=hearing_id),
        _("A bill on the agenda"),
        submit=_("Add"),
    )


@blueprint.post("/hearings/<int:hearing_id>/agenda/<int:bill_id>/leave")
@requires(EDIT)
def take_off_agenda(hearing_id: int, bill_id: int) -> Response:
    for_all()
    found: Hearing = load(Hearing, hearing_id, EDIT)
    bill: Bill = load_bill(bill_id)
    return do(
        lambda _change: work.take_off_agenda(found, bill),
        "policy.hearing",
        _("%(bill)s is off the agenda of “%(name)s”", bill=name(bill), name=found.committee_name),
        url_for("policy.hearing", hearing_id=hearing_id),
    )


def _local(found: Hearing) -> datetime:
    return found.starts_at.astimezone(ZoneInfo(found.time_zone or str(zone_of(found.state))))


@blueprint.route("/hearings/new", methods=["GET", "POST"], defaults={"hearing_id": None})
@blueprint.route("/hearings/<int:hearing_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_hearing(hearing_id: int | None) -> Response:
    """One more bill can come with the address: it is put on the agenda."""
    for_all()
    found = load(Hearing, hearing_id, EDIT) if hearing_id else None
    bill_id = number_of("bill_id")
    bill = load_bill(bill_id) if bill_id else None
    state = bill.state if bill else bills.home_state(current_actor())
    given = {"standing": found.status if found else "confirmed", "state": state}
    form = HearingForm(obj=found, data=given)
    if found is not None and not form.is_submitted():  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        form.starts_at.data = _local(found).replace(tzinfo=None)

    def write(_change: Any) -> None:
        values = form.values()
        one = work.write_hearing(found, values, bill)
        apply_custom(one, values)
        if bill is not None:
            work.add_to_agenda(one, bill)

    back = (
        page_of(bill_id)
        if bill_id
        else url_for("policy.hearing", hearing_id=hearing_id)
        if hearing_id
        else url_for("policy.hearings")
    )
    return save(
        form,
        write,
        "policy.hearing",
        _("A hearing of “%(name)s”", name=form.committee_name.data or ""),
        back,
        _("Hearing"),
        delete_address=url_for("policy.delete_hearing", hearing_id=hearing_id)
        if found is not None and removing.is_ours(found)
        else None,
    )


@blueprint.route(
    "/bills/<int:bill_id>/testimony/new", methods=["GET", "POST"], defaults={"testimony_id": None}
)
@blueprint.route("/bills/<int:bill_id>/testimony/<int:testimony_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_testimony(bill_id: int, testimony_id: int | None) -> Response:
    bill: Bill = load_bill(bill_id, EDIT)
    one = load(Testimony, testimony_id, EDIT) if testimony_id else Testimony(bill_id=bill_id, status="draft")
    if one.bill_id != bill_id:
        abort(404)
    given = {"hearing_id": number_of("hearing_id") or None, "manner": one.form}
    form = TestimonyForm(obj=one if testimony_id else None, data=given)
    form.hearing_id.choices = options([("", _("None")), *work.hearing_choices(bill_id, current_actor())])
    return save(
        form,
        lambda _change: work.write_testimony(one, form.values(), current_actor()),
        "policy.testimony",
        _("Testimony on %(name)s", name=name(bill)),
        url_for("policy.testimony", bill_id=bill_id, testimony_id=testimony_id)
        if testimony_id
        else page_of(bill_id),
        _("Testimony"),
        note=_("What changes must be approved again.") if one.status in ("approved", "review") else "",
        delete_address=url_for("policy.delete_testimony", bill_id=bill_id, testimony_id=testimony_id)
        if testimony_id and one.status != "given"
        else None,
    )


@blueprint.post("/bills/<int:bill_id>/testimony/<int:testimony_id>/delete")
@requires(EDIT)
def delete_testimony(bill_id: int, testimony_id: int) -> Response:
    """Testimony that nobody gives after all."""
    for_all()
    one: Testimony = load(Testimony, testimony_id, EDIT)
    if one.bill_id != bill_id:
        abort(404)
    return do(
        lambda _change: work.drop_testimony(one),
        "policy.testimony",
        _("Removed the testimony “%(title)s”", title=one.title),
        page_of(bill_id),
    )


@blueprint.get("/bills/<int:bill_id>/testimony/<int:testimony_id>")
@requires(VIEW)
def testimony(bill_id: int, testimony_id: int) -> Response:
    one: Testimony = load(Testimony, testimony_id)
    if one.bill_id != bill_id:
        abort(404)
    from crm.plugin_api import Contact

    who = (
        db.session()
        .scalars(visible(Contact, current_actor()).where(Contact.id == (one.contact_id or 0)))
        .first()
    )
    return render(
        "policy/testimony.html",
        None,
        testimony=one,
        bill=load_bill(bill_id),
        who=who,
        words=words,
        steps=work.STEPS[one.status],
        can_edit=current_actor().can_everywhere(EDIT),
        can_approve=current_actor().can_everywhere(APPROVE),
    )


@blueprint.post("/bills/<int:bill_id>/testimony/<int:testimony_id>/move")
@requires(EDIT)
def move_testimony(bill_id: int, testimony_id: int) -> Response:
    for_all()
    one: Testimony = load(Testimony, testimony_id, EDIT)
    if one.bill_id != bill_id:
        abort(404)
    to, actor = request.form.get("to", ""), current_actor()
    version = request.form.get("version", type=int)
    return do(
        lambda _change: work.move_testimony(
            one, to, actor, may_approve=actor.can_everywhere(APPROVE), version=version
        ),
        "policy.testimony",
        f"{one.title}: {words.TESTIMONY_STATUSES.get(to, to)}",
        url_for("policy.testimony", bill_id=bill_id, testimony_id=testimony_id),
    )
