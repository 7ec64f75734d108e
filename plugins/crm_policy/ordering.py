"""The order in which bills of one number are meant."""

from typing import Any

from sqlalchemy import func

from crm_policy.models import Bill, Session


def newest_first() -> list[Any]:
    """Tracked ones first, then by the days of their session; for a query that joins it."""
    return [(Bill.triage == "tracked").desc(), _begins().desc().nulls_last(), Bill.id.desc()]


def oldest_first() -> list[Any]:
    """By the days of their session alone; for a query that joins it."""
    return [_begins().asc().nulls_first(), Bill.id.asc()]


def _begins() -> Any:
    return func.coalesce(Session.starts_on, Session.ends_on, Bill.introduced_on, Bill.last_action_on)
