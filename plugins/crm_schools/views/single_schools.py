"""What a student missed at each of several schools, as the pages of that school alone count it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools import settings
from crm_schools.models import Rating, School
from crm_schools.settings import Held, Rule
from crm_schools.views.known import Known


@dataclass(frozen=True)
class OfSchool:
    """The rating at one school with the school's name, and the rules of its own by which its days count."""

    rating: Rating
    school: str
    rules: list[tuple[Rule, Held]]


def of_schools(about: Known) -> list[OfSchool]:
    """For each of several schools of the year, in order of the name; nothing for whoever went to one."""
    statement = (
        select(Rating, School.name)
        .join(School, School.id == Rating.school_id)
        .where(
            Rating.student_id == about.student.id,
            Rating.school_year == about.school_year,
            Rating.part == "school",
        )
        .order_by(School.name, Rating.id)
    )
    with system("of a student who was loaded for this reader"):
        rows = db.session().execute(statement).all()
    of_district = settings.listed(about.district, about.school_year)
    general = dict[str, Held]((rule.name, held) for rule, held in of_district)
    return [OfSchool(rating, school, _own(about, rating.school_id, general)) for rating, school in rows]


def _own(about: Known, school_id: int, general: dict[str, Held]) -> list[tuple[Rule, Held]]:
    """The rules of a school that say something else than those of its district."""
    listed = settings.listed(about.district, about.school_year, school_id)
    return [(rule, held) for rule, held in listed if held.value != general[rule.name].value]


def rules_of(about: Known, rating: Rating) -> Sequence[tuple[Rule, Held]]:
    """The rules by which the sum of a student counts: of the district for the days of several schools
    together, else those of the school."""
    school_id = None if rating.part == "district" else rating.school_id
    return settings.listed(about.district, about.school_year, school_id)
