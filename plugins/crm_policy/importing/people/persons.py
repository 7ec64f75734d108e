"""Legislators of an import; whoever is not certain waits for a person's word."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, Person, day_here, db, system, visible
from crm.plugin_api.records import Email, Phone
from crm.plugin_api.sets import Change
from crm.plugin_api.words import clean_phone, person_name_key, person_sort_name
from crm_policy.importing.people.names import SOURCE_NAMES, better, family_key, hash_of, overlap, reference_of
from crm_policy.models import Ballot, Legislator, Office, Seat, Sponsor, Term, Unmatched
from crm_policy.models.people import office_key
from crm_policy.reading.neutral import Record
from crm_policy.writing import update_rows


def queue(record: Record, candidates: Sequence[int]) -> Unmatched:
    term = record["terms"][-1]
    found = Unmatched(
        reference=reference_of(record),
        name=record["name"],
        state=term[0],
        chamber=term[1],
        district=term[2],
        party=term[3],
        record=record,
        candidates=list(candidates),
    )
    db.session().add(found)
    db.session().flush()
    return found


def create(record: Record) -> Legislator:
    """A new legislator, with a contact of their own unless one with that name and address is here already."""
    contact = _known_contact(record) or _new_contact(record)
    legislator = Legislator(
        contact_id=contact.id,
        name=record["name"],
        sort_name=contact.sort_name,
        family_key=family_key(record["family"] or record["name"].split()[-1]),
        state=record["terms"][-1][0],
        source=record["source"],
        staff_fields=[],
        links=[],
    )
    db.session().add(legislator)
    db.session().flush()
    bring_up_to_date(legislator, record)
    return legislator


def _known_contact(record: Record) -> Contact | None:
    """The contact whom a legislator is already, of those whom everybody sees who may see contacts: whoever is
    kept from some of them does not become a public person by a name and an address."""
    if not record["email"]:
        return None
    key = person_name_key(record["given"], record["family"], record["name"])
    statement = (
        visible(Contact, Actor.only("contacts.view"))
        .join(Email, Email.contact_id == Contact.id)
        .outerjoin(Legislator, Legislator.contact_id == Contact.id)
        .where(Contact.kind == "person", Contact.name_key == key, Legislator.id.is_(None))
        .where(Email.address_key == record["email"].lower())
        .limit(1)
    )
    found: Contact | None = db.session().scalars(statement).first()
    return found


def _new_contact(record: Record) -> Contact:
    given, family = record["given"], record["family"]
    person = Person(
        name=record["name"],
        sort_name=person_sort_name(given, "", family, record["name"]),
        name_key=person_name_key(given, family, record["name"]),
        given_name=given or None,
        family_name=family or None,
        sector="government",
        custom={},
    )
    db.session().add(person)
    db.session().flush()
    source = SOURCE_NAMES.get(record["source"], "")
    if record["email"]:
        address = record["email"]
        row = Email(
            contact_id=person.id, label="work", address=address, address_key=address.lower(), is_primary=True
        )
        row.source = source
        db.session().add(row)
    voice = next((office[2] for office in record["offices"] or [] if office[2]), "")
    if voice:
        number, extension, _problem = clean_phone(voice)
        phone = Phone(
            contact_id=person.id, label="work", number=number or voice, is_primary=True, source=source
        )
        phone.extension = extension
        db.session().add(phone)
    return person


def bring_up_to_date(legislator: Legislator, record: Record, change: Change | None = None) -> None:
    """What the source says now. What staff wrote stays; a source that knows less only adds its number. What
    was done under that number before somebody knew who it is becomes theirs."""
    fresh = _number(legislator, record)
    legislator.seen_at = db.now()
    first = legislator.hash == ""
    if not first and legislator.source == "openstates" and record["source"] == "legiscan":
        _add_terms(legislator, record)
    else:
        _take_all(legislator, record)
    if fresh:
        _join_work(legislator, reference_of(record), change or _change())
    db.session().flush()


def _change() -> Change:
    found = db.current_change()
    if found is None:
        raise RuntimeError("legislators are written inside a transaction")
    return found


def _number(legislator: Legislator, record: Record) -> bool:
    """Take the number under which a source knows somebody; whether it is new."""
    name = "legiscan_id" if record["source"] == "legiscan" else "ocd_id"
    fresh = getattr(legislator, name) != record[name]
    setattr(legislator, name, record[name])
    return fresh or legislator.hash == ""


def _take_all(legislator: Legislator, record: Record) -> None:
    first = legislator.hash == ""
    if better(record, legislator):
        legislator.source = record["source"]
    legislator.hash = hash_of(record)
    legislator.links = record["links"] or legislator.links
    if not first:
        _take_name(legislator, record)
        _take_email(legislator, record)
    before = newest_term(legislator)
    began = before.starts_on if before is not None else None
    _add_terms(legislator, record)
    _take_newest_term(legislator, before, began)
    if record["offices"] is not None:
        _write_offices(legislator, record["offices"], record["source"])


def _take_name(legislator: Legislator, record: Record) -> None:
    """A new name, as after a marriage; the contact's too, unless somebody of ours calls them otherwise."""
    if legislator.name == record["name"] or "name" in legislator.staff_fields:
        return
    with system("the contact of a legislator"):
        contact = db.session().get(Person, legislator.contact_id)
    given, family = record["given"], record["family"]
    if contact is not None and contact.name == legislator.name:
        contact.name, contact.given_name, contact.family_name = record["name"], given or None, family or None
        contact.sort_name = person_sort_name(given, "", family, record["name"])
        contact.name_key = person_name_key(given, family, record["name"])
    legislator.name = record["name"]
    legislator.sort_name = person_sort_name(given, "", family, record["name"])
    legislator.family_key = family_key(family or record["name"].split()[-1])


