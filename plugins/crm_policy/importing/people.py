"""Legislators and committees of an import.

The same person comes from two sources under two numbers. They are joined where chamber, district and surname
agree and both sat there at the same time; whoever might be somebody else waits in a queue for a person's
word."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import orjson
from sqlalchemy import or_, select

from crm.plugin_api import Contact, Person, db, system
from crm.plugin_api.records import Email, Phone
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm.plugin_api.words import clean_phone, fold, person_name_key, person_sort_name
from crm_policy.models import Ballot, Committee, Legislator, Office, Seat, Sponsor, Term, Unmatched
from crm_policy.reading.neutral import Record
from crm_policy.writing import update_rows

_SOURCE_NAMES: Final = {"openstates": "Open States", "legiscan": "LegiScan"}


def digest(value: Any) -> str:
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def family_key(text: str) -> str:
    """A surname for comparing: folded, without signs and suffixes."""
    words = "".join(letter if letter.isalnum() else " " for letter in fold(text)).split()
    return "".join(word for word in words if word not in {"jr", "sr", "ii", "iii", "iv"})


def reference_of(record: Record) -> str:
    return record["ocd_id"] or f"ls:{record['legiscan_id']}"


def plan(kind: str, lines: Sequence[Line], settings: Settings) -> None:
    """Decide about persons or committees."""
    (_plan_committees if kind == "committee" else _plan_persons)(lines)


def _plan_persons(lines: Sequence[Line]) -> None:
    known = Known([line.record for line in lines])
    for line in lines:
        record = line.record
        if record["committee"]:
            line.action = "unchanged"
            continue
        found, candidates = known.match(record)
        if found is None and known.waiting(record):
            line.action = "unchanged"
        elif found is None and candidates:
            line.action, line.reasons = "create", [["queued", "", ""]]
        elif found is None:
            line.action = "create"
        else:
            line.record_id = found.id
            line.action = "unchanged" if found.hash == hash_of(record, found) else "update"
            line.changes = [["person", "", record["name"]]] if line.action == "update" else []


def hash_of(record: Record, found: Legislator | None = None) -> str:
    """Of what would be written. A second source only brings its number, which is compared alone."""
    if found is not None and found.source != record["source"]:
        mine = found.legiscan_id if record["source"] == "legiscan" else found.ocd_id
        theirs = record["legiscan_id"] if record["source"] == "legiscan" else record["ocd_id"]
        return found.hash if mine == theirs and not _better(record, found) else "new"
    return digest({name: record[name] for name in ("name", "email", "terms", "offices", "links")})


def _better(record: Record, found: Legislator) -> bool:
    """Open States knows offices and dates; what it says replaces what LegiScan's file said."""
    return record["source"] == "openstates" and found.source == "legiscan"


class Known:
    """The legislators that some records may mean."""

    def __init__(self, records: Sequence[Record]) -> None:
        states = {term[0] for record in records for term in record["terms"]}
        ocd = [record["ocd_id"] for record in records if record["ocd_id"]]
        numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
        with system("matching legislators of an import"):
            statement = select(Legislator).where(
                or_(
                    Legislator.state.in_(states),
                    Legislator.ocd_id.in_(ocd),
                    Legislator.legiscan_id.in_(numbers),
                )
            )
            self.all = list(db.session().scalars(statement))
            references = [reference_of(record) for record in records]
            queue = select(Unmatched.reference).where(Unmatched.reference.in_(references))
            self._waiting = set(db.session().scalars(queue))
            terms = list(db.session().scalars(select(Term).where(Term.state.in_(states))))
        self._by_ocd = {each.ocd_id: each for each in self.all if each.ocd_id}
        self._by_number = {each.legiscan_id: each for each in self.all if each.legiscan_id}
        self._by_id = {each.id: each for each in self.all}
        self._terms: dict[tuple[str, str, str], list[Term]] = {}
        for term in terms:
            self._terms.setdefault((term.state, term.chamber, term.district), []).append(term)

    def waiting(self, record: Record) -> bool:
        return reference_of(record) in self._waiting

    def match(self, record: Record) -> tuple[Legislator | None, list[int]]:
        """Who it certainly is, or the ids of those whom it may be."""
        found = self._by_ocd.get(record["ocd_id"]) or self._by_number.get(record["legiscan_id"])
        if found is not None:
            return found, []
        surname = family_key(record["family"] or record["name"].split()[-1])
        certain, maybe = set(), set()
        for legislator in self._neighbours(record):
            if legislator.family_key == surname:
                certain.add(legislator.id)
            elif _share_a_word(legislator.name, record["name"]):
                maybe.add(legislator.id)
        if len(certain) == 1:
            return self._by_id[certain.pop()], []
        return None, sorted(certain | maybe | self._namesakes(record))

    def _neighbours(self, record: Record) -> list[Legislator]:
        """Who sat for the same district at the same time, and is not known to this source yet."""
        found = []
        for state, chamber, district, _party, start, end in record["terms"]:
            for term in self._terms.get((state, chamber, district), ()):
                legislator = self._by_id.get(term.legislator_id)
                if (
                    legislator
                    and _overlap(term, start, end)
                    and self._is_new_to(record["source"], legislator)
                ):
                    found.append(legislator)
        return found

    @staticmethod
    def _is_new_to(source: str, legislator: Legislator) -> bool:
        return (legislator.legiscan_id if source == "legiscan" else legislator.ocd_id) is None

    def _namesakes(self, record: Record) -> set[int]:
        """Those of the same state with the same name, whose district or time does not agree."""
        key = fold(record["name"])
        states = {term[0] for term in record["terms"]}
        return {
            each.id
            for each in self.all
            if each.state in states and fold(each.name) == key and self._is_new_to(record["source"], each)
        }


