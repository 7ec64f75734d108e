"""The tests that every plugin must pass. A plugin runs them from a file of its own tests:

    from crm.plugin_api.testing.contract import *

    @pytest.fixture
    def plugin_name():
        return "garden"

    @pytest.fixture
    def rows_about():
        def make(contact):
            db.session().add(Bed(contact_id=contact.id, name="Roses"))
        return make

`rows_about` writes, for each table of the plugin that refers to a contact, at least one row about the
contact it is given. `everybodys_tables` may name tables that hold nothing about anybody.

Whatever keeps a plugin to its name (addresses, permissions, tables, templates, hooks) is checked whenever
the application starts, so `app` alone proves it.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import meta
from sqlalchemy import Column, String, Table, Text, func, inspect, select

from crm import access, db
from crm.access import Actor, system
from crm.config import Config
from crm.contacts.models import Contact, Person
from crm.db import make_engine
from crm.plugin_api.testing.people import SignIn
from crm.plugin_host import checks, migrations
from crm.plugin_host.discovery import Plugin, load_enabled
from crm.plugin_host.host import PluginHost
from crm.runtime import runtime

RowsAbout = Callable[[Contact], None]
FORBIDDEN_IN_TEMPLATES = re.compile(
    r"\shx-on[:=]|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)|<style|\|\s*safe\b"
)


# What the plugin's own tests provide.


@pytest.fixture
def plugin_name() -> str:
    """The name of the plugin under test."""
    raise pytest.UsageError("a plugin's tests must define the fixture plugin_name")


@pytest.fixture
def rows_about() -> RowsAbout:
    """Writes rows about a contact; a plugin without tables that refer to contacts needs none."""
    return lambda contact: None


@pytest.fixture
def everybodys_tables() -> frozenset[str]:
    """Names of tables whose rows anybody may see: code lists and the like."""
    return frozenset()


# What the tests share.


@pytest.fixture
def plugin(app: Flask, plugin_name: str) -> Plugin:
    found: Plugin | None = app.extensions["crm"].plugins.get(plugin_name)
    assert found is not None, f"{plugin_name} is not installed"
    return found


@pytest.fixture
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def referring(plugin: Plugin) -> list[Column[Any]]:
    """The columns of the plugin's tables that refer to a contact."""
    columns = (column for table in checks.tables_of(plugin) for column in table.columns)
    return [each for each in columns if any(key.column.table.name == "contact" for key in each.foreign_keys)]


def count_about(column: Column[Any], contact_id: int) -> int:
    """How many rows of the column's table are about a contact."""
    with system("the contract suite counts"):
        statement = select(func.count()).select_from(column.table).where(column == contact_id)
        return int(db.session().execute(statement).scalar_one())


def person(name: str) -> Person:
    """Somebody new."""
    somebody = Person(name=name, sort_name=name.lower(), name_key=name.lower(), given_name=name, custom={})
    db.session().add(somebody)
    db.session().flush()
    return somebody


def write_rows(plugin: Plugin, contact: Contact, rows_about: RowsAbout) -> None:
    """Call the plugin's `rows_about` and see that it forgot no table."""
    rows_about(contact)
    db.session().flush()
    for table in {column.table for column in referring(plugin)}:
        columns = [column for column in referring(plugin) if column.table is table]
        written = sum(count_about(column, contact.id) for column in columns)
        assert written, f"rows_about writes no row of {table} that refers to the contact"


def ask(plugin: Plugin, hook: str, **arguments: Any) -> Any:
    """Call one hook of the plugin under test."""
    assert getattr(plugin.module, hook, None) is not None, (
        f"the plugin {plugin.name} refers to contacts, so it needs {hook}"
    )
    host: PluginHost = runtime().plugins
    answer = host.ask(plugin, hook, **arguments)
    db.session().flush()
    return answer


def package_files(plugin: Plugin, pattern: str) -> list[Path]:
    """The files of the plugin, its tests and migrations left out."""
    root = Path(str(plugin.module.__file__)).parent
    found = (file for file in root.rglob(pattern) if file.is_file())
    return sorted(file for file in found if not {"tests", "migrations"} & {*file.relative_to(root).parts})


# The tests.


def test_it_says_what_it_is(plugin: Plugin, in_app: None) -> None:
    assert str(plugin.info.label).strip()
    assert plugin.info.version.strip()


