"""Where the meaning of an attendance code comes from, as the page of a district says it.

What the program says by itself is kept as a text, in the language of whoever caused it, beside what people
wrote; so it is known again by its words, in every language.
"""

from flask_babel import force_locale

from crm.plugin_api import gettext as _
from crm_schools.words import LANGUAGES

_NAME = "\0"


def on_page() -> str:
    return _("said on the page of the district")


def in_file(name: str) -> str:
    return _("first seen in “%(file)s”", file=name)


def shown(source: str) -> str:
    """A kept source in the language of the reader; what somebody wrote stays as it is."""
    for language in LANGUAGES:
        with force_locale(language):
            page, (before, after) = on_page(), in_file(_NAME).split(_NAME)
        if source == page:
            return on_page()
        if source.startswith(before) and source.endswith(after):
            return in_file(source.removeprefix(before).removesuffix(after))
    return source
