"""Steps that demand that somebody has shown who they are a short while ago."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import request, url_for

from crm import htmx
from crm.accounts import sessions
from crm.accounts.redirects import safe_path

View = TypeVar("View", bound=Callable[..., Any])


def fresh(view: View) -> View:
    """Send whoever has not shown lately who they are to the page that asks, and from there back: to this
    page, or to the one whose form they had sent."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if sessions.is_fresh():
            return view(*args, **kwargs)
        return htmx.go(url_for("accounts.confirm", next=_back()))

    return checked  # type: ignore[return-value]  # wraps keeps the signature.


def _back() -> str:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    sender = urlsplit(request.referrer or "")
    path = safe_path(sender.path) if sender.netloc == request.host else None
    return path or url_for("accounts.my_account")
