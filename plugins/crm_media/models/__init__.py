"""The tables of media relations."""

from crm.plugin_api.files import name_files
from crm_media.models.coverage import Clip, ClipFile, ClipMessage, ClipPerson
from crm_media.models.intake import Feed, Item, Query
from crm_media.models.messages import Booking, Carries, Message, Spokesperson
from crm_media.models.outreach import (
    Mailbox,
    Opinion,
    Plan,
    PlanStep,
    Recipient,
    Release,
    ReleaseFile,
    Submission,
    Version,
)
from crm_media.models.press import Outlet, Reporter

__all__ = [
    "Booking",
    "Carries",
    "Clip",
    "ClipFile",
    "ClipMessage",
    "ClipPerson",
    "Feed",
    "Item",
    "Mailbox",
    "Message",
    "Opinion",
    "Outlet",
    "Plan",
    "PlanStep",
    "Query",
    "Recipient",
    "Release",
    "ReleaseFile",
    "Reporter",
    "Spokesperson",
    "Submission",
    "Version",
]

name_files(ClipFile, "storage_key")
name_files(ReleaseFile, "storage_key")
