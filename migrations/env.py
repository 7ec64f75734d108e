"""Alembic's environment for the core and every plugin; `crm.plugin_host.migrations` calls it."""

from typing import Any, Literal

from alembic import context

from crm.db import Base, Json, UtcDateTime
from crm.plugin_host.migrations import include_object

attributes = context.config.attributes
branch = attributes["branch"]


def render_item(kind: str, thing: Any, autogen_context: Any) -> str | Literal[False]:
    """Revisions stand alone: they name SQLAlchemy's types, never ours, which may change."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and thing is Json:
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=attributes["connection"],
    target_metadata=Base.metadata,
    version_table=branch.version_table,
    include_object=include_object(branch),
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
