"""Of a consent the names that were shown and the mail that asked; of an emergency whether it was none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0006"
down_revision = "referrals_0005"
branch_labels = None
depends_on = None
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEPT = {"table_kwargs": {"sqlite_autoincrement": True}}
"""For tables that SQLite makes anew: no id is given twice."""


def upgrade() -> None:
    with op.batch_alter_table("referrals_consent", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("party_names", _JSON, nullable=True))
        batch_op.add_column(sa.Column("mail_ids", _JSON, nullable=True))
    with op.batch_alter_table("referrals_disclosure", **_KEPT) as batch_op:
        batch_op.add_column(sa.Column("was_none", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("referrals_disclosure", **_KEPT) as batch_op:
        batch_op.drop_column("was_none")
    with op.batch_alter_table("referrals_consent", **_KEPT) as batch_op:
        batch_op.drop_column("mail_ids")
        batch_op.drop_column("party_names")
