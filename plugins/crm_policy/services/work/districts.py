"""Constituents: partner, legislative district, legislator, committee seats."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from crm.plugin_api import Actor, Affiliation, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Address
from crm.plugin_api.words import day_here, squash
from crm_policy.importing.districts import is_known
from crm_policy.models import (
    Committee,
    Constituency,
    District,
    Legislator,
    Overlap,
    Seat,
)
from crm_policy.places import ZIP, chambers_like
from crm_policy.services.work import schooling
from crm_policy.words import CHAMBERS

_HIGHEST: Final = 6
"""School, feeder group, district, county office, state: nothing real lies deeper, and a circle ends."""


@dataclass(frozen=True)
class Place:
    """A legislative district in which somebody of ours lies: all of it, or the percent of their school
    district that is `share` (None where nobody said). `via` names the school district that it follows
    from."""

    state: str
    chamber: str
    district: str
    share: int | None = None
    via: str = ""
    by_zip: bool = False


def code_of(district: str) -> str:
    """A district as Open Civic Data codes it: `1st Bristol` is `1st_bristol`, `012` is `12`."""
    return district.strip().lower().replace(" ", "_").lstrip("0")


def keys_of(place: Any) -> list[tuple[str, str, str]]:
    """State, chamber and district of a place or a legislator, in all ways in which they are written."""
    code = code_of(place.district)
    return [(place.state, each, code) for each in chambers_like(place.state, place.chamber)]


def districts_of(contact: Contact) -> list[Place]:
    """Those of an organization, else of what it belongs to; of a school district, those that it overlaps.
    Those of a person are their organizations'."""
    return districts_of_each([contact.id]).get(contact.id, [])


def districts_of_each(contact_ids: Sequence[int]) -> dict[int, list[Place]]:
    """The same for many contacts, by their id; those of which nobody knows are left out. The statements are
    as many as organizations lie above one another, however many contacts there are."""
    found: dict[int, list[Place]] = {}
    with system("a school lies where its district lies"):
        begin = _organizations_of(contact_ids)
        waiting = dict(begin)
        for _level in range(_HIGHEST):
            here = {above for each in waiting.values() for above in each}
            if not here:
                break
            own, parents = _own_of_each(sorted(here)), _parents_of(sorted(here))
            for contact_id, each in list(waiting.items()):
                places = [place for above in each for place in own.get(above, ())]
                found.setdefault(contact_id, []).extend(places)
                waiting[contact_id] = [
                    parents[above] for above in each if above not in own and above in parents
                ]
        _add_by_zip(found, {key: each for key, each in begin.items() if not found.get(key)})
    return {key: list(dict.fromkeys(places)) for key, places in found.items() if places}


def _add_by_zip(found: dict[int, list[Place]], unknown: Mapping[int, Sequence[int]]) -> None:
    """Of whom nobody said more: the districts that share ground with the ZIP code of their address."""
    codes = _by_zip({each for ids in unknown.values() for each in ids})
    overlapping = _overlapping({*codes.values()})
    for contact_id, ids in unknown.items():
        code = next((codes[each] for each in ids if each in codes), "")
        found.setdefault(contact_id, []).extend(overlapping.get(code, ()))


def _organizations_of(contact_ids: Sequence[int]) -> dict[int, list[int]]:
    """By contact where to begin to look: an organization itself, a person's organizations."""
    begin: dict[int, list[int]] = {each: [each] for each in contact_ids}
    statement = (
        select(Affiliation.person_id, Affiliation.organization_id)
        .where(db.among(Affiliation.person_id, contact_ids), Affiliation.is_current)
        .order_by(Affiliation.is_primary.desc(), Affiliation.id)
    )
    people: dict[int, list[int]] = {}
    for person, organization in db.session().execute(statement):
        people.setdefault(person, []).append(organization)
    return begin | {person: each[:5] for person, each in people.items()}


def _parents_of(ids: Sequence[int]) -> dict[int, int]:
    rows = select(Contact.id, Contact.parent_id).where(
        db.among(Contact.id, ids), Contact.parent_id.is_not(None)
    )
    return {row[0]: int(row[1] or 0) for row in db.session().execute(rows)}


def _own_of_each(contact_ids: Sequence[int]) -> dict[int, list[Place]]:
    """Of each organization the districts that staff gave; for a chamber that they did not give, those that
    its school district overlaps."""
    rows = list(
        db.session().scalars(select(Constituency).where(db.among(Constituency.contact_id, contact_ids)))
    )
    schools = schooling.numbers_of(contact_ids) | {
        each.contact_id: each.district for each in rows if each.chamber == "school"
    }
    found: dict[int, list[Place]] = {}
    for each in rows:
        if each.chamber != "school":
            found.setdefault(each.contact_id, []).append(Place(each.state, each.chamber, each.district))
    overlapping = _overlapping(set(schools.values()))
    for contact_id, number in schools.items():
        given = {each.chamber for each in found.get(contact_id, ())}
        more = [each for each in overlapping.get(number, ()) if each.chamber not in given]
        if more:
            found.setdefault(contact_id, []).extend(more)
    return found


