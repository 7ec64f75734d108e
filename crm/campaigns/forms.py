"""The forms for campaigns and what belongs to them."""

from collections.abc import Sequence
from typing import Any

from flask import request
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
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.campaigns.money import MoneyField
from crm.campaigns.words import ANSWERS, INFLUENCE, KINDS, RUNGS, STAGES, STATUSES, SUPPORT
from crm.contacts.choosing import ContactField, ContactsField, UserField
from crm.forms import Form, options
from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext, today
from crm.runtime import runtime

SHORT, LONG = Length(max=200), Length(max=20_000)
FIRST = {"data-autofocus": "", "autocomplete": "off"}


def _id(value: Any) -> int | None:
    return int(value) if str(value or "").isdecimal() and len(str(value)) < 19 else None


def choices_of(field: Any) -> list[tuple[Any, Any]]:
    """What can be chosen in a field, as pairs of value and label."""
    listed = field.choices() if callable(field.choices) else field.choices or []
    return [(each.value, each.label) if hasattr(each, "label") else (each[0], each[1]) for each in listed]


def keep_choice(field: SelectField, value: int | None, label: str) -> None:
    """What is chosen already stays a choice, even where it is no longer offered to this reader."""
    pairs = choices_of(field)
    if value is not None and str(value) not in {str(each[0]) for each in pairs}:
        pairs.append((value, label))
    field.choices = options(pairs)


class CampaignForm(Form):
    """A campaign. `coalitions` and `campaigns` are the choices, as (id, name)."""

    custom_type = "campaigns"

    name = StringField(_("Name"), [SHORT], render_kw=FIRST)
    kind = SelectField(_("Kind"), choices=lambda: options(KINDS.items()))
    state = SelectField(_("Status"), choices=lambda: options(STATUSES.items()))
    coalition_id = SelectField(_("Coalition"), coerce=_id)
    parent_id = SelectField(_("Part of"), coerce=_id)
    owner_user_id = UserField(_("Owner"))
    start_date = DateField(_("Begin"), [Optional()])
    end_date = DateField(_("End"), [Optional()])
    budget_cents = MoneyField(
        _("Budget"),
        description=_("In dollars, such as 1,234.50."),
        render_kw={"inputmode": "decimal"},
    )
    summary = TextAreaField(_("Summary"), [LONG], render_kw={"rows": 5})
    version = HiddenField()

    def __init__(self, coalitions: Sequence[Any], campaigns: Sequence[Any], **values: Any) -> None:
        super().__init__(**values)
        nothing: tuple[str, str] = ("", gettext("None"))
        self.coalition_id.choices = options([nothing, *coalitions])
        self.parent_id.choices = options([nothing, *campaigns])

    def values(self) -> dict[str, Any]:
        """What services take. The field of the status is called `state`, for every form has a `status`."""
        found = {each.name: each.data for each in self if each.name not in {"csrf_token", "version"}}
        return {"status": found.pop("state"), **found}


class CloneForm(Form):
    name = StringField(_("Name of the new campaign"), [SHORT], render_kw=FIRST)
    start_date = DateField(
        _("Its begin"), [Optional()], description=_("All dates move by as many days as the begin does.")
    )
    targets = BooleanField(_("Targets too, back at “identified”"), default=True)
    campaigns = BooleanField(_("The campaigns within it too"), default=True)


class PartForm(Form):
    """A part of a campaign; `seen` says what the form showed, so that nobody saves over somebody else."""

    seen = HiddenField()


class MilestoneForm(PartForm):
    title = StringField(_("What is reached"), [SHORT], render_kw=FIRST)
    due_date = DateField(
        lazy_pgettext("deadline", "By"), [InputRequired(_("Say by which day it is to be reached."))]
    )
    done_on = DateField(_("Reached on"), [Optional()])


class CostForm(PartForm):
    label = StringField(_("What for"), [SHORT], render_kw=FIRST)
    amount_cents = MoneyField(_("Amount"), needed=True, render_kw={"inputmode": "decimal"},
                              description=_("In dollars, such as 1,234.50."))  # fmt: skip
    spent_on = DateField(_("Spent on"), [Optional()], default=today)


