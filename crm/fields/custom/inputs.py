"""Custom fields in forms: a form that names a record type has an input for each of them."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from flask_babel import gettext as _
from wtforms import Field, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields import choices as wtforms_choices

from crm.errors import UserError
from crm.fields.custom.fields import name_of
from crm.fields.custom.kinds import checked_value, stored_text, words_of
from crm.fields.models import CustomField
from crm.fields.numbers import doubt
from crm.pages import remark

_LOOKS: Mapping[str, dict[str, str]] = {
    "number": {"inputmode": "decimal", "autocomplete": "off"},
    "date": {"type": "date"},
    "link": {"inputmode": "url", "autocomplete": "off"},
    "email": {"inputmode": "email", "autocomplete": "off"},
    "phone": {"type": "tel", "autocomplete": "off"},
}


WAS: Final = "-was"
"""What a hidden input is called, after its field, that says what the form showed there."""


def _mark(value: Any) -> str:
    value = sorted(value) if isinstance(value, list) else value
    return sha256(stored_text(value).encode()).hexdigest()[:12]


class _Typed:
    """What the inputs share: `data` is the value as it is stored, or None. What somebody left as it was shown
    to them stays as it is now; what others changed since it was shown is said before it is written over,
    unless the form sees to that by itself (`guarded`)."""

    definition: CustomField
    data: Any
    object_data: Any
    typed: str | None = None
    asked = False
    guarded = False
    shown: str | None = None

    def process(self, formdata: Any, *rest: Any, **more: Any) -> None:
        """Of several choices none may be chosen, which looks like a form without the input but for a mark."""
        name: str = self.name  # type: ignore[attr-defined]  # A field follows in the order of classes.
        self.asked = formdata is not None and f"{name}-here" in formdata
        self.shown = formdata.get(name + WAS) if formdata is not None else None
        super().process(formdata, *rest, **more)  # type: ignore[misc]  # As above.

    @property
    def was(self) -> str:
        """The mark of what the record has now."""
        return _mark(self.object_data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist and not self.asked:
            return
        given = [str(each) for each in valuelist]
        self.typed = "; ".join(given)
        self.data = None
        left = given if isinstance(self, SelectMultipleField) else self.typed
        if self.typed and self.shown == _mark(left):  # Left alone, if it fits its field or not.
            self.data, self.typed = self.object_data, None
            return
        try:
            self.data = checked_value(self.definition, self.typed)
        except UserError as error:
            raise ValidationError(error.message) from error
        if self.definition.kind == "number" and (words := doubt(self.typed)):
            remark(words)
        if self.shown is not None:
            self._mind_others()

    def _mind_others(self) -> None:
        if _mark(self.data) == self.shown:
            self.data, self.typed = self.object_data, None
        elif not self.guarded and self.shown != self.was:
            theirs = words_of(self.definition, self.object_data) or _("(empty)")
            raise ValidationError(
                _("Somebody else wrote “%(value)s” here meanwhile. Save again to put yours in its place.",
                  value=theirs[:300])
            )  # fmt: skip


class OwnLine(_Typed, StringField):
    def _value(self) -> str:
        return self.typed if self.typed is not None else stored_text(self.data)


class OwnText(_Typed, TextAreaField):
    def _value(self) -> str:
        return self.typed if self.typed is not None else stored_text(self.data)


def _choice(value: str, label: str, selected: bool) -> Any:
    make: Any = wtforms_choices.Choice  # type: ignore[attr-defined]  # Newer than its stubs.
    return make(value, label, selected, {})


class OwnChoice(_Typed, SelectField):
    def pre_validate(self, form: Any) -> None:
        """What was chosen was read, and refused if need be, with a sentence of its own."""

    def iter_choices(self) -> Iterator[Any]:
        present = self.typed if self.typed is not None else stored_text(self.data)
        for value, label in self._pairs(present):
            yield _choice(value, label, value == present)

    def _pairs(self, present: str) -> list[tuple[str, str]]:
        if self.definition.kind == "boolean":
            pairs = [("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))]
        else:
            pairs = [("", _("None")), *((key, label) for key, label in self.definition.choices)]
        if present and present not in dict(pairs):
            pairs.append((present, _("%(choice)s (no choice any more)", choice=present)))
        return pairs


class OwnChoices(_Typed, SelectMultipleField):
    def pre_validate(self, form: Any) -> None:
        """As with one choice."""

    def iter_choices(self) -> Iterator[Any]:
        several = isinstance(self.data, list)
        chosen = set(self.data if several else filter(None, [stored_text(self.data)]))
        pairs = [(key, label) for key, label in self.definition.choices]
        pairs += [(each, each) for each in sorted(chosen - {key for key, _label in pairs})]
        for value, label in pairs:
            yield _choice(value, label, value in chosen)


def add_to(
    form: Any, fields: Sequence[CustomField], present: Mapping[str, Any], formdata: Any, *, guarded: bool
) -> None:
    """Give a form the inputs of these fields, filled in from what the record has."""
    for each in fields:
        bound: Field = _unbound(each).bind(
            form=form, name=name_of(each), id=f"own-{each.id}",
        )  # fmt: skip
        bound.definition = each  # type: ignore[attr-defined]  # Each of ours has it.
        bound.guarded = guarded  # type: ignore[attr-defined]  # As above.
        bound.process(formdata, present.get(each.key))
        form._fields[bound.name] = bound
        setattr(form, bound.name, bound)


def _unbound(field: CustomField) -> Any:
    kinds: Mapping[str, Any] = {
        "long_text": OwnText, "boolean": OwnChoice, "choice": OwnChoice, "choices": OwnChoices,
    }  # fmt: skip
    look: dict[str, Any] = dict(_LOOKS.get(field.kind, {}))
    if field.kind == "long_text":
        look["rows"] = 3
    if field.kind == "choices":
        look["size"] = min(max(len(field.choices), 2), 6)
    values: dict[str, Any] = {"choices": []} if field.kind in {"boolean", "choice", "choices"} else {}
    return kinds.get(field.kind, OwnLine)(field.label, description=field.help, render_kw=look, **values)