def _overlap(term: Term, start: str | None, end: str | None) -> bool:
    begins, ends = (term.starts_on or date.min).isoformat(), (term.ends_on or date.max).isoformat()
    return begins <= (end or "9999") and (start or "0000") <= ends


def _share_a_word(one: str, other: str) -> bool:
    """A part of a double surname, say; initials do not count."""
    words = [
        {word for word in fold(name).replace("-", " ").split()[1:] if len(word) > 2} for name in (one, other)
    ]
    return bool(words[0] & words[1])


def write(kind: str, lines: Sequence[Line], settings: Settings, change: Change) -> None:
    """Write what was planned."""
    if kind == "committee":
        _write_committees(lines)
        return
    known = Known([line.record for line in lines])
    for line in lines:
        found, candidates = known.match(line.record)
        if found is None and candidates:
            line.record_id = _queue(line.record, candidates).id
        elif found is None:
            line.record_id = create(line.record).id
        else:
            bring_up_to_date(found, line.record)
            line.record_id = found.id
    db.session().flush()


def _queue(record: Record, candidates: Sequence[int]) -> Unmatched:
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
    if not record["email"]:
        return None
    key = person_name_key(record["given"], record["family"], record["name"])
    statement = (
        select(Contact)
        .join(Email, Email.contact_id == Contact.id)
        .outerjoin(Legislator, Legislator.contact_id == Contact.id)
        .where(Contact.kind == "person", Contact.name_key == key, Legislator.id.is_(None))
        .where(Email.address_key == record["email"].lower())
        .limit(1)
    )
    with system("a legislator may be a contact already"):
        return db.session().scalars(statement).first()


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
    source = _SOURCE_NAMES.get(record["source"], "")
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


def bring_up_to_date(legislator: Legislator, record: Record) -> None:
    """What the source says now. What staff wrote stays; a source that knows less only adds its number."""
    if record["source"] == "legiscan":
        legislator.legiscan_id = record["legiscan_id"]
    else:
        legislator.ocd_id = record["ocd_id"]
    legislator.seen_at = db.now()
    first = legislator.hash == ""
    if not first and legislator.source == "openstates" and record["source"] == "legiscan":
        _add_terms(legislator, record)
        return
    if _better(record, legislator):
        legislator.source = record["source"]
    legislator.hash = hash_of(record)
    legislator.links = record["links"] or legislator.links
    _add_terms(legislator, record)
    _take_newest_term(legislator)
    if record["offices"] is not None:
        _write_offices(legislator, record["offices"], record["source"])
    db.session().flush()


def _terms(legislator: Legislator) -> list[Term]:
    with system("the terms of one legislator"):
        return list(db.session().scalars(select(Term).where(Term.legislator_id == legislator.id)))


def _add_terms(legislator: Legislator, record: Record) -> None:
    """New terms are added, and dates of known ones filled in. A term that another source knows with dates
    that include this one's is the same."""
    present = _terms(legislator)
    for state, chamber, district, party, start, end in record["terms"]:
        same = next(
            (
                term
                for term in present
                if (term.state, term.chamber, term.district) == (state, chamber, district)
                and _overlap(term, start, end)
            ),
            None,
        )
        days = [date.fromisoformat(each) if each else None for each in (start, end)]
        if same is None:
            same = Term(
                legislator_id=legislator.id, state=state, chamber=chamber, district=district, party=party
            )
            same.starts_on, same.ends_on = days
            same.source = record["source"]
            db.session().add(same)
            present.append(same)
        elif same.source == record["source"] or same.source == "legiscan":
            same.starts_on, same.ends_on, same.party = days[0] or same.starts_on, days[1], party or same.party
            same.source = record["source"]
    db.session().flush()


def _take_newest_term(legislator: Legislator) -> None:
    """Chamber, district and so on are those of the newest term, except what staff has put right."""
    terms = _terms(legislator)
    if not terms:
        return
    newest = max(
        terms, key=lambda term: (term.ends_on is None, term.ends_on or date.max, term.starts_on or date.min)
    )
    for name in ("state", "chamber", "district", "party", "starts_on", "ends_on"):
        if name not in legislator.staff_fields:
            setattr(legislator, name, getattr(newest, name))


