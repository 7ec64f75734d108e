"""Positions of members, whip sheets, constituents, lobbying hours: computed from what is stored, each with
where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select

from crm.plugin_api import Actor, Contact, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.words import clean_note, day, day_here, fold, squash
from crm_policy.importing.districts import is_known
from crm_policy.models import (
    Ballot,
    Bill,
    Committee,
    Constituency,
    Hearing,
    Legislator,
    Lobbying,
    Mark,
    Office,
    Relation,
    Seat,
    Signature,
    Sponsor,
    Stance,
    Term,
    Testimony,
    Unmatched,
    Vote,
)
from crm_policy.services.bills import companions
from crm_policy.words import CHAMBERS, OPTIONS, ROLES
from crm_policy.writing import delete_rows, update_rows

# The position board.


def board(bill: Bill, actor: Actor) -> list[tuple[Any, Stance | None]]:
    """Every organization and person that is a member of a coalition, with its stance; who is silent comes
    last."""
    members = (
        visible(Contact, actor)
        .where(Contact.id.in_(_members()))
        .order_by(Contact.sort_name, Contact.id)
        .limit(1000)
        .with_only_columns(Contact.id, Contact.name, Contact.kind)
    )
    stances = {
        each.contact_id: each
        for each in db.session().scalars(visible(Stance, actor).where(Stance.bill_id == bill.id))
    }
    rows = [(row, stances.pop(row.id, None)) for row in db.session().execute(members)]
    if stances:
        more = visible(Contact, actor).where(db.among(Contact.id, list(stances)))
        others = db.session().execute(more.with_only_columns(Contact.id, Contact.name, Contact.kind))
        rows += [(row, stances[row.id]) for row in others]
    return sorted(rows, key=lambda row: (row[1] is None or not row[1].stance, fold(row[0].name)))


def _members() -> Any:
    today = day_here()
    running = or_(Membership.end_date.is_(None), Membership.end_date > today)
    return (
        select(Membership.contact_id)
        .join(Coalition, Coalition.id == Membership.coalition_id)
        .where(Membership.status == "active", running)
    )


def set_stance(bill: Bill, contact_id: int, values: Mapping[str, Any]) -> Stance:
    """What a member says to a bill; companions share it."""
    found: Stance | None = None
    for bill_id in companions(bill):
        with system("one stance of a member for a bill"):
            statement = select(Stance).where(Stance.bill_id == bill_id, Stance.contact_id == contact_id)
            found = db.session().scalars(statement).first()
        if found is None:
            found = Stance(bill_id=bill_id, contact_id=contact_id)
            db.session().add(found)
        found.stance, found.note = values["stance"] or "", squash(values["note"] or "")
        if values["sign_off"] == "asked" and found.sign_off != "asked":
            found.asked_on = day_here()
        if values["sign_off"] in ("signed", "declined") and found.sign_off != values["sign_off"]:
            found.answered_on = day_here()
        found.sign_off = values["sign_off"] or ""
    db.session().flush()
    assert found is not None
    return found


# The whip sheet.


@dataclass(frozen=True)
class Evidence:
    """Why a legislator is where they are on the sheet."""

    lean: int
    words: str
    on: date | None
    url: str = ""


@dataclass
class Line:
    """A legislator on the whip sheet: how they lean, and all that says so, the strongest first."""

    legislator: Any
    lean: int | None
    evidence: list[Evidence]


ORDER: Final = (2, 1, 0, -1, -2, None)


def whip_sheet(bill: Bill, actor: Actor, chamber: str = "") -> list[Line]:
    """All who sit in the bill's state, from votes, sponsorships and meetings on the bill and its
    companions and earlier versions, and from what staff noted. What staff noted wins, then the newest
    meeting, then a vote."""
    members = _sitting(bill.state, chamber, actor)
    ids = _kin(bill)
    found: dict[int, list[Evidence]] = {}
    for legislator_id, evidence in (
        *_noted(ids, actor),
        *_met(ids, actor, members),
        *_voted(ids, actor),
        *_sponsored(ids, actor),
    ):
        found.setdefault(legislator_id, []).append(evidence)
    lines = [
        Line(each, found[each.id][0].lean if each.id in found else None, found.get(each.id, []))
        for each in members
    ]
    return sorted(lines, key=lambda line: (ORDER.index(line.lean), line.legislator.sort_name))


def _sitting(state: str, chamber: str, actor: Actor) -> Sequence[Any]:
    today = day_here()
    statement = visible(Legislator, actor).where(
        Legislator.state == state, or_(Legislator.ends_on.is_(None), Legislator.ends_on >= today)
    )
    if chamber:
        statement = statement.where(Legislator.chamber == chamber)
    return db.session().scalars(statement.order_by(Legislator.sort_name).limit(1000)).all()


def _kin(bill: Bill) -> list[int]:
    """The bill, its companions, and the same bill of earlier sessions."""
    ids = set(companions(bill))
    with system("what a bill was before"):
        rows = select(Relation.related_bill_id).where(
            Relation.bill_id.in_(ids),
            Relation.related_bill_id.is_not(None),
            Relation.kind.in_(("prior-session", "carry-over")),
        )
        ids.update(db.session().scalars(rows))
    return sorted(ids)


def _noted(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    marks = db.session().scalars(
        visible(Mark, actor).where(Mark.bill_id.in_(ids)).order_by(Mark.noted_on.desc())
    )
    return [(each.legislator_id, Evidence(each.lean, each.said, each.noted_on)) for each in marks]


def _met(ids: Sequence[int], actor: Actor, members: Sequence[Any]) -> list[tuple[int, Evidence]]:
    by_contact = {each.contact_id: each.id for each in members}
    statement = visible(Lobbying, actor).where(Lobbying.bill_id.in_(ids), Lobbying.lean.is_not(None))
    return [
        (
            by_contact[each.contact_id],
            Evidence(each.lean or 0, _("Meeting: %(note)s", note=(each.note or "…")[:80]), each.worked_on),
        )
        for each in db.session().scalars(statement.order_by(Lobbying.worked_on.desc()))
        if each.contact_id in by_contact
    ]


def _voted(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    statement = (
        visible(Ballot, actor)
        .join(Vote, Vote.id == Ballot.vote_id)
        .where(Vote.bill_id.in_(ids), Ballot.legislator_id.is_not(None), Ballot.option.in_(("yes", "no")))
        .order_by(Vote.voted_on.desc(), Vote.id.desc())
        .with_only_columns(Ballot.legislator_id, Ballot.option, Vote.motion, Vote.voted_on)
    )
    return [
        (
            int(row[0] or 0),
            Evidence(2 if row[1] == "yes" else -2, f"{OPTIONS[row[1]]}: {row[2][:80]}", row[3]),
        )
        for row in db.session().execute(statement)
    ]


def _sponsored(ids: Sequence[int], actor: Actor) -> list[tuple[int, Evidence]]:
    statement = (
        visible(Sponsor, actor)
        .join(Bill, Bill.id == Sponsor.bill_id)
        .where(Sponsor.bill_id.in_(ids), Sponsor.legislator_id.is_not(None))
        .with_only_columns(Sponsor.legislator_id, Sponsor.role, Bill.identifier, Bill.introduced_on)
    )
    return [
        (
            int(row[0] or 0),
            Evidence(2 if row[1] == "primary" else 1, f"{ROLES.get(row[1], row[1])}: {row[2]}", row[3]),
        )
        for row in db.session().execute(statement)
    ]


def set_mark(bill: Bill, legislator: Legislator, values: Mapping[str, Any], actor: Actor) -> None:
    if values["lean"] not in (-2, -1, 0, 1, 2):
        raise UserError(_("Choose how they lean."))
    with system("one mark for each legislator and bill"):
        statement = select(Mark).where(Mark.bill_id == bill.id, Mark.legislator_id == legislator.id)
        found = db.session().scalars(statement).first() or Mark(bill_id=bill.id, legislator_id=legislator.id)
    found.lean, found.said = values["lean"], squash(values["said"])
    found.noted_on, found.user_id = day_here(), actor.user_id
    db.session().add(found)
    db.session().flush()


# Constituents: partner → legislative district → legislator → committee seats.


def districts_of(contact: Contact) -> list[Constituency]:
    """Those of an organization, else of what it belongs to."""
    current: Any = contact
    seen: set[int] = set()
    with system("a school lies where its district lies"):
        while current is not None and current.id not in seen:
            seen.add(current.id)
            rows = list(
                db.session().scalars(select(Constituency).where(Constituency.contact_id == current.id))
            )
            if rows:
                return rows
            parent = current.parent_id
            current = db.session().get(Contact, parent) if parent else None
    return []


def represented_by(rows: Sequence[Constituency], actor: Actor) -> list[tuple[Any, str]]:
    """The legislators of some districts, with their committee seats in words."""
    found = []
    today = day_here()
    for row in rows:
        statement = visible(Legislator, actor).where(
            Legislator.state == row.state,
            Legislator.chamber == row.chamber,
            Legislator.district == row.district,
            or_(Legislator.ends_on.is_(None), Legislator.ends_on >= today),
        )
        found += [(each, seats_in_words(each.id, actor)) for each in db.session().scalars(statement)]
    return found


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


def partners_in(legislator: Legislator, actor: Actor) -> list[Any]:
    """Our organizations in a legislator's district, and those that belong to them."""
    places = select(Constituency.contact_id).where(
        Constituency.state == legislator.state,
        Constituency.chamber == legislator.chamber,
        Constituency.district == legislator.district,
    )
    statement = (
        visible(Contact, actor)
        .where(or_(Contact.id.in_(places), Contact.parent_id.in_(places)))
        .order_by(Contact.sort_name)
        .limit(200)
        .with_only_columns(Contact.id, Contact.name, Contact.parent_id)
    )
    return list(db.session().execute(statement))


