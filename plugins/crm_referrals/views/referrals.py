"""One referral on the school's side, the board by the clock, and answers that came by phone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
    UserError,
    current_actor,
    day_here,
    db,
    go,
    load,
    render,
    requires,
    say,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import delivery
from crm_referrals import links, states, words
from crm_referrals.forms import FollowUpForm, StepForm
from crm_referrals.models import Agency, Consent, Disclosure, Event, Message, Need, Referral, Service
from crm_referrals.permissions import COORDINATE, REFER, VIEW
from crm_referrals.services import (
    consenting,
    disclosing,
    effect,
    ending,
    needs,
    notices,
    pooling,
    portal,
    reading,
    signers,
    stepping,
    timers,
)
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.needs import agency_names, may_refer, name_of, private_among, seen
from crm_schools.public import Student

VIEWS = ("open", "overdue", "mine", "answered", "follow_up", "emergencies")


def _board(view: str) -> Select[Any]:
    statement = visible(Referral, current_actor())
    now = db.now()
    if view == "overdue":
        statement = statement.where(Referral.state.in_(sorted(states.OPEN)), Referral.due_at < now)
    elif view == "mine":
        statement = statement.where(
            Referral.created_by == current_actor().user_id, Referral.state.in_(sorted(states.OPEN))
        )
    elif view == "answered":
        statement = statement.where(
            Referral.state.in_(("completed", "failed", "declined", "forwarded", "expired")),
            Referral.acknowledged_at.is_(None),
        )
    elif view == "follow_up":
        statement = statement.where(
            Referral.state == "completed",
            Referral.followed_up_at.is_(None),
            Referral.ended_at <= now - stepping.FOLLOWS_UP,
        )
    elif view == "emergencies":
        unseen = disclosing.unreviewed().with_only_columns(Disclosure.referral_id)
        statement = statement.where(Referral.id.in_(unseen))
    else:
        statement = statement.where(Referral.state.in_(sorted(states.OPEN)))
    return statement.order_by(Referral.due_at.is_(None), Referral.due_at, Referral.id).limit(200)


@blueprint.get("/")
@requires(VIEW)
def board() -> Response:
    """Referrals by the clock: what is late stands first."""
    view = request.args.get("view", "open")
    statement = _board(view if view in VIEWS else "open")
    seen([each.student_id for each in db.session().scalars(statement)])
    found = db.session().scalars(statement).all()
    with system("names beside the referrals that were listed for this reader"):
        columns = select(Referral.id, Student, Need.category, Agency.name, Service.name, Need.urgency)
        joined = (
            columns.join(Student, Student.id == Referral.student_id)
            .join(Need, Need.id == Referral.need_id)
            .join(Agency, Agency.id == Referral.agency_id)
            .join(Service, Service.id == Referral.service_id)
            .where(db.among(Referral.id, [each.id for each in found]))
        )
        beside = {row[0]: row for row in db.session().execute(joined)}
    return render(
        "referrals/board.html",
        "referrals/_board.html",
        found=found,
        beside=beside,
        private=private_among(found),
        words=words,
        view=view,
        views=VIEWS,
        states=states,
        now=db.now(),
    )


@blueprint.get("/<int:referral_id>")
@requires(VIEW)
def show(referral_id: int) -> Response:
    """One referral: whose move it is, what by when, what happened, what was sent."""
    referral: Referral = load(Referral, referral_id)
    seen([referral.student_id])
    referral = load(Referral, referral_id)
    return _page(referral, StepForm())


def _page(referral: Referral, form: StepForm, status: int = 200) -> Response:
    with system("what belongs to a referral that was loaded for this reader"):
        need = db.session().get_one(Need, referral.need_id)
        events = (
            db.session()
            .scalars(select(Event).where(Event.referral_id == referral.id).order_by(Event.id))
            .all()
        )
        said = (
            db.session()
            .scalars(select(Message).where(Message.referral_id == referral.id).order_by(Message.id))
            .all()
        )
    service, agency = (
        db.session().get_one(Service, referral.service_id),
        db.session().get_one(Agency, referral.agency_id),
    )
    consent = consenting.live(need.id, agency.id, day_here())
    may, others = may_refer(referral.student_id), pooling.others(referral)
    is_adult = signers.is_of_age(referral.student_id)  # From then on how far it is is theirs (34 CFR 99.5).
    is_family_barred = not is_adult and disclosing.has_barred_family(referral)
    guardian = None if is_adult else disclosing.guardian_of(referral.student_id)
    return render(
        "referrals/show.html",
        None,
        status,
        referral=referral,
        need=need,
        events=events,
        messages=said,
        words=words,
        service=service,
        agency=agency,
        consent=consent,
        states=states,
        form=form,
        name=name_of(referral.student_id),
        packet=disclosing.packet(need, consent.disclosed)
        if consent and not referral.sent_at
        else referral.packet,
        gone=_gone(referral),
        steps=[
            each
            for each in states.allowed("school", referral.state)
            if each != "mistake" or may_call_it_mistake(referral)
        ],
        now=db.now(),
        today=day_here(),
        agency_steps=portal.steps_of(agency, referral) if referral.sent_at else [],
        places=portal.places_but(referral),
        effect=effect.of_referral(referral),
        follow_up=FollowUpForm(),
        may_follow_up=_may_follow_up(referral),
        is_readable=reading.may_still_read(referral),
        awaits_student=reading.awaits_student(referral),
        unseen=_unreviewed(referral.id),
        mail=_mail_status(referral),
        gets_mail=bool(notices.reaches(agency)),
        is_own=stepping.sender_of(referral.id) == current_actor().user_id,
        may_refer=may,
        others=others,
        beside=agency_names(others),
        is_nameless=disclosing.is_nameless(referral),
        may_come_back=ending.may_come_back(referral),
        phone=disclosing.phone_of(guardian) if may else "",
        runs_out=_runs_out(referral),
        family_link=""
        if not may or is_family_barred
        else links.family_address(
            referral.id,
            referral.link_version,
            links.STUDENT if is_adult else guardian.id if guardian else None,
        ),
        is_family_barred=is_family_barred,
        is_adult=is_adult,
        shown_name=consenting.renamed(consent, agency) if consent and not referral.sent_at else "",
        is_reach_old=may and not referral.sent_at and disclosing.speaks_of_barred(need),
    )


def _gone(referral: Referral) -> tuple[str, ...]:
    """What the agency was sent and does not see any more, since nobody may be contacted by it."""
    if referral.id in disclosing.unreachable([referral]):
        return disclosing.REACH
    return ("contact_preference",) if referral.id in disclosing.worded_of_barred([referral]) else ()


def _may_follow_up(referral: Referral) -> bool:
    is_helped = referral.state == "completed" and referral.followed_up_at is None
    return is_helped and (referral.ended_at or db.now()) <= db.now() - stepping.FOLLOWS_UP


def _runs_out(referral: Referral) -> date | None:
    """The last day of the consent that a referral at work rests on, where it is near or over."""
    if referral.consent_id is None or referral.state not in states.WAITING | states.AT_WORK:
        return None
    with system("the consent of a referral that was loaded for this reader"):
        ends = db.session().get_one(Consent, referral.consent_id).expires_on
    return ends if ends < day_here() + timers.RENEWS_WITHIN else None


def _unreviewed(referral_id: int) -> list[Disclosure]:
    """Emergency disclosures that nobody has looked at yet."""
    statement = disclosing.unreviewed().where(Disclosure.referral_id == referral_id)
    with system("disclosures of a referral that was loaded for this reader"):
        return list(db.session().scalars(statement))


def _mail_status(referral: Referral) -> str:
    """How far the agency's mail is; empty when none was sent or it was tidied away."""
    found = delivery([referral.notice_mail_id]) if referral.notice_mail_id else {}
    return next((status for status, _error in found.values()), "")


