"""Puts the rows of a file into the stage, as their days show that they are written."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.importing.attendance.reading import Reading
from crm_schools.importing.attendance.rows import Rows
from crm_schools.importing.attendance.stage import MOST_LINES, Stage
from crm_schools.importing.day_orders import DayOrders, Shown

ROWS_AT_ONCE: Final = 160_000
"""So many rows are read until it is noted how far the reading came."""


class Filling:
    """Fills stages from one file, which is called `name`."""

    def __init__(self, rows: Rows, name: str, options: Mapping[str, Any]) -> None:
        self._rows, self._name, self._options = rows, name, options

    def orders(self, stage: Stage) -> DayOrders:
        """In which order the days are written, by what was kept of those that were read."""
        header = self._rows.headers[self._rows.cells().day]
        orders = DayOrders({"day": header}, self._options)
        for text in stage.words("days"):
            orders.shown["day"] = Shown.again(text)
        return orders

    def fill(self, stage: Stage) -> Generator[None, None, Stage]:
        """All rows, and the stage where they are then. A file whose days turn out to be written otherwise is
        read again: that is rare, and to look through each file beforehand would take long."""
        day_first = self.orders(stage).is_day_first("day")
        yield from self._fill(stage, day_first=day_first)
        if self.orders(stage).is_day_first("day") != day_first:
            stage.close()
            stage = Stage(stage.path, anew=True)
            yield from self._fill(stage, day_first=not day_first)
        return stage

    def _fill(self, stage: Stage, *, day_first: bool) -> Iterator[None]:
        """What cannot be read at all is noted."""
        reading, since = Reading(self._rows.cells(), day_first=day_first), 0
        for lines, columns in self._rows.columns():
            if lines and lines[-1] >= MOST_LINES:
                raise BadFile(
                    _("“%(name)s” has too many lines. Divide it into several files.", name=self._name)
                )
            stage.add(*reading.rows(lines, columns))
            since += len(lines)
            if since >= ROWS_AT_ONCE:
                yield
                since = 0
        words = {"school": [*reading.schools], "code": [*reading.codes], "days": [reading.shown.kept()]}
        stage.close_reading(words, reading.totals)
