"""Organizations that a file puts under each other must not form a circle."""

from collections.abc import Sequence

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.models import Contact
from crm.transfer.kinds import Line
from crm.transfer.people import matching


def leave_out_circles(lines: Sequence[Line]) -> None:
    """Forget the parent of an organization that would be above itself; the row says so."""
    wanted = [line for line in lines if line.record.kind == "organization" and line.record.organization_name]
    if not wanted:
        return
    parents = _stored_parents(wanted)
    for line in wanted:
        own, above = _key(line.record.name), _key(line.record.organization_name)
        if _is_above(own, above, parents):
            line.note("own_parent", "", line.record.name)
            line.record.organization_name = ""
        else:
            parents[own] = above


def _is_above(own: str, above: str, parents: dict[str, str]) -> bool:
    seen: set[str] = set()
    current = above
    while current and current not in seen:
        if current == own:
            return True
        seen.add(current)
        current = parents.get(current, "")
    return False


def _stored_parents(lines: Sequence[Line]) -> dict[str, str]:
    """By the keys of names: what the named organizations belong to, all the way up."""
    keys = {_key(line.record.organization_name) for line in lines}
    ids = [each for found in matching.by_name("organization", keys).values() for each in found]
    parents: dict[str, str] = {}
    contact, parent = db.table(Contact), db.table(Contact).alias("parent")
    seen: set[int] = set()
    while ids := [each for each in ids if each not in seen]:
        seen.update(ids)
        statement = (
            select(contact.c.name_key, parent.c.name_key, parent.c.id)
            .join(parent, parent.c.id == contact.c.parent_id)
            .where(db.among(contact.c.id, ids))
        )
        with system("a circle of parents must be seen whole"):
            rows = db.session().connection().execute(statement).all()
        parents.update((row[0], row[1]) for row in rows)
        ids = [row[2] for row in rows]
    return parents


def _key(name: str) -> str:
    return names.organization_name_key(name)
