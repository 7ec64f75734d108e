"""What can be wrong with a whole file."""

from crm.errors import UserError


class BadFile(UserError):
    """The file cannot be read, or a mapping makes no sense: nothing of it was used."""
