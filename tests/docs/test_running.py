"""The page for administrators names every setting and every command that there is."""

import re
from dataclasses import fields
from pathlib import Path

import click

from crm.cli.program import program
from crm.config import Config, load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "running.md").read_text()
TABLE = dict(re.findall(r"^\| `(CRM_\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
NAMED = re.compile(r"\bCRM_[A-Z]+(?:_[A-Z]+)*\b")


def test_every_setting_that_the_program_reads_is_in_the_table() -> None:
    read = {name for file in (ROOT / "crm").rglob("*.py") for name in NAMED.findall(file.read_text())}
    assert read == {*TABLE}


def test_the_values_of_the_table_are_those_of_the_program(tmp_path: Path) -> None:
    config = load({"CRM_DATA_DIR": str(tmp_path)})
    said = {name: value.strip().strip("`") for name, value in TABLE.items()}
    assert said["CRM_BASE_URL"] == config.base_url
    assert said["CRM_TRUSTED_PROXIES"] == str(config.trusted_proxies)
    assert said["CRM_ORGANIZATION_NAME"] == config.organization_name
    assert said["CRM_TIME_ZONE"] == config.time_zone
    assert said["CRM_DEFAULT_REGION"] == config.default_region
    assert said["CRM_MAIL_FROM"] == config.mail_from
    assert said["CRM_MAX_UPLOAD_MB"] == str(config.max_upload // 1024**2)
    assert said["CRM_SESSION_IDLE_HOURS"] == str(config.session_idle // 3600)
    assert said["CRM_SESSION_ABSOLUTE_HOURS"] == str(config.session_absolute // 3600)
    assert said["CRM_PLUGINS"] == config.plugins
    assert (config.smtp_url, config.trace_hooks, config.development) == ("", False, False)


def test_each_setting_changes_something(tmp_path: Path) -> None:
    """A variable of the table is not merely named."""
    values = {"URL": "postgresql://h/x", "DIR": str(tmp_path / "x"), "ZONE": "UTC", "REGION": "CA"}
    values["PROXY"] = "http://proxy.example.org:3128"
    plain = load({"CRM_DATA_DIR": str(tmp_path), "CRM_SECRET_KEY": "k"})
    for name in TABLE:
        value = values.get(name.rsplit("_", 1)[-1], "1" if "MAIL" not in name else "a@example.org")
        changed = load({"CRM_DATA_DIR": str(tmp_path), "CRM_SECRET_KEY": "k", name: value})
        assert any(getattr(changed, each.name) != getattr(plain, each.name) for each in fields(Config)), name


def test_every_command_is_in_the_table() -> None:
    context = click.Context(program)
    for name in program.list_commands(context):
        assert re.search(rf"`rollcall {name}\b", PAGE), f"docs/running.md does not name `rollcall {name}`"
        command = program.get_command(context, name)
        for below in command.commands if isinstance(command, click.Group) else ():
            row = next(line for line in PAGE.splitlines() if line.startswith(f"| `rollcall {name} "))
            assert re.search(rf"\b{below}\b", row), f"docs/running.md does not name `rollcall {name} {below}`"


def test_the_page_names_no_command_that_does_not_exist() -> None:
    named = re.findall(r"(?:^ {4}|`)(?:\S*/)?rollcall ([a-z]+)\b", PAGE, re.MULTILINE)
    assert len(named) > 20
    assert {*named} <= {*program.list_commands(click.Context(program))}
