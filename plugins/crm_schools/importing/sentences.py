"""What is said of single rows, by the codes that are kept with them."""

from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import lazy_gettext as _

SENTENCES: Final[Mapping[str, Any]] = {
    "no_student": _("“%(column)s” is empty, so nobody knows whose row this is."),
    "no_day": _("“%(value)s” in “%(column)s” is not a day. Days look like 2025-09-04 or 9/4/2025."),
    "too_many_codes": _(
        "“%(column)s” has many thousand different codes, so it is none of attendance codes. Choose another "
        "column for them."
    ),
    "no_code": _("“%(column)s” is empty. What is missing is never counted as present."),
    "no_half_days": _("“%(value)s” in “%(column)s” is no part of a day from 0 to 1."),
    "no_flag": _("“%(value)s” in “%(column)s” is neither yes nor no."),
    "no_number": _(
        "“%(value)s” in “%(column)s” is not a number of days. Only whole and half days are counted."
    ),
    "negative": _("“%(value)s” in “%(column)s” is less than nothing."),
    "more_absent": _("More days absent (%(value)s) than enrolled (%(column)s)."),
    "many_days": _(
        "%(value)s days enrolled, while there have been %(column)s days of school so far; look whether that "
        "is right."
    ),
    "more_parts": _("Excused and unexcused days (%(value)s) are more than the days absent (%(column)s)."),
    "no_year": _("“%(value)s” in “%(column)s” is not a school year. It looks like 2025-26."),
    "which_year": _("The row says no school year, and several are known. Add a column “school_year”."),
    "unknown_year": _("The school year %(value)s is not set up for the district."),
    "no_grade": _("“%(value)s” in “%(column)s” is not a grade, so none was noted."),
    "several_grades": _("“%(value)s” names several grades; only “%(column)s” was noted."),
    "no_such_student": _(
        "No student has the number “%(value)s”. Import the roster first, or correct the number."
    ),
    "zeros": _(
        "The number “%(value)s” only fits a student when leading zeros are left aside; spreadsheets lose "
        "them."
    ),
    "zeros_of_another": _(
        "The number “%(value)s” only fits %(column)s when leading zeros are left aside, and that student is "
        "called otherwise. Write the whole number."
    ),
    "not_named": _("The file does not name this student: days between its first and last are taken back."),
    "many_not_named": _(
        "The file does not name this student: days between its first and last are taken back."
    ),
    "taken": "",  # Only added up, by school.
    "many_taken": _("Days of this student that go, since the file does not name them: %(value)s."),
    "state_of_another": _(
        "“%(value)s” is also the state's number of student %(column)s, who is called otherwise. It is taken "
        "for a number of the district, and the row for another student."
    ),
    "not_own_number": _(
        "“%(value)s” is no number of the district that is known; it only fits a student when leading zeros "
        "are left aside, or as a number of the state. Write the whole number, as the district has it. Whose "
        "it is only somebody who may see students can look at: let them import this row."
    ),
    "no_such_school": _(
        "Nobody knows the school of this row. Import the roster first, or correct its number."
    ),
    "which_district": _("The row names no school, and there are several districts."),
    "which_district_then": _(
        "The file does not say where the student is enrolled, and there are several districts. Import the "
        "enrolments first, or say whose file this is."
    ),
    "no_school_then": _(
        "The row names no school, and on %(value)s the student was enrolled in none, or in several."
    ),
    "outside_year": _("%(value)s lies outside of every school year that is set up."),
    "future": _("%(value)s is yet to come."),
    "not_enrolled": _("The student was never enrolled in this school that year (%(value)s)."),
    "before_enrolment": _("%(value)s is before the student was enrolled in this school."),
    "after_exit": _("%(value)s is after the student left this school, or between two stays."),
    "twice": _("%(value)s stands twice with the same code (again in row %(column)s); it counts once."),
    "two_records": _(
        "Row %(column)s says something else about %(value)s. Both cannot be, and the earlier row was kept."
    ),
    "longer": _(
        "Two rows (%(column)s) speak of %(value)s; the longer absence counts, for it holds the other."
    ),
    "closed": _(
        "There was no school on %(value)s by the calendar (row %(column)s): it is kept and not counted."
    ),
    "changed_since": _("Somebody changed the attendance of this student since the plan was made."),
    "gone": _("The student is gone since the plan was made."),
    "same_student": _("Another row of this file (%(value)s) is about the same student; it was kept."),
    "same_number": _(
        "This is another student than that of %(value)s, with the same number; only that one was kept. Each "
        "student needs a number of their own."
    ),
    "gone_there": _(
        "The archive says that “%(value)s” is gone. Enrolments that it does not end stay as they are: end "
        "them on the page of the student who left."
    ),
    "class_ended": _(
        "The archive takes back the class enrolment “%(column)s” on %(value)s; until then it counts."
    ),
    "class_whole": _(
        "The archive takes back the class enrolment “%(column)s”, which had not begun on %(value)s, so it "
        "counts for nothing."
    ),
    "class_unnamed": _(
        "An enrolment in the school “%(value)s” has no sourcedId, by which a delta names what it changes; it "
        "was left out."
    ),
    "class_undated": _(
        "The class enrolment “%(value)s” has no beginDate, and no school year is known; it was left out."
    ),
    "class_never": _(
        "The class enrolment “%(value)s” begins on %(column)s, so it has not begun, and it was left out."
    ),
    "class_unread": _(
        "%(column)s: “%(value)s” is not a day, so this enrolment is left out. Days look like 2025-09-04."
    ),
    "class_backwards": _("%(column)s: the enrolment ends before it begins (%(value)s), so it is left out."),
    "class_of_role": _(
        "%(column)s: the role is “%(value)s” and not student, so this enrolment says nothing of where the "
        "student goes to school."
    ),
    "none_ends": _(
        "Because an enrolment of this student was left out, no stay of theirs that is known was ended, "
        "shortened or removed."
    ),
    "class_nowhere": _("%(column)s: nobody knows the school “%(value)s”, so this enrolment is left out."),
    "class_of_nobody": _(
        "%(column)s: users.csv has no user “%(value)s”, so nobody knows whose enrolment this is, and it is "
        "left out."
    ),
    "class_short": _(
        "%(column)s: the line names no user or is cut short, so nobody knows whose enrolment this is, and it "
        "is left out."
    ),
    "no_class": _(
        "No class enrolment of this student in the archive can be used, so nobody is enrolled by it. Stays "
        "that are known stay as they are."
    ),
    "nowhere": _(
        "The archive names neither a class nor a school of this student, so nobody is enrolled by it. Stays "
        "that are known stay as they are."
    ),
    "guessed": _(
        "The archive has no class enrolment of this student. Unless stays in this school year are known, the "
        "student is taken to be enrolled for the whole of it in the school of their user: %(value)s. Not so? "
        "Correct the stay on the page of the student."
    ),
    "guessed_now": "",  # Only counted.
    "class_unknown": _(
        "The archive takes back the class enrolment “%(value)s”, which nobody knows; nothing changes by it."
    ),
    "left": _(
        "The archive is whole and does not name student %(column)s any more, so the enrolment ends on "
        "%(value)s. Not so? Undo the import, or correct it on the page of the student."
    ),
    "left_somebody": _(
        "The archive is whole and does not name this student any more, so the enrolment ends on %(value)s."
    ),
    "stays_replaced": _("Stays of this student for which the file has others over the same days: %(value)s."),
    "stays_missed": _(
        "Stays of this student with missed days, for which the file has others over the same days in another "
        "school: %(value)s. What was missed in them would count no more."
    ),
    "stays_gone": _(
        "Stays of this student that the file does not name, and that go with it: %(value)s. It names other "
        "stays of the same school year."
    ),
    "stays_lost": _(
        "Stays of this student that go by this table, with missed days in them: %(value)s. What was missed "
        "in them would count no more."
    ),
    "stays_off": _(
        "Stays of this student that the table says no more, and that go: %(value)s. Nothing was missed in "
        "them."
    ),
    "id_of_another": _(
        "The system of this roster calls this student as it called student %(value)s before. Names or "
        "numbers say that they are two, so both stay."
    ),
    "other_number": _(
        "This student had the number %(column)s here and has %(value)s in this file, under the same name and "
        "the same id of the system. From now on it is theirs."
    ),
    "called_alike": _(
        "This student has the name and the birth date of student %(column)s, who is here under that number. "
        "If they are the same, do not import this: correct the number on the student’s page first."
    ),
    "ended_before": _(
        "The student is in another school by this file, so the earlier stay ends on %(value)s, the day "
        "before. Was it another day? Correct it on the page of the student."
    ),
    "classes_dropped": _(
        "The student was in two schools at once, and this archive has no class in one of them any more: the "
        "stay there ends on %(value)s, the day before it was made. Was it another day? Correct it on the "
        "page of the student."
    ),
    "days_by_hand": _(
        "People wrote a stay from %(value)s for this student, and the file says other days in the same "
        "school. What people wrote stays. If the file is right, correct the stay on the page of the student."
    ),
    "stay_again": _(
        "People removed a stay from %(value)s of this student here, or wrote another school of it. The file "
        "still says it, so it is here again. Have it put right in the system that wrote the file."
    ),
    "still_there": _(
        "People wrote that this student left the school on %(value)s, and by the file the stay goes on. What "
        "people wrote stays. If the student is there, correct the stay on the page of the student."
    ),
    "days_not_by_hand": _(
        "People wrote the days of a stay from %(value)s for this student. The file says something new of it, "
        "which takes their place. If it is wrong, correct the stay on the page of the student."
    ),
    "days_before": "",
    "stays_replaced_somewhere": "",
    "stays_gone_somewhere": "",
    "stays_since": _(
        "Left out: since this was looked through, stays of this student came that the file would remove. "
        "Import the file again to see which."
    ),
    "days_from_before": _(
        "The table says %(column)s as the first day in this school, where the student is known since "
        "%(value)s. The days before stay, and what was missed in them. If the student came only later, "
        "correct the stay on the page of the student."
    ),
    "days_no_more": _(
        "The table says %(value)s as the first day in this school, within a month of the one that was known: "
        "days that were missed before it count no more. If the student was there before, correct the stay on "
        "the page of the student."
    ),
    "days_behind": _(
        "The school reported days that this student missed there behind the last one that the table says: "
        "%(value)s. They count no more. If the student was still there, correct the stay on the page of the "
        "student."
    ),
    "moved": _(
        "The table names another school than before and no first day there: the earlier stay ends on "
        "%(value)s. Was it another day? Correct it on the page of the student."
    ),
    "moved_later": _(
        "By the table the student is in another school since before days that were missed in the one that is "
        "known, so the move was later: the earlier stay ends on %(value)s, and the new one begins behind the "
        "last day missed. Was it another day? Correct it on the page of the student."
    ),
    "also_there": _(
        "The student is enrolled in another school, too, and the table does not say until when. If the "
        "student left the other school, end that stay on the page of the student."
    ),
    "forbidden_too": _(
        "“%(value)s” is known more than once as somebody who cares for this student. That they must not be "
        "contacted holds for each of them."
    ),
    "forbidden_number": _(
        "“%(value)s” has the number of somebody else who must not be contacted about the student. That stays "
        "so; if it is another person, add them on the student’s page."
    ),
    "guardian_removed": _(
        "“%(value)s” was removed from the student here, and stays so. Add them on the student’s page if they "
        "care for the student after all."
    ),
    "order_in_words": _(
        "“%(value)s” stands where a yes or a no was looked for, so this person must not be contacted about "
        "the student; the words are kept as a note."
    ),
    "order_for_all": _(
        "“%(column)s” names no guardian and says “%(value)s” in a row with two, so neither of them must be "
        "contacted about the student."
    ),
    "order_for_nobody": _(
        "“%(column)s” says “%(value)s”, and the row does not name the guardian whom that is about. If "
        "somebody must not be contacted about the student, say so on the page of the student."
    ),
    "guardian_ended": _(
        "This archive, which is whole, does not name %(column)s as somebody who cares for the student "
        "%(value)s any more, so that ends."
    ),
    "guardian_kept": _(
        "This archive does not name %(column)s as somebody who cares for the student %(value)s any more. "
        "It stays all the same, for what is written about contact, custody or in a note. Remove it on the "
        "page of the student if that holds no more."
    ),
    "too_long": _("“%(value)s” has more than 255 characters, so the row was left out."),
    "too_long_phone": _("“%(value)s” is too long for a phone number, so none was noted."),
    "unnamed": _("The student has no name in this file."),
    "two_students": _(
        "Two different students have the number “%(value)s” in this file (rows %(column)s): their names or "
        "birth dates differ. None of these rows is taken. Give each student a number of their own."
    ),
    "two_grades": _(
        "The file says several grades of this student in the same school and year (rows %(column)s): "
        "%(value)s. The later row counts where they are of the same days."
    ),
    "never_came": _(
        "The student left on %(value)s, before the first day, so they never came and are not enrolled there."
    ),
    "left_in_summer": _(
        "By the row of last year the student left on %(value)s, before this year began, and is enrolled in "
        "this one. If they did not come, end that stay on the page of the student."
    ),
    "ends_before": _("An enrolment ends on %(value)s, before it begins on %(column)s; it was left out."),
    "stay_unread": _(
        "Line %(column)s: an enrolment needs a first day, and a last one that is not before it, if any. It "
        "was left out: %(value)s."
    ),
    "term_unread": _(
        "Line %(column)s: a term needs a school year, a first day and a last one that is not before it. It "
        "was left out: %(value)s."
    ),
    "day_unread": _("Line %(column)s: “%(value)s” is not a day, so the calendar goes without it."),
    "school_left_out": _("The school “%(value)s” is unknown; the enrolment there was left out."),
    "no_such_school_named": _(
        "Nobody knows the school “%(value)s”. Add it to its district first, or correct the row."
    ),
    "no_name": _("The row has no name of the student."),
    "no_guardian_name": _(
        "The guardian “%(value)s” has no name in the file, so nobody would know them again. They are left "
        "out."
    ),
    "not_understood": _("“%(value)s” in “%(column)s” is not understood, so nothing was noted."),
    "no_date": _("“%(value)s” in “%(column)s” is not a day. Days look like 2025-09-04 or 9/4/2025."),
    "no_year_then": _("No school year of the district has begun, and the row names none."),
    "no_school_named": _("The row names no school, so nobody knows where the student is enrolled."),
    "birth_date": _("“%(value)s” is not a birth date that can be, so none was noted."),
}
