"""What the pages of the school's side have in common."""

from collections.abc import Iterable

from flask import abort
from sqlalchemy import or_, select

from crm.plugin_api import current_actor, db, system
from crm_referrals import words
from crm_referrals.models import Agency, Need, Referral, Service
from crm_referrals.permissions import REFER
from crm_referrals.services import finding
from crm_schools.public import Student, looked, student_for, students_in


def student_or_404(student_id: int) -> Student:
    """The student, for whoever may see them by the rules of schools."""
    student = student_for(current_actor(), student_id)
    if student is None:
        abort(404)
    return student


def seen(student_ids: Iterable[int]) -> None:
    """Write down that the reader sees these students now. What was loaded before has to be loaded again."""
    with db.transaction(current_actor(), "referrals.look"):
        looked(current_actor(), student_ids, "referral")


def may_refer(student_id: int) -> bool:
    """Whether the reader refers this very student: one may see more students than one refers."""
    scopes = current_actor().scopes(REFER)
    if scopes.everything:
        return True
    statement = students_in(scopes).where(Student.id == student_id)
    with system("whether the reader refers a student"):
        return db.session().execute(statement).first() is not None


def name_of(student_id: int) -> str:
    """The name of a student whose need or referral was loaded for this reader."""
    with system("the student of a need that was loaded for this reader"):
        return db.session().get_one(Student, student_id).name


def private_among(referrals: Iterable[Referral]) -> frozenset[int]:
    """The ids of those of which nobody needs to read in passing where the student was sent: the kind of need,
    the service or the agency is a private matter."""
    statement = (
        select(Referral.id)
        .join(Need, Need.id == Referral.need_id)
        .join(Agency, Agency.id == Referral.agency_id)
        .join(Service, Service.id == Referral.service_id)
        .where(
            db.among(Referral.id, [each.id for each in referrals]),
            or_(Need.category.in_(sorted(words.SENSITIVE)), Agency.acknowledges_only, Service.is_sensitive),
        )
    )
    with system("which referrals that were listed for this reader are private"):
        return frozenset(db.session().scalars(statement))


def agency_names(referrals: list[Referral]) -> dict[int, str]:
    ids = sorted({each.agency_id for each in referrals})
    return finding.pairs(select(Agency.id, Agency.name).where(db.among(Agency.id, ids)))
