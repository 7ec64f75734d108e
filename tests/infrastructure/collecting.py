"""What was imported and collected stays to the end of a run, so the garbage collector need not look at it
again and again: that was a tenth of a run's processor time."""

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 100
"""After so many new objects, and so many looks at the younger ones, each generation is looked through."""


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
