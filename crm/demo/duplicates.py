"""The queue of duplicates as it is after a night: looked through, with some pairs to decide."""

from typing import Final

from flask import current_app

from crm import db
from crm.access.actor import Actor
from crm.contacts.duplicates import finding
from crm.jobs.inline import here

AT_ONCE: Final = 20_000
"""Among more than so many people the scheduled look finds them, a quarter of an hour later."""


def look_for_duplicates(people: int, actor: Actor) -> None:
    """Find those who are there twice."""
    if people > AT_ONCE:
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # The application behind the proxy.
    with here(app) as process:
        with db.transaction(actor, "contacts.duplicates"):
            job_id = finding.ask(actor, process.place).id
        process.run(job_id)
