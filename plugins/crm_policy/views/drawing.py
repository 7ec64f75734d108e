"""The map of tiles and its table, written in Python: fifty-six of anything are slow in a template."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from markupsafe import Markup

from crm.plugin_api import gettext as _

SIDE: Final = 44
"""Of a tile with the gap around it."""
_PATTERN: Final = (
    '<defs><pattern id="pol-half" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="pol-fill-half" width="6" height="6"/>'
    '<line class="pol-stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


def map_of(
    name: str, tiles: Iterable[tuple[Any, ...]], links: Mapping[str, str], statuses: Mapping[str, str]
) -> Markup:
    """A tile for each state; its mark and its pattern say the status without any colour. A tile leads where
    `links` says for its code, else to the row of the table below."""
    shown = "".join(_tile(tile, links, statuses) for tile in tiles)
    size = f'viewBox="0 0 {12 * SIDE} {9 * SIDE}"'
    return Markup(f'<svg {size} role="group" aria-label="{escape(name)}">{_PATTERN}{shown}</svg>')  # noqa: S704  # Each part is escaped.


def _tile(tile: tuple[Any, ...], links: Mapping[str, str], statuses: Mapping[str, str]) -> str:
    place, _value, status, mark, text = tile
    left, top = place.column * SIDE, place.row * SIDE
    words = f"{place.name}: {text}" + (f" ({statuses[status]})" if status else "")
    return (
        f'<a href="{escape(links.get(place.code, f"#{place.code}"))}">'
        f'<g class="pol-tile pol-tile-{status or "unknown"}"><title>{escape(words)}</title>'
        f'<rect x="{left + 2}" y="{top + 2}" width="40" height="40" rx="4"/>'
        f'<text x="{left + 22}" y="{top + 19}" text-anchor="middle">{place.code}</text>'
        f'<text class="pol-tile-mark" x="{left + 22}" y="{top + 35}" text-anchor="middle">{mark}</text>'
        "</g></a>"
    )


def table_of(
    tiles: Sequence[tuple[Any, ...]],
    links: Mapping[str, str],
    statuses: Mapping[str, str],
    days: Mapping[Any, str],
) -> Markup:
    """The same as a table, by name."""
    head = "".join(
        f'<th scope="col">{escape(str(each))}</th>'
        for each in (_("State"), _("Value"), _("Status"), _("As of"))
    )
    rows = "".join(
        f'<tr><th scope="row" class="fw-normal"><a href="{escape(links[place.code])}">'
        f"{escape(place.name)}</a></th><td>{escape(str(text))}</td>"
        f"<td>{escape(statuses[status]) if status else ''}</td>"
        f"<td>{escape(days[value.as_of]) if value else ''}</td></tr>"
        for place, value, status, _mark, text in sorted(tiles, key=lambda tile: tile[0].name)
    )
    table = f'<table class="table table-sm"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return Markup(table)  # noqa: S704  # Each part is escaped.
