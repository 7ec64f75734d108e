"""The base of every form: WTForms with protection against forged requests, typed."""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask import g, request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms.fields import choices as wtforms_choices

from crm import once, seen
from crm.errors import Conflict


class Form(FlaskForm):
    """`sent()` is true when the form came back filled in and everything in it makes sense.

    `custom_type` names the record type whose custom fields the form has too; `record` is the one that it
    changes, where `obj` is not. Whoever saves over what somebody else wrote to that record meanwhile is shown
    it first (`clash`) and may save once more; a form with a field `version` or `seen` sees to that by itself.
    A form for something new makes it once, however often it is sent (`crm.once`).
    """

    custom_type: ClassVar[str] = ""
    guards_custom: ClassVar[bool] = False
    """Whether the form sees by itself that nobody writes over custom fields that others changed meanwhile."""

    def __init__(self, obj: object | None = None, *, record: object | None = None, **values: Any) -> None:
        super().__init__(obj=obj, **values)  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        self.clash: list[tuple[str, str]] | None = None
        self._keeps = getattr(record or obj, "id", None) is not None
        if self.custom_type:
            self._add_custom(record or obj, values.get("formdata", _Auto))

    def _add_custom(self, record: object | None, formdata: Any) -> None:
        # Imported here because the fields of records are declared with the help of forms.
        from crm.fields.custom import fields, inputs

        meta: Any = self.meta
        present = getattr(record, "custom", None) or {}
        sent, guarded = meta.wrap_formdata(self, formdata), self._watches or self.guards_custom
        inputs.add_to(self, fields.defined(self.custom_type), present, sent, guarded=guarded)

    def sent(self) -> bool:
        if not self.validate_on_submit():  # type: ignore[no-untyped-call]  # As above.
            return False
        if self._watches and seen.is_lost(self):
            self.clash = seen.differences(self)
        if not self.clash and self._is_new:
            once.sent()
        return not self.clash

    @property
    def _watches(self) -> bool:
        return self._keeps and not {"version", "seen"} & {*self._fields}

    @property
    def _is_new(self) -> bool:
        marks = (self._fields[name].data for name in ("version", "seen") if name in self._fields)
        return not self._keeps and not any(marks)

    @property
    def once(self) -> str:
        """The key of a form for something new, for a hidden input. Only where the page that shows it is the
        one that takes it: one beside a record may be sent with the same words again."""
        rule = request.url_rule
        shows = rule is not None and {"GET", "POST"} <= (rule.methods or set())
        return once.key_for(self) if shows and self._is_new and g.get("crm_sign_in") else ""

    @property
    def shown(self) -> str:
        """The fingerprint of what the form shows; of what it showed at first, while mistakes are mended."""
        if not self._watches:
            return ""
        first = request.form.get(seen.NAME, "") if self.clash is None else ""
        return first or seen.fingerprint(self)

    @property
    def status(self) -> int:
        """The status of a page that shows this form: 422 when it came back with mistakes, 409 when somebody
        else saved the record meanwhile."""
        if self.clash:
            return Conflict.status
        return 422 if self.is_submitted() else 200  # type: ignore[no-untyped-call]  # As above.


def options(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    """The choices of a select field from pairs of value and label."""
    make: Any = wtforms_choices.SelectChoice  # type: ignore[attr-defined]  # Newer than its stubs.
    return [make(value, label) for value, label in pairs]
