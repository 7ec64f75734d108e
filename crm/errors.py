"""Errors whose message is meant for the person who caused them."""


class UserError(Exception):
    """A sentence that says what is wrong, where, and what to do; shown as it is, status 422."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(UserError):
    """A setting, a plugin or the database is not as the program needs it; the program does not start."""

    status = 500


class Conflict(UserError):
    """Somebody else changed the same thing meanwhile; nothing was written."""

    status = 409
