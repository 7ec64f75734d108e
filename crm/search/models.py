"""The text that the search box finds records by. The full-text index itself is made by a migration."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id


class SearchDocument(Base):
    """One findable record. Written in the transaction that changes the record; never journaled."""

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("kind", "record_id"), Index(None, "kind", "title"))

    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(Id)
    title: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
