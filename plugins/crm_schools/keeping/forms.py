"""The forms of what is written by hand."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp

from crm.plugin_api import Form, gettext
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.words import today
from crm_schools import words

SHORT, LONG, NUMBER = Length(max=200), Length(max=10_000), Length(max=words.LONGEST_ID)


def chosen(pairs: Any) -> list[Any]:
    return options([("", ""), *pairs.items()])


def grades() -> list[Any]:
    from crm_schools.views.places import grade_label

    return options([("", ""), *((grade, grade_label(grade)) for grade in words.GRADES)])


def number_or_none(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() and len(str(value)) < 19 else None


def yes_no() -> list[Any]:
    return options([("", gettext("Not said")), ("yes", gettext("Yes")), ("no", gettext("No"))])


class DistrictForm(Form):
    """A school district."""

    name = StringField(_("Name"), [InputRequired(_("A district has a name.")), SHORT])
    state = StringField(
        _("State"),
        [Optional(), Regexp(r"(?i)^[a-z]{2}$", message=_("Two letters, such as CT."))],
        description=_("Two letters. It says which law of truancy holds."),
    )
    local_id = StringField(
        _("Number in its files"), [NUMBER], description=_("What rosters and the state call it.")
    )
    nces_id = StringField(
        _("NCES number"),
        [Optional(), Regexp(r"^\d{7}$", message=_("Seven digits, leading zeros too."))],
    )


class SchoolForm(Form):
    """A school."""

    name = StringField(_("Name"), [InputRequired(_("A school has a name.")), SHORT])
    local_id = StringField(
        _("Number in its files"),
        [InputRequired(_("By this number attendance finds the school.")), NUMBER],
        description=_("As attendance files write it, leading zeros too."),
    )
    state_id = StringField(_("State number"), [NUMBER])
    nces_id = StringField(
        _("NCES number"),
        [Optional(), Regexp(r"^\d{12}$", message=_("Twelve digits, leading zeros too."))],
    )
    grades = StringField(_("Grades"), [SHORT], description=_("Between commas, such as K, 1, 2, 3."))

    def validate_grades(self, field: Any) -> None:
        for word in (field.data or "").split(","):
            if word.strip() and not words.grade_of(word):
                raise ValidationError(gettext("“%(word)s” is no grade.", word=word.strip()))


class YearForm(Form):
    """A school year: its first and last day."""

    begins_on = DateField(_("First day"), [InputRequired(_("Choose the day."))])
    ends_on = DateField(_("Last day"), [InputRequired(_("Choose the day."))])
    is_closed = BooleanField(
        _("The year is over: count to its last day"),
        description=_("Until then days count up to the last one for which attendance came."),
    )

    through_on = DateField(
        _("Attendance is complete through"),
        [Optional()],
        description=_("Days up to it count for everybody. A file that goes further moves it by itself."),
    )

    def validate_through_on(self, field: Any) -> None:
        begins, ends = self.begins_on.data, self.ends_on.data
        if field.data and begins and ends and not begins <= field.data <= ends:
            raise ValidationError(gettext("This day lies outside of the school year."))

    def validate_ends_on(self, field: Any) -> None:
        begins = self.begins_on.data
        if begins and field.data and not 30 <= (field.data - begins).days <= 365:
            raise ValidationError(
                gettext("A school year lasts from a month to a year. Change one of the days.")
            )


class CalendarForm(Form):
    """The days of school of a year, by what is not one."""

    school_id = SelectField(_("School"), coerce=number_or_none)
    grade = SelectField(
        _("Grade"),
        choices=grades,
        default="",
        description=_("Only where one grade has other days than the rest."),
    )
    off = TextAreaField(
        _("Weekdays without school"),
        [LONG],
        render_kw={"rows": 8},
        description=_("A day or a span on each line: 2025-11-27, or 2025-12-22 to 2026-01-02."),
    )
    extra = TextAreaField(
        _("Make-up days on a weekend"), [LONG], render_kw={"rows": 2}, description=_("A day on each line.")
    )


class StudentForm(Form):
    """A student."""

    given_name = StringField(_("Given name"), [InputRequired(_("Say the given name.")), SHORT])
    preferred_name = StringField(_("Is called"), [SHORT], description=_("Where that is another name."))
    middle_name = StringField(_("Middle name"), [SHORT])
    family_name = StringField(_("Family name"), [InputRequired(_("Say the family name.")), SHORT])
    local_id = StringField(
        _("Student number"),
        [InputRequired(_("By this number attendance finds the student.")), NUMBER],
        description=_("As attendance files write it, leading zeros too."),
    )
    state_id = StringField(_("State number"), [NUMBER])
    birth_date = DateField(_("Birth date"), [Optional()])
    gender = SelectField(_("Gender"), choices=lambda: chosen(words.GENDERS), default="")
    race = SelectField(_("Race and ethnicity"), choices=lambda: chosen(words.RACES), default="")
    english_learner = SelectField(_("English learner"), choices=yes_no, default="")
    disability = SelectField(_("Disability"), choices=yes_no, default="")
    disadvantaged = SelectField(_("Economically disadvantaged"), choices=yes_no, default="")
    housing = SelectField(_("Housing"), choices=lambda: chosen(words.HOUSING), default="")

    def validate_birth_date(self, field: Any) -> None:
        if field.data and not 1990 <= field.data.year <= today().year:
            raise ValidationError(gettext("A student was born later than that, and before today."))


class NewStudentForm(StudentForm):
    """A student with the first enrolment."""

    grade = SelectField(_("Grade"), choices=grades, default="")
    begins_on = DateField(_("Enrolled from"), [InputRequired(_("Choose the day."))])


class EnrolmentForm(Form):
    """A stay at a school; `as_shown` is what it was when the form was opened."""

    as_shown = HiddenField()
    school_id = SelectField(_("School"), coerce=number_or_none)
    grade = SelectField(_("Grade"), choices=grades, default="")
    begins_on = DateField(_("From"), [InputRequired(_("Choose the day."))])
    ends_on = DateField(
        _("Last day there"), [Optional()], description=_("Leave it empty while the student is there.")
    )

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.begins_on.data and field.data < self.begins_on.data:
            raise ValidationError(gettext("It ends before it begins. Change one of the two days."))


class GuardianForm(Form):
    """Somebody who cares for a student."""

    given_name = StringField(_("Given name"), [SHORT])
    family_name = StringField(_("Family name"), [InputRequired(_("Say the family name.")), SHORT])
    relation = StringField(_("Relation"), [Length(max=40)], description=_("Such as mother, grandfather."))
    language = StringField(
        _("Language"),
        [Length(max=35)],
        description=_("In which letters and calls should be, such as Spanish."),
    )
    phone = StringField(_("Phone"), [Length(max=40)])
    is_primary = BooleanField(_("Whom to call first"))
    lives_with = BooleanField(_("The student lives with them"))
    contact_prohibited = BooleanField(
        _("Must not be contacted"), description=_("No letter is offered to them, and no number is shown.")
    )
    somebody_else = BooleanField(
        _("This is somebody else"), description=_("Who may be written to and called about this student.")
    )
    custody = StringField(_("Custody"), [SHORT], description=_("What a court or the family decided."))
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})


class DayForm(Form):
    """One day of a student's attendance."""

    on_date = DateField(_("Day"), [InputRequired(_("Choose the day."))])
    code_id = SelectField(_("What it was"), coerce=number_or_none)
    reason = TextAreaField(
        _("Why it is changed"),
        [InputRequired(_("Say why: it stands beside the day.")), Length(max=500)],
        render_kw={"rows": 2},
        description=_("Such as: the family brought a note. It stands beside the day for whoever asks."),
    )

    def validate_on_date(self, field: Any) -> None:
        if field.data and field.data > today():
            raise ValidationError(gettext("This day is still to come. Write down what has happened."))
