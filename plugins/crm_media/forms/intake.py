"""Forms for feeds and saved queries."""

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from crm.plugin_api import Form
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.outside import Unreachable, refuse_inside
from crm_media.forms.common import COMMAS, SHORT, OutletText
from crm_media.reading import urls

WORDS = Length(max=1000)


class FeedForm(Form):
    url = StringField(
        _("Web address of the feed"),
        [InputRequired(_("Paste the address of the feed.")), Length(max=2000)],
        render_kw={"type": "url", "placeholder": "https://", "autocomplete": "off"},
        description=_("RSS or Atom. Google Alerts gives one where you choose “Deliver to: RSS feed”."),
    )
    name = StringField(_("Name"), [SHORT], description=_("Empty takes the name of the site."))
    outlet_name = OutletText(
        _("Outlet"), [SHORT], description=_("Whose feed it is, where it is one outlet’s.")
    )
    takes_all = BooleanField(
        _("Everything in it concerns us"),
        description=_("For alerts that look for words themselves: no saved query is needed."),
    )
    active = BooleanField(_("Ask it every hour"))

    def validate_url(self, field: StringField) -> None:
        """One that is never asked is not kept. Before the transaction, for names are looked up."""
        if address := urls.clean(field.data or ""):
            try:
                refuse_inside(address)
            except Unreachable as error:
                raise ValidationError(error.message) from error


class QueryForm(Form):
    name = StringField(_("Name"), [InputRequired(_("Give the query a name.")), SHORT])
    words = StringField(
        _("Any of these"), [InputRequired(_("Give at least one word to look for.")), WORDS],
        description=_("Words or phrases with commas between; a star stands for any ending: absen*."),
    )  # fmt: skip
    also = StringField(_("And any of these"), [WORDS], description=COMMAS)
    without = StringField(_("But none of these"), [WORDS], description=COMMAS)
    active = BooleanField(_("In use"))