def set_constituency(contact: Contact, values: Mapping[str, Any]) -> None:
    """The Senate and House district of an organization; an empty one is taken away."""
    with system("the districts of one organization"):
        present = {
            row.chamber: row
            for row in db.session().scalars(select(Constituency).where(Constituency.contact_id == contact.id))
        }
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


# Lobbying.

CENTS: Final = 100
LIMITS: Final = ((500_000, 0.20), (500_000, 0.15), (500_000, 0.10))
"""Section 4911(c)(2) of the Internal Revenue Code: 20 % of the first $500,000 of exempt purpose
expenditures, 15 % of the next, 10 % of the third, 5 % of the rest, at most $1,000,000; a quarter of it may
be grassroots."""


def ceiling(budget_dollars: int) -> int:
    """What may be spent on lobbying in a year, in dollars, under 501(h)."""
    left, found = budget_dollars, 0.0
    for width, share in LIMITS:
        part = min(left, width)
        found, left = found + part * share, left - part
    return min(1_000_000, int(found + left * 0.05))


def tally(year: int, hourly_cents: int, actor: Actor) -> list[dict[str, Any]]:
    """Minutes and money of each class in a year; time counts at the given cost of an hour."""
    statement = (
        visible(Lobbying, actor)
        .where(Lobbying.worked_on >= date(year, 1, 1), Lobbying.worked_on <= date(year, 12, 31))
        .group_by(Lobbying.kind)
        .with_only_columns(
            Lobbying.kind, func.sum(Lobbying.minutes), func.sum(Lobbying.cost_cents), func.count(Lobbying.id)
        )
    )
    rows = {row[0]: row for row in db.session().execute(statement)}
    found = []
    for kind in ("direct", "grassroots", "none"):
        row = rows.get(kind)
        minutes, cost = (int(row[1]), int(row[2])) if row else (0, 0)
        total = cost + minutes * hourly_cents // 60
        found.append(
            {
                "kind": kind,
                "minutes": minutes,
                "cost": cost,
                "total": total,
                "count": int(row[3]) if row else 0,
            }
        )
    return found


