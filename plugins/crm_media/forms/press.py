"""Forms for outlets and reporters."""

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from crm.plugin_api import Form
from crm.plugin_api import lazy_gettext as _
from crm_media.forms.common import COMMAS, LONG, SHORT, OutletText, near
from crm_media.words import CHANNELS, OUTLETS, REPORTERS


class OutletForm(Form):
    """An organization as a medium."""

    custom_type = "media_outlet"

    kind = SelectField(_("Kind"), choices=lambda: list(OUTLETS.items()))
    audience = StringField(_("Audience"), [SHORT], description=_("Whom it reaches: parents, a town."))
    areas = StringField(_("Areas"), [SHORT], description=COMMAS)
    languages = StringField(_("Languages"), [SHORT], description=COMMAS)
    owner = StringField(_("Owned by"), [SHORT])
    circulation = IntegerField(_("Circulation"), [Optional(), NumberRange(0, 2_000_000_000)])
    circulation_source = StringField(_("Source of the circulation"), [SHORT])
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})

    def validate_circulation_source(self, field: StringField) -> None:
        if self.circulation.data is not None and not (field.data or "").strip():
            raise ValidationError(_("Say where the number comes from, or leave it out."))


class NewOutletForm(OutletForm):
    """The same for one that may not be among the organizations yet."""

    first = ("name",)

    name = StringField(_("Name"), [InputRequired(_("Write its name.")), SHORT])


class ReporterForm(Form):
    """Somebody of the press."""

    custom_type = "media_reporter"

    kind = SelectField(_("Kind"), choices=lambda: list(REPORTERS.items()))
    beats = StringField(_("Beats"), [SHORT], description=COMMAS)
    areas = StringField(_("Areas"), [SHORT], description=COMMAS)
    languages = StringField(
        _("Languages"), [SHORT], description=_("In which they write. Empty: those of their outlet.")
    )
    channel = SelectField(_("Best reached by"), choices=lambda: list(CHANNELS.items()))
    hours = StringField(_("Hours"), [SHORT], description=_("When to call, and their deadline."))
    do_not_chase = BooleanField(_("Do not chase"), description=_("One message, no reminder."))
    away_until = DateField(_("Away until"), [Optional(), near])
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})


class NewReporterForm(ReporterForm):
    """The same for somebody who is not among the people yet."""

    first = ("given_name", "family_name", "email", "phone", "outlet", "role")

    given_name = StringField(_("Given name"), [SHORT])
    family_name = StringField(
        _("Family name, or the name of a desk"), [InputRequired(_("Write their name.")), SHORT]
    )
    email = StringField(_("Email"), [SHORT], render_kw={"type": "email", "autocomplete": "off"})
    phone = StringField(_("Phone"), [SHORT], render_kw={"type": "tel", "autocomplete": "off"})
    outlet = OutletText(_("Outlet"), [SHORT], description=_("It is added if it is not known yet."))
    role = StringField(_("Role there"), [SHORT])


class MoveForm(Form):
    """Somebody changes posts."""

    outlet = OutletText(_("New outlet"), [SHORT], description=_("Leave it empty if they left the press."))
    role = StringField(_("Role there"), [SHORT])
    on = DateField(_("Since"), [InputRequired(_("Write the day.")), near])
    email = StringField(
        _("New email address"),
        [SHORT],
        description=_("They are written to there from now on. Empty: their record asks to be verified."),
    )
