"""Languages, time zones, and how moments and numbers are shown."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_babel import (
    Babel,
    format_date,
    get_locale,
    get_timezone,
    get_translations,
)
from flask_babel import lazy_pgettext as flask_lazy_pgettext
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from crm.db import now
from crm.paths import TRANSLATIONS
from crm.runtime import kept, runtime

LANGUAGES = {"en": "English", "es": "Español"}


def init_app(app: Flask) -> None:
    # One for each application: it keeps the catalogues that it has read, and plugins bring their own.
    Babel().init_app(
        app,
        default_translation_directories=";".join(map(str, _catalogue_folders(app))),
        locale_selector=lambda: _locale(choose_language()),
        timezone_selector=choose_time_zone,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Jinja's i18n extension adds it.
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
    )
    app.jinja_env.globals["_"] = _translated_in_template
    app.add_template_filter(ago)
    app.add_template_filter(exact)
    app.add_template_filter(day)
    app.add_template_filter(language_name)
    app.add_template_global(get_locale)


def _catalogue_folders(app: Flask) -> list[Path]:
    """The folders `translations` of plugins, then ours, so that no plugin changes the core's words."""
    plugins = (plugin for plugin in app.extensions["crm"].plugins.plugins if not plugin.core)
    folders = (Path(str(plugin.module.__file__)).parent / "translations" for plugin in plugins)
    return [*(folder for folder in folders if folder.is_dir()), TRANSLATIONS]


@lru_cache
def _locale(language: str) -> Locale:
    """Babel looks for its files each time."""
    return Locale.parse(language)


def choose_language() -> str:
    """The user's choice, else what was chosen before signing in, else what the browser asks for; English
    for jobs of nobody and the command line."""
    user = g.get("crm_user")
    chosen = user.language if user else None
    if not has_request_context():
        return chosen if chosen in LANGUAGES else "en"
    chosen = chosen or session.get("language")
    if chosen in LANGUAGES:
        return cast(str, chosen)
    return request.accept_languages.best_match(LANGUAGES) or "en"


def choose_time_zone() -> str:
    user = g.get("crm_user")
    return (user.time_zone if user else None) or runtime().config.time_zone


def today() -> date:
    """The day it is for the reader."""
    return datetime.now(get_timezone()).date()


def day_here() -> date:
    """The day it is where the organization is: what counts as ended must be so for every reader alike."""
    return datetime.now(ZoneInfo(runtime().config.time_zone)).date()


def lazy_pgettext(context: str, text: str) -> Any:
    """The same for a word that means several things: `context` tells which."""
    return flask_lazy_pgettext(context, text)


class Lazy(LazyString):
    """As Flask-Babel's, but looked for by name where pages ask most: they show dozens of labels."""

    def __str__(self) -> str:
        return gettext(*self._args, **self._kwargs)

    def __html__(self) -> Markup:
        return escape(gettext(*self._args, **self._kwargs))


def lazy_gettext(text: str, /, **values: Any) -> Any:
    """A text that becomes words when it is shown, in the language of whom it is shown to."""
    return Lazy(gettext, text, **values)  # type: ignore[no-untyped-call]  # Flask-Babel has no annotations.


def gettext(text: str, /, **values: Any) -> str:
    """A text in the reader's language, by the shortest way: a page asks for hundreds."""
    found = str(_catalogue().ugettext(text))
    return found % values if values else found


@pass_eval_context
def _translated_in_template(context: EvalContext, text: str, /, **values: Any) -> str:
    """What templates call `_`. Jinja's own way to the same words takes four calls through its context.
    Values are escaped in pages, and stay as they are in plain text."""
    found = _catalogue().ugettext(text)
    if context.autoescape:
        found = Markup(found)  # noqa: S704  # Texts of ours.
    return cast(str, found % values if "%" in found else found)


def _catalogue() -> Any:
    """The reader's translations. flask_babel looks for them anew at each word, and a page has hundreds."""
    here = _here()
    locale, known = here.get("babel_locale"), here.get("crm_catalogue")
    if locale is None or known is None or known[0] is not locale:
        locale = get_locale()
        known = here["crm_catalogue"] = (locale, _translations(locale))
    return known[1]


