"""What other plugins may use of referrals: needs that nobody met, counted without anybody's identity."""

from crm_referrals.services.ledger import LEAST, Count, unmet

__all__ = ["LEAST", "Count", "unmet"]
