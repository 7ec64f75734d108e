"""The events of other tests: what the calendar shows best."""

from tests.events.conftest import add, coalition, invite, plan, rows

__all__ = ["add", "coalition", "invite", "plan", "rows"]
