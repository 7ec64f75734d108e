"""One temporary folder for a whole test run, shared by all of its worker processes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fasteners
import pytest
from hypothesis import settings

RUN_DIR = pytest.StashKey[Path]()
MEMORY = Path("/dev/shm")  # noqa: S108  # What is made there has names nobody can guess.
ENOUGH = 4 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    # A busy machine is no failure; and a change is judged by the same examples as the one before it. New ones
    # are looked for with --hypothesis-profile=explore.
    settings.register_profile("rollcall", deadline=None, derandomize=True)
    settings.register_profile("explore", deadline=None)
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("rollcall")
    _keep_in_memory()
    given = getattr(config, "workerinput", {}).get("run_dir")
    config.stash[RUN_DIR] = Path(given or tempfile.mkdtemp(prefix="rollcall-tests-"))


def _keep_in_memory() -> None:
    """Put temporary files into memory where there is enough: a copied database is more than a thousand small
    files, five times slower to make on a disk. `TMPDIR` says otherwise."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run_dir"] = str(node.config.stash[RUN_DIR])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[RUN_DIR], ignore_errors=True)


@pytest.fixture(scope="session")
def run_dir(pytestconfig: pytest.Config) -> Path:
    """The folder that all workers of this run share; gone afterwards."""
    return pytestconfig.stash[RUN_DIR]


def worker() -> str:
    """The name of this process among those of a run: pytest-xdist's, where it is there."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@contextmanager
def only_one(run_dir: Path, task: str) -> Iterator[None]:
    """Let one worker at a time do `task`."""
    with fasteners.InterProcessLock(run_dir / f"{task}.lock"):
        yield
