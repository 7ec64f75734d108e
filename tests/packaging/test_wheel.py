"""The wheel holds all that Rollcall needs, and works where no checkout is."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from crm.plugin_api.testing.run import only_one

ROOT = Path(__file__).parents[2]

LOADS_PAGES = """
from crm import create_app
from crm.paths import PACKAGE

assert "site-packages" in str(PACKAGE), PACKAGE
client = create_app().test_client()
page = client.get("/", follow_redirects=True)
assert page.status_code == 200, page.status
for name in ("tabler.min.css", "tabler.min.js", "htmx.min.js", "inter.css", "icons.svg"):
    assert client.get(f"/static/0/vendor/{name}").status_code == 200, name
"""


@pytest.fixture(scope="session")
def wheel(run_dir: Path) -> Path:
    """The wheel of this checkout, built once per test run."""
    folder = run_dir / "wheel"
    with only_one(run_dir, "build-wheel"):
        if not folder.exists():
            _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("rollcall-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel, and the locked libraries of this one."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    base = {"base": str(home), "platbase": str(home)}
    libraries = Path(sysconfig.get_path("purelib", "venv", vars=base))
    (libraries / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _pip("--python", str(home / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel))
    return home / "bin"


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-qq", *arguments], check=True, stdin=subprocess.DEVNULL)


def _run(program: Path, *arguments: str, data_dir: Path) -> str:
    """Run an installed program away from the checkout; returns what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "PYTHON"))}
    done = subprocess.run(
        [program, *arguments],
        env=environ | {"CRM_DATA_DIR": str(data_dir)},
        cwd=data_dir,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _files(folder: Path) -> set[str]:
    """The files under `folder`, as paths below the checkout."""
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(ROOT)) for file in found}


def test_the_wheel_holds_every_file_that_rollcall_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    bundled = _files(ROOT / "templates") | _files(ROOT / "migrations")
    assert {f"crm/_bundled/{name}" for name in bundled} <= names
    assert _files(ROOT / "crm" / "static") <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_no_tests_and_no_tools(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if "tests/" in name or "__pycache__" in name or name.endswith(".po")]
    plugins = {file.parent.name for file in ROOT.glob("plugins/*/plugin.py")}
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"crm"} | plugins


def test_the_installed_wheel_says_its_version(installed: Path, wheel: Path, tmp_path: Path) -> None:
    assert wheel.name.split("-")[1] in _run(installed / "rollcall", "--version", data_dir=tmp_path)


def test_the_installed_wheel_migrates_and_serves_pages(installed: Path, tmp_path: Path) -> None:
    _run(installed / "rollcall", "db", "upgrade", data_dir=tmp_path)
    _run(installed / "rollcall", "doctor", data_dir=tmp_path)
    _run(installed / "python", "-c", LOADS_PAGES, data_dir=tmp_path)
