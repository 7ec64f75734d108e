"""What is done every night: plans that nobody applied and files that nothing names go away."""

from crm import db
from crm.contacts.bulk import plans
from crm.contacts.files import storage
from crm.plugin_api.types import JobRun


def step(run: JobRun) -> bool:
    """All of it is quick, and doing it twice does no harm."""
    with db.transaction(run.actor, "contacts.tidy"):
        plans.forget_old()
        run.finish()
    storage.remove_orphans()
    return True
