"""Testimony, from draft to approval to given."""

from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import Actor, UserError, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note, day, day_here, squash
from crm_policy.models import (
    Hearing,
    Testimony,
)
from crm_policy.services.bills import track
from crm_policy.words import held_on

TOLD: Final = ("title", "stance", "form", "contact_id", "hearing_id", "body")
"""What somebody who approves testimony approves of."""


def write_testimony(testimony: Testimony, values: Mapping[str, Any], actor: Actor) -> None:
    """Change a text. One that was approved, or waits for it, becomes a draft again when anything changes that
    is said in public; what was given stays as it was given."""
    if testimony.id:
        db.session().refresh(testimony, with_for_update=True)
    if testimony.status == "given":
        raise UserError(_("This testimony was given; it stays as it was. Write a new one instead."))
    before = _told(testimony)
    for name in ("contact_id", "stance", "form", "hearing_id", "due_on"):
        setattr(testimony, name, values[name])
    testimony.title, testimony.body = squash(values["title"]), clean_note(values["body"] or "")
    if testimony.status in ("approved", "review") and _told(testimony) != before:
        testimony.status, testimony.approved_by, testimony.approved_at = "draft", "", None
    testimony.author_user_id = testimony.author_user_id or actor.user_id
    testimony.version = (testimony.version or 0) + 1
    db.session().add(testimony)
    track(testimony.bill_id)
    db.session().flush()


def _told(testimony: Testimony) -> tuple[Any, ...]:
    return tuple(getattr(testimony, name) for name in TOLD)


STEPS: Final = {
    "draft": ("review",),
    "review": ("draft", "approved"),
    "approved": ("given", "draft"),
    "given": (),
}


def move_testimony(
    testimony: Testimony, to: str, actor: Actor, *, may_approve: bool, version: int | None
) -> None:
    """The next step; UserError unless `version` is the one that is here: nobody approves words that they did
    not read."""
    db.session().refresh(testimony, with_for_update=True)
    if version != testimony.version:
        raise UserError(_("Somebody changed the text since you opened it. Reload the page and read it."))
    if to not in STEPS[testimony.status]:
        raise UserError(_("It stands elsewhere by now. Reload the page."))
    if to == "approved" and not may_approve:
        raise UserError(_("Somebody who may approve testimony has to do this."))
    if to == "approved" and not testimony.body.strip():
        raise UserError(_("There is no text yet to be approved."))
    testimony.status = to
    testimony.approved_by = actor.label if to == "approved" else testimony.approved_by
    testimony.approved_at = db.now() if to == "approved" else testimony.approved_at
    testimony.given_on = day_here() if to == "given" else None
    testimony.version += 1
    db.session().flush()


def drop_testimony(testimony: Testimony) -> None:
    """Testimony that is not given after all; what was given stays."""
    db.session().refresh(testimony, with_for_update=True)
    if testimony.status == "given":
        raise UserError(_("This testimony was given; it stays as it was. Write a new one instead."))
    db.session().delete(testimony)
    db.session().flush()


def hearing_choices(bill_id: int, actor: Actor) -> list[tuple[int, str]]:
    from crm_policy.models import HearingBill

    statement = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .where(HearingBill.bill_id == bill_id)
        .order_by(Hearing.starts_at.desc())
    )
    return [
        (each.id, f"{each.committee_name}, {day(held_on(each))}") for each in db.session().scalars(statement)
    ]
