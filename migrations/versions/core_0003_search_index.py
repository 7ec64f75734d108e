"""The full-text index: FTS5 on SQLite, tsvector with GIN on PostgreSQL."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

# The words are folded before they are written, so the tokenizer only splits at spaces. Short beginnings
# have an index of their own, or one typed letter would read half of everything; titles have one too, or
# a title would be looked for among all who have the word somewhere. Scores and phrases are not asked for.
FTS5 = """
    CREATE VIRTUAL TABLE {name} USING fts5(
        {columns}, content='search_document', content_rowid='id', tokenize='ascii', prefix='1 2',
        detail=none, columnsize=0
    )
"""
ADD = """
    INSERT INTO search_index (rowid, title_key, body, elsewhere)
    VALUES (new.id, new.title_key, new.body, new.elsewhere);
    INSERT INTO search_title_index (rowid, title_key) VALUES (new.id, new.title_key);
"""
REMOVE = """
    INSERT INTO search_index (search_index, rowid, title_key, body, elsewhere)
    VALUES ('delete', old.id, old.title_key, old.body, old.elsewhere);
    INSERT INTO search_title_index (search_title_index, rowid, title_key)
    VALUES ('delete', old.id, old.title_key);
"""
TRIGGER = "CREATE TRIGGER search_document_{event} AFTER {event} ON search_document BEGIN {work} END"
SQLITE = (
    FTS5.format(name="search_index", columns="title_key, body, elsewhere"),
    FTS5.format(name="search_title_index", columns="title_key"),
    TRIGGER.format(event="insert", work=ADD),
    TRIGGER.format(event="delete", work=REMOVE),
    TRIGGER.format(event="update", work=REMOVE + ADD),
)

# The same as crm.search.words on the day this was written. Most text is ASCII and takes the short way.
# Each function is one expression without STRICT, so that PostgreSQL puts it in place of the call.
SEPARATORS = (
    r"\u0080-\u00a9\u00ab\u00ac\u00ae\u00b0-\u00b1\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u05be\u05c0\u05c3"
    r"\u05f3\u05f4\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u200a\u2010-\u2017\u201a-\u2027\u202f-\u205f"
    r"\u20a0-\u20bf\u3000-\u3003\u3008-\u3011\u3014-\u301f\u30fb"
)
JOINERS = r"''\u00ad\u00b4\u02bc\u2018\u2019\u201b\uff07\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670"
ALONE = r"\u3041-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
PUNCTUATION = r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f"

POSTGRESQL_OTHER = f"""
    CREATE FUNCTION search_fold_other(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
        SELECT regexp_replace(regexp_replace(replace(replace(replace(replace(translate(
            normalize(regexp_replace(regexp_replace(lower(
                normalize(regexp_replace(value, '[{JOINERS}]+', '', 'g'), NFKD){{collation}}),
                '[{MARKS}]+', '', 'g'), '[{SEPARATORS}]+', ' ', 'g'), NFC),
            'øłđðıħŧς', 'olddihtσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
            '([{ALONE}])', ' \\1 ', 'g'), '[{PUNCTUATION}]+', ' ', 'g')
    $body$
"""
POSTGRESQL = (
    r"""
    CREATE FUNCTION search_words(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
        SELECT CASE
            WHEN value IS NULL THEN ''
            WHEN octet_length(value) > 2000 THEN
                regexp_replace(search_fold_other(value), '([^ ]{60})[^ ]+', '\1', 'g')
            WHEN octet_length(value) = char_length(value) THEN
                regexp_replace(lower(replace(value, '''', '')), '[^a-z0-9]+', ' ', 'g')
            ELSE search_fold_other(value)
        END
    $body$
    """,
    # A word of the title stands in the index twice, once marked with =, so that titles can be asked alone.
    """
    CREATE FUNCTION search_vector(title_key text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
        SELECT array_to_tsvector(array_remove(string_to_array(
            body || ' ' || title_key || replace(' ' || title_key, ' ', ' ='), ' '), ''))
    $body$
    """,
    # What waits to be sorted into the index is read by every search, so little of it may wait.
    """
    CREATE INDEX ix_search_document_vector ON search_document USING gin (vector)
    WITH (gin_pending_list_limit = 512)
    """,
)


def upgrade() -> None:
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "search_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=False),
        sa.Column("title_key", plain, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("elsewhere", sa.Text(), nullable=False),
        sa.Column("vector", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_search_document_kind_record_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_document_title_key", "search_document", ["title_key"])
    _make_index()


def _make_index() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        statements: tuple[str, ...] = SQLITE
    else:
        # A database made for one language folds the capitals of that language alone; this collation,
        # which PostgreSQL has since version 17, folds all.
        found = connection.exec_driver_sql("SELECT 1 FROM pg_collation WHERE collname = 'pg_c_utf8'").first()
        collation = ' COLLATE "pg_c_utf8"' if found else ""
        statements = (POSTGRESQL_OTHER.replace("{collation}", collation), *POSTGRESQL)
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE search_index")
        connection.exec_driver_sql("DROP TABLE search_title_index")
    op.drop_index("ix_search_document_title_key", "search_document")
    op.drop_table("search_document")
    if connection.dialect.name == "postgresql":
        for signature in ("search_vector(text, text)", "search_words(text)", "search_fold_other(text)"):
            connection.exec_driver_sql(f"DROP FUNCTION {signature}")
