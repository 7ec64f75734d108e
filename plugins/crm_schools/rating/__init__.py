"""Ratings: computed by `rater` from what is known of students, kept right by `settling` with every change."""

from crm_schools.rating.rater import Judged, Known, Rater, Span
from crm_schools.rating.settling import follow, nightly, rate, settle, settle_after_import

__all__ = ["Judged", "Known", "Rater", "Span", "follow", "nightly", "rate", "settle", "settle_after_import"]
