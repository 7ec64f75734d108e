"""Coalitions, campaigns, activities, events and the calendar."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feed_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "coalition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level in ('national', 'state', 'local')", name=op.f("ck_coalition_level")),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_coalition_owner_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["coalition.id"], name=op.f("fk_coalition_parent_id_coalition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coalition")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("coalition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coalition_owner_user_id"), ["owner_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coalition_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_coalition_sort", ["sort_name", "id"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("budget_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('state_policy', 'public_awareness', 'local_practice')", name=op.f("ck_campaign_kind")
        ),
        sa.CheckConstraint(
            "status in ('planned', 'active', 'paused', 'won', 'closed')", name=op.f("ck_campaign_status")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_campaign_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_campaign_owner_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["campaign.id"], name=op.f("fk_campaign_parent_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_coalition_id"), ["coalition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_owner_user_id"), ["owner_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_campaign_sort", ["sort_name", "id"], unique=False)

    op.create_table(
        "coalition_group",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_coalition_group_coalition_id_coalition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coalition_group")),
        sa.UniqueConstraint("coalition_id", "name", name=op.f("uq_coalition_group_coalition_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "coalition_membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column(
            "invited_by_contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("delegate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("alternate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role in ('lead', 'steering', 'member')", name=op.f("ck_coalition_membership_role")
        ),
        sa.CheckConstraint(
            "status in ('prospect', 'invited', 'active', 'lapsed', 'left')",
            name=op.f("ck_coalition_membership_status"),
        ),
        sa.ForeignKeyConstraint(
            ["alternate_id"], ["contact.id"], name=op.f("fk_coalition_membership_alternate_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_coalition_membership_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_coalition_membership_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["contact.id"], name=op.f("fk_coalition_membership_delegate_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_contact_id"],
            ["contact.id"],
            name=op.f("fk_coalition_membership_invited_by_contact_id_contact"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coalition_membership")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("coalition_membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_coalition_membership_alternate_id"), ["alternate_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_coalition_membership_coalition_id_status_contact_id"),
            ["coalition_id", "status", "contact_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_coalition_membership_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_coalition_membership_delegate_id"), ["delegate_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_coalition_membership_invited_by_contact_id"),
            ["invited_by_contact_id"],
            unique=False,
        )

    op.create_table(
        "campaign_cost",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_cost_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_cost")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_cost", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_cost_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "campaign_goal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_goal_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_goal")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_goal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_goal_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "campaign_milestone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_milestone_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_milestone")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_milestone", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_milestone_campaign_id_due_date"),
            ["campaign_id", "due_date"],
            unique=False,
        )

    op.create_table(
        "campaign_supporter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("rung between 1 and 6", name=op.f("ck_campaign_supporter_rung")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_supporter_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_campaign_supporter_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_supporter")),
        sa.UniqueConstraint(
            "campaign_id", "contact_id", name=op.f("uq_campaign_supporter_campaign_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_supporter", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_supporter_campaign_id_rung"), ["campaign_id", "rung"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_campaign_supporter_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "campaign_target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("support", sa.Integer(), nullable=True),
        sa.Column("influence", sa.Integer(), nullable=False),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage in ('identified', 'contacted', 'met', 'asked', 'decided')",
            name=op.f("ck_campaign_target_stage"),
        ),
        sa.CheckConstraint("influence between 1 and 5", name=op.f("ck_campaign_target_influence")),
        sa.CheckConstraint("support between -2 and 2", name=op.f("ck_campaign_target_support")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_target_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_campaign_target_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_campaign_target_owner_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_target")),
        sa.UniqueConstraint(
            "campaign_id", "contact_id", name=op.f("uq_campaign_target_campaign_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_target_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_target_owner_user_id"), ["owner_user_id"], unique=False)

    op.create_table(
        "coalition_group_member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_chair", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_coalition_group_member_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["coalition_group.id"],
            name=op.f("fk_coalition_group_member_group_id_coalition_group"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coalition_group_member")),
        sa.UniqueConstraint(
            "group_id", "contact_id", name=op.f("uq_coalition_group_member_group_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("coalition_group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_coalition_group_member_contact_id"), ["contact_id"], unique=False
        )

    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delegate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pledged_on", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("evidence_url", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('host', 'testify', 'share_data', 'sign_on', 'give_space', 'fund', 'other')",
            name=op.f("ck_commitment_kind"),
        ),
        sa.CheckConstraint(
            "status in ('open', 'kept', 'lapsed', 'withdrawn')", name=op.f("ck_commitment_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_commitment_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_commitment_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_commitment_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["contact.id"], name=op.f("fk_commitment_delegate_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_commitment_owner_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_commitment_campaign_id_status"), ["campaign_id", "status"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_commitment_coalition_id_status"), ["coalition_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_commitment_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_delegate_id"), ["delegate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_owner_user_id"), ["owner_user_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_commitment_status_due_date_id"), ["status", "due_date", "id"], unique=False
        )

    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("online_url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("agenda", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("uid", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('meeting', 'training', 'press', 'other')", name=op.f("ck_event_kind")),
        sa.CheckConstraint("status in ('planned', 'held', 'cancelled')", name=op.f("ck_event_status")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_event_ends")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_event_campaign_id_campaign")),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_event_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["coalition_group.id"], name=op.f("fk_event_group_id_coalition_group")
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_event_owner_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_coalition_id"), ["coalition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_owner_user_id"), ["owner_user_id"], unique=False)
        batch_op.create_index("ix_event_starts", ["starts_at", "id"], unique=False)

    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_label", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('call', 'meeting', 'email', 'letter', 'visit', 'note')", name=op.f("ck_activity_kind")
        ),
        sa.ForeignKeyConstraint(
            ["author_user_id"], ["user_account.id"], name=op.f("fk_activity_author_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_activity_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_activity_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_activity_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("message_id", name=op.f("uq_activity_message_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("ix_activity_at", ["at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_activity_author_user_id_at"), ["author_user_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_activity_campaign_id_at"), ["campaign_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_coalition_id_at"), ["coalition_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_event_id"), ["event_id"], unique=False)

    op.create_table(
        "campaign_ask",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_by_contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("commitment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer in ('planned', 'waiting', 'yes', 'maybe', 'no')", name=op.f("ck_campaign_ask_answer")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_contact_id"], ["contact.id"], name=op.f("fk_campaign_ask_asked_by_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"],
            ["user_account.id"],
            name=op.f("fk_campaign_ask_asked_by_user_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_ask_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_campaign_ask_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_campaign_ask_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_ask")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_ask", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_ask_asked_by_contact_id"), ["asked_by_contact_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_campaign_ask_asked_by_user_id"), ["asked_by_user_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_campaign_ask_campaign_id_asked_on"), ["campaign_id", "asked_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_campaign_ask_commitment_id"), ["commitment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_campaign_ask_contact_id_asked_on"), ["contact_id", "asked_on"], unique=False
        )
        batch_op.create_index("ix_campaign_ask_sort", ["asked_on", "id"], unique=False)

    op.create_table(
        "event_guest",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer in ('none', 'yes', 'maybe', 'no', 'waiting')", name=op.f("ck_event_guest_answer")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_event_guest_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_guest_event_id_event")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["contact.id"], name=op.f("fk_event_guest_organization_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_guest")),
        sa.UniqueConstraint("event_id", "contact_id", name=op.f("uq_event_guest_event_id_contact_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event_guest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_guest_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_guest_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "activity_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_file_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_file")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("activity_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_file_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_file_storage_key"), ["storage_key"], unique=False)

    op.create_table(
        "activity_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("addresses", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_key", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('waiting', 'filed', 'dropped')", name=op.f("ck_activity_mail_status")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_mail_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_activity_mail_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_activity_mail_message_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("activity_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_mail_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index("ix_activity_mail_status", ["status", "at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_mail_user_id"), ["user_id"], unique=False)

    op.create_table(
        "activity_participant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_participant_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_activity_participant_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_participant")),
        sa.UniqueConstraint(
            "activity_id", "contact_id", name=op.f("uq_activity_participant_activity_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("activity_participant", schema=None) as batch_op:
        batch_op.create_index(
            "ix_activity_participant_contact", ["contact_id", "at", "activity_id"], unique=False
        )

    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("assignee_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("repeat", sa.String(length=8), nullable=False),
        sa.Column("repeat_every", sa.Integer(), nullable=False),
        sa.Column("repeat_from", sa.Date(), nullable=True),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("coalition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("commitment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "repeat in ('', 'day', 'weekday', 'week', 'month', 'year')", name=op.f("ck_task_repeat")
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_task_activity_id_activity")),
        sa.ForeignKeyConstraint(
            ["assignee_user_id"], ["user_account.id"], name=op.f("fk_task_assignee_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_task_campaign_id_campaign")),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_task_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_task_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_task_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["done_by_user_id"], ["user_account.id"], name=op.f("fk_task_done_by_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_task_event_id_event")),
        sa.ForeignKeyConstraint(["series_id"], ["task.id"], name=op.f("fk_task_series_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(
            "ix_task_assignee_open", ["assignee_user_id", "done_at", "due_date", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_task_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_coalition_id"), ["coalition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_commitment_id"), ["commitment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_done_by_user_id"), ["done_by_user_id"], unique=False)
        batch_op.create_index("ix_task_done_due", ["done_at", "due_date", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_series_id"), ["series_id"], unique=False)

    op.create_table(
        "event_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('decision', 'action')", name=op.f("ck_event_decision_kind")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_decision_event_id_event")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_event_decision_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_decision")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_decision_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_decision_task_id"), ["task_id"], unique=False)

    op.create_table(
        "task_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_item_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("task_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_item_task_id"), ["task_id"], unique=False)

    op.create_table(
        "activity_morning_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_activity_morning_mail_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_morning_mail")),
        sa.UniqueConstraint("user_id", name=op.f("uq_activity_morning_mail_user_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("activity_morning_mail")
    with op.batch_alter_table("task_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_item_task_id"))

    op.drop_table("task_item")
    with op.batch_alter_table("event_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_decision_task_id"))
        batch_op.drop_index(batch_op.f("ix_event_decision_event_id"))

    op.drop_table("event_decision")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_series_id"))
        batch_op.drop_index(batch_op.f("ix_task_event_id"))
        batch_op.drop_index("ix_task_done_due")
        batch_op.drop_index(batch_op.f("ix_task_done_by_user_id"))
        batch_op.drop_index(batch_op.f("ix_task_contact_id"))
        batch_op.drop_index(batch_op.f("ix_task_commitment_id"))
        batch_op.drop_index(batch_op.f("ix_task_coalition_id"))
        batch_op.drop_index(batch_op.f("ix_task_campaign_id"))
        batch_op.drop_index("ix_task_assignee_open")
        batch_op.drop_index(batch_op.f("ix_task_activity_id"))

    op.drop_table("task")
    with op.batch_alter_table("activity_participant", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_participant_contact")

    op.drop_table("activity_participant")
    with op.batch_alter_table("activity_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_mail_user_id"))
        batch_op.drop_index("ix_activity_mail_status")
        batch_op.drop_index(batch_op.f("ix_activity_mail_activity_id"))

    op.drop_table("activity_mail")
    with op.batch_alter_table("activity_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_file_storage_key"))
        batch_op.drop_index(batch_op.f("ix_activity_file_activity_id"))

    op.drop_table("activity_file")
    with op.batch_alter_table("event_guest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_guest_organization_id"))
        batch_op.drop_index(batch_op.f("ix_event_guest_contact_id"))

    op.drop_table("event_guest")
    with op.batch_alter_table("campaign_ask", schema=None) as batch_op:
        batch_op.drop_index("ix_campaign_ask_sort")
        batch_op.drop_index(batch_op.f("ix_campaign_ask_contact_id_asked_on"))
        batch_op.drop_index(batch_op.f("ix_campaign_ask_commitment_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_ask_campaign_id_asked_on"))
        batch_op.drop_index(batch_op.f("ix_campaign_ask_asked_by_user_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_ask_asked_by_contact_id"))

    op.drop_table("campaign_ask")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_event_id"))
        batch_op.drop_index(batch_op.f("ix_activity_coalition_id_at"))
        batch_op.drop_index(batch_op.f("ix_activity_campaign_id_at"))
        batch_op.drop_index(batch_op.f("ix_activity_author_user_id_at"))
        batch_op.drop_index("ix_activity_at")

    op.drop_table("activity")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_starts")
        batch_op.drop_index(batch_op.f("ix_event_owner_user_id"))
        batch_op.drop_index(batch_op.f("ix_event_group_id"))
        batch_op.drop_index(batch_op.f("ix_event_coalition_id"))
        batch_op.drop_index(batch_op.f("ix_event_campaign_id"))

    op.drop_table("event")
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_status_due_date_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_owner_user_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_delegate_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_contact_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_coalition_id_status"))
        batch_op.drop_index(batch_op.f("ix_commitment_campaign_id_status"))

    op.drop_table("commitment")
    with op.batch_alter_table("coalition_group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coalition_group_member_contact_id"))

    op.drop_table("coalition_group_member")
    with op.batch_alter_table("campaign_target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_target_owner_user_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_target_contact_id"))

    op.drop_table("campaign_target")
    with op.batch_alter_table("campaign_supporter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_supporter_contact_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_supporter_campaign_id_rung"))

    op.drop_table("campaign_supporter")
    with op.batch_alter_table("campaign_milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_milestone_campaign_id_due_date"))

    op.drop_table("campaign_milestone")
    with op.batch_alter_table("campaign_goal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_goal_campaign_id"))

    op.drop_table("campaign_goal")
    with op.batch_alter_table("campaign_cost", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_cost_campaign_id"))

    op.drop_table("campaign_cost")
    with op.batch_alter_table("coalition_membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coalition_membership_invited_by_contact_id"))
        batch_op.drop_index(batch_op.f("ix_coalition_membership_delegate_id"))
        batch_op.drop_index(batch_op.f("ix_coalition_membership_contact_id"))
        batch_op.drop_index(batch_op.f("ix_coalition_membership_coalition_id_status_contact_id"))
        batch_op.drop_index(batch_op.f("ix_coalition_membership_alternate_id"))

    op.drop_table("coalition_membership")
    op.drop_table("coalition_group")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index("ix_campaign_sort")
        batch_op.drop_index(batch_op.f("ix_campaign_parent_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_owner_user_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_coalition_id"))

    op.drop_table("campaign")
    with op.batch_alter_table("coalition", schema=None) as batch_op:
        batch_op.drop_index("ix_coalition_sort")
        batch_op.drop_index(batch_op.f("ix_coalition_parent_id"))
        batch_op.drop_index(batch_op.f("ix_coalition_owner_user_id"))

    op.drop_table("coalition")
    op.drop_table("calendar_feed")