def _take_email(legislator: Legislator, record: Record) -> None:
    """The address that came from this source follows it; those that somebody of ours wrote stay, and so does
    one where they asked for no mail or mail came back: that is said of it, not of the new one."""
    address, source = record["email"], SOURCE_NAMES.get(record["source"], "")
    if not address:
        return
    with system("the addresses of a legislator"):
        rows = list(db.session().scalars(select(Email).where(Email.contact_id == legislator.contact_id)))
    if any(row.address_key == address.lower() for row in rows):
        return
    theirs = next((row for row in rows if row.source == source and not row.no_mail), None)
    if theirs is not None:
        theirs.address, theirs.address_key = address, address.lower()
        return
    row = Email(contact_id=legislator.contact_id, label="work", address=address, address_key=address.lower())
    row.is_primary, row.source = not rows, source
    db.session().add(row)


def _join_work(legislator: Legislator, reference: str, change: Change) -> None:
    """Sponsorships, votes and seats that came before their person did."""
    db.session().flush()
    for model in (Sponsor, Ballot, Seat):
        table = db.table(model)
        with system("what was done under a name that is known now"):
            rows = select(table.c.id).where(table.c.reference == reference, table.c.legislator_id.is_(None))
            ids = db.session().execute(rows).scalars().all()
        for some in db.chunks(ids):
            update_rows(change, model, some, {"legislator_id": legislator.id})


def _terms(legislator: Legislator) -> list[Term]:
    with system("the terms of one legislator"):
        return list(db.session().scalars(select(Term).where(Term.legislator_id == legislator.id)))


def _add_terms(legislator: Legislator, record: Record) -> None:
    """New terms are added, dates of known ones filled in, a district that the source puts right is put right.
    A term that another source knows with dates that include this one's is the same. The party is that of
    today: it is written on the term that runs, and on what is new."""
    present = _terms(legislator)
    told = record["terms"]
    for state, chamber, district, party, start, end in told:
        days = [date.fromisoformat(each) if each else None for each in (start, end)]
        same = _same_term(present, (state, chamber, district), start, end) or _corrected(
            present, told, (state, chamber), days, record["source"]
        )
        if same is None:
            same = Term(
                legislator_id=legislator.id, state=state, chamber=chamber, district=district, party=party
            )
            same.starts_on, same.ends_on = days
            same.source = record["source"]
            db.session().add(same)
            present.append(same)
        elif same.source == record["source"] or same.source == "legiscan":
            same.starts_on, same.ends_on = days[0] or same.starts_on, days[1]
            same.district, same.source = district, record["source"]
            if party and (not same.party or _runs(same)):
                same.party = party
    db.session().flush()


