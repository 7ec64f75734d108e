"""What was noticed about a file and its rows, as the command line says it."""

from typing import Any, Final

import orjson
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.cli.support import counted
from crm.transfer import reasons, rows, runs
from crm.transfer.models import ImportRun

MOST: Final = 200
"""So many remarks on rows are said; of a file that was turned down whole there are as many as rows."""
RECOGNIZED: Final = "matched_"
"""How a row was recognized is no remark on it: so begin the codes that say it."""
Remark = tuple[int, str]
"""The line of a row, and in words what was noticed about it."""


def of(run: ImportRun, most: int | None = None) -> tuple[list[Remark], int]:
    """The remarks on rows, in the order of the file, and how many there are beyond the first `most`."""
    handler, found, more = runs.handler_of(run), list[Remark](), 0
    says_nothing: dict[str, bool] = {}
    table, last = rows.ROWS.c, -1
    some = select(table.line, table.reasons).where(table.run_id == run.id, table.reasons.is_not(None))
    some = some.order_by(table.line).limit(reasons.AT_ONCE)
    with system("whoever imports reads what comes of it"):
        while read := db.session().connection().execute(some.where(table.line > last)).all():
            last = read[-1].line
            told = ((row.line, reason) for row in read for reason in orjson.loads(row.reasons))
            for line, reason in (each for each in told if not each[1][0].startswith(RECOGNIZED)):
                if most is None or len(found) < most:
                    said = reasons.sentence(handler, reason)
                    found += [(line, said)] if said else []
                    continue
                if reason[0] not in says_nothing:
                    says_nothing[reason[0]] = not reasons.sentence(handler, reason)
                more += not says_nothing[reason[0]]
    return found, more


class Remarks:
    """Those on the files of one command."""

    def __init__(self, *, several: bool, says_rows: bool) -> None:
        """`several`: lines are of more than one file, so each says of which. Unless `says_rows` those on rows
        are only counted: they name people, and what a nightly command says is mailed."""
        self._several, self._most = several, MOST if says_rows else 0
        self._notices: list[str] = []
        self._on_rows: list[dict[str, Any]] = []
        self._more = 0

    def take(self, file: str, run: ImportRun) -> None:
        self._notices += runs.notices(run)
        found, more = of(run, self._most - len(self._on_rows))
        of_file = {"file": file} if self._several else {}
        self._on_rows += [{**of_file, "line": line, "reason": reason} for line, reason in found]
        self._more += more

    @property
    def told(self) -> dict[str, Any]:
        """As JSON; what there is nothing of is left out."""
        said = {"notices": self._notices, "remarks": self._on_rows, "more_remarks": self._more}
        return {name: value for name, value in said.items() if value}

    @property
    def lines(self) -> list[str]:
        """As lines of text."""
        said = [
            f"{each['file']}, row {each['line']}: {each['reason']}"
            if self._several
            else f"Row {each['line']}: {each['reason']}"
            for each in self._on_rows
        ]
        if self._more:
            remarks = f"{counted(self._more, 'more remark', 'more remarks')} on rows"
            said.append(f"And {remarks}." if self._most else f"There are {remarks}: --remarks says them.")
        return [*self._notices, *said]
