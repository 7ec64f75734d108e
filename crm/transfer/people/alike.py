"""New rows that look like somebody who is here: marked in the plan, and decided by a person, never by us.

These rules are not the queue's judge: a row is marked only with something that it shares to the letter (name,
email, phone), since a plan of 100,000 rows has four queries for each piece and no keys of what is not stored
yet. What the rows bring that is alike in other ways the queue finds at its next look. Short forms of names
are the same in both.

A mark is a reason of the row, `[code, contact id, why]`. It keeps no name, so that an erased one does not
stay in plans.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.duplicates.nicknames import may_be_called
from crm.contacts.likeness import ALIKE, name_score
from crm.contacts.models import Contact, Email, Phone
from crm.errors import UserError
from crm.transfer.cleaning import match_key
from crm.transfer.kinds import ALIKE_OPEN, ALIKE_OTHER, ALIKE_SAME, Line
from crm.transfer.people import compare, keys, matching
from crm.transfer.people.deciding import Candidate
from crm.transfer.people.state import load_states

_MOST_SHARING: Final = 20
"""So many of those who share an email or a phone are looked at: an office's line proves little."""
_NEAR: Final = 75.0
"""How alike names must be of two who share email and phone."""


@dataclass(slots=True)
class _Known:
    """As much of a contact as tells whether a row may mean it."""

    id: int
    name: str
    texts: Mapping[str, str]


def mark(candidates: Iterable[Candidate], actor: Actor) -> None:
    """Mark those of the rows that are to be created and look like somebody; four queries for all of them."""
    asking = [each for each in candidates if each.line.action == "create"]
    if not asking:
        return
    sharing = {
        "email": _sharing(Email, "address_key", _values(asking, "email")),
        "phone": _sharing(Phone, "number", _values(asking, "phone")),
    }
    namesakes = {
        kind: matching.by_name(kind, (each.name_key for each in asking if each.record.kind == kind))
        for kind in ("person", "organization")
    }
    why = [_evidence(each, sharing, namesakes[each.record.kind]) for each in asking]
    ids = {contact_id for found in why for contact_id in found}
    known = _load(ids - matching.kept_from(actor, ids))
    for each, found in zip(asking, why, strict=True):
        if best := _best(each, found, known):
            each.line.reasons = [[ALIKE_OPEN, str(best[0]), ",".join(best[1])], *each.line.reasons]


def _values(candidates: Iterable[Candidate], wanted: str) -> set[str]:
    return {value for each in candidates for kind, value in each.evidence if kind == wanted}


def _sharing(model: Any, column: str, values: set[str]) -> dict[str, list[int]]:
    """The contacts with each of these emails or phones, some of each."""
    found: dict[str, list[int]] = defaultdict(list)
    if not values:
        return found
    table = db.table(model)
    statement = select(table.c[column], table.c.contact_id).where(
        matching.is_one_of(table.c[column], sorted(values))
    )
    with system("an import looks for those it may mean among everybody"):
        for value, contact_id in db.session().connection().execute(statement):
            if len(found[value]) < _MOST_SHARING:
                found[value].append(contact_id)
    return found


def _evidence(
    each: Candidate, sharing: Mapping[str, Mapping[str, list[int]]], namesakes: Mapping[str, list[int]]
) -> dict[int, list[str]]:
    """By contact, what the row has in common with it."""
    found: dict[int, list[str]] = defaultdict(list)
    if each.name_key:
        for contact_id in namesakes.get(each.name_key, ()):
            found[contact_id].append("name")
    for kind, value in each.evidence:
        for contact_id in sharing.get(kind, {}).get(value, ()):
            if kind not in found[contact_id]:
                found[contact_id].append(kind)
    return found


def _load(ids: set[int]) -> dict[int, _Known]:
    if not ids:
        return {}
    contact = db.table(Contact)
    names = ("external_id", "birth_date", "middle_name", "suffix", "given_name", "family_name", "kind")
    statement = select(contact.c.id, contact.c.name, *(contact.c[name] for name in names))
    with system("an import looks for those it may mean among everybody"):
        rows = db.session().connection().execute(statement.where(db.among(contact.c.id, ids)))
        return {
            row.id: _Known(row.id, row.name, {name: row._mapping[name] or "" for name in names})
            for row in rows
        }


def _best(
    each: Candidate, found: Mapping[int, list[str]], known: Mapping[int, _Known]
) -> tuple[int, list[str]] | None:
    """The contact that has most in common with the row, if a name speaks for it and nothing against it."""
    scored = []
    for contact_id, kinds in found.items():
        one = known.get(contact_id)
        if one is None or one.texts["kind"] != each.record.kind or _contradicts(each, one):
            continue
        score = 100.0 if "name" in kinds else name_score(keys.named(each.record).name, one.name)
        if score >= _needed(each, one, kinds):
            scored.append((len(kinds), score, -contact_id, kinds))
    if not scored:
        return None
    _most, score, negative, kinds = max(scored)
    why = kinds if "name" in kinds or score < _NEAR else ["similar", *kinds]
    return -negative, why


def _contradicts(each: Candidate, one: _Known) -> bool:
    birth = each.record.birth_date
    same = bool(birth) and birth == one.texts["birth_date"]
    return bool(keys.contradiction(each.record, lambda name: one.texts.get(name, ""), same_birth_date=same))


def _needed(each: Candidate, one: _Known, kinds: Sequence[str]) -> float:
    """How alike names must be: less so with more in common; a short form of the same name is enough."""
    if _short_form(each, one):
        return 0.0
    return _NEAR if len(kinds) > 1 else ALIKE


def _short_form(each: Candidate, one: _Known) -> bool:
    """Jon and Jonathan, J. and Jonathan, Bill and William, of one family name, as the queue knows them."""
    given, other = (match_key(text) for text in (each.record.given_name, one.texts["given_name"]))
    family = match_key(each.record.family_name)
    if not (given and other and family) or family != match_key(one.texts["family_name"]):
        return False
    return may_be_called(given, other)


# What a person says about a marked row.


def say_same(line: Line) -> None:
    """The row means the contact that it looks like: it fills what is missing there, no more."""
    contact_id = int(mark_of(line)[1])
    state = load_states([contact_id]).get(contact_id)
    if state is None:
        raise UserError(_("That contact is not here any more."))
    diff = compare.compare(line.record, state, "fill")
    line.action = "unchanged" if diff.is_empty else "update"
    line.record_id, line.version, line.changes = contact_id, state.version, diff.words
    kept = [["kept", name, new] for name, _before, new in diff.kept]
    line.reasons = [[ALIKE_SAME, *mark_of(line)[1:]], *_others(line), *kept]


def say_other(line: Line) -> None:
    """The row is somebody else: it is created."""
    line.action, line.record_id, line.version, line.same_as, line.changes = "create", None, None, None, []
    line.reasons = [[ALIKE_OTHER, *mark_of(line)[1:]], *_others(line)]


def mark_of(line: Line) -> Sequence[str]:
    """The mark, which is always the first reason."""
    return line.reasons[0]


def _others(line: Line) -> list[Sequence[str]]:
    return [reason for reason in line.reasons[1:] if reason[0] != "kept"]
