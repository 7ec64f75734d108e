"""What every page needs: static files, navigation, error pages, template helpers."""

import logging
import re
import secrets
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import phonenumbers
from babel.numbers import format_decimal
from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    has_request_context,
    request,
    send_from_directory,
)
from flask import url_for as flask_url_for
from flask_babel import gettext as _
from jinja2 import Environment, pass_environment
from jinja2.filters import do_truncate
from markupsafe import Markup
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from crm import access, htmx
from crm.addresses import address
from crm.errors import Conflict, UserError
from crm.i18n import number_language
from crm.journal.recorder import Change
from crm.menu import menu, page_start
from crm.panels import worth_showing
from crm.paths import STATIC
from crm.plugin_api.types import Field
from crm.plugin_host.host import Failure
from crm.runtime import runtime

log = logging.getLogger(__name__)
YEAR = 365 * 24 * 3600
REMARKS: Final = "crm_remarks"


def init_app(app: Flask) -> None:
    app.add_url_rule("/static/<version>/<path:filename>", "static", access.public(static_file))
    app.register_error_handler(UserError, user_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected_error)
    app.context_processor(template_values)
    app.add_template_global(asset)
    app.add_template_global(icon_image)
    app.add_template_global(icon_image, "icon")
    app.add_template_global(described)
    app.add_template_global(way_back)
    app.add_template_global(menu)
    app.add_template_global(page_start)
    app.add_template_global(url_for_known)
    app.add_template_filter(initials)
    app.add_template_filter(phone)
    app.add_template_filter(number)
    app.add_template_filter(truncate)
    app.add_template_filter(choice_words)
    app.add_template_global(own_fields)
    app.add_template_global(own_defined)
    app.add_template_global(own_inputs_of)


ONE_OF_TWO: Final = frozenset({"40001", "40P01", "23505"})
"""How PostgreSQL says that of two transactions it let one go, or that another was first to write what there
may be only once."""
REFUSED_BY_SQLITE: Final = ("database is locked", "UNIQUE constraint failed")
"""How SQLite says the same."""
_RULE_OF_SQLITE: Final = re.compile(r"constraint failed: (?:index ')?([\w., ]+)")
"""The columns or the index that SQLite names, which follow its words."""


def static_file(version: str, filename: str) -> Response:
    """A file of ours, kept by the browser for a year: its address changes with its content."""
    response = send_from_directory(STATIC, filename, max_age=YEAR)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@lru_cache(maxsize=256)