def test_it_imports_the_plugin_interface_only(plugin: Plugin) -> None:
    """From the core `crm.plugin_api`, from plugins it requires or uses their module `public`, nothing else.
    What it only uses may be away: it is imported where it is asked, inside a function."""
    found = {each.name: each.package for each in load_enabled("*") if each.name != plugin.name}
    others = set(found.values())
    required = {found[name] for name in plugin.info.requires if name in found}
    used = {found[name] for name in plugin.info.uses if name in found}
    for file in package_files(plugin, "*.py"):
        tree = ast.parse(file.read_text())
        for name in imported(ast.walk(tree)):
            top = name.split(".")[0]
            ours = name.startswith("crm.plugin_api") if top == "crm" else True
            theirs = name.startswith(f"{top}.public") and top in required | used if top in others else True
            assert ours, f"{file.name} imports {name}; a plugin imports from crm.plugin_api"
            assert theirs, f"{file.name} imports {name}; of a plugin it requires it may import {top}.public"
        early = {name.split(".")[0] for name in imported(iter(tree.body))} & used
        assert not early, f"{file.name} imports {early} at its top; it may be away: import it where you ask"


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The dotted names that some statements import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nobody_gets_in_without_its_permission(app: Flask, plugin: Plugin, sign_in: SignIn) -> None:
    """Each page answers a stranger with the sign-in page and somebody without a role with 403 or 404."""
    stranger, outsider = app.test_client(), sign_in()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(f"{plugin.name}.") or rule.endpoint.endswith(".static"):
            continue
        permission = access.declared_permission(app, rule.endpoint)
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if permission != access.PUBLIC:
                answer = stranger.open(address, method=method).status_code
                assert answer in {303, 400, 401, 403}, f"{method} {address} answers a stranger with {answer}"
            if permission not in {access.PUBLIC, access.SIGNED_IN}:
                answer = outsider.open(address, method=method).status_code
                assert answer in {403, 404}, f"{method} {address} answers an outsider with {answer}"


def test_its_tables_are_somebodys(plugin: Plugin, app: Flask, everybodys_tables: frozenset[str]) -> None:
    """Each table has a rule who may see its rows, hangs on one that has, or holds nothing about anybody."""
    protected = app.extensions["crm"].access.protected_tables()
    referring_tables = {column.table.name for column in referring(plugin)}
    for table in checks.tables_of(plugin):
        parents = {key.column.table.name for key in table.foreign_keys} & protected - {"contact"}
        hangs_on = bool(parents) and table.name not in referring_tables
        assert table.name in protected | everybodys_tables or hangs_on, (
            f"anybody could read {table.name}: give it a rule in crm_visibility"
        )


def test_somebody_without_a_role_sees_no_row(
    plugin: Plugin, in_app: None, rows_about: RowsAbout, everybodys_tables: frozenset[str]
) -> None:
    with db.transaction(Actor.system(), "contract.write"):
        write_rows(plugin, person("Ada"), rows_about)
    for model, rule in runtime().access.visibility.items():
        if not plugin.has(model.__module__):
            continue
        statement = access.visible(model, Actor(0, "Nobody in particular"))
        assert not db.session().execute(statement).all()
        assert rule.permission in runtime().access.permissions


@pytest.fixture
def fresh(empty_database_url: str, tmp_path: Path) -> Iterator[Any]:
    """Settings and an engine for a database without tables."""
    config = Config.for_testing(empty_database_url, tmp_path / "fresh")
    engine = make_engine(config)
    yield config, engine
    engine.dispose()


def test_its_migrations_go_up_down_and_up(fresh: Any, plugin_name: str) -> None:
    config, engine = fresh
    migrations.upgrade(config, engine)
    branch = next((each for each in migrations.branches(config) if each.name == plugin_name), None)
    if branch is None:
        return  # It has no tables.
    tables = own_tables(engine, plugin_name)
    assert tables
    for dependant in reversed(dependants(config, plugin_name)):
        with migrations.writing(engine) as connection:
            migrations.downgrade_branch(dependant, connection)
    assert not own_tables(engine, plugin_name), "downgrading leaves tables behind"
    migrations.upgrade(config, engine)
    assert own_tables(engine, plugin_name) == tables


def dependants(config: Config, name: str) -> list[migrations.Branch]:
    """The migrations of the plugin and of those that require it, in the order of upgrading."""
    names = {name}
    for plugin in load_enabled(config.plugins):
        if names & {*plugin.info.requires}:
            names.add(plugin.name)
    return [branch for branch in migrations.branches(config) if branch.name in names]


def own_tables(engine: Any, name: str) -> list[str]:
    return sorted(each for each in inspect(engine).get_table_names() if each.startswith(f"{name}_"))


