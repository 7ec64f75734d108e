"""Coalitions of the made-up state, their members, working groups and what was promised to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.contacts.models import Address, Affiliation, Organization
from crm.demo import words
from crm.demo.accounts import Accounts
from crm.demo.load import AGE, backdate
from crm.demo.rows import Dice
from crm.transfer.cleaning.text import fold

SEED: Final = 20260903
STATE_NAME: Final = "Columbine Attendance Alliance"
GROUPS: Final = (
    ("Data", "One definition of chronic absence, one sheet for every district."),
    ("Policy", "What we ask of the legislature, and who says it."),
    ("Family engagement", "Letters, calls and visits that families welcome."),
)
PROMISES: Final = (
    ("host", "Host the next meeting"),
    ("testify", "Testify at the hearing on attendance data"),
    ("share_data", "Share monthly attendance by school"),
    ("sign_on", "Sign the letter on chronic absence"),
    ("give_space", "Give a room for the family evening"),
    ("fund", "Pay for the bus passes of one semester"),
    ("other", "Print the calendar of school days"),
)
EVIDENCE: Final = ("Minutes of the meeting.", "The signed letter came by mail.", "Forty families came.")


@dataclass(frozen=True)
class Partner:
    """An organization with the people who belong to it."""

    id: int
    city: str
    people: tuple[int, ...]


def load_coalitions(accounts: Accounts) -> None:
    """A national coalition, one of the state and three local ones, with some months of history."""
    dice, today = Dice(SEED), db.now().date()
    with system("the demo forms coalitions"):
        partners = _partners()
        summary = "Coalitions, their members and what they promised"
        with db.transaction(accounts.loader, "demo.coalitions", summary) as change:
            backdate(change, db.now() - AGE + timedelta(days=2))
            owners = [each.user_id for each in accounts.organizers]
            national = _coalition("Every Day Counts Network", "national", "", None, owners[0], today)
            state = _coalition(STATE_NAME, "state", words.STATE, national, owners[0], today)
            _join(state, partners[:34], dice, today, invited=6)
            _join(national, partners[:5], dice, today, invited=1)
            for number, city in enumerate(words.CITIES[:3]):
                local = _coalition(
                    f"{city} Attendance Network", "local", city, state, owners[number % 2], today
                )
                _join(local, [each for each in partners if each.city == city], dice, today, invited=1)
            _groups(state, partners[:24], dice)
            _commitments(state, partners[:34], owners, dice, today)
            db.session().flush()


def _partners() -> list[Partner]:
    organizations = select(Organization.id).order_by(Organization.id).limit(60)
    ids = list(db.session().execute(organizations).scalars())
    cities = select(Address.contact_id, Address.city).where(db.among(Address.contact_id, ids))
    city = {row[0]: row[1] for row in db.session().execute(cities)}
    belongs = (
        select(Affiliation.organization_id, Affiliation.person_id)
        .where(db.among(Affiliation.organization_id, ids), Affiliation.end_date.is_(None))
        .order_by(Affiliation.id)
    )
    people: dict[int, list[int]] = {}
    for organization_id, person_id in db.session().execute(belongs):
        people.setdefault(organization_id, []).append(person_id)
    # Every third is left out, so that health has somebody to miss.
    chosen = [each for number, each in enumerate(ids) if number % 3 != 1]
    return [Partner(each, city.get(each, ""), tuple(people.get(each, ()))) for each in chosen]


def _coalition(
    name: str, level: str, region: str, parent: Coalition | None, owner: int, today: date
) -> Coalition:
    founded = today - timedelta(days={"national": 3400, "state": 1500}.get(level, 700))
    made = Coalition(
        name=name, sort_name=fold(name), level=level, region=region, owner_user_id=owner, founded_on=founded,
        parent_id=parent.id if parent else None,
        description="Schools, families and agencies who want every child in school every day.",
    )  # fmt: skip
    db.session().add(made)
    db.session().flush()
    return made


def _join(
    coalition: Coalition, partners: Sequence[Partner], dice: Dice, today: date, *, invited: int
) -> None:
    for number, partner in enumerate(partners):
        asked = number >= len(partners) - invited
        left = not asked and dice.chance(0.06)
        start = today - timedelta(days=dice.number(100, 640))
        seats = dice.chance(0.8) and not asked and len(partner.people) > 0
        db.session().add(
            Membership(
                coalition_id=coalition.id,
                contact_id=partner.id,
                status=dice.pick(("invited", "prospect")) if asked else "left" if left else "active",
                role="lead" if number == 0 else "steering" if number < 5 else "member",
                start_date=None if asked else start,
                end_date=start + timedelta(days=90) if left else None,
                delegate_id=partner.people[0] if seats else None,
                alternate_id=partner.people[1] if seats and len(partner.people) > 1 else None,
                created_at=db.now() - timedelta(days=dice.number(95, 600)),
            )
        )


def _groups(coalition: Coalition, partners: Sequence[Partner], dice: Dice) -> None:
    people = [person for partner in partners for person in partner.people[:2]]
    for name, purpose in GROUPS:
        group = WorkingGroup(coalition_id=coalition.id, name=name, purpose=purpose)
        db.session().add(group)
        db.session().flush()
        for number, person in enumerate(dict.fromkeys(dice.pick(people) for _time in range(7))):
            db.session().add(GroupMember(group_id=group.id, contact_id=person, is_chair=number == 0))


def _commitments(
    coalition: Coalition, partners: Sequence[Partner], owners: Sequence[int], dice: Dice, today: date
) -> None:
    """Some kept, some still ahead, a few past their date."""
    for number in range(28):
        partner, (kind, title) = partners[number % len(partners)], dice.pick(PROMISES)
        due = today + timedelta(days=dice.number(-150, 70))
        kept = due < today - timedelta(days=12) and dice.chance(0.85)
        pledged = min(due, today) - timedelta(days=dice.number(14, 60))
        db.session().add(
            Commitment(
                contact_id=partner.id,
                delegate_id=partner.people[0] if partner.people else None,
                coalition_id=coalition.id,
                owner_user_id=owners[number % len(owners)],
                kind=kind,
                title=title,
                pledged_on=pledged,
                due_date=due,
                status="kept" if kept else "open",
                kept_on=due + timedelta(days=dice.number(-6, 4)) if kept else None,
                evidence=dice.pick(EVIDENCE) if kept else "",
                created_at=db.now() - timedelta(days=(today - pledged).days),
            )
        )
