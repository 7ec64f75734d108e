"""What campaigns keep about a contact, when two become one, when it is handed over, when it is forgotten."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from crm import db
from crm.access.guard import system
from crm.campaigns import names
from crm.campaigns.models import Ask, Campaign, Supporter, Target
from crm.campaigns.words import ANSWERS, RUNGS, STAGES, SUPPORT
from crm.contacts.models import Contact
from crm.i18n import day
from crm.journal import erasing
from crm.plugin_api.types import DataSection

_STAGES = list(STAGES)


def merge(survivor: Contact, loser: Contact) -> None:
    """Move every row to the contact that stays. Where both are in one campaign the stronger facts stay, and
    what differs is written into the note, so that nothing is lost."""
    with system("a merge moves every row of both"):
        for model, unite in ((Target, _unite_targets), (Supporter, _unite_supporters)):
            kept = {each.campaign_id: each for each in _of(model, survivor.id)}
            for row in _of(model, loser.id):
                if (other := kept.get(row.campaign_id)) is None:
                    row.contact_id = survivor.id
                    continue
                unite(other, row)
                db.session().delete(row)
            db.session().flush()
        for ask in db.session().scalars(select(Ask).where(_mentions(loser.id))):
            ask.contact_id = survivor.id if ask.contact_id == loser.id else ask.contact_id
            if ask.asked_by_contact_id == loser.id:
                ask.asked_by_contact_id = survivor.id
    db.session().flush()


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id).order_by(model.id)))


def _mentions(contact_id: int) -> Any:
    return or_(Ask.contact_id == contact_id, Ask.asked_by_contact_id == contact_id)


def _unite_targets(kept: Target, gone: Target) -> None:
    """The further stage, the support known there, the greater influence."""
    before = _facts(kept), _facts(gone)
    if _STAGES.index(gone.stage) > _STAGES.index(kept.stage):
        kept.stage = gone.stage
        kept.support = kept.support if gone.support is None else gone.support
    elif kept.support is None:
        kept.support = gone.support
    kept.influence = max(kept.influence, gone.influence)
    kept.owner_user_id = kept.owner_user_id or gone.owner_user_id
    lost = [each for each in before if each != _facts(kept)]
    kept.note = _joined(
        kept.note, gone.note, *(_("Before the merge: %(facts)s", facts=each) for each in lost)
    )
    kept.created_at = min(kept.created_at, gone.created_at)


def _facts(target: Target) -> str:
    support = SUPPORT[target.support] if target.support is not None else _("support unknown")
    owner = names.users([target.owner_user_id]).get(target.owner_user_id or 0)
    influence = _("influence %(number)s of 5", number=target.influence)
    return ", ".join(str(each) for each in (STAGES[target.stage], support, influence, owner) if each)


def _unite_supporters(kept: Supporter, gone: Supporter) -> None:
    """The higher rung and since when; of two on the same rung the earlier day."""
    lost = ""
    if gone.rung == kept.rung:
        kept.since = min(kept.since, gone.since)
    else:
        lower = min(kept, gone, key=lambda each: each.rung)
        lost = _("Before the merge: %(facts)s", facts=f"{RUNGS[lower.rung]}, {day(lower.since)}")
        higher = max(kept, gone, key=lambda each: each.rung)
        kept.rung, kept.since = higher.rung, higher.since
    kept.note = _joined(kept.note, gone.note, lost)


def _joined(*notes: str) -> str:
    return "\n".join(dict.fromkeys(each for each in notes if each))


def sections(contact: Contact) -> Iterable[DataSection]:
    """All that campaigns hold about somebody, in words."""
    yield DataSection(_("Target of campaigns"), [_target(*row) for row in _with_campaign(Target, contact.id)])
    yield DataSection(
        _("Ladder of engagement"), [_supporter(*row) for row in _with_campaign(Supporter, contact.id)]
    )
    asks = db.session().scalars(select(Ask).where(_mentions(contact.id)).order_by(Ask.id)).all()
    yield DataSection(_("Asks"), [_ask(each, contact.id) for each in asks])


def _with_campaign(model: Any, contact_id: int) -> Iterable[Any]:
    statement = select(model, Campaign.name).join(Campaign, Campaign.id == model.campaign_id)
    return db.session().execute(statement.where(model.contact_id == contact_id).order_by(model.id)).all()


def _target(target: Target, campaign: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "stage": str(STAGES[target.stage]),
        "support": None if target.support is None else str(SUPPORT[target.support]),
        "influence": target.influence,
        "note": target.note or None,
        "created_at": target.created_at,
    }


def _supporter(supporter: Supporter, campaign: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "rung": str(RUNGS[supporter.rung]),
        "since": day(supporter.since),
        "note": supporter.note or None,
    }


def _ask(ask: Ask, contact_id: int) -> dict[str, Any]:
    return {
        "what": ask.what,
        "asked_on": day(ask.asked_on),
        "answer": str(ANSWERS[ask.answer]),
        "asked_by_them": True if ask.contact_id != contact_id else None,
        "note": (ask.note or None) if ask.contact_id == contact_id else None,
    }


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: nobody targets or asks them any more; asks that they made stay with whom
    they asked. Inside a transaction."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model in (Target, Supporter, Ask):
            table = db.table(model)
            rows = select(table.c.id).where(db.among(table.c.contact_id, ids))
            change.delete(table, db.session().execute(rows).scalars())
        asks = db.table(Ask)
        made = select(asks.c.id).where(db.among(asks.c.asked_by_contact_id, ids))
        change.update(asks, db.session().execute(made).scalars(), {"asked_by_contact_id": None})


def erase(contact: Contact) -> None:
    """Remove what is about somebody with its history; asks that they made stay with whom they asked."""
    for model in (Target, Supporter):
        table = db.table(model)
        erasing.erase_rows_about(table, "contact_id", contact.id, [contact.name])
        db.session().execute(delete(table).where(table.c.contact_id == contact.id))
    asks = db.table(Ask)
    db.session().execute(delete(asks).where(asks.c.contact_id == contact.id))
    made = asks.c.asked_by_contact_id == contact.id
    db.session().execute(update(asks).where(made).values(asked_by_contact_id=None))
    db.session().expire_all()
