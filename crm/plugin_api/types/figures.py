"""Numbers and the rows behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select

from crm.plugin_api.types.basics import Text

if TYPE_CHECKING:
    from crm.access.actor import Actor


@dataclass(frozen=True)
class PublicFigure:
    """A number about many people that anybody may see: small counts are out of it, and nobody can be told
    from it. `words` says it in a sentence, `place` what it is of, `source` where it was published, `on` up to
    which day it counts; `contact_id` is the organization that it is about, where it is among the contacts."""

    topic: str
    place: str
    words: str
    source: Text = ""
    on: date | None = None
    url: str | None = None
    contact_id: int | None = None


@dataclass(frozen=True)
class Counted:
    """One row behind a number: what it is and where it is shown."""

    title: str
    url: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Measure:
    """A way to count what a campaign has reached.

    `rows` gives, for the id of a campaign and the parameters of a goal, a SELECT of the ids of `model` that
    count; the number is how many there are. `show` says of some of those ids, as far as the actor may see
    them, what they are. `parameters` name what a goal must choose: (name, label, choices as value and label).
    """

    name: str
    label: Text
    model: type[Any]
    rows: Callable[[int, Mapping[str, Any]], Select[Any]]
    show: "Callable[[Sequence[int], Actor], Sequence[Counted]]"
    parameters: tuple[tuple[str, Text, Callable[[], Sequence[tuple[str, Text]]]], ...] = ()
    help: Text = ""
