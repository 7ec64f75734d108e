"""What a check says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it."""

    level: Level
    what: str
    message: str
    advice: str = ""


def ok(what: str, message: str) -> Finding:
    return Finding("ok", what, message)


def warn(what: str, message: str, advice: str) -> Finding:
    return Finding("warn", what, message, advice)


def fail(what: str, message: str, advice: str) -> Finding:
    return Finding("fail", what, message, advice)
