"""What a plugin implements to bring a kind of import or export: `crm_importers` and `crm_exporters`."""

from crm.transfer.errors import BadFile
from crm.transfer.exporting import ExportHandler
from crm.transfer.kinds import Cleaner, ImportHandler, Line, ReadsFiles, RecordSource, Settings
from crm.transfer.messages import Notice, Problem

__all__ = [
    "BadFile",
    "Cleaner",
    "ExportHandler",
    "ImportHandler",
    "Line",
    "Notice",
    "Problem",
    "ReadsFiles",
    "RecordSource",
    "Settings",
]
