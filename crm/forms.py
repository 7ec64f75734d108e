"""The base of every form: WTForms with protection against forged requests, typed."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms.fields import choices as wtforms_choices


class Form(FlaskForm):
    """`sent()` is true when the form came back filled in and everything in it makes sense."""

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj=obj, **values)  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.

    def sent(self) -> bool:
        return bool(self.validate_on_submit())  # type: ignore[no-untyped-call]  # As above.

    @property
    def status(self) -> int:
        """The status of a page that shows this form: 422 when it came back with mistakes."""
        return 422 if self.is_submitted() else 200  # type: ignore[no-untyped-call]  # As above.


def options(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    """The choices of a select field from pairs of value and label."""
    make: Any = wtforms_choices.SelectChoice  # type: ignore[attr-defined]  # Newer than its stubs.
    return [make(value, label) for value, label in pairs]
