"""Where bills stand: the rules applied to what is stored, and staff's own word over them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select

from crm.plugin_api import Conflict, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm.plugin_api.words import day_here, squash
from crm_policy.models import Action, Bill, Relation, Session
from crm_policy.places import PLACES
from crm_policy.stages import Case, Step, Verdict, assess, lasting, progress_steps
from crm_policy.words import DISPOSITIONS, STAGES, said_of
from crm_policy.writing import update_rows

EXECUTIVE_DAYS: Final = 60
"""For so long after a session its executive may still sign: no state gives more than 45 days; the rest is
for what becomes known late."""


def case_of(bill: Any, session: Any, steps: Sequence[Step], today: date, *, replaced: bool = False) -> Case:
    """What the rules look at."""
    ended = session.ends_on is not None and session.ends_on < today
    return Case(
        chamber=bill["chamber"],
        kind=bill["kind"],
        unicameral=PLACES[bill["state"]].unicameral if bill["state"] in PLACES else False,
        ended=ended,
        last_day=session.ends_on,
        carries_over=session.carries_over,
        executive_open=ended and (today - session.ends_on).days <= EXECUTIVE_DAYS,
        replaced=replaced,
        steps=steps,
    )


def of_record(record: Mapping[str, Any], session: Any, today: date) -> Verdict:
    """Of a bill that is just coming in."""
    steps = [
        Step(date.fromisoformat(on), position, chamber, text, tuple(classes))
        for on, position, chamber, text, classes in record["actions"] or ()
    ]
    progress = [(date.fromisoformat(on), event) for on, event in record["progress"]]
    replaced = any(kind == "replaced-by" for _number, _session, kind in record["relations"] or ())
    return assess(case_of(record, session, [*steps, *progress_steps(progress)], today, replaced=replaced))


def refresh(bill_ids: Iterable[int], change: Change, today: date | None = None) -> int:
    """Apply the rules anew to stored bills and write what differs; staff's word stays. Returns how many
    moved."""
    today, moved = today or day_here(), 0
    for some in db.chunks(bill_ids, 1000):
        with system("the rules look at everything that is known of a bill"):
            bills = db.session().execute(_bills(some)).all()
            steps = _steps(some)
            replaced = _replaced(some)
        for bill, session in ((row, row) for row in bills):
            moved += _settle(bill, session, steps.get(bill.id, []), bill.id in replaced, change, today)
    return moved


def _bills(ids: Sequence[int]) -> Any:
    columns = (
        Bill.id,
        Bill.chamber,
        Bill.kind,
        Bill.state,
        Bill.status_events,
        Bill.source_stage,
        Bill.source_disposition,
        Bill.source_why,
        Bill.stage_override,
        Bill.disposition_override,
        Bill.stage,
        Bill.disposition,
        Bill.introduced_on,
        Bill.last_action_on,
        Bill.last_action,
        Session.ends_on,
        Session.carries_over,
    )
    return select(*columns).join(Session, Session.id == Bill.session_id).where(db.among(Bill.id, ids))


def _steps(ids: Sequence[int]) -> dict[int, list[Step]]:
    columns = (
        Action.bill_id, Action.acted_on, Action.position, Action.chamber, Action.text, Action.classes,
        Action.gone_on,
    )  # fmt: skip
    found: dict[int, list[Step]] = {}
    for row in db.session().execute(select(*columns).where(db.among(Action.bill_id, ids))):
        told = Step(row[1], row[2], row[3], row[4], tuple(row[5]))
        step = told if row[6] is None else lasting(told)
        if step is not None:
            found.setdefault(row[0], []).append(step)
    return found


def _replaced(ids: Sequence[int]) -> set[int]:
    told = Relation.kind == "replaced-by", Relation.gone_on.is_(None)
    rows = select(Relation.bill_id).where(db.among(Relation.bill_id, ids), *told)
    return set(db.session().execute(rows).scalars())


def _settle(bill: Any, session: Any, steps: list[Step], replaced: bool, change: Change, today: date) -> int:
    progress = [(date.fromisoformat(on), event) for on, event in bill.status_events]
    facts = {"chamber": bill.chamber, "kind": bill.kind, "state": bill.state}
    verdict = assess(case_of(facts, session, [*steps, *progress_steps(progress)], today, replaced=replaced))
    told = (step for step in steps if step.text)
    last = max(told, key=lambda step: (step.on, step.position), default=None)
    values = {
        "source_stage": verdict.stage,
        "source_disposition": verdict.disposition,
        "source_why": verdict.why,
        "stage": verdict.stage if bill.stage_override is None else bill.stage_override,
        "disposition": bill.disposition_override or verdict.disposition,
        "last_action_on": last.on if last else bill.last_action_on,
        "last_action": last.text if last else bill.last_action,
        "introduced_on": min((step.on for step in steps), default=bill.introduced_on),
    }
    different = {name: value for name, value in values.items() if getattr(bill, name) != value}
    if not different:
        return 0
    if {"stage", "disposition"} & {*different}:
        different |= {"changed_at": db.now(), "updated_at": db.now()}
    update_rows(change, Bill, [bill.id], different)
    return 1


def set_session(session: Session, values: Mapping[str, Any], change: Change) -> int:
    """What staff knows of a session's days; its bills are looked at anew. Returns how many of them moved."""
    if values["starts_on"] and values["ends_on"] and values["ends_on"] < values["starts_on"]:
        raise UserError(_("The end lies before the beginning. Check the two dates."))
    session.name, session.starts_on = squash(values["name"] or ""), values["starts_on"]
    had_none = session.ends_on is None and not session.open_ended
    session.open_ended = values["ends_on"] is None and not had_none
    session.assumed_end = session.assumed_end and session.ends_on == values["ends_on"]
    session.ends_on, session.carries_over = values["ends_on"], bool(values["carries_over"])
    db.session().flush()
    moved = refresh(all_of(session.id), change)
    db.session().expire_all()
    return moved


