"""Forms for coverage."""

from sqlalchemy import func
from wtforms import DateField, FileField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from crm.plugin_api import Form, current_actor, db, now, visible
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import ContactField
from crm.plugin_api.records import Campaign
from crm_media.forms.common import LONG, SHORT, BillText, Checks, NumberChoice, OutletText, choice, near
from crm_media.models import Opinion, Release
from crm_media.permissions import OUTREACH
from crm_media.reading import urls
from crm_media.services import messages
from crm_media.words import CLIP_ROLES, MEDIUMS, PIECES, PROMINENCES, TONES

TEXT = Length(max=20_000, message=_("At most 20,000 letters."))


class LookForm(Form):
    """The address of a piece."""

    url = StringField(
        _("Web address"),
        [InputRequired(_("Paste the address of the piece.")), Length(max=2000)],
        render_kw={"type": "url", "placeholder": "https://", "autocomplete": "off"},
    )


def campaign_choices() -> list[tuple[int, str]]:
    statement = visible(Campaign, current_actor()).order_by(func.lower(Campaign.name)).limit(300)
    return [
        (row[0], row[1])
        for row in db.session().execute(statement.with_only_columns(Campaign.id, Campaign.name))
    ]


def release_choices() -> list[tuple[int, str]]:
    if not current_actor().can(OUTREACH):
        return []
    statement = visible(Release, current_actor()).order_by(Release.id.desc()).limit(100)
    return [
        (row[0], row[1])
        for row in db.session().execute(statement.with_only_columns(Release.id, Release.name))
    ]


def opinion_choices() -> list[tuple[int, str]]:
    if not current_actor().can(OUTREACH):
        return []
    statement = visible(Opinion, current_actor()).order_by(Opinion.id.desc()).limit(100)
    return [
        (row[0], row[1])
        for row in db.session().execute(statement.with_only_columns(Opinion.id, Opinion.title))
    ]


class ClipForm(Form):
    """All about a piece; whatever its page said stands there already."""

    custom_type = "media_clip"

    title = StringField(_("Headline"), [InputRequired(_("Write its headline.")), Length(max=500)])
    outlet_name = OutletText(_("Outlet"), [SHORT])
    published_on = DateField(_("Published on"), [Optional(), near])
    author = StringField(_("Author"), [SHORT])
    url = StringField(_("Web address"), [Length(max=2000)], render_kw={"type": "url"})
    medium = choice(_("Medium"), MEDIUMS)
    piece = choice(_("Kind of piece"), PIECES)
    place = StringField(_("Page, program or time"), [SHORT], description=_("“A3”, “Morning Edition, 7:12”."))
    text = TextAreaField(
        _("Text"), [TEXT], render_kw={"rows": 8},
        description=_("Framing and messages are read from it. It stays in here."),
    )  # fmt: skip
    messages = Checks(
        _("Messages in it"),
        lambda: [(each.id, each.name) for each in messages.messages(current_actor()) if each.active],
    )
    quote = TextAreaField(_("Best quote"), [LONG], render_kw={"rows": 2})
    tone = choice(_("Tone"), TONES, _("Not judged yet"))
    prominence = choice(_("How prominent"), PROMINENCES, _("Not judged yet"))
    reach = IntegerField(_("Reach"), [Optional(), NumberRange(0, 2_000_000_000)])
    reach_source = StringField(_("Source of the reach"), [SHORT])
    campaign_id = NumberChoice(_("Campaign"), campaign_choices)
    bill = BillText(_("Bill"), [SHORT], description=_("Its state and number: MI HB 12."))
    release_id = NumberChoice(_("Release or pitch"), release_choices)
    opinion_id = NumberChoice(_("Op-ed or letter of ours"), opinion_choices)
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 2})

    def validate_reach_source(self, field: StringField) -> None:
        if self.reach.data is not None and not (field.data or "").strip():
            raise ValidationError(_("Say where the number comes from, or leave it out."))

    def validate_url(self, field: StringField) -> None:
        if (field.data or "").strip() and not urls.clean(field.data or ""):
            raise ValidationError(_("A web address begins with https:// or http://."))

    def validate_published_on(self, field: DateField) -> None:
        if field.data is not None and field.data > now().date():
            raise ValidationError(_("This day lies in the future."))


class PersonForm(Form):
    contact_id = ContactField(_("Who"), required=True)
    role = choice(_("How"), CLIP_ROLES)
    words = TextAreaField(_("What they say"), [LONG], render_kw={"rows": 2})


class FileForm(Form):
    file = FileField(_("Screenshot, scan or PDF"))


class JoinForm(Form):
    number = IntegerField(
        _("Number of the other piece"), [InputRequired(_("Write its number.")), NumberRange(1, 2**63 - 1)],
        description=_("It stands on its page beside the headline."),
    )  # fmt: skip
