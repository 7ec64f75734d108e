"""The pages of campaigns."""

from crm.campaigns.views import asks, board, campaigns, cards, costs, goals, ladder, milestones
from crm.campaigns.views.blueprint import blueprint

__all__ = ["asks", "blueprint", "board", "campaigns", "cards", "costs", "goals", "ladder", "milestones"]
