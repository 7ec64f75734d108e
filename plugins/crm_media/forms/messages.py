"""Forms for messages, spokespeople and interviews."""

from wtforms import BooleanField, DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from crm.plugin_api import Form, current_actor
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import ContactField
from crm_media.forms.common import COMMAS, LONG, SHORT, Checks, OutletText, choice, near
from crm_media.services import messages
from crm_media.words import AVAILABLE, BOOKINGS, PERSPECTIVES


class MessageForm(Form):
    name = StringField(
        _("Name"),
        [InputRequired(_("Give the message a name.")), SHORT],
        description=_("Short, as you call it."),
    )
    wording = TextAreaField(
        _("How we say it"),
        [LONG],
        render_kw={"rows": 3},
        description=_("Two sentences that anybody can repeat."),
    )
    wording_es = TextAreaField(_("How we say it in Spanish"), [LONG], render_kw={"rows": 3})
    proof = TextAreaField(
        _("Proof points"), [LONG], render_kw={"rows": 4}, description=_("One a line, each with its source.")
    )
    do_words = StringField(_("Words we use"), [SHORT], description=COMMAS)
    dont_words = StringField(_("Words we avoid"), [SHORT], description=COMMAS)
    phrases = TextAreaField(
        _("Found in coverage by"),
        [LONG],
        render_kw={"rows": 2},
        description=_("Words or phrases with commas between; a star stands for any ending: kindergarten*."),
    )
    also = TextAreaField(
        _("Only beside one of"),
        [LONG],
        render_kw={"rows": 2},
        description=_(
            "Words of which one must stand in the piece, too, so that none about something else counts."
        ),
    )
    speakers = Checks(_("Who speaks to it"), lambda: messages.speaker_choices(current_actor()))
    active = BooleanField(_("In use"))


class SpokespersonForm(Form):
    custom_type = "media_spokesperson"

    perspective = choice(_("Speaks as"), PERSPECTIVES)
    languages = StringField(_("Languages"), [SHORT], description=COMMAS)
    topics = StringField(_("Topics"), [SHORT], description=COMMAS)
    about = Checks(
        _("Messages they speak to"),
        lambda: [(each.id, each.name) for each in messages.messages(current_actor())],
    )
    available = choice(_("Available"), AVAILABLE)
    availability = StringField(_("When"), [SHORT], description=_("Days and hours, how long beforehand."))
    away_until = DateField(_("Away until"), [Optional(), near])
    at_most = IntegerField(
        _("At most so many interviews a month"), [Optional(), NumberRange(0, 999)],
        description=_("Empty means as many as come."),
    )  # fmt: skip
    training = StringField(_("Training"), [SHORT], description=_("What they learned, and with whom."))
    trained_on = DateField(_("Trained on"), [Optional(), near])
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})


class NewSpokespersonForm(SpokespersonForm):
    first = ("contact_id",)

    contact_id = ContactField(_("Who"), kinds=("person",), required=True)


class BookingForm(Form):
    title = StringField(_("What for"), [InputRequired(_("Say what they are asked for.")), SHORT])
    outlet = OutletText(_("Outlet"), [SHORT])
    on_day = DateField(_("Day"), [InputRequired(_("Write the day.")), near])
    standing = choice(_("Status"), BOOKINGS)
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})
