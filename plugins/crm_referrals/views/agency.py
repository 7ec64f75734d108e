"""The agency's side, phone first: an inbox, one referral, and the same by a link."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
    UserError,
    current_actor,
    db,
    go,
    ngettext,
    public,
    render,
    requires,
    runtime,
    say,
)
from crm.plugin_api import gettext as _
from crm_referrals import fhir, states, words
from crm_referrals.forms import StepForm
from crm_referrals.models import Agency, Referral, Service
from crm_referrals.permissions import ANSWER
from crm_referrals.services import disclosing, needs, portal, reading, stepping
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.referrals import values_of
from crm_referrals.views.speaking import link_unknown, speaking
from crm_schools.public import looked


@blueprint.get("/inbox")
@requires(ANSWER)
def inbox() -> Response:
    """What an agency was sent, by what needs doing."""
    desk = portal.desk_of(current_actor())
    folder = request.args.get("folder", "answer")
    folder = folder if folder in portal.FOLDERS else "answer"
    return render(
        "referrals/agency/inbox.html",
        "referrals/agency/_inbox.html",
        found=portal.inbox(desk, folder),
        counts=portal.counts(desk),
        has_agency=bool(desk.agency_ids),
        folder=folder,
        words=words,
        states=states,
        now=db.now(),
    )


def _read(desk: portal.Desk, found: Sequence[Referral], how: str) -> None:
    """Write down that an agency reads what it was sent, by link or signed in (34 CFR 99.32). What was
    loaded before has to be loaded again."""
    open_to_it = reading.readable(found)
    ids = [each.student_id for each in found if each.id in open_to_it]
    with db.transaction(Actor(desk.user_id, desk.label), "referrals.look"):
        looked(Actor(desk.user_id, desk.label), ids, how)


def _one(
    desk: portal.Desk, referral_id: int, token: str | None, problem: UserError | None = None
) -> Response:
    referral = portal.find(desk, referral_id)
    if referral is not None:
        _read(desk, [referral], "agency link" if token else "agency")
        referral = portal.find(desk, referral_id)
    if referral is None:
        return link_unknown() if token else abort(404)
    service, agency = (
        db.session().get_one(Service, referral.service_id),
        db.session().get_one(Agency, referral.agency_id),
    )
    form = StepForm()
    return render(
        "referrals/agency/show.html" if token is None else "referrals/agency/by_link.html",
        None,
        problem.status if problem else 200,
        problem=problem.message if problem else "",
        languages=runtime().config.languages,
        referral=referral,
        service=service,
        agency=agency,
        packet=portal.shown(referral),
        nameless=disclosing.is_nameless(referral),
        contact="" if disclosing.is_nameless(referral) else needs.contact_of(referral),
        urgent=portal.urgency_of(referral) == "urgent",
        messages=portal.messages(referral),
        events=reading.history(referral),
        steps=portal.steps_of(agency, referral),
        tells=not agency.acknowledges_only,
        words=words,
        states=states,
        form=form,
        places=portal.places_but(referral),
        token=token,
        now=db.now(),
        at_work=states.AT_WORK,
        is_open=reading.may_still_read(referral),
        awaits_student=reading.awaits_student(referral),
    )


@blueprint.get("/inbox/export.csv")
@requires(ANSWER)
def inbox_csv() -> Response:
    """All that the agency may hold, as a file: one referral a line, with what was consented to."""
    desk = portal.desk_of(current_actor())
    _read(desk, portal.all_of(desk), "agency file")
    text = portal.as_csv(desk)
    response = render("referrals/plain.txt", None, text=text)
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=referrals.csv"
    return response


@blueprint.post("/inbox/tasks")
@requires(ANSWER)
def bring_tasks() -> Response:
    """FHIR Tasks that an agency's own system sends back: each moves its referral, or says why not."""
    file, actor = request.files.get("file"), current_actor()
    if file is None or not file.filename:
        raise UserError(_("Choose a file with a FHIR Task first."))
    desk = portal.desk_of(actor)
    done, same, problems = list[int](), list[int](), list[str]()
    for each in fhir.read(file.read(1_000_000)):
        try:
            changed = _bring(desk, each, actor)
        except UserError as error:
            said = _("No. %(number)s: %(sentence)s", number=each.referral_id, sentence=error.message)
            problems.append(said if each.referral_id else str(error.message))
        else:
            (done if changed else same).append(each.referral_id)
    _say_brought(done, same, problems)
    return go(url_for("referrals.inbox"))


