"""Where the files that are not Python live: beside the code in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
STATIC = PACKAGE / "static"
TRANSLATIONS = PACKAGE / "translations"


def resource_dir(name: str) -> Path:
    """Return the folder `name` ("templates" or "migrations") that this copy of Rollcall uses.

    A wheel carries these folders in `crm/_bundled`; a checkout (an editable install too) has them at its top.
    """
    bundled = PACKAGE / "_bundled" / name
    return bundled if bundled.is_dir() else PACKAGE.parent / name
