"""`rollcall mail receive`."""

import sys

import click
from flask_babel import gettext as _

from crm.cli.support import answer, json_option, with_app


@click.group()
def mail() -> None:
    """Mail that comes in."""


@mail.command()
@json_option
@with_app
def receive(as_json: bool) -> None:
    """Log one message, read from standard input, as an activity on the right people.

    For the pipe of a mail server: `rollcall mail receive < message`. What cannot be matched waits in the
    inbox of the activities.
    """
    from crm.activities.mail.reading import LARGEST
    from crm.activities.mail.receiving import take

    received = take(sys.stdin.buffer.read(LARGEST + 1))
    sentence = {
        "logged": _("Logged as an activity."),
        "waiting": _("It waits to be filed, for somebody must choose whom it is with."),
        "known": _("This message is known already; nothing was done."),
        "refused": _("Too many messages of strangers wait already, so this one was not kept."),
    }[received.outcome]
    data = {"outcome": received.outcome, "activity": received.activity_id, "mail": received.mail_id}
    answer(as_json, data, sentence)
