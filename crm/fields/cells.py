"""The cells of a list's rows. Written in Python and not as a template: a page has hundreds, and a step of
Jinja for each costs more than everything else on the page."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

from crm.addresses import address
from crm.i18n import ago, day, decimal, exact, language_name
from crm.i18n import gettext as _
from crm.pages import choice_words, icon_image, initials, phone_in
from crm.plugin_api.types import Field, Linked, RecordType
from crm.runtime import runtime

Row = Mapping[str, Any]
Cell = Callable[[Any], str]
"""The HTML of one cell from its value, which is never empty."""

EMPTY: Final = "<td data-empty></td>"
MOST_ON_SCREEN, MOST_ON_PAPER = 120, 20_000
SIGN: Final = "\x1f"
NUMBER: Final = 8_000_000_001
"""Stands for an id in an address that is made once."""

_SPECIAL: Final = re.compile("[&<>\"']")
PLAIN: Final = frozenset({"city", "role", "job_title"})
"""Columns that a card on a phone shows without their label."""


def table_rows(
    record_type: RecordType,
    columns: Sequence[Field],
    rows: Iterable[Row],
    *,
    choosable: bool = False,
    explained: bool = False,
    linked: bool = True,
) -> Markup:
    """The `<tr>` of each row, with a box to tick if `choosable` and a button that says why it is here if
    `explained`. With `linked` the first cell names the record and leads to it. What is the same in each row
    is put together once."""
    most = MOST_ON_SCREEN if linked else MOST_ON_PAPER
    start = [_choice_box()] if choosable else []
    start += [_head(record_type, columns[0])] if linked and columns else []
    rest = [(each.name, _cell(each, most)) for each in columns[1 if linked else 0 :]]
    end = [_why_button()] if explained else []
    parts: list[str] = []
    for row in rows:
        parts.append("<tr>")
        parts += [make(row) for make in start]
        for name, cell in rest:
            value = row[name]
            parts.append(EMPTY if value is None or value == "" else cell(value))
        parts += [make(row) for make in end]
        parts.append("</tr>")
    return Markup("".join(parts))  # noqa: S704  # Each part escaped what it was given.


def _choice_box() -> Callable[[Row], str]:
    # Translated once, with a sign where each name goes.
    before, after = (text(part) for part in _("Choose %(name)s", name=SIGN).split(SIGN))
    start = '<td class="rc-choice"><input class="form-check-input" type="checkbox" name="ids" value="'

    def box(row: Row) -> str:
        label = f"{before}{text(row['label'])}{after}"
        return f'{start}{row["id"]}" data-row-choice aria-label="{label}"></td>'

    return box


def _why_button() -> Callable[[Row], str]:
    before, after = (text(part) for part in _("Why is %(name)s here?", name=SIGN).split(SIGN))
    image = icon_image("help-circle")
    start = '<td class="rc-why-cell"><button form="why-form" name="record" value="'

    def button(row: Row) -> str:
        asked = f"{before}{text(row['label'])}{after}"
        words = f'{image}<span class="visually-hidden">{asked}</span>'
        return f'{start}{row["id"]}" title="{asked}">{words}</button></td>'

    return button


def _head(record_type: RecordType, column: Field) -> Callable[[Row], str]:
    """The first cell: the picture of the record, its name, and a sign when it must not be contacted."""
    barred = escape(_("Do not contact"))
    sign = f'<span class="rc-barred-sign" title="{barred}">{icon_image("ban")}'
    sign += f'<span class="visually-hidden">, {barred}</span></span>'
    target = text(address(record_type.endpoint, **{record_type.id_argument: NUMBER}))
    before, after = target.split(str(NUMBER))
    start = f'<td><a class="rc-person rc-name" href="{before}'

    def head(row: Row) -> str:
        shown = (row[column.name] if column.name != "name" else "") or row["label"]
        end = sign if row.get("barred") else ""
        return f'{start}{row["id"]}{after}">{_picture(row)}<span>{text(shown)}</span>{end}</a></td>'

    return head


def _picture(row: Row) -> str:
    if photo := row.get("photo"):
        source = escape(address("contacts.photo", contact_id=row["id"], v=photo[:8]))
        return f'<img class="avatar" src="{source}" alt="" loading="lazy" width="28" height="28">'
    kind = " rc-avatar-organization" if row.get("kind_of") == "organization" else ""
    return f'<span class="avatar rc-avatar{kind}" aria-hidden="true">{text(initials(row["label"]))}</span>'


def _cell(column: Field, most: int) -> Cell:
    label = text(str(column.label))
    start = f'<td data-label="{label}"'
    maker = _MAKERS.get(column.kind)
    if maker is not None:
        return maker(start, column)
    plain = " data-plain" if column.kind == "reference" or column.name in PLAIN else ""

    def cell(value: Any) -> str:
        whole = text(value)
        shown = whole if len(whole) <= most else text(shortened(str(value), most))
        if isinstance(value, Linked):
            shown = f'<a href="{text(value.address)}">{shown}</a>'
        return f'{start} title="{whole}"{plain}>{shown}</td>'

    return cell


def text(value: Any) -> str:
    """Escaped, as a plain string: what is put together here is marked as safe once, at the end."""
    value = str(value)
    return value if _SPECIAL.search(value) is None else str(escape(value))


def shortened(value: str, most: int) -> str:
    """The beginning of a text, cut between words; a little more than `most` stays whole."""
    return value if len(value) <= most + 5 else value[: most - 1].rsplit(" ", 1)[0] + "…"


def _tags(start: str, _column: Field) -> Cell:
    def cell(value: Any) -> str:
        tags = "".join(f'<span class="rc-tag">{text(tag)}</span>' for tag in value.split(SIGN))
        return f"{start} data-tags>{tags}</td>"

    return cell


def _email(start: str, _column: Field) -> Cell:
    image = icon_image("mail", "rc-card-icon")

    def cell(value: Any) -> str:
        shown = text(value)
        link = f'<a href="mailto:{shown}" title="{shown}">{image}<span>{shown}</span></a>'
        return f"{start} data-reach>{link}</td>"

    return cell


def _phone(start: str, _column: Field) -> Cell:
    image, region = icon_image("phone", "rc-card-icon"), runtime().config.default_region

    def cell(value: Any) -> str:
        link = f'<a href="tel:{text(value)}">{image}<span>{text(phone_in(value, region))}</span></a>'
        return f'{start} class="rc-num" data-reach>{link}</td>'

    return cell


def _moment(start: str, _column: Field) -> Cell:
    def cell(value: Any) -> str:
        shown = f'<time datetime="{value.isoformat()}" title="{text(exact(value))}">{text(ago(value))}</time>'
        return f"{start}>{shown}</td>"

    return cell


def _date(start: str, _column: Field) -> Cell:
    return lambda value: f'{start} class="rc-num">{text(day(value))}</td>'


def _choice(start: str, column: Field) -> Cell:
    known: dict[str, str] = {}

    def cell(value: Any) -> str:
        if value not in known:
            known[value] = text(choice_words(column, value))
        return f"{start}>{known[value]}</td>"

    return cell


def _language(start: str, _column: Field) -> Cell:
    return lambda value: f"{start}>{text(language_name(value))}</td>"


def _number(start: str, _column: Field) -> Cell:
    def words(value: Any) -> str:
        return decimal(value) if isinstance(value, int | float) else text(value)

    return lambda value: f'{start} class="rc-num text-end">{words(value)}</td>'


def _boolean(start: str, _column: Field) -> Cell:
    yes, no = text(_("yes")), text(_("no"))
    return lambda value: f"{start}>{yes if value else no}</td>"


_MAKERS: Final[Mapping[str, Callable[[str, Field], Cell]]] = {
    "tags": _tags,
    "email": _email,
    "phone": _phone,
    "datetime": _moment,
    "date": _date,
    "choice": _choice,
    "language": _language,
    "number": _number,
    "boolean": _boolean,
}
