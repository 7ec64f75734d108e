"""What becomes of background work in a restored backup: it is history, and does not go on by itself."""

from flask_babel import gettext as _
from sqlalchemy import update

from crm import db
from crm.jobs.models import Job


def quieten() -> None:
    """Stop what was unfinished when the backup was made. Inside the restore's transaction."""
    stopped = {
        "status": "cancelled",
        "finished_at": db.now(),
        "error": _("Stopped: this work came back from a backup. Begin it again if it is still wanted."),
    }
    db.session().execute(update(Job).where(Job.finished_at.is_(None)).values(**stopped))
