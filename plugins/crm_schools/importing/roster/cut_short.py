"""Archives that are cut short, as where a download broke off: what lies at their end says what is in them, so
they cannot be opened, and begin like a workbook, which is such an archive, too."""

import struct
import zipfile
from pathlib import Path
from typing import Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile

HEAD: Final = struct.Struct("<4s22xHH")
"""Of a member of an archive: its signature, and how long its name and what stands behind that are (PKZIP
application note 4.3.7)."""
MEMBER: Final = b"PK\x03\x04"
OF_WORKBOOKS: Final = ("[Content_Types].xml", "_rels/", "docProps/", "xl/")


def refuse(path: Path, name: str) -> None:
    """BadFile where a file begins as an archive that is no workbook, and does not end as one."""
    if zipfile.is_zipfile(path):
        return
    with path.open("rb") as file:
        head = file.read(HEAD.size)
        if not head.startswith(MEMBER) or len(head) < HEAD.size:
            return
        _signature, length, _more = HEAD.unpack(head)
        first = file.read(length).decode("utf-8", "replace")
    if not first.startswith(OF_WORKBOOKS):
        raise BadFile(
            _("“%(name)s” is an archive that is cut short: its end is missing. Download it again.", name=name)
        )
