"""Plan, then apply: what was shown is what happens, and who changed meanwhile is named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.bulk.actions import Action, State, action_named
from crm.contacts.bulk.state import NOT_YOURS
from crm.contacts.models import BulkPlan, Contact
from crm.errors import Conflict, UserError
from crm.jobs.services import enqueue
from crm.journal.models import JournalEntry
from crm.journal.recorder import Change

AT_ONCE = 1000
"""Contacts that are changed while somebody waits; more become background work in steps of this many."""
READ_AT_ONCE = 5000
KEPT = timedelta(days=7)
JOB = "contacts.bulk"


def choose(action: Action, ids: Sequence[int], actor: Actor, list_query: str = "") -> BulkPlan:
    """Remember who was chosen, and in which list. An action without arguments is planned at once. Inside a
    transaction."""
    plan = BulkPlan(
        actor_user_id=actor.user_id, action=action.name, ids=list(ids), arguments={}, list_query=list_query
    )
    db.session().add(plan)
    if action.form is None:
        make(plan, {}, actor)
    db.session().flush()
    return plan


def find(plan_id: int, actor: Actor) -> BulkPlan | None:
    """A plan of the actor's own."""
    statement = select(BulkPlan).where(BulkPlan.id == plan_id, BulkPlan.actor_user_id == actor.user_id)
    return db.session().scalars(statement).one_or_none()


def make(plan: BulkPlan, arguments: Mapping[str, Any], actor: Actor) -> None:
    """Look at every chosen contact and write down what would happen to it. Inside a transaction."""
    if plan.applied_at is not None:
        raise Conflict(_("This was done already. Choose the contacts anew to do something else with them."))
    action = action_named(plan.action)
    items: list[list[Any]] = []
    refused: dict[str, list[int]] = defaultdict(list)
    already = 0
    for ids in db.chunks(plan.ids, READ_AT_ONCE):
        for each, state in stand(action, arguments, ids, actor).items():
            if state.refusal:
                refused[state.refusal].append(each)
            elif state.already:
                already += 1
            else:
                items.append([each, state.seen])
    plan.arguments, plan.items, plan.already = dict(arguments), items, already
    plan.refused = [[reason, found] for reason, found in refused.items()]


def stand(action: Action, arguments: Mapping[str, Any], ids: Sequence[int], actor: Actor) -> dict[int, State]:
    """How the visible ones of the contacts stand towards a change; the others are not there at all."""
    seen = _visible(ids, actor, None)
    mine = _visible(ids, actor, action.permission) if actor.can(action.permission) else set()
    states = action.read(arguments, sorted(mine))
    return {each: states.get(each, State(refusal=NOT_YOURS)) for each in sorted(seen)}


def _visible(ids: Sequence[int], actor: Actor, permission: str | None) -> set[int]:
    statement = visible(Contact, actor, permission).where(db.among(Contact.id, ids))
    return set(db.session().execute(statement.with_only_columns(Contact.id)).scalars())


def apply(plan: BulkPlan, change: Change, actor: Actor) -> None:
    """Do all of a plan, or hand a long one to a worker. Inside a transaction; raises Conflict when it was
    done already."""
    plan = db.session().get_one(BulkPlan, plan.id, with_for_update=True, populate_existing=True)
    if plan.applied_at is not None:
        raise Conflict(_("This was done already."))
    if not plan.items:
        raise UserError(_("There is nothing to change."))
    action = action_named(plan.action)
    plan.applied_at = db.now()
    if len(plan.items) > AT_ONCE:
        title = _("%(what)s: %(count)s contacts", what=action.title(plan.arguments), count=len(plan.items))
        plan.job_id = enqueue(JOB, {"plan": plan.id}, title, actor).id
        return
    apply_items(plan, plan.items, change, actor)


def apply_items(plan: BulkPlan, items: Iterable[Any], change: Change, actor: Actor) -> None:
    """Change those of the items that still stand as the plan saw them, and note what became of the rest."""
    action = action_named(plan.action)
    planned: dict[int, Any] = dict(items)
    _hold(planned)
    now = stand(action, plan.arguments, sorted(planned), actor)
    as_planned = [each for each, seen in planned.items() if now.get(each) == State(seen)]
    if as_planned:
        action.write(plan.arguments, as_planned, actor)
    note = _Outcome(plan)
    note.add("changed", len(as_planned))
    note.add("already", sum(now[each].already for each in planned if each in now))
    note.add("gone", [each for each in planned if each not in now])
    note.add("other", [each for each in planned if each in now and not _settled(now[each], planned[each])])
    plan.outcome = note.kept
    change.summary = action.sentence(plan.arguments, note.kept["changed"])
    db.session().flush()
    plan.change_set_id = change.id


def _hold(ids: Iterable[int]) -> None:
    """Nobody else may change these rows between our looking and our writing."""
    statement = select(Contact.id).where(db.among(Contact.id, list(ids))).order_by(Contact.id)
    with system("rows are held before each is checked"):
        db.session().execute(statement.with_for_update())


def _settled(state: State, seen: Any) -> bool:
    return state.already or state == State(seen)


class _Outcome:
    """Adds up what became of a plan, chunk by chunk."""

    def __init__(self, plan: BulkPlan) -> None:
        self.kept: dict[str, Any] = {"changed": 0, "already": 0, "gone": [], "other": [], **plan.outcome}

    def add(self, name: str, more: Any) -> None:
        self.kept[name] = self.kept[name] + more


def result_sentence(plan: BulkPlan) -> str:
    """What was done, in a sentence, and how many stayed as they were."""
    done = action_named(plan.action).sentence(plan.arguments, plan.outcome.get("changed", 0)) + "."
    left = len(plan.outcome.get("gone", ())) + len(plan.outcome.get("other", ()))
    if not left:
        return done
    kept = ngettext(
        "%(count)s was changed by somebody meanwhile and stayed as it is.",
        "%(count)s were changed by somebody meanwhile and stayed as they are.",
        left,
        count=left,
    )
    return f"{done} {kept}"


def names_of(ids: Iterable[int], actor: Actor, most: int = 20) -> list[tuple[int, str]]:
    """Ids and names of the first of the contacts that the actor may see, by name."""
    statement = visible(Contact, actor).where(db.among(Contact.id, list(ids)))
    statement = statement.order_by(Contact.sort_name, Contact.id).limit(most)
    rows = db.session().execute(statement.with_only_columns(Contact.id, Contact.name))
    return [(row[0], row[1]) for row in rows]


def names_of_deleted(ids: Iterable[int], most: int = 20) -> list[str]:
    """What contacts were called that somebody deleted since a plan showed them; the erased have no name."""
    entries = db.table(JournalEntry)
    name = entries.c.before["name"].as_string()
    statement = select(name).where(
        entries.c.subject_table == "contact",
        db.among(entries.c.subject_id, list(ids)),
        entries.c.table_name == "contact",
        entries.c.operation == "delete",
    )
    with system("whoever asks saw these names in the plan"):
        return list(db.session().execute(statement.order_by(name).limit(most)).scalars())


def forget_old() -> int:
    """Remove plans of last week; returns how many. Inside a transaction."""
    old = select(BulkPlan.id).where(BulkPlan.created_at < db.now() - KEPT)
    ids = db.session().execute(old).scalars().all()
    db.session().execute(delete(BulkPlan).where(db.among(BulkPlan.id, ids)))
    return len(ids)
