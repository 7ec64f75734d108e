"""Plugins whose tables are here although they are not: left out of CRM_PLUGINS, or uninstalled.

Their rows may refer to contacts, and nobody can ask them to merge, export or erase. So what would leave
those rows behind is refused, with words that say what to do.
"""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import Connection, column, func, inspect, select
from sqlalchemy import table as table_named

from crm import db
from crm.access.guard import system
from crm.errors import UserError
from crm.runtime import runtime

VERSIONS = "alembic_version_"


def names_with_tables(connection: Connection) -> list[str]:
    """Every plugin that ever made tables in this database, here or not."""
    tables = inspect(connection).get_table_names()
    return sorted(name.removeprefix(VERSIONS) for name in tables if name.startswith(VERSIONS))


def references_to_contacts(connection: Connection, plugin: str) -> list[tuple[str, str]]:
    """The (table, column) pairs of a plugin that refer to contacts."""
    inspector = inspect(connection)
    return [
        (table, key["constrained_columns"][0])
        for table in sorted(inspector.get_table_names())
        if table.startswith(f"{plugin}_")
        for key in inspector.get_foreign_keys(table)
        if key["referred_table"] == "contact"
    ]


def require_nobody_absent(contact_ids: Iterable[int]) -> None:
    """Refuse to go on while a plugin that is not here holds rows about any of these contacts. Call it
    before contacts are merged, erased or deleted."""
    ids = list(contact_ids)
    connection = db.session().connection()
    present = {plugin.name for plugin in runtime().plugins.plugins}
    for name in names_with_tables(connection):
        if name in present:
            continue
        for table, referring in references_to_contacts(connection, name):
            if _rows_about(table, referring, ids):
                raise UserError(
                    _(
                        "The plugin “%(name)s” is not enabled, but still keeps something about this. Ask "
                        "your administrator to enable it, or to remove its data for good.",
                        name=name,
                    )
                )


def _rows_about(table: str, referring: str, ids: list[int]) -> int:
    wanted = table_named(table, column(referring))
    counted = select(func.count()).select_from(wanted).where(db.among(wanted.c[referring], ids))
    with system("rows of a plugin that is not here"):
        return int(db.session().execute(counted).scalar_one())
