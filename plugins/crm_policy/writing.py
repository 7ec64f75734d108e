"""Changing and deleting many rows by the change set; who may do so was asked before."""

from collections.abc import Iterable
from typing import Any

from crm.plugin_api import Base, db, system
from crm.plugin_api.sets import Change


def update_rows(change: Change, model: type[Base], ids: Iterable[int], values: dict[str, Any]) -> int:
    """Set the same values on rows by id; journaled."""
    with system("rows that were chosen before are changed"):
        return change.update(db.table(model), ids, values)


def delete_rows(change: Change, model: type[Base], ids: Iterable[int]) -> int:
    """Delete rows by id; journaled."""
    with system("rows that were chosen before are deleted"):
        return change.delete(db.table(model), ids)
