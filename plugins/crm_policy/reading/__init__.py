"""Files of bills and legislators, whatever their format, as neutral records; see
`crm_policy.reading.neutral`."""

from crm_policy.reading.source import FORMATS, FileSource, detect

__all__ = ["FORMATS", "FileSource", "detect"]
