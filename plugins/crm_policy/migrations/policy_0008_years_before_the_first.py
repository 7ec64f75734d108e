"""Years before the first for which somebody entered what an hour costs went by that one: those with a log
keep what their report computed with."""

import sqlalchemy as sa
from alembic import op

revision = "policy_0008"
down_revision = "policy_0007"
branch_labels = None
depends_on = None

LOG = sa.table("policy_lobbying", sa.column("worked_on", sa.Date()))
YEARS = sa.table(
    "policy_lobbying_year",
    sa.column("year", sa.Integer()),
    sa.column("hour_cost_cents", sa.Integer()),
    sa.column("budget_dollars", sa.BigInteger()),
)


def upgrade() -> None:
    connection = op.get_bind()
    first = connection.execute(sa.select(YEARS).order_by(YEARS.c.year).limit(1)).mappings().first()
    if first is not None:
        logged = connection.execute(sa.select(LOG.c.worked_on).distinct()).scalars()
        years = sorted({day.year for day in logged if day.year < first["year"]})
        if years:
            connection.execute(sa.insert(YEARS), [{**first, "year": year} for year in years])


def downgrade() -> None:
    """The rows say what the reports computed with before, too."""
