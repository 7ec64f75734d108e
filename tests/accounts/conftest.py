"""Fixtures for tests of accounts."""

from tests.access.conftest import site

__all__ = ["site"]
