"""Undo: the inverse of a change set, where nothing newer stands in the way; otherwise it says what does."""

from crm.journal.undo.planning import SMALL, UndoPlan, plan
from crm.journal.undo.reasons import Blocked
from crm.journal.undo.services import ACTION, StandsInTheWay, Undoing, resume, undo, unfinished_undo

__all__ = [
    "ACTION",
    "SMALL",
    "Blocked",
    "StandsInTheWay",
    "UndoPlan",
    "Undoing",
    "plan",
    "resume",
    "undo",
    "unfinished_undo",
]
