"""Writing to a family: what keeps a letter from being written, to whom it goes, in which language, and what
it says. For one student as for many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import force_locale, format_date
from sqlalchemy import select

from crm.plugin_api import UserError, current_actor, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import today
from crm_schools.acting import forms, letters
from crm_schools.acting.words import STAGES
from crm_schools.keeping.languages import is_rtl, language_of
from crm_schools.models import Letter, Plan, Rating, Year
from crm_schools.views.known import Carer, Known, guardians_of_each
from crm_schools.words import year_words


def check_days(rating: Rating | None, *, is_over: bool) -> None:
    """UserError where the days that a letter would tell are of a year that is over, though it says “this
    year”, or where there are none."""
    if rating is None:
        return
    if is_over:
        raise UserError(
            _(
                "The days known of this student are of %(year)s, and the letter would tell the family of "
                "them as of this year. Write it once attendance of this year has come.",
                year=year_words(rating.school_year),
            )
        )
    if not rating.absent:
        raise UserError(_("This student has missed no day this year, so there is nothing to write about."))


def is_over(district_id: int, school_year: int) -> bool:
    """Whether the next school year of a district has begun."""
    newer = select(Year.id).where(
        Year.district_id == district_id, Year.school_year > school_year, Year.begins_on <= today()
    )
    with system("whether the next school year of a student who was loaded has begun"):
        return db.session().execute(newer.limit(1)).first() is not None


def spoken(carer: Carer) -> str:
    """The code of the language that somebody reads, empty where nobody said."""
    return language_of(carer.language).split("-")[0]


def first_of(carers: Sequence[Carer]) -> Carer | None:
    """Whom one writes to, of those who may be contacted."""
    return next((each for each in carers if not each.guardian.contact_prohibited), None)


def language_for(carer: Carer | None, among: Collection[str]) -> str:
    """The language that somebody reads, if there is paper in it; else English."""
    language = spoken(carer) if carer else ""
    return language if language in among else "en"


def letters_of_each(abouts: Sequence[Known]) -> dict[int, list[Letter]]:
    """The letters to the families of these students, each in the year that is known of the student."""
    years = {about.student.id: about.school_year for about in abouts}
    statement = visible(Letter, current_actor()).where(db.among(Letter.student_id, list(years)))
    found: dict[int, list[Letter]] = {student_id: [] for student_id in years}
    for letter in db.session().scalars(statement.order_by(Letter.id)):
        if letter.school_year == years[letter.student_id]:
            found[letter.student_id].append(letter)
    return found


def draft(
    about: Known, form: forms.LetterForm, carer: Carer | None, language: str, wording: tuple[str, str]
) -> Letter:
    """A letter with its text as it stands today, not in the database yet."""
    facts = _facts(about, form, carer, language)
    return Letter(
        student_id=about.student.id,
        school_year=about.school_year,
        stage=form.stage.data,
        language=language,
        title=facts.fill(wording[0]),
        text=facts.fill(wording[1]),
        guardian_id=carer.guardian.id if carer else None,
        user_id=current_actor().user_id,
        made_on=today(),
    )


def _facts(about: Known, form: forms.LetterForm, carer: Carer | None, language: str) -> letters.Facts:
    rating, student = about.rating, about.student
    return letters.Facts(
        student=student.preferred_name or student.given_name,
        family=carer.name if carer else letters.family_of(student.name, language),
        school=about.school.name if about.school else about.district.name,
        days=halves(rating.absent) if rating else "",
        enrolled=halves(rating.enrolled) if rating else "",
        person=form.person.data or "",
        phone=form.phone.data or "",
        date=form.date.data or "",
        place=form.place.data or "",
    )


def halves(number: int) -> str:
    """Half days as people read days: 8, 8½."""
    return f"{number // 2 or ('' if number % 2 else 0)}{'½' if number % 2 else ''}"


@dataclass(frozen=True)
class Paper:
    """A letter as it goes on paper."""

    letter: Letter
    about: Known
    dated: str
    is_rtl: bool
    plan: Plan | None

    @property
    def stage(self) -> str:
        return str(STAGES[self.letter.stage])


def papers_of(found: Sequence[Letter], known: Mapping[int, Known]) -> list[Paper]:
    """Letters to families of students who were loaded, with the plans that are enclosed."""
    enclosed = {letter.student_id for letter in found if letter.stage == "plan"}
    statement = visible(Plan, current_actor()).where(
        db.among(Plan.student_id, sorted(enclosed)), Plan.status == "open"
    )
    plans = {plan.student_id: plan for plan in db.session().scalars(statement.order_by(Plan.id))}
    return [
        Paper(
            letter,
            known[letter.student_id],
            _dated(letter),
            is_rtl(letter.language),
            plans.get(letter.student_id) if letter.stage == "plan" else None,
        )
        for letter in found
    ]


def _dated(letter: Letter) -> str:
    with force_locale(letter.language):
        return str(format_date(letter.made_on, "long"))


def barred(found: Sequence[Letter]) -> set[int]:
    """The ids of letters to somebody who must not be contacted, or who was taken off the student, maybe since
    they were written."""
    carers = guardians_of_each({letter.student_id for letter in found})
    return {
        letter.id
        for letter in found
        if letter.guardian_id is not None
        and not any(
            each.guardian.id == letter.guardian_id and not each.guardian.contact_prohibited
            for each in carers[letter.student_id]
        )
    }
