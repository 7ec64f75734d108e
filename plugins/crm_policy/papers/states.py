"""What the states have on the books, as a paper."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from crm.plugin_api import gettext as _
from crm.plugin_api.words import day
from crm_policy.papers.paper import Paper
from crm_policy.services.elements import ranked


def scorecard(
    rows: Sequence[tuple[str, str, int, int]],
    elements: Sequence[Any],
    known: Mapping[str, int],
    on: date | None,
) -> bytes:
    """`rows` are code, name, points, points that it could have; the best share first."""
    paper = Paper(_("Scorecard"), _("Scorecard of the states"))
    paper.write(_("Scorecard of the states"), 18, "B", 0)
    paper.write(_("As known on %(day)s", day=day(on)) if on else _("As known today"), 10, grey=True)
    enough, others = ranked(rows, known, len(elements))
    _scores(paper, enough, known, len(elements))
    if others:
        paper.heading(_("Too little is known"))
        _scores(paper, others, known, len(elements))
    paper.heading(_("How this is counted"))
    paper.write(explained(), 10)
    paper.table(
        (_("Element"), _("Weight"), _("Points")),
        [
            (each.title, str(each.weight), ", ".join(f"{c[1]} {c[2]}" for c in each.answers))
            for each in elements
        ],
        (30, 10, 60),
        "b",
    )
    return paper.content()


def _scores(
    paper: Paper, rows: Sequence[tuple[str, str, int, int]], known: Mapping[str, int], count: int
) -> None:
    paper.table(
        (_("State"), _("Points"), _("Share"), _("Looked up")),
        [
            (
                name,
                _("%(has)s of %(best)s", has=has, best=best),
                f"{100 * has / best:.0f}%",
                f"{known[code]} / {count}",
            )
            for code, name, has, best in rows
        ],
        (50, 20, 14, 16),
        "bcd",
    )


def explained() -> str:
    return _(
        "Only what is enacted or in force counts. Each value gives points, times the weight of its "
        "element. What was not looked up in a state is left out of both numbers, so a state is never "
        "marked down for what nobody looked up. States of which fewer than half is known are not ranked."
    )
