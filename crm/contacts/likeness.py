"""Likely duplicates of somebody who is being entered. Never a verdict: each comes with its reasons.

The judge is that of the queue (`duplicates.comparing`), so both say the same of the same two. Here less is
enough to be shown, for what somebody types is not finished, and who types looks anyway.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz
from sqlalchemy import Select, func, select, union

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.duplicates import sides
from crm.contacts.duplicates.comparing import Place, Side, Verdict, judge
from crm.contacts.duplicates.keys import MOST_SHARING, keys_of
from crm.contacts.duplicates.words import in_words, strength
from crm.contacts.models import ORGANIZATION, PERSON, Contact, DuplicateKey, Email, Phone
from crm.runtime import runtime
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.phones import clean_phone
from crm.transfer.cleaning.text import fold, match_key

MOST = 5
ALIKE = 86.0
ENOUGH: Final = {PERSON: 9.0, ORGANIZATION: 7.0}
"""Points from which somebody is shown: both names nearly the same, or one name within the other."""
LOOKED_AT: Final = 25
"""At most so many for each way to find somebody."""


@dataclass(frozen=True)
class Likeness:
    """Somebody who is there already, how alike (1 to 99, as in the queue), what speaks for it and
    what against, and how sure that is in a word."""

    id: int
    name: str
    score: int
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()
    strength: str = ""


@dataclass(frozen=True)
class Typed:
    """What somebody has typed so far, raw."""

    given_name: str = ""
    family_name: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    city: str = ""
    postal_code: str = ""


def likely(typed: Typed, actor: Actor) -> Sequence[Likeness]:
    """At most five contacts that may be the one being entered, most alike first; only visible ones."""
    side = side_of(typed)
    found = _candidates(side, typed, actor)
    # With the one being entered there will be one more of this name.
    side = side._replace(namesakes=1 + _namesakes(side)) if found else side
    judged = ((each, judge(side, each)) for each in found.values())
    shown = [(each, said) for each, said in judged if said is not None and _tells(side, each, said)]
    shown.sort(key=lambda pair: (-pair[1].points, pair[0].id))
    called = _names([each.id for each, _verdict in shown[:MOST]])
    return [_likeness(each.id, called[each.id], verdict) for each, verdict in shown[:MOST]]


def _tells(typed: Side, known: Side, verdict: Verdict) -> bool:
    """Whether to show it: alike enough, or with their name, email or phone, which is worth a look."""
    shares = bool(typed.emails & known.emails or typed.phones & known.phones)
    return shares or "name_same" in verdict.reasons or verdict.points >= ENOUGH[typed.kind]


def _likeness(contact_id: int, name: str, verdict: Verdict) -> Likeness:
    pro, contra = in_words(verdict.reasons)
    return Likeness(contact_id, name, verdict.score, tuple(pro), tuple(contra), str(strength(verdict.score)))


def side_of(typed: Typed) -> Side:
    """What was typed as the queue compares it."""
    address, _problem = clean_email(typed.email)
    number, _extension, _problem = clean_phone(typed.phone, runtime().config.default_region)
    given, family = match_key(typed.given_name), match_key(typed.family_name)
    is_person = bool(given or family) or not typed.name
    key = names.person_name_key(typed.given_name, typed.family_name, typed.name)
    place = Place(
        fold(typed.street),
        "",
        fold(typed.city),
        match_key(typed.postal_code)[:5],
        names.address_key(typed.street, typed.postal_code),
    )
    return Side(
        0,
        PERSON if is_person else ORGANIZATION,
        key,
        given,
        "",
        family,
        emails=frozenset(filter(None, (address.lower(),))),
        phones=frozenset(filter(None, (number,))),
        places=(place,) if place.street or place.city or place.postal else (),
    )


def _candidates(side: Side, typed: Typed, actor: Actor) -> dict[int, Side]:
    """The sides of visible contacts worth comparing, by id: two queries for the ids, five for the sides."""
    ways = list(_ways(side, typed))
    if not ways:
        return {}
    found = union(*(select(way.limit(LOOKED_AT).subquery()) for way in ways))
    with system("those worth comparing; which of them the actor may see is asked next"):
        ids = db.session().execute(found).scalars().all()
    seen = visible(Contact, actor).where(db.among(Contact.id, ids)).with_only_columns(Contact.id)
    return sides.load(db.session().execute(seen).scalars().all(), counted=False)


def _namesakes(side: Side) -> int:
    """How many have this name by now; a hundred say as little as more would."""
    contact = db.table(Contact)
    theirs = select(contact.c.id).where(contact.c.name_key == side.name, contact.c.kind == side.kind)
    with system("how common a name is"):
        counted = select(func.count()).select_from(theirs.limit(100).subquery())
        return int(db.session().execute(counted).scalar_one())


def _ways(side: Side, typed: Typed) -> Iterator[Select[Any]]:
    """By email, phone and name as they are now, and by the keys of the queue as of its last look."""
    contact, keys = db.table(Contact), db.table(DuplicateKey)
    for model, column, values in ((Email, "address_key", side.emails), (Phone, "number", side.phones)):
        table = db.table(model)
        for value in values:
            yield select(table.c.contact_id).where(table.c[column] == value)
    if side.name:
        yield select(contact.c.id).where(contact.c.name_key == side.name)
        telling = select(keys.c.key).where(keys.c.key.in_(sorted(keys_of(side)))).group_by(keys.c.key)
        telling = telling.having(func.count() <= MOST_SHARING)
        yield (
            select(keys.c.contact_id)
            .where(keys.c.key.in_(telling))
            .group_by(keys.c.contact_id)
            .order_by(func.count().desc())
        )
    for start in _beginnings(typed):
        yield select(contact.c.id).where(db.begins_with(contact.c.sort_name, start))


def _beginnings(typed: Typed) -> list[str]:
    """How the names of those begin who are nearly called so: what is typed in either order, and a little of
    the family name for those whom the queue has not looked at yet."""
    given, family = fold(typed.given_name), fold(typed.family_name)
    found = [f"{family} {given[:2]}", f"{given} {family[:2]}"] if given and family else []
    found += [family[:4], names.organization_sort_name(typed.name)[:12]]
    return [each for each in found if len(each) >= 3]


def _names(ids: Sequence[int]) -> dict[int, str]:
    statement = select(Contact.id, Contact.name).where(db.among(Contact.id, ids))
    with system("the names of contacts that were found visible"):
        return {row[0]: row[1] for row in db.session().execute(statement)}


def name_score(first: str, second: str) -> float:
    """How alike two names are, 0 to 100, whatever the order of their words."""
    return float(fuzz.token_sort_ratio(fold(first), fold(second)))
