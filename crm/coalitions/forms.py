"""The forms of coalitions. What they give to services is a plain mapping of clean values."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from flask_babel import gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from crm import db
from crm.access import current_actor, visible
from crm.coalitions.fields.commitments import campaign_choices
from crm.coalitions.models import Coalition
from crm.coalitions.permissions import EDIT
from crm.coalitions.words import LEVELS, PLEDGES, ROLES, STATUSES
from crm.contacts.choosing import ContactField, ContactsField, UserField, label_of
from crm.fields.filters import as_id
from crm.forms import Form, options
from crm.i18n import day
from crm.i18n import lazy_gettext as _
from crm.transfer.cleaning.text import squash

SHORT, LONG = Length(max=200), Length(max=20_000)


def _as_id(value: Any) -> int | None:
    return as_id(str(value or "")) or None


def coalition_options(permission: str | None = None) -> list[Any]:
    """The coalitions that the actor may see (or do something to), after an empty choice."""
    statement = visible(Coalition, current_actor(), permission).order_by(Coalition.sort_name, Coalition.id)
    rows = db.session().execute(statement.with_only_columns(Coalition.id, Coalition.name))
    return options([("", ""), *((row[0], row[1]) for row in rows)])


def campaign_options() -> list[Any]:
    """The campaigns that the actor may see, after an empty choice."""
    return options([("", ""), *campaign_choices()])


class KeptContactField(ContactField):
    """A contact of a record that is changed: whoever stands there may stay, also where the reader may not see
    them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        kept = self.data
        if kept is not None and valuelist and squash(str(valuelist[0])) == label_of(int(kept)):
            self.typed = squash(str(valuelist[0]))
            return
        super().process_formdata(valuelist)


def keep_choice(field: Any, value: int | None) -> None:
    """Let a choice stay that the reader may not see, instead of losing it by saving something else."""
    if value is not None and all(field.coerce(key) != value for key, *_rest in field.iter_choices()):
        field.choices = [*field.choices, *options([(value, gettext("one that you may not see"))])]


class SeenForm(Form):
    """A form that changes a record: it keeps what the record said when it was opened, so that nobody
    overwrites what they have not seen. `changeable` names the fields that are columns."""

    changeable: tuple[str, ...] = ()
    halves: frozenset[str] = frozenset()
    """Fields that stand side by side where there is room."""
    theirs: Sequence[tuple[str, str]] = ()
    """After a clash, what somebody else wrote: labels and values."""
    seen = HiddenField()

    @property
    def status_code(self) -> int:
        # Some of these forms have a field called `status`.
        submitted = self.is_submitted()  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        return 409 if self.theirs else 422 if submitted else 200

    def remember(self, record: Any) -> None:
        """Called for a form that is opened: take down what the record says now."""
        self.seen.data = fingerprint(record, self.changeable)

    def clashes(self, record: Any) -> list[tuple[str, str]]:
        """What somebody else changed since the form was opened, as labels and values; the form then takes the
        record as seen, so that saving once more is meant."""
        if not self.seen.data or self.seen.data == fingerprint(record, self.changeable):
            return []
        self.seen.data = fingerprint(record, self.changeable)
        return [
            (str(self[name].label.text), _shown(self[name], getattr(record, name)))
            for name in self.changeable
            if name in self and not _same(self[name].data, getattr(record, name))
        ]

    def values(self) -> dict[str, Any]:
        return {each.name: each.data for each in self if each.name not in {"csrf_token", "seen"}}


def fingerprint(record: Any, names: tuple[str, ...]) -> str:
    """A short text that is another one as soon as any of the columns is."""
    values = "\x1f".join(str(getattr(record, name)) for name in names)
    return sha256(values.encode()).hexdigest()[:24]


def _same(typed: Any, kept: Any) -> bool:
    return (typed or None) == (kept or None)


def _shown(field: Any, value: Any) -> str:
    if value in (None, ""):
        return gettext("nothing")
    if isinstance(field, SelectField):
        same = (str(label) for key, label, *_rest in field.iter_choices() if field.coerce(key) == value)
        return next(same, str(value))
    if isinstance(field, DateField):
        return day(value)
    if isinstance(field, ContactField):
        return label_of(int(value))
    return str(value)


class CoalitionForm(SeenForm):
    custom_type = "coalitions"
    changeable = (
        "name", "level", "region", "parent_id", "description", "owner_user_id", "founded_on", "ended_on",
    )  # fmt: skip
    halves = frozenset({"level", "region", "founded_on", "ended_on", "parent_id", "owner_user_id"})

    name = StringField(_("Name"), [SHORT], render_kw={"data-autofocus": "", "autocomplete": "off"})
    level = SelectField(_("Level"), choices=lambda: list(LEVELS.items()), default="local")
    region = StringField(
        _("Where"), [SHORT], description=_("A state’s two letters, a county, a city or a district.")
    )
    parent_id = SelectField(_("Part of"), coerce=_as_id, choices=coalition_options)
    owner_user_id = UserField(_("Looked after by"))
    founded_on = DateField(_("Since"), [Optional()])
    ended_on = DateField(_("Until"), [Optional()])
    description = TextAreaField(_("What it is for"), [LONG], render_kw={"rows": 3})