def test_its_migrations_make_what_its_models_say(config: Config, plugin: Plugin, app: Flask) -> None:
    found = migrations.drift(config, app.extensions["crm"].engine)
    assert not [each for each in found if each.startswith(f"{plugin.name}:")]


def test_nothing_is_lost_while_it_is_away(
    app: Flask, config: Config, plugin: Plugin, rows_about: RowsAbout
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "contract.write"):
        write_rows(plugin, person("Ada"), rows_about)
    before = rows_of(app, plugin)
    away = ",".join(f"-{branch.name}" for branch in dependants(config, plugin.name)) or f"-{plugin.name}"
    without = replace(config, plugins=f"*,{away},-{plugin.name}")
    engine = app.extensions["crm"].engine
    migrations.upgrade(without, engine)
    migrations.upgrade(config, engine)
    assert not migrations.pending(config, engine)
    assert rows_of(app, plugin) == before


def rows_of(app: Flask, plugin: Plugin) -> dict[str, list[Any]]:
    with app.app_context(), system("the contract suite compares"):
        return {
            table.name: [tuple(row) for row in db.session().execute(select(table).order_by(table.c.id))]
            for table in checks.tables_of(plugin)
        }


@pytest.mark.parametrize("both", [False, True], ids=["only one has rows", "both have rows"])
def test_a_merge_moves_its_rows(both: bool, plugin: Plugin, in_app: None, rows_about: RowsAbout) -> None:
    columns = referring(plugin)
    with db.transaction(Actor.system(), "contract.merge"):
        survivor, loser = person("Ada"), person("Ada B.")
        write_rows(plugin, loser, rows_about)
        if both:
            write_rows(plugin, survivor, rows_about)
        if columns:
            ask(plugin, "crm_contact_merge", survivor=survivor, loser=loser)
        for column in columns:
            assert not count_about(column, loser.id), f"{column} still names the contact that is merged away"
        assert not columns or any(count_about(column, survivor.id) for column in columns)


def test_an_export_holds_all_about_somebody(plugin: Plugin, in_app: None, rows_about: RowsAbout) -> None:
    columns = referring(plugin)
    if not columns:
        return
    with db.transaction(Actor.system(), "contract.write"):
        contact = person("Ada")
        write_rows(plugin, contact, rows_about)
    sections = [
        (str(each.title), list(each.rows)) for each in ask(plugin, "crm_contact_export", contact=contact)
    ]
    assert all(title.strip() for title, _ in sections)
    exported = " ".join(str(value) for _, rows in sections for row in rows for value in row.values())
    for column in columns:
        for text in texts_about(column, contact.id):
            assert text in exported, f"the export leaves out {text!r} of {column.table}"


def texts_about(column: Column[Any], contact_id: int) -> list[str]:
    """Every text that the rows about a contact hold."""
    table = column.table
    assert isinstance(table, Table)
    kinds = [each for each in table.columns if isinstance(each.type, String | Text)]
    with system("the contract suite compares"):
        rows = db.session().execute(select(*kinds).where(column == contact_id)) if kinds else ()
        return [value for row in rows for value in row if value]


def test_erasing_somebody_leaves_no_row(plugin: Plugin, in_app: None, rows_about: RowsAbout) -> None:
    columns = referring(plugin)
    with db.transaction(Actor.system(), "contract.erase"):
        erased, other = person("Ada"), person("Grace")
        write_rows(plugin, erased, rows_about)
        write_rows(plugin, other, rows_about)
        kept = [count_about(column, other.id) for column in columns]
        if columns:
            ask(plugin, "crm_contact_erase", contact=erased)
        for column in columns:
            assert not count_about(column, erased.id), f"{column} still names somebody who was erased"
        assert [count_about(column, other.id) for column in columns] == kept, "others lost rows too"


def test_its_templates_can_be_made(app: Flask, plugin: Plugin) -> None:
    """Each compiles and finds what it names, and holds nothing that the browser would refuse to run."""
    environment = app.jinja_env
    for file in package_files(plugin, "*.html"):
        source = file.read_text()
        assert not FORBIDDEN_IN_TEMPLATES.findall(source), f"{file.name}: the browser will not run this"
        tree = environment.parse(source)
        environment.compile(tree)
        for name in meta.find_referenced_templates(tree):
            environment.get_template(name or file.name)


def test_the_templates_it_names_exist(app: Flask, plugin: Plugin) -> None:
    for file in package_files(plugin, "*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"[\w/-]+\.html", text):
                app.jinja_env.get_template(text)


__all__ = [name for name in dir() if name.startswith("test_")] + [
    "everybodys_tables",
    "fresh",
    "in_app",
    "plugin",
    "plugin_name",
    "rows_about",
]
