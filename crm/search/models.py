"""The text that the search box finds records by. The full-text index over it is made by a migration."""

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id

# Compared sign by sign, so that an index answers "begins with" whatever language the database is set to.
PLAIN = Text().with_variant(Text(collation="C"), "postgresql")


class SearchDocument(Base):
    """One findable record. Written in the transaction that changes the record; never journaled.

    `title` and `subtitle` are what people read. `title_key` holds the folded words of the title (at most
    200 characters), `body` the folded words of everything else the record holds itself, `elsewhere` those
    of the subtitle, which may name other records. `vector` is all of them as PostgreSQL indexes them;
    SQLite keeps its index beside the table.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("kind", "record_id"),
        Index("ix_search_document_title_key", "title_key"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(Id)
    title: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    title_key: Mapped[str] = mapped_column(PLAIN, default="")
    body: Mapped[str] = mapped_column(default="")
    elsewhere: Mapped[str] = mapped_column(default="")
    vector: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
