"""Files that a plugin's records keep: looked at before they come in, stored with the attachments."""

from typing import Any

from flask import Response, send_file
from flask_babel import gettext as _

from crm.contacts.files.accepting import LARGEST, Upload, accept
from crm.contacts.files.storage import NAMED_BY, keep, path_of, read, remove_unused
from crm.errors import UserError

__all__ = ["LARGEST", "Upload", "accept", "answer_file", "keep", "name_files", "read", "remove_unused"]
_SANDBOX = "default-src 'none'; sandbox"


def name_files(model: type[Any], column: str) -> None:
    """Say, when the plugin is loaded, which column names stored files: what no row names is tidied away."""
    if (model, column) not in NAMED_BY:
        NAMED_BY.append((model, column))


def answer_file(key: str, media_type: str, name: str) -> Response:
    """A stored file as a download, never shown by the browser as a page of ours."""
    path = path_of(key)
    if not path.exists():
        raise UserError(
            _("The content of “%(name)s” is missing. Ask an administrator to bring back the files folder.",
              name=name)
        )  # fmt: skip
    response = send_file(path, media_type, as_attachment=True, download_name=name, conditional=False)
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response
