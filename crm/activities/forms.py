"""The forms for activities, tasks and mail. What they give to services is plain values."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _translate
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm import db
from crm.activities import choices
from crm.activities.models import Activity, Task
from crm.activities.words import KINDS, REPEATS
from crm.contacts.choosing import ContactField, ContactsField, UserField
from crm.errors import UserError
from crm.fields.custom.values import posted
from crm.forms import Form
from crm.i18n import choose_time_zone, lazy_pgettext
from crm.i18n import lazy_gettext as _

SHORT, LONG = Length(max=200), Length(max=100_000)
FIRST_YEAR, LAST_YEAR = 1900, 2199
MINUTES = {"min": 0, "max": 1440, "inputmode": "numeric"}


class _Form(Form):
    """Its fields have ids of their own, for it opens over pages that have fields of the same name."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            options.setdefault("id", f"activity-{options['name']}")
            return unbound_field.bind(form=form, **options)


class _About(_Form):
    """What an activity or a task belongs to. `chosen` are those that it belongs to now: they are offered
    even when they are over."""

    campaign_id = SelectField(_("Campaign"), coerce=choices.as_id)
    coalition_id = SelectField(_("Coalition"), coerce=choices.as_id)
    event_id = SelectField(_("Event"), coerce=choices.as_id)

    def offer(self, chosen: Any) -> None:
        """Fill the choices; `chosen` has the columns as attributes, or is None."""
        self.campaign_id.choices = choices.campaigns(getattr(chosen, "campaign_id", None))
        self.coalition_id.choices = choices.coalitions(getattr(chosen, "coalition_id", None))
        self.event_id.choices = choices.events(getattr(chosen, "event_id", None))

    def about(self) -> dict[str, Any]:
        return {
            "campaign_id": self.campaign_id.data,
            "coalition_id": self.coalition_id.data,
            "event_id": self.event_id.data,
        }

    def kept(self, record: Any) -> dict[str, Any]:
        """What the form says of a record that is changed; what it could not offer, because the reader cannot
        see it, stays what the record belongs to."""
        values = self.values()
        for column in ("contact_id", "campaign_id", "coalition_id", "event_id"):
            if column in values and values[column] is None and not self._offers(column, record):
                values[column] = getattr(record, column)
        return values

    def _offers(self, column: str, record: Any) -> bool:
        """Whether the reader can leave out on purpose what the record belongs to."""
        present = getattr(record, column)
        if present is None or column == "contact_id":
            return present is None or bool(choices.visible_ids({column: present}))
        field: Any = self[column]
        return present in {choice.value for choice in field.choices}

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        raise NotImplementedError


class ActivityForm(_About):
    """An activity. Only kind and time are asked of somebody in a hurry."""

    custom_type = "activities"

    kind = RadioField(_("Kind"), choices=lambda: list(KINDS.items()), default="call")
    participants = ContactsField(_("With whom"))
    subject = StringField(
        _("Subject"), [SHORT], description=_("Left empty, it is named after who took part.")
    )
    at = DateTimeLocalField(_("When"), [InputRequired()], format=["%Y-%m-%dT%H:%M"])
    minutes = IntegerField(
        lazy_pgettext("length", "Minutes"), [Optional(), NumberRange(0, 1440)], render_kw=MINUTES
    )
    body = TextAreaField(_("What was said"), [LONG], render_kw={"rows": 4})
    outcome = StringField(_("Outcome"), [Length(max=500)])
    follow_title = StringField(_("What is to be done next"), [SHORT])
    follow_due = DateField(_("Due"), [Optional()])
    follow_assignee = UserField(_("Who does it"))
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """What `services.acts` takes; raises UserError for a time that there never was."""
        return {
            "kind": self.kind.data,
            "subject": self.subject.data,
            "at": in_utc(self.at.data),
            "minutes": self.minutes.data,
            "body": self.body.data,
            "outcome": self.outcome.data,
            **self.about(),
            **posted(self),
        }

    @property
    def wants_follow_up(self) -> bool:
        return bool((self.follow_title.data or "").strip() or self.follow_due.data)


class TaskForm(_About):
    """A task with all there is to it."""

    custom_type = "activities_tasks"

    title = StringField(_("What is to be done"), [InputRequired(), SHORT], render_kw={"data-autofocus": True})
    assignee_user_id = UserField(_("Who does it"), required=True)
    due_date = DateField(_("Due"), [Optional()])
    repeat_every = IntegerField(
        _("Repeat every"), [Optional(), NumberRange(1, 365)], default=1, render_kw={"min": 1, "max": 365}
    )
    repeat = SelectField(_("Unit"), choices=lambda: list(REPEATS.items()), default="")
    note = TextAreaField(_("Note"), [Length(max=20_000)], render_kw={"rows": 3})
    items = TextAreaField(_("Checklist"), [Length(max=20_000)], description=_("One line for each step."))
    contact_id = ContactField(_("About"))
    commitment_id = HiddenField()
    activity_id = HiddenField()
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """What `services.tasks` takes."""
        return {
            **{name: self[name].data for name in ("title", "assignee_user_id", "due_date", "repeat", "note")},
            "repeat_every": self.repeat_every.data or 1,
            "contact_id": self.contact_id.data,
            **self.about(),
            **posted(self),
        }

    def lines(self) -> list[str]:
        return (self.items.data or "").splitlines()


class QuickTaskForm(Form):
    """A task in one line."""

    title = StringField(_("New task"), [InputRequired(), SHORT])
    due_date = DateField(_("Due"), [Optional()])


class AddressForm(_Form):
    """Whom an address of a message belongs to."""

    who = ContactField(_("Somebody else"))


def activity_form(activity: Activity | None = None, **data: Any) -> ActivityForm:
    """The form for a new activity, or for one that is there; `formdata=None` leaves out what was posted."""
    given = {"formdata": data.pop("formdata")} if "formdata" in data else {}
    if activity is not None:
        data |= {
            "kind": activity.kind,
            "subject": activity.subject,
            "at": local(activity.at),
            "minutes": activity.minutes,
            "body": activity.body,
            "outcome": activity.outcome,
            "campaign_id": activity.campaign_id,
            "coalition_id": activity.coalition_id,
            "event_id": activity.event_id,
            "version": activity.version,
        }
    form = ActivityForm(record=activity, data={"at": local(db.now()), **data}, **given)
    form.offer(activity)
    return form


def task_form(task: Task | None = None, **data: Any) -> TaskForm:
    """The form for a new task, or for one that is there."""
    names = ("title", "assignee_user_id", "due_date", "repeat_every", "repeat", "note", "contact_id")
    if task is not None:
        data |= {name: getattr(task, name) for name in (*names, "campaign_id", "coalition_id", "event_id")}
        data["version"] = task.version
    form = TaskForm(record=task, data=data)
    form.offer(task)
    return form


def local(moment: datetime) -> datetime:
    """A moment as the clock on the reader's wall shows it, to the minute."""
    return moment.astimezone(ZoneInfo(choose_time_zone())).replace(tzinfo=None, second=0, microsecond=0)


def in_utc(typed: datetime | None) -> datetime | None:
    """What somebody typed off the clock on their wall, as a moment."""
    if typed is None:
        return None
    # The first and last years of the calendar have no hours to spare for other time zones.
    if not FIRST_YEAR <= typed.year <= LAST_YEAR:
        raise UserError(_translate("This is not a time. Choose one."))
    return typed.replace(tzinfo=ZoneInfo(choose_time_zone())).astimezone(UTC)
