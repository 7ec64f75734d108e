"""In what language a page without an account is read: the one that was chosen on it, else the one that is
known of whoever got its link, else the browser's."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from flask_babel import force_locale

from crm.plugin_api import runtime


@contextmanager
def speaking(own: str, asked: str = "language") -> Iterator[str]:
    """Within, texts and mistakes are in that language; gives its code. `own` is the code that is known,
    `asked` the part of the address that says what was chosen."""
    known = runtime().config.languages
    wanted = request.args.get(asked) or own
    language = wanted if wanted in known else request.accept_languages.best_match(known) or "en"
    with force_locale(language):
        yield language
