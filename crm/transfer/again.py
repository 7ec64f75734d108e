"""Looking through a file again whose plan stopped for something that has been said since."""

from contextlib import suppress

from crm import db
from crm.access import current_actor, visible
from crm.errors import UserError
from crm.transfer import runs
from crm.transfer.models import ImportRun


def look_again(run_id: int) -> None:
    """Plan an import of the reader's anew; nothing happens where it did not stop or went on."""
    actor = current_actor()
    run = db.session().scalars(visible(ImportRun, actor).where(ImportRun.id == run_id)).one_or_none()
    if run is None or run.status != "planning":
        return
    with suppress(UserError), db.transaction(actor, "transfer.plan"):
        runs.ask_for_plan(run, actor)
