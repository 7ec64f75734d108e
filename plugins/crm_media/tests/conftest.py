"""Real databases, the application, and people who are signed in."""

pytest_plugins = ["crm.plugin_api.testing"]