@blueprint.post("/<int:referral_id>/follow-up")
@requires(REFER)
def follow_up(referral_id: int) -> Response:
    """How it is thirty days after the help."""
    load(Referral, referral_id, REFER)
    form, actor = FollowUpForm(), current_actor()
    if not form.sent():
        raise UserError(_("Choose how it is now."))
    with db.transaction(actor, "referrals.follow_up", _("Followed up a referral")):
        row = load(Referral, referral_id, REFER)
        stepping.follow_up(row, stepping.By.school(actor), form.follow_up.data, form.note.data or "")
    say(_("Saved."))
    return go(url_for("referrals.show", referral_id=referral_id))


def values_of(form: StepForm) -> dict[str, Any]:
    """What a step says. UserError for what no page of ours sends."""
    if not form.sent():
        wrong = next((each for each in form if each.errors), None)
        sentence = _("This page is too old. Open it again.") if wrong is None else wrong.errors[0]
        raise UserError(f"{wrong.label.text}: {sentence}" if wrong is not None else sentence)
    names = (
        "note",
        "assignee",
        "next_on",
        "started_on",
        "family_agrees",
        "reason",
        "outcome",
        "suggested",
        "by",
    )
    found = {name: form[name].data for name in names}
    found |= {name: (found[name] or "").replace("\0", "") for name in ("note", "assignee")}
    if request.form.get("by") == "family" and not found["reason"]:
        found["reason"] = "family_declined"
    return found


@dataclass(frozen=True)
class _Said:
    """What came with a step: who takes it, what they wrote, and which version they had seen."""

    actor: Actor
    note: str
    version: int | None
    emergency: bool
    is_same: bool

    @property
    def by(self) -> stepping.By:
        return stepping.By.school(self.actor)


