"""The school's side: a student's needs, matching, consent, sending."""

from crm_referrals.views.needs import choosing, consents, one, students
from crm_referrals.views.needs.shared import agency_names, may_refer, name_of, private_among, seen

__all__ = [
    "agency_names",
    "choosing",
    "consents",
    "may_refer",
    "name_of",
    "one",
    "private_among",
    "seen",
    "students",
]
