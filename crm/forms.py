"""The base of every form: WTForms with protection against forged requests, typed."""

from typing import Any

from flask_wtf import FlaskForm


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
