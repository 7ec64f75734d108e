"""Plugins made up by a test, installed as any plugin is: a package and an entry point on the path."""

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import Table

from crm.db import Base

Install = Callable[..., str]
"""`install(name, code, {path: text})` returns the name of the package, which texts call PACKAGE."""

_numbers = count(1)

HEAD = """
from collections.abc import Iterable
from crm.plugin_api import *

@hookimpl
def crm_plugin():
    return PluginInfo({name!r}, "A test", "1")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a plugin for this test. `code` follows a head that declares the plugin, unless it does so."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    packages: list[str] = []

    def install_plugin(name: str, code: str = "", files: dict[str, str] | None = None) -> str:
        package = f"made_up_{next(_numbers)}"
        packages.append(package)
        code = dedent(code)
        if "def crm_plugin" not in code:
            code = HEAD.format(name=name) + code
        texts = {"__init__.py": "", "plugin.py": code, **(files or {})}
        for path, text in texts.items():
            file = site / package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text).replace("PACKAGE", package))
        info = site / f"{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[crm.plugins]\n{name} = {package}.plugin\n")
        return package

    yield install_plugin
    forget(tuple(packages))


def forget(packages: tuple[str, ...]) -> None:
    """Leave no trace of plugins in this process: later tests see only what they install."""
    if not packages:
        return
    for mapper in list(Base.registry.mappers):
        if mapper.class_.__module__.startswith(packages) and isinstance(mapper.local_table, Table):
            Base.metadata.remove(mapper.local_table)
    for loaded in [name for name in sys.modules if name.startswith(packages)]:
        del sys.modules[loaded]
