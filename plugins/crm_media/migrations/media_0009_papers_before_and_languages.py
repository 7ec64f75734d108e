"""The papers that an op-ed lay at before, and until when one has it alone; languages of reporters; words
that a message is found beside only."""

import sqlalchemy as sa
from alembic import op

revision = "media_0009"
down_revision = "media_0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = {"sqlite_autoincrement": True}
STATUS = "ck_media_opinion_status"
BEFORE = "status in ('draft', 'submitted', 'accepted', 'declined', 'printed')"
SINCE = "status in ('draft', 'submitted', 'accepted', 'declined', 'withdrawn', 'printed')"


def upgrade() -> None:
    op.add_column("media_reporter", sa.Column("languages", sa.Text(), nullable=False, server_default=""))
    op.add_column("media_message", sa.Column("also", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("media_opinion", table_kwargs=KEPT) as batch_op:
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        batch_op.drop_constraint(op.f(STATUS), type_="check")
        batch_op.create_check_constraint(op.f(STATUS), SINCE)
    op.create_table(
        "media_submission",
        sa.Column("id", ID, nullable=False),
        sa.Column("opinion_id", ID, nullable=False),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome in ('declined', 'withdrawn', 'silent')", name=op.f("ck_media_submission_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["opinion_id"], ["media_opinion.id"], name=op.f("fk_media_submission_opinion_id_media_opinion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_submission")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_media_submission_opinion_id"), "media_submission", ["opinion_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_media_submission_opinion_id"), table_name="media_submission")
    op.drop_table("media_submission")
    op.execute("UPDATE media_opinion SET status = 'declined' WHERE status = 'withdrawn'")
    with op.batch_alter_table("media_opinion", table_kwargs=KEPT) as batch_op:
        batch_op.drop_constraint(op.f(STATUS), type_="check")
        batch_op.create_check_constraint(op.f(STATUS), BEFORE)
        batch_op.drop_column("until")
    for table, column in (("media_message", "also"), ("media_reporter", "languages")):
        with op.batch_alter_table(table, table_kwargs=KEPT) as batch_op:
            batch_op.drop_column(column)
