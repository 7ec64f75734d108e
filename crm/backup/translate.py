"""The journal keeps rows as the database writes them, and the two write moments and truths differently."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from crm.backup.rows import columns_of

ENTRIES = "journal_entry"


def entries(connection: Connection, names: list[str], lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Entries of the other database's journal as this one would have written them."""
    table_at, images = names.index("table_name"), [names.index("before"), names.index("after")]
    change = _to_postgresql if connection.dialect.name == "postgresql" else _to_sqlite
    kinds: dict[str, dict[str, str]] = {}
    for line in lines:
        table = line[table_at]
        if table not in kinds:
            kinds[table] = (
                dict(columns_of(connection, table)) if connection.dialect.has_table(connection, table) else {}
            )
        for at in images:
            if line[at] is not None:
                line[at] = _image(line[at], kinds[table], change)
        yield line


def _image(text: str, kinds: dict[str, str], change: Callable[[str, Any], Any]) -> str:
    image = orjson.loads(text)
    changed = {
        name: value if value is None else change(kinds.get(name, "text"), value)
        for name, value in image.items()
    }
    return orjson.dumps(changed).decode()


def _to_postgresql(kind: str, value: Any) -> Any:
    if kind == "truth":
        return bool(value)
    if kind == "moment":
        whole, _, fraction = str(value).replace(" ", "T").partition(".")
        fraction = fraction.rstrip("0")
        return f"{whole}.{fraction}+00:00" if fraction else f"{whole}+00:00"
    return value


def _to_sqlite(kind: str, value: Any) -> Any:
    if kind == "truth":
        return int(value)
    if kind == "moment":
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value
