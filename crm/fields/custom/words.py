"""What is said of work on the values of fields."""

from flask_babel import ngettext


def filled_words(label: str, number: int) -> str:
    """What filling many says."""
    return str(
        ngettext("Set “%(field)s” of %(count)s record", "Set “%(field)s” of %(count)s records", number,
                 field=label, count=number)
    )  # fmt: skip


def unfit_words(label: str, number: int) -> str:
    """What is said of values that did not fit; nothing when all did."""
    if not number:
        return ""
    return str(
        ngettext(
            "%(count)s value did not fit; it stands in its record as “%(name)s to check”.",
            "%(count)s values did not fit; they stand in their records as “%(name)s to check”.",
            number, count=number, name=label,
        )
    )  # fmt: skip
