"""Files of releases, the bills that pieces are about, whose a plan is, and the mailbox that mail comes back
to."""

import sqlalchemy as sa
from alembic import op

revision = "media_0006"
down_revision = "media_0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "media_mailbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("uid_validity", ID, nullable=False),
        sa.Column("last_uid", ID, nullable=False),
        sa.Column("noted", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_mailbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_release_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("release_id", ID, nullable=False),
        sa.Column("storage_key", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["media_release.id"], name=op.f("fk_media_release_file_release_id_media_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_release_file")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_media_release_file_release_id"), "media_release_file", ["release_id"])
    with op.batch_alter_table("media_release", table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column("bill", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("bill_id", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_media_release_bill_id"), ["bill_id"], unique=False)
    with op.batch_alter_table("media_clip", table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column("bill_id", ID, nullable=True))
        batch_op.add_column(sa.Column("opinion_id", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_media_clip_bill_id"), ["bill_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_clip_opinion_id"), ["opinion_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_media_clip_opinion_id_media_opinion"), "media_opinion", ["opinion_id"], ["id"]
        )
    with op.batch_alter_table("media_plan", table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column("coalition_id", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_media_plan_coalition_id"), ["coalition_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_media_plan_coalition_id_coalition"), "coalition", ["coalition_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("media_plan", table_kwargs=KEPT) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_media_plan_coalition_id_coalition"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_media_plan_coalition_id"))
        batch_op.drop_column("coalition_id")
    with op.batch_alter_table("media_clip", table_kwargs=KEPT) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_media_clip_opinion_id_media_opinion"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_media_clip_opinion_id"))
        batch_op.drop_index(batch_op.f("ix_media_clip_bill_id"))
        batch_op.drop_column("opinion_id")
        batch_op.drop_column("bill_id")
    with op.batch_alter_table("media_release", table_kwargs=KEPT) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_release_bill_id"))
        batch_op.drop_column("bill_id")
        batch_op.drop_column("bill")
    op.drop_index(op.f("ix_media_release_file_release_id"), table_name="media_release_file")
    op.drop_table("media_release_file")
    op.drop_table("media_mailbox")
