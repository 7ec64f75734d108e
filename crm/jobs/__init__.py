"""Background work: jobs that survive any crash, done piece by piece.

    with db.transaction(actor, "contacts.import") as change:
        job = jobs.enqueue("contacts.import", {"file": 7}, _("Import of %(name)s", name=name), actor)

`crm.jobs.services` holds these functions; they are loaded when they are first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.jobs.models import Job as Job
    from crm.jobs.services import cancel as cancel
    from crm.jobs.services import enqueue as enqueue
    from crm.jobs.services import is_waiting as is_waiting

__all__ = ["Job", "cancel", "enqueue", "is_waiting"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"crm.jobs has no {name}")
    from crm.jobs import services

    return getattr(services, name)
