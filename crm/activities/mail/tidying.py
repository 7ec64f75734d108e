"""What is done every night: the content of messages that were filed or dropped a month ago goes."""

from datetime import timedelta
from typing import Final

from crm import db
from crm.activities.mail import filing
from crm.contacts.files import storage
from crm.plugin_api.types import JobRun

KEPT: Final = timedelta(days=30)


def step(run: JobRun) -> bool:
    """Some messages; True when none is left. Doing it twice does no harm."""
    with db.transaction(run.actor, "activities.tidy"):
        keys = filing.forget_old(db.now() - KEPT)
        if not keys:
            run.finish()
    storage.remove_unused(keys)
    return not keys
