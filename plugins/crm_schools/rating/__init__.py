"""Ratings: computed by `rater` from what is known of students, kept right by `settling` with every change."""

from crm_schools.rating.rater import Absence, Judged, Known, Rater, Span
from crm_schools.rating.settling import absences, follow, nightly, rate, settle, settle_after_import

__all__ = [
    "Absence",
    "Judged",
    "Known",
    "Rater",
    "Span",
    "absences",
    "follow",
    "nightly",
    "rate",
    "settle",
    "settle_after_import",
]
