"""The forms of events."""

from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm import db
from crm.access import current_actor, visible
from crm.accounts.forms import time_zones
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, WorkingGroup
from crm.contacts.choosing import ContactField, ContactsField, UserField
from crm.errors import UserError
from crm.events import times
from crm.events.models import Event
from crm.events.words import ANSWERS, HELD, KINDS, PLANNED, STATUSES
from crm.fields.custom.values import posted
from crm.forms import Form, options
from crm.i18n import lazy_gettext as _

SHORT, LONG = Length(max=200), Length(max=20_000)
TIME = {"step": 300}


def _as_id(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() else None


def _named(model: Any) -> list[Any]:
    statement = visible(model, current_actor()).with_only_columns(model.id, model.name).order_by(model.name)
    return options([("", ""), *((row[0], row[1]) for row in db.session().execute(statement))])


def groups() -> list[Any]:
    """Working groups, each with its coalition."""
    statement = (
        visible(WorkingGroup, current_actor())
        .join(Coalition, Coalition.id == WorkingGroup.coalition_id)
        .with_only_columns(WorkingGroup.id, WorkingGroup.name, Coalition.name)
        .order_by(Coalition.name, WorkingGroup.name)
    )
    rows = db.session().execute(statement)
    return options([("", ""), *((row[0], f"{row[1]} · {row[2]}") for row in rows)])


def zones() -> list[Any]:
    return time_zones()[1:]


class WhenForm(Form):
    """A day and hours of a place."""

    day = DateField(_("Day"), [InputRequired(_("Choose the day."))])
    begins = TimeField(_("Begin"), [InputRequired(_("Say when it begins."))], render_kw=TIME)
    ends = TimeField(_("End"), [InputRequired(_("Say when it ends."))], render_kw=TIME)
    last_day = DateField(_("Last day"), [Optional()], description=_("Only when it ends on another day."))

    def span(self, zone: str) -> tuple[Any, Any]:
        """Begin and end as moments; UserError where they make no sense."""
        day, begins, ends = self.day.data, self.begins.data, self.ends.data
        assert isinstance(day, date)
        assert isinstance(begins, time)
        assert isinstance(ends, time)
        return times.span(day, begins, self.last_day.data, ends, zone)


class EventForm(WhenForm):
    """An event."""

    custom_type = "events"

    version = HiddenField()
    title = StringField(
        _("Title"), [InputRequired(_("Give the event a title.")), SHORT], render_kw={"autofocus": True}
    )
    kind = SelectField(_("Kind"), choices=lambda: list(KINDS.items()))
    time_zone = SelectField(_("Time zone"), choices=zones)
    place = StringField(_("Place"), [SHORT])
    online_url = StringField(
        _("Online at"), [SHORT], render_kw={"type": "url", "placeholder": "https://", "inputmode": "url"}
    )
    description = TextAreaField(_("About"), [LONG], render_kw={"rows": 3})
    capacity = IntegerField(
        _("Seats"),
        [Optional(), NumberRange(1, 100_000, _("Write a number of seats from 1, or leave it empty."))],
        description=_("Whoever comes after the last seat waits in line."),
        render_kw={"inputmode": "numeric"},
    )
    coalition = SelectField(_("Coalition"), coerce=_as_id, choices=lambda: _named(Coalition))
    group = SelectField(_("Working group"), coerce=_as_id, choices=groups)
    campaign = SelectField(_("Campaign"), coerce=_as_id, choices=lambda: _named(Campaign))
    owner = UserField(_("Looked after by"))
    state = SelectField(
        _("Status"), choices=lambda: [(each, STATUSES[each]) for each in (PLANNED, HELD)], default=PLANNED
    )
    tell = BooleanField(_("Tell the guests by mail when the time or the place changes"), default=True)

    def validate_online_url(self, field: StringField) -> None:
        if field.data and not field.data.strip().lower().startswith(("https://", "http://")):
            raise ValidationError(gettext("Write the whole address, beginning with https://."))

    def validate_time_zone(self, field: SelectField) -> None:
        if field.data not in available_timezones():
            raise ValidationError(gettext("Choose a time zone from the list."))

    def values(self) -> dict[str, Any]:
        """What the services take; UserError when the times make no sense."""
        zone = str(self.time_zone.data)
        try:
            starts_at, ends_at = self.span(zone)
        except UserError as error:
            self.begins.errors = [*self.begins.errors, error.message]
            raise
        # Of a cancelled event nobody chooses the state here.
        state = {"status": self.state.data} if "state" in self else {}
        return state | {
            "starts_at": starts_at, "ends_at": ends_at, "time_zone": zone,
            "title": self.title.data or "", "kind": self.kind.data, "place": self.place.data or "",
            "online_url": self.online_url.data or "",
            "description": (self.description.data or "").replace("\r\n", "\n").strip(),
            "capacity": self.capacity.data, "coalition_id": self.coalition.data,
            "group_id": self.group.data, "campaign_id": self.campaign.data, "owner_user_id": self.owner.data,
            **posted(self),
        }  # fmt: skip


def shown(event: Event) -> dict[str, Any]:
    """An event as the form shows it."""
    first, last = times.local(event)
    return {
        "day": first.date(), "begins": first.time(), "ends": last.time(),
        "last_day": last.date() if last.date() != first.date() else None,
        "version": event.version, "title": event.title, "kind": event.kind, "time_zone": event.time_zone,
        "place": event.place, "online_url": event.online_url, "description": event.description,
        "capacity": event.capacity, "coalition": event.coalition_id, "group": event.group_id,
        "campaign": event.campaign_id, "owner": event.owner_user_id, "state": event.status,
    }  # fmt: skip


class CloneForm(WhenForm):
    """Another date for the same event."""

    with_guests = BooleanField(_("With the same guests, not yet invited"))


class CancelForm(Form):
    note = TextAreaField(
        _("A few words to the guests"),
        [LONG],
        render_kw={"rows": 3},
        description=_("For example why, and what comes instead."),
    )
    tell = BooleanField(_("Tell the guests by mail"), default=True)


class TextForm(Form):
    """Agenda and minutes, each alone in its dialog."""

    version = HiddenField()
    text = TextAreaField("", [LONG], render_kw={"rows": 14, "data-autofocus": ""})


class InviteForm(Form):
    """Whom to invite: by name, all of a coalition, all of a working group."""

    people = ContactsField(_("People and organizations"))
    coalition = SelectField(_("All active members of"), coerce=_as_id, choices=lambda: _named(Coalition))
    group = SelectField(_("All of the working group"), coerce=_as_id, choices=groups)
    mail = BooleanField(_("Send them the invitation by mail"), default=True)


class GuestForm(Form):
    """What is known of one guest."""

    answer = SelectField(_("Answer"), choices=lambda: list(ANSWERS.items()))
    organization = SelectField(_("Comes for"), coerce=_as_id, validate_choice=False)
    note = StringField(_("Note"), [Length(max=500)])


class AnswerForm(Form):
    """What a guest says by the link of their invitation."""

    answer = HiddenField()
    note = TextAreaField(_("A word to the organizers"), [Length(max=500)], render_kw={"rows": 2})


class WalkInForm(Form):
    """Somebody at the door who is no guest yet."""

    person = ContactField(_("Somebody you know"), kinds=("person",))
    given_name = StringField(_("Given name"), [SHORT], render_kw={"autocomplete": "off"})
    family_name = StringField(_("Family name"), [SHORT], render_kw={"autocomplete": "off"})
    email = StringField(_("Email"), [SHORT], render_kw={"type": "email", "autocomplete": "off"})
    organization = StringField(
        _("Organization"), [SHORT], render_kw={"list": "organization-names", "autocomplete": "off"}
    )


class DecisionForm(Form):
    """A decision, or an action with who is to do it."""

    kind = SelectField(
        _("What is it"),
        choices=lambda: [("decision", _("A decision")), ("action", _("An action: somebody is to do it"))],
        render_kw={"data-shows": ""},
    )
    text = TextAreaField(_("In words"), [LONG], render_kw={"rows": 3, "data-autofocus": ""})
    assignee = UserField(_("Who does it"))
    due_date = DateField(_("By when"), [Optional()])


def coming_events() -> list[Any]:
    """Events to invite to: those that are not over and that the reader may change."""
    from crm.events.permissions import EDIT

    statement = visible(Event, current_actor(), EDIT).where(
        Event.ends_at > db.now(), Event.status != "cancelled"
    )
    found = db.session().scalars(statement.order_by(Event.starts_at).limit(200)).all()
    return options([(str(each.id), f"{each.title} · {times.in_words(each)}") for each in found])


class BulkInviteForm(Form):
    """To what the chosen contacts are invited."""

    event = SelectField(_("Event"), choices=coming_events)
    mail = BooleanField(_("Send them the invitation by mail"), default=True)
