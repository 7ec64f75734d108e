"""What somebody who leaves answers for in policy, and giving it to an heir."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select

from crm.plugin_api import Actor, Heirs, Responsibility, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm_policy.models import Bill, Legislator, SavedSearch, Testimony
from crm_policy.writing import update_rows

MOST: Final = 500
_GOES_ON: Final = ("live", "carried_over")
_COLUMNS: Final[Mapping[str, tuple[Any, str]]] = {
    "policy.bill": (Bill, "owner_user_id"),
    "policy.legislator": (Legislator, "relationship_user_id"),
    "policy.testimony": (Testimony, "author_user_id"),
    "policy.search": (SavedSearch, "user_id"),
}
"""By the kind of responsibility whose rows these are, and where it is said who answers for them."""


def responsibilities(
    user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """Of an account; nothing of policy is of one organization alone."""
    if user_id is None or organization_id is not None:
        return
    for bill in _mine("policy.bill", user_id, actor, Bill.disposition.in_(_GOES_ON)):
        url = url_for("policy.bill", bill_id=bill.id)
        name = f"{bill.state} {bill.identifier}"
        yield _item("policy.bill", bill, lazy("Bill"), name, url, bill.title[:80])
    for one in _mine("policy.legislator", user_id, actor):
        url = url_for("policy.legislator", legislator_id=one.id)
        yield _item("policy.legislator", one, lazy("Relationship to a legislator"), one.name, url, one.state)
    for text in _mine("policy.testimony", user_id, actor, Testimony.status != "given"):
        url = url_for("policy.testimony", bill_id=text.bill_id, testimony_id=text.id)
        yield _item("policy.testimony", text, lazy("Testimony"), text.title, url, _("not given yet"))
    for search in _mine("policy.search", user_id, actor):
        url = url_for("policy.search", search_id=search.id)
        yield _item("policy.search", search, lazy("Saved search for bills"), search.name, url)


def _mine(kind: str, user_id: int, actor: Actor, *more: Any) -> list[Any]:
    model, column = _COLUMNS[kind]
    statement: Select[Any] = visible(model, actor).where(getattr(model, column) == user_id, *more)
    return list(db.session().scalars(statement.order_by(model.id).limit(MOST)))


def _item(kind: str, row: Any, label: Any, title: str, url: str, detail: str = "") -> Responsibility:
    return Responsibility(kind, row.id, label, title, "user", detail, url)


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give what is among the items to the heir's account, where there is one."""
    change = db.current_change()
    if heirs.user_id is None or change is None:
        return
    for kind, (model, column) in _COLUMNS.items():
        if ids := [item.record_id for item in items if item.kind == kind]:
            update_rows(change, model, ids, {column: heirs.user_id})
