"""The fact sheet of a bill: what we say, the facts, and figures that other parts of Rollcall publish; for one
legislator those of their own district."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm.plugin_api import Actor, PublicFigure, db, runtime, visible
from crm.plugin_api import gettext as _
from crm_policy.models import Bill, Legislator, Point
from crm_policy.services.kinship import companions
from crm_policy.services.work import ours_among, partners_in

MOST: Final = 12
_FOR_LEGISLATORS: Final = re.compile(
    r"\b(legislat\w*|legislad\w*|lawmakers?|senat?or\w*|representa\w*|governors?|gobernador\w*|everybody|everyone"
    r"|all|public|todos)\b",
    re.IGNORECASE,
)
"""Words of “For whom” that name those who get the sheet."""
_FOR_US: Final = re.compile(r"\b(not|no|internal\w*|ourselves|staff|us|members?|nosotros)\b", re.IGNORECASE)
"""Words that keep a point with us whatever else stands there."""


def is_for_legislators(audience: str) -> bool:
    """Whether a point may be handed over: it is for nobody in particular, or for those who get the sheet."""
    words = audience.strip()
    return not words or (bool(_FOR_LEGISLATORS.search(words)) and not _FOR_US.search(words))


@dataclass(frozen=True)
class Sheet:
    """All that the page and the file show."""

    bill: Bill
    points: Sequence[Point]
    figures: Sequence[PublicFigure]
    legislator: Legislator | None = None
    partners: Sequence[str] = ()

    def parts(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        """Each heading that has something below it: lines of text and source."""
        for kind, title in (("point", _("What we say")), ("fact", _("Facts"))):
            lines = [(each.body, each.source_url) for each in self.points if each.kind == kind]
            yield from _part(title, lines)
        for topic, title in self._titles():
            yield from _part(title, [_figure(each) for each in self.figures if each.topic == topic])
        yield from _part(_("Our partners in your district"), [(each, "") for each in self.partners])

    def _titles(self) -> list[tuple[str, str]]:
        here = self.legislator is not None
        known = {
            "attendance": _("Attendance in your district") if here else _("Attendance"),
            "need": _("What families here wait for") if here else _("What families wait for"),
        }
        return [
            (topic, known.get(topic, _("Figures"))) for topic in dict.fromkeys(e.topic for e in self.figures)
        ]


def _part(title: str, lines: list[tuple[str, str]]) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    if lines:
        yield title, lines


def _figure(figure: PublicFigure) -> tuple[str, str]:
    source = " · ".join(filter(None, (str(figure.source), figure.on.isoformat() if figure.on else "")))
    return f"{figure.place}: {figure.words}", source


def of_bill(bill: Bill, actor: Actor, legislator: Legislator | None = None) -> Sheet:
    """For everybody, and for legislators; what is meant for others, such as our members, stays with us."""
    statement = visible(Point, actor).where(Point.bill_id.in_(companions(bill)))
    told = db.session().scalars(statement.order_by(Point.kind.desc(), Point.position, Point.id))
    points = [each for each in told if is_for_legislators(each.audience)]
    partners: Sequence[Any] = partners_in(legislator, actor) if legislator else ()
    contact_ids = [each.id for each in partners] if legislator else None
    ours = [each.name for each in ours_among(partners)] if legislator else []
    return Sheet(bill, points, figures(bill.state, contact_ids), legislator, ours)


def figures(state: str, contact_ids: Sequence[int] | None) -> list[PublicFigure]:
    """What plugins publish: nothing where none of them does."""
    found = [
        answer
        for _plugin, answer in runtime().plugins.each(
            "crm_public_figures", state=state, contact_ids=contact_ids
        )
        if isinstance(answer, PublicFigure)
    ]
    return found[:MOST]
