"""A release has a language; a recipient says which version they got; what left is no draft any more."""

import sqlalchemy as sa
from alembic import op

revision = "media_0008"
down_revision = "media_0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUS = "ck_media_release_status"


def upgrade() -> None:
    with op.batch_alter_table("media_release", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=5), nullable=False, server_default="en"))
        batch_op.drop_constraint(op.f(STATUS), type_="check")
        batch_op.create_check_constraint(op.f(STATUS), "status in ('draft', 'review', 'approved', 'sent')")
    with op.batch_alter_table("media_recipient", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("version_id", ID, nullable=True))
        batch_op.create_foreign_key(
            "fk_media_recipient_version_id_media_version", "media_version", ["version_id"], ["id"]
        )
        batch_op.create_index("ix_media_recipient_version_id", ["version_id"], unique=False)


def downgrade() -> None:
    op.execute("UPDATE media_release SET status = 'approved' WHERE status = 'sent'")
    with op.batch_alter_table("media_recipient", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_index("ix_media_recipient_version_id")
        batch_op.drop_constraint("fk_media_recipient_version_id_media_version", type_="foreignkey")
        batch_op.drop_column("version_id")
    with op.batch_alter_table("media_release", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(op.f(STATUS), type_="check")
        batch_op.create_check_constraint(op.f(STATUS), "status in ('draft', 'review', 'approved')")
        batch_op.drop_column("language")
