"""The journal keeps rows as the database writes them, and the two write moments and truths differently."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, inspect

from crm.backup.rows import columns_of

ENTRIES = "journal_entry"
Change = Callable[[str, Any], Any]


def entries(connection: Connection, names: list[str], lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Entries of the other database's journal as this one would have written them. The connection is asked
    before the first entry only: it may be busy taking them afterwards."""
    change = _to_postgresql if connection.dialect.name == "postgresql" else _to_sqlite
    tables = inspect(connection).get_table_names()
    kinds = {table: dict(columns_of(connection, table)) for table in tables}
    return _changed(lines, names, kinds, change)


def _changed(
    lines: Iterable[list[Any]], names: list[str], kinds: Mapping[str, Mapping[str, str]], change: Change
) -> Iterator[list[Any]]:
    table_at, images = names.index("table_name"), [names.index("before"), names.index("after")]
    for line in lines:
        for at in images:
            if line[at] is not None:
                line[at] = _image(line[at], kinds.get(line[table_at], {}), change)
        yield line


def _image(text: str, kinds: Mapping[str, str], change: Change) -> str:
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
