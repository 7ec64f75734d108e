"""What is said of whole files, by the codes of their notices."""

from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import lazy_gettext as _

NOTICES: Final[Mapping[str, Any]] = {
    "schools_inferred": _(
        "No roster said where the students of this year are enrolled, so %(count)s of them count as "
        "enrolled for the "
        "whole year in the school that their attendance names. Import enrolments to make that exact."
    ),
    "schools_short_calendar": _(
        "The calendar of %(name)s names only %(count)s days of school, and its terms state %(stated)s; the "
        "stated "
        "number is counted until a whole calendar comes."
    ),
    "schools_unused_columns": _("Not used from this file: the columns %(columns)s."),
    "schools_days_first": _(
        "Days in the column “%(column)s” are read as day before month (22/9/2025), for “%(example)s” and "
        "others there, or in other columns of the file, can be nothing else. If that is wrong, say beside "
        "the columns how the file writes days, or on the command line with --dates month-first."
    ),
    "schools_days_both": _(
        "The column “%(column)s” writes days in two ways: “%(month)s” can only be month before day, and "
        "“%(day)s” only day before month. They are read as month before day. Rows with other days are left "
        "out, and where a day can be both, it may be the wrong one: correct the file."
    ),
    "schools_days_both_day_first": _(
        "The column “%(column)s” writes days in two ways: “%(day)s” can only be day before month, and "
        "“%(month)s” only month before day. They are read as day before month. Rows with other days are left "
        "out, and where a day can be both, it may be the wrong one: correct the file."
    ),
    "schools_days_doubtful": _(
        "All days in the column “%(column)s” can be read in two ways. They are read as month before day, and "
        "so %(count)s of them, “%(example)s” for one, lie outside of the school years or are yet to come; as "
        "day before month they do not. If the file writes the day first, say so beside the columns, or on "
        "the command line with --dates day-first."
    ),
    "schools_parts_used": _(
        "The column “%(column)s” says how much of each day was missed, from 0 to 1, and is used so. If it "
        "says something else, leave it out beside the columns; what is chosen there is remembered."
    ),
    "schools_parts_unused": _(
        "These columns look as if they said how much of a day was missed, and they are not used: "
        "%(columns)s. Each row counts for as much as its code means. If a column says parts of a day, "
        "from 0 to 1, choose it beside the columns; minutes and hours cannot be counted: have the file "
        "written with parts of days, or with codes for half days."
    ),
    "schools_order_of_rows": _(
        "The column “%(column)s” names no guardian; where it says so, every guardian of that row must not be "
        "contacted."
    ),
    "schools_order_for_nobody_in_all": _(
        "Rows that say that somebody must not be contacted and do not name whom: %(rows)s. Nobody is barred "
        "by them. Say on the page of each of these students who must not be contacted."
    ),
    "schools_order_unused": _(
        "The column “%(column)s” looks as if it said whom nobody may contact, and it is not used."
    ),
    "schools_year_said": _("Rows that name neither a school year nor a first day are of %(year)s."),
    "schools_of_year_before": _(
        "Rows of students who came in %(before)s: %(count)s; hardly anybody came in %(year)s. They are taken "
        "for students who are still there, enrolled in %(year)s from its first day on. If this is the list "
        "of %(before)s, do not import it: add a column “school_year” first."
    ),
    "schools_year_taken": _(
        "Rows that name neither a school year nor a last day are taken for those of %(year)s."
    ),
    "schools_terms_in_table": _(
        "The first day that this table says of most students of a school is long after the one that is known "
        "of most, so it is taken for that of a term: it takes no days away that are known before it."
    ),
    "schools_not_in_table": _(
        "Students enrolled now in a school of this table whom it does not name there: %(count)s. They stay "
        "enrolled there, since a table may be of some students alone. If they left, end their stays on the "
        "pages of the students, or import them once more with their last day."
    ),
    "schools_ignored_files": _("Not used from this archive: %(files)s."),
    "schools_missing": _(
        "Students enrolled now whom this archive, which is whole, does not name: %(count)s. Their enrolments "
        "end on the day before %(day)s, when it was made."
    ),
    "schools_missing_still_there": _(
        "Students whom this archive does not name, and of whom people wrote that they are still there: "
        "%(count)s. They stay enrolled. If they left, end their stays on the pages of the students."
    ),
    "schools_still_there_in_all": _(
        "Students whom this file still has in a school that they left by what people wrote: %(rows)s. What "
        "people wrote stays. Whoever is back there needs a new stay from that day on, on the page of the "
        "student."
    ),
    "schools_days_from_before_in_all": _(
        "Students for whom this table says a first day more than a month after the one that is known in the "
        "same school, with days missed before it: %(rows)s. The days before stay, and what was missed in "
        "them."
    ),
    "schools_days_no_more_in_all": _(
        "Students whose first day in a school is up to a month later by this table than was known, with days "
        "missed before it: %(rows)s. Those days count no more."
    ),
    "schools_days_behind_in_all": _(
        "Students of whom a school reported missed days behind the last one that this table says there: "
        "%(rows)s, with %(count)s days, which count no more."
    ),
    "schools_many_missing": _(
        "Students enrolled now whom this archive does not name: %(count)s. That is more than leave "
        "between two rosters, so nobody’s enrolment was ended. If the archive lacks them, import a whole "
        "one; whoever did leave can be ended on the page of the student."
    ),
    "schools_many_unnamed": _(
        "Guardians whom this archive does not name any more for a student: %(count)s. That is more than "
        "change between two rosters, so all of them stay. If the archive lacks them, import a whole one."
    ),
    "schools_parts": _(
        "Some rows say parts of a day that are neither half nor whole: less than half counts as present, "
        "more than half as the whole day."
    ),
    "schools_daily_wins": _(
        "Daily attendance is known of %(count)s of the schools in this file. A student of whom it names any "
        "day is counted by it, and the numbers of this file are kept beside it; so is everybody else once it "
        "reaches as far as this file."
    ),
    "schools_many_not_named_in_all": _(
        "Students whom this file does not name, and whose days between its first and last are taken back: "
        "%(count)s. That is many: if the file is only a part of what there is, import it as daily attendance "
        "instead, and nothing is taken back."
    ),
    "schools_many_taken_in_all": _(
        "Students whom this file names, and of whom ten days or more go by it: %(rows)s, with %(count)s days "
        "in all. If a day at its beginning is mistyped, or the file is only a part, correct it first."
    ),
    "schools_much_taken": _(
        "A large part of the days known of these schools is taken back, since this file does not name "
        "them: %(schools)s. If it was put together of files of different dates, or days in it are wrong, "
        "correct it first."
    ),
    "schools_ends_before": _(
        "The file names no day of these schools in its last week or longer, and days that are known of "
        "them since are taken back: %(schools)s. If their part of the file is older than the rest, correct "
        "it first."
    ),
    "schools_stays_replaced": _(
        "Stays for which this file has others over the same days: %(count)s, of %(rows)s students. They are "
        "replaced."
    ),
    "schools_stays_missed_in_all": _(
        "Stays with missed days for which this file has others over the same days, in another school: "
        "%(count)s, of %(rows)s students. They are replaced, and what was missed in them counts no more. If "
        "these students came to the other school later, do not import it: correct their first day there, in "
        "the system that wrote the file, or here."
    ),
    "schools_stays_gone_in_all": _(
        "Stays that are removed and have none in their place: %(count)s, of %(rows)s students. The file says "
        "other stays of these students in the same school year and is taken for all there are. If it is only "
        "a part of them, do not import it: days that a student missed there would count no more."
    ),
    "schools_stays_lost_in_all": _(
        "Stays that go by this table, with missed days in them: %(count)s, of %(rows)s students. What was "
        "missed in them counts no more. If these students were there, do not import it: correct the system "
        "that wrote the file."
    ),
    "schools_stays_off_in_all": _(
        "Stays that this table says no more, in which nothing was missed: %(count)s, of %(rows)s students. "
        "They go."
    ),
    "schools_stays_may_go": _(
        "The file is taken for all stays of its students in the school years that it names: others that are "
        "known are removed. If it is only a part of them, do not import it: days that a student missed there "
        "would count no more. If somebody brings it who may see the students, they are told how many would "
        "go."
    ),
    "schools_days_before_in_all": _(
        "Students of whom this archive has no class in the first days that are known of their stay: "
        "%(rows)s. Those days stay, and what was missed in them counts."
    ),
    "schools_called_alike_in_all": _(
        "New students with the name and birth date of one who is here under another number: %(count)s. If "
        "they are the same, do not import this, or each of them is here twice: correct the numbers on the "
        "pages of the students, or choose the column that holds the numbers known here, and import again. If "
        "they are others, confirm it."
    ),
    "schools_guessed_in_all": _(
        "Students of whom this archive has no class enrolment: %(count)s of %(of)s. They are taken to be "
        "enrolled for the whole school year in the school of their user."
    ),
    "schools_guessed_many": _(
        "Students of whom this archive has no class enrolment: %(count)s of %(of)s. They are taken to be "
        "enrolled for the whole school year in the school of their user. If class enrolments are missing "
        "from the archive, do not import it: who came later, left or moved would be counted from the first "
        "day to the last. If the system exports none of them, confirm it."
    ),
    "schools_no_class_in_all": _(
        "Students of whom no class enrolment in this archive can be used: %(rows)s. Nobody is enrolled by "
        "them; stays that are known stay as they are."
    ),
    "schools_nowhere_in_all": _(
        "Students of whom this archive names neither a class nor a school: %(rows)s. Nobody is enrolled by "
        "it; stays that are known stay as they are."
    ),
    "schools_no_identifier": _(
        "Students without an identifier in users.csv: %(count)s. Their sourcedId is taken for their number, "
        "so attendance by the district’s number of a student will not find them."
    ),
    "schools_rows_short": _(
        "Lines of %(file)s with fewer cells than its header: %(count)s (the first is line %(row)s). The "
        "cells that are missing were read as empty."
    ),
    "schools_newest": "",  # Only remembered.
    "schools_older_delta": _(
        "This delta says what changed up to %(newest)s, and an archive with changes up to %(known)s was "
        "imported before. What it names would be as it was then. Import deltas in the order in which they "
        "were made; if this one is right all the same, confirm it."
    ),
    "schools_delta": _("This is a delta: it changes what it names and leaves the rest as it is."),
}
