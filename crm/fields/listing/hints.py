"""Answers that decide how to look, not what is found, and so may be somewhat old."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

HINT_SECONDS: Final = 60.0
MOST_HINTS: Final = 256
_hints: OrderedDict[tuple[Any, ...], tuple[bool, float]] = OrderedDict()


def hint(key: tuple[Any, ...], find: Callable[[], bool]) -> bool:
    """The answer to a question, found out once in a while."""
    known = _hints.get(key)
    if known is None or monotonic() - known[1] > HINT_SECONDS:
        known = _hints[key] = (find(), monotonic())
        while len(_hints) > MOST_HINTS:
            _hints.popitem(last=False)
    return known[0]
