"""The further lists, and where a row of each leads."""

from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, render, requires, show_list, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.words import day_here
from crm_policy import words
from crm_policy.forms import CommitteeForm, SeatForm
from crm_policy.models import (
    Ballot,
    Bill,
    Committee,
    Hearing,
    HearingBill,
    Legislator,
    Lobbying,
    Seat,
    Stance,
)
from crm_policy.permissions import EDIT, VIEW
from crm_policy.places import name_of
from crm_policy.services import people, work
from crm_policy.views.blueprint import blueprint, do, for_all, save

PAGE = "policy/list.html"


@blueprint.get("/votes")
@requires(VIEW)
def votes() -> Response:
    return show_list("policy_vote", page=PAGE)


@blueprint.get("/ballots")
@requires(VIEW)
def ballots() -> Response:
    return show_list("policy_ballot", page=PAGE)


@blueprint.get("/ballots/<int:ballot_id>")
@requires(VIEW)
def ballot(ballot_id: int) -> Response:
    found: Ballot = load(Ballot, ballot_id)
    return go(url_for("policy.vote", vote_id=found.vote_id))


@blueprint.get("/committees")
@requires(VIEW)
def committees() -> Response:
    return show_list("policy_committee", page="policy/committees.html")


@blueprint.route("/committees/new", methods=["GET", "POST"])
@requires(EDIT)
def new_committee() -> Response:
    for_all()
    form = CommitteeForm(state=request.args.get("state", ""))
    return save(
        form,
        lambda _change: people.add_committee(form.values()),
        "policy.committee",
        _("Added the committee “%(name)s”", name=form.name.data or ""),
        url_for("policy.committees"),
        _("Add a committee"),
    )


@blueprint.route("/committees/<int:committee_id>/seats/new", methods=["GET", "POST"])
@requires(EDIT)
def new_seat(committee_id: int) -> Response:
    """Somebody who sits on a committee, or their role there, before a source says so."""
    found: Committee = load(Committee, committee_id, EDIT)
    form = SeatForm()
    chamber = found.chamber if found.chamber in ("upper", "lower") else ""
    sitting = {each.id: each for each in work.sitting(found.state, chamber, current_actor())}
    form.legislator_id.choices = options([(str(key), each.name) for key, each in sitting.items()])

    def write(_change: Any) -> None:
        chosen = sitting.get(form.legislator_id.data or 0)
        if chosen is None:
            raise UserError(_("Choose who it is."))
        people.seat(found, chosen, form.role.data or "")

    return save(
        form,
        write,
        "policy.committee",
        _("A seat on “%(name)s”", name=found.name),
        url_for("policy.committee", committee_id=committee_id),
        _("Who sits on it"),
    )


@blueprint.post("/committees/<int:committee_id>/seats/<int:seat_id>/leave")
@requires(EDIT)
def leave_seat(committee_id: int, seat_id: int) -> Response:
    one: Seat = load(Seat, seat_id, EDIT)
    if one.committee_id != committee_id:
        abort(404)
    return do(
        lambda _change: people.leave(one, day_here()),
        "policy.committee",
        _("%(name)s sits there no more", name=one.name),
        url_for("policy.committee", committee_id=committee_id),
    )


@blueprint.get("/committees/<int:committee_id>")
@requires(VIEW)
def committee(committee_id: int) -> Response:
    """Who sits on it, whom of ours they represent, and its hearings of what we track."""
    found: Committee = load(Committee, committee_id)
    actor = current_actor()
    seats = (
        visible(Seat, actor)
        .outerjoin(Legislator, Legislator.id == Seat.legislator_id)
        .where(Seat.committee_id == committee_id, Seat.ended_on.is_(None))
        .order_by(Seat.role == "member", Seat.name)
        .add_columns(Legislator)
    )
    rows = db.session().execute(seats).all()
    members = [row[1] for row in rows if row[1] is not None]
    held = (
        visible(Hearing, actor)
        .where(Hearing.committee_id == committee_id)
        .order_by(Hearing.starts_at.desc())
        .limit(30)
    )
    hearings = list(db.session().scalars(held))
    there = work.partners_of_each(members, actor)
    ours = {each.id for each in work.ours_among([each for some in there.values() for each in some])}
    return render(
        "policy/committee.html",
        None,
        committee=found,
        state=name_of(found.state),
        chamber=work.chamber_words(found.state, found.chamber),
        rows=rows,
        partners={key: [each for each in some if each.id in ours] for key, some in there.items()},
        hearings=hearings,
        agendas=_agendas([each.id for each in hearings]),
        words=words,
        can_edit=actor.can_everywhere(EDIT),
    )


def _agendas(ids: list[int]) -> dict[int, list[Bill]]:
    statement = (
        visible(Bill, current_actor())
        .join(HearingBill, HearingBill.bill_id == Bill.id)
        .where(db.among(HearingBill.hearing_id, ids), Bill.triage == "tracked")
        .add_columns(HearingBill.hearing_id)
    )
    found: dict[int, list[Bill]] = {}
    for bill, hearing_id in db.session().execute(statement):
        found.setdefault(hearing_id, []).append(bill)
    return found


@blueprint.get("/stances")
@requires(VIEW)
def stances() -> Response:
    return show_list("policy_stance", page=PAGE)


@blueprint.get("/stances/<int:stance_id>")
@requires(VIEW)
def stance_of(stance_id: int) -> Response:
    found: Stance = load(Stance, stance_id)
    return go(url_for("policy.board", bill_id=found.bill_id))


@blueprint.get("/lobbying/log")
@requires(VIEW)
def lobbying_log() -> Response:
    return show_list("policy_lobbying", page=PAGE)


@blueprint.get("/lobbying/log/<int:entry_id>")
@requires(VIEW)
def log_entry(entry_id: int) -> Response:
    """One entry: its form for whoever may change it, else whom it was with."""
    found: Lobbying = load(Lobbying, entry_id)
    if current_actor().can_everywhere(EDIT):
        return go(url_for("policy.log", entry_id=entry_id))
    if found.contact_id:
        return go(url_for("contacts.show", contact_id=found.contact_id))
    return go(url_for("policy.lobbying_log"))
