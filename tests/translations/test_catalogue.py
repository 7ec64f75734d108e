"""The Spanish catalogue holds every text of the program, and people get to read it."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask

from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn

ROOT = Path(__file__).parents[2]
SPANISH = ROOT / "crm" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%(?:\(\w+\)[a-z]|%)")
LETTER = re.compile(r"[^\W\d_]")

TEMPLATES = [
    file
    for folder in (ROOT / "templates", *ROOT.glob("plugins/**/templates"))
    for file in folder.rglob("*.*")
    if file.suffix in {".html", ".txt"}
]
UNSEEN = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<(script|style|svg)\b.*?</\1>", re.DOTALL)
SPOKEN = re.compile(r'\s(?:alt|aria-description|aria-label|placeholder|title)="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
SAME_IN_EVERY_LANGUAGE = {"esc", "d-flex flex-column rc-plain", "rc-plain-list"}
"""The name of a key, and blocks that are put inside an attribute."""

SHOWN = {"BadFile", "Conflict", "NotAllowed", "UserError", "ValidationError", "flash", "say"}
"""Calls whose text somebody reads in the browser."""
COMMAND_LINE = {"backup", "cli", "commands.py", "demo", "doctor", "new_plugin", "purge.py"}
"""Whoever administers a server reads English; the command line speaks nothing else."""


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


@pytest.fixture(scope="module")
def in_the_program(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make words` finds now."""
    target = tmp_path_factory.mktemp("words") / "messages.pot"
    found = re.search(r"^EXTRACT := pybabel (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found is not None
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        *shlex.split(found[1]),
        "-o",
        str(target),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    with target.open("rb") as file:
        return read_po(file)


def messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def keys(catalogue: Catalog) -> set[tuple[str, ...]]:
    """Each message with its context and its plural."""
    return {(message.context or "", *forms(message.id)) for message in messages(catalogue)}


def forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """A text, or its singular and plural."""
    return [text] if isinstance(text, str) else list(text or ())


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def test_the_catalogue_has_every_text_of_the_program_and_no_other(
    spanish: Catalog, in_the_program: Catalog
) -> None:
    wanted = keys(in_the_program)
    assert len(wanted) > 500
    assert sorted(wanted - keys(spanish)) == [], "run `make words`, then translate what is new"
    assert sorted(keys(spanish) - wanted) == [], "run `make words` to drop these"
    assert not spanish.obsolete


def test_no_template_is_overlooked(spanish: Catalog) -> None:
    simple = re.compile(r"\b_\(\s*'([^'\\]+)'")
    used = {text for file in TEMPLATES for text in simple.findall(file.read_text())}
    assert used - {each for message in messages(spanish) for each in forms(message.id)} == set()


def test_every_text_is_translated_for_good(spanish: Catalog) -> None:
    empty = [message.id for message in messages(spanish) if not all(forms(message.string or ""))]
    assert empty == []
    assert [message.id for message in messages(spanish) if message.fuzzy] == []
    assert [m.id for m in messages(spanish) if len(forms(m.string)) != len(forms(m.id))] == []


def test_translations_hold_the_same_places_for_names_and_numbers(spanish: Catalog) -> None:
    wrong = [
        (english, translated)
        for message in messages(spanish)
        for english, translated in zip(forms(message.id), forms(message.string), strict=True)
        if placeholders(english) != placeholders(translated)
    ]
    assert wrong == []


def bare_texts(template: str) -> list[str]:
    """What a template shows that does not go through gettext."""
    text = UNSEEN.sub("", template)
    pieces = [*SPOKEN.findall(text), *TAG.sub("\n", text).split("\n")]
    return [each.strip() for each in pieces if LETTER.search(each)]


def test_no_template_speaks_english_by_itself() -> None:
    assert bare_texts("""<a title="Undo">{{ _('Undo') }}</a> now""") == ["Undo", "now"]
    bare = {(file.name, text) for file in TEMPLATES for text in bare_texts(file.read_text())}
    assert {each for each in bare if each[1] not in SAME_IN_EVERY_LANGUAGE} == set()


def bare_calls(tree: ast.AST) -> Iterator[int]:
    """The lines that show people a text as it stands."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in SHOWN and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
            yield node.lineno


def test_no_message_to_people_speaks_english_by_itself() -> None:
    source = 'say("Saved.")\nraise UserError(f"No {name}.")\nsay(_("Saved."))'
    assert list(bare_calls(ast.parse(source))) == [1, 2]
    modules = [file for top in ("crm", "plugins") for file in (ROOT / top).rglob("*.py")]
    read = [file for file in modules if not COMMAND_LINE & {*file.parts} and "tests" not in file.parts]
    assert [(file.name, line) for file in read for line in bare_calls(ast.parse(file.read_text()))] == []


def test_a_browser_that_asks_for_spanish_gets_the_sign_in_page_in_spanish(client: PageClient) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}).text
    assert '<html lang="es"' in page
    assert "Iniciar sesión</h1>" in page
    assert "¿Olvidó su contraseña?" in page
    assert "Forgot your password?" not in page
    assert "Forgot your password?" in client.get("/sign-in", headers={"Accept-Language": "vi"}).text


def test_the_contacts_list_speaks_spanish_its_columns_and_menu_too(sign_in: SignIn) -> None:
    page = sign_in(role="organizer").get("/contacts", headers={"Accept-Language": "es"})
    assert page.status_code == 200
    for words in ("Contactos", "Aún no hay nadie aquí", "Importar una lista", "Inicio", "Cerrar sesión"):
        assert words in page.text
    for words in ("Contacts", "Nobody here yet", ">Home<", "Sign out"):
        assert words not in page.text


def test_somebody_not_signed_in_can_choose_a_language_and_it_stays(app: Flask) -> None:
    client = PageClient(app, app.response_class, use_cookies=True)
    assert client.post("/language", data={"language": "es", "next": "/forgot-password"}).status_code == 303
    assert '<html lang="es"' in client.get("/sign-in", headers={"Accept-Language": "en"}).text
    client.post("/language", data={"language": "xx"})
    assert '<html lang="es"' in client.get("/sign-in").text
    client.post("/language", data={"language": "en"})
    assert '<html lang="en"' in client.get("/sign-in", headers={"Accept-Language": "es"}).text
