"""Fixtures for every test, the bundled plugins' own included: databases, the application, a browser."""

pytest_plugins = [
    "tests.infrastructure.network",
    "tests.infrastructure.run",
    "tests.infrastructure.databases",
    "tests.infrastructure.application",
    "tests.infrastructure.browser",
]
