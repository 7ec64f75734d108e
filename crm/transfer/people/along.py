"""What a plan makes besides its rows: organizations, tags and fields that nobody had before, by name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from rapidfuzz import fuzz, process
from sqlalchemy import func, select, text, true

from crm import db
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.models import Contact, Tag
from crm.transfer import own
from crm.transfer.cleaning import fold
from crm.transfer.people import matching

NAMED: Final = 12
"""So many of each are named."""
_LOOKED_AT: Final = 20_000
_NEAR: Final = 86.0
_VALUES: Final = {
    "sqlite": "SELECT DISTINCT json_extract(record, '$.{name}') FROM import_row",
    "postgresql": "SELECT DISTINCT CAST(record AS json) ->> '{name}' FROM import_row",
}
_WRITTEN: Final = " WHERE run_id = :run AND action IN ('create', 'update')"
_NAMED_IN_IT: Final = {
    "sqlite": " AND instr(record, :name) > 0",
    "postgresql": " AND strpos(record, :name) > 0",
}
"""To look for a few signs is much quicker than to take a record apart."""

Found = dict[str, Any]
"""`what` (organizations, tags, fields), `count`, and `names`: pairs of a new name and one like it, or ""."""


def along(run_id: int) -> list[Found]:
    """What comes along with the rows of a plan, a few queries for all of them."""
    with system("an import says what else it would make"):
        found = (
            _found("organizations", _organizations(run_id), _known_organizations),
            _found("tags", _tags(run_id), _known_tags),
            _found("fields", _fields(run_id), _known_fields),
        )
    return [each for each in found if each["count"]]


def _found(what: str, new: Sequence[str], known: Any) -> Found:
    shown = sorted(new, key=fold)[:NAMED]
    return {"what": what, "count": len(new), "names": _with_near(shown, known()) if shown else []}


def _with_near(new: Iterable[str], known: Iterable[str]) -> list[list[str]]:
    """Each name with one that is here and reads much the same."""
    folded = {name: fold(name) for name in known}
    found = []
    for name in new:
        near = process.extractOne(fold(name), folded, scorer=fuzz.token_sort_ratio, score_cutoff=_NEAR)
        found.append([name, str(near[2]) if near is not None else ""])
    return found


def _values(run_id: int, name: str) -> list[str]:
    """The different values that the rows to be written have in one field of their records."""
    statement = text(_VALUES[db.dialect()].format(name=name) + _WRITTEN + _NAMED_IN_IT[db.dialect()])
    found = db.session().connection().execute(statement, _of_rows(run_id, name)).scalars()
    return [value for value in found if value]


def _of_rows(run_id: int, name: str) -> Mapping[str, Any]:
    return {"run": run_id, "name": f'"{name}":'}


def _organizations(run_id: int) -> list[str]:
    wanted: dict[str, str] = {}
    for name in _values(run_id, "organization_name"):
        wanted.setdefault(names.organization_name_key(name), name)
    own = {names.organization_name_key(name) for name in _values(run_id, "name")}
    known = matching.by_name("organization", wanted)
    return [name for key, name in wanted.items() if key and key not in known and key not in own]


def _known_organizations() -> Sequence[str]:
    statement = select(Contact.name).where(Contact.kind == "organization").limit(_LOOKED_AT)
    return db.session().execute(statement).scalars().all()


def _tags(run_id: int) -> list[str]:
    wanted: dict[str, str] = {}
    for listed in _values(run_id, "tags"):
        for tag in orjson.loads(listed):
            wanted.setdefault(fold(tag), tag)
    known = {fold(name) for name in _known_tags()} if wanted else set()
    return [name for key, name in wanted.items() if key not in known]


def _known_tags() -> Sequence[str]:
    return db.session().execute(select(Tag.name)).scalars().all()


def _fields(run_id: int) -> list[str]:
    wanted = set(_custom_keys(run_id))
    return sorted(wanted - set(_known_fields()) - {each.key for each in own.defined()}) if wanted else []


def _custom_keys(run_id: int) -> Sequence[str]:
    if db.dialect() == "sqlite":
        joined = "SELECT DISTINCT part.key FROM import_row, json_each(record, '$.custom') AS part"
    else:
        joined = "SELECT DISTINCT json_object_keys(CAST(record AS json) -> 'custom') FROM import_row"
    statement = text(joined + _WRITTEN + _NAMED_IN_IT[db.dialect()])
    return db.session().connection().execute(statement, _of_rows(run_id, "custom")).scalars().all()


def _known_fields() -> Sequence[str]:
    if db.dialect() == "postgresql":
        statement = select(func.jsonb_object_keys(Contact.custom)).distinct()
    else:
        each = func.json_each(Contact.custom).table_valued("key")
        statement = select(each.c.key).select_from(Contact).join(each, true()).distinct()
    return db.session().execute(statement).scalars().all()