def _overlapping(numbers: set[str]) -> dict[str, list[Place]]:
    """By the number of a school district the legislative districts that it lies in."""
    names = _names_of_school_districts(numbers) | {
        each: _("ZIP code %(code)s", code=each.removeprefix(ZIP)) for each in numbers if each.startswith(ZIP)
    }
    rows = db.session().scalars(
        select(Overlap)
        .where(Overlap.nces.in_(sorted(numbers)), in_force())
        .order_by(Overlap.chamber.desc(), Overlap.share.desc())
    )
    found: dict[str, list[Place]] = {}
    for each in rows:
        place = Place(each.state, each.chamber, each.district, each.share, names.get(each.nces, each.nces),
                      each.nces.startswith(ZIP))  # fmt: skip
        found.setdefault(each.nces, []).append(place)
    return found


def in_force() -> ColumnElement[bool]:
    """Of overlaps those that hold: without a year, or of the newest lines that are here for that ZIP code or
    school district and chamber."""
    newer = aliased(Overlap)
    return or_(
        Overlap.edition == 0,
        ~exists().where(
            newer.nces == Overlap.nces,
            newer.state == Overlap.state,
            newer.chamber == Overlap.chamber,
            newer.edition > Overlap.edition,
        ),
    )


def _by_zip(contact_ids: Iterable[int], codes: Collection[str] | None = None) -> dict[int, str]:
    """By contact the ZIP code of its first address, written as overlaps write it; of these codes, or of all.
    People are where their organizations are."""
    statement = (
        select(Address.contact_id, Address.postal_code)
        .join(Contact, Contact.id == Address.contact_id)
        .where(Contact.kind == "organization", Address.postal_code != "")
        .order_by(Address.contact_id, Address.is_primary, Address.id.desc())
    )
    found: dict[int, str] = {}
    if codes is not None:
        plain = {each.removeprefix(ZIP) for each in codes}
        statement = statement.where(func.substr(Address.postal_code, 1, 5).in_(sorted(plain)))
    else:
        statement = statement.where(db.among(Address.contact_id, contact_ids))
    for contact_id, code in db.session().execute(statement):
        found[contact_id] = f"{ZIP}{code.strip()[:5]}"
    return found


def _names_of_school_districts(numbers: set[str]) -> dict[str, str]:
    rows = select(District.nces, District.name).where(District.nces.in_(sorted(numbers)))
    return {row[0]: row[1] for row in db.session().execute(rows)}