def newest_term(legislator: Legislator) -> Term | None:
    """The term that runs, else the one that ended last."""
    return max(
        _terms(legislator),
        key=lambda term: (term.ends_on is None, term.ends_on or date.max, term.starts_on or date.min),
        default=None,
    )


def _same_term(
    present: Sequence[Term], seat: tuple[str, str, str], start: str | None, end: str | None
) -> Term | None:
    return next(
        (
            term
            for term in present
            if (term.state, term.chamber, term.district) == seat and overlap(term, start, end)
        ),
        None,
    )


def _corrected(
    present: Sequence[Term],
    told: Sequence[Sequence[Any]],
    place: tuple[str, str],
    days: Sequence[date | None],
    source: str,
) -> Term | None:
    """The term of the same source that began on the same day in the same chamber, and that the source tells
    no more with its district."""
    if days[0] is None:
        return None
    begun = days[0].isoformat()
    seats = {(each[0], each[1], each[2]) for each in told if each[4] == begun}
    return next(
        (
            term
            for term in present
            if (term.state, term.chamber) == place
            and term.starts_on == days[0]
            and term.source == source
            and (term.state, term.chamber, term.district) not in seats
        ),
        None,
    )


def _runs(term: Term) -> bool:
    return term.ends_on is None or term.ends_on >= day_here()


_OF_TERM = ("state", "chamber", "district", "party", "starts_on", "ends_on")


def _take_newest_term(legislator: Legislator, before: Term | None, began: date | None) -> None:
    """Chamber, district and so on are those of the newest term, except what staff has put right. That was
    said of the term which was the newest `before`, and `began` then: of a later one it says nothing."""
    newest = newest_term(legislator)
    if newest is None:
        return
    if (
        before is not None
        and newest is not before
        and began
        and newest.starts_on
        and newest.starts_on > began
    ):
        legislator.staff_fields = [name for name in legislator.staff_fields if name not in _OF_TERM]
    for name in _OF_TERM:
        if name not in legislator.staff_fields:
            setattr(legislator, name, getattr(newest, name))


def _write_offices(legislator: Legislator, told: Sequence[Sequence[str]], source: str) -> None:
    """Offices as a source tells them; the one that staff put right (`stands_for`) stays out of sight."""
    with system("the offices of one legislator"):
        present = list(db.session().scalars(select(Office).where(Office.legislator_id == legislator.id)))
    ours = {office.stands_for for office in present if office.staff and office.archived_on is None}
    theirs = {(office.kind, office.address): office for office in present if not office.staff}
    for kind, address, voice, fax in told:
        office = theirs.pop((kind, address), None)
        if office is None:
            office = Office(legislator_id=legislator.id, kind=kind, address=address, source=source)
            db.session().add(office)
        office.voice, office.fax = voice or office.voice or "", fax or office.fax or ""
        hidden = office_key(kind, address) in ours
        office.archived_on = (office.archived_on or day_here()) if hidden else None
    for office in theirs.values():
        office.archived_on = office.archived_on or day_here()


def settle(waiting: Unmatched, legislator: Legislator | None, change: Change) -> Legislator:
    """Somebody said who a queued name is: that legislator, or (None) somebody new. Their sponsorships and
    votes follow."""
    record = dict(waiting.record)
    if legislator is None:
        legislator = create(record)
    else:
        bring_up_to_date(legislator, record)
    waiting.status = "done"
    _join_work(legislator, waiting.reference, change)
    return legislator
