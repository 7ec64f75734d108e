"""Students whom a whole archive names although they have left: their system keeps them, disabled."""

import sqlite3
from collections.abc import Mapping
from typing import Final

IN_CLASS: Final = "sourcedId IN (SELECT userSourcedId FROM enrollments WHERE lower(trim(role)) = 'student')"
OF_ROLE: Final = "sourcedId IN (SELECT userSourcedId FROM roles WHERE lower(trim(role)) = 'student')"
OF_ANOTHER: Final = "sourcedId IN (SELECT userSourcedId FROM roles WHERE lower(trim(role)) <> 'student')"


def set_aside(database: sqlite3.Connection, kinds: Mapping[str, str]) -> None:
    """Take those who are disabled and in no class out of the archive: it has them no more than whom it does
    not name. Where no student in a class is enabled, the column says who may sign in and not who is there:
    some systems give pupils no accounts."""
    columns = {row[1] for row in database.execute("PRAGMA table_info(users)")} if "users" in kinds else set()
    is_whole = kinds.get("users") == kinds.get("enrollments") == "bulk"
    if not is_whole or "enabledUser" not in columns or not (columns | set(kinds)) & {"role", "roles"}:
        return
    is_student = "lower(trim(role)) = 'student'" if "role" in columns else f"{OF_ROLE} AND NOT {OF_ANOTHER}"
    disabled = "lower(trim(enabledUser)) = 'false'"
    enabled = f"lower(trim(enabledUser)) = 'true' AND {IN_CLASS}"
    if database.execute(f"SELECT 1 FROM users WHERE {enabled} LIMIT 1").fetchone() is not None:  # noqa: S608  # Names of ours.
        database.execute(f"DELETE FROM users WHERE {disabled} AND {is_student} AND NOT {IN_CLASS}")  # noqa: S608  # The same.
