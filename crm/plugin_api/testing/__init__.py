"""What the tests of a plugin stand on: `pytest_plugins = ["crm.plugin_api.testing"]` in their conftest.

That brings `app`, `config` and `client` on real databases (`database_url` runs a test on SQLite and on
PostgreSQL) and people who are signed in. `crm.plugin_api.testing.contract` holds the tests that every plugin
must pass.
"""

import pytest

from crm.plugin_api.testing.people import MakeUser, SignIn

__all__ = ["MakeUser", "SignIn"]

pytest.register_assert_rewrite("crm.plugin_api.testing.contract")

pytest_plugins = [
    "crm.plugin_api.testing.run",
    "crm.plugin_api.testing.databases",
    "crm.plugin_api.testing.application",
    "crm.plugin_api.testing.people",
]
