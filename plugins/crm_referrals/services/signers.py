"""Who can say yes for a student: by age, by name, by address."""

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from crm.plugin_api import Contact, UserError, day_here, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Email
from crm_referrals import words
from crm_referrals.models import Agency, Need, Referral, Service
from crm_referrals.services import disclosing
from crm_referrals.services.finding import fold
from crm_schools.public import Guardian, Student

ADULT = 18


def age_on(birth_date: date | None, day: date) -> int | None:
    if birth_date is None:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def guardian_named(student_id: int, name: str) -> int | None:
    """The one guardian of a student who is called so; None when there is none, or several."""
    found = [each.id for each in _guardians(student_id) if plain(each.name) == plain(name)]
    return found[0] if len(found) == 1 else None


def plain(name: str) -> str:
    """A name as it is compared: however it is written in capitals, accents and spaces."""
    return fold(name)


def parts_of(name: str) -> set[str]:
    """The single words of a name, as they are compared: a double name with or without its hyphen."""
    return set(re.findall(r"\w+", plain(name)))


def is_own_name(student: Student, name: str) -> bool:
    """Whether a name is the student's: a first name, the one they go by or the one of the law, with the
    family name, a middle name or its letter, and nothing that is not theirs. What is a guardian's name as
    well is theirs only where it is all of it."""
    first = parts_of(f"{student.given_name} {student.preferred_name}")
    family, middle = parts_of(student.family_name), parts_of(student.middle_name)
    rest = middle | {each[0] for each in middle} | parts_of(student.suffix)
    said = parts_of(name)
    if not (said <= first | family | rest and said & (first or family) and said & (family or first)):
        return False
    is_guardians = any(plain(each.name) == plain(name) for each in _guardians(student.id))
    return not is_guardians or parts_of(student.given_name) <= said


def guardian_at(student_id: int, address: str) -> int | None:
    """The one guardian of a student who has this address; None when there is none, or several."""
    ids = [each.id for each in _guardians(student_id)]
    statement = select(Email.contact_id, Email.address).where(db.among(Email.contact_id, ids))
    with system("whose address the link of a consent goes to"):
        rows = db.session().execute(statement).all()
    found = {row[0] for row in rows if address and row[1].casefold() == address.casefold()}
    return found.pop() if len(found) == 1 else None


def handed_to(student_id: int, address: str) -> int | None:
    """Whose the link of a consent is: the guardian's of that address; without one, for the school hands it on
    as a text message, the one's whose number the page offers. An adult student's own is nobody else's."""
    if address:
        return guardian_at(student_id, address)
    guardian = None if is_of_age(student_id) else disclosing.guardian_of(student_id)
    return guardian.id if guardian is not None else None


def _guardians(student_id: int) -> list[Contact]:
    statement = select(Contact).join(Guardian, Guardian.contact_id == Contact.id)
    with system("the guardians of a student whose consent is asked for or answered"):
        return list(db.session().scalars(statement.where(Guardian.student_id == student_id).distinct()))


def refuse_address(student_id: int, address: str) -> None:
    """UserError for the address of somebody who must not be asked: who must not be contacted, and, from 18
    on, whoever cares for the student."""
    disclosing.refuse_prohibited(student_id, address)
    if address and is_of_age(student_id) and disclosing.is_of_guardian(student_id, address):
        raise UserError(
            _(
                "The student is 18 or older, so only they are asked. This is the address of somebody who "
                "cares for them; write the student’s own."
            )
        )


def refuse_relation(age: int | None, relation: str) -> None:
    if age is not None and age >= ADULT and relation != "student":
        raise UserError(_("The student is 18 or older, so only the student can sign."))
    if age is not None and age < ADULT and relation == "student":
        raise UserError(_("The student is not 18 yet, so a parent or guardian has to sign."))


def refuse_name(student: Student, name: str, relation: str) -> None:
    """By a link nobody sees who signs: an adult student signs with their own name, and nobody whom the school
    must not contact signs at all."""
    if relation == "student" and not is_own_name(student, name):
        raise UserError(_("An adult student signs with their own name, as the school knows it."))
    if relation != "student" and disclosing.is_barred_name(student.id, name):
        raise UserError(_("This consent is no longer open. Ask the school for a new one."))


def is_of_age(student_id: int) -> bool:
    """Whether the student is an adult today, so that only they can consent (34 CFR 99.5)."""
    with system("the age of a student who was loaded for this reader"):
        born = db.session().get_one(Student, student_id).birth_date
    return (age_on(born, day_here()) or 0) >= ADULT


def is_private(need_id: int, agency_ids: Sequence[int]) -> bool:
    """Whether the name of an agency alone would tell what must not be told: by the need, by the agency, or
    by the service that was chosen there."""
    with system("whether the need of a link is a private one"):
        need = db.session().get_one(Need, need_id)
        shy = select(Agency.id).where(db.among(Agency.id, agency_ids), Agency.acknowledges_only)
        chosen = (
            select(Service.id)
            .join(Referral, Referral.service_id == Service.id)
            .where(
                Referral.need_id == need_id, db.among(Referral.agency_id, agency_ids), Service.is_sensitive
            )
        )
        return (
            need.category in words.SENSITIVE
            or db.session().execute(shy).first() is not None
            or db.session().execute(chosen).first() is not None
        )
