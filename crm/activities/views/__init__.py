"""The pages of activities, tasks and mail, one module for each thing one does with them."""

from crm.activities.views import acts, bulk, checklists, mail, my_day, panels, settings, tasks
from crm.activities.views.blueprint import blueprint

__all__ = ["acts", "blueprint", "bulk", "checklists", "mail", "my_day", "panels", "settings", "tasks"]
