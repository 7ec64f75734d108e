"""Forms for releases, op-eds and plans."""

from datetime import UTC, datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FileField,
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.plugin_api import Contact, Form, current_actor, db, gettext, visible
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import ContactField, UserField
from crm.plugin_api.records import Coalition
from crm_media.forms.common import LONG, SHORT, BillText, NumberChoice, OutletText, choice, near
from crm_media.forms.coverage import campaign_choices
from crm_media.models import Outlet
from crm_media.times import zone, zone_name
from crm_media.words import OPINION_STATUSES, OPINIONS, PLANS, RECIPIENTS, RELEASE_LANGUAGES, RELEASES


def outlet_choices() -> list[tuple[int, str]]:
    statement = visible(Outlet, current_actor()).join(Contact, Contact.id == Outlet.contact_id)
    columns = statement.order_by(Contact.sort_name).limit(500).with_only_columns(Outlet.id, Contact.name)
    return [(row[0], row[1]) for row in db.session().execute(columns)]


def coalition_choices() -> list[tuple[int, str]]:
    statement = visible(Coalition, current_actor()).order_by(Coalition.sort_name).limit(500)
    columns = statement.with_only_columns(Coalition.id, Coalition.name)
    return [(row[0], row[1]) for row in db.session().execute(columns)]


class MomentField(DateTimeLocalField):
    """A moment in the time zone of this installation; `data` is in UTC."""

    def __init__(self, label: Any, **values: Any) -> None:
        super().__init__(label, [Optional(), near], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **values)
        zone_words = gettext("Time zone: %(zone)s.", zone=zone_name())
        self.description = f"{self.description} {zone_words}"

    def process_data(self, value: datetime | None) -> None:
        self.data: Any = value.astimezone(zone()).replace(tzinfo=None) if value else None

    def moment(self) -> datetime | None:
        if self.data is None:
            return None
        local: datetime = self.data.replace(tzinfo=zone())
        return local.astimezone(UTC)


class ReleaseForm(Form):
    custom_type = "media_release"

    name = StringField(
        _("Name"), [InputRequired(_("Give it a name.")), SHORT], description=_("For ourselves.")
    )
    kind = choice(_("Kind"), RELEASES)
    language = choice(
        _("Language"), RELEASE_LANGUAGES, description=_("Of what stands around your text in the mail.")
    )
    topics = StringField(
        _("Topics"), [SHORT], description=_("Compared with the beats of reporters. Commas between.")
    )
    areas = StringField(
        _("Areas"), [SHORT], description=_("Compared with the areas of reporters. Commas between.")
    )
    embargo_until = MomentField(
        _("Embargo until"), description=_("Before, it goes to those alone who may have it early.")
    )
    exclusive_outlet_id = NumberChoice(_("Exclusive for"), outlet_choices, _("Nobody"))
    exclusive_until = MomentField(
        _("Exclusive until"), description=_("Then it goes to the others by itself.")
    )
    follow_ups = IntegerField(_("Reminders at most"), [Optional(), NumberRange(0, 3)])
    campaign_id = NumberChoice(_("Campaign"), campaign_choices)
    bill = BillText(_("Bill"), [SHORT], description=_("Its state and number: MI HB 12."))


class EnclosedForm(Form):
    file = FileField(
        _("Picture, report or table"),
        description=_(
            "Recipients get a link to it below the text. Newsrooms throw away mail with attachments."
        ),
    )


class TextForm(Form):
    subject = StringField(_("Subject"), [InputRequired(_("Write the subject.")), SHORT])
    body = TextAreaField(
        _("Text"), [InputRequired(_("Write the text.")), Length(max=20_000)], render_kw={"rows": 16},
        description=_("{given_name}, {name}, {outlet} and {beats} become what is known of each reporter."),
    )  # fmt: skip


ANSWERS = {key: each for key, each in RECIPIENTS.items() if key not in {"chosen", "left_out"}}


class StatusForm(Form):
    standing = choice(_("What became of it"), ANSWERS)
    note = StringField(_("Note"), [SHORT])


class AnswersForm(Form):
    answers_to = choice(
        _("Answers go to"), {},
        description=_("Whoever presses Reply writes to them. Answers to what has left go where it said."),
    )  # fmt: skip


class ChaseForm(Form):
    words = TextAreaField(
        _("What you say"), [LONG], render_kw={"rows": 4}, description=_("The release stands below it.")
    )


class OpinionForm(Form):
    title = StringField(_("Title"), [InputRequired(_("Write its title.")), SHORT])
    kind = choice(_("Kind"), OPINIONS)
    contact_id = ContactField(_("Author"), kinds=("person",))
    outlet_name = OutletText(_("Outlet"), [SHORT], description=_("One at a time: most papers want it alone."))
    standing = choice(_("Status"), OPINION_STATUSES)
    submitted_on = DateField(_("Submitted on"), [Optional(), near])
    until = DateField(
        _("Theirs alone until"), [Optional(), near],
        description=_("Without an answer it may go to another paper then. Empty: until they answer."),
    )  # fmt: skip
    answered_on = DateField(_("Answered on"), [Optional(), near])
    body = TextAreaField(_("Text"), [Length(max=20_000)], render_kw={"rows": 10})
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})


class NextPaperForm(Form):
    """A piece of ours goes to the next paper."""

    outlet_name = OutletText(_("Outlet"), [InputRequired(_("Write which paper.")), SHORT])
    submitted_on = DateField(_("Submitted on"), [Optional(), near])
    until = DateField(
        _("Theirs alone until"), [Optional(), near],
        description=_("Without an answer it may go to another paper then. Empty: until they answer."),
    )  # fmt: skip


class PlanForm(Form):
    name = StringField(_("Name"), [InputRequired(_("Give the plan a name.")), SHORT])
    on_day = DateField(_("The day it is about"), [InputRequired(_("Write the day.")), near])
    coalition_id = NumberChoice(_("Coalition"), coalition_choices, _("All of us"))
    steps = choice(_("Steps"), PLANS, description=_("They can be changed afterwards."))


class PlanEditForm(Form):
    name = StringField(_("Name"), [InputRequired(_("Give the plan a name.")), SHORT])
    on_day = DateField(
        _("The day it is about"), [InputRequired(_("Write the day.")), near],
        description=_("Open steps move with it."),
    )  # fmt: skip
    coalition_id = NumberChoice(_("Coalition"), coalition_choices, _("All of us"))


class PlanCopyForm(PlanEditForm):
    on_day = DateField(
        _("The day it is about"), [InputRequired(_("Write the day.")), near],
        description=_("Every step keeps its distance from it."),
    )  # fmt: skip


class StepForm(Form):
    title = StringField(_("What to do"), [InputRequired(_("Say what is to be done.")), SHORT])
    due_on = DateField(_("By"), [InputRequired(_("Write the day.")), near])
    user_id = UserField(_("Who does it"))
    done = BooleanField(_("Done"))


class ReturnsForm(Form):
    file = FileField(_("The message that came back, as a file (.eml)"))
    text = TextAreaField(_("Or paste it, with its headers"), [Length(max=500_000)], render_kw={"rows": 8})
