"""Directories that come in: HSDS as JSON or as a folder or zip of its CSV files, and any vendor's CSV by a
mapping.

All of them become HSDS's own nested form first, and one function brings that in. Each repair and each
refusal is a `Note` that says where it stood, what was wrong and what was done.
"""

from crm_referrals.hsds.importing.files import read, read_uploads
from crm_referrals.hsds.importing.mapping import ENTITIES, mapping_of
from crm_referrals.hsds.importing.outcome import Gone, Note, Outcome
from crm_referrals.hsds.importing.writing import apply, plan, write_agency

__all__ = [
    "ENTITIES",
    "Gone",
    "Note",
    "Outcome",
    "apply",
    "mapping_of",
    "plan",
    "read",
    "read_uploads",
    "write_agency",
]
