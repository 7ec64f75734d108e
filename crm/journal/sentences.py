"""Sentences of change sets in the reader's language.

A change set keeps the sentence as it was made, in the language of whoever made it, so that it can always be
read and searched. Here a sentence of ours is known again in any language, taken apart into its values, and
said anew. What is not known, such as the sentences of plugins, is shown as it was written.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask_babel import force_locale, get_locale, get_translations

from crm.i18n import LANGUAGES
from crm.runtime import runtime

Sentence = tuple[str, str]
"""The text of one and of many, which is empty where there is no difference. They are translated where they
are made, so the catalogues know them."""

SENTENCES: Final[tuple[Sentence, ...]] = (
    ("How %(name)s may be contacted", ""),
    ("Erased somebody for good", ""),
    ("An answer to a public form", ""),
    ("An answer was confirmed", ""),
    ("An answer that was never confirmed", ""),
    ("An organization signed", ""),
    ("A signer confirmed a signature", ""),
    ("A signer withdrew a signature", ""),
    ("A signature that was never confirmed", ""),
    ("Looked at an answer", ""),
    ("Decided about a signature", ""),
    ("Something about somebody who was erased", ""),
    ("Merged the tag “%(loser)s” into “%(survivor)s”", ""),
    ("Took the tag “%(name)s” off %(count)s contact", "Took the tag “%(name)s” off %(count)s contacts"),
    ("Tagged %(count)s contact “%(name)s”", "Tagged %(count)s contacts “%(name)s”"),
    ("Made the tag “%(name)s”", ""),
    ("Changed the tag “%(name)s”", ""),
    ("Saved the list “%(name)s”", ""),
    ("Removed the list “%(name)s”", ""),
    ("Imported “%(file)s”: %(what)s", ""),
    ("Importing “%(file)s”", ""),
    ("Changed the account of %(name)s", ""),
    ("%(count)s contact belongs to %(organization)s", "%(count)s contacts belong to %(organization)s"),
    ("%(count)s contact does not want: %(channel)s", "%(count)s contacts do not want: %(channel)s"),
    ("Deleted %(count)s contact", "Deleted %(count)s contacts"),
    ("%(num)s contact added", "%(num)s contacts added"),
    ("%(num)s contact changed", "%(num)s contacts changed"),
    ("%(field)s of %(count)s contact", "%(field)s of %(count)s contacts"),
    ("Attached a file to %(name)s", "Attached %(count)s files to %(name)s"),
    ("Tags of %(name)s", ""),
    ("Note on %(name)s", ""),
    ("Parent of %(name)s", ""),
    ("Undid: %(what)s", ""),
    ("Redid: %(what)s", ""),
    ("Deleted %(name)s", ""),
    ("Invited %(name)s", ""),
    ("Added %(name)s", ""),
    ("%(name)s belongs to %(organization)s", ""),
    ("%(field)s of %(name)s", ""),
)
"""The most particular first: the first that fits is taken."""

_VALUE: Final = re.compile(r"%\\\((\w+)\\\)s")
_COUNTS: Final = frozenset({"count", "num"})


@dataclass(frozen=True)
class _Known:
    """How a sentence looks in one language."""

    sentence: Sentence
    language: str
    pattern: re.Pattern[str]


def in_words_of_the_reader(text: str) -> str:
    """A sentence that was made in any language, in the reader's."""
    locale = get_locale()
    if locale is None or not text:
        return text
    for known in _all_known():
        found = known.pattern.fullmatch(text)
        if found is not None:
            return text if known.language == locale.language else _said(known, found.groupdict())
    return text


def _said(known: _Known, values: dict[str, str]) -> str:
    one, many = known.sentence
    said = {name: _value(name, value, known.language) for name, value in values.items()}
    catalogue = get_translations()
    if not many:
        return str(catalogue.ugettext(one)) % said
    number = next((re.sub(r"\D", "", value) for name, value in values.items() if name in _COUNTS), "1")
    said.setdefault("count", "1")
    return str(catalogue.ungettext(one, many, int(number or 1))) % said


def _value(name: str, value: str, language: str) -> str:
    if name == "what":
        return ", ".join(in_words_of_the_reader(part) for part in value.split(", "))
    return _label(value, language) if name == "field" else value


def _label(value: str, language: str) -> str:
    """The label of a field, said in one language, in the reader's."""
    with force_locale(language):
        found = next((label for label in _labels() if str(label) == value), None)
    return value if found is None else str(found)


def _labels() -> list[Any]:
    labels: list[Any] = [each.label for each in runtime().column_words.values() if each.label]
    for record_type in runtime().fields.types():
        labels += [field.label for field in record_type.fields]
    return [*labels, *_more_labels()]


def _more_labels() -> list[Any]:
    """Groups of rows are edited together, under a name in the plural."""
    from crm.contacts.editing import FIELDS, GROUPS

    return [*(group.label for group in GROUPS.values()), *(field.label for field in FIELDS.values())]


def _all_known() -> list[_Known]:
    return [
        known for number in range(len(SENTENCES)) for language in LANGUAGES for known in _in(number, language)
    ]


@lru_cache(maxsize=256)
def _in(number: int, language: str) -> tuple[_Known, ...]:
    """The sentence in one language: for one, and for many where that differs."""
    one, many = SENTENCES[number]
    with force_locale(language):
        catalogue = get_translations()
        texts = {catalogue.ugettext(one)}
        if many:
            texts = {catalogue.ungettext(one, many, count) for count in (1, 2)}
        return tuple(_Known((one, many), language, _pattern(text)) for text in sorted(texts))


def _pattern(text: str) -> re.Pattern[str]:
    """In the language that is chosen now. A field is one of the labels that there are, so that neither
    `Fecha de nacimiento de Ana` nor a plugin's sentence with an "of" is taken apart in the wrong place."""
    labels = sorted({str(label) for label in _labels()}, key=len, reverse=True)
    plain = _VALUE.sub(r"(?P<\1>.+?)", re.escape(text))
    fields = "|".join(map(re.escape, labels))
    return re.compile(plain.replace("(?P<field>.+?)", f"(?P<field>{fields})"), re.DOTALL)