def cents(text: str) -> int:
    """`$1,200.50` as cents; UserError for what is no amount."""
    plain = (text or "").replace("$", "").replace(",", "").strip()
    if not plain:
        return 0
    whole, _dot, rest = plain.partition(".")
    if not whole.isdecimal() or (rest and not rest.isdecimal()) or len(whole) > 9:
        raise UserError(_("“%(text)s” is not an amount. Write it like 120 or 120.50.", text=text))
    return int(whole) * CENTS + int((rest + "00")[:2])


def log(entry: Lobbying, values: Mapping[str, Any], actor: Actor) -> None:
    for name in ("worked_on", "form", "kind", "minutes", "contact_id", "lean", "bill_id"):
        setattr(entry, name, values[name])
    entry.cost_cents, entry.note = cents(values["cost"] or ""), clean_note(values["note"] or "")
    entry.user_id = entry.user_id or actor.user_id
    db.session().add(entry)
    db.session().flush()


# Testimony.


def write_testimony(testimony: Testimony, values: Mapping[str, Any], actor: Actor) -> None:
    """Change a text; one that was approved becomes a draft again when its words change."""
    body = clean_note(values["body"] or "")
    if body != testimony.body and testimony.status in ("approved", "review"):
        testimony.status, testimony.approved_by, testimony.approved_at = "draft", "", None
    for name in ("contact_id", "stance", "form", "hearing_id", "due_on"):
        setattr(testimony, name, values[name])
    testimony.title, testimony.body = squash(values["title"]), body
    testimony.author_user_id = testimony.author_user_id or actor.user_id
    testimony.version = (testimony.version or 0) + 1
    db.session().add(testimony)
    db.session().flush()