class GoalForm(PartForm):
    """A goal. What else a measure must know is asked for by fields of its own, named `parameter-…`."""

    measure = SelectField(_("What is counted"), render_kw={"data-shows": ""})
    label = StringField(_("Name"), [SHORT], description=_("Left empty, it is called by what is counted."))
    target = IntegerField(
        _("How many"),
        [
            InputRequired(_("Say how many are to be reached: a whole number of at least 1.")),
            NumberRange(1, 1_000_000_000, _("Say how many are to be reached: a whole number of at least 1.")),
        ],
        render_kw={"min": 1},
    )
    due_date = DateField(lazy_pgettext("deadline", "By"), [Optional()])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.measure.choices = options((each.name, each.label) for each in runtime().measures.values())

    def values(self) -> dict[str, Any]:
        found = {name: self[name].data for name in ("measure", "label", "target", "due_date")}
        chosen = runtime().measures.get(found["measure"])
        names = [name for name, _label, _choices in chosen.parameters] if chosen else []
        prefix = f"parameter-{found['measure']}-"
        return {**found, "parameters": {name: request.form.get(prefix + name, "") for name in names}}


class TargetForm(PartForm):
    stage = SelectField(_("Stage"), choices=lambda: options(STAGES.items()))
    support = SelectField(
        _("Support"),
        coerce=lambda value: None if value in ("", None, "None") else int(value),
        choices=lambda: options([("", _("Nobody knows yet")), *SUPPORT.items()]),
    )
    influence = SelectField(_("Influence"), coerce=int, default=3, choices=lambda: options(INFLUENCE.items()))
    owner_user_id = UserField(_("Who of us looks after them"))
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})

    def values(self) -> dict[str, Any]:
        return {each.name: each.data for each in self if each.name not in {"csrf_token", "seen", "contacts"}}


class NewTargetsForm(TargetForm):
    contacts = ContactsField(_("Who decides"))


class NewSupportersForm(Form):
    contacts = ContactsField(_("Who"))
    rung = SelectField(_("Rung"), coerce=int, choices=lambda: options(RUNGS.items()))
    since = DateField(_("Since"), [Optional()], default=today)


class SupporterForm(PartForm):
    rung = SelectField(_("Rung"), coerce=int, choices=lambda: options(RUNGS.items()))
    since = DateField(_("Since"), [InputRequired(_("Say since when."))])
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})


class AskForm(PartForm):
    """Who asked whom for what. `confirm` holds the ids of the asks of others that the writer has seen."""

    custom_type = "asks"

    contact_id = ContactField(_("Who is asked"), required=True)
    what = StringField(_("What for"), [SHORT], render_kw={"autocomplete": "off"})
    campaign_id = SelectField(_("Campaign"), coerce=_id)
    asked_by_user_id = UserField(_("Who of us asks"))
    asked_by_contact_id = ContactField(_("Or somebody of a partner"), kinds=("person",))
    asked_on = DateField(_("Asked on"), [Optional()], default=today)
    answer = RadioField(_("Answer"), default="waiting", choices=lambda: options(ANSWERS.items()))
    answered_on = DateField(_("Answered on"), [Optional()])
    commitment_id = SelectField(_("What they promised"), coerce=_id)
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})

    def __init__(self, campaigns: Sequence[Any], commitments: Sequence[Any] = (), **values: Any) -> None:
        super().__init__(**values)
        self.campaign_id.choices = options([("", gettext("None")), *campaigns])
        self.commitment_id.choices = options([("", gettext("Nothing linked")), *commitments])

    def values(self) -> dict[str, Any]:
        return {each.name: each.data for each in self if each.name not in {"csrf_token", "seen"}}

    @property
    def confirmed(self) -> list[int]:
        """The asks of others that the writer has seen and asks anyway."""
        listed = request.form.get("confirm", "").split(",")
        return [int(each) for each in listed if each.isdecimal() and len(each) < 19]
