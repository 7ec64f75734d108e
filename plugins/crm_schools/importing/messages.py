"""What was noticed about a row or a file, in sentences: codes are kept, so that each reader has their
language."""

import re
from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api.words import day
from crm_schools.importing.notices import NOTICES
from crm_schools.importing.sentences import SENTENCES

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
PREFIX: Final = "schools_"


def sentence(code: str, column: str, value: str) -> str:
    """A reason in words; KeyError for a code that is none of ours."""
    text = str(SENTENCES[code.removeprefix(PREFIX)])
    return text % {name: _told(text, name, said) for name, said in (("column", column), ("value", value))}


def _told(text: str, name: str, said: str) -> str:
    """A value of a reason as a sentence tells it: days as the reader writes them, unless what stands in the
    file is quoted."""
    if not _DAY.fullmatch(said) or any(f"{quote}%({name})s" in text for quote in "“«"):
        return said
    try:
        return day(said)
    except ValueError:
        return said


def notice(code: str, values: Mapping[str, Any]) -> str:
    return str(NOTICES[code]) % dict(values)
