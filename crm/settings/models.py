"""What was set."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, now


class SettingValue(Base):
    """The value of one declared setting. That of a secret is sealed; neither is ever journaled, for history
    would keep what was meant to be forgotten."""

    __tablename__ = "setting_value"

    name: Mapped[str] = mapped_column(String(100), unique=True)
    value: Mapped[str] = mapped_column(default="")
    changed_by: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
