"""What is installed is what was locked, and no committed file says where it comes from."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _locked(lock: Path) -> dict[str, str]:
    """Package name -> version."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_npm_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert all(package["integrity"].startswith("sha512-") for package in installed.values())
    assert not any("resolved" in package for package in installed.values())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_the_runtime_lock_satisfies_the_project() -> None:
    locked = _locked(ROOT / "requirements" / "runtime.txt")
    wanted = [Requirement(line) for line in _project()["project"]["dependencies"]]
    unsatisfied = [
        str(one) for one in wanted if locked.get(canonicalize_name(one.name), "") not in one.specifier
    ]
    assert not unsatisfied


def test_the_locks_agree_with_each_other() -> None:
    development = _locked(ROOT / "requirements" / "dev.txt").items()
    for name in ("runtime.txt", "build.txt"):
        assert _locked(ROOT / "requirements" / name).items() <= development


def test_authors_of_plugins_test_with_what_we_test_with() -> None:
    """`pip install "rollcall[testing]"` brings the versions that our own tests run on."""
    project = _project()
    ours = {each for each in project["dependency-groups"]["dev"] if isinstance(each, str)}
    assert {*project["project"]["optional-dependencies"]["testing"]} <= ours
