"""What the three kinds of import have in common: they read files themselves, and nobody maps their
columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import Cleaner, Line, Problem, Settings
from crm_schools.importing import messages


class OwnFiles:
    """The methods of `ImportHandler` that such a kind does not need, and those that are the same for all."""

    match_keys: Mapping[str, Any] = {}
    cards = False
    options: Sequence[str] = ("format",)

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        return {}

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return []

    def target_label(self, target: str) -> str:
        raise UserError(_("The columns of this file are found by their headers."))

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        return []

    def settle_card(self, record: Any, problems: list[Problem]) -> None:
        """There are no cards of this kind."""

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        raise UserError(_("The columns of this file are found by their headers."))

    def dump(self, record: Any) -> str:
        return orjson.dumps(record).decode()

    def load(self, text: str) -> Any:
        return orjson.loads(text)

    def record_url(self, record_id: int) -> str | None:
        return None

    def sentence(self, code: str, column: str, value: str) -> str:
        return messages.sentence(code, column, value)

    def notice(self, code: str, values: Mapping[str, Any]) -> str:
        return messages.notice(code, values)

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        return name, old, new

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        return lambda pairs: ()


def keep_problems(line: Line) -> None:
    """What was noticed about a row while it was read becomes a reason of its plan."""
    line.reasons = [[problem.code, problem.column, problem.value] for problem in line.problems]
