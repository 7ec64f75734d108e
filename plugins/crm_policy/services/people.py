"""Legislators and committees as staff knows them: their word wins over every import."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.words import fold, squash
from crm_policy.importing.committee_names import join_hearings
from crm_policy.importing.people import create, newest_term
from crm_policy.importing.people.names import family_key
from crm_policy.models import Committee, Legislator, Seat
from crm_policy.models.people import BY_STAFF, left_by_staff
from crm_policy.places import PLACES

OF_TERM: Final = ("chamber", "district", "party", "starts_on", "ends_on")
"""What a legislator has from the newest term, unless staff has put it right."""


def told(legislator: Legislator) -> Mapping[str, Any]:
    """What the sources say of the newest term; nothing for somebody whom no source knows."""
    term = newest_term(legislator)
    return (
        {name: getattr(term, name) for name in OF_TERM} if term is not None and term.source != "staff" else {}
    )


def correct(legislator: Legislator, values: Mapping[str, Any]) -> None:
    """What staff knows better; where they say what the sources say, those are followed again."""
    _in_order(values["starts_on"], values["ends_on"])
    source, ours = told(legislator), set(legislator.staff_fields)
    for name in OF_TERM:
        value = _as_kept(values[name])
        if source and value == source[name]:
            ours.discard(name)
        elif value != getattr(legislator, name):
            ours.add(name)
        setattr(legislator, name, value)
    if (name := squash(values["name"] or "")) != legislator.name:
        legislator.name, legislator.family_key = name, family_key(name.split()[-1])
        ours.add("name")
    legislator.staff_fields = sorted(ours)
    db.session().flush()


def by_hand(values: Mapping[str, Any]) -> Legislator:
    """A legislator whom no source has yet; UserError where the seat is somebody's of that name already."""
    _in_order(values["starts_on"], values["ends_on"])
    given, family = squash(values["given"] or ""), squash(values["family"] or "")
    days = [each.isoformat() if each else None for each in (values["starts_on"], values["ends_on"])]
    term = [_as_kept(values[name]) for name in ("state", "chamber", "district", "party")]
    with system("whether a legislator is here already"):
        same = select(Legislator.id).where(
            Legislator.state == term[0], Legislator.chamber == term[1], Legislator.district == term[2],
            Legislator.family_key == family_key(family), Legislator.ends_on.is_(None),
        )  # fmt: skip
        if db.session().scalars(same).first() is not None:
            raise UserError(_("Somebody of that name sits there already. Look in the list of legislators."))
    return create(
        {
            "t": "person", "source": "staff", "name": f"{given} {family}".strip(), "given": given,
            "family": family, "email": squash(values["email"] or ""), "ocd_id": None, "legiscan_id": None,
            "terms": [[*term, *days]], "offices": None, "links": [],
        }
    )  # fmt: skip


def add_committee(values: Mapping[str, Any]) -> Committee:
    """A committee that no source has yet; UserError for one that is here."""
    name = squash(values["name"] or "")
    place = values["state"], values["chamber"] or "", fold(name)
    with system("whether a committee is here already"):
        same = select(Committee.id).where(
            Committee.state == place[0], Committee.chamber == place[1], Committee.name_key == place[2]
        )
        if place[0] not in PLACES or db.session().scalars(same).first() is not None:
            raise UserError(_("This committee is here already. Look in the list of committees."))
    found = Committee(state=place[0], chamber=place[1], name=name, name_key=place[2])
    found.meets, found.url = squash(values["meets"] or ""), squash(values["url"] or "")
    db.session().add(found)
    db.session().flush()
    join_hearings([found.state])
    return found


def seat(committee: Committee, legislator: Legislator, role: str) -> Seat:
    """Put a legislator on a committee, or say what they are there; no import ends it."""
    with system("who sits on a committee"):
        mine = select(Seat).where(Seat.committee_id == committee.id, Seat.legislator_id == legislator.id)
        found = db.session().scalars(mine.order_by(Seat.id.desc())).first()
    if found is None:
        found = Seat(committee_id=committee.id, legislator_id=legislator.id, name=legislator.name)
        db.session().add(found)
    found.role, found.ended_on, found.reference = squash(role) or "member", None, BY_STAFF
    db.session().flush()
    return found


def leave(found: Seat, on: date) -> None:
    """Somebody sits there no more."""
    found.ended_on = on
    if found.legislator_id is not None:
        found.reference = BY_STAFF
    elif not found.is_by_staff:
        found.reference = left_by_staff(found.reference or found.name)
    db.session().flush()


def _as_kept(value: Any) -> Any:
    return squash(value) if isinstance(value, str) else value


def _in_order(starts_on: date | None, ends_on: date | None) -> None:
    if starts_on and ends_on and ends_on < starts_on:
        raise UserError(_("The end lies before the beginning. Check the two dates."))
