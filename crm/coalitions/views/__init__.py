"""The pages of coalitions, one module for each noun."""

from crm.coalitions.views import (
    cards,
    coalitions,
    commitments,
    groups,
    hand_over,
    health,
    joining,
    members,
    panels,
)
from crm.coalitions.views.blueprint import blueprint

__all__ = [
    "blueprint", "cards", "coalitions", "commitments", "groups", "hand_over", "health", "joining", "members",
    "panels",
]  # fmt: skip
