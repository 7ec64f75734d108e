"""What no undo takes back."""

from typing import Any

from sqlalchemy import update

from crm.plugin_api import db, system
from crm_media.models import Recipient


def keep(row: Recipient, **values: Any) -> None:
    """What left cannot be called back, so it is written past the journal: no undo makes it unsent."""
    with system("what left to a recipient who was loaded before"):
        db.session().execute(update(Recipient).where(Recipient.id == row.id).values(**values))
        db.session().refresh(row)
