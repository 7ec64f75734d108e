"""What was measured, beside what is allowed."""

from dataclasses import dataclass

BETTER, GOOD, BAD, OPEN = "✓✓", "✓ ", "✗ ", "  "


@dataclass(frozen=True)
class Result:
    """One line. `must` and `aim` are what the design allows and hopes for; None where it says nothing.
    With `more_is_better` they are the least, otherwise the most."""

    name: str
    value: float
    unit: str
    must: float | None = None
    aim: float | None = None
    note: str = ""
    more_is_better: bool = False

    @property
    def mark(self) -> str:
        if self.must is None:
            return OPEN
        if self.aim is not None and self._within(self.aim):
            return BETTER
        return GOOD if self._within(self.must) else BAD

    def _within(self, budget: float) -> bool:
        return self.value >= budget if self.more_is_better else self.value <= budget


def heading(title: str) -> str:
    """Above the lines of one database."""
    return f"\n{title}\n   {'work':48}{'measured':>14}{'must':>8}{'aim':>8}  of what"


def line(result: Result) -> str:
    """One result as text."""
    measured = f"{_number(result.value)} {result.unit}"
    budget = f"{_number(result.must):>8}{_number(result.aim):>8}"
    return f"{result.mark:3}{result.name:48}{measured:>14}{budget}  {result.note}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