def _here() -> dict[str, Any]:
    """Where flask_babel keeps the reader's locale and zone, since a step through its functions costs more
    than the words; empty outside of the application, and before the first word."""
    try:
        found: dict[str, Any] = g._get_current_object().__dict__["_flask_babel"].__dict__
    except (RuntimeError, KeyError):
        return {}
    return found


def _translations(locale: Locale | None) -> Any:
    """The catalogue of a language, which stays the same while the process lives."""
    return get_translations() if locale is None else kept(("catalogue", locale), get_translations)


def _reader() -> tuple[str, str]:
    """The reader's time zone and language by name. Babel puts the name of a language together each time."""
    here = _here()
    zone, locale, known = here.get("babel_tzinfo"), here.get("babel_locale"), here.get("crm_reader")
    if zone is None or locale is None or known is None or known[0] is not zone or known[1] is not locale:
        zone, locale = get_timezone(), get_locale()
        known = _here()["crm_reader"] = (zone, locale, (str(zone), str(locale)))
    found: tuple[str, str] = known[2]
    return found


def ago(moment: datetime | None) -> str:
    """A moment as people say it: "3 hours ago", or the date when it is more than 30 days away."""
    if moment is None:
        return ""
    difference = moment - now()
    if abs(difference) > timedelta(days=30):
        return _shown(moment, *_reader(), time=False)
    # What was done this moment is past, though a clock may be a little behind.
    seconds = int(difference.total_seconds()) or -1
    return _said(seconds if abs(seconds) < 3600 else seconds // 60 * 60, _reader()[1])


@lru_cache(maxsize=4096)
def _said(seconds: int, language: str) -> str:
    return str(dates.format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=language))


@lru_cache(maxsize=4096)
def _shown(moment: datetime, zone: str, language: str, *, time: bool) -> str:
    local = moment.astimezone(dates.get_timezone(zone))
    on_day = str(dates.format_date(local, "medium", locale=language))
    if not time:
        return on_day
    clock = dates.format_time(local, "short", tzinfo=local.tzinfo, locale=language)
    return str(dates.get_datetime_format("medium", language)).replace("{1}", on_day).replace("{0}", clock)


def exact(moment: datetime | None) -> str:
    """A moment to the minute in the reader's time zone."""
    return "" if moment is None else _shown(moment, *_reader(), time=True)


def language_name(code: str) -> str:
    """A language in the reader's own: "es" is Spanish; what is no known code stays as it is."""
    locale = get_locale()
    return str(locale.languages.get(code.replace("-", "_"), code)) if locale and code else code


def number_language() -> str:
    """The reader's language as numbers are written in it: Spanish here is that of the United States and of
    Mexico, where as in English a comma stands between thousands; so they are read, too
    (`crm.fields.numbers`). Outside of the application, where nobody reads, English."""
    language = _reader()[1] if has_app_context() else "en"
    return "es_US" if language == "es" else language


WITH_SEPARATORS: Final = 10_000


def decimal(value: float) -> str:
    """A number with the separators of the reader's language and all its digits; one of four digits, which may
    be a year, has none."""
    return _decimal(value, number_language(), abs(value) >= WITH_SEPARATORS)


def in_thousands(value: float) -> str:
    """The same with the separators in any case."""
    return _decimal(value, number_language(), True)


@lru_cache(maxsize=4096)
def _decimal(value: float, language: str, parted: bool) -> str:
    return str(
        numbers.format_decimal(value, locale=language, decimal_quantization=False, group_separator=parted)
    )


def day(value: date | str | None) -> str:
    """A day in the reader's language."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):  # On the day it was in the reader's zone.
        return str(format_date(value, "medium"))
    return _day(value, _reader()[1])


@lru_cache(maxsize=4096)
def _day(value: date, language: str) -> str:
    return str(dates.format_date(value, "medium", locale=language))