def _fingerprint(filename: str, changed: int) -> str:
    return sha256((STATIC / filename).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _kept_asset(filename: str) -> str:
    path = STATIC / filename
    return f"/static/{_fingerprint(filename, path.stat().st_mtime_ns) if path.exists() else '0'}/{filename}"


def asset(filename: str) -> str:
    """The address of a static file, with its fingerprint."""
    if runtime().config.development:
        _kept_asset.cache_clear()
    return _kept_asset(filename)


def icon_image(name: str, style: str = "") -> Markup:
    """An icon for a page; it says nothing to those who hear the page. `style` names more classes."""
    return _icon_image(name, style, asset("vendor/icons.svg"))


@lru_cache(maxsize=512)
def _icon_image(name: str, style: str, sheet: str) -> Markup:
    return Markup(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(style, sheet, name)


def described(field: Any) -> dict[str, str]:
    """What ties a form field to its errors and its hint for a reader who hears the page."""
    notes = [f"{field.id}-error"] if field.errors else []
    notes += [f"{field.id}-hint"] if field.description else []
    return ({"aria-describedby": " ".join(notes)} if notes else {}) | (
        {"aria-invalid": "true"} if field.errors else {}
    )


def initials(name: str) -> str:
    """One or two letters for a picture that is not there."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


def phone(number: str) -> str:
    """A phone number as people in its own country write it; abroad with the country's code."""
    return phone_in(number, runtime().config.default_region)


@lru_cache(maxsize=4096)
def phone_in(number: str, region: str) -> str:
    """The same for a reader in a region, such as `US`."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code == phonenumbers.country_code_for_region(region):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@pass_environment
def truncate(
    environment: Environment, text: str, length: int = 255, killwords: bool = False, end: str = "…"
) -> str:
    """The beginning of a text; as Jinja's own, with an ellipsis for three points."""
    return do_truncate(environment, text, length, killwords, end)


def number(value: int) -> str:
    """A whole number with the separators of the reader's language."""
    return str(format_decimal(value, locale=number_language()))


def choice_words(field: Field, value: Any) -> str:
    """What a choice says to people; the stored value when it is no longer one of the choices."""
    choices = field.choices() if field.choices is not None else ()
    return next((str(label) for key, label in choices if str(key) == str(value)), str(value))


def remark(words: str) -> None:
    """Add a sentence to the message that says what this request has done."""
    g.setdefault(REMARKS, []).append(words)


def say(message: str, change: Change | None = None) -> None:
    """Show a message on the next page, with what was remarked on the way; with the change that can be
    undone, a button that undoes it, where the reader may undo at all."""
    may_undo = any(access.current_actor().can(name) for name in ("journal.undo_own", "journal.undo_any"))
    message = " ".join((message, *g.pop(REMARKS, ())))
    is_kept = change is not None and change.id is not None
    flash(message, f"undo:{change.id}" if change is not None and is_kept and may_undo else "message")


def template_values() -> dict[str, Any]:
    actor = access.current_actor()
    return {
        "actor": actor,
        "user": g.get("crm_user"),
        "theme": _theme(),
        "site_name": runtime().config.organization_name,
        "Failure": Failure,
    }


def _theme() -> str:
    """The user's choice, else the cookie's; mail and jobs have neither."""
    if user := g.get("crm_user"):
        return str(user.theme)
    return request.cookies.get("theme", "auto") if has_request_context() else "auto"


def offered(hook: str, **arguments: Any) -> list[Any]:
    """What features and plugins add to a page for this actor, lightest first; a failed one is a notice.
    Panels that depend on something stand only where there is something to show."""
    actor = access.current_actor()
    found = [
        (plugin.name, each)
        for plugin, each in runtime().plugins.each(hook, actor=actor, **arguments)
        if isinstance(each, Failure) or each.permission is None or actor.can(each.permission)
    ]
    record_id = arguments["contact"].id if "contact" in arguments else arguments.get("record_id")
    shown = worth_showing(hook, found, record_id) if record_id else [each for _plugin, each in found]
    return sorted(shown, key=lambda each: 1000 if isinstance(each, Failure) else each.weight)


def url_for_known(endpoint: str, **arguments: Any) -> str | None:
    """The address of a page that may not be there, such as that of a feature that is switched off."""
    return address(endpoint, **arguments) if endpoint in current_app.view_functions else None


def way_back() -> str | None:
    """The page of ours that led to this one: what an error offers, for its reader wants to go on there."""
    came_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    address = came_from._replace(scheme="", netloc="").geturl()
    ours = came_from.netloc == request.host and address.startswith("/") and not address.startswith("//")
    here = request.full_path.rstrip("?")
    return address if ours and (request.method != "GET" or address != here) else None


def user_error(error: UserError) -> Response:
    """The sentence of a UserError, as a page or in place."""
    return htmx.render("errors/user.html", "errors/_message.html", error.status, message=error.message)


def http_error(error: HTTPException) -> Response | BaseResponse:
    """401 goes to the sign-in page; every other status gets a page that says what to do."""
    status = error.code or 500
    if error.response is not None and status < 400:
        return error.get_response()
    if status == 401:
        return _to_sign_in()
    return htmx.render(
        "errors/http.html", "errors/_message.html", status, code=status, message=sentence_for(status)
    )


def _to_sign_in() -> Response | BaseResponse:
    target = request.full_path.rstrip("?") if request.method == "GET" and not htmx.wants_fragment() else "/"
    return htmx.go(flask_url_for("accounts.sign_in", next=target if target != "/" else None))


def sentence_for(status: int) -> str:
    return {
        400: _(
            "Something in this request is missing or out of date. Go back, reload the page and try again."
        ),
        403: _("You may see this, but your role does not allow this step. Ask an administrator."),
        404: _("This page does not exist, or it is not yours to see."),
        405: _("This address does not work that way. Go back and use the buttons on the page."),
        409: _("Somebody else changed this meanwhile. Reload the page to see the newest state."),
        413: _(
            "This file is too large. The most that can be uploaded is %(size)s MB; split it in parts.",
            size=runtime().config.max_upload // 1024 // 1024,
        ),
        429: _("Too many tries. Wait a few minutes and try again."),
    }.get(status, _("Something went wrong. Nothing was changed."))


def unexpected_error(error: Exception) -> Response:
    """A mistake of ours: a reference that the log has too, and no detail."""
    if _cannot_be_kept(error):
        log.warning("%s at %s", type(error).__name__, request.endpoint)
        return user_error(UserError(_(
            "Something that was sent is far too large, or holds a character that no text has. Nothing was "
            "changed. Go back, correct it and send it again."
        )))  # fmt: skip
    if isinstance(error, ObjectDeletedError):  # Perhaps after something was written.
        log.warning("%s at %s", type(error).__name__, request.endpoint)
        return user_error(
            Conflict(_("Somebody else removed this just now. Look whether what you sent is there."))
        )
    if _met_another(error):
        log.warning("%s at %s (%s)", type(error).__name__, request.endpoint, _refused_by(error))
        return user_error(
            Conflict(_("Somebody else changed the same just now. Nothing was changed; send it once more."))
        )
    if current_app.testing or runtime().config.development:
        raise error
    reference = secrets.token_hex(4)
    log.error("unexpected error %s at %s", reference, request.endpoint, exc_info=error)
    return htmx.render(
        "errors/http.html",
        "errors/_message.html",
        500,
        code=500,
        message=_(
            "Something went wrong on our side, and nothing was changed. If it happens again, tell your "
            "administrator the reference %(reference)s.",
            reference=reference,
        ),
    )


def _cannot_be_kept(error: Exception) -> bool:
    """Whether a value went as far as the database that no column holds: a number of 30 digits, a NUL."""
    if isinstance(error, ValueError) and not isinstance(error, UnicodeEncodeError):
        return "integer string conversion" in str(error)
    return isinstance(error, DataError | OverflowError | UnicodeEncodeError)


def _met_another(error: Exception) -> bool:
    """Whether two who wrote at once stood in each other's way, so that the database let one go: a deadlock, a
    change that could not be put behind another's, a file that somebody else had for too long, a row that may
    be there once and that somebody else has just written, or one that somebody else has just removed."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, OperationalError | IntegrityError):
        return False
    said = str(error.orig)
    return getattr(error.orig, "sqlstate", "") in ONE_OF_TWO or any(
        each in said for each in REFUSED_BY_SQLITE
    )


def _refused_by(error: Exception) -> str:
    """The name of the rule that refused a row, never what stood in the row: a mistake of ours that writes
    something twice is told in the same words as two people who write at once, and is found by this alone."""
    origin = getattr(error, "orig", None)
    known = getattr(getattr(origin, "diag", None), "constraint_name", None)
    found = _RULE_OF_SQLITE.search(str(origin))
    return known or (found[1] if found else "no rule")


def own_fields(record_type: str, custom: Any) -> Any:
    """The custom fields of a record by their sections, for its page."""
    from crm.fields.custom.values import shown

    return shown(record_type, custom)


def own_defined(record_type: str) -> bool:
    """Whether records of this type have fields of their own."""
    from crm.fields.custom.fields import defined

    return bool(defined(record_type))


def own_inputs_of(form: Any) -> list[tuple[str, list[Any]]]:
    """The inputs of custom fields of a form, by their sections."""
    found: dict[str, list[Any]] = {}
    for each in form:
        if each.name.startswith("custom_"):
            found.setdefault(each.definition.section, []).append(each)
    # Those without a section come first: below the heading of another one they would seem to belong there.
    return sorted(found.items(), key=lambda each: bool(each[0]))