class AddMembersForm(SeenForm):
    custom_type = "memberships"
    halves = frozenset({"status", "role", "start_date", "invited_by_contact_id"})

    contacts = ContactsField(_("Who joins?"))
    status = SelectField(  # type: ignore[assignment]  # Named as the column; see `status_code`.
        _("Status"), choices=lambda: list(STATUSES.items()), default="active"
    )
    role = SelectField(_("Role"), choices=lambda: list(ROLES.items()), default="member")
    start_date = DateField(_("Since"), [Optional()])
    invited_by_contact_id = ContactField(_("Invited by"))


class MembershipForm(SeenForm):
    custom_type = "memberships"
    changeable: tuple[str, ...] = (
        "status", "role", "start_date", "end_date", "invited_by_contact_id", "delegate_id", "alternate_id",
        "note",
    )  # fmt: skip
    halves = frozenset({"status", "role", "start_date", "end_date", "delegate_id", "alternate_id"})

    status = SelectField(  # type: ignore[assignment]  # Named as the column; see `status_code`.
        _("Status"), choices=lambda: list(STATUSES.items())
    )
    role = SelectField(_("Role"), choices=lambda: list(ROLES.items()))
    start_date = DateField(_("Begin"), [Optional()])
    end_date = DateField(_("End"), [Optional()])
    delegate_id = KeptContactField(_("Delegate"), kinds=("person",))
    alternate_id = KeptContactField(_("Alternate"), kinds=("person",))
    invited_by_contact_id = KeptContactField(_("Invited by"))
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})


class JoinForm(Form):
    """What many chosen contacts join, and as what."""

    coalition = SelectField(_("Coalition"), render_kw={"data-autofocus": ""})
    standing = SelectField(_("Status"), choices=lambda: list(STATUSES.items()), default="active")
    role = SelectField(_("Role"), choices=lambda: list(ROLES.items()), default="member")
    since = DateField(_("Since"), [Optional()], description=_("Today, when left empty."))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.coalition.choices = coalition_options(EDIT)[1:]


class GroupForm(SeenForm):
    changeable = ("name", "purpose")

    name = StringField(_("Name"), [SHORT], render_kw={"data-autofocus": "", "autocomplete": "off"})
    purpose = TextAreaField(_("What it is for"), [LONG], render_kw={"rows": 2})


class GroupMembersForm(SeenForm):
    contacts = ContactsField(_("Who joins the group?"))
    is_chair = BooleanField(_("They chair it"))


class CommitmentForm(SeenForm):
    custom_type = "commitments"
    changeable = (
        "contact_id", "kind", "title", "coalition_id", "campaign_id", "delegate_id", "owner_user_id",
        "pledged_on", "due_date", "remind_days", "note",
    )  # fmt: skip
    halves = frozenset({
        "kind", "owner_user_id", "pledged_on", "due_date", "coalition_id", "campaign_id", "remind_days",
        "delegate_id",
    })  # fmt: skip

    contact_id = KeptContactField(_("Who promises it?"), required=True)
    title = StringField(
        _("What do they promise?"), [SHORT], render_kw={"autocomplete": "off"},
        description=_("For example: host the October meeting."),
    )  # fmt: skip
    kind = SelectField(_("Kind"), choices=lambda: list(PLEDGES.items()))
    owner_user_id = UserField(_("Who of us follows it up?"))
    due_date = DateField(_("Until when?"), [Optional()])
    remind_days = IntegerField(_("Remind so many days before"), [Optional(), NumberRange(0, 365)], default=7)
    coalition_id = SelectField(_("Coalition"), coerce=_as_id, choices=coalition_options)
    campaign_id = SelectField(_("Campaign"), coerce=_as_id, choices=campaign_options)
    delegate_id = KeptContactField(_("Who answers for it there?"), kinds=("person",))
    pledged_on = DateField(_("Promised on"), [Optional()])
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # Marked for people; what is missing gets a sentence of ours.
        self.title.flags.required = self.owner_user_id.flags.required = True


class KeptForm(SeenForm):
    halves = frozenset({"kept_on"})

    kept_on = DateField(_("Kept on"), [Optional()], render_kw={"data-autofocus": ""})
    evidence = TextAreaField(
        _("How do we know?"), [LONG], render_kw={"rows": 3},
        description=_("For example: 40 people came; minutes of 3 October."),
    )  # fmt: skip
    evidence_url = StringField(_("Link"), [Length(max=2000)], description=_("A page that shows it."))


class PostponeForm(SeenForm):
    due_date = DateField(_("New date"), [Optional()], render_kw={"data-autofocus": ""})


class CloseForm(SeenForm):
    status = RadioField(  # type: ignore[assignment]  # Named as the column; see `status_code`.
        _("What happened?"),
        choices=lambda: [("lapsed", _("It was not kept")), ("withdrawn", _("They took it back"))],
        default="withdrawn",
    )
    note = TextAreaField(_("What to remember"), [LONG], render_kw={"rows": 2})


class HandOverForm(Form):
    heir = ContactField(_("Which person takes over?"), kinds=("person",))
    heir_user = UserField(_("Who of those who sign in takes over?"))
