"""Numbers about many students, without a name: what dashboards and reports show.

Whoever calls has found the district and schools through `visible`; the ratings themselves are read as the
program. `places` says what numbers are of, `tally` counts and remembers, `guarding` decides what readers get
who may not see the students, `tables` and `parts` are what pages show."""

from crm_schools.figures.guarding import tells_bands, tells_truancy
from crm_schools.figures.parts import (
    Month,
    Risk,
    by_month,
    by_weekday,
    has_nobody_rated,
    is_under_way,
    risks,
    same_month,
    tiers,
    unfinished,
    without_calendar,
)
from crm_schools.figures.places import (
    BANDS,
    UNRATED,
    Count,
    Place,
    place_of,
    with_students,
    year_row,
    years_of,
)
from crm_schools.figures.tables import (
    bands_by_value,
    by_dimension,
    by_school_and_grade,
    by_school_and_year,
    by_subgroups,
    by_value,
    by_year,
    district_by_year,
    hidden_by_grade,
    hidden_schools,
    is_said,
    of_schools,
    together,
    total,
)
from crm_schools.figures.tally import DIMENSIONS, SUBGROUPS

__all__ = [
    "BANDS",
    "DIMENSIONS",
    "SUBGROUPS",
    "UNRATED",
    "Count",
    "Month",
    "Place",
    "Risk",
    "bands_by_value",
    "by_dimension",
    "by_month",
    "by_school_and_grade",
    "by_school_and_year",
    "by_subgroups",
    "by_value",
    "by_weekday",
    "by_year",
    "district_by_year",
    "has_nobody_rated",
    "hidden_by_grade",
    "hidden_schools",
    "is_said",
    "is_under_way",
    "of_schools",
    "place_of",
    "risks",
    "same_month",
    "tells_bands",
    "tells_truancy",
    "tiers",
    "together",
    "total",
    "unfinished",
    "with_students",
    "without_calendar",
    "year_row",
    "years_of",
]
