"""Messages and spokespeople."""

import sqlalchemy as sa
from alembic import op

revision = "media_0002"
down_revision = "media_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_es", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("do_words", sa.Text(), nullable=False),
        sa.Column("dont_words", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_message")),
        sa.UniqueConstraint("name", name=op.f("uq_media_message_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_spokesperson",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("perspective", sa.String(length=20), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("training", sa.Text(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("available", sa.String(length=10), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("available in ('yes', 'ask', 'no')", name=op.f("ck_media_spokesperson_available")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_media_spokesperson_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_spokesperson")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_media_spokesperson_contact_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_booking",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("spokesperson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('asked', 'agreed', 'done', 'declined')", name=op.f("ck_media_booking_status")
        ),
        sa.ForeignKeyConstraint(
            ["spokesperson_id"],
            ["media_spokesperson.id"],
            name=op.f("fk_media_booking_spokesperson_id_media_spokesperson"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_booking")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_booking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_booking_on_day"), ["on_day"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_media_booking_spokesperson_id"), ["spokesperson_id"], unique=False
        )

    op.create_table(
        "media_carries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("spokesperson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["media_message.id"], name=op.f("fk_media_carries_message_id_media_message")
        ),
        sa.ForeignKeyConstraint(
            ["spokesperson_id"],
            ["media_spokesperson.id"],
            name=op.f("fk_media_carries_spokesperson_id_media_spokesperson"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_carries")),
        sa.UniqueConstraint(
            "spokesperson_id", "message_id", name=op.f("uq_media_carries_spokesperson_id_message_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_carries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_carries_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("media_carries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_carries_message_id"))

    op.drop_table("media_carries")
    with op.batch_alter_table("media_booking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_booking_spokesperson_id"))
        batch_op.drop_index(batch_op.f("ix_media_booking_on_day"))

    op.drop_table("media_booking")
    op.drop_table("media_spokesperson")
    op.drop_table("media_message")
