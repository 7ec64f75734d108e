"""Positions of members, whip sheets, constituents, lobbying hours: computed from what is stored, each with
where it comes from."""

from crm_policy.services.work.belongings import erase, held_about, join, move, open_names, remove
from crm_policy.services.work.board import board, ours_among, set_stance
from crm_policy.services.work.districts import (
    Place,
    chamber_words,
    districts_of,
    districts_of_each,
    has_district,
    partners_in,
    partners_of_each,
    people_of,
    represented_by,
    school_district_of,
    seats,
    seats_in_words,
    set_constituency,
    suggested_school_district,
)
from crm_policy.services.work.hearings import (
    add_to_agenda,
    at_that_time,
    take_off_agenda,
    twins,
    write_hearing,
)
from crm_policy.services.work.hearings import unite as unite_hearings
from crm_policy.services.work.lobbying import Report, ceiling, log, report, tally
from crm_policy.services.work.schooling import numbers_of
from crm_policy.services.work.testimony import (
    STEPS,
    drop_testimony,
    hearing_choices,
    move_testimony,
    write_testimony,
)
from crm_policy.services.work.whip import ORDER, needed, set_mark, sitting, whip_sheet
from crm_policy.services.work.years import (
    Numbers,
    all_years,
    followers,
    forget_year,
    numbers_of_year,
    set_year,
)

__all__ = [
    "ORDER",
    "STEPS",
    "Numbers",
    "Place",
    "Report",
    "add_to_agenda",
    "all_years",
    "at_that_time",
    "board",
    "ceiling",
    "chamber_words",
    "districts_of",
    "districts_of_each",
    "drop_testimony",
    "erase",
    "followers",
    "forget_year",
    "has_district",
    "hearing_choices",
    "held_about",
    "join",
    "log",
    "move",
    "move_testimony",
    "needed",
    "numbers_of",
    "numbers_of_year",
    "open_names",
    "ours_among",
    "partners_in",
    "partners_of_each",
    "people_of",
    "remove",
    "report",
    "represented_by",
    "school_district_of",
    "seats",
    "seats_in_words",
    "set_constituency",
    "set_mark",
    "set_stance",
    "set_year",
    "sitting",
    "suggested_school_district",
    "take_off_agenda",
    "tally",
    "twins",
    "unite_hearings",
    "whip_sheet",
    "write_hearing",
    "write_testimony",
]
