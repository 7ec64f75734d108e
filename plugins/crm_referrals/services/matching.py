"""Which services could meet a need: first what rules one out, then an order, each with its reasons in
words.

There is no score. Reasons and unknowns are shown, a person chooses, equal ones stand by name.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from crm.plugin_api import db, ngettext, system
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.models import Agency, Need, Referral, Service, ServiceTerm
from crm_referrals.services import disclosing, finding, nearness, performance, signers
from crm_schools.public import District, School, Student

AT_LEAST = 3
UNKNOWN_MILES = 9999
_FULLNESS = ("open", "waitlist", "unknown", "none")


@dataclass
class Match:
    """One service with what speaks for it, what nobody knows, and what speaks against it."""

    found: finding.Found
    good: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    fits: bool = True

    def as_row(self) -> dict[str, Any]:
        return {
            "service": self.found.service.id,
            "good": self.good,
            "unknown": self.unknown,
            "against": self.against,
        }


@dataclass(frozen=True)
class _Child:
    """What is known of a student whom services fit or do not."""

    ages: tuple[int, int] | None
    district: str


def ages_of(student: Student, today: date) -> tuple[int, int] | None:
    """The student's age, or the ages of their grade; None when neither is known."""
    age = signers.age_on(student.birth_date, today)
    return (age, age) if age is not None else words.GRADE_AGES.get(student.grade.upper().lstrip("0"))


def matches(need: Need, today: date) -> list[Match]:
    """Those that fit, best first; when fewer than three do, the next ones with what speaks against them."""
    with system("the student of a need that was loaded for this reader"):
        student = db.session().get_one(Student, need.student_id)
        declined = select(Referral.service_id).where(
            Referral.student_id == need.student_id,
            Referral.state.in_(("declined", "failed", "forwarded")),
        )
        tried = set(db.session().scalars(declined))
    statement = (
        select(Service, Agency)
        .join(Agency, Agency.id == Service.agency_id)
        .join(ServiceTerm, ServiceTerm.service_id == Service.id)
        .where(ServiceTerm.term == need.category, Service.status == "active", Agency.closed_on.is_(None))
        .order_by(Service.sort_name, Service.id)
    )
    rows = [(row[0], row[1]) for row in db.session().execute(statement)]
    quick = performance.average_days(agency.id for _service, agency in rows)
    origin = nearness.center_of(need.zip_code or _zip_of_school(student))
    child = _Child(ages_of(student, today), _district_of(student))
    found = [_judge(each, need, child, tried, quick, today) for each in finding.decorate(rows, origin)]
    found.sort(key=lambda each: _order(each, need, quick, today))
    fitting = [each for each in found if each.fits]
    others = [each for each in found if not each.fits and each.found.service.id not in tried]
    return fitting + others[: max(0, AT_LEAST - len(fitting))]


def _zip_of_school(student: Student) -> str:
    """Where the student's school is; from there one looks when nobody knows where the family lives."""
    if student.school_id is None:
        return ""
    with system("where the school of a student is"):
        school = db.session().get(School, student.school_id)
    return disclosing.zip_of(school.contact_id) if school is not None and school.contact_id else ""


def _district_of(student: Student) -> str:
    with system("the district of a student of a need that was loaded for this reader"):
        return db.session().get_one(District, student.district_id).name


def _order(match: Match, need: Need, quick: dict[int, float], today: date) -> tuple[Any, ...]:
    service = match.found.service
    return (
        not match.fits,
        _FULLNESS.index(match.found.capacity),
        f",{need.language}," not in service.language_codes,
        bool(match.unknown) and not service.area_codes,
        UNKNOWN_MILES if match.found.far is None and not service.is_virtual else round(match.found.far or 0),
        not service.is_free,
        quick.get(match.found.agency.id, 99.0),
        not finding.is_assured(service, today),
        service.sort_name,
        service.id,
    )


def _judge(
    found: finding.Found,
    need: Need,
    child: _Child,
    tried: set[int],
    quick: dict[int, float],
    today: date,
) -> Match:
    match = Match(found)
    service = found.service
    _judge_age(match, child.ages)
    _judge_area(match, need, child.district)
    if service.id in tried:
        match.fits = False
        match.against.append(_("It has already not worked out for this student"))
    said = str(words.CAPACITIES[found.capacity])
    (
        match.unknown
        if found.capacity == "unknown"
        else match.good
        if found.capacity == "open"
        else match.against
    ).append(_("How full: %(state)s", state=said))
    language = words.language_name(need.language)
    if f",{need.language}," in service.language_codes:
        match.good.append(_("Speaks %(language)s", language=language))
    elif not service.language_codes:
        match.unknown.append(_("Nobody said which languages it speaks"))
    else:
        match.against.append(_("Does not say that it speaks %(language)s", language=language))
    if service.is_free:
        match.good.append(_("Costs nothing"))
    _say_distance(match)
    _say_speed(match, quick.get(found.agency.id))
    if finding.is_assured(service, today):
        match.good.append(_("Checked within the last year"))
    else:
        match.unknown.append(_("Nobody has checked this within the last year"))
    return match


def _say_speed(match: Match, days: float | None) -> None:
    """An agency that takes longer than it promises is not praised for it."""
    if days is None:
        return
    told = round(days, 1)
    if days <= match.found.agency.respond_days:
        match.good.append(_("Answers within %(days)s business days on average", days=told))
    else:
        match.against.append(_("Takes %(days)s business days to answer on average", days=told))


def _say_distance(match: Match) -> None:
    if match.found.far is not None:
        far = max(1, round(match.found.far))
        match.good.append(ngettext("About %(num)s mile away", "About %(num)s miles away", far))
    elif not match.found.service.is_virtual:
        match.unknown.append(_("How far away it is"))


def _judge_age(match: Match, ages: tuple[int, int] | None) -> None:
    low, high = match.found.service.minimum_age, match.found.service.maximum_age
    if low is None and high is None:
        match.unknown.append(_("No age is named"))
    elif ages is None:
        match.unknown.append(_("The student’s age is not known"))
    elif (low is not None and ages[1] < low) or (high is not None and ages[0] > high):
        match.fits = False
        match.against.append(_("Not for the student’s age"))
    else:
        match.good.append(_("For the student’s age"))


def _judge_area(match: Match, need: Need, district: str) -> None:
    """By ZIP code, or by the student's district where it is named; who is in a county nobody knows here."""
    service = match.found.service
    areas = [each for each in service.area_codes.split(",") if each]
    if service.is_virtual:
        match.good.append(_("By phone or online, wherever one lives"))
    elif not areas:
        match.unknown.append(_("Check where one has to live"))
    elif district and finding.fold(district) in {finding.fold(each) for each in areas}:
        match.good.append(_("Serves %(zip)s", zip=district))
    elif not need.zip_code:
        match.unknown.append(_("The family’s ZIP code is not known"))
    elif f",{need.zip_code}," in service.area_codes:
        match.good.append(_("Serves %(zip)s", zip=need.zip_code))
    elif wider := [each for each in areas if not each.isdigit()]:
        match.unknown.append(_("Serves %(areas)s; check where the family lives", areas=", ".join(wider[:4])))
    else:
        match.fits = False
        match.against.append(_("Does not serve %(zip)s", zip=need.zip_code))
