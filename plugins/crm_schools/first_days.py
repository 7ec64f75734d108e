"""The first days of a school year: attendance came, and nobody has been enrolled long enough to be rated."""

from crm.plugin_api import gettext as _
from crm_schools import figures, settings
from crm_schools.figures import Place


def is_now(place: Place) -> bool:
    """Whether that holds for the whole district. It is about the day and not about anybody, so every reader
    may know."""
    year = figures.year_row(place)
    return year is not None and year.through_on is not None and figures.has_nobody_rated(place)


def words_of(place: Place) -> str:
    """That it takes some days more, in a sentence."""
    return _(
        "Attendance is here, but nobody has been enrolled for the fewest days that a rate needs (%(days)s) "
        "yet.",
        days=fewest(place),
    )


def fewest(place: Place) -> int:
    """How many days somebody has to be enrolled to be rated."""
    school_id = place.school.id if place.school is not None else None
    return settings.held(place.district, place.school_year, school_id)["minimum_days"].number
