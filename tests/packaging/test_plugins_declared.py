"""A bundled plugin is an ordinary plugin: declared like anyone's, and held to the same imports."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUNDLED = {file.parent.name for file in ROOT.glob("plugins/*/plugin.py")}


def test_every_bundled_plugin_has_an_entry_point() -> None:
    declared = PROJECT["project"].get("entry-points", {}).get("crm.plugins", {})
    assert declared == {name.removeprefix("crm_"): f"{name}.plugin" for name in BUNDLED}


def test_every_bundled_plugin_is_held_to_the_plugin_interface() -> None:
    linter = PROJECT["tool"]["importlinter"]
    held = {name for contract in linter["contracts"] for name in contract["source_modules"]}
    assert set(linter["root_packages"]) >= BUNDLED
    assert held >= BUNDLED
