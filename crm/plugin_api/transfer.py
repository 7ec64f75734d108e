"""What a plugin implements to bring a kind of import or export: `crm_importers` and `crm_exporters`."""

from crm.transfer.again import look_again
from crm.transfer.at_once import Outcome, bring_in
from crm.transfer.earlier import noticed_before
from crm.transfer.errors import BadFile
from crm.transfer.exporting import ExportHandler
from crm.transfer.kinds import (
    UNSAID,
    AsksColumns,
    Cleaner,
    Concludes,
    Finishes,
    ImportHandler,
    KeepsColumns,
    LeadsOn,
    Line,
    OpensFiles,
    OwnSource,
    Question,
    Settings,
    SumsUp,
)
from crm.transfer.list_export import list_exporter
from crm.transfer.messages import Notice, Problem
from crm.transfer.own_columns import OwnColumns
from crm.transfer.readers import Columns, Limits, TableSource, by_columns, open_table
from crm.transfer.runs import CHANGE as IMPORTED
from crm.transfer.writers import safe_text

__all__ = [
    "IMPORTED",
    "UNSAID",
    "AsksColumns",
    "BadFile",
    "Cleaner",
    "Columns",
    "Concludes",
    "ExportHandler",
    "Finishes",
    "ImportHandler",
    "KeepsColumns",
    "LeadsOn",
    "Limits",
    "Line",
    "Notice",
    "OpensFiles",
    "Outcome",
    "OwnColumns",
    "OwnSource",
    "Problem",
    "Question",
    "Settings",
    "SumsUp",
    "TableSource",
    "bring_in",
    "by_columns",
    "list_exporter",
    "look_again",
    "noticed_before",
    "open_table",
    "safe_text",
]
