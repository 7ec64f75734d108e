"""What is compared of contacts, read in sets."""

import marshal
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.contacts.duplicates.comparing import Place, Side
from crm.contacts.models import ORGANIZATION, Address, Contact, Email, Link, Phone
from crm.transfer.cleaning.text import fold, match_key
from crm.transfer.people.keys import generation

MOST_KNOWN: Final = 100_000
"""Sides that a look keeps in memory, each as some 250 bytes, however many contacts there are."""


class Known:
    """Sides that a look has read, since most contacts come up again as the partner of others.

    They are kept packed, a tenth of their size as objects. One may be older than the contact: who was changed
    since the look began is looked at again anyway.
    """

    def __init__(self, job_id: int | None = None) -> None:
        self.job_id = job_id
        self._packed: dict[int, bytes] = {}

    def keep(self, sides: Mapping[int, Side]) -> None:
        """Remember what was read for something else, while there is room."""
        if len(self._packed) + len(sides) <= MOST_KNOWN:
            self._packed.update((each.id, _pack(each)) for each in sides.values())

    def done_with(self, least: int) -> None:
        """Forget those with lower ids: they were compared with all who come after them."""
        for each in [each for each in self._packed if each < least]:
            del self._packed[each]

    def read(self, ids: AbstractSet[int]) -> Mapping[int, Side]:
        """At least the sides of those of the contacts that are here."""
        missing = ids - self._packed.keys()
        if len(self._packed) + len(missing) > MOST_KNOWN:
            self._packed, missing = {}, set(ids)
        for chunk in db.chunks(sorted(missing)):
            self._packed.update((each.id, _pack(each)) for each in load(chunk).values())
        return {each: _unpack(packed) for each in ids if (packed := self._packed.get(each))}


def _pack(side: Side) -> bytes:
    return marshal.dumps((*side[:-1], tuple(map(tuple, side.places))))


def _unpack(packed: bytes) -> Side:
    *own, places = marshal.loads(packed)  # noqa: S302  # Our own.
    return Side(*own, tuple(map(Place._make, places)))  # type: ignore[call-arg]  # A list may be of any length.


_known = Known()


def known_of(job_id: int, *, anew: bool) -> Known:
    """What the pieces of one look share while one process runs them; `anew` at its first piece."""
    global _known  # noqa: PLW0603  # Pieces of a job share nothing but the module.
    if anew or _known.job_id != job_id:
        _known = Known(job_id)
    return _known


def forget() -> None:
    """The look is over."""
    known_of(0, anew=True)


def load(ids: Iterable[int], *, counted: bool = True) -> dict[int, Side]:
    """The sides of those of the contacts that are here; six queries however many there are, one less where
    nobody wants to know how many have these names."""
    wanted = list(ids)
    contact = db.table(Contact)
    names = ("id", "kind", "name_key", "given_name", "middle_name", "family_name", "suffix", "birth_date")
    statement = select(*(contact.c[name] for name in names)).where(db.among(contact.c.id, wanted))
    with system("duplicates are looked for among everybody; who sees a pair is asked when it is shown"):
        connection = db.session().connection()
        rows = connection.execute(statement).all()
        emails = _texts(Email, "address_key", wanted)
        phones = _texts(Phone, "number", wanted)
        links = _texts(Link, "url", wanted)
        places = _places(wanted)
        namesakes = _namesakes(wanted) if counted else {}
    return {
        row.id: _side(row, emails, phones, links, places, namesakes.get((row.kind, row.name_key), 1))
        for row in rows
    }


def _namesakes(ids: Sequence[int]) -> dict[tuple[str, str], int]:
    """How many have the names of these contacts, by kind and name."""
    table = db.table(Contact)
    theirs = select(table.c.name_key).where(db.among(table.c.id, ids))
    columns = (table.c.kind, table.c.name_key)
    statement = select(*columns, func.count()).where(table.c.name_key.in_(theirs)).group_by(*columns)
    rows = db.session().connection().execute(statement.having(func.count() > 1))
    return {(kind, name): count for kind, name, count in rows}


def _side(
    row: Any,
    emails: dict[int, list[str]],
    phones: dict[int, list[str]],
    links: dict[int, list[str]],
    places: dict[int, list[Place]],
    namesakes: int,
) -> Side:
    own = row.id
    given, middle, family = ("" if row.kind == ORGANIZATION else match_key(part or "") for part in row[3:6])
    return Side(
        own,
        row.kind,
        row.name_key,
        given,
        middle,
        family,
        generation(row.suffix) if row.suffix else "",
        row.birth_date or "",
        frozenset(emails.get(own, ())),
        frozenset(phones.get(own, ())),
        frozenset(links.get(own, ())),
        namesakes,
        tuple(places.get(own, ())),
    )


def _texts(model: Any, name: str, ids: Sequence[int]) -> dict[int, list[str]]:
    table = db.table(model)
    statement = select(table.c.contact_id, table.c[name]).where(db.among(table.c.contact_id, ids))
    found: dict[int, list[str]] = defaultdict(list)
    for contact_id, text in db.session().connection().execute(statement).all():
        found[contact_id].append(text)
    return found


def _places(ids: Sequence[int]) -> dict[int, list[Place]]:
    table = db.table(Address)
    names = ("contact_id", "street", "street2", "city", "postal_code", "address_key")
    statement = select(*(table.c[name] for name in names)).where(db.among(table.c.contact_id, ids))
    found: dict[int, list[Place]] = defaultdict(list)
    for contact_id, street, street2, city, postal, key in db.session().connection().execute(statement).all():
        place = Place(fold(street), fold(street2), fold(city), match_key(postal)[:5], key)
        found[contact_id].append(place)
    return found
