"""Boot takes a plugin that keeps to its name, and refuses, by name, one that does not."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask

from crm import create_app
from crm.config import Config
from crm.errors import ConfigurationError
from crm.plugin_host import discovery
from tests.plugin_host.plugins import Install, install

__all__ = ["install"]

PAGES = """
from flask import Blueprint

pages = Blueprint({name!r}, __name__, url_prefix="/{prefix}")

@pages.get("/")
{mark}
def home():
    return "made up"

@hookimpl
def crm_blueprints():
    return (pages,)
"""


@pytest.fixture
def config(sqlite_url: str, tmp_path: Path) -> Config:
    return Config.for_testing(sqlite_url, tmp_path / "data")


def boot(config: Config, plugins: str = "*") -> Flask:
    return create_app(replace(config, plugins=plugins))


def refusal(config: Config, plugins: str = "*") -> str:
    with pytest.raises(ConfigurationError) as refused:
        boot(config, plugins)
    return refused.value.message


def test_a_plugin_brings_its_page(config: Config, install: Install) -> None:
    install("garden", PAGES.format(name="garden", prefix="garden", mark="@public"))
    assert boot(config).test_client().get("/garden/").text == "made up"


def test_a_plugin_left_out_brings_nothing(config: Config, install: Install) -> None:
    install("garden", PAGES.format(name="garden", prefix="garden", mark="@public"))
    install("meadow", PAGES.format(name="meadow", prefix="meadow", mark="@public"))
    for setting in ("meadow", "-garden", "*,-garden"):
        client = boot(config, setting).test_client()
        assert client.get("/meadow/").status_code == 200
        assert client.get("/garden/").status_code == 404
    assert boot(config, "").test_client().get("/meadow/").status_code == 404


def test_a_plugin_comes_after_those_it_requires(config: Config, install: Install) -> None:
    install(
        "apple",
        """
        from crm.plugin_api import *
        @hookimpl
        def crm_plugin():
            return PluginInfo("apple", "Apple", "1", requires=("tree",))
        """,
    )
    install("tree")
    names = [plugin.name for plugin in boot(config).extensions["crm"].plugins.plugins]
    assert [name for name in names if name in {"apple", "tree"}] == ["tree", "apple"]
    assert refusal(config, "apple") == "The plugin apple requires tree; enable it too."


def test_circles_are_named(config: Config, install: Install) -> None:
    for name, other in (("hen", "egg"), ("egg", "hen")):
        install(
            name,
            f"""
            from crm.plugin_api import *
            @hookimpl
            def crm_plugin():
                return PluginInfo({name!r}, "Circle", "1", requires=({other!r},))
            """,
        )
    assert "require each other in a circle: egg, hen, egg" in refusal(config)


DESCRIBED = """
from crm.plugin_api import *
@hookimpl
def crm_plugin():
    return {answer}
