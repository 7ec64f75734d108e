"""The core keeps to what it asks of plugins."""

import ast
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from crm.config import Config
from crm.db import Base, make_engine
from crm.plugin_host import checks, discovery, migrations

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh(empty_database_url: str, tmp_path: Path) -> Any:
    """Settings without plugins, and an engine for a database without tables."""
    config = Config.for_testing(empty_database_url, tmp_path / "data", plugins="")
    engine = make_engine(config)
    yield config, engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if not name.startswith("sqlite_")}


def functions(engine: Engine) -> list[str]:
    """What migrations made besides tables, which only PostgreSQL keeps by itself."""
    if engine.dialect.name == "sqlite":
        return []
    mine = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(mine).scalars())


def test_migrations_go_up_down_and_up(fresh: tuple[Config, Engine]) -> None:
    config, engine = fresh
    migrations.upgrade(config, engine)
    made = tables(engine)
    (core,) = migrations.branches(config)
    with migrations.writing(engine) as connection:
        migrations.downgrade_branch(core, connection)
    assert tables(engine) == set()
    assert functions(engine) == []
    assert migrations.upgrade(config, engine)
    assert tables(engine) == made
    assert migrations.upgrade(config, engine) == []


def test_migrations_make_what_the_models_say(fresh: tuple[Config, Engine]) -> None:
    config, engine = fresh
    migrations.upgrade(config, engine)
    assert migrations.drift(config, engine) == []
    assert checks.core_tables() <= tables(engine)


def test_sqlite_gives_no_id_twice_whatever_step_was_taken_back(sqlite_url: str, tmp_path: Path) -> None:
    config = Config.for_testing(sqlite_url, tmp_path / "data", plugins="*")
    engine = make_engine(config)
    forgetful = []
    for branch in reversed(migrations.branches(config)):
        with migrations.writing(engine) as connection:
            while revision := migrations.current_revision(branch, connection):
                found = migrations.forgetful(branch, connection)
                forgetful += [f"{name} when {revision} is reached" for name in found]
                command.downgrade(migrations._settings(branch, connection), "-1")
    engine.dispose()
    assert forgetful == []


def test_no_table_of_the_core_refers_to_a_plugin() -> None:
    core = checks.core_tables()
    for name in core:
        for key in Base.metadata.tables[name].foreign_keys:
            assert key.target_fullname.split(".")[0] in core


def test_the_core_names_no_plugin() -> None:
    """Not even in a text: whatever a plugin brings, it brings by a hook."""
    bundled = {file.parent.name for file in ROOT.glob("plugins/*/plugin.py")}
    for file in (ROOT / "crm").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value.split(".")[0] not in bundled, f"{file} names {node.value}"


def test_every_feature_is_told_to_the_host() -> None:
    found = {f"crm.{file.parent.name}" for file in (ROOT / "crm").glob("*/plugin.py")}
    assert found == {*discovery.CORE_FEATURES}
