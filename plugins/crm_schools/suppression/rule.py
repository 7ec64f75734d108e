"""What is too small to be shown."""

from dataclasses import dataclass

from crm_schools.suppression.table import Group


@dataclass(frozen=True)
class Rule:
    """What is too small to be shown.

    `students`: groups of fewer are hidden; 10 is what most states use (NCES, ED514095: 5 to 30, most often
    10). `count`: a count from 1 to below this, or one that leaves fewer than this out, is hidden; 6 is the
    smallest count that Connecticut publishes, and leaving nobody out would say it of everybody."""

    students: int = 10
    count: int = 6


def is_sensitive(group: Group, rule: Rule) -> bool:
    """Whether these numbers say too much of single students. Nobody counted in a group that is large enough
    says nothing bad of anybody."""
    if group.students < rule.students:
        return True
    return any(0 < count < rule.count or group.students - count < rule.count for count in group.counts)
