"""Files as tables: opened, recognized, limited, streamed."""

from pathlib import Path

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.readers.delimited import DelimitedTable
from crm.transfer.readers.encodings import ENCODINGS
from crm.transfer.readers.limits import Limits
from crm.transfer.readers.sniff import FileKind, detect
from crm.transfer.readers.source import Chunk, Columns, Row, TableSource, by_columns
from crm.transfer.readers.workbook import WorkbookTable

__all__ = [
    "ENCODINGS",
    "BadFile",
    "Chunk",
    "Columns",
    "DelimitedTable",
    "FileKind",
    "Limits",
    "Row",
    "TableSource",
    "WorkbookTable",
    "by_columns",
    "detect",
    "open_table",
]


def open_table(
    path: Path,
    *,
    name: str | None = None,
    limits: Limits | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> TableSource:
    """Open a CSV or XLSX file; raises BadFile with a sentence when it cannot be read.

    `name` is what the person called it, where it is kept under another name. `sheet` chooses a sheet of a
    workbook; `encoding` (one of ENCODINGS) and `delimiter` overrule what was found in a text.
    """
    limits = limits or Limits()
    name = name or path.name
    kind = detect(path, name, limits)
    if kind == "xlsx":
        return WorkbookTable(path, name, limits, sheet=sheet)
    if kind == "vcard":
        raise BadFile(_("“%(name)s” is a vCard, not a table.", name=name))
    if encoding is not None and encoding not in ENCODINGS:
        raise BadFile(_("There is no encoding “%(encoding)s” to choose.", encoding=encoding))
    return DelimitedTable(path, name, limits, encoding=encoding, delimiter=delimiter)
