"""The school's side: a student's needs, matching, consent, sending."""

from crm_referrals.views.needs import choosing, consents, one, students
from crm_referrals.views.needs.shared import may_refer, name_of, private_among, seen

__all__ = ["choosing", "consents", "may_refer", "name_of", "one", "private_among", "seen", "students"]
