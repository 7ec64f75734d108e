"""Guardians and for whom they care, collected and written in sets."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.plugin_api import Actor, bulk, db
from crm.plugin_api.contacts import ContactRecord, EmailRecord, PeopleInSets, PhoneRecord
from crm.plugin_api.words import clean_email, clean_phone
from crm_schools.keeping import families
from crm_schools.models import Guardian

_COLUMNS = ("id", "student_id", "contact_id", "relation", "contact_prohibited", "note")
Pair = tuple[int, int]
"""A student and the contact who cares for them."""


class Caring:
    """What is to be written of the guardians of some lines; `flush` writes it, journaled."""

    def __init__(self, change: Any, new: int) -> None:
        """`new` is about how many guardians are not there yet."""
        self._change = change
        self._people = PeopleInSets(Actor.system(), change, at_once=new)
        self._links: list[tuple[Any, ...]] = []
        self._new: list[int] = []

    def create(self, external: str, fields: Mapping[str, str], reach: Collection[str]) -> int:
        """A new contact with the name of a line and as much of its phone and email as is in `reach`."""
        record = _record(fields, reach)
        record.given_name = fields.get("given_name", "")
        record.family_name = fields.get("family_name", "")
        record.language = fields.get("language", "")
        record.external_id = external
        contact_id = self._people.create(record)
        self._new.append(contact_id)
        return contact_id

    def add_reach(self, contact_id: int, fields: Mapping[str, str], reach: Collection[str]) -> None:
        """Let a contact have the phone and email of a line that are in `reach`, and that they lack."""
        self._people.add_reach(contact_id, _record(fields, reach))

    def link(self, pair: Pair, relation: str, *, prohibited: bool, note: str) -> None:
        """Somebody cares for a student from now on."""
        self._links.append((*pair, relation, prohibited, note))

    def flush(self) -> None:
        """Write everything that was collected."""
        self._people.flush()
        table = db.table(Guardian)
        ids = bulk.reserve(table, len(self._links))
        rows = ((row_id, *row) for row_id, row in zip(ids, self._links, strict=True))
        bulk.insert(table, _COLUMNS, rows, {"is_primary": False, "custody": ""})
        self._change.created(table, ids)
        self._links.clear()
        families.keep(self._new)
        self._new.clear()


def reach_of(fields: Mapping[str, str]) -> frozenset[str]:
    """The phone and the email of a line, as contacts are compared by them."""
    return frozenset(filter(None, (_phone(fields)[0], _email(fields).lower())))


def _record(fields: Mapping[str, str], reach: Collection[str]) -> ContactRecord:
    number, extension = _phone(fields)
    email = _email(fields)
    return ContactRecord(
        phones=[PhoneRecord("", number, extension)] if number in reach else [],
        emails=[EmailRecord("", email)] if email.lower() in reach else [],
    )


def _phone(fields: Mapping[str, str]) -> tuple[str, str]:
    number, extension, problem = clean_phone(fields.get("phone", ""))
    return ("", "") if problem == "phone_invalid" else (number, extension)


def _email(fields: Mapping[str, str]) -> str:
    address, problem = clean_email(fields.get("email", ""))
    return "" if problem else address
