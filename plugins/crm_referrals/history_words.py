"""What the history calls the columns of this plugin."""

from typing import Final

from crm.plugin_api import ColumnWords
from crm.plugin_api import lazy_gettext as _
from crm_referrals.words import CAPACITIES, CATEGORIES, NOTICES, PLACES, STATUSES

WORDS: Final = (
    ColumnWords("acknowledges_only", _("Answers, and no more")),
    ColumnWords("alternate_name", _("Other name")),
    ColumnWords("application_process", _("How to apply")),
    ColumnWords("area_codes"),
    ColumnWords("assured_on", _("Assured on")),
    ColumnWords("available", _("Free places")),
    ColumnWords("by_name", _("From")),
    ColumnWords("changes", _("Changes")),
    ColumnWords("closed_on", _("Closed on")),
    ColumnWords("contact_id", _("Organization")),
    ColumnWords("eligibility_description", _("Who may come")),
    ColumnWords("fees_description", _("Cost")),
    ColumnWords("is_confidential", _("Address is confidential")),
    ColumnWords("is_free", _("Free")),
    ColumnWords("is_public", _("Public")),
    ColumnWords("is_sensitive", _("Sensitive")),
    ColumnWords("is_virtual", _("By phone or online")),
    ColumnWords("language_codes", _("Languages")),
    ColumnWords("latitude", _("Latitude")),
    ColumnWords("longitude", _("Longitude")),
    ColumnWords("legal_status", _("Legal form")),
    ColumnWords("location_id", _("Place")),
    ColumnWords("maximum_age", _("Oldest age")),
    ColumnWords("minimum_age", _("Youngest age")),
    ColumnWords("note", _("Note")),
    ColumnWords("notice", _("Notices"), NOTICES),
    ColumnWords("notice_email", _("Email for notices")),
    ColumnWords("parts"),
    ColumnWords("phone", _("Phone")),
    ColumnWords("respond_days", _("Days to answer")),
    ColumnWords("said_at", _("Said")),
    ColumnWords("said_by", _("Said by")),
    ColumnWords("search_text"),
    ColumnWords("state", _("State")),
    ColumnWords("state", _("Room"), CAPACITIES, table="referrals_capacity"),
    ColumnWords("kind", _("Kind"), PLACES, table="referrals_location"),
    ColumnWords("status", _("Status"), STATUSES, table="referrals_service"),
    ColumnWords("status", _("Status")),
    ColumnWords("term", _("Category"), CATEGORIES),
    ColumnWords("transportation", _("How to get there")),
    ColumnWords("uid"),
    ColumnWords("website", _("Website")),
    ColumnWords("weekly_cap", _("At most a week")),
    ColumnWords("year_incorporated", _("Founded in")),
)
