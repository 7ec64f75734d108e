"""The question of a report."""

from wtforms import DateField
from wtforms.validators import Optional

from crm.plugin_api import Form
from crm.plugin_api import lazy_gettext as _
from crm_media.forms.common import NumberChoice, choice
from crm_media.forms.coverage import campaign_choices
from crm_media.words import REPORT_BY


class ReportForm(Form):
    """Sent by the address, so that a report can be kept as a bookmark."""

    class Meta:
        csrf = False

    begins = DateField(_("From"), [Optional()])
    ends = DateField(_("To"), [Optional()])
    by = choice(_("Messages by"), REPORT_BY)
    campaign_id = NumberChoice(_("Campaign"), campaign_choices, _("All"))
