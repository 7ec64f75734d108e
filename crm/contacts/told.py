"""What a change did to one contact, told from that contact's side: "Got the tag Hearing Dec 4"."""

from collections.abc import Sequence
from typing import Final

from flask_babel import gettext as _

from crm.journal.history import Act, Line

NOTES: Final = "contact_note"
TAGS: Final = "contact_tag"
AFFILIATIONS: Final = "affiliation"
MOST: Final = 8


def sentences(act: Act) -> list[str]:
    """What an act did to the contact; its own title where that does not show."""
    lines = [line for line in act.lines if line.table != NOTES]
    if (made := _made(act, lines)) is not None:
        return [made]
    said = [sentence for line in lines if (sentence := _sentence(line))]
    if act.kind.name == "undone":
        return [act.title, *said[:MOST]]
    if len(said) > MOST:
        said[MOST:] = [_("and %(count)s more", count=len(said) - MOST)]
    return said or [act.title]


def icon(act: Act) -> str:
    """The icon that fits what happened to the contact."""
    lines = [line for line in act.lines if line.table != NOTES]
    if any(line.table == "contact" and line.operation == "create" for line in lines):
        return "file-import" if act.kind.name == "imported" else "user-plus"
    if lines and all(line.table == TAGS for line in lines):
        return "tag"
    return act.kind.icon


def is_minor(act: Act) -> bool:
    """Whether nothing but fields were edited."""
    lines = [line for line in act.lines if line.table != NOTES]
    big = {"contact", TAGS, AFFILIATIONS}
    return act.kind.name in {"changed", "many", "imported", "undone", "other"} and not any(
        line.table in big and line.operation for line in lines
    )


def _made(act: Act, lines: Sequence[Line]) -> str | None:
    """That somebody came or went says all of it; what was filled in then stands on the page."""
    whole = next((line.operation for line in lines if line.table == "contact" and line.operation), "")
    if not whole or act.kind.name == "undone":
        return None
    if whole == "delete":
        return _("Deleted")
    return _("Added with a list") if act.kind.name == "imported" else _("Added")


def _sentence(line: Line) -> str:
    if line.table == TAGS:
        if line.operation == "delete":
            return _("Lost the tag %(tag)s", tag=line.before)
        return _("Got the tag %(tag)s", tag=line.after)
    what = f"{line.label} ({line.of})" if line.of else line.label
    if line.before and line.after:
        return _("%(what)s changed to %(value)s", what=what, value=_short(line.after))
    if line.after:
        if line.operation == "create":
            return _("%(what)s added: %(value)s", what=what, value=_short(line.after))
        return _("%(what)s set to %(value)s", what=what, value=_short(line.after))
    return _("%(what)s removed: %(value)s", what=what, value=_short(line.before)) if line.before else ""


def _short(value: str) -> str:
    return value if len(value) <= 120 else f"{value[:119]}…"
