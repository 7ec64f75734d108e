"""To whom the answers to a release go, and by what its recipients were looked for."""

import sqlalchemy as sa
from alembic import op

revision = "media_0010"
down_revision = "media_0009"
branch_labels = None
depends_on = None

KEPT = {"sqlite_autoincrement": True}
USER = "fk_media_release_sender_id_user_account"


def upgrade() -> None:
    with op.batch_alter_table("media_release", table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column("answers_to", sa.String(length=30), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("sender_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(op.f(USER), "user_account", ["sender_id"], ["id"])
        batch_op.create_index(op.f("ix_media_release_sender_id"), ["sender_id"])
    op.add_column("media_recipient", sa.Column("sought", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("media_recipient", table_kwargs=KEPT) as batch_op:
        batch_op.drop_column("sought")
    with op.batch_alter_table("media_release", table_kwargs=KEPT) as batch_op:
        batch_op.drop_index(op.f("ix_media_release_sender_id"))
        batch_op.drop_constraint(op.f(USER), type_="foreignkey")
        batch_op.drop_column("sender_id")
        batch_op.drop_column("answers_to")
