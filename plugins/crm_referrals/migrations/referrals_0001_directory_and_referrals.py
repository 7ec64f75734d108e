"""The directory of services, needs, referrals, consents and disclosures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0001"
down_revision = None
branch_labels = ("referrals",)
depends_on = None


def upgrade() -> None:

    op.create_table(
        "referrals_unmet",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("zip3", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_unmet")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_unmet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_unmet_category"), ["category"], unique=False)

    op.create_table(
        "referrals_agency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("alternate_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("legal_status", sa.Text(), nullable=False),
        sa.Column("year_incorporated", sa.Integer(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("respond_days", sa.Integer(), nullable=False),
        sa.Column("weekly_cap", sa.Integer(), nullable=True),
        sa.Column("notice", sa.String(length=8), nullable=False),
        sa.Column("notice_email", sa.Text(), nullable=False),
        sa.Column("acknowledges_only", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("notice in ('at_once', 'daily', 'none')", name=op.f("ck_referrals_agency_notice")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_referrals_agency_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_agency")),
        sa.UniqueConstraint("uid", name=op.f("uq_referrals_agency_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_agency_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_agency_sort_name"), ["sort_name"], unique=False)

    op.create_table(
        "referrals_location",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("transportation", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "kind in ('physical', 'postal', 'virtual')", name=op.f("ck_referrals_location_kind")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["referrals_agency.id"],
            name=op.f("fk_referrals_location_agency_id_referrals_agency"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_location")),
        sa.UniqueConstraint("uid", name=op.f("uq_referrals_location_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_location", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_location_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "referrals_service",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "search_text", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("alternate_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("application_process", sa.Text(), nullable=False),
        sa.Column("eligibility_description", sa.Text(), nullable=False),
        sa.Column("fees_description", sa.Text(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=True),
        sa.Column("minimum_age", sa.Integer(), nullable=True),
        sa.Column("maximum_age", sa.Integer(), nullable=True),
        sa.Column("area_codes", sa.Text(), nullable=False),
        sa.Column("language_codes", sa.Text(), nullable=False),
        sa.Column("is_virtual", sa.Boolean(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('active', 'inactive', 'defunct', 'temporarily closed')",
            name=op.f("ck_referrals_service_status"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["referrals_agency.id"],
            name=op.f("fk_referrals_service_agency_id_referrals_agency"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_service")),
        sa.UniqueConstraint("uid", name=op.f("uq_referrals_service_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_service_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_service_sort_name"), ["sort_name"], unique=False)

    op.create_table(
        "referrals_capacity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'waitlist', 'none')", name=op.f("ck_referrals_capacity_state")),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_capacity_service_id_referrals_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_capacity")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_capacity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_capacity_service_id"), ["service_id"], unique=False)

    op.create_table(
        "referrals_placing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["referrals_location.id"],
            name=op.f("fk_referrals_placing_location_id_referrals_location"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_placing_service_id_referrals_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_placing")),
        sa.UniqueConstraint(
            "service_id", "location_id", name=op.f("uq_referrals_placing_service_id_location_id")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_referrals_placing_uid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_placing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_placing_location_id"), ["location_id"], unique=False)

    op.create_table(
        "referrals_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('waiting', 'taken', 'refused')", name=op.f("ck_referrals_proposal_status")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_proposal_service_id_referrals_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_proposal")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_proposal_service_id"), ["service_id"], unique=False)

    op.create_table(
        "referrals_service_term",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("term", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_service_term_service_id_referrals_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_service_term")),
        sa.UniqueConstraint("service_id", "term", name=op.f("uq_referrals_service_term_service_id_term")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_service_term", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_service_term_term"), ["term"], unique=False)

    op.create_table(
        "referrals_need",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("contact_preference", sa.Text(), nullable=False),
        sa.Column("contact_prohibited", sa.Boolean(), nullable=False),
        sa.Column("zip_code", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("close_reason", sa.String(length=30), nullable=False),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('open', 'met', 'partly_met', 'unmet', 'withdrawn')",
            name=op.f("ck_referrals_need_status"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["user_account.id"], name=op.f("fk_referrals_need_owner_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_referrals_need_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_need")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_need_owner_user_id"), ["owner_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_need_student_id"), ["student_id"], unique=False)

    op.create_table(
        "referrals_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("need_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("disclosed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signer_relation", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("link_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("link_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_key", sa.Text(), nullable=True),
        sa.Column("scan_name", sa.Text(), nullable=False),
        sa.Column("scan_type", sa.Text(), nullable=False),
        sa.Column("strokes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method in ('paper', 'screen', 'link')", name=op.f("ck_referrals_consent_method")),
        sa.CheckConstraint(
            "status in ('asked', 'signed', 'refused', 'revoked')", name=op.f("ck_referrals_consent_status")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_referrals_consent_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["referrals_need.id"], name=op.f("fk_referrals_consent_need_id_referrals_need")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_referrals_consent_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_consent")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_consent_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_consent_need_id"), ["need_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_consent_student_id"), ["student_id"], unique=False)

    op.create_table(
        "referrals_offer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("need_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offered", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("chosen_service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_offer_chosen_service_id_referrals_service"),
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["referrals_need.id"], name=op.f("fk_referrals_offer_need_id_referrals_need")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_offer")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referrals_offer_chosen_service_id"), ["chosen_service_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referrals_offer_need_id"), ["need_id"], unique=False)

    op.create_table(
        "referrals_referral",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("need_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("follows_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("consent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("packet", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("suggested_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_left", sa.Integer(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up", sa.String(length=20), nullable=False),
        sa.Column("follow_up_note", sa.Text(), nullable=False),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["referrals_agency.id"],
            name=op.f("fk_referrals_referral_agency_id_referrals_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["referrals_consent.id"],
            name=op.f("fk_referrals_referral_consent_id_referrals_consent"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_referrals_referral_created_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"],
            ["referrals_referral.id"],
            name=op.f("fk_referrals_referral_follows_id_referrals_referral"),
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["referrals_need.id"], name=op.f("fk_referrals_referral_need_id_referrals_need")
        ),
        sa.ForeignKeyConstraint(
            ["suggested_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_referral_suggested_id_referrals_service"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["referrals_service.id"],
            name=op.f("fk_referrals_referral_service_id_referrals_service"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_referrals_referral_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_referral")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_referral", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referrals_referral_agency_id_state"), ["agency_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referrals_referral_consent_id"), ["consent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_referral_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_referral_follows_id"), ["follows_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_referral_need_id"), ["need_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_referral_service_id"), ["service_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referrals_referral_state_due_at"), ["state", "due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referrals_referral_student_id"), ["student_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referrals_referral_suggested_id"), ["suggested_id"], unique=False
        )

    op.create_table(
        "referrals_disclosure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("disclosed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("basis in ('consent', 'emergency')", name=op.f("ck_referrals_disclosure_basis")),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["referrals_agency.id"],
            name=op.f("fk_referrals_disclosure_agency_id_referrals_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["referrals_consent.id"],
            name=op.f("fk_referrals_disclosure_consent_id_referrals_consent"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals_referral.id"],
            name=op.f("fk_referrals_disclosure_referral_id_referrals_referral"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_referrals_disclosure_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_disclosure")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_disclosure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_disclosure_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_disclosure_consent_id"), ["consent_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referrals_disclosure_referral_id"), ["referral_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referrals_disclosure_student_id"), ["student_id"], unique=False)

    op.create_table(
        "referrals_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("was_refused", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals_referral.id"],
            name=op.f("fk_referrals_event_referral_id_referrals_referral"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_referrals_event_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_event")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_event_referral_id"), ["referral_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_event_user_id"), ["user_id"], unique=False)

    op.create_table(
        "referrals_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals_referral.id"],
            name=op.f("fk_referrals_message_referral_id_referrals_referral"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_message")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("referrals_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_message_referral_id"), ["referral_id"], unique=False)

    op.create_table(
        "referrals_reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals_referral.id"],
            name=op.f("fk_referrals_reminder_referral_id_referrals_referral"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals_reminder")),
        sa.UniqueConstraint(
            "referral_id", "kind", "round", name=op.f("uq_referrals_reminder_referral_id_kind_round")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:

    op.drop_table("referrals_reminder")
    with op.batch_alter_table("referrals_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_message_referral_id"))

    op.drop_table("referrals_message")
    with op.batch_alter_table("referrals_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_event_user_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_event_referral_id"))

    op.drop_table("referrals_event")
    with op.batch_alter_table("referrals_disclosure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_disclosure_student_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_disclosure_referral_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_disclosure_consent_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_disclosure_agency_id"))

    op.drop_table("referrals_disclosure")
    with op.batch_alter_table("referrals_referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_referral_student_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_suggested_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_service_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_need_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_follows_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_created_by"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_consent_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_referral_agency_id_state"))

    op.drop_table("referrals_referral")
    with op.batch_alter_table("referrals_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_offer_need_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_offer_chosen_service_id"))

    op.drop_table("referrals_offer")
    with op.batch_alter_table("referrals_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_consent_student_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_consent_need_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_consent_contact_id"))

    op.drop_table("referrals_consent")
    with op.batch_alter_table("referrals_need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_need_student_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_need_owner_user_id"))

    op.drop_table("referrals_need")
    with op.batch_alter_table("referrals_service_term", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_service_term_term"))

    op.drop_table("referrals_service_term")
    with op.batch_alter_table("referrals_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_proposal_service_id"))

    op.drop_table("referrals_proposal")
    with op.batch_alter_table("referrals_placing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_placing_location_id"))

    op.drop_table("referrals_placing")
    with op.batch_alter_table("referrals_capacity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_capacity_service_id"))

    op.drop_table("referrals_capacity")
    with op.batch_alter_table("referrals_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_service_sort_name"))
        batch_op.drop_index(batch_op.f("ix_referrals_service_agency_id"))

    op.drop_table("referrals_service")
    with op.batch_alter_table("referrals_location", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_location_agency_id"))

    op.drop_table("referrals_location")
    with op.batch_alter_table("referrals_agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_agency_sort_name"))
        batch_op.drop_index(batch_op.f("ix_referrals_agency_contact_id"))

    op.drop_table("referrals_agency")
    with op.batch_alter_table("referrals_unmet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_unmet_category"))

    op.drop_table("referrals_unmet")
