"""Meetings, interventions, contacts with families, plans, letters, and public reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "schools_0002"
down_revision = "schools_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schools_public_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.Column("smallest_count", sa.Integer(), nullable=False),
        sa.Column("through_on", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("numbers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_public_report_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_public_report")),
        sa.UniqueConstraint(
            "district_id",
            "school_year",
            "number",
            name=op.f("uq_schools_public_report_district_id_school_year_number"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_wording_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_wording")),
        sa.UniqueConstraint(
            "district_id", "stage", "language", name=op.f("uq_schools_wording_district_id_stage_language")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_meeting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_meeting_district_id_schools_district"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_meeting_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_meeting")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_meeting", schema=None) as batch_op:
        batch_op.create_index("ix_schools_meeting_district_day", ["district_id", "held_on"], unique=False)
        batch_op.create_index("ix_schools_meeting_school_day", ["school_id", "held_on"], unique=False)

    op.create_table(
        "schools_agenda_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["schools_meeting.id"],
            name=op.f("fk_schools_agenda_item_meeting_id_schools_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_agenda_item_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_agenda_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_agenda_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_agenda_item_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_agenda_item_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_schools_attempt_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_attempt")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_attempt_on_date"), ["on_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_attempt_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_cause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_schools_cause_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_cause")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_cause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_cause_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_intervention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("each_week", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["schools_school.id"],
            name=op.f("fk_schools_intervention_school_id_schools_school"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_intervention_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_intervention")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_intervention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_intervention_school_id"), ["school_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_intervention_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_schools_letter_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_letter")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_letter_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_milestone",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("celebrated", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_milestone_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_milestone")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_milestone_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("family_does", sa.Text(), nullable=False),
        sa.Column("school_does", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_schools_plan_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_plan")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_plan_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_checkpoint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("most_absences", sa.Integer(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["schools_plan.id"], name=op.f("fk_schools_checkpoint_plan_id_schools_plan")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_checkpoint_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_checkpoint")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_checkpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_checkpoint_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_checkpoint_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_checkpoint_student_id"), ["student_id"], unique=False)

    op.create_table(
        "schools_dose",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("intervention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["intervention_id"],
            ["schools_intervention.id"],
            name=op.f("fk_schools_dose_intervention_id_schools_intervention"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["schools_student.id"], name=op.f("fk_schools_dose_student_id_schools_student")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_dose")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_dose", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schools_dose_intervention_id"), ["intervention_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_schools_dose_student_id"), ["student_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("schools_dose", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_dose_student_id"))
        batch_op.drop_index(batch_op.f("ix_schools_dose_intervention_id"))

    op.drop_table("schools_dose")
    with op.batch_alter_table("schools_checkpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_checkpoint_student_id"))
        batch_op.drop_index(batch_op.f("ix_schools_checkpoint_plan_id"))
        batch_op.drop_index(batch_op.f("ix_schools_checkpoint_due_on"))

    op.drop_table("schools_checkpoint")
    with op.batch_alter_table("schools_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_plan_student_id"))

    op.drop_table("schools_plan")
    with op.batch_alter_table("schools_milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_milestone_student_id"))

    op.drop_table("schools_milestone")
    with op.batch_alter_table("schools_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_letter_student_id"))

    op.drop_table("schools_letter")
    with op.batch_alter_table("schools_intervention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_intervention_student_id"))
        batch_op.drop_index(batch_op.f("ix_schools_intervention_school_id"))

    op.drop_table("schools_intervention")
    with op.batch_alter_table("schools_cause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_cause_student_id"))

    op.drop_table("schools_cause")
    with op.batch_alter_table("schools_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_attempt_student_id"))
        batch_op.drop_index(batch_op.f("ix_schools_attempt_on_date"))

    op.drop_table("schools_attempt")
    with op.batch_alter_table("schools_agenda_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_agenda_item_student_id"))
        batch_op.drop_index(batch_op.f("ix_schools_agenda_item_meeting_id"))

    op.drop_table("schools_agenda_item")
    with op.batch_alter_table("schools_meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_schools_meeting_school_day")
        batch_op.drop_index("ix_schools_meeting_district_day")

    op.drop_table("schools_meeting")
    op.drop_table("schools_wording")
    op.drop_table("schools_public_report")
