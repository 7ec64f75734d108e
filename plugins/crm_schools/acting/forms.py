"""The forms of acting. Each is one of the parts of a student's page."""

from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.plugin_api import Form, gettext, lazy_pgettext
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import UserField, options
from crm.plugin_api.words import today
from crm_schools.acting.words import (
    CAUSES,
    INTERVENTIONS,
    MILESTONES,
    OUTCOMES,
    PLAN_STATES,
    RESULTS,
    STAGES,
    WAYS,
)
from crm_schools.importing.dates import day_of

SHORT, LONG = Length(max=300), Length(max=10_000)


def chosen(words: Any, *, empty: bool = False) -> list[Any]:
    return options([*([("", "")] if empty else []), *words.items()])


def not_to_come(_form: Form, field: Any) -> None:
    """A day on which something happened is not in the future."""
    if field.data and field.data > today():
        raise ValidationError(gettext("This day is still to come. Write down what has happened."))


def _as_id(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() and len(str(value)) < 19 else None


def _possible_day(_form: Any, field: Any) -> None:
    """A day of a school that somebody can mean."""
    if field.data is not None and not 1990 <= field.data.year <= 2100:
        raise ValidationError(gettext("Choose a day between 1990 and 2100."))


class DayField(DateField):
    """A day from the browser's calendar; where that has none, written in any way that files write days."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = " ".join(valuelist).strip()
        self.data = day_of(text)
        if text and self.data is None:
            raise ValueError(
                gettext("“%(word)s” is no day. Write it as 12/11/2026 or 2026-12-11.", word=text)
            )


class AttemptForm(Form):
    """An attempt to reach a family."""

    on_date = DateField(_("Day"), [InputRequired(_("Choose the day.")), _possible_day, not_to_come])
    guardian_id = SelectField(
        _("Whom"),
        coerce=_as_id,
    )
    way = SelectField(_("How"), choices=lambda: chosen(WAYS))
    # Nothing is chosen beforehand: that a family was reached is nothing to record by accident.
    outcome = RadioField(
        _("What came of it"), [InputRequired(_("Choose one."))], choices=lambda: chosen(OUTCOMES)
    )
    note = TextAreaField(_("What was said"), [LONG], render_kw={"rows": 3})


class CauseForm(Form):
    """Why a student misses school."""

    kind = RadioField(
        _("What kind of cause"), [InputRequired(_("Choose one."))], choices=lambda: chosen(CAUSES)
    )
    detail = TextAreaField(_("In words"), [LONG], render_kw={"rows": 2})
    is_confirmed = BooleanField(_("The family or the student said so"))


class InterventionForm(Form):
    """Something that is done for a student."""

    kind = SelectField(_("What"))
    detail = TextAreaField(_("In words"), [LONG], render_kw={"rows": 2})
    begins_on = DateField(_("From"), [InputRequired(_("Choose the day.")), _possible_day])
    ends_on = DateField(
        _("Until"), [Optional(), _possible_day], description=_("Leave it empty while it goes on.")
    )
    each_week = IntegerField(_("Times a week"), [Optional(), NumberRange(0, 50)])
    minutes = IntegerField(_("Minutes each time"), [Optional(), NumberRange(0, 600)])
    user_id = UserField(_("Who does it"))

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj, **values)
        tiers = {1: gettext("Tier 1"), 2: gettext("Tier 2"), 3: gettext("Tier 3")}
        self.kind.choices = options(
            [
                (kind, f"{tiers[tier]} · {label}")
                for tier, kinds in INTERVENTIONS.items()
                for kind, label in kinds.items()
            ]
        )

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.begins_on.data and field.data < self.begins_on.data:
            raise ValidationError(gettext("It ends before it begins. Change one of the two days."))

    @property
    def tier(self) -> int:
        return next((tier for tier, kinds in INTERVENTIONS.items() if self.kind.data in kinds), 2)


class DoseForm(Form):
    """One time that an intervention took place."""

    given_on = DateField(_("Day"), [InputRequired(_("Choose the day.")), _possible_day, not_to_come])
    minutes = IntegerField(lazy_pgettext("length", "Minutes"), [Optional(), NumberRange(0, 600)])
    note = StringField(_("Note"), [SHORT])


class EndForm(Form):
    """The end of an intervention."""

    ends_on = DateField(_("Last day"), [InputRequired(_("Choose the day.")), _possible_day])
    ended_because = StringField(_("Why it ends"), [SHORT])


class PlanForm(Form):
    """What a student, a family and a school agreed."""

    goal = StringField(
        _("Goal"),
        [InputRequired(_("Say what should be reached.")), SHORT],
        description=_("Such as: no more than two days missed until the end of March."),
    )
    strengths = TextAreaField(_("What goes well"), [LONG], render_kw={"rows": 2})
    family_does = TextAreaField(_("What the student and the family do"), [LONG], render_kw={"rows": 3})
    school_does = TextAreaField(_("What the school does"), [LONG], render_kw={"rows": 3})
    begins_on = DateField(_("From"), [InputRequired(_("Choose the day.")), _possible_day])
    agreed_on = DateField(_("Agreed with the family on"), [Optional(), _possible_day])
    state = SelectField(_("State"), choices=lambda: chosen(PLAN_STATES))
    checkpoints = FieldList(
        DayField(_("Day"), [Optional()]),
        _("Checkpoints"),
        min_entries=4,
        max_entries=12,
        description=_("Days on which you look at it together; leave empty what you do not need."),
    )

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj, **values)
        for number, each in enumerate(self.checkpoints, 1):
            each.label.text = gettext("Day %(number)s", number=number)


class CheckpointForm(Form):
    """What a checkpoint found, or another day for one that is to come."""

    due_on = DateField(_("Day of the checkpoint"), [InputRequired(_("Choose the day.")), _possible_day])
    result = RadioField(
        _("Result"), choices=lambda: options([*RESULTS.items(), ("", _("Nobody has looked yet"))])
    )
    done_on = DateField(_("Looked at on"), [Optional(), _possible_day, not_to_come])
    note = TextAreaField(_("What was decided"), [LONG], render_kw={"rows": 2})


class MilestoneForm(Form):
    """Something good."""

    kind = SelectField(_("What was reached"), choices=lambda: chosen(MILESTONES))
    reached_on = DateField(_("Day"), [InputRequired(_("Choose the day.")), _possible_day, not_to_come])
    celebrated = StringField(_("How it is celebrated"), [SHORT])


class PointPersonForm(Form):
    """Who is there for a student."""

    user_id = UserField(_("Point person"), description=_("One adult who knows the student and notices."))


class LetterForm(Form):
    """Which letter, to whom, in which language."""

    stage = SelectField(_("Letter"), choices=lambda: chosen(STAGES))
    guardian_id = SelectField(_("To"), coerce=_as_id)
    language = SelectField(_("Language"))
    person = StringField(_("Whom to call"), [InputRequired(_("Say whom the family can call.")), SHORT])
    phone = StringField(_("At which number"), [InputRequired(_("Say at which number.")), SHORT])
    date = StringField(
        _("Day and time of the meeting"), [SHORT], description=_("For an invitation or a plan.")
    )
    place = StringField(_("Where"), [SHORT])


class LettersForm(LetterForm):
    """The same letter to many families, to each in its language."""

    in_english = BooleanField(_("In English where no letter is worded in the language of the family"))

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj, **values)
        del self.guardian_id, self.language


class HelpersForm(Form):
    """What is given to one person for many students, each of whom that person may see or not."""

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj, **values)
        self.helpers: dict[int, tuple[str, frozenset[int]]] = {}
        """Who can be chosen: the name, and the ids of the students whom they may see."""


class InterventionsForm(InterventionForm, HelpersForm):
    """The same intervention for many students."""


class PointPersonsForm(HelpersForm):
    """The point person of many students. Nothing is chosen beforehand: nobody loses theirs by accident."""

    NOBODY: Final = "nobody"
    user_id = SelectField(_("Point person"), [InputRequired(_("Choose one."))])

    @property
    def person_id(self) -> int | None:
        return _as_id(self.user_id.data)


class AttemptsForm(AttemptForm):
    """The same attempt to reach many families, such as a message to all of them."""

    def __init__(self, obj: object | None = None, **values: Any) -> None:
        super().__init__(obj, **values)
        del self.guardian_id


class WordingForm(Form):
    """How a district words a letter."""

    title = StringField(_("Heading"), [InputRequired(_("A letter has a heading.")), SHORT])
    text = TextAreaField(_("Text"), [InputRequired(_("A letter has a text.")), LONG], render_kw={"rows": 16})


class MeetingForm(Form):
    """A meeting of the team."""

    held_on = DateField(_("Day"), [InputRequired(_("Choose the day.")), _possible_day])
    place = StringField(_("Where"), [SHORT])
    people = TextAreaField(
        _("Who takes part"),
        [LONG],
        render_kw={"rows": 2},
        description=_("With their roles: chair, notes, data, family contact, partners from outside."),
    )


LEAST_COUNT: Final = 3
MOST_COUNT: Final = 50
"""Between these lies the smallest count that a public report shows."""


class PublishForm(Form):
    """Rules of one release."""

    smallest_count = IntegerField(
        _("Smallest count that is shown"),
        [InputRequired(_("Say a number.")), NumberRange(LEAST_COUNT, MOST_COUNT)],
        description=_(
            "Counts from 1 to below this are hidden; 6 is the smallest that Connecticut publishes."
        ),
    )