def _send(referral: Referral, said: _Said) -> None:
    if referral.pool_id is not None:
        pooling.send(referral, said.actor, said.version, is_same=said.is_same)
    else:
        danger = said.note if said.emergency else ""
        needs.send(referral, said.actor, said.version, danger, is_same=said.is_same)


def may_call_it_mistake(referral: Referral) -> bool:
    """Whether the reader says that it should never have been: who made or sent it, who looks after the need,
    or whoever looks after overdue referrals there. It vanishes from what is told of the agency."""
    with system("who looks after the need of a referral that was loaded for this reader"):
        owner = db.session().get_one(Need, referral.need_id).owner_user_id
    own = {owner, referral.created_by, stepping.sender_of(referral.id)} - {None}
    looks_after = visible(Referral, current_actor(), COORDINATE).where(Referral.id == referral.id)
    is_own = not own or current_actor().user_id in own  # Of what came without an account nobody is noted.
    return is_own or db.session().scalars(looks_after).first() is not None


def _mistake(referral: Referral, said: _Said) -> None:
    if not may_call_it_mistake(referral):
        raise stepping.Refused(
            _(
                "Only who made or sent it, who looks after the need, or a coordinator can say that it was a "
                "mistake."
            )
        )
    ending.mistake(referral, said.by, said.note, said.version)


_SCHOOL: Mapping[str, Callable[[Referral, _Said], object]] = {
    "send": _send,
    "answer": lambda row, said: needs.answer(row, said.actor, said.note, said.version),
    "withdraw": lambda row, said: needs.withdraw(row, said.by, said.note, said.version),
    "acknowledge": lambda row, said: stepping.acknowledge(row, said.by),
    "unacknowledge": lambda row, said: stepping.unacknowledge(row, said.by),
    "message": lambda row, said: needs.write_to_agency(row, said.actor, said.note),
    "mistake": _mistake,
    "back": lambda row, said: ending.no_mistake(row, said.by),
    "end_links": lambda row, said: ending.end_links(row, said.by),
}


@blueprint.post("/<int:referral_id>/step/<step>")
@requires(REFER)
def school_step(referral_id: int, step: str) -> Response:
    """A step of the school: send, answer, withdraw, acknowledge, made by mistake, and taking these back."""
    referral: Referral = load(Referral, referral_id, REFER)
    form, actor = StepForm(), current_actor()
    note = values_of(form)["note"] or ""
    said = _Said(
        actor,
        note,
        form.version.data,
        bool(request.form.get("emergency")),
        request.form.get("is_same") == "1",
    )
    with (
        stepping.refuse_loudly(referral.id, referral.state, step, said.by),
        db.transaction(actor, f"referrals.{step}"[:60], _("Moved a referral")),
    ):
        if step not in _SCHOOL:
            raise stepping.Refused(_("This step is not yours to take."))
        _SCHOOL[step](load(Referral, referral_id, REFER), said)
    say(_("Saved."))
    return go(url_for("referrals.show", referral_id=referral_id))


@blueprint.post("/<int:referral_id>/phone/<step>")
@requires(COORDINATE)
def phone_step(referral_id: int, step: str) -> Response:
    """What an agency said by phone, written down for it."""
    referral: Referral = load(Referral, referral_id, COORDINATE)
    if referral.sent_at is None:
        raise UserError(_("It has not been sent yet."))
    form, actor = StepForm(), current_actor()
    desk = portal.Desk(frozenset({referral.agency_id}), words.by_phone(actor.label), actor.user_id)
    with (
        stepping.refuse_loudly(referral.id, referral.state, step, desk.by(referral)),
        db.transaction(actor, "referrals.phone", _("Wrote down what an agency said by phone")),
    ):
        portal.move(desk, load(Referral, referral_id, COORDINATE), step, values_of(form), form.version.data)
    say(_("Saved."))
    return go(url_for("referrals.show", referral_id=referral_id))


@blueprint.get("/<int:referral_id>/print")
@requires(VIEW)
def printed(referral_id: int) -> Response:
    """A referral on paper: what its agency may read now. Handing out more, or before it was sent, would be a
    disclosure that nobody wrote down."""
    referral: Referral = load(Referral, referral_id)
    seen([referral.student_id])
    referral = load(Referral, referral_id)
    with system("the need of a referral that was loaded for this reader"):
        need = db.session().get_one(Need, referral.need_id)
    service, agency = (
        db.session().get_one(Service, referral.service_id),
        db.session().get_one(Agency, referral.agency_id),
    )
    return render(
        "referrals/print.html",
        None,
        referral=referral,
        need=need,
        service=service,
        agency=agency,
        words=words,
        name=name_of(referral.student_id),
        packet=portal.shown(referral) if referral.sent_at else {},
        is_over=referral.state in states.LOCKED,
        # Of what several are asked the name would say which school it is, which this agency must not know.
        contact="" if disclosing.is_nameless(referral) else needs.contact_of(referral),
    )