def end_sessions(change: Change, after: int, most: int = 2000) -> int | None:
    """Bills whose session is over and that still read as live, some at a time; the last one that was
    looked at, None when there are no more."""
    with system("the end of sessions"):
        rows = (
            select(Bill.id)
            .join(Session, Session.id == Bill.session_id)
            .where(
                Bill.id > after,
                Session.ends_on < day_here(),
                Bill.source_disposition == "live",
                Bill.stage < 10,
            )
            .order_by(Bill.id)
            .limit(most)
        )
        ids = list(db.session().execute(rows).scalars())
    refresh(ids, change)
    return ids[-1] if len(ids) == most else None


def ended_with(session_id: int) -> Sequence[int]:
    """The bills that read as they do because their session was over."""
    with system("a session that goes on longer"):
        outcomes = Bill.source_disposition.in_(("died_at_session_end", "carried_over"))
        return db.session().scalars(select(Bill.id).where(Bill.session_id == session_id, outcomes)).all()


def all_of(session_id: int) -> Sequence[int]:
    """The bills of a session."""
    with system("the bills of one session"):
        return db.session().scalars(select(Bill.id).where(Bill.session_id == session_id)).all()


def bills_on_their_way(session_id: int, after: date, until: date) -> int:
    """How many bills of a session did a step through the chambers between two days (the second included)."""
    columns = (Action.bill_id, Action.acted_on, Action.position, Action.chamber, Action.text, Action.classes)
    with system("whether a session goes on"):
        rows = db.session().execute(
            select(*columns)
            .join(Bill, Bill.id == Action.bill_id)
            .where(Bill.session_id == session_id, Action.acted_on > after, Action.acted_on <= until)
            .where(Action.gone_on.is_(None))
        )
        return len({row[0] for row in rows if lasting(Step(row[1], row[2], row[3], row[4], tuple(row[5])))})


def has_moved() -> ColumnElement[bool]:
    """Of bills on which staff overruled the source: whether that says something else since."""
    return or_(
        Bill.overruled_stage != Bill.source_stage, Bill.overruled_disposition != Bill.source_disposition
    )


def still_said(bill: Bill, shown: str) -> None:
    """Hold a bill; Conflict where we or the source say something else of it than a page showed."""
    db.session().refresh(bill, with_for_update=True)
    if said_of(bill) != shown:
        raise Conflict(
            _("Somebody else, or the source, has said something new of where this bill stands. Look again.")
        )


def override(
    bill: Bill, stage: int | None, disposition: str | None, reason: str, by: str, change: Change
) -> None:
    """Staff's word over the rules', with its reason; without either the rules' word holds again."""
    reason = squash(reason)
    if (stage is not None or disposition) and not reason:
        raise UserError(_("Say why, so that others know later: what did you read or hear, and where?"))
    if stage is not None and stage not in STAGES:
        raise UserError(_("There is no such stage."))
    if disposition and disposition not in DISPOSITIONS:
        raise UserError(_("Choose one of what can become of a bill."))
    bill.stage_override, bill.disposition_override = stage, disposition or None
    ours = stage is not None or bool(disposition)
    if ours and bill.triage in ("", "inbox", "later"):
        bill.triage, bill.later_until = "tracked", None  # Else nobody would hear that the source moved.
    bill.override_reason, bill.override_by = (reason, by) if ours else ("", "")
    bill.overruled_stage = bill.source_stage if ours else None
    bill.overruled_disposition = bill.source_disposition if ours else None
    bill.stage = bill.source_stage if stage is None else stage
    bill.disposition = disposition or bill.source_disposition
    bill.version += 1
    bill.changed_at = bill.updated_at = db.now()
    db.session().flush()