STEPS: Final = {
    "draft": ("review",),
    "review": ("draft", "approved"),
    "approved": ("given", "draft"),
    "given": (),
}


def move_testimony(testimony: Testimony, to: str, actor: Actor, *, may_approve: bool) -> None:
    if to not in STEPS[testimony.status]:
        raise UserError(_("It stands elsewhere by now. Reload the page."))
    if to == "approved" and not may_approve:
        raise UserError(_("Somebody who may approve testimony has to do this."))
    if to == "approved" and not testimony.body.strip():
        raise UserError(_("There is no text yet to be approved."))
    testimony.status = to
    testimony.approved_by = actor.label if to == "approved" else testimony.approved_by
    testimony.approved_at = db.now() if to == "approved" else testimony.approved_at
    testimony.given_on = day_here() if to == "given" else None
    db.session().flush()


# What belongs to a contact: merging, handing out, erasing.

_NAMED: Final[tuple[Any, ...]] = (Sponsor, Ballot, Seat)
_OWN: Final[tuple[Any, ...]] = (Term, Mark, Office)
_HANGING: Final = (*_NAMED, *_OWN)
ABOUT: Final[tuple[Any, ...]] = (Constituency, Stance, Testimony, Lobbying, Signature)


def move(survivor: Contact, loser: Contact) -> None:
    """Two contacts are one. Where both have the same thing, the survivor's stays."""
    with system("two contacts are one"):
        theirs = db.session().scalars(select(Legislator).where(Legislator.contact_id == loser.id)).first()
        ours = db.session().scalars(select(Legislator).where(Legislator.contact_id == survivor.id)).first()
        if theirs is not None and ours is not None:
            join(ours, theirs)
        elif theirs is not None:
            theirs.contact_id = survivor.id
        for model in ABOUT:
            present = {_same(each) for each in _of(model, survivor.id)}
            for each in _of(model, loser.id):
                if model in (Constituency, Stance) and _same(each) in present:
                    db.session().delete(each)
                else:
                    each.contact_id = survivor.id
        db.session().flush()


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id)))


def _same(row: Any) -> Any:
    if isinstance(row, Stance):
        return row.bill_id
    return (row.state, row.chamber, row.district) if isinstance(row, Constituency) else row.id