def has_district(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether `districts_of` gives any for a person: the condition on their id."""
    theirs = (
        select(Contact.id, Contact.parent_id)
        .join(Affiliation, Affiliation.organization_id == Contact.id)
        .where(Affiliation.person_id == person_id, Affiliation.is_current)
        .order_by(Affiliation.is_primary.desc(), Affiliation.id)
        .limit(5)
        .subquery()
    )
    homes = select(theirs.c.id, theirs.c.parent_id).cte("homes", recursive=True)
    homes = homes.union(select(Contact.id, Contact.parent_id).join(homes, Contact.id == homes.c.parent_id))
    known = or_(Constituency.chamber != "school", exists().where(Overlap.nces == Constituency.district))
    return exists().where(Constituency.contact_id == homes.c.id, known)


def school_district_of(contact: Contact) -> str:
    """The NCES number that staff gave; empty when they gave none."""
    with system("the school district of one organization"):
        here = select(Constituency.district).where(
            Constituency.contact_id == contact.id, Constituency.chamber == "school"
        )
        return db.session().scalars(here).first() or ""


def suggested_school_district(contact: Contact) -> str:
    """The NCES number of the one school district with this name, to be looked at before it is kept."""
    with system("a list of districts that anybody may see"):
        same = select(District.nces).where(
            District.kind == "school", District.nces != "", func.lower(District.name) == contact.name.lower()
        )
        found = db.session().scalars(same.limit(2)).all()
    return found[0] if len(found) == 1 else ""


def represented_by(places: Sequence[Place], actor: Actor) -> list[tuple[Any, str, Place]]:
    """The legislators of some districts, with their committee seats in words."""
    today = day_here()
    found: list[tuple[Any, str, Place]] = []
    wanted = {key: each for each in places for key in keys_of(each)}
    if not wanted:
        return []
    statement = visible(Legislator, actor).where(
        tuple_(Legislator.state, Legislator.chamber, _code(Legislator.district)).in_(list(wanted)),
        or_(Legislator.ends_on.is_(None), Legislator.ends_on >= today),
    )
    for each in db.session().scalars(statement.order_by(Legislator.chamber.desc(), Legislator.sort_name)):
        place = wanted[(each.state, each.chamber, code_of(each.district))]
        found.append((each, seats_in_words(each.id, actor), place))
    return sorted(found, key=lambda row: -(row[2].share if row[2].share is not None else 100))


def _code(column: Any) -> Any:
    return func.ltrim(func.lower(func.replace(column, " ", "_")), "0")


def seats(legislator_id: int, actor: Actor) -> list[Any]:
    statement = (
        visible(Seat, actor)
        .join(Committee, Committee.id == Seat.committee_id)
        .where(Seat.legislator_id == legislator_id, Seat.ended_on.is_(None))
        .order_by(Committee.name)
        .with_only_columns(Seat.role, Committee.id, Committee.name, Committee.chamber)
    )
    return list(db.session().execute(statement))


def seats_in_words(legislator_id: int, actor: Actor) -> str:
    return ", ".join(
        f"{row.name} ({row.role})" if row.role != "member" else row.name
        for row in seats(legislator_id, actor)
    )


def homes_in(legislators: Sequence[Legislator]) -> dict[int, dict[int, int | None]]:
    """By the legislator's id the ids of the organizations that lie in their district, with the share of their
    school district that does (None: all of it, or nobody said). Three statements, however many they are."""
    keys = {key: each.id for each in legislators for key in keys_of(each)}
    found: dict[int, dict[int, int | None]] = {each.id: {} for each in legislators}
    if not keys:
        return found
    with system("which organizations lie in a district"):
        for contact_id, *place in db.session().execute(_staying(keys)):
            found[keys[(place[0], place[1], code_of(place[2]))]][contact_id] = None
        shares = [tuple(row) for row in db.session().execute(_sharing(keys))]
        schools = _in_school_districts({row[0] for row in shares})
    for nces, state, chamber, district, share in shares:
        homes = found[keys[(state, chamber, code_of(district))]]
        for contact_id, given in schools.get(nces, {}).items():
            if chamber not in given:
                homes.setdefault(contact_id, share)
    return found


def _staying(keys: Any) -> Any:
    columns = (Constituency.state, Constituency.chamber, Constituency.district)
    where = tuple_(columns[0], columns[1], _code(columns[2])).in_(list(keys))
    return select(Constituency.contact_id, *columns).where(where)


def _sharing(keys: Any) -> Any:
    columns = (Overlap.state, Overlap.chamber, Overlap.district)
    where = tuple_(columns[0], columns[1], _code(columns[2])).in_(list(keys))
    near = columns[0].in_({key[0] for key in keys}), columns[1].in_({key[1] for key in keys})
    return select(Overlap.nces, *columns, Overlap.share).where(*near, where, in_force())


def _placed_by_zip(codes: set[str]) -> dict[int, str]:
    """Who has an address there, of those of whom nobody said more."""
    found: dict[int, str] = {}
    for some in _pieces(sorted(codes), 500):
        found |= _by_zip((), some)
    above = _parents_of([*found])
    asked = {*found, *above.values()}
    said = select(Constituency.contact_id).where(db.among(Constituency.contact_id, asked))
    more = {*db.session().scalars(said), *schooling.numbers_of([*asked])}
    return {
        contact_id: code
        for contact_id, code in found.items()
        if contact_id not in more and above.get(contact_id) not in more
    }


def _pieces(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _in_school_districts(numbers: set[str]) -> dict[str, dict[int, set[str]]]:
    """By NCES number who lies there, each with the chambers of which staff gave the district itself. What
    staff gave wins over the number that schools know."""
    codes = {each for each in numbers if each.startswith(ZIP)}
    known = _placed_by_zip(codes) | schooling.contacts_in(numbers - codes)
    here = select(Constituency.contact_id).where(
        or_(
            and_(Constituency.chamber == "school", Constituency.district.in_(sorted(numbers))),
            db.among(Constituency.contact_id, sorted(known)),
        )
    )
    rows = select(Constituency.contact_id, Constituency.chamber, Constituency.district).where(
        Constituency.contact_id.in_(here)
    )
    given: dict[int, set[str]] = {}
    for contact_id, chamber, district in db.session().execute(rows):
        given.setdefault(contact_id, set())
        if chamber == "school":
            known[contact_id] = district
        else:
            given[contact_id].add(chamber)
    found: dict[str, dict[int, set[str]]] = {}
    for contact_id, number in known.items():
        found.setdefault(number, {})[contact_id] = given.get(contact_id, set())
    return found


def partners_in(legislator: Legislator, actor: Actor) -> list[Any]:
    """Our organizations in a legislator's district, and those that belong to them."""
    return partners_of_each([legislator], actor).get(legislator.id, [])


def partners_of_each(legislators: Sequence[Legislator], actor: Actor) -> dict[int, list[Any]]:
    """The same for several legislators, by the legislator's id."""
    homes = homes_in(legislators)
    ids = sorted({contact_id for each in homes.values() for contact_id in each})
    if not ids:
        return {}
    statement = (
        visible(Contact, actor)
        .where(or_(db.among(Contact.id, ids), db.among(Contact.parent_id, ids)))
        .order_by(Contact.sort_name)
        .limit(1000)
        .with_only_columns(Contact.id, Contact.name, Contact.parent_id)
    )
    rows = db.session().execute(statement).all()
    own = _with_places([row.id for row in rows])
    return {
        legislator_id: [
            row for row in rows if row.id in here or (row.parent_id in here and row.id not in own)
        ]
        for legislator_id, here in homes.items()
    }


def _with_places(ids: Sequence[int]) -> set[int]:
    """Those that have districts of their own, which count instead of their parent's."""
    with system("which organizations have districts of their own"):
        rows = select(Constituency.contact_id).where(db.among(Constituency.contact_id, ids))
        return set(db.session().scalars(rows))


def people_of(organization_ids: Sequence[int], actor: Actor) -> dict[int, list[Any]]:
    """Whom we know at some organizations, by the organization's id: id, name, and what they are there."""
    statement = (
        visible(Contact, actor)
        .join(Affiliation, Affiliation.person_id == Contact.id)
        .where(db.among(Affiliation.organization_id, organization_ids), Affiliation.is_current)
        .order_by(Affiliation.is_primary.desc(), Contact.sort_name)
        .limit(1000)
        .with_only_columns(Contact.id, Contact.name, Affiliation.role, Affiliation.organization_id)
    )
    found: dict[int, list[Any]] = {}
    for row in db.session().execute(statement):
        found.setdefault(row.organization_id, []).append(row)
    return found


def set_constituency(contact: Contact, values: Mapping[str, Any]) -> None:
    """The Senate and House district of an organization; an empty one is taken away."""
    with system("the districts of one organization"):
        present: dict[str, Constituency] = {
            row.chamber: row
            for row in db.session().scalars(select(Constituency).where(Constituency.contact_id == contact.id))
        }
    _set_school_district(contact, values, present.get("school"))
    for chamber in ("upper", "lower"):
        district = squash(values[chamber] or "").lstrip("0")
        row = present.get(chamber)
        if not district:
            if row is not None:
                db.session().delete(row)
            continue
        if not is_known(values["state"], chamber, district):
            name = chamber_words(values["state"], chamber)
            raise UserError(
                _(
                    "There is no district %(district)s of the %(chamber)s there.",
                    district=district,
                    chamber=name,
                )
            )
        if row is None:
            row = Constituency(contact_id=contact.id, chamber=chamber)
            db.session().add(row)
        row.state, row.district, row.source = values["state"], district, "staff"
    db.session().flush()


def _set_school_district(contact: Contact, values: Mapping[str, Any], row: Constituency | None) -> None:
    """By its NCES number, or by its name where one school district of the state has it."""
    text = squash(values["school"] or "")
    if row is None and text and text == schooling.numbers_of([contact.id]).get(contact.id):
        return  # As schools know it: nothing of ours has to be kept, and theirs stays what counts.
    if not text:
        if row is not None:
            db.session().delete(row)
        return
    with system("a list of districts that anybody may see"):
        same = select(District.nces, District.state).where(
            District.kind == "school",
            District.nces == text.zfill(7)
            if text.isdecimal()
            else and_(func.lower(District.name) == text.lower(), District.state == values["state"]),
        )
        found = db.session().execute(same.limit(2)).all()
        known = (
            text.isdecimal()
            and db.session().execute(select(Overlap.id).where(Overlap.nces == text.zfill(7)).limit(1)).first()
        )
    if len(found) != 1 and not known:
        raise UserError(
            _(
                "“%(text)s” is not one school district that we know. Give its NCES number, seven digits; "
                "the list of them is imported as “Districts”.",
                text=text,
            )
        )
    if row is None:
        row = Constituency(contact_id=contact.id, chamber="school", source="staff")
        db.session().add(row)
    row.district, row.state = (found[0][0] if found else text.zfill(7)), values["state"]


def chamber_words(state: str, chamber: str) -> str:
    from crm_policy.places import PLACES

    place = PLACES.get(state)
    if place is None or chamber not in ("upper", "lower"):
        return str(CHAMBERS.get(chamber, chamber))
    return place.upper if chamber == "upper" else place.lower
