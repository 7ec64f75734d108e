"""What holds for an undo too: nobody gives away more than they have, and somebody remains who may do
everything."""

from flask_babel import gettext as _

from crm.access import NotAllowed
from crm.accounts.services import authority
from crm.journal.recorder import Change


def keep_an_administrator(change: Change) -> None:
    """Before the commit of an undo that touched accounts or roles."""
    if change.undoes_id is not None and change.touched.keys() & {"user_account", "role"}:
        if not authority.holds_everything(change.actor):
            raise NotAllowed(_("Only an administrator can undo what was done to accounts and roles."))
        authority.require_an_administrator()
