"""Languages, time zones, and how moments and numbers are shown."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_babel import (
    Babel,
    format_date,
    format_datetime,
    format_timedelta,
    get_locale,
    get_timezone,
    get_translations,
)
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from crm.db import now
from crm.paths import TRANSLATIONS
from crm.runtime import runtime

LANGUAGES = {"en": "English", "es": "Español"}


def init_app(app: Flask) -> None:
    # One for each application: it keeps the catalogues that it has read, and plugins bring their own.
    Babel().init_app(
        app,
        default_translation_directories=";".join(map(str, _catalogue_folders(app))),
        locale_selector=choose_language,
        timezone_selector=choose_time_zone,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Jinja's i18n extension adds it.
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _translated_markup
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


def lazy_gettext(text: str, /, **values: Any) -> Any:
    """A text that becomes words when it is shown, in the language of whom it is shown to."""
    return LazyString(_translated, text, **values)


def _translated(text: str, /, **values: Any) -> str:
    found = str(_catalogue().ugettext(text))
    return found % values if values else found


def _translated_markup(text: str, /, **values: Any) -> Markup:
    """What templates call `_`. Jinja's own way to the same words takes four calls through its context."""
    found = Markup(_catalogue().ugettext(text))  # noqa: S704  # Texts of ours; values are escaped.
    return found % values if "%" in found else found


def _catalogue() -> Any:
    """The reader's translations. flask_babel looks for them anew at each word, and a page has hundreds."""
    if not has_app_context():
        return get_translations()
    locale = get_locale()
    kept = g.get("crm_catalogue")
    if kept is None or kept[0] is not locale:
        kept = g.crm_catalogue = (locale, get_translations())
    return kept[1]


def ago(moment: datetime | None) -> str:
    """A moment as people say it: "3 hours ago", or the date when it is more than 30 days away."""
    if moment is None:
        return ""
    difference = moment - now()
    if abs(difference) > timedelta(days=30):
        return str(format_date(moment, "medium"))
    return str(format_timedelta(difference, add_direction=True))


def exact(moment: datetime | None) -> str:
    """A moment to the minute in the reader's time zone."""
    return "" if moment is None else str(format_datetime(moment, "medium"))


def language_name(code: str) -> str:
    """A language in the reader's own: "es" is Spanish; what is no known code stays as it is."""
    locale = get_locale()
    return str(locale.languages.get(code.replace("-", "_"), code)) if locale and code else code


def day(value: date | str | None) -> str:
    """A day in the reader's language."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return str(format_date(value, "medium"))
