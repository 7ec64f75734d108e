"""Every hook is documented with its exact arguments and an example, and used by somebody."""

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm import plugin_api
from crm.plugin_api import hookspecs
from crm.plugin_host.discovery import load_core, load_enabled
from crm.plugin_host.host import answer_type

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text()
SECTION = re.compile(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
SECTIONS: dict[str, str] = dict(SECTION.findall(PAGE))
HOOKS: dict[str, Callable[..., Any]] = {
    name: hook for name, hook in vars(hookspecs).items() if getattr(hook, "crm_spec", None) is not None
}
NONE = {
    "crm_contact_merge",
    "crm_contact_erase",
    "crm_contact_delete",
    "crm_hand_over",
    "crm_records_joined",
    "crm_changed",
    "crm_undoing",
    "crm_restored",
}
"""Hooks that answer nothing."""


def signature(hook: str) -> str:
    return f"{hook}({', '.join(inspect.signature(HOOKS[hook]).parameters)})"


def test_no_hook_is_missing_here() -> None:
    assert {name for name in vars(hookspecs) if name.startswith("crm_")} == {*HOOKS}
    assert len(HOOKS) > 15


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_arguments_and_an_example(hook: str) -> None:
    assert signature(hook) in SECTIONS, f"docs/plugins.md lacks the section `{signature(hook)}`"
    (example, *_others) = re.findall(r"```python\n(.*?)```", SECTIONS[signature(hook)], re.DOTALL)
    functions = {
        node.name: node for node in ast.walk(ast.parse(example)) if isinstance(node, ast.FunctionDef)
    }
    shown = functions[hook]
    assert [ast.unparse(mark) for mark in shown.decorator_list] == ["hookimpl"]
    assert {each.arg for each in shown.args.args} == set(inspect.signature(HOOKS[hook]).parameters)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_documentation_names_what_a_hook_answers_with(hook: str) -> None:
    if hook not in NONE | {"crm_plugin"}:
        assert answer_type(hook).__name__ in SECTIONS[signature(hook)]


def test_no_hook_is_documented_that_does_not_exist() -> None:
    assert {title.partition("(")[0] for title in SECTIONS} == {*HOOKS}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_a_feature_or_a_bundled_plugin(hook: str) -> None:
    users = [each.name for each in [*load_core(), *load_enabled("*")] if hasattr(each.module, hook)]
    assert users, f"nobody uses {hook}; a hook is shipped with somebody who needs it"


def test_all_that_a_plugin_may_import_is_there_and_documented() -> None:
    types = {*plugin_api.types.__all__}
    for name in plugin_api.__all__:
        assert getattr(plugin_api, name) is not None
        assert re.search(rf"\b{name}\b", PAGE), f"docs/plugins.md does not mention {name}"
    assert types <= {*plugin_api.__all__}


def test_type_checkers_see_the_same_names_as_programs() -> None:
    tree = ast.parse((ROOT / "crm" / "plugin_api" / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == {*plugin_api.__all__} - {*plugin_api.types.__all__} - {"hookimpl"}
