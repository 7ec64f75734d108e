"""The doorway of a web process: few requests work at once, and slow senders wait outside.

Granian gives each request a thread and hands its body over as it arrives. A body is therefore collected
before its request takes a place, in a file when it is large, so that memory stays flat and somebody who
sends a byte a second holds neither a place nor a database connection.
"""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, cast

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BLOCK = 64 * 1024
IN_MEMORY = 256 * 1024


class Doorway:
    """WSGI middleware around an application; `places` is how many requests it handles at once."""

    def __init__(self, app: Flask, places: int) -> None:
        self._app = app.wsgi_app
        self._largest: int | None = app.config["MAX_CONTENT_LENGTH"]
        self._places = BoundedSemaphore(places)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if _has_body(environ) and not self._is_too_large(environ) and not self._collect(environ):
            start_response("400 Bad Request", [("Content-Length", "0")])  # Nobody is there to read it.
            return []
        with self._places:
            return self._app(environ, start_response)

    def _is_too_large(self, environ: "WSGIEnvironment") -> bool:
        """Whether it says so itself; Flask refuses it then without reading."""
        length = environ.get("CONTENT_LENGTH") or "0"
        return self._largest is not None and length.isdecimal() and int(length) > self._largest

    def _collect(self, environ: "WSGIEnvironment") -> bool:
        """Replace the body by what arrived of it, one block more than is allowed at most; whether that is
        all that was announced. A length that was not announced is known afterwards, and Flask checks it."""
        announced = environ.get("CONTENT_LENGTH")
        source, length = environ["wsgi.input"], 0
        body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # Closed when the request is gone.
        while (block := source.read(BLOCK)) and (self._largest is None or length <= self._largest):
            body.write(block)
            length += len(block)
        body.seek(0)
        environ["wsgi.input"] = cast(IO[bytes], body)
        environ["CONTENT_LENGTH"] = str(length)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return not announced or announced == str(length)


def _has_body(environ: "WSGIEnvironment") -> bool:
    return environ.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_TRANSFER_ENCODING" in environ
