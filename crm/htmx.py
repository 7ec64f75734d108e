"""The one place that decides between a full page and a fragment."""

from typing import Any

from flask import Flask, Response, make_response, redirect, render_template
from flask_htmx import HTMX
from werkzeug.wrappers import Response as BaseResponse

htmx = HTMX()


def wants_fragment() -> bool:
    """Whether htmx asked for a part of a page: not for boosted navigation or history."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(page: str, fragment: str | None = None, status: int = 200, **values: Any) -> Response:
    """The full page, or for htmx the fragment that the page includes."""
    template = fragment if fragment is not None and wants_fragment() else page
    return make_response(render_template(template, **values), status)


def go(url: str) -> BaseResponse:
    """Send the reader to another page: a 303, or for htmx a header that changes the whole page."""
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)


def vary(response: Response) -> Response:
    """The same address gives a page or a fragment, so caches must look at the header."""
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return response


def init_app(app: Flask) -> None:
    htmx.init_app(app)
    app.after_request(vary)
