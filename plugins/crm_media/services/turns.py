"""Whoever writes, approves or sends a release goes one after the other."""

from sqlalchemy import inspect
from sqlalchemy.exc import InvalidRequestError

from crm.plugin_api import Conflict, db, system
from crm.plugin_api import gettext as _
from crm_media.models import Recipient, Release


def lock(release: Release, *rows: Recipient) -> None:
    """Hold a release, and these of its recipients, until the transaction ends; they are then as they are now.
    One that is not kept yet is nobody else's; Conflict for what is gone."""
    if not inspect(release).persistent:
        return
    with system("a release that was loaded before is held while something is done with it"):
        for each in (release, *rows):
            try:
                db.session().refresh(each, with_for_update=True)
            except InvalidRequestError as gone:
                raise Conflict(_("Somebody removed this in the meantime.")) from gone
