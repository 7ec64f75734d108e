"""In what language a page without an account is read: the one that was chosen on it, else the one that is
known of whoever got its link, else the browser's."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from flask import request
from flask_babel import force_locale
from werkzeug.wrappers import Response

from crm.plugin_api import render, runtime


@contextmanager
def speaking(own: str) -> Iterator[str]:
    """Within, texts and mistakes are in that language; gives its code. `own` is the code that is known."""
    known = runtime().config.languages
    wanted = request.args.get("language") or own
    language = wanted if wanted in known else request.accept_languages.best_match(known) or "en"
    with force_locale(language):
        yield language


def link_unknown() -> Response:
    """That a link leads nowhere: in the browser's language, since nobody knows whose it was, or in the one
    that is chosen there."""
    with speaking(""):
        return render("referrals/link_unknown.html", None, 404, languages=runtime().config.languages)


@contextmanager
def chosen(name: str) -> Iterator[None]:
    """Within, a page for everybody is in the language that this part of its address says, if it says one that
    there is; else as all other pages."""
    language = request.args.get(name, "")
    with force_locale(language) if language in runtime().config.languages else nullcontext():
        yield
