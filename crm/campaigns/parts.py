"""What belongs to a campaign: milestones, targets, steps of the ladder, costs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.campaigns.models import Ask, Campaign, Cost, Goal, Milestone, Supporter, Target
from crm.campaigns.words import RUNGS, STAGES
from crm.errors import Conflict, UserError
from crm.i18n import today
from crm.transfer.cleaning.text import clean_note, squash

SEEN: Mapping[Any, tuple[str, ...]] = {
    Milestone: ("title", "due_date", "done_on"),
    Goal: ("label", "measure", "parameters", "target", "due_date"),
    Target: ("stage", "support", "influence", "owner_user_id", "note"),
    Supporter: ("rung", "since", "note"),
    Cost: ("label", "amount_cents", "spent_on"),
    Ask: (
        "campaign_id", "asked_by_user_id", "asked_by_contact_id", "what", "asked_on", "answer", "answered_on",
        "commitment_id", "note",
    ),
}  # fmt: skip
"""The columns that a form shows of each part, and of an ask."""


def fingerprint(part: Any) -> str:
    """What a form showed of a part, as one short text to compare."""
    shown = [str(getattr(part, name)) for name in SEEN[type(part)]]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def hold(part: Any, seen: str) -> None:
    """Read a part again and keep others from changing it; Conflict when it is not what the form showed."""
    db.session().refresh(part, with_for_update=True)
    if seen and fingerprint(part) != seen:
        raise Conflict(_("Somebody else changed this while you were typing. Below is what it says now."))


def set_milestone(milestone: Milestone, values: Mapping[str, Any]) -> None:
    """Title, day and the day it was reached; raises UserError without a title or a day."""
    milestone.title = _needed(values["title"], _("Say what is to be reached."))
    if values["due_date"] is None:
        raise UserError(_("Say by which day it is to be reached."))
    milestone.due_date, milestone.done_on = values["due_date"], values.get("done_on")


def set_cost(cost: Cost, values: Mapping[str, Any]) -> None:
    """What the money was for, how much, when."""
    cost.label = _needed(values["label"], _("Say what the money was for."))
    cost.amount_cents, cost.spent_on = values["amount_cents"], values["spent_on"] or today()


def _needed(text: str | None, sentence: str) -> str:
    found = squash(text or "")
    if not found:
        raise UserError(sentence)
    return found


def _refuse_nobody(contact_ids: Sequence[int]) -> None:
    if not contact_ids:
        raise UserError(_("Choose at least one person or organization."))


def set_target(target: Target, values: Mapping[str, Any]) -> None:
    """What is known of somebody who decides."""
    target.stage = values["stage"]
    target.support, target.influence = values["support"], values["influence"]
    target.owner_user_id = values["owner_user_id"]
    target.note = clean_note(values.get("note") or "")


def add_targets(
    campaign: Campaign, contact_ids: Sequence[int], values: Mapping[str, Any]
) -> tuple[list[Target], int]:
    """Make contacts targets of a campaign; returns the new ones, and how many were targets already."""
    _refuse_nobody(contact_ids)
    with system("who is a target already"):
        statement = select(Target.contact_id).where(
            Target.campaign_id == campaign.id, db.among(Target.contact_id, contact_ids)
        )
        present = set(db.session().execute(statement).scalars())
    made = []
    for contact_id in dict.fromkeys(contact_ids):
        if contact_id not in present:
            target = Target(campaign_id=campaign.id, contact_id=contact_id)
            set_target(target, values)
            made.append(target)
    db.session().add_all(made)
    db.session().flush()
    return made, len(present)


def move(target: Target, stage: str) -> None:
    """Put a target into another column of the board."""
    if stage not in STAGES:
        raise UserError(_("There is no such column on the board. Reload the page and try again."))
    db.session().refresh(target, with_for_update=True)
    target.stage = stage


def set_supporter(supporter: Supporter, values: Mapping[str, Any]) -> None:
    """Rung, since when, and a note."""
    supporter.rung, supporter.since = values["rung"], values["since"]
    supporter.note = clean_note(values.get("note") or "")


def add_supporters(
    campaign: Campaign, contact_ids: Sequence[int], rung: int, since: date, note: str = ""
) -> tuple[int, int, int]:
    """Put contacts on a rung of the ladder. Who stands lower moves up, who stands there or higher stays;
    returns how many are new, how many moved and how many stayed."""
    _refuse_nobody(contact_ids)
    with system("who is on the ladder already"):
        statement = select(Supporter).where(
            Supporter.campaign_id == campaign.id, db.among(Supporter.contact_id, contact_ids)
        )
        present = {each.contact_id: each for each in db.session().scalars(statement)}
    new = moved = 0
    for contact_id in dict.fromkeys(contact_ids):
        found = present.get(contact_id)
        if found is None:
            row = Supporter(campaign_id=campaign.id, contact_id=contact_id, rung=rung, since=since, note=note)
            db.session().add(row)
            new += 1
        elif found.rung < rung:
            found.rung, found.since = rung, since
            moved += 1
    db.session().flush()
    return new, moved, len(present) - moved


def step(supporter: Supporter, rung: int) -> None:
    """Move somebody to another rung, from today."""
    if rung not in RUNGS:
        raise UserError(_("The ladder has six rungs; there is none above the last or below the first."))
    db.session().refresh(supporter, with_for_update=True)
    if supporter.rung != rung:
        supporter.rung, supporter.since = rung, today()
