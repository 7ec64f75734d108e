"""What pages for people without an account share: signed links, one-time keys against robots and double
posts, and an answer that sets no cookie, so that it works within the page of another site."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar, cast

from flask import Response, make_response, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from crm.db import now
from crm.errors import UserError
from crm.i18n import LANGUAGES
from crm.runtime import runtime
from crm.security import CONTENT_SECURITY_POLICY, csrf

View = TypeVar("View", bound=Callable[..., Any])
FASTEST = 3
"""Seconds that a person needs at least to fill in a form."""
LONGEST: Final = 10_000
"""Characters of all that is sent with one form."""
DAY: Final = 24 * 3600
LINK_LIFE: Final = 30 * DAY
UNCONFIRMED_KEPT: Final = timedelta(seconds=LINK_LIFE)
"""So long after it was sent, what nobody confirmed is forgotten; the page and the message say so."""


def days_left(written: datetime) -> int:
    """For how many days what was written then is still kept unconfirmed, for a message that goes out now."""
    left = -((now() - written - UNCONFIRMED_KEPT) // timedelta(days=1))
    return left if left > 0 else UNCONFIRMED_KEPT.days


def without_session(because: str) -> Callable[[View], View]:
    """Mark a view that needs no token of a session, for it looks at none: no account acts through it.
    `because` says to whoever reads the code what stands for the token."""
    if not because:
        raise ValueError("say why the view needs no token")

    def mark(view: View) -> View:
        return cast(View, csrf.exempt(view))

    return mark


def _serializer(salt: str) -> URLSafeTimedSerializer:
    config = runtime().config
    old = [key.strip() for key in config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",") if key.strip()]
    return URLSafeTimedSerializer(
        [*old, config.secret_key],  # The last one signs, all are known.
        salt=f"rollcall public {salt}",
        signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
    )


def first_version() -> int:
    """The version that a new record's link begins with: not 1, so that no link of a record that a restore
    took away opens the one that gets its number later."""
    return secrets.randbelow(1_000_000_000) + 1


def sign(salt: str, *numbers: int) -> str:
    """A token for a link; it holds numbers only and names nobody."""
    return str(_serializer(salt).dumps(list(numbers)))


def read(salt: str, token: str, life: int | None = LINK_LIFE) -> list[int] | None:
    """The numbers of a token; None when it is not one of ours, or is older than `life` seconds."""
    try:
        return [int(each) for each in _serializer(salt).loads(token, max_age=life)]
    except (BadSignature, ValueError, TypeError):
        return None


def stamp(page: str) -> str:
    """What a form carries instead of a cookie: for which page it is, when it was opened, a key of one use."""
    return str(_serializer("stamp").dumps([page, secrets.token_urlsafe(16)]))


def read_stamp(page: str, token: str) -> str:
    """The one-time key of a form that came back; UserError when it is not of this page, too old, or came
    back faster than a person writes."""
    try:
        (told, key), opened = _serializer("stamp").loads(token, max_age=DAY, return_timestamp=True)
    except SignatureExpired as error:
        raise UserError(_("This page was open for more than a day. Please send it once more.")) from error
    except (BadSignature, ValueError, TypeError) as error:
        raise UserError(_("This form is not the one that we sent. Please send it once more.")) from error
    if told != page:
        raise UserError(_("This form is not the one that we sent. Please send it once more."))
    from crm.db import now

    if (now() - opened).total_seconds() < FASTEST:
        raise UserError(_("That was very fast. Please wait a few seconds, then send it again."))
    return str(key)


def stamp_again(page: str) -> str:
    """The stamp for a form that is shown once more: the one that came back, so that it stays one answer, or a
    new one where that one is of no use any more."""
    token = request.form.get("stamp", "")
    try:
        told, _key = _serializer("stamp").loads(token, max_age=DAY)
    except (BadSignature, ValueError, TypeError):
        return stamp(page)
    return token if told == page else stamp(page)


def is_robot() -> bool:
    """Whether the field that people do not see was filled in."""
    return bool(request.form.get("website", "").strip())


def require_short() -> None:
    """UserError when more was written than anybody would read."""
    length = sum(len(value) for key in request.form for value in request.form.getlist(key))
    if length > LONGEST:
        raise UserError(
            _(
                "This is too long: all fields together may have %(most)s characters. Please shorten it; "
                "nothing was sent yet.",
                most=f"{LONGEST:,}",
            )
        )


def language_of(own: str = "") -> str:
    """What was chosen on the page, else the record's own, else the browser's."""
    chosen = request.args.get("language", "") or own
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def gone_while_writing() -> Response:
    """What somebody is told whose form or letter was removed while they wrote."""
    language = language_of()
    with force_locale(language):
        return page("intake/public/gone.html", 410, language=language)


def page(template: str, status: int = 200, *, sites: tuple[str, ...] = (), **values: Any) -> Response:
    """A page without a cookie. `sites` are those that may show it within their own."""
    response = make_response(
        render_template(template, languages=LANGUAGES, days_kept=UNCONFIRMED_KEPT.days, **values), status
    )
    if sites:
        framed = f"frame-ancestors {' '.join(sites)}"
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "frame-ancestors 'none'", framed
        )
    return response