"""

MISTAKES = {
    "another name": (DESCRIBED.format(answer='PluginInfo("rose", "Rose", "1")'), "calls itself rose"),
    "no description": (DESCRIBED.format(answer='"garden"'), "must return a PluginInfo"),
    "made for another version": (
        DESCRIBED.format(answer='PluginInfo("garden", "Garden", "1", api_version=99)'),
        "made for plugin API 99",
    ),
    "broken import": ("import no_such_module_at_all\ndef crm_plugin(): ...", "could not be loaded"),
    "exits on import": ("import sys\nsys.exit(3)\ndef crm_plugin(): ...", "could not be loaded"),
    "unknown hook": ("@hookimpl\ndef crm_weather():\n    return ()", "unknown hook"),
    "wrong argument": ("@hookimpl\ndef crm_nav_items(person):\n    return ()", "person"),
    "no mark": ("def crm_nav_items(actor):\n    return ()", "crm_nav_items lacks @hookimpl"),
    "wraps others": ("@hookimpl(wrapper=True)\ndef crm_nav_items(actor):\n    yield", "may not wrap"),
    "wrong answer": ('@hookimpl\ndef crm_permissions():\n    return ("garden.view",)', "no Permission"),
    "raises": ("@hookimpl\ndef crm_permissions():\n    raise ValueError('oh')", "in crm_permissions: oh"),
    "exits": ("@hookimpl\ndef crm_jobs():\n    raise SystemExit(4)", "failed in crm_jobs"),
    "permission of another": (
        '@hookimpl\ndef crm_permissions():\n    return (Permission("contacts.see", "See"),)',
        "may not declare contacts.see",
    ),
    "permission twice": (
        '@hookimpl\ndef crm_permissions():\n    return [Permission("garden.a", "A")] * 2',
        "garden.a is declared twice",
    ),
    "job without prefix": (
        '@hookimpl\ndef crm_jobs():\n    return (JobKind("dig", "Dig", print),)',
        "may not declare dig",
    ),
    "job with undeclared permission": (
        '@hookimpl\ndef crm_jobs():\n    return [JobKind("garden.a", "A", print, permission="garden.x")]',
        "undeclared permission garden.x",
    ),
    "another blueprint name": (
        PAGES.format(name="flowers", prefix="garden", mark="@public"),
        "has a blueprint named flowers",
    ),
    "another address": (PAGES.format(name="garden", prefix="flowers", mark="@public"), "below /garden"),
    "view without permission": (
        PAGES.format(name="garden", prefix="garden", mark=""),
        "the view garden.home declares no permission",
    ),
    "view with undeclared permission": (
        PAGES.format(name="garden", prefix="garden", mark="@requires('garden.nothing')"),
        "the view garden.home asks for the undeclared permission garden.nothing",
    ),
    "job that shows nothing": (
        '@hookimpl\ndef crm_jobs():\n    return [JobKind("garden.a", "A", print, result_endpoint="no")]',
        "garden.a names the endpoint no,",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_stops_the_boot_and_is_named(mistake: str, config: Config, install: Install) -> None:
    code, words = MISTAKES[mistake]
    install("garden", code)
    message = refusal(config)
    assert words in message
    assert "garden" in message


@pytest.mark.parametrize("name", ["contacts", "accounts"])
def test_a_plugin_may_not_be_named_like_a_feature(name: str, config: Config, install: Install) -> None:
    install(name)
    assert refusal(config) == f"A plugin may not be named {name}: that is a part of Rollcall itself."


@pytest.mark.parametrize("name", ["contact", "journal", "user"])
def test_a_plugin_may_not_claim_tables_of_the_core(name: str, config: Config, install: Install) -> None:
    install(name)
    assert f"A plugin may not be named {name}:" in refusal(config)


@pytest.mark.parametrize("name", ["Garden", "my_garden", "9lives", "x"])
def test_a_name_that_could_be_confused_is_refused(name: str, config: Config, install: Install) -> None:
    install(name)
    assert f"A plugin may not be named {name!r}" in refusal(config)


def test_two_plugins_of_one_name_are_refused(config: Config, install: Install) -> None:
    first, second = install("garden"), install("garden")
    message = refusal(config)
    assert "Two installed packages offer a plugin named garden" in message
    assert first in message
    assert second in message


def test_a_plugin_that_is_not_installed_is_named(config: Config) -> None:
    assert "CRM_PLUGINS lists garden, which is not installed" in refusal(config, "garden")


TABLES = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from crm.plugin_api import Base

class Bed(Base):
    __tablename__ = {table!r}
    contact_id: Mapped[int] = mapped_column(ForeignKey({target!r}))
"""
WITH_TABLES = """
from pathlib import Path
from crm.plugin_api import *

@hookimpl
def crm_plugin():
    return PluginInfo("orchard", "Orchard", "1", models="PACKAGE.models", migrations={migrations})
"""
FOLDER = 'Path(__file__).parent / "migrations"'


def with_tables(install: Install, table: str, target: str, migrations: str, revision: str) -> None:
    install(
        "orchard",
        WITH_TABLES.format(migrations=migrations),
        {"models.py": TABLES.format(table=table, target=target), f"migrations/{revision}": ""},
    )


@pytest.mark.parametrize(
    "table, target, migrations, revision, words",
    [
        ("bed_a", "contact.id", FOLDER, "orchard_0001.py", "may not declare bed_a"),
        ("orchard_b", "policy_bill.id", FOLDER, "orchard_0001.py", "orchard_b refers to policy_bill"),
        ("orchard_c", "contact.id", "None", "orchard_0001.py", "has tables but names no migrations"),
        ("orchard_d", "contact.id", FOLDER, "0001.py", "may not declare 0001.py"),
        ("orchard_e", "contact.id", 'Path("/no/such/place")', "orchard_0001.py", "which is no folder"),
    ],
)
def test_tables_keep_to_their_owner(
    table: str, target: str, migrations: str, revision: str, words: str, config: Config, install: Install
) -> None:
    with_tables(install, table, target, migrations, revision)
    assert words in refusal(config)


def test_tables_of_a_plugin_that_keeps_to_its_name_are_taken(config: Config, install: Install) -> None:
    with_tables(install, "orchard_f", "contact.id", FOLDER, "orchard_0001.py")
    assert boot(config).extensions["crm"].plugins.get("orchard") is not None


def test_templates_beside_the_plugins_own_folder_are_refused(config: Config, install: Install) -> None:
    pages = PAGES.format(name="garden", prefix="garden", mark="@public")
    code = pages.replace("url_prefix=", 'template_folder="templates", url_prefix=')
    install("garden", code, {"templates/base.html": "mine"})
    assert "base.html lies beside it" in refusal(config)


def test_what_is_installed_is_known_without_loading_it(install: Install) -> None:
    package = install("garden", "raise RuntimeError('not now')\ndef crm_plugin(): ...")
    assert discovery.installed()["garden"] == f"{package}.plugin"


def test_a_plugin_speaks_its_languages_and_leaves_the_core_its_words(
    config: Config, install: Install
) -> None:
    pages = PAGES.format(name="garden", prefix="garden", mark="@public")
    code = pages.replace('return "made up"', 'return gettext("Made up") + gettext("Contacts")')
    package = install("garden", code)
    catalogue = Catalog(locale="es")
    catalogue.add("Made up", "Inventado")
    catalogue.add("Contacts", "Hortelanos")
    folder = Path(str(import_module(package).__file__)).parent / "translations" / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    spoken = boot(config).test_client().get("/garden/", headers={"Accept-Language": "es"}).text
    assert spoken == "InventadoContactos"
