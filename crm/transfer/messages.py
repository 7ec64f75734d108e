"""What was noticed about a file or a row, kept as a code and turned into a sentence when somebody reads it.

Codes rather than sentences are stored, so that the reasons of an import made by one person are read by
another in their own language.
"""

from dataclasses import dataclass, field

from crm.i18n import in_thousands
from crm.i18n import lazy_gettext as _

LONGEST_SHOWN = 80

# Problems of one row: %(column)s is the header as the file has it, %(value)s what stands in the cell.
SENTENCES = {
    "nobody": _(
        "This row names nobody: it has no name, email, phone or ID. Add one of them and import the row again."
    ),
    "too_many_cells": _(
        "This row has more cells than there are headers (%(value)s). A value that contains the separator "
        "needs quotes around it."
    ),
    "email_invalid": _(
        "“%(value)s” in “%(column)s” is not an email address. It is kept in the field “Email to check”."
    ),
    "phone_invalid": _(
        "“%(value)s” in “%(column)s” is not a phone number. It is kept in the field “Phone to check”."
    ),
    "phone_incomplete": _(
        "“%(value)s” in “%(column)s” is not a complete phone number. It is kept as it was typed."
    ),
    "date_invalid": _(
        "“%(value)s” in “%(column)s” is not a date. It is kept in the field “Birth date to check”. "
        "Dates look like 1976-02-03 or 2/3/1976."
    ),
    "date_future": _(
        "“%(value)s” in “%(column)s” lies in the future. It is kept in the field “Birth date to check”."
    ),
    "postal_code_invalid": _("“%(value)s” in “%(column)s” is not a US ZIP code. It is kept as it was typed."),
    "country_unknown": _("“%(value)s” in “%(column)s” is not a country we know. It is kept as it was typed."),
    "url_invalid": _(
        "“%(value)s” in “%(column)s” is not a web address. It is kept in the field “Link to check”."
    ),
    "choice_unknown": _(
        "“%(value)s” in “%(column)s” is neither yes nor no. It is kept in the field “Contact wish to check”."
    ),
    "sector_unknown": _(
        "“%(value)s” in “%(column)s” is none of the sectors. It is kept in the field “Sector to check”."
    ),
    "own_unfit": _(
        "“%(value)s” does not fit the field “%(column)s”. It is kept in the field “%(column)s to check”."
    ),
    "too_long": _("“%(value)s” in “%(column)s” is too long. It is kept in the field “Value to check”."),
    "kind_unknown": _(
        "“%(value)s” in “%(column)s” is neither a person nor an organization. The row was read as a person."
    ),
    "photo_unreadable": _("The photo of this card cannot be read and was left out."),
    "photo_too_large": _("The photo of this card is too large and was left out."),
    "not_imported": _("Not imported from this card: %(value)s."),
    "card_is_group": _("This card is a group of other cards, not a person or an organization."),
}

# Notices about a whole file.
NOTICES = {
    "encoding_guessed": _(
        "The file is not in UTF-8; it was read as %(encoding)s. Look whether names with accents are right."
    ),
    "encoding_mixed": _(
        "Lines in another encoding than the rest: %(count)s (the first is line %(line)s). "
        "They were read as %(encoding)s."
    ),
    "undecodable": _("Characters that could not be read and are shown as �: %(count)s."),
    "nul_removed": _("Empty characters (NUL) that were left out: %(count)s."),
    "header_duplicate": _(
        "“%(header)s” is the header of more than one column; the others are now %(names)s."
    ),
    "header_empty": _("%(count)s columns have no header; they are called “%(first)s” and so on."),
    "header_missing": _("The first row is not a header but holds data already, so the columns are numbered."),
    "title_skipped": _(
        "The first %(count)s rows are a title and were skipped; the header is in row %(row)s."
    ),
    "header_repeated": _("%(count)s rows repeat the header and were skipped (the first is row %(row)s)."),
    "rows_short": _(
        "%(count)s rows have fewer cells than there are headers (the first is row %(row)s); "
        "the missing cells were read as empty."
    ),
    "formula_error": _("%(count)s cells hold a formula's error such as #N/A and were read as empty."),
    "formula_unsaved": _(
        "%(count)s cells hold a formula without a saved result and were read as empty. "
        "Open the workbook in Excel, save it and choose it again."
    ),
    "sheet_chosen": _("The workbook has %(count)s sheets; “%(sheet)s” was read."),
}


@dataclass(slots=True)
class Problem:
    """What is wrong with one value or one row. `fatal` means that the row is not imported."""

    code: str
    column: str = ""
    value: str = ""
    fatal: bool = False

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code]) % {"column": self.column, "value": shortened(self.value)}


@dataclass(slots=True)
class Notice:
    """What was noticed about a whole file; nothing of it stops the import."""

    code: str
    values: dict[str, str | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        values = {
            name: in_thousands(value) if isinstance(value, int) else value
            for name, value in self.values.items()
        }
        return str(NOTICES[self.code]) % values


def shortened(value: str) -> str:
    """The value as it fits into a sentence."""
    line = " ".join(value.split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"
