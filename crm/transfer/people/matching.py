"""Which stored contacts a row may mean: found in sets, one query for each kind of evidence."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import JSON, ColumnElement, Text, TextClause, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.runtime import runtime
from crm.transfer.models import ImportedRow

_MOST_NAMESAKES: Final = 20
_JOINS: Final = {
    "email": "contact_email AS part ON part.address_key = asked.value",
    "phone": "contact_phone AS part ON part.number = asked.value",
    "address": "contact_address AS part ON part.address_key = asked.value",
}
_ASKED: Final = {
    "sqlite": """
        (SELECT json_extract(value, '$[0]') AS number, json_extract(value, '$[1]') AS name,
                json_extract(value, '$[2]') AS value FROM json_each(:asked)) AS asked
    """,
    "postgresql": """
        (SELECT number, name COLLATE "C" AS name, value COLLATE "C" AS value
         FROM unnest(CAST(:numbers AS integer[]), CAST(:names AS text[]), CAST(:values AS text[]))
              AS list (number, name, value)) AS asked
    """,
}

Asked = list[tuple[int, str, str]]
"""The number of a row in its chunk, the key of its name, the value looked for."""


def by_evidence(kind: str, asked: Asked) -> list[tuple[int, int]]:
    """(number, contact id) of contacts with both the name and the email, phone, address or birth date."""
    if not asked:
        return []
    return [(row[0], row[1]) for row in _run(_statement(kind), asked)]


def _statement(kind: str) -> TextClause:
    source = _ASKED[db.dialect()]
    if kind == "birth_date":
        return text(
            f"SELECT DISTINCT asked.number, contact.id FROM {source} "  # noqa: S608  # Constants of this module.
            "JOIN contact ON contact.name_key = asked.name AND contact.birth_date = asked.value"
        )
    return text(
        f"SELECT DISTINCT asked.number, contact.id FROM {source} JOIN {_JOINS[kind]} "  # noqa: S608  # As above.
        "JOIN contact ON contact.id = part.contact_id AND contact.name_key = asked.name"
    )


def _run(statement: TextClause, asked: Asked) -> Sequence[Any]:
    if db.dialect() == "postgresql":
        numbers, names, values = zip(*asked, strict=True)
        parameters: dict[str, Any] = {"numbers": list(numbers), "names": list(names), "values": list(values)}
    else:
        parameters = {"asked": json.dumps(asked)}
    with system("an import looks for those it means among everybody"):
        return db.session().connection().execute(statement, parameters).all()


def by_name(kind: str, keys: Iterable[str]) -> dict[str, list[int]]:
    """The contacts of a kind with these names, at most some of each."""
    wanted = sorted({key for key in keys if key})
    found: dict[str, list[int]] = defaultdict(list)
    if wanted:
        contact = db.table(Contact)
        statement = (
            select(contact.c.name_key, contact.c.id)
            .where(contact.c.kind == kind, is_one_of(contact.c.name_key, wanted))
            .order_by(contact.c.id)
        )
        with system("an import looks for those it means among everybody"):
            for key, contact_id in db.session().connection().execute(statement):
                if len(found[key]) < _MOST_NAMESAKES:
                    found[key].append(contact_id)
    return found


def by_external_id(values: Iterable[str]) -> dict[str, int]:
    """The contacts that have these ids of another system."""
    wanted = sorted({value for value in values if value})
    if not wanted:
        return {}
    contact = db.table(Contact)
    statement = select(contact.c.external_id, contact.c.id).where(is_one_of(contact.c.external_id, wanted))
    with system("an import looks for those it means among everybody"):
        return {row[0]: row[1] for row in db.session().connection().execute(statement)}


def by_fingerprint(values: Iterable[int]) -> dict[int, int]:
    """The records that the same rows became in earlier imports, the newest where there are several; they
    may be gone by now."""
    wanted = list(values)
    imported = db.table(ImportedRow)
    statement = (
        select(imported.c.fingerprint, imported.c.record_id)
        .where(db.among(imported.c.fingerprint, wanted), imported.c.line > 0)
        .order_by(imported.c.id)
    )
    return {row[0]: row[1] for row in db.session().connection().execute(statement)} if wanted else {}


def kept_from(actor: Actor, ids: Collection[int]) -> set[int]:
    """Those of these contacts that are kept from somebody whatever their role says; an import tells nothing
    of them, and changes none."""
    contact = db.table(Contact)
    withheld = runtime().access.withheld(Contact, actor, contact.c.id) if ids else None
    if withheld is None:
        return set()
    statement = select(contact.c.id).where(db.among(contact.c.id, ids), withheld)
    with system("an import leaves out whom it must not tell of"):
        return set(db.session().scalars(statement))


def is_one_of(column: ColumnElement[str], values: list[str]) -> ColumnElement[bool]:
    """`column IN values` with one bound value, as `db.among` does it for ids."""
    if db.dialect() == "postgresql":
        return column == func.any(bindparam(None, values, type_=ARRAY(Text()), unique=True))
    listed = func.json_each(bindparam(None, values, type_=JSON(), unique=True)).table_valued("value")
    return column.in_(select(listed.c.value))


def anybody_there() -> bool:
    """Whether there is any contact at all; into an empty database everything is new."""
    contact = db.table(Contact)
    with system("an import looks for those it means among everybody"):
        return db.session().connection().execute(select(contact.c.id).limit(1)).first() is not None
