"""What is printed and handed over, as PDF: fact sheets, testimony, whip sheets, scorecards, the yearly report
of lobbying."""

from crm_policy.papers.bills import fact_sheet, testimony, whip_sheet
from crm_policy.papers.lobbying import lobbying_report
from crm_policy.papers.states import scorecard

__all__ = ["fact_sheet", "lobbying_report", "scorecard", "testimony", "whip_sheet"]
