"""Feeds queries and what came in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "media_0004"
down_revision = "media_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_feed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("takes_all", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_feed")),
        sa.UniqueConstraint("url_key", name=op.f("uq_media_feed_url_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_query",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("also", sa.Text(), nullable=False),
        sa.Column("without", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_query")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "media_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guid_hash", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("outlet_name", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("clip_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("status in ('new', 'kept', 'ignored')", name=op.f("ck_media_item_status")),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["media_clip.id"], name=op.f("fk_media_item_clip_id_media_clip")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["media_feed.id"], name=op.f("fk_media_item_feed_id_media_feed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_item")),
        sa.UniqueConstraint("feed_id", "guid_hash", name=op.f("uq_media_item_feed_id_guid_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("media_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_item_clip_id"), ["clip_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_media_item_status_sorted_at"), ["status", "sorted_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_media_item_url_key"), ["url_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("media_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_item_url_key"))
        batch_op.drop_index(batch_op.f("ix_media_item_status_sorted_at"))
        batch_op.drop_index(batch_op.f("ix_media_item_clip_id"))

    op.drop_table("media_item")
    op.drop_table("media_query")
    op.drop_table("media_feed")
