"""What a plugin implements to bring a kind of import or export: `crm_importers` and `crm_exporters`."""

from crm.transfer.exporting import ExportHandler
from crm.transfer.kinds import Cleaner, ImportHandler, Line, Settings
from crm.transfer.list_export import list_exporter
from crm.transfer.messages import Problem

__all__ = ["Cleaner", "ExportHandler", "ImportHandler", "Line", "Problem", "Settings", "list_exporter"]
