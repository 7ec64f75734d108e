"""What is done every night: the content of messages that were filed or dropped a month ago goes, and so do
those of strangers that waited so long."""

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
        before = db.now() - KEPT
        keys = [*filing.forget_old(before), *filing.forget_strangers(before)]
        if not keys:
            run.finish()
    storage.remove_unused(filter(None, keys))
    return not keys
