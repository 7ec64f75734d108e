"""Steps that demand that somebody has shown who they are a short while ago."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import request, url_for

from crm import htmx
from crm.accounts import sessions

View = TypeVar("View", bound=Callable[..., Any])


def fresh(view: View) -> View:
    """Send whoever has not shown lately who they are to the page that asks, and from there back: to this
    page, or to their account when they had sent a form."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if sessions.is_fresh():
            return view(*args, **kwargs)
        back = request.full_path.rstrip("?") if request.method == "GET" else url_for("accounts.my_account")
        return htmx.go(url_for("accounts.confirm", next=back))

    return checked  # type: ignore[return-value]  # wraps keeps the signature.
