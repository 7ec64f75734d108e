"""What the pages of the school's side have in common."""

from collections.abc import Iterable

from flask import abort
from sqlalchemy import select

from crm.plugin_api import current_actor, db, system
from crm_referrals.models import Agency, Referral
from crm_referrals.permissions import REFER
from crm_referrals.services import directory
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


def agency_names(referrals: list[Referral]) -> dict[int, str]:
    ids = sorted({each.agency_id for each in referrals})
    return directory.pairs(select(Agency.id, Agency.name).where(db.among(Agency.id, ids)))
