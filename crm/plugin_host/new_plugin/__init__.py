"""Writing a new plugin: a small one that works, with its tests, to be changed into what somebody needs."""

from pathlib import Path
from string import Template

from crm.errors import UserError
from crm.plugin_host.discovery import NAME, load_core

SOURCES = Path(__file__).parent / "files"
FILES = {
    "pyproject.toml": "pyproject.toml",
    "readme.md": "README.md",
    "init.py": "{package}/__init__.py",
    "plugin.py": "{package}/plugin.py",
    "models.py": "{package}/models.py",
    "permissions.py": "{package}/permissions.py",
    "fields.py": "{package}/fields.py",
    "forms.py": "{package}/forms.py",
    "services.py": "{package}/services.py",
    "views.py": "{package}/views.py",
    "migration.py": "{package}/migrations/{name}_0001_lines.py",
    "contact.html": "{package}/templates/{name}/contact.html",
    "panel.html": "{package}/templates/{name}/_panel.html",
    "new.html": "{package}/templates/{name}/new.html",
    "conftest.py": "tests/conftest.py",
    "test_contract.py": "tests/test_contract.py",
    "test_pages.py": "tests/test_pages.py",
}
"""Name in `files`, without its `.txt`, -> path in the new folder."""


def write(name: str, folder: Path) -> list[Path]:
    """Write a plugin called `name` into `folder`, which must be empty or not there; returns its files."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"A plugin may not be named {name!r}: 2 to 30 lowercase letters and digits, a letter first."
        )
    if name in {plugin.name for plugin in load_core()}:
        raise UserError(f"A plugin may not be named {name}: that is a part of Rollcall itself.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not an empty folder. Name another; nothing was written.")
    words = {"name": name, "package": f"crm_{name}", "label": name.capitalize()}
    written = []
    for source, target in FILES.items():
        path = folder / target.format(**words)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template((SOURCES / f"{source}.txt").read_text()).substitute(words))
        written.append(path)
    return written
