"""Op-eds and letters of ours: at one paper at a time, the papers before it kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import inspect, select

from crm.plugin_api import Actor, Conflict, UserError, day_here, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm.plugin_api.words import fold, squash
from crm_media.models import Clip, Opinion, Submission
from crm_media.services.messages import fill

ANSWERED: Final = frozenset({"accepted", "declined", "withdrawn", "printed"})
LIES: Final = frozenset({"submitted", "accepted"})
"""A paper has it."""


def is_over(opinion: Opinion) -> bool:
    """Whether the time is over that a paper had it alone, and it never answered."""
    return opinion.status == "submitted" and opinion.until is not None and opinion.until < day_here()


def save(opinion: Opinion, values: Mapping[str, Any]) -> None:
    """Keep a piece. Another paper is no correction of it: that one is sent by `send_on`. Inside a
    transaction."""
    _hold(opinion)
    was, at, until = opinion.status or "draft", opinion.outlet_name or "", values.get("until")
    other = at and fold(squash(values["outlet_name"])) != fold(at)
    if other and was != "draft" and values["status"] != "draft":
        raise UserError(
            _("It was given to %(outlet)s. Take “To another paper” below, so that this one stays in the "
              "list; for a slip of the pen make it a draft first.", outlet=at)
        )  # fmt: skip
    fill(opinion, values)
    if opinion.status != "draft":
        if not opinion.outlet_name:
            raise UserError(_("Write the outlet that it was given to."))
        opinion.submitted_on = opinion.submitted_on or day_here()
    if opinion.status in ANSWERED and opinion.answered_on is None:
        opinion.answered_on = day_here()
    _refuse_days(opinion.submitted_on, until)
    db.session().add(opinion)
    db.session().flush()


def _hold(opinion: Opinion) -> None:
    """Nobody else writes it until the transaction ends; Conflict where somebody did since it was loaded, such
    as who sent it to another paper."""
    if not inspect(opinion).persistent:
        return
    seen = [getattr(opinion, each.name) for each in db.table(Opinion).columns]
    with system("a piece that was loaded for the actor is written by one after the other"):
        db.session().refresh(opinion, with_for_update=True)
    if seen != [getattr(opinion, each.name) for each in db.table(Opinion).columns]:
        raise Conflict(_("Somebody else changed this meanwhile. Reload the page to see the newest state."))


def printed_at(opinion: Opinion, outlet: str, day: date | None) -> None:
    """It was printed. Where a paper prints it that had it before, that one is where it was printed, and the
    one that has it now becomes one of those before."""
    late = next((each for each in earlier(opinion.id) if fold(each.outlet_name) == fold(outlet)), None)
    if late is not None and fold(outlet) != fold(opinion.outlet_name):
        was = opinion.status if opinion.status in {"declined", "withdrawn"} else "silent"
        other = (opinion.outlet_name, opinion.submitted_on, opinion.until, opinion.answered_on)
        opinion.outlet_name, opinion.submitted_on, opinion.until = (
            late.outlet_name, late.submitted_on, late.until
        )  # fmt: skip
        late.outlet_name, late.submitted_on, late.until, late.answered_on = other
        late.outcome, opinion.answered_on = was, day
    opinion.status, opinion.outlet_name = "printed", opinion.outlet_name or outlet
    opinion.submitted_on = opinion.submitted_on or day
    opinion.answered_on = opinion.answered_on or day


def _refuse_days(submitted_on: date | None, until: date | None) -> None:
    if submitted_on is not None and until is not None and until < submitted_on:
        raise UserError(_("A paper cannot have it alone until a day before it got it."))


def why_not(opinion: Opinion) -> str:
    """Why it may not go to another paper; empty where it may."""
    if opinion.status == "printed":
        return _("It was printed.")
    if opinion.status == "accepted":
        return _("%(outlet)s accepted it. If they do not print it after all, note that first.",
                 outlet=opinion.outlet_name)  # fmt: skip
    if opinion.status == "submitted" and not is_over(opinion):
        return _("%(outlet)s has it. Note their answer first, or that you took it back.",
                 outlet=opinion.outlet_name)  # fmt: skip
    return ""


def send_on(opinion: Opinion, values: Mapping[str, Any]) -> None:
    """It goes to another paper; where it lay stays in the list. Inside a transaction."""
    with system("a piece that was loaded for the actor lies at one paper at a time"):
        db.session().refresh(opinion, with_for_update=True)
    if why := why_not(opinion):
        raise UserError(why)
    outlet = squash(values["outlet_name"])
    before = [each.outlet_name for each in earlier(opinion.id)]
    before += [opinion.outlet_name] if opinion.status != "draft" else []
    if fold(outlet) in {fold(each) for each in before}:
        raise UserError(_("%(outlet)s had it already.", outlet=outlet))
    _refuse_days(values["submitted_on"], values["until"])
    if opinion.outlet_name and opinion.status != "draft":
        outcome = opinion.status if opinion.status in {"declined", "withdrawn"} else "silent"
        db.session().add(
            Submission(opinion_id=opinion.id, outlet_name=opinion.outlet_name, outcome=outcome,
                       submitted_on=opinion.submitted_on, until=opinion.until,
                       answered_on=opinion.answered_on)
        )  # fmt: skip
    opinion.outlet_name, opinion.status = outlet, "submitted"
    opinion.submitted_on, opinion.until = values["submitted_on"] or day_here(), values["until"]
    opinion.answered_on = None
    db.session().flush()


def earlier(opinion_id: int) -> Sequence[Submission]:
    """The papers that had it before, the last one first."""
    with system("where a piece lay that was loaded for the reader"):
        statement = select(Submission).where(Submission.opinion_id == opinion_id)
        return db.session().scalars(statement.order_by(Submission.id.desc())).all()


def counts(actor: Actor) -> dict[int, int]:
    """How many papers had each piece before, by its id."""
    found: dict[int, int] = {}
    rows = visible(Submission, actor).with_only_columns(Submission.opinion_id)
    for opinion_id in db.session().scalars(rows):
        found[opinion_id] = found.get(opinion_id, 0) + 1
    return found


def remove(opinion: Opinion, change: Change) -> None:
    """It goes with the papers that had it; UserError where it is among the coverage."""
    with system("whether a piece of ours, loaded for the actor, is among the coverage"):
        if db.session().scalar(select(Clip.id).where(Clip.opinion_id == opinion.id).limit(1)) is not None:
            raise UserError(_("It was printed and is among the coverage, so it stays."))
        ids = db.session().scalars(select(Submission.id).where(Submission.opinion_id == opinion.id)).all()
        change.delete(db.table(Submission), ids)
    db.session().delete(opinion)
    db.session().flush()


def ending(actor: Actor, begins: date, ends: date) -> Sequence[Opinion]:
    """Those that a paper has alone until a day between these, and has not answered."""
    statement = visible(Opinion, actor).where(
        Opinion.status == "submitted", Opinion.until >= begins, Opinion.until < ends
    )
    return db.session().scalars(statement.order_by(Opinion.until, Opinion.id).limit(200)).all()
