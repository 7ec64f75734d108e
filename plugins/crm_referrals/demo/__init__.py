"""A made-up directory and referrals for the demo. Nobody in it is real."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from crm.plugin_api import Actor, DemoAccount, day_here, db, system
from crm_referrals import words
from crm_referrals.demo import agencies
from crm_referrals.demo.stories import CLOSED, STORIES, Story
from crm_referrals.models import Agency, Consent, Disclosure, Event, Message, Need, Referral, Service, Unmet
from crm_referrals.services import consenting, disclosing, needs, portal, signers, stepping
from crm_schools.public import District, Guardian, Student


def load(actor: Actor) -> list[DemoAccount]:
    """Agencies with their services, a dozen needs at every stage, and needs that nobody met; the same each
    time. Who works for the first agency may be signed in as."""
    with db.transaction(actor, "demo.load", "The directory of services of the demo"):
        services = agencies.write(actor)
    students = _students()
    if students:
        with (
            db.transaction(actor, "demo.load", "Needs and referrals of the demo"),
            system("the demo writes what people are said to have done"),
        ):
            for story, student_id in zip(STORIES, students, strict=False):
                _tell(story, db.session().get_one(Student, student_id), services, actor)
            _unmet()
    with db.transaction(actor, "demo.load", "Agencies of the demo hear of referrals by mail"):
        db.session().execute(update(Agency).values(notice="at_once"))
        first = (
            select(Agency.name, Agency.contact_id).where(Agency.contact_id.is_not(None)).order_by(Agency.id)
        )
        name, organization_id = db.session().execute(first.limit(1)).one()
    seen = f"works for {name}: what schools refer to it, and its services"
    return [
        DemoAccount("leo", "Leo Marsh", "agency", organization_id, seen),
        *_coordinator(),
    ]


def _coordinator() -> list[DemoAccount]:
    """Those who see to it that referrals get an answer: of the first district, and everywhere."""
    with system("the demo finds its first district"):
        first = db.session().execute(select(District.name, District.contact_id).order_by(District.id)).first()
    everywhere = DemoAccount(
        "greta", "Greta Lindholm", "coordinator", None, "keeps the directory, and where referrals go"
    )
    if first is None or first[1] is None:
        return [everywhere]
    does = f"sees to it that every referral of {first[0]} gets an answer"
    return [DemoAccount("nora", "Nora Ellis", "coordinator", first[1], does), everywhere]


def _students() -> list[int]:
    """Students with somebody who cares for them, from all grades of the first district."""
    with system("the demo chooses students"):
        statement = (
            select(Student.id)
            .join(Guardian, Guardian.student_id == Student.id)
            .where(Student.birth_date.is_not(None))
            .distinct()
            .order_by(Student.id)
        )
        found = db.session().scalars(statement.limit(600)).all()
    stride = max(1, len(found) // (len(STORIES) + 1))
    return list(found[3::stride])


def _tell(story: Story, student: Student, services: dict[str, int], actor: Actor) -> None:
    """Write one story, then put its days where they belong."""
    values = {
        "category": story.category,
        "cause": "barriers",
        "urgency": story.urgency,
        "language": story.language,
        "contact_preference": "Text first, then call after five",
        "zip_code": "00010",
        "note": story.note,
    }
    need = needs.open_need(student, values, actor)
    service = db.session().get_one(Service, services[story.service])
    needs.offer(need, [], service.id)
    referral = needs.draft(need, service, actor)
    if story.steps and story.steps[0][0] == "send":
        _consent(need, service.agency_id, actor)
    elif story.steps:
        _consent(need, service.agency_id, actor, method="link")
    for step, said in story.steps:
        _take(referral, step, said, actor)
    _put_back(referral, need, story)
    if story.ends[0]:
        stepping.acknowledge(referral, stepping.By.school(actor))
        needs.close(need, *story.ends)


def _consent(need: Need, agency_id: int, actor: Actor, method: str = "paper") -> None:
    guardian = disclosing.guardian_of(need.student_id)
    values = {
        "method": method,
        "purpose": str(words.PURPOSE),
        "disclosed": [*words.MINIMUM, "guardian", "phone", "grade", "note", "attendance"],
        "expires_on": day_here() + timedelta(days=300),
        "signed_on": day_here(),
        "signer_name": guardian.name if guardian else "A parent",
        "signer_relation": "parent",
        "contact_id": guardian.id if guardian else None,
    }
    with system("how old a student of the demo is"):
        born = db.session().get_one(Student, need.student_id).birth_date
    if (signers.age_on(born, day_here()) or 0) >= signers.ADULT:
        values["signer_relation"] = "student"
    consenting.write(need, [agency_id], values, actor.label)


def _take(referral: Referral, step: str, said: dict[str, Any], actor: Actor) -> None:
    today = day_here()
    days = {date.max: today + timedelta(days=3), date.min: today}
    values = {
        name: days.get(value, value) if isinstance(value, date) else value for name, value in said.items()
    }
    if step == "send":
        needs.send(referral, actor)
    elif step == "ask_consent":
        stepping.take(referral, step, stepping.By.school(actor), {})
    else:
        agency = db.session().get_one(Agency, referral.agency_id)
        desk = portal.Desk(frozenset({agency.id}), agency.name)
        portal.move(desk, referral, step, values, None)


_MOMENTS = {"send": "sent_at", "open": "opened_at", "accept": "accepted_at"}


def _put_back(referral: Referral, need: Need, story: Story) -> None:
    """What was written just now happened on earlier days, one a day and a little after another."""
    began = db.now() - timedelta(days=story.days_ago)
    need.created_at = referral.created_at = began - timedelta(hours=5)
    last = began
    rows = (
        db.session().scalars(select(Event).where(Event.referral_id == referral.id).order_by(Event.id)).all()
    )
    for number, event in enumerate(rows):
        last = event.at = min(began + timedelta(hours=26 * number), db.now() - timedelta(minutes=20))
        if event.step in _MOMENTS:
            setattr(referral, _MOMENTS[event.step], last)
        if event.step in {"accept", "decline", "waitlist"}:
            referral.answered_at = last
        if event.step == "start":
            referral.started_on = last.date()
    if referral.ended_at is not None:
        referral.ended_at = last
    if referral.state != "info_needed":
        referral.due_at = stepping.due_after(referral, last)
    db.session().execute(update(Message).where(Message.referral_id == referral.id).values(at=last))
    if referral.sent_at is not None:
        changed = update(Disclosure).where(Disclosure.referral_id == referral.id)
        db.session().execute(changed.values(at=referral.sent_at))
        signed = update(Consent).where(Consent.need_id == need.id)
        db.session().execute(signed.values(signed_on=began.date() - timedelta(days=1)))
    db.session().flush()


def _unmet() -> None:
    month = day_here().replace(day=1)
    names = db.session().scalars(select(District.name).order_by(District.id)).all()
    for kind, reason, count, zip3 in CLOSED:
        for number in range(count):
            db.session().add(
                Unmet(
                    category=kind,
                    district=names[number % len(names)],
                    zip3=zip3,
                    reason=reason,
                    attempts=1 + number % 3,
                    closed_on=(month - timedelta(days=30 * (number % 6))).replace(day=1),
                )
            )
    db.session().flush()