def _bring(desk: portal.Desk, update: fhir.Update, actor: Actor) -> bool:
    """Whether a Task changed its referral; UserError where it cannot."""
    if not update.referral_id:
        raise UserError(update.problem)
    referral = portal.find(desk, update.referral_id)
    if referral is not None and update.holds(referral):
        return False
    if referral is not None and update.problem:
        raise UserError(update.problem)
    _step(desk, update.referral_id, update.step, update.values, None, actor)
    return True


MOST_SAID = 8
"""Messages live in a cookie, which holds no more."""


def _say_brought(done: Sequence[int], same: Sequence[int], problems: Sequence[str]) -> None:
    def numbers(found: Sequence[int]) -> str:
        return ", ".join(str(each) for each in found[:50]) + ("…" if len(found) > 50 else "")

    if done:
        say(_("Brought up to date: no. %(numbers)s", numbers=numbers(done)))
    if same:
        say(_("Was so already, so nothing changed: no. %(numbers)s", numbers=numbers(same)))
    for each in problems[:MOST_SAID]:
        flash(each, "error")
    if (more := len(problems) - MOST_SAID) > 0:
        sentence = ngettext(
            "%(num)s more Task could not be brought in.", "%(num)s more Tasks could not be brought in.", more
        )
        flash(sentence, "error")


@blueprint.get("/inbox/<int:referral_id>")
@requires(ANSWER)
def inbox_one(referral_id: int) -> Response:
    return _one(portal.desk_of(current_actor()), referral_id, None)


@blueprint.post("/inbox/<int:referral_id>/<step>")
@requires(ANSWER)
def agency_step(referral_id: int, step: str) -> Response:
    desk = portal.desk_of(current_actor())
    try:
        _move(desk, referral_id, step, current_actor())
    except UserError as error:
        return _one(desk, referral_id, None, error)
    return go(url_for("referrals.inbox_one", referral_id=referral_id))


def _move(desk: portal.Desk, referral_id: int, step: str, actor: Actor) -> None:
    referral = portal.find(desk, referral_id)
    if referral is None:
        abort(404)
    form = StepForm()
    _take(desk, referral, step, values_of(form), form.version.data, actor)
    say(_("Saved."))


def _step(
    desk: portal.Desk,
    referral_id: int,
    step: str,
    values: Mapping[str, Any],
    version: int | None,
    actor: Actor,
) -> None:
    referral = portal.find(desk, referral_id)
    if referral is None:
        raise UserError(_("No such referral was sent to you."))
    _take(desk, referral, step, values, version, actor)


def _take(
    desk: portal.Desk,
    referral: Referral,
    step: str,
    values: Mapping[str, Any],
    version: int | None,
    actor: Actor,
) -> None:
    referral_id = referral.id
    with (
        stepping.refuse_loudly(referral.id, referral.state, step, desk.by(referral)),
        db.transaction(actor, "referrals.answer", _("An agency moved a referral")),
    ):
        again = portal.find(desk, referral_id)
        if again is None:
            abort(404)
        portal.move(desk, again, step, values, version)


@blueprint.get("/r/<token>")
@public
def referral_link(token: str) -> Response:
    """One referral by its link. Opening it changes nothing: mail programs open every link."""
    desk = portal.desk_by_link(token)
    with speaking(portal.language_of(desk)):
        if desk is None or desk.referral_id is None:
            return link_unknown()
        return _one(desk, desk.referral_id, token)


@blueprint.post("/r/<token>/<step>")
@public
def link_step(token: str, step: str) -> Response:
    desk = portal.desk_by_link(token)
    with speaking(portal.language_of(desk)) as language:
        if desk is None or desk.referral_id is None:
            portal.refuse_link(token, step)
            return link_unknown()
        try:
            _move(desk, desk.referral_id, step, Actor(None, desk.label))
        except UserError as error:
            return _one(desk, desk.referral_id, token, error)
    return go(url_for("referrals.referral_link", token=token, language=language))


@blueprint.get("/inbox/<int:referral_id>/fhir")
@requires(ANSWER)
def as_fhir(referral_id: int) -> Response:
    """What the agency was sent, as a FHIR bundle."""
    desk = portal.desk_of(current_actor())
    referral = portal.find(desk, referral_id)
    if referral is None:
        abort(404)
    _read(desk, [referral], "agency file")
    referral = portal.find(desk, referral_id) or abort(404)
    agency = db.session().get_one(Agency, referral.agency_id)
    text = fhir.text(referral, agency, portal.shown(referral), portal.urgency_of(referral))
    response = render("referrals/plain.txt", None, text=text)
    response.mimetype = "application/fhir+json"
    response.headers["Content-Disposition"] = "attachment; filename=referral.json"
    return response
