"""The command line in this process: its exit code and what it prints."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crm.cli import run


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object it printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Rollcall = Callable[..., Done]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set CRM_* variables: `settings(DATABASE_URL=...)`. The data folder is the test's own."""
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "data"))

    def change(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"CRM_{name}", value)

    return change


@pytest.fixture
def rollcall(settings: Callable[..., None], capfd: pytest.CaptureFixture[str]) -> Rollcall:
    """Run a command: `rollcall("user", "create", "ada@example.org")`."""

    def command(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        said = capfd.readouterr()
        return Done(code, said.out, said.err)

    return command


@pytest.fixture
def on_database(empty_database_url: str, settings: Callable[..., None]) -> str:
    """The commands work on an empty database, once on SQLite and once on PostgreSQL."""
    settings(DATABASE_URL=empty_database_url)
    return empty_database_url
