"""What holds for an undo too: somebody remains who may do everything."""

from crm.accounts.services import authority
from crm.journal.recorder import Change


def keep_an_administrator(change: Change) -> None:
    """Before the commit of an undo that touched accounts or roles."""
    if change.undoes_id is not None and change.touched.keys() & {"user_account", "role"}:
        authority.begin_losing_power()
        authority.require_an_administrator()
