"""What an hour costs and what is spent belong to a year, so that the report of a past year stays as it was.
What was set until now is that of the year that runs and of each for which work was logged."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "policy_0007"
down_revision = "policy_0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOUR_COST, BUDGET = "policy.hour_cost", "policy.budget"
USUAL, MOST = 40, 1000
SETTINGS = sa.table(
    "setting_value",
    sa.column("name", sa.String()),
    sa.column("value", sa.Text()),
    sa.column("changed_by", sa.Text()),
    sa.column("changed_at", sa.DateTime(timezone=True)),
)
LOG = sa.table("policy_lobbying", sa.column("worked_on", sa.Date()))
YEARS = sa.table(
    "policy_lobbying_year",
    sa.column("year", sa.Integer()),
    sa.column("hour_cost_cents", sa.Integer()),
    sa.column("budget_dollars", ID),
)


def upgrade() -> None:
    op.create_table(
        "policy_lobbying_year",
        sa.Column("id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("hour_cost_cents", sa.Integer(), nullable=False),
        sa.Column("budget_dollars", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_lobbying_year")),
        sa.UniqueConstraint("year", name=op.f("uq_policy_lobbying_year_year")),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    were = SETTINGS.c.name.in_((HOUR_COST, BUDGET))
    found = {row.name: row.value for row in connection.execute(sa.select(SETTINGS).where(were))}
    connection.execute(sa.delete(SETTINGS).where(were))
    if found.get(HOUR_COST) or found.get(BUDGET):
        cost, budget = min(int(found.get(HOUR_COST) or USUAL), MOST), int(found.get(BUDGET) or 0)
        values = {"hour_cost_cents": cost * 100, "budget_dollars": budget or None}
        logged = connection.execute(sa.select(LOG.c.worked_on).distinct()).scalars()
        years = {datetime.now(UTC).year, *(day.year for day in logged)}
        connection.execute(sa.insert(YEARS), [{"year": year, **values} for year in sorted(years)])


def downgrade() -> None:
    connection = op.get_bind()
    newest = connection.execute(sa.select(YEARS).order_by(YEARS.c.year.desc()).limit(1)).first()
    if newest is not None:
        values = {HOUR_COST: newest.hour_cost_cents // 100, BUDGET: newest.budget_dollars or ""}
        for name, value in values.items():
            row = {"name": name, "value": str(value), "changed_by": "", "changed_at": datetime.now(UTC)}
            connection.execute(sa.insert(SETTINGS).values(**row))
    op.drop_table("policy_lobbying_year")
