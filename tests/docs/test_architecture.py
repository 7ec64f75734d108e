"""The page on architecture names every part of the core and every library."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
LIBRARIES = PAGE.partition("## What we depend on")[2].lower()
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def test_every_part_of_the_core_is_in_the_layout() -> None:
    layout = PAGE.partition("## Layout")[2].partition("##")[0]
    parts = {file.parent.name for file in (ROOT / "crm").glob("*/__init__.py")}
    assert parts == {*re.findall(r"^ {6}(\w+)/", layout, re.MULTILINE)} - {"static"}


@pytest.mark.parametrize("name", sorted(Requirement(line).name for line in DEPENDENCIES))
def test_every_library_has_its_reason(name: str) -> None:
    assert re.search(rf"\b{re.escape(name)}\b", LIBRARIES), f"docs/architecture.md says nothing of {name}"
