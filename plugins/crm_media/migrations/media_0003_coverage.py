"""Coverage."""

import sqlalchemy as sa
from alembic import op

revision = "media_0003"
down_revision = "media_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_clip",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=True),
        sa.Column("outlet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("medium", sa.String(length=20), nullable=False),
        sa.Column("piece", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("framing", sa.String(length=10), nullable=False),
        sa.Column("tone", sa.String(length=12), nullable=False),
        sa.Column("prominence", sa.String(length=12), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("reach", sa.Integer(), nullable=True),
        sa.Column("reach_source", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bill", sa.String(length=60), nullable=False),
        sa.Column("copy_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reach is null or reach_source <> ''", name=op.f("ck_media_clip_reach")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_media_clip_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["copy_of_id"], ["media_clip.id"], name=op.f("fk_media_clip_copy_of_id_media_clip")
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["media_outlet.id"], name=op.f("fk_media_clip_outlet_id_media_outlet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_clip")),
        sa.UniqueConstraint("url_key", name=op.f("uq_media_clip_url_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_clip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_clip_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_clip_copy_of_id"), ["copy_of_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_clip_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_media_clip_published_on_id"), ["published_on", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_media_clip_title_key"), ["title_key"], unique=False)

    op.create_table(
        "media_clip_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clip_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("storage_key", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["media_clip.id"], name=op.f("fk_media_clip_file_clip_id_media_clip")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_clip_file")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_clip_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_clip_file_clip_id"), ["clip_id"], unique=False)

    op.create_table(
        "media_clip_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clip_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["media_clip.id"], name=op.f("fk_media_clip_message_clip_id_media_clip")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["media_message.id"], name=op.f("fk_media_clip_message_message_id_media_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_clip_message")),
        sa.UniqueConstraint("clip_id", "message_id", name=op.f("uq_media_clip_message_clip_id_message_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_clip_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_clip_message_message_id"), ["message_id"], unique=False)

    op.create_table(
        "media_clip_person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clip_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role in ('quoted', 'mentioned', 'author')", name=op.f("ck_media_clip_person_role")
        ),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["media_clip.id"], name=op.f("fk_media_clip_person_clip_id_media_clip")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_media_clip_person_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_clip_person")),
        sa.UniqueConstraint("clip_id", "contact_id", name=op.f("uq_media_clip_person_clip_id_contact_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_clip_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_clip_person_contact_id"), ["contact_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("media_clip_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_clip_person_contact_id"))

    op.drop_table("media_clip_person")
    with op.batch_alter_table("media_clip_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_clip_message_message_id"))

    op.drop_table("media_clip_message")
    with op.batch_alter_table("media_clip_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_clip_file_clip_id"))

    op.drop_table("media_clip_file")
    with op.batch_alter_table("media_clip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_clip_title_key"))
        batch_op.drop_index(batch_op.f("ix_media_clip_published_on_id"))
        batch_op.drop_index(batch_op.f("ix_media_clip_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_media_clip_copy_of_id"))
        batch_op.drop_index(batch_op.f("ix_media_clip_campaign_id"))

    op.drop_table("media_clip")
