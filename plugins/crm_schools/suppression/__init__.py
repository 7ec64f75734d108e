"""Which numbers of a public report must be hidden so that no small group can be told from what is shown.

`protect` decides, `audit` attacks what was decided. Neither knows the database: they work on plain numbers.
"""

from crm_schools.suppression.audit import Finding, attack
from crm_schools.suppression.protect import Elsewhere, Unsafe, protect
from crm_schools.suppression.rule import Rule, is_sensitive
from crm_schools.suppression.table import ALL, Cell, Group, Numbers, Release

__all__ = [
    "ALL",
    "Cell",
    "Elsewhere",
    "Finding",
    "Group",
    "Numbers",
    "Release",
    "Rule",
    "Unsafe",
    "attack",
    "is_sensitive",
    "protect",
]
