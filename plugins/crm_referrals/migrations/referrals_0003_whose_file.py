"""Whose file brought a service, a place, or that one is given at the other."""

import sqlalchemy as sa
from alembic import op

revision = "referrals_0003"
down_revision = "referrals_0002"
branch_labels = None
depends_on = None
_TABLES = ("referrals_service", "referrals_location", "referrals_placing")
_KEPT = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""


def upgrade() -> None:
    for name in _TABLES:
        with op.batch_alter_table(name, **_KEPT) as batch_op:
            batch_op.add_column(sa.Column("came_from", sa.String(length=80), nullable=True))


def downgrade() -> None:
    for name in _TABLES:
        with op.batch_alter_table(name, **_KEPT) as batch_op:
            batch_op.drop_column("came_from")
