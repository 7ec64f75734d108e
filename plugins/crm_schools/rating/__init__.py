"""Ratings: computed by `rater` from what is known of students (`shapes`) as far as attendance has come
(`reach`), kept right by `settling` with every change and by `work` in the background."""

from crm_schools.rating.rater import Rater
from crm_schools.rating.settling import absences, follow, settle, settle_after_import
from crm_schools.rating.shapes import Absence, Judged, Known, Span

__all__ = [
    "Absence",
    "Judged",
    "Known",
    "Rater",
    "Span",
    "absences",
    "follow",
    "settle",
    "settle_after_import",
]
