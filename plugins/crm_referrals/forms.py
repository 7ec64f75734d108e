"""The forms of the directory and of referrals."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    FloatField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import URL, DataRequired, Email, Length, NumberRange, Optional

from crm.plugin_api import Form, options
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import ContactField
from crm_referrals import words

_URL = URL(message=_("Write the whole address, beginning with https://."))
_EMAIL = Email(message=_("This is not an email address."))
_NAME, _TEXT = Length(max=200), Length(max=5000)
"""What strangers write by a link has an end, and what is shown on every page."""


def _choices(pairs: Any, first: Any = None) -> list[Any]:
    found = list(pairs.items())
    return options([("", first), *found] if first is not None else found)


class AgencyForm(Form):
    name = StringField(_("Name"), [DataRequired(_("Write the agency’s name.")), Length(max=200)])
    contact_id = ContactField(
        _("Its organization among the contacts"),
        kinds=("organization",),
        description=_(
            "Whoever has the role Agency over it finds its referrals. Empty: one of this name is taken."
        ),
    )
    description = TextAreaField(_("About"))
    website = StringField(_("Website"), [Optional(), _URL])
    phone = StringField(_("Phone"), [Length(max=40)])
    email = EmailField(_("Email that everybody may see"), [Optional(), _EMAIL])
    notice_email = EmailField(
        _("Email for referrals"), [Optional(), _EMAIL], description=_("Messages to it name nobody.")
    )
    notice = SelectField(_("Tell of new referrals"), choices=_choices(words.NOTICES))
    respond_days = IntegerField(_("Answers within business days"), [NumberRange(1, 14)], default=2)
    weekly_cap = IntegerField(_("Takes at most so many referrals a week"), [Optional(), NumberRange(0, 500)])
    language = SelectField(_("Language of its mail"), choices=_choices(words.OURS), default="en")
    acknowledges_only = BooleanField(_("Serves victims of violence: never reports back about somebody"))


class OwnForm(Form):
    """What an agency chooses about itself."""

    notice = SelectField(_("Tell of new referrals"), choices=_choices(words.NOTICES))
    language = SelectField(_("Language of its mail"), choices=_choices(words.OURS), default="en")
    weekly_cap = IntegerField(_("Takes at most so many referrals a week"), [Optional(), NumberRange(0, 500)])


class ServiceForm(Form):
    name = StringField(_("Name"), [DataRequired(_("Write what the service is called.")), Length(max=200)])
    description = TextAreaField(_("What one gets"))
    terms = SelectMultipleField(_("Kinds of need that it meets"), choices=_choices(words.CATEGORIES))
    status = SelectField(  # type: ignore[assignment]  # HSDS has this name; the base means the page's.
        _("Does it run?"), choices=_choices(words.STATUSES)
    )
    eligibility_description = TextAreaField(_("Who can get it"))
    minimum_age = IntegerField(_("From age"), [Optional(), NumberRange(0, 120)])
    maximum_age = IntegerField(_("Up to age"), [Optional(), NumberRange(0, 120)])
    area_codes = StringField(
        _("Where one has to live"),
        description=_("ZIP codes, counties or districts, with commas between them."),
    )
    language_codes = StringField(
        _("Languages"), description=_("With commas between them, such as English, Spanish, Arabic.")
    )
    fees_description = StringField(_("What it costs"))
    is_free = BooleanField(_("It costs nothing"))
    application_process = TextAreaField(_("How one gets it"))
    documents = TextAreaField(_("What to bring"), description=_("One document a line."))
    url = StringField(_("Page about it"), [Optional(), _URL])
    email = EmailField(_("Email that everybody may see"), [Optional(), _EMAIL])
    is_virtual = BooleanField(_("By phone or online"))
    is_sensitive = BooleanField(_("That somebody is referred to it is private"))
    is_public = BooleanField(_("Show it to everybody"), default=True)


class LocationForm(Form):
    kind = SelectField(_("What kind of place?"), choices=_choices(words.PLACES))
    name = StringField(_("Name"), [Length(max=200)], description=_("Such as the building, if it has a name."))
    address = StringField(_("Street"), [Length(max=200)])
    city = StringField(_("City"), [Length(max=100)])
    state = StringField(_("State"), [Length(max=2)])
    postal_code = StringField(_("ZIP code"), [Length(max=10)])
    transportation = StringField(_("How to get there"), [Length(max=300)])
    latitude = FloatField(
        _("Latitude, if you know it"),
        [Optional(), NumberRange(-90, 90)],
        description=_("With both, people find what is near them. A map shows them for an address."),
    )
    longitude = FloatField(_("Longitude"), [Optional(), NumberRange(-180, 180)])
    is_confidential = BooleanField(
        _("The address is confidential"),
        description=_("Only staff here sees it. It is in no public page, export or interface."),
    )


class ScheduleForm(Form):
    days = SelectMultipleField(_("Days"), choices=_choices(words.DAYS))
    opens_at = TimeField(_("Opens at"), [Optional()])
    closes_at = TimeField(_("Closes at"), [Optional()])
    note = StringField(
        _("In words"), [Length(max=200)], description=_("Such as: not in the school holidays.")
    )


class ProposalForm(Form):
    by_name = StringField(
        _("Your name"), [DataRequired(_("Write your name, so that staff can ask you.")), _NAME]
    )
    name = StringField(_("Name"), [DataRequired(_("Write what the service is called.")), _NAME])
    description = TextAreaField(_("What one gets"), [_TEXT])
    status = SelectField(  # type: ignore[assignment]  # HSDS has this name; the base means the page's.
        _("Does it run?"), choices=_choices(words.STATUSES)
    )
    eligibility_description = TextAreaField(_("Who can get it"), [_TEXT])
    minimum_age = IntegerField(_("From age"), [Optional(), NumberRange(0, 120)])
    maximum_age = IntegerField(_("Up to age"), [Optional(), NumberRange(0, 120)])
    area_codes = StringField(_("Where one has to live"), [_TEXT])
    language_codes = StringField(_("Languages"), [_TEXT])
    fees_description = StringField(_("What it costs"), [_TEXT])
    application_process = TextAreaField(_("How one gets it"), [_TEXT])
    other = TextAreaField(
        _("Anything else"),
        [Length(max=2000)],
        description=_("Such as address, opening hours, telephone, or what to bring. Staff write it down."),
    )


class CapacityForm(Form):
    state = RadioField(
        _("How full is it?"),
        [DataRequired(_("Choose one."))],
        choices=options((key, words.CAPACITIES[key]) for key in ("open", "waitlist", "none")),
    )
    available = IntegerField(_("Free places, if you know"), [Optional(), NumberRange(0, 100000)])
    note = StringField(_("Note"), [Length(max=200)])


class NeedForm(Form):
    category = SelectField(
        _("What is needed?"),
        [DataRequired(_("Choose what is needed."))],
        choices=_choices(words.CATEGORIES, _("Choose…")),
    )
    cause = SelectField(
        _("Why do they miss school?"),
        choices=_choices({key: pair[0] for key, pair in words.CAUSES.items()}, _("Not known yet")),
    )
    urgency = RadioField(_("How soon?"), choices=_choices(words.URGENCIES), default="normal")
    language = SelectField(_("Language of the family"), choices=_choices(words.LANGUAGES), default="en")
    contact_preference = StringField(
        _("How and when to reach them"),
        [DataRequired(_("Write how the agency can reach the family.")), Length(max=500)],
    )
    contact_prohibited = BooleanField(
        _("The agency must not call or write to the family; it goes through us")
    )
    zip_code = StringField(_("ZIP code"), [Length(max=10)])
    note = TextAreaField(_("What the agency should know"), [_TEXT])


class ReachForm(Form):
    """What can be said anew of a need while agencies are at work."""

    version = IntegerField(validators=[Optional()])
    language = SelectField(_("Language of the family"), choices=_choices(words.LANGUAGES))
    contact_preference = StringField(
        _("How and when to reach them"),
        [DataRequired(_("Write how the agency can reach the family.")), Length(max=500)],
    )
    contact_prohibited = BooleanField(
        _("The agency must not call or write to the family; it goes through us")
    )


def offer_languages(form: NeedForm | ReachForm, family: str) -> None:
    """What to choose from for the language of a family: its own is among them."""
    form.language.choices = list(words.spoken_by(family).items())


class ConsentForm(Form):
    method = SelectField(
        _("How is it signed?"),
        choices=_choices(words.METHODS),
        default="link",
        render_kw={"data-shows": ""},
    )
    purpose = TextAreaField(_("What for"), [DataRequired(_("A consent has to say what it is for.")), _TEXT])
    disclosed = SelectMultipleField(
        _("What may be told"),
        [DataRequired(_("Choose what may be told."))],
        choices=_choices(words.DISCLOSABLE),
    )
    expires_on = DateField(_("Ends on"), [DataRequired(_("A consent has to say when it ends."))])
    signer_name = StringField(_("Name of the person who signs"), [Length(max=200)])
    signer_relation = SelectField(_("Who they are"), choices=_choices(words.RELATIONS))
    signed_on = DateField(_("Signed on"), [Optional()], description=_("The day beside the signature."))
    email = EmailField(_("Email for the link"), [Optional(), _EMAIL])
    shown_approval = BooleanField(_("The person has read all of this and agrees"))
    scan = FileField(_("The signed paper, as a scan or a photo"))
    strokes = HiddenField()


class SignForm(Form):
    birth_date = DateField(_("The student’s date of birth"), [DataRequired(_("Write the date of birth."))])
    signer_name = StringField(_("Your name, as your signature"), [DataRequired(_("Write your name.")), _NAME])
    signer_relation = SelectField(_("Who are you?"), choices=_choices(words.RELATIONS))
    agrees = BooleanField(_("I have read this and I agree"))
    strokes = HiddenField()


class LinkForm(Form):
    email = EmailField(_("Email for the link"), [Optional(), Length(max=254), _EMAIL])


class StepForm(Form):
    """All that any step may need; which of it is asked for, `states.STEPS` says."""

    version = IntegerField(validators=[Optional()])
    note = TextAreaField(_("Note"), [Length(max=5000)])
    assignee = StringField(_("Who looks after it"), [Length(max=200)])
    next_on = DateField(_("Next on"), [Optional()])
    started_on = DateField(_("Began on"), [Optional()])
    family_agrees = BooleanField(_("The family agrees to wait"))
    reason = SelectField(_("Reason"), [Optional()], choices=_choices(words.NOT_HELPED, _("Choose…")))
    by = SelectField(_("Who says so?"), [Optional()], choices=_choices(words.DECLINED_BY))
    outcome = SelectField(_("What came of it?"), [Optional()], choices=_choices(words.HELPED, _("Choose…")))
    suggested = SelectField(_("Better place"), [Optional()], coerce=int, choices=[], validate_choice=False)


class FollowUpForm(Form):
    follow_up = RadioField(
        _("How is it now?"), [DataRequired(_("Choose one."))], choices=_choices(words.FOLLOW_UPS)
    )
    note = TextAreaField(_("Note"), [_TEXT])


class CloseForm(Form):
    status = RadioField(  # type: ignore[assignment]  # As in the table; the base means the page's.
        _("Was the need met?"),
        [DataRequired(_("Choose one."))],
        choices=options(
            (key, words.NEED_STATUSES[key]) for key in ("met", "partly_met", "unmet", "withdrawn")
        ),
    )
    reason = SelectField(_("If not, why?"), choices=_choices(words.NOT_HELPED, _("Choose…")))
