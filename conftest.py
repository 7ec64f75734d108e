"""Fixtures for every test, the bundled plugins' own included: databases, the application, a browser."""

pytest_plugins = [
    "tests.infrastructure.network",
    "tests.infrastructure.collecting",
    "crm.plugin_api.testing",
    "tests.infrastructure.browser",
]