def join(ours: Legislator, theirs: Legislator) -> None:
    """Two legislators are one person."""
    marked = set(db.session().scalars(select(Mark.bill_id).where(Mark.legislator_id == ours.id)))
    for model in _HANGING:
        for each in db.session().scalars(select(model).where(model.legislator_id == theirs.id)):
            if model is Mark and each.bill_id in marked:
                db.session().delete(each)
            else:
                each.legislator_id = ours.id
    ocd, number = theirs.ocd_id, theirs.legiscan_id
    db.session().delete(theirs)
    db.session().flush()
    ours.ocd_id, ours.legiscan_id = ours.ocd_id or ocd, ours.legiscan_id or number


def erase(contact: Contact) -> None:
    """Nothing about a contact stays; how somebody voted stays under the name that the record of the
    chamber has."""
    with system("somebody is to be forgotten"):
        for legislator in db.session().scalars(select(Legislator).where(Legislator.contact_id == contact.id)):
            _let_go(legislator)
        for model in ABOUT:
            for each in _of(model, contact.id):
                db.session().delete(each)
        db.session().flush()


def _let_go(legislator: Legislator) -> None:
    for model in _NAMED:
        for each in db.session().scalars(select(model).where(model.legislator_id == legislator.id)):
            each.legislator_id = None
    for model in _OWN:
        for each in db.session().scalars(select(model).where(model.legislator_id == legislator.id)):
            db.session().delete(each)
    db.session().flush()
    db.session().delete(legislator)


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: what is about them goes, by the change set."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with their policy work"):
        people = list(db.session().scalars(select(Legislator.id).where(db.among(Legislator.contact_id, ids))))
        for model in _NAMED:
            rows = list(db.session().scalars(select(model.id).where(db.among(model.legislator_id, people))))
            update_rows(change, model, rows, {"legislator_id": None})
        for model in _OWN:
            delete_rows(
                change,
                model,
                db.session().scalars(select(model.id).where(db.among(model.legislator_id, people))).all(),
            )
        delete_rows(change, Legislator, people)
        for model in ABOUT:
            delete_rows(
                change,
                model,
                db.session().scalars(select(model.id).where(db.among(model.contact_id, ids))).all(),
            )


def held_about(contact: Contact) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Everything that is kept about somebody, in words."""
    found = []
    with system("everything about one contact"):
        for model in (Legislator, *ABOUT):
            rows = [_in_words(each) for each in _of(model, contact.id)]
            if rows:
                found.append((str(model.__journal_label__), rows))
        for legislator in _of(Legislator, contact.id):
            offices = db.session().scalars(select(Office).where(Office.legislator_id == legislator.id))
            found.append((_("Offices"), [_in_words(each) for each in offices]))
    return found


def _in_words(row: Any) -> Mapping[str, Any]:
    return {
        column.name: value
        for column in row.__table__.columns
        if (value := getattr(row, column.name)) not in (None, "", [], {})
    }


def open_names(actor: Actor) -> list[Unmatched]:
    statement = (
        visible(Unmatched, actor).where(Unmatched.status == "open").order_by(Unmatched.state, Unmatched.name)
    )
    return list(db.session().scalars(statement.limit(500)))


def hearing_choices(bill_id: int, actor: Actor) -> list[tuple[int, str]]:
    from crm_policy.models import HearingBill

    statement = (
        visible(Hearing, actor)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .where(HearingBill.bill_id == bill_id)
        .order_by(Hearing.starts_at.desc())
    )
    return [
        (each.id, f"{each.committee_name}, {day(each.starts_at.date())}")
        for each in db.session().scalars(statement)
    ]


def chamber_words(state: str, chamber: str) -> str:
    from crm_policy.places import PLACES

    place = PLACES.get(state)
    if place is None or chamber not in ("upper", "lower"):
        return str(CHAMBERS.get(chamber, chamber))
    return place.upper if chamber == "upper" else place.lower
