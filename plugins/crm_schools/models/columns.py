"""What was said of the columns of files."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now


class ColumnChoice(Base):
    """What the columns of files with these headers hold in a district, said by whoever imported one.
    `signature` stands for the headers in any order, `mapping` is target by header. `district_id` is None
    where the file was of several districts."""

    __tablename__ = "schools_column_choice"
    __table_args__ = (Index(None, "kind", "signature"),)

    kind: Mapped[str] = mapped_column(String(30))
    signature: Mapped[str] = mapped_column(String(64))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("schools_district.id"))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    used_at: Mapped[datetime] = mapped_column(default=now)
