"""Likely duplicates of somebody who is being entered. Never a verdict: each comes with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from rapidfuzz import fuzz
from sqlalchemy import or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.contacts import names
from crm.contacts.models import Contact, Email, Phone
from crm.runtime import runtime
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.phones import clean_phone
from crm.transfer.cleaning.text import fold

MOST = 5
ALIKE = 86.0


@dataclass(frozen=True)
class Likeness:
    """Somebody who is there already, how alike (0 to 100), and why."""

    id: int
    name: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """What somebody has typed so far, raw."""

    given_name: str = ""
    family_name: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""


def likely(typed: Typed, actor: Actor) -> Sequence[Likeness]:
    """At most five contacts that may be the one being entered, most alike first; only visible ones."""
    address, _problem = clean_email(typed.email)
    number, _extension, _problem = clean_phone(typed.phone, runtime().config.default_region)
    name = " ".join(part for part in (typed.given_name, typed.family_name) if part) or typed.name
    candidates = _candidates(typed, address.lower(), number, actor)
    found = [_judge(row, name, address, number) for row in candidates]
    return sorted((each for each in found if each), key=lambda each: -each.score)[:MOST]


def _candidates(typed: Typed, address: str, number: str, actor: Actor) -> list[tuple[object, ...]]:
    same_email = select(Email.contact_id).where(Email.address_key == address)
    same_phone = select(Phone.contact_id).where(Phone.number == number)
    tests = []
    if key := names.person_name_key(typed.given_name, typed.family_name, typed.name):
        tests.append(Contact.name_key == key)
    if len(start := fold(typed.family_name or typed.name)[:4]) >= 3:
        tests.append(db.begins_with(Contact.sort_name, start))
    if address:
        tests.append(Contact.id.in_(same_email))
    if number:
        tests.append(Contact.id.in_(same_phone))
    if not tests:
        return []
    columns = (Contact.id, Contact.name, Contact.id.in_(same_email), Contact.id.in_(same_phone))
    statement = visible(Contact, actor).where(or_(*tests)).with_only_columns(*columns).limit(300)
    return [tuple(row) for row in db.session().execute(statement)]


def name_score(first: str, second: str) -> float:
    """How alike two names are, 0 to 100, whatever the order of their words."""
    return float(fuzz.token_sort_ratio(fold(first), fold(second)))


def _judge(row: tuple[object, ...], typed: str, address: str, number: str) -> Likeness | None:
    record_id, name, same_email, same_phone = row
    alike = name_score(typed, str(name)) if typed else 0.0
    reasons = []
    if alike == 100:
        reasons.append(_("same name"))
    elif alike >= ALIKE:
        reasons.append(_("similar name"))
    if address and same_email:
        reasons.append(_("same email"))
    if number and same_phone:
        reasons.append(_("same phone"))
    if not reasons:
        return None
    score = alike + 25 * bool(address and same_email) + 25 * bool(number and same_phone)
    return Likeness(int(str(record_id)), str(name), min(score, 100.0), tuple(reasons))
