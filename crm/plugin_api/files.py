"""Files that a plugin keeps: bytes in the data folder under a random key that one of its columns names."""

from typing import Any

from flask import send_file
from werkzeug.wrappers import Response

from crm.contacts.files import storage
from crm.contacts.files.accepting import Upload, accept
from crm.contacts.files.storage import keep

__all__ = ["Upload", "accept", "download", "keep", "named_by"]

_SANDBOX = "sandbox; default-src 'none'"


def named_by(model: type[Any], column: str) -> None:
    """Say that a column holds keys, so that what it names is not tidied away. Once, where models are
    loaded."""
    if (model, column) not in storage.NAMED_BY:
        storage.NAMED_BY.append((model, column))


def download(key: str, media_type: str, name: str) -> Response:
    """The file as a download, never shown by the browser as a page of ours."""
    response = send_file(
        storage.path_of(key), media_type, as_attachment=True, download_name=name, conditional=False
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response
