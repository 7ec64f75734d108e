"""Districts, schools, students, attendance, and the ratings that follow from it."""

import sqlalchemy as sa
from alembic import op

revision = "schools_0001"
down_revision = None
branch_labels = ("schools",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schools_absence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_absence")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_absence", schema=None) as batch_op:
        batch_op.create_index("ix_schools_absence_school", ["school_id"], unique=False)
        batch_op.create_index("ix_schools_absence_student", ["student_id", "on_date"], unique=False)

    op.create_table(
        "schools_look",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_look")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_look_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_look_student_id_id"), ["student_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_look_user_id_id"), ["user_id", "id"], unique=False)

    op.create_table(
        "schools_rating",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("grade", sa.String(length=4), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("unexcused", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Integer(), nullable=False),
        sa.Column("unstated", sa.Integer(), nullable=False),
        sa.Column("tardies", sa.Integer(), nullable=False),
        sa.Column("uncounted", sa.Integer(), nullable=False),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("is_chronic", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("tier_reason", sa.String(length=20), nullable=False),
        sa.Column("is_truant", sa.Boolean(), nullable=False),
        sa.Column("truancy_reason", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("through_on", sa.Date(), nullable=True),
        sa.Column("months_enrolled", sa.String(length=36), nullable=False),
        sa.Column("months_absent", sa.String(length=36), nullable=False),
        sa.Column("months_band", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_rating")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_rating", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schools_rating_district_id_school_year"),
            ["district_id", "school_year"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_schools_rating_school_id_school_year"), ["school_id", "school_year"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_schools_rating_student_id_school_year"),
            ["student_id", "school_year"],
            unique=False,
        )

    op.create_table(
        "schools_district",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("nces_id", sa.String(length=12), nullable=False),
        sa.Column("local_id", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_schools_district_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_district")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_district", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_district_local_id"), ["local_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_district_nces_id"), ["nces_id"], unique=False)
        batch_op.create_index("uq_schools_district_contact", ["contact_id"], unique=True)

    op.create_table(
        "schools_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("halves", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_code_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_code")),
        sa.UniqueConstraint("district_id", "code_key", name=op.f("uq_schools_code_district_id_code_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_school",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("local_id", sa.String(length=60), nullable=False),
        sa.Column("state_id", sa.String(length=60), nullable=False),
        sa.Column("nces_id", sa.String(length=12), nullable=False),
        sa.Column("grades", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_schools_school_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_school_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_school")),
        sa.UniqueConstraint("district_id", "local_id", name=op.f("uq_schools_school_district_id_local_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_school", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_school_district_id"), ["district_id"], unique=False)
        batch_op.create_index("uq_schools_school_contact", ["contact_id"], unique=True)

    op.create_table(
        "schools_year",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("through_on", sa.Date(), nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_year_district_id_schools_district"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_year")),
        sa.UniqueConstraint(
            "district_id", "school_year", name=op.f("uq_schools_year_district_id_school_year")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_calendar",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=4), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_calendar_district_id_schools_district"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_calendar_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_calendar")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_calendar", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_calendar_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schools_calendar_school_id"), ["school_id"], unique=False)

    op.create_table(
        "schools_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stated_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_session_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_session")),
        sa.UniqueConstraint(
            "school_id", "school_year", "name", name=op.f("uq_schools_session_school_id_school_year_name")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_setting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_setting_district_id_schools_district"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_setting_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_setting")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_setting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schools_setting_district_id_name"), ["district_id", "name"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_schools_setting_school_id"), ["school_id"], unique=False)

    op.create_table(
        "schools_student",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("local_id", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=80), nullable=False),
        sa.Column("state_id", sa.String(length=60), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("middle_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("preferred_name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("grade", sa.String(length=4), nullable=False),
        sa.Column("gender", sa.String(length=12), nullable=False),
        sa.Column("race", sa.String(length=20), nullable=False),
        sa.Column("english_learner", sa.Boolean(), nullable=True),
        sa.Column("disability", sa.Boolean(), nullable=True),
        sa.Column("disadvantaged", sa.Boolean(), nullable=True),
        sa.Column("housing", sa.String(length=20), nullable=False),
        sa.Column("point_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["schools_district.id"],
            name=op.f("fk_schools_student_district_id_schools_district"),
        ),
        sa.ForeignKeyConstraint(
            ["point_user_id"], ["user_account.id"], name=op.f("fk_schools_student_point_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_student_school_id_schools_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_student")),
        sa.UniqueConstraint("district_id", "local_id", name=op.f("uq_schools_student_district_id_local_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_student", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_student_source_id"), ["source_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_schools_student_district_id_state_id"), ["district_id", "state_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_schools_student_point_user_id"), ["point_user_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_schools_student_school_id_grade"), ["school_id", "grade"], unique=False
        )
        batch_op.create_index("ix_schools_student_sort", ["sort_name", "id"], unique=False)

    op.create_table(
        "schools_attendance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=True),
        sa.Column("absent", sa.Integer(), nullable=True),
        sa.Column("excused", sa.Integer(), nullable=True),
        sa.Column("unexcused", sa.Integer(), nullable=True),
        sa.Column("through_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_attendance_school_id_schools_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_attendance_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_attendance")),
        sa.UniqueConstraint(
            "student_id",
            "school_year",
            "school_id",
            name=op.f("uq_schools_attendance_student_id_school_year_school_id"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_attendance_school_id"), ["school_id"], unique=False)

    op.create_table(
        "schools_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("calendar_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["schools_calendar.id"], name=op.f("fk_schools_day_calendar_id_schools_calendar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_day")),
        sa.UniqueConstraint("calendar_id", "on_date", name=op.f("uq_schools_day_calendar_id_on_date")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schools_enrolment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=4), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools_school.id"], name=op.f("fk_schools_enrolment_school_id_schools_school")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_enrolment_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_enrolment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_enrolment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schools_enrolment_school_id_school_year_student_id"),
            ["school_id", "school_year", "student_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_schools_enrolment_student_id_school_year"),
            ["student_id", "school_year"],
            unique=False,
        )

    op.create_table(
        "schools_guardian",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("lives_with", sa.Boolean(), nullable=True),
        sa.Column("custody", sa.Text(), nullable=False),
        sa.Column("contact_prohibited", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_schools_guardian_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["schools_student.id"],
            name=op.f("fk_schools_guardian_student_id_schools_student"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schools_guardian")),
        sa.UniqueConstraint(
            "student_id", "contact_id", name=op.f("uq_schools_guardian_student_id_contact_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schools_guardian", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schools_guardian_contact_id"), ["contact_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("schools_guardian", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_guardian_contact_id"))

    op.drop_table("schools_guardian")
    with op.batch_alter_table("schools_enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_enrolment_student_id_school_year"))
        batch_op.drop_index(batch_op.f("ix_schools_enrolment_school_id_school_year_student_id"))

    op.drop_table("schools_enrolment")
    op.drop_table("schools_day")
    with op.batch_alter_table("schools_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_attendance_school_id"))

    op.drop_table("schools_attendance")
    with op.batch_alter_table("schools_student", schema=None) as batch_op:
        batch_op.drop_index("ix_schools_student_sort")
        batch_op.drop_index(batch_op.f("ix_schools_student_school_id_grade"))
        batch_op.drop_index(batch_op.f("ix_schools_student_point_user_id"))
        batch_op.drop_index(batch_op.f("ix_schools_student_district_id_state_id"))

    op.drop_table("schools_student")
    with op.batch_alter_table("schools_setting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_setting_school_id"))
        batch_op.drop_index(batch_op.f("ix_schools_setting_district_id_name"))

    op.drop_table("schools_setting")
    op.drop_table("schools_session")
    with op.batch_alter_table("schools_calendar", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_calendar_school_id"))
        batch_op.drop_index(batch_op.f("ix_schools_calendar_district_id"))

    op.drop_table("schools_calendar")
    op.drop_table("schools_year")
    with op.batch_alter_table("schools_school", schema=None) as batch_op:
        batch_op.drop_index("uq_schools_school_contact")
        batch_op.drop_index(batch_op.f("ix_schools_school_district_id"))

    op.drop_table("schools_school")
    op.drop_table("schools_code")
    with op.batch_alter_table("schools_district", schema=None) as batch_op:
        batch_op.drop_index("uq_schools_district_contact")
        batch_op.drop_index(batch_op.f("ix_schools_district_nces_id"))
        batch_op.drop_index(batch_op.f("ix_schools_district_local_id"))

    op.drop_table("schools_district")
    with op.batch_alter_table("schools_rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_rating_student_id_school_year"))
        batch_op.drop_index(batch_op.f("ix_schools_rating_school_id_school_year"))
        batch_op.drop_index(batch_op.f("ix_schools_rating_district_id_school_year"))

    op.drop_table("schools_rating")
    with op.batch_alter_table("schools_look", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schools_look_user_id_id"))
        batch_op.drop_index(batch_op.f("ix_schools_look_student_id_id"))
        batch_op.drop_index(batch_op.f("ix_schools_look_at"))

    op.drop_table("schools_look")
    with op.batch_alter_table("schools_absence", schema=None) as batch_op:
        batch_op.drop_index("ix_schools_absence_student")
        batch_op.drop_index("ix_schools_absence_school")

    op.drop_table("schools_absence")
