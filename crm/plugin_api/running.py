"""Running background work in this process: for commands and tests. See `crm.jobs.inline`."""

from crm.jobs.inline import Here, here, run_waiting

__all__ = ["Here", "here", "run_waiting"]
