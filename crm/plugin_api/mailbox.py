"""Reading a mailbox of an IMAP server. The folder of a `Place` is open inside `connect`; `checked` gives what
the server answered to a command, `size_of` and `raw_of` a message by its UID without marking it as read."""

import imaplib
from typing import Final

from crm.activities.mail.imap import (
    LOCAL,
    UNAVAILABLE,
    NoAnswer,
    Place,
    checked,
    connect,
    raw_of,
    size_of,
    words_of,
)

__all__ = [
    "FAILURES",
    "LOCAL",
    "UNAVAILABLE",
    "NoAnswer",
    "Place",
    "checked",
    "connect",
    "raw_of",
    "size_of",
    "words_of",
]
FAILURES: Final = (OSError, imaplib.IMAP4.error, NoAnswer, ValueError)
"""What `connect` and all within it may raise."""
