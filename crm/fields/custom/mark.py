"""By what a request knows whether the custom fields are still those that its process has read."""

from typing import Any

from flask import g
from sqlalchemy import func, select

from crm import db
from crm.fields.models import CustomField

COLUMNS: tuple[Any, ...] = (
    select(func.count()).select_from(db.table(CustomField)).scalar_subquery(),
    select(func.max(db.table(CustomField).c.updated_at)).scalar_subquery(),
)
"""For a statement that every request needs anyway: how many there are, and when one was changed last."""


def remember(values: tuple[Any, ...]) -> None:
    """Take down, for this request, what the columns said."""
    g.crm_custom_mark = values