def _write_offices(legislator: Legislator, told: Sequence[Sequence[str]], source: str) -> None:
    with system("the offices of one legislator"):
        present = list(db.session().scalars(select(Office).where(Office.legislator_id == legislator.id)))
    ours = {office.kind for office in present if office.staff and office.archived_on is None}
    theirs = {(office.kind, office.address): office for office in present if not office.staff}
    for kind, address, voice, fax in told:
        office = theirs.pop((kind, address), None)
        if office is None:
            office = Office(legislator_id=legislator.id, kind=kind, address=address, source=source)
            db.session().add(office)
        office.voice, office.fax = voice or office.voice or "", fax or office.fax or ""
        # Where staff keeps an office of this kind, the source's stands in the archive from the start.
        office.archived_on = (office.archived_on or db.now().date()) if kind in ours else None
    for office in theirs.values():
        office.archived_on = office.archived_on or db.now().date()


# Committees.


def _plan_committees(lines: Sequence[Line]) -> None:
    known = _known_committees([line.record for line in lines])
    for line in lines:
        found = _committee_of(line.record, known)
        if found is None:
            line.action = "create"
        else:
            line.record_id = found.id
            line.action = "unchanged" if found.hash == digest(line.record) else "update"
            line.changes = [["members", "", line.record["name"]]] if line.action == "update" else []


def _known_committees(records: Sequence[Record]) -> list[Committee]:
    states = {record["state"] for record in records}
    with system("matching committees of an import"):
        return list(db.session().scalars(select(Committee).where(Committee.state.in_(states))))


def _committee_of(record: Record, known: Sequence[Committee]) -> Committee | None:
    for each in known:
        if record["ocd_id"] and each.ocd_id == record["ocd_id"]:
            return each
    key = (record["state"], record["chamber"], fold(record["name"]))
    return next((each for each in known if (each.state, each.chamber, each.name_key) == key), None)


def _write_committees(lines: Sequence[Line]) -> None:
    known = _known_committees([line.record for line in lines])
    references = {member[2] for line in lines for member in line.record["members"] if member[2]}
    people = legislators_by_reference(references)
    for line in lines:
        record = line.record
        found = _committee_of(record, known)
        if found is None:
            found = Committee(state=record["state"], chamber=record["chamber"], name="", name_key="")
            db.session().add(found)
            known.append(found)
        for name in ("name", "kind", "parent", "meets", "url"):
            setattr(found, name, record[name])
        found.name_key, found.ocd_id, found.hash = fold(record["name"]), record["ocd_id"], digest(record)
        db.session().flush()
        line.record_id = found.id
        _write_members(found, record["members"], people)
    db.session().flush()


def _write_members(committee: Committee, members: Sequence[Sequence[str]], people: Mapping[str, int]) -> None:
    with system("the members of one committee"):
        rows = db.session().scalars(select(Seat).where(Seat.committee_id == committee.id))
        present = {row.reference or row.name: row for row in rows}
    for name, role, reference in members:
        seat = present.pop(reference or name, None)
        if seat is None:
            seat = Seat(committee_id=committee.id, name=name, reference=reference)
            db.session().add(seat)
        seat.name, seat.role, seat.ended_on = name, role, None
        seat.legislator_id = people.get(reference) or seat.legislator_id
    for seat in present.values():
        seat.ended_on = seat.ended_on or db.now().date()


# Who a reference means.


def legislators_by_reference(references: set[str]) -> dict[str, int]:
    """The ids of legislators by `ls:…` and `ocd-person/…`."""
    numbers = [int(each[3:]) for each in references if each.startswith("ls:") and each[3:].isdecimal()]
    ocd = [each for each in references if each.startswith("ocd-person/")]
    found: dict[str, int] = {}
    with system("who put their name to bills"):
        for some in db.chunks(numbers):
            rows = select(Legislator.legiscan_id, Legislator.id).where(db.among(Legislator.legiscan_id, some))
            found.update({f"ls:{row[0]}": row[1] for row in db.session().execute(rows)})
        for start in range(0, len(ocd), 500):
            more = select(Legislator.ocd_id, Legislator.id).where(
                Legislator.ocd_id.in_(ocd[start : start + 500])
            )
            found.update({str(row[0]): row[1] for row in db.session().execute(more)})
    return found


def settle(waiting: Unmatched, legislator: Legislator | None, change: Change) -> Legislator:
    """Somebody said who a queued name is: that legislator, or (None) somebody new. Their sponsorships and
    votes follow."""
    record = dict(waiting.record)
    if legislator is None:
        legislator = create(record)
    else:
        bring_up_to_date(legislator, record)
    waiting.status = "done"
    db.session().flush()
    for model in (Sponsor, Ballot, Seat):
        table = db.table(model)
        with system("what was done under a name that is known now"):
            rows = select(table.c.id).where(
                table.c.reference == waiting.reference, table.c.legislator_id.is_(None)
            )
            ids = db.session().execute(rows).scalars().all()
        for some in db.chunks(ids):
            update_rows(change, model, some, {"legislator_id": legislator.id})
    return legislator
